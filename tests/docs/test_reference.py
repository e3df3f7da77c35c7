"""The reference lists every public name, and docstrings become pages without losing a character."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.cli.parser import parser

EXTENSIONS = Path(__file__).resolve().parents[2] / "docs" / "_ext"
pytest.importorskip("sphinx", reason="the site's tests need Sphinx: pip install '.[docs]'")
sys.path.insert(0, str(EXTENSIONS))

import api_pages  # noqa: E402
import docstrings  # noqa: E402
import facts_tables  # noqa: E402
import from_code  # noqa: E402
import public_names  # noqa: E402
import repository_links  # noqa: E402


def listed() -> set[str]:
    return {f"{module}.{name}" for module, names in public_names.public().items() for name in names}


def test_the_table_of_symbols_is_the_codes_own() -> None:
    """It stands in the page, which the README leads to, so that it can be read without the site."""
    page = (EXTENSIONS.parent / "reference" / "symbols.md").read_text(encoding="utf-8")
    assert facts_tables.symbols().strip() in page


def test_every_public_name_has_an_entry() -> None:
    """A name that several modules have has one under the first."""
    paths = [f"auxtheory.{name}" for name in at.__all__ if name not in at._MODULES]
    for module in at._MODULES:
        home = import_module(f"auxtheory.{at._MODULES[module]}")
        paths += [f"auxtheory.{module}.{name}" for name in getattr(home, "__all__", ())]
    found = {path: public_names.path_of(path.replace("auxtheory", "at", 1)) for path in paths}
    classes_and_functions = {path for path in paths if found[path] is not None}
    assert {found[path] for path in classes_and_functions} <= listed()
    # The others are values, which are listed where they are.
    assert {path for path in paths if path not in classes_and_functions} <= listed()


def test_every_method_engine_and_command_is_listed() -> None:
    methods_page = from_code.WRITERS["methods-in-full"]()
    assert all(
        f"py:class}} auxtheory.methods.{one.name}\n" in methods_page for one in methods.EVERY
    )
    engines_table = from_code.WRITERS["engines"]()
    assert all(f"| `{name}` |" in engines_table for name in engines.ENGINES)
    commands = from_code.WRITERS["commands-in-full"]()
    for name in parser()._subparsers._group_actions[0].choices:
        assert f"### auxtheory {name}" in commands
    assert "`--sigma-f SIGMA_F`" in commands and "### auxtheory study merge" in commands


@pytest.mark.parametrize("name", sorted(from_code.WRITERS))
def test_every_table_has_rows_without_gaps(name: str) -> None:
    text = from_code.WRITERS[name]()
    assert text.strip()
    tables = [line for line in text.splitlines() if line.startswith("| ") and "|  |" in line]
    # A meaning that is missing shows as an empty last cell of a table of keys.
    assert not [line for line in tables if name.startswith("study-") and line.endswith("|  |")]


def test_a_docstring_becomes_restructuredtext() -> None:
    text = """The bound of x* and σ_h, as in `at.run` | `code`:

        G ≤ 2*F₀/(ηT)

    More of `Rules`s.
    - an item
      over two lines
    - another

    Args:
        eta: the step, in
            X²/F.
        **options: |x*|.

    Returns:
        The pair: f, h.

    Raises:
        InputError: Bad.

    Example:
        >>> 1 + 1
        2
    """
    lines = text.replace("\n    ", "\n").splitlines()
    assert "\n".join(docstrings.converted(lines)).split("\n\n") == [
        "The bound of x\\* and σ\\_h, as in \\ :py:obj:`at.run <auxtheory.run>`\\  \\| \\ ``code``\\ :",
        ".. code-block:: text\n    :class: formula",
        "    G ≤ 2*F₀/(ηT)",
        "More of \\ ``Rules``\\ s.",
        "- an item over two lines",
        "- another",
        ":param eta: the step, in X²/F.\n:param \\*\\*options: \\|x\\*\\|.\n"
        ":returns: The pair: f, h.\n:raises InputError: Bad.",
        ".. code-block:: pycon",
        "    >>> 1 + 1\n    2",
        "",
    ]


@pytest.mark.parametrize(
    "text, path",
    [
        ("at.run", "auxtheory.run"),
        ("at.problems.Quadratic", "auxtheory.Quadratic"),
        ("auxtheory.problems.quadratic.target.Quadratic", "auxtheory.Quadratic"),
        ("at.Quadratic.with_helper", "auxtheory.Quadratic.with_helper"),
        ("at.helpers.rotated", "auxtheory.helpers.rotated"),
        ("Verdict", "auxtheory.Verdict"),
        ("at.theorems", "auxtheory.theorems"),
        ("at.nothing", None),
        ("eta", None),
    ],
)
def test_code_names_what_is_listed(text: str, path: str | None) -> None:
    assert public_names.path_of(text) == path


def test_first_sentences_are_whole() -> None:
    for module, names in public_names.public().items():
        for name, value in names.items():
            sentence = api_pages.first_sentence(value)
            assert sentence.strip(), f"{module}.{name}"
            assert sentence.count("(") >= sentence.count(")"), f"{module}.{name}: {sentence}"


@pytest.mark.parametrize(
    "link, target",
    [
        ("../tutorial/plot_1_toy.py", "../_generated/tutorial/plot_1_toy.rst"),
        ("../gallery/", "../_generated/gallery/index.rst"),
        ("../../README.md", "path:../../README.md"),
        ("validate.md", "validate.md"),
        ("../reference/symbols.md", "../reference/symbols.md"),
    ],
)
def test_links_out_of_the_pages_lead_to_the_site(link: str, target: str) -> None:
    docs = EXTENSIONS.parent
    assert repository_links.translated(link, docs / "how-to" / "a.md", docs) == target
