"""Facts in the documentation that the code also holds: each is generated from it, or compared with
it here."""

from __future__ import annotations

import argparse
import ast
import html
import re
import shlex
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from layers import FILE_LINES, FUNCTION_STATEMENTS, ROOT, floors, sources

import auxtheory as at
from auxtheory import certify, engines, experiments, methods, theorems
from auxtheory.analysis import FIGURES, toy_table
from auxtheory.analysis.page import build
from auxtheory.cli.parser import parser

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
from public_names import resolved

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "docs").glob("**/*.md")
        if "_generated" not in path.parts
    ),
)
CODE = re.compile(r"```(\w*)\n(.*?)```|`([^`\n]+)`", re.DOTALL)
DATA = ROOT / "tests" / "data" / "before-moves"
FOLDERS = ("auxtheory", "kernels", "analysis", "tests", "docs", ".ci")


@cache
def pages() -> dict[str, str]:
    """Every page, and the scripts of the tutorial and the gallery."""
    found = {name: (ROOT / name).read_text(encoding="utf-8") for name in PAGES}
    scripts = sorted((ROOT / "docs").glob("*/plot_*.py"))
    assert scripts
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in scripts}
    return found | texts


@cache
def docstrings() -> dict[str, str]:
    """The docstrings of every module, class and function, by file."""
    kinds = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
    found = {}
    for path, source in sources():
        nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
        found[str(path)] = "\n\n".join(filter(None, map(ast.get_docstring, nodes)))
    return found


def texts() -> dict[str, str]:
    return pages() | docstrings()


def commands(text: str) -> Iterator[list[str]]:
    """The command lines `auxtheory …` of a page's console blocks and code spans."""
    for language, block, span in CODE.findall(text):
        if language in ("", "console", "bash"):
            for line in (block or span).splitlines():
                for part in line.partition(" #")[0].split("&&"):
                    words = re.sub(r"^\s*(\.venv/bin/|python -m )", "", part).strip()
                    if re.match(r"auxtheory [a-z]", words):
                        yield shlex.split(words)[1:]


