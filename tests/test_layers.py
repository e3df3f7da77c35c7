"""Imports point down, no files import each other in a circle, heavy libraries load late, files and
functions stay short.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from layers import ENTRANCES, FILE_LINES, FLOORS, FUNCTION_STATEMENTS, RANK, ROOT, sources

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
# Folders, and files that others import inside functions since their classes derive from xarray's.
AT_HOME = {
    "kernels": {"numba"},
    "analysis": {"matplotlib"},
    "testing": {"hypothesis"},
    "auxtheory.study.results.cell_arrays": {"xarray"},
    "auxtheory.study.results.exported": {"xarray"},
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

Import = tuple[str, int, bool]  # the dotted name, its line, whether it runs when the module loads


def dotted(path: Path) -> str:
    parts = list(path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def top(module: str) -> str:
    """The folder or ground file that a module of the package belongs to."""
    return [*module.split("."), ""][1]


def names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    parents = package.split(".")
    above = parents[: len(parents) + 1 - node.level] if node.level else []
    base = ".".join([*above, *(node.module or "").split(".")]).strip(".")
    return [f"{base}.{alias.name}" for alias in node.names]


def is_type_checking(node: ast.AST) -> bool:
    tests = ("TYPE_CHECKING", "typing.TYPE_CHECKING")
    return isinstance(node, ast.If) and ast.unparse(node.test) in tests


def imports(node: ast.AST, package: str, on_load: bool = True) -> Iterator[Import]:
    """All imports below `node`, those within functions and for type checkers too; `package` is what
    a relative import in this module starts from.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from ((name, child.lineno, on_load) for name in names(child, package))
        elif is_type_checking(child):
            assert isinstance(child, ast.If)
            yield from imports(ast.Module(child.body, []), package, False)
            yield from imports(ast.Module(child.orelse, []), package, on_load)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports(child, package, on_load and not function)


def complaints(text: str, module: str, is_package: bool = False) -> list[str]:
    """What is wrong with the imports of the module with this text and this dotted name."""
    home = top(module)
    if home in ENTRANCES:
        return []
    if home not in RANK:
        return [f"{module} is on no floor: add {home!r} to layers.py"]
    lines = []
    package = module if is_package else module.rpartition(".")[0]
    for name, line, on_load in imports(ast.parse(text), package):
        library = name.split(".")[0]
        if library == "auxtheory":
            problem = upward(home, top(name))
        else:
            at_home = AT_HOME.get(home, set()) | AT_HOME.get(module, set())
            late = on_load and library in HEAVY - at_home
            problem = f"imports {library} on load; import it where it is used" if late else ""
        if problem:
            lines.append(f"{module}, line {line}: {problem}")
    return lines


def upward(home: str, target: str) -> str:
    """Why a file of `home` must not import from `target`, or nothing."""
    if target == home or (RANK[home] == 0 and RANK.get(target) == 0):
        return ""
    if target not in RANK:
        return f"imports {target!r} of the package itself; import from the file that defines it"
    return "" if RANK[target] < RANK[home] else f"imports {target}, which is not below {home}"


def file_graph(texts: Mapping[str, tuple[str, bool]]) -> dict[str, set[str]]:
    """Which modules each module imports, from (text, is it a package) by dotted name."""
    graph: dict[str, set[str]] = {}
    for module, (text, is_package) in texts.items():
        package = module if is_package else module.rpartition(".")[0]
        targets = set()
        for name, _, _ in imports(ast.parse(text), package):
            while name and name not in texts:
                name = name.rpartition(".")[0]
            targets.add(name)
        graph[module] = targets - {"", module}
    return graph


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, in order; empty if there are none."""
    done: set[str] = set()
    path: list[str] = []

    def visit(module: str) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done or module not in graph:
            return []
        path.append(module)
        for target in sorted(graph[module]):
            if cycle := visit(target):
                return cycle
        done.add(path.pop())
        return []

    for module in sorted(graph):
        if cycle := visit(module):
            return cycle
    return []


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
    problems = [f"{path}: {lines} lines"] if lines > FILE_LINES else []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # Statements, not lines: the formatter decides how many lines a call takes.
            length = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
            length -= ast.get_docstring(node) is not None
            if length > FUNCTION_STATEMENTS:
                place = f"{path}, line {node.lineno}"
                problems.append(f"{place}: {node.name} has {length} statements")
    return problems


def test_imports_point_down() -> None:
    problems = [
        line
        for path, text in sources()
        for line in complaints(text, dotted(path), path.name == "__init__.py")
    ]
    assert not problems, "\n".join(problems)


def test_no_files_import_each_other_in_a_circle() -> None:
    texts = {dotted(path): (text, path.name == "__init__.py") for path, text in sources()}
    graph = file_graph({name: text for name, text in texts.items() if name != "auxtheory"})
    assert " → ".join(circle(graph)) == ""


def test_a_circle_is_found() -> None:
    texts = {
        "auxtheory.a": ("from auxtheory import b", False),
        "auxtheory.b": ("from auxtheory.c.d import f\nimport auxtheory.e", False),
        "auxtheory.c": ("", True),
        "auxtheory.c.d": ("def f():\n    from auxtheory.a import g", False),
        "auxtheory.e": ("if TYPE_CHECKING:\n    from auxtheory.c import d", False),
    }
    graph = file_graph(texts)
    assert circle(graph) == ["auxtheory.a", "auxtheory.b", "auxtheory.c.d", "auxtheory.a"]
    assert circle({**graph, "auxtheory.c.d": set()}) == []


def test_no_test_file_imports_another() -> None:
    """Otherwise it does not run alone: what several files share stands in files without tests."""
    lines = [
        f"{path.name}, line {line}: {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name, line, _ in imports(ast.parse(path.read_text(encoding="utf-8")), "")
        if name.startswith("test_")
    ]
    assert not lines, "\n".join(lines)


def test_shared_modules_stand_where_a_test_file_finds_them() -> None:
    """Otherwise a test file runs only where another folder's has run before it."""
    root = ROOT / "tests"
    shared = {path.stem: path.parent for path in sorted(root.rglob("*.py"))}
    lines = [
        f"{path.name}, line {line}: {module} of {shared[module].name}/"
        for path in sorted(root.rglob("*.py"))
        for name, line, _ in imports(ast.parse(path.read_text(encoding="utf-8")), "")
        if (module := name.split(".")[0]) in shared
        and module != "conftest"
        and shared[module] not in (root, path.parent)
    ]
    assert not lines, "\n".join(lines)


