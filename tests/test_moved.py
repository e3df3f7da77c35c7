"""Old names of modules import for one release, and say where things are now."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from auxtheory.moved import MOVED

ROOT = Path(__file__).resolve().parent.parent
# Optional libraries are missing on some machines.
OPTIONAL = ("cupy", "PEPit", "jax", "torch")


@pytest.mark.parametrize("old", sorted(MOVED))
def test_an_old_name_has_what_is_at_the_new_ones(old: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"^auxtheory\.{old} has moved: import from "):
        sys.modules.pop(f"auxtheory.{old}", None)
        try:
            module = import_module(f"auxtheory.{old}")
        except ModuleNotFoundError as error:
            assert error.name in OPTIONAL
            return
    for home in MOVED[old]:
        new = import_module(f"auxtheory.{home}")
        names = [name for name in vars(new) if not name.startswith("__")]
        assert names
        assert all(getattr(module, name) is getattr(new, name) for name in names)
    with pytest.raises(AttributeError, match="has no attribute 'nothing_of_that_name'"):
        _ = module.nothing_of_that_name


def test_names_that_left_their_module_are_found_by_its_old_name() -> None:
    sys.modules.pop("auxtheory.result", None)
    with pytest.warns(DeprecationWarning, match=r"auxtheory\.table or auxtheory\.validation"):
        from auxtheory.result import Table, Verdict  # type: ignore[import-not-found]
    import auxtheory as at

    assert (Table, Verdict) == (at.Table, at.Verdict)


def test_no_old_name_stands_where_a_file_is() -> None:
    """Then the file would be imported, and the table would say something that does not happen."""
    for old in MOVED:
        path = ROOT / "auxtheory" / Path(*old.split("."))
        assert not path.with_suffix(".py").exists() and not (path / "__init__.py").exists(), old


def test_the_warning_points_at_the_line_that_imports() -> None:
    code = "import warnings\nwarnings.simplefilter('always')\nimport auxtheory.posynomial\n"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.startswith("<string>:3: DeprecationWarning: auxtheory.posynomial has moved")
    assert "import from auxtheory.bounds.posynomial" in done.stderr


@pytest.mark.parametrize("name", ["noise", "engines.exact", "engines.worst_case", "study.results"])
def test_modules_that_became_folders_keep_their_public_names(name: str) -> None:
    public = {
        "noise": ["Gaussian", "Minibatch", "Noise", "RandomSign"],
        "engines.exact": ["name", "refuses", "run"],
        "engines.worst_case": ["WorstCase", "worst_case"],
        "study.results": ["Results"],
    }
    module = import_module(f"auxtheory.{name}")
    assert all(hasattr(module, each) for each in public[name])


def test_a_name_that_never_was_is_no_module() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"auxtheory\.nowhere"):
        import_module("auxtheory.nowhere")


OPENED_NAMES = (
    ("noise", "F_SAMPLE", "random.counter"),
    ("noise", "normals", "random.philox"),
    ("engines.monte_carlo", "run", "engines.monte_carlo.numpy"),
    ("study.results", "PRINTED", "study.results.results"),
    ("validation", "measure", "validation.validate"),
    ("cli", "PROBLEM", "cli.parser"),
    ("engines.base", "configurations", "engines.task"),
    ("problems.base", "GivenPair", "problems.given"),
)


@pytest.mark.parametrize(("folder", "name", "home"), OPENED_NAMES)
def test_a_folder_has_the_names_that_it_had_as_a_module(folder: str, name: str, home: str) -> None:
    module = import_module(f"auxtheory.{folder}")
    with pytest.warns(DeprecationWarning, match=rf"^auxtheory\.{folder}\.{name} has moved"):
        value = getattr(module, name)
    assert value is getattr(import_module(f"auxtheory.{home}"), name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_a_file_can_be_called_as_the_function_that_it_hides() -> None:
    """`from auxtheory.validation import validate` gave the function."""
    import auxtheory as at
    from auxtheory.validation import validate

    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    with pytest.warns(DeprecationWarning, match=r"import from auxtheory\.validation\.validate"):
        verdict = validate(at.theorems.SGD(), pair, K=1, T=2)  # type: ignore[operator]
    assert verdict.status == "pass"


def test_all_names_of_an_old_module_can_be_imported() -> None:
    """With a star nothing is looked up but `__all__`."""
    names: dict[str, object] = {}
    with pytest.warns(DeprecationWarning, match="has moved"):
        sys.modules.pop("auxtheory.result", None)
        exec("from auxtheory.result import *", names)
    assert {"Table", "Verdict"} <= names.keys()
    with pytest.warns(DeprecationWarning, match="has moved"):
        sys.modules.pop("auxtheory.study.definition", None)
        exec("from auxtheory.study.definition import Study, StudyError", names)
        sys.modules.pop("auxtheory.study.again", None)
        sys.modules.pop("auxtheory.study.store", None)
        exec("from auxtheory.study.again import cell_again, merge", names)
        exec("from auxtheory.study.store import Store, reading", names)


def test_old_names_cost_no_import() -> None:
    """importlib.abc alone takes longer than `import auxtheory`, where nothing else imports it."""
    code = (
        "import sys; sys.path[:0] = ['.']; import auxtheory; print('importlib.abc' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