def parser_of(
    found: argparse.ArgumentParser, words: list[str]
) -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser of the last subcommand that the words name, and the words that are left."""
    for action in found._actions:
        # A text may name a group of commands, such as `auxtheory plot`.
        if isinstance(action, argparse._SubParsersAction) and words not in ([], ["--help"]):
            if words[0].startswith("-") and found.get_default("run"):
                continue
            assert words[0] in action.choices, f"{words[0]!r} is not a command of {found.prog}"
            return parser_of(action.choices[words[0]], words[1:])
    return found, words


def test_every_command_that_is_shown_exists() -> None:
    """Otherwise who types it gets a usage message: commands, their subcommands, and their options."""
    shown = 0
    for page, text in texts().items():
        for words in commands(text):
            alternatives = (
                [words]
                if "|" not in words
                else [[words[0], word] for word in words[1:] if word != "|"]
            )
            for line in alternatives:
                if any(mark in word for word in line for mark in "{…[") or line[-1] == "NAME":
                    continue
                used, rest = parser_of(parser(), line)
                known = set(used._option_string_actions)
                if getattr(used, "number", None) is not None:  # it takes step parameters
                    every = {name for one in methods.LIBRARY for name in one.parameters}
                    known |= {f"--{name}" for name in every}
                options = {
                    word.partition("=")[0] for word in rest if word.startswith("-") and word != "-"
                }
                assert options <= known, (
                    f"{page}: {shlex.join(line)}: there is no {options - known}"
                )
                shown += 1
    assert shown > 20


def names_in(code: str) -> set[str]:
    """The dotted names of the package in a text, and what it imports."""
    names = set(re.findall(r"(?<![\w./'\"])(?:at|auxtheory)(?:\.[A-Za-z_]\w*)+", code))
    for module, imported in re.findall(r"from (auxtheory[\w.]*) import ([\w, ]+)", code):
        names |= {f"{module}.{name.split(' as ')[0].strip()}" for name in imported.split(",")}
    names |= set(re.findall(r"^import (auxtheory[\w.]*)", code, re.MULTILINE))
    return names


def test_every_path_that_is_printed_is_public(tmp_path: Path) -> None:
    """Otherwise a page or a script stops to work when a file moves: what they name exists, and is a
    name of `at` or of a package that the README names."""
    pair = at.helpers.relabelled(
        at.Logistic(features=[[1.0], [-1.0], [2.0]], labels=[0, 1, 0], l2=0.1), share=0.4
    )
    study = at.Study(
        [at.theorems.Naive(), at.claim(float("inf"), method=at.methods.AuxMOM, name="None")],
        at.Quadratic(L=1.0, mu=0.1, dim=2),
        at.RandomSign(sigma_f=1.0),
        delta=[0.1, 0.2],
        eta=[0.01],
        a=[0.5],
        K=[2],
        T=[2],
        engine="exact",
    )
    path = tmp_path / "a.study"
    study.run(path)
    case = at.testing.Configuration(
        at.theorems.AuxMOM(),
        at.Quadratic(L=1.0, dim=2).with_helper(0.1),
        at.Gaussian(sigma_f=1.0),
        at.Steps(eta=0.1, a=0.5, K=2, T=2, mode="unsafe"),
    )
    printed = {
        "page": html.unescape(build(at.Results.open(path), name=path.name)),
        "old page": html.unescape((DATA / "sign.html").read_text(encoding="utf-8")),
        "script": case.script,
        "JSON": case.to_json(),
        "repr": f"{pair!r} {study!r} {case!r}",
    }
    public = {"at", *(f"auxtheory.{name}" for name in ("page", "strategies", "study"))}
    for where, text in printed.items():
        found = names_in(text)
        assert found, where
        for name in found - {"auxtheory"}:
            first = name if name.startswith("at.") else ".".join(name.split(".")[:2])
            assert first.startswith("at.") or first in public, f"{where}: {name}"
            resolved(name)


def test_every_name_that_is_shown_exists() -> None:
    """Otherwise who copies at.…, auxtheory.…, or an import of them from a page gets an error."""
    shown = set()
    for page, text in texts().items():
        code = "\n".join(
            block or span for language, block, span in CODE.findall(text) if language != "text"
        )
        code = text if page.endswith(".py") and page.startswith("docs/") else code
        names = names_in(code)
        for name in sorted(names):
            if re.search(r"\.(toml|md|py|study)$", name) or name.startswith("auxtheory.compile"):
                continue
            try:
                with warnings.catch_warnings():
                    if page == "CHANGELOG.md":  # which says the old names too
                        warnings.simplefilter("ignore", DeprecationWarning)
                    resolved(name)
            except (AttributeError, ImportError) as error:
                pytest.fail(f"{page}: {name}: {error}")
        shown |= names
    assert len(shown) > 40


def test_every_file_that_is_named_exists() -> None:
    """Otherwise who is sent to a file does not find it: links of pages, and paths in code and
    docstrings."""
    shown = 0
    for page, text in texts().items():
        folder = (ROOT / page).parent
        links = [
            link.partition("#")[0]
            for link in re.findall(r"\]\(([^()\s]+)\)", CODE.sub("", text))
            if "://" not in link
        ]
        for link in filter(None, links):
            assert (folder / link).exists(), f"{page}: there is no {link}"
            shown += 1
        pattern = rf"(?<![\w./])(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*\w"
        for name in re.findall(pattern, text):
            assert (ROOT / name).exists(), f"{page}: there is no {name}"
            shown += 1
    assert shown > 30


def test_every_extra_that_is_named_exists() -> None:
    extras = set(
        re.findall(r'^ {8}"(\w+)": ', (ROOT / "setup.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        name
        for text in texts().values()
        for name in re.findall(r"(?:'?\.|auxtheory)\[(\w+)\]'", text)
    }
    named |= {name for text in pages().values() for name in re.findall(r"extra `(\w+)`", text)}
    assert named and named <= extras


def test_the_floors_of_the_contributing_page_are_the_layers_of_the_code() -> None:
    """Otherwise a contributor puts a file on a floor that is not there: `python tests/layers.py`
    prints the block."""
    assert f"```text\n{floors()}\n```" in pages()["CONTRIBUTING.md"]


def test_the_limits_and_profiles_of_the_contributing_page_are_those_of_the_tests() -> None:
    page = pages()["CONTRIBUTING.md"]
    assert (
        f"Files up to {FILE_LINES} lines, functions up to {FUNCTION_STATEMENTS} statements." in page
    )
    dev, ci, nightly = (
        settings.get_profile(name).max_examples for name in ("dev", "ci", "nightly")
    )
    assert f"dev ({dev} examples), ci ({ci}, the same each time), nightly ({nightly})" in page


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the first table below a title."""
    table = page[page.index(f"## {title}") :].split("\n\n| ", 1)[1].split("\n\n")[0]
    return [
        [cell.strip(" `") for cell in line.strip("| ").split("|")]
        for line in table.splitlines()[2:]
    ]


