"""Where compiled code is kept, and when it is used again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compiling import ROOT, SMALLEST, files, process, python
from engine_input import engine_input
from numba import types
from numba.core.registry import cpu_target

import auxtheory as at
from auxtheory import methods
from auxtheory.engines.monte_carlo import cpu
from auxtheory.fingerprint import KEPT
from auxtheory.kernels import compile_cache
from auxtheory.noise.laws import RandomSign
from auxtheory.problems import Quadratic

OWN_RULE = """
import auxtheory as at, mine
from auxtheory.engines.monte_carlo import cpu, numpy as numpy_engine
pair, steps = at.Quadratic(L=1.0, dim=2).with_helper(0.1), at.Steps(eta=0.1, a=0.5, K=2, T=4)
method, noise = at.methods.from_rules(name="Mine", refresh=mine.refresh), at.RandomSign(sigma_f=1.0, sigma_h=0.5)
task = at.Task(method=method, pair=pair, noise=noise, steps=steps)
for engine in (cpu, numpy_engine):
    print(engine.run(task, at.Sampling(replicas=3, keep_paths=True)).paths.tobytes().hex())
"""
RULE = """
import numpy as np
def refresh(m, diff, diff_prev, a):
    return a * np.minimum(np.abs(m), {limit}) + diff
"""


def in_process() -> str:
    """What SMALLEST prints first."""
    pair = Quadratic(L=1.0, dim=2).with_helper(0.1)
    steps = at.Steps(eta=0.1, K=2, T=2)
    trace = cpu.run(*engine_input(methods.Naive, pair, RandomSign(sigma_h=1.0), steps, replicas=3))
    return trace.G[0, 0].hex()


def test_a_second_process_finds_what_the_first_compiled(tmp_path: Path) -> None:
    """Otherwise every process compiles for seconds; nothing is written a second time."""
    cache = tmp_path / "cache"
    first, said = process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache)
    assert "compiling the loop `trajectory`" in said[0] and any(
        re.search(r"took [\d.]+ s$", line) for line in said
    )
    assert all("compiling the loop" in line for line in said)
    written = files(cache)
    assert any(path.suffix == ".nbc" and "trajectory" in path.name for path in written)
    outside = [path for path in written if not path.is_relative_to(first[1])]
    # Sources that are generated from a method's text keep their place when the library changes.
    assert [path.name for path in outside if path.parent.name != "generated"] == [KEPT]
    assert Path(first[1]).is_relative_to(cache)
    assert (
        process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache) == (first, [])
        and files(cache) == written
    )
    assert first[0] == in_process()


def test_what_a_loop_encloses_is_part_of_its_name() -> None:
    """Otherwise one loop runs the code of another."""
    values: list[Any] = [1, 2, 1.0, np.uint64(1), np.float32(1), "1", (1,), (1, 2), abs, min]
    values += [types.int64, types.int32]
    loops = [*map(enclosing, values), enclosing(1, 0.25)]
    assert len({*map(compile_cache._stamp, loops)}) == len(loops)


def test_the_key_of_a_loop_is_its_types_and_the_processor(tmp_path: Path) -> None:
    """Numba adds a pickle of what the loop encloses, whose bytes differ between a process that
    compiles the sources and one that reads their bytecode: both would compile the loop."""
    cache = compile_cache.Kept(enclosing(cube), tmp_path)
    codegen = cpu_target.target_context.codegen()
    signature = types.void(types.float64[::1])
    assert cache._index_key(signature, codegen) == (signature, codegen.magic_tuple())


def test_a_loop_from_the_cache_needs_no_tables_of_the_compiler(tmp_path: Path) -> None:
    """Otherwise every process imports all that Numba can compile, for half a second."""
    code = """
