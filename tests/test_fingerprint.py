"""Which changes of the sources make another version of the code, and another compile cache."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from auxtheory import fingerprint as fingerprint_module
from auxtheory.kernels import compile_cache, jit, notice
from auxtheory.study.identity import CELLS, STORING

ROOT = Path(fingerprint_module.__file__).resolve().parent


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a folder where it may be changed."""
    place = tmp_path_factory.mktemp("tree") / "auxtheory"
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns("__pycache__", "results"))
    return place


@pytest.fixture
def tree(copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setattr(fingerprint_module, "ROOT", copied)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    yield copied
    fingerprint_module.source_of.cache_clear()


def both() -> tuple[str, str]:
    """The version of the code, and what names the compile cache."""
    fingerprint_module.source_of.cache_clear()
    fingerprint_module.fingerprint.cache_clear()
    found = (
        fingerprint_module.fingerprint(*CELLS, without=STORING),
        fingerprint_module.fingerprint(compile_cache.KERNELS),
    )
    fingerprint_module.fingerprint.cache_clear()
    return found


def after(path: Path, change: Callable[[str], str]) -> tuple[str, str]:
    """The same once a file has changed; it is put back."""
    text = path.read_text(encoding="utf-8")
    new = change(text)
    assert new != text, path
    try:
        path.write_text(new, encoding="utf-8")
        return both()
    finally:
        path.write_text(text, encoding="utf-8")


def file_of(name: str) -> Path:
    path = fingerprint_module.place(name)
    assert path is not None
    return path


def without_meaning(text: str) -> str:
    """Other docstrings, comments and blank lines."""
    head, quotes, rest = text.partition('"""')
    return f"{head}{quotes}Another text: {rest.replace(chr(10) * 3, chr(10) * 4)}\n\n# a comment\n"


@pytest.mark.parametrize(
    "name", ["auxtheory.elementary", "auxtheory.kernels.cpu.tile", "auxtheory.methods.naive"]
)
def test_a_docstring_changes_nothing(name: str, tree: Path) -> None:
    """Else one mended docstring runs every stored batch again, and compiles every loop."""
    assert after(file_of(name), without_meaning) == both()


def one_more(text: str) -> str:
    return f"{text}\n\nANOTHER = 1\n"


@pytest.mark.parametrize(
    "name",
    [
        "auxtheory.random.philox",
        "auxtheory.kernels.cpu.trajectory",
        "auxtheory.kernels.propagation",
    ],
)
def test_a_constant_of_a_kernel_changes_both(name: str, tree: Path) -> None:
    """Else old numbers and old machine code stand for those of the new code."""
    usual = both()
    changed = after(file_of(name), one_more)
    assert changed[0] != usual[0] and changed[1] != usual[1]


@pytest.mark.parametrize(
    "name", ["auxtheory.engines.exact", "auxtheory.theorems.auxmom", "auxtheory.validation.rows"]
)
def test_other_numerical_modules_change_the_version_alone(name: str, tree: Path) -> None:
    usual = both()
    changed = after(file_of(name), one_more)
    assert changed[0] != usual[0] and changed[1] == usual[1]


@pytest.mark.parametrize(
    "name",
    [
        "auxtheory.analysis.page.build",
        "auxtheory.cli.study",
        "auxtheory.printing",
        "auxtheory.study.storage.database",
    ],
)
def test_pages_commands_and_texts_change_neither(name: str, tree: Path) -> None:
    assert after(file_of(name), one_more) == both()


def test_what_reaches_a_number_is_found_by_its_imports() -> None:
    """Lazy imports count, those for types do not; names that are no modules are left out."""
    found = set(fingerprint_module.modules(*CELLS, without=STORING))
    kernels = set(fingerprint_module.modules(compile_cache.KERNELS))
    assert (
        {"auxtheory.elementary", "auxtheory.random.philox", "auxtheory.kernels.propagation"}
        <= kernels
        < found
    )
    assert {"auxtheory.validation", "auxtheory.engines.exact", "auxtheory.theorems.sgd"} <= found
    assert (
        not {"auxtheory.study.storage.database", "auxtheory.study.export", "auxtheory.page"} & found
    )


SOURCE = """
import math, auxtheory.one
from auxtheory.two import three
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from auxtheory.four import five
def f(x):
    import auxtheory.six as six
    return import_module("auxtheory.seven")
"""


def test_the_imports_of_a_source() -> None:
    found = fingerprint_module.parsed(SOURCE.encode()).imports
    names = ["one", "seven", "six", "two", "two.three"]
    assert found == tuple(f"auxtheory.{name}" for name in names)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = 1", "x = 1  # one", True),
        ("x = (1 + 2)", "x = 1 + 2", True),
        ("def f():\n    'a'\n    return 1", "def f():\n    'b'\n\n    return 1", True),
        ("def f():\n    'a'\n    return 1", "def f():\n    return 1", True),
        ("class A:\n    'a'\n    x = 1", "class A:\n    x = 1", True),
        ("x = 'a'", "x = 'b'", False),
        ("x = 1", "x = 1.0", False),
        ("x = 1", "x = True", False),
        ("f(a, b)", "f(a)(b)", False),
        ("def f():\n    return 'a'", "def f():\n    return 'b'", False),
    ],
)
def test_what_counts_of_a_source(one: str, other: str, same: bool) -> None:
    assert (
        fingerprint_module.parsed(one.encode()).tree
        == fingerprint_module.parsed(other.encode()).tree
    ) is same