def test_the_tables_of_the_readme_are_the_codes_own() -> None:
    """Otherwise a theorem or an engine is missing there, or is shown under another label."""
    page = pages()["README.md"]
    assert sorted(row[:2] for row in rows(page, "The theorems")) == sorted(
        [t.label, t.__name__] for t in theorems.ALL
    )
    (line,) = (line for line in page.splitlines() if line.startswith("| [engines]"))
    assert set(re.findall(r"`(\w+)`", line)) == {*engines.ENGINES, "worst_case"}
    listed = pages()["docs/reference/engines.md"].split("| engine | needs |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", listed, re.MULTILINE)) == {*engines.ENGINES, "worst_case"}


def tightness(page: str) -> dict[str, list[str]]:
    """The last two cells of each row about a theorem, by its label."""
    lines = re.findall(r"^\| \[?(S\d[\w-]*).*\|(.*)\|(.*)\|$", page, re.MULTILINE)
    return {label: [one.strip(), other.strip()] for label, one, other in lines}


def test_the_tightness_of_the_readme_is_that_of_the_page_of_theorems() -> None:
    """Otherwise one of the two is out of date."""
    readme = tightness(pages()["README.md"])
    assert len(readme) == len(theorems.ALL)
    assert readme == tightness(pages()["docs/reference/theorems/index.md"])


def test_the_counts_of_the_pages_are_what_is_stored() -> None:
    page = pages()["docs/how-to/worst-case.md"]
    proofs = int(re.findall(r"multipliers of ([\d,]+) proofs", page)[0])
    cells = int(re.findall(r"theorems has ([\d,]+) cells", page)[0])
    assert proofs == len(list(certify.stored()))
    assert cells == len(list(certify.cells()))


def test_the_tutorial_names_the_methods_that_its_figure_shows() -> None:
    """Otherwise a reader looks for a method, or a name in the library, that is not there."""
    page = pages()["docs/tutorial/plot_1_toy.py"]
    section = page.split("# Three methods\n")[1].split("# Why K")[0]
    shown = set(toy_table(T=2)["method"].tolist())
    assert set(re.findall(r"(?<!\*)\*([A-Z]\w+)\*", section)) == shown
    names = {method.name for method in methods.ALL}
    assert all(name in names or "at.methods.fine_tuning" in section for name in shown)


def test_the_pages_list_what_there_is() -> None:
    """Otherwise a figure or an experiment exists that no page names; that the gallery draws every
    figure is tested in tests/docs/test_gallery_scripts.py."""
    for name in FIGURES:
        page = pages()["docs/how-to/figures.md"]
        assert f"| `{name}` |" in page, f"the page on figures does not name {name}"
    for name in experiments.names():
        assert name in pages()["CHANGELOG.md"], f"CHANGELOG.md does not name the experiment {name}"


def test_no_docstring_promises_what_is_still_to_come() -> None:
    """Otherwise it stays when the promise has been kept."""
    later = re.compile(
        r"\b(until \w+ lands?|not yet implemented|TODO|FIXME|coming soon|will be added)\b", re.I
    )
    found = [
        f"{page}: {match[0]}" for page, text in texts().items() for match in later.finditer(text)
    ]
    assert not found