def test_names_of_test_files_are_unique() -> None:
    """pytest imports them by their names alone."""
    counts = Counter(path.name for path in (ROOT / "tests").rglob("*.py"))
    assert [name for name, count in counts.items() if count > 1] == ["conftest.py"]


def test_every_folder_and_file_of_the_root_has_a_floor() -> None:
    modules = {top(dotted(path)) for path, _ in sources()} - set(ENTRANCES)
    assert modules == set(RANK)
    assert len(FLOORS) <= 9


@pytest.mark.parametrize(
    ("module", "text", "expected"),
    [
        ("noise.laws", "from auxtheory.engines import Trace", "engines, which is not below noise"),
        ("noise.laws", "def f():\n    from auxtheory import study", "not below noise"),
        ("noise.laws", "class C:\n    import auxtheory.validation.rows", "not below noise"),
        ("noise.laws", "from ..validation import rows", "not below noise"),
        ("problems.base", "from ..methods import Method", "not below problems"),
        ("theorems.base", "from auxtheory.engines import run", "not below theorems"),
        ("engines.exact.engine", "from auxtheory.theorems import SGD", "not below engines"),
        ("table", "from auxtheory.bounds import units", "not below table"),
        ("noise.laws", "import auxtheory as at", "of the package itself"),
        ("noise.laws", "from auxtheory import Gaussian", "of the package itself"),
        ("mine", "", "add 'mine' to layers.py"),
        (
            "engines.cpu",
            "try:\n    import numba.cuda\nexcept ImportError:\n    pass",
            "numba on load",
        ),
        ("validation.rows", "from matplotlib.figure import Figure", "imports matplotlib on load"),
        ("testing.strategies", "import pandas", "imports pandas on load"),
        ("analysis.page.build", "import jinja2", "imports jinja2 on load"),
        ("noise.laws", "if TYPE_CHECKING:\n    import auxtheory.cli", "not below noise"),
        ("noise.laws", "if TYPE_CHECKING:\n    pass\nelse:\n    import auxtheory.cli", "not below"),
    ],
)
def test_a_wrong_import_is_named(module: str, text: str, expected: str) -> None:
    problems = complaints(text, f"auxtheory.{module}")
    assert len(problems) == 1
    assert expected in problems[0]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("noise.laws", "from auxtheory.random.philox import bits"),
        ("engines.base", "def f():\n    from auxtheory.version import __version__"),
        (
            "engines.exact.engine",
            "from auxtheory.engines.base import Trace\nfrom .moments import x",
        ),
        ("cli.validate", "def f():\n    from tqdm import tqdm"),
        ("analysis.figures.toy", "from matplotlib.figure import Figure"),
        ("testing.strategies", "from hypothesis import strategies as st"),
        ("table", "from auxtheory.errors import Checks"),
    ],
)
def test_a_right_import_passes(module: str, text: str) -> None:
    assert complaints(text, f"auxtheory.{module}") == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import auxtheory, sys; print(*[name for name in {LATE} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_files_and_functions_are_short() -> None:
    problems = [line for path, text in sources() for line in too_long(path, text)]
    assert not problems, "\n".join(problems)


def test_a_long_file_or_function_is_named() -> None:
    body = "    pass\n" * (FUNCTION_STATEMENTS + 1)
    docstring = '    """A\n\n    B.\n    """\n'
    expected = f"a.py, line 1: f has {FUNCTION_STATEMENTS + 1} statements"
    assert too_long(Path("a.py"), "def f():\n" + docstring + body) == [expected]
    assert too_long(Path("a.py"), "def f():\n" + docstring + body[9:]) == []
    lines = '"""What\nit is."""\n' + "x = 1\n" * FILE_LINES
    assert too_long(Path("a.py"), lines) == [] != too_long(Path("a.py"), lines + "x = 1\n")
    assert too_long(Path("a.py"), "\n" * (FILE_LINES + 1)) == [f"a.py: {FILE_LINES + 1} lines"]
