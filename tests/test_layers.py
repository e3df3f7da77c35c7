"""Imports point down, heavy libraries load late, files and functions stay short."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A module may import from the lines above its own; those on one line do not know each other.
LAYERS = (
    (
        "errors",
        "fingerprint",
        "machine",
        "tree",
        "pretty",
        "printing",
        "waiting",
        "helper_role",
        "renamed",
    ),
    ("units", "formula", "typeset", "elementary", "files"),
    ("evaluation",),
    ("conditions",),
    ("posynomial",),
    ("glossary",),
    ("constants", "spelling"),
    ("options",),
    ("philox", "draws"),
    ("noise", "propagation"),
    ("problems",),
    ("methods", "minibatch", "data"),
    ("kernels",),
    ("theorems", "engines"),
    ("result", "naming"),
    ("notation", "judgement", "variance"),
    ("notes", "met", "source", "decimals"),
    ("scripts",),
    ("validation",),
    ("configuration",),
    ("study", "strategies", "suite", "conformance", "certify"),
    ("study_files", "testing"),
    ("bench", "report", "experiments"),
    ("report_text",),
    ("analysis",),
    ("page",),
    (
        "cli_bench",
        "cli_certify",
        "cli_experiment",
        "cli_falsify",
        "cli_plot",
        "cli_report",
        "cli_study",
    ),
    ("cli",),
    ("__main__",),
)
RANK = {layer: rank for rank, layers in enumerate(LAYERS) for layer in layers}

HEAVY = {
    "numba",
    "cupy",
    "matplotlib",
    "hypothesis",
    "PEPit",
    "cvxpy",
    "tqdm",
    "pandas",
    "statsmodels",
    "xarray",
    "cloudpickle",
    "filelock",
    "dask",
    "distributed",
    "jinja2",
    "markupsafe",
    "zarr",
    "h5netcdf",
    "pyarrow",
}
AT_HOME = {
    "kernels": {"numba"},
    "analysis": {"matplotlib"},
    "decimals": {"hypothesis"},
    "strategies": {"hypothesis"},
    "testing": {"hypothesis"},
}
LATE = (
    "scipy.stats",
    "matplotlib",
    "hypothesis",
    "tqdm",
    "numba",
    "xarray",
    "pandas",
    "filelock",
    "jinja2",
)

FILE_LINES = 400
FUNCTION_STATEMENTS = 42

Import = tuple[str, int, bool]  # the dotted name, its line, whether it runs when the module loads


def sources() -> Iterator[tuple[Path, str]]:
    """Path and text of every module of the package; links are followed, so of kernels/ and
    analysis/ too."""
    for folder, _, files in os.walk(ROOT / "auxtheory", followlinks=True):
        for path in sorted(Path(folder, file) for file in files if file.endswith(".py")):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def dotted(path: Path) -> list[str]:
    parts = list(path.with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in (
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
    )


def names(node: ast.Import | ast.ImportFrom, package: list[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    above = package[: len(package) + 1 - node.level] if node.level else []
    base = ".".join([*above, *(node.module or "").split(".")]).strip(".")
    return [f"{base}.{alias.name}" for alias in node.names]


def imports(node: ast.AST, package: list[str], on_load: bool = True) -> Iterator[Import]:
    """Imports below `node`; `package` is what a relative import in this module starts from."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from ((name, child.lineno, on_load) for name in names(child, package))
        elif is_type_checking(child):
            assert isinstance(child, ast.If)
            yield from imports(ast.Module(child.orelse, []), package, on_load)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports(child, package, on_load and not function)


def complaints(text: str, module: list[str], is_package: bool = False) -> list[str]:
    """What is wrong with the imports of the module with this text and these dotted parts."""
    own = module[1] if len(module) > 1 else ""
    if own and own not in RANK:
        return [
            f"{'.'.join(module)} is in no layer: add {own!r} to LAYERS in {Path(__file__).name}"
        ]
    found = []
    for name, line, on_load in imports(ast.parse(text), module if is_package else module[:-1]):
        top, *rest = name.split(".")
        if top == "auxtheory":
            problem = upward(own, rest[0] if rest else "")
        else:
            late = on_load and top in HEAVY - AT_HOME.get(own, set())
            problem = (
                f"imports {top} on load; import it in the function that uses it" if late else ""
            )
        if problem:
            found.append(f"{'.'.join(module)}, line {line}: {problem}")
    return found


def upward(own: str, target: str) -> str:
    """Why the layer `own` must not import `target`, or nothing; the package itself may import
    all."""
    if not own or target in (own, "__version__"):
        return ""
    if target not in RANK:
        return (
            f"imports {target or 'auxtheory'!r}, which is no layer of LAYERS; import from the "
            "module that defines it"
        )
    return "" if RANK[target] < RANK[own] else f"imports {target}, which does not lie below {own}"