def test_what_was_parsed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every process parses all sources; a damaged file costs time alone."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    name = "auxtheory.kernels.cpu.vector"

    def forget() -> None:
        for function in (
            fingerprint_module.source_of,
            fingerprint_module._known,
            fingerprint_module.fingerprint,
        ):
            function.cache_clear()

    try:
        forget()
        usual = fingerprint_module.fingerprint(name)
        kept = tmp_path / "auxtheory" / fingerprint_module.KEPT
        assert kept.is_file()
        forget()
        with monkeypatch.context() as patch:
            patch.setattr(fingerprint_module, "parsed", None)
            assert fingerprint_module.fingerprint(name) == usual
        for damaged in ("", "[[1]]", "{}", "null"):
            forget()
            kept.write_text(damaged)
            assert fingerprint_module.fingerprint(name) == usual
    finally:
        forget()


# -- compiled code
# ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "compiled"
    place.mkdir()
    monkeypatch.setattr(notice, "PATIENCE", 3600.0)
    monkeypatch.setattr(compile_cache, "cache_folder", lambda: place)
    # Restored at the end: `loaded` puts modules there, since Numba looks for them by name.
    monkeypatch.setitem(sys.modules, LOADED, ModuleType(LOADED))
    return place


LOADED = "loops_of_a_test"


def loaded(path: Path, source: str) -> Any:
    """A module from this source, as a new process would have it."""
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    fingerprint_module.source_of.cache_clear()
    spec = importlib.util.spec_from_file_location(LOADED, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[LOADED] = module
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


def ran(function: Any) -> tuple[float, bool]:
    """What a loop finds, and whether it came from the cache."""
    loop = jit.compiled(function)
    out = np.zeros(1)
    loop(out)
    return out[0], bool(loop.stats.cache_hits)


LOOPS = """
def loop(out):
    'One.'
    out[0] = 1.0
first = loop
def loop(out):
    'Two.'
    out[0] = 2.0
"""


def test_compiled_code_is_found_when_lines_move(tmp_path: Path, folder: Path) -> None:
    """Else a docstring compiles all again; never is it the code of another function of the name."""
    path = tmp_path / "loops_of_a_test.py"
    module = loaded(path, LOOPS)
    assert [ran(module.first), ran(module.loop)] == [(1.0, False), (2.0, False)]
    moved = '"""A text."""\n# a comment\n\n' + LOOPS.replace("One.", "Another text.")
    module = loaded(path, moved)
    assert [ran(module.first), ran(module.loop)] == [(1.0, True), (2.0, True)]
    module = loaded(path, moved.replace("2.0", "3.0"))
    assert ran(module.loop) == (3.0, False)


def test_a_rule_in_a_loop_is_part_of_its_name(tmp_path: Path, folder: Path) -> None:
    """Else a rule of the library outside kernels/ changes, and the loop around it stays."""
    source = """
    from auxtheory.kernels.jit import known
    def rule(x):
        return x + 1.0
    def made(rule):
        known(rule)
        def loop(out):
            out[0] = rule(out[0])
        return loop
    """
    path = tmp_path / "loops_of_a_test.py"
    module = loaded(path, source)
    stamp = compile_cache._stamp(module.made(module.rule))
    module = loaded(path, source.replace("x + 1.0", "x + 2.0"))
    assert compile_cache._stamp(module.made(module.rule)) != stamp