import sys
import numpy as np
import doubling
from auxtheory.kernels import jit
out = np.zeros(2)
jit.compiled(doubling.double)(np.ones(2), out)
print(*out, "numba.np.linalg" in sys.modules)
"""
    (tmp_path / "doubling.py").write_text(
        "def double(x, out):\n    for i in range(len(x)):\n        out[i] = 2.0 * x[i]\n"
    )
    found = [python(code, tmp_path, NUMBA_CACHE_DIR=tmp_path / "cache") for _ in range(2)]
    assert found == [["2.0", "2.0", "True"], ["2.0", "2.0", "False"]]


@pytest.mark.slow
def test_bytecode_left_by_the_first_process_does_not_compile_loops_again(tmp_path: Path) -> None:
    """Otherwise the second process of a fresh checkout waits as long as the first."""
    places = {"NUMBA_CACHE_DIR": tmp_path / "cache", "PYTHONPYCACHEPREFIX": tmp_path / "bytecode"}
    first, said = process(SMALLEST, tmp_path, PYTHONDONTWRITEBYTECODE="", **places)
    assert said
    assert process(SMALLEST, tmp_path, PYTHONDONTWRITEBYTECODE="", **places) == (first, [])


def cube(x: float) -> float:
    return x * x * x


def enclosing(value: Any, default: float = 0.5) -> Any:
    def inner(x: float, factor: float = default) -> float:
        factor = factor + 0.125
        return factor * x + value

    def loop(out: Any) -> None:
        out[0] = inner(out[0]) + value

    return loop


@pytest.mark.slow
def test_without_a_place_to_keep_it_all_is_compiled_anew(tmp_path: Path) -> None:
    """Otherwise the library does not run where nothing can be written; root may write anywhere but below
    a file."""
    (tmp_path / "file").write_text("")
    printed, said = process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=tmp_path / "file" / "below")
    assert printed == [in_process(), "None"]
    others = [line for line in said if "compiling the loop" not in line]
    assert len(others) == 1 and "cannot be written (NotADirectoryError: " in others[0]
    assert len(said) > 2


def test_where_the_cache_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise code lands where nobody said: below NUMBA_CACHE_DIR, else XDG_CACHE_HOME, else ~/.cache,
    else nowhere."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    places = [tmp_path / "home" / ".cache"]
    found = [compile_cache.cache_folder.__wrapped__()]
    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
        places.append(tmp_path / name)
        found.append(compile_cache.cache_folder.__wrapped__())
    assert [folder.parent for folder in found] == [place / "auxtheory" for place in places]
    assert len({folder.name for folder in found}) == 1
    assert not any(files(folder) for folder in found)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert compile_cache.cache_folder.__wrapped__() is None


def test_a_relative_place_does_not_follow_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative XDG_CACHE_HOME is ignored, as its specification says; NUMBA_CACHE_DIR is meant
    from where one is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    for name, value, place in (
        ("XDG_CACHE_HOME", "rel", "home/.cache"),
        ("NUMBA_CACHE_DIR", "own dir", "own dir"),
    ):
        monkeypatch.setenv(name, value)
        found = compile_cache.cache_folder.__wrapped__()
        assert found.is_absolute() and found.parent == tmp_path / place / "auxtheory"
    assert not (tmp_path / "rel").exists()


def test_the_loops_are_compiled_even_where_numba_is_switched_off(tmp_path: Path) -> None:
    """NUMBA_DISABLE_JIT=1, set for a user's own functions, was an AttributeError out of the
    cache."""
    code = """
import numpy as np
from auxtheory.kernels import jit; from auxtheory.kernels.cpu import trajectory
def double(x, out):
    for i in range(len(x)):
        out[i] = 2.0 * x[i]
out = np.zeros(2)
jit.compiled(double, keep=False)(np.ones(2), out)
print(*out)
"""
    printed, logged = process(
        code, tmp_path, NUMBA_CACHE_DIR=tmp_path / "cache", NUMBA_DISABLE_JIT="1"
    )
    assert (
        printed == ["2.0", "2.0"]
        and sum("NUMBA_DISABLE_JIT is ignored" in line for line in logged) == 1
    )


def test_changed_loops_are_another_folder(tmp_path: Path) -> None:
    """Otherwise new sources run old code: any file of kernels/, which is a link, or that these import,
    changes the name, unless it is a comment that changes."""
    for name in ("auxtheory", "kernels", "analysis"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    code = """
from pathlib import Path
from auxtheory import fingerprint
from auxtheory.kernels.compile_cache import cache_folder
def name():
    fingerprint.source_of.cache_clear()
    fingerprint.fingerprint.cache_clear()
    print(cache_folder.__wrapped__().name)
name()
for module in ("kernels.cpu.tile", "elementary", "kernels.propagation"):
    path = fingerprint.place(f"auxtheory.{module}")
    text = path.read_text(encoding="utf-8")
    for more in ("changed = 1", "# changed"):
        path.write_text(f"{text}\\n{more}\\n", encoding="utf-8")
        name()
    path.write_text(text, encoding="utf-8")
name()
"""
    usual, *changed, again = python(
        code, tmp_path, path=tmp_path, NUMBA_CACHE_DIR=tmp_path / "cache"
    )
    assert usual == again and changed[1::2] == [usual] * 3 and len({usual, *changed}) == 4


@pytest.mark.slow
def test_an_edited_rule_is_compiled_again(tmp_path: Path) -> None:
    """Otherwise who edits a rule runs the old one: the library's sources, which name the cache, have not
    changed. Loops are kept under a digest of the rule's generated source."""
    paths = []
    for limit in (0.01, 0.02):
        (tmp_path / "mine.py").write_text(RULE.format(limit=limit), encoding="utf-8")
        compiled, reference = python(OWN_RULE, tmp_path, NUMBA_CACHE_DIR=tmp_path / "cache")
        assert compiled == reference
        paths.append(compiled)
    assert paths[0] != paths[1]


def test_engines_load_without_a_compiler() -> None:
    """Otherwise whoever looks at a table of results waits for Numba, and a first verdict, half a
    second, for parts of SciPy that it does not use."""
    code = """
import sys
import auxtheory.engines, auxtheory.validation, auxtheory.theorems, auxtheory.cli.overview
slow = "numba", "scipy.sparse", "scipy.optimize", "scipy.linalg", "scipy.special", "scipy.ndimage"
print(*(name for name in slow if name in sys.modules))
"""
    assert python(code, ROOT) == []