def docstring_lines(tree: ast.AST) -> int:
    """The lines of all docstrings, which are long where they name every parameter."""
    return sum(
        node.body[0].end_lineno - node.body[0].lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and ast.get_docstring(node) is not None
    )


def too_long(path: Path, text: str) -> list[str]:
    tree = ast.parse(text)
    lines = len(text.splitlines()) - docstring_lines(tree)
    found = [f"{path}: {lines} lines"] if lines > FILE_LINES else []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # Statements, not lines: the formatter decides how many lines a call takes.
            length = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
            length -= ast.get_docstring(node) is not None
            if length > FUNCTION_STATEMENTS:
                found.append(f"{path}, line {node.lineno}: {node.name} has {length} statements")
    return found


def test_imports_point_down() -> None:
    found = [
        line
        for path, text in sources()
        for line in complaints(text, dotted(path), path.name == "__init__.py")
    ]
    assert not found, "\n".join(found)


def test_the_layers_all_exist() -> None:
    missing = set(RANK) - {part for path, _ in sources() for part in dotted(path)[1:2]}
    assert not missing, f"LAYERS names {missing}, which auxtheory/ lacks"


@pytest.mark.parametrize(
    ("module", "text", "expected"),
    [
        ("noise", "from auxtheory.problems import Pair", "does not lie below noise"),
        ("noise", "def f():\n    from auxtheory import problems", "does not lie below noise"),
        ("noise", "class C:\n    import auxtheory.problems.base", "does not lie below noise"),
        ("noise", "from . import problems", "does not lie below noise"),
        ("problems.base", "from ..methods import Method", "does not lie below problems"),
        ("theorems.base", "from auxtheory.engines import run", "does not lie below theorems"),
        ("engines.exact", "from auxtheory.theorems import SGD", "does not lie below engines"),
        ("noise", "import auxtheory as at", "no layer"),
        ("noise", "from auxtheory import Gaussian", "no layer"),
        ("mine", "", "add 'mine' to LAYERS"),
        (
            "engines.cpu",
            "try:\n    import numba.cuda\nexcept ImportError:\n    pass",
            "imports numba on load",
        ),
        ("validation", "from matplotlib.figure import Figure", "imports matplotlib on load"),
        ("testing", "import pandas", "imports pandas on load"),
        ("page.build", "import jinja2", "imports jinja2 on load"),
        (
            "analysis.toy",
            "from auxtheory.analysis.page import build",
            "does not lie below analysis",
        ),
        (
            "noise",
            "if TYPE_CHECKING:\n    pass\nelse:\n    import auxtheory.cli.parser",
            "does not lie below noise",
        ),
    ],
)
def test_a_wrong_import_is_named(module: str, text: str, expected: str) -> None:
    found = complaints(text, ["auxtheory", *module.split(".")])
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("noise", "from auxtheory.random.philox import bits"),
        ("noise", "if TYPE_CHECKING:\n    from auxtheory.cli.parser import main"),
        ("engines.base", "def f():\n    from auxtheory import __version__"),
        ("engines.exact", "from auxtheory.engines.base import Trace\nfrom .moments import Case"),
        ("report", "def f():\n    from tqdm import tqdm"),
        ("analysis.toy", "from matplotlib.figure import Figure"),
        ("strategies", "from hypothesis import strategies as st"),
    ],
)
def test_a_right_import_passes(module: str, text: str) -> None:
    assert complaints(text, ["auxtheory", *module.split(".")]) == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import auxtheory, sys; print(*[name for name in {LATE} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_files_and_functions_are_short() -> None:
    found = [line for path, text in sources() for line in too_long(path, text)]
    assert not found, "\n".join(found)


def test_a_long_file_or_function_is_named() -> None:
    body = "    pass\n" * (FUNCTION_STATEMENTS + 1)
    docstring = '    """A\n\n    B.\n    """\n'
    expected = f"a.py, line 1: f has {FUNCTION_STATEMENTS + 1} statements"
    assert too_long(Path("a.py"), "def f():\n" + docstring + body) == [expected]
    assert too_long(Path("a.py"), "def f():\n" + docstring + body[9:]) == []
    lines = '"""What\nit is."""\n' + "x = 1\n" * FILE_LINES
    assert too_long(Path("a.py"), lines) == [] != too_long(Path("a.py"), lines + "x = 1\n")
    assert too_long(Path("a.py"), "\n" * (FILE_LINES + 1)) == [f"a.py: {FILE_LINES + 1} lines"]


def floors() -> str:
    """The layers as CONTRIBUTING.md shows them, from the ground up."""
    return "\n".join(
        f"{number:2} {', '.join(layers)}" for number, layers in enumerate(LAYERS, start=1)
    )


if __name__ == "__main__":
    print(floors())
