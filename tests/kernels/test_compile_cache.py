"""Where compiled code is kept, what happens to damaged and unwritable caches, and what is logged
while compiling."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numba
import numpy as np
import pytest
from engine_input import engine_input

import auxtheory as at
from auxtheory import methods
from auxtheory.engines.monte_carlo import cpu
from auxtheory.fingerprint import KEPT
from auxtheory.kernels import compile_cache, jit, notice
from auxtheory.noise.laws import RandomSign
from auxtheory.problems import Quadratic

ROOT = Path(__file__).resolve().parents[2]
SMALLEST = """
import auxtheory as at
from auxtheory.kernels.compile_cache import cache_folder
pair, steps = at.Quadratic(L=1.0, dim=2).with_helper(0.1), at.Steps(eta=0.1, K=2, T=2)
trace = at.run(at.methods.Naive, pair, at.RandomSign(sigma_h=1.0), steps, engine="cpu", replicas=3)
print(trace.G[0, 0].hex(), cache_folder())
"""
OWN_RULE = """
import auxtheory as at, mine
from auxtheory.engines.monte_carlo import cpu, numpy as numpy_engine
pair, steps = at.Quadratic(L=1.0, dim=2).with_helper(0.1), at.Steps(eta=0.1, a=0.5, K=2, T=4)
method, noise = at.Method(name="Mine", refresh=mine.refresh), at.RandomSign(sigma_f=1.0, sigma_h=0.5)
task = at.Task(method=method, pair=pair, noise=noise, steps=steps)
for engine in (cpu, monte_carlo):
    print(engine.run(task, at.Sampling(replicas=3, keep_paths=True)).paths.tobytes().hex())
"""
RULE = """
import numpy as np
def refresh(m, diff, diff_prev, a):
    return a * np.minimum(np.abs(m), {limit}) + diff
"""


def process(
    code: str, folder: Path, *, path: Path = ROOT, **variables: Path | str
) -> tuple[list[str], list[str]]:
    """What a new process prints, word by word, and what it logs, line by line."""
    usual = {"PYTHONPATH": f"{path}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = os.environ | usual | {name: str(value) for name, value in variables.items()}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr.splitlines()


def python(code: str, folder: Path, *, path: Path = ROOT, **variables: Path | str) -> list[str]:
    """What a new process prints, word by word."""
    return process(code, folder, path=path, **variables)[0]


def in_process() -> str:
    """What SMALLEST prints first."""
    pair = Quadratic(L=1.0, dim=2).with_helper(0.1)
    steps = at.Steps(eta=0.1, K=2, T=2)
    trace = cpu.run(*engine_input(methods.Naive, pair, RandomSign(sigma_h=1.0), steps, replicas=3))
    return trace.G[0, 0].hex()


def files(folder: Path) -> dict[Path, int]:
    """Every file below, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_second_process_finds_what_the_first_compiled(tmp_path: Path) -> None:
    """Else every process compiles for seconds; nothing is written a second time."""
    cache = tmp_path / "cache"
    first, said = process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache)
    assert "compiling the loop `trajectory`" in said[0] and any(
        re.search(r"took [\d.]+ s$", line) for line in said
    )
    assert all("compiling the loop" in line for line in said)
    written = files(cache)
    assert any(path.suffix == ".nbc" and "trajectory" in path.name for path in written)
    outside = [path.name for path in written if not path.is_relative_to(first[1])]
    assert outside == [KEPT]
    assert Path(first[1]).is_relative_to(cache)
    assert (
        process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache) == (first, [])
        and files(cache) == written
    )
    assert first[0] == in_process()


@pytest.mark.slow
def test_without_a_place_to_keep_it_all_is_compiled_anew(tmp_path: Path) -> None:
    """Else the library does not run where nothing can be written; root may write anywhere but below
    a file."""
    (tmp_path / "file").write_text("")
    printed, said = process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=tmp_path / "file" / "below")
    assert printed == [in_process(), "None"]
    assert "cannot be written (NotADirectoryError: " in said[0] and len(said) > 2
    assert all("compiling the loop" in line for line in said[1:])


def test_where_the_cache_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else code lands where nobody said: below NUMBA_CACHE_DIR, else XDG_CACHE_HOME, else ~/.cache,
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
    """Else new sources run old code: any file of kernels/, which is a link, or that these import,
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
for module in ("kernels.tile", "elementary", "propagation"):
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
def test_a_rule_of_ones_own_is_never_kept(tmp_path: Path) -> None:
    """Else who edits a rule runs the old one: the library's sources, which name the cache, have not
    changed."""
    paths = []
    for limit in (0.01, 0.02):
        (tmp_path / "mine.py").write_text(RULE.format(limit=limit), encoding="utf-8")
        compiled, reference = python(OWN_RULE, tmp_path, NUMBA_CACHE_DIR=tmp_path / "cache")
        assert compiled == reference
        paths.append(compiled)
    assert paths[0] != paths[1]
    assert not [path for path in files(tmp_path / "cache") if "trajectory" in path.name]


def test_engines_load_without_a_compiler() -> None:
    """Else whoever looks at a table of results waits for Numba."""
    code = "import auxtheory.engines, auxtheory.validation, sys; print('numba' in sys.modules)"
    assert python(code, ROOT) == ["False"]


# -- what fails
# -----------------------------------------------------------------------------------------


def double(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = 2.0 * x[i]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, of which nothing has been logged yet; on a busy machine, too, compiling
    is not announced."""
    monkeypatch.setattr(notice, "PATIENCE", 3600.0)
    monkeypatch.setattr(compile_cache, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(compile_cache, "_logged", set())
    yield tmp_path


def doubled() -> tuple[list[float], Any]:
    """What a new compiled form of `double` finds, and that form."""
    out = np.zeros(2)
    loop = jit.compiled(double)
    loop(np.array([1.0, 3.0]), out)
    return out.tolist(), loop.stats


def changed(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(change(file.read_bytes()))


def flipped(place: float) -> Callable[[bytes], bytes]:
    """One bit is another, so far into the file."""

    def change(raw: bytes) -> bytes:
        i = int(place * (len(raw) - 1))
        return raw[:i] + bytes([raw[i] ^ 4]) + raw[i + 1 :]

    return change


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "first half": lambda raw: raw[: len(raw) // 2],
    "all but a byte": lambda raw: raw[:-1],
    "a byte more": lambda raw: raw + b"x",
    "other bytes": lambda raw: b"\x80\x04garbage" * 100,
    "zeros": lambda raw: b"\0" * len(raw),
    **{f"bit {place}": flipped(place) for place in (0.0, 0.01, 0.5, 0.9, 1.0)},
}


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_compiled_again(
    damage: str, ending: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else every later run ends in a traceback, or runs machine code that nobody compiled."""
    assert doubled()[0] == [2.0, 6.0]
    (file,) = folder.glob(f"*{ending}")
    changed(file, DAMAGE[damage])
    numbers, stats = doubled()
    assert numbers == [2.0, 6.0] and not stats.cache_hits
    (line,) = caplog.messages
    assert "the compile cache cannot be read (ValueError: " in line and file.name in line
    caplog.clear()
    numbers, stats = doubled()
    assert numbers == [2.0, 6.0] and stats.cache_hits and not caplog.messages


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_a_file_that_has_gone_is_compiled_again(
    ending: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else who empties a cache has to empty all of it."""
    doubled()
    for file in folder.glob(f"*{ending}"):
        file.unlink()
    numbers, stats = doubled()
    assert numbers == [2.0, 6.0] and not stats.cache_hits and not caplog.messages
    assert doubled()[1].cache_hits


def test_a_cache_that_is_emptied_while_a_process_runs(tmp_path: Path, folder: Path) -> None:
    """Else a process that has chosen its place fails, or never keeps anything again."""
    loop = jit.compiled(double)
    out = np.zeros(1)
    shutil.rmtree(tmp_path)
    loop(np.array([1.0]), out)
    assert out == [2.0] and doubled()[1].cache_hits


def full(*args: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


WRITING: dict[str, tuple[Any, str, Any]] = {
    "a full disk": (os, "replace", full),
    "no locks": (compile_cache.fcntl, "flock", full),
}


@pytest.mark.parametrize("case", WRITING)
def test_what_cannot_be_written_runs_all_the_same(
    case: str, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a full disk, or a file system without locks, ends a run that needs neither; said once,
    not once a loop."""
    monkeypatch.setattr(*WRITING[case])
    for _ in range(2):
        numbers, stats = doubled()
        assert numbers == [2.0, 6.0] and not stats.cache_hits
    found = [
        line
        for line in caplog.messages
        if "cannot be written (OSError: [Errno 28] No space left" in line
    ]
    assert len(found) == 1 and not list(folder.glob("*.nb*"))


@pytest.mark.parametrize("ending", [".nbi", ".nbc", ".lock"])
def test_a_folder_in_the_place_of_a_file(
    ending: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else what is neither damaged nor missing ends every run: root may read and write any file,
    but no folder."""
    doubled()
    (file,) = folder.glob(f"*{ending}")
    file.unlink()
    file.mkdir()
    assert [doubled()[0] for _ in range(2)] == [[2.0, 6.0]] * 2
    assert sum("cannot be read" in line for line in caplog.messages) == 1
    assert sum("cannot be written" in line for line in caplog.messages) == 1


@pytest.mark.slow
def test_a_process_goes_on_where_every_file_is_damaged(tmp_path: Path) -> None:
    """The same from outside: the same numbers and a line that says what was wrong; the next process
    finds all whole."""
    cache = tmp_path / "cache"
    first = python(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache)
    for file in files(cache):
        changed(file, DAMAGE["first half"])
    printed, said = process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache)
    assert printed == first and sum("cannot be read" in line for line in said) == 1
    assert process(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache) == (first, [])


def test_loops_made_in_several_threads_lie_in_one_place(folder: Path) -> None:
    """Else code lands outside the folder that is named by the sources, where later sources find
    it."""
    before = numba.config.CACHE_DIR
    interval = sys.getswitchinterval()
    barrier = Barrier(4)

    def make(_: int) -> set[str]:
        barrier.wait()
        return {jit.compiled(double)._cache.cache_path for _ in range(50)}

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            places = set().union(*pool.map(make, range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert places == {str(folder)} and before == numba.config.CACHE_DIR


# -- what is logged while compiling
# ---------------------------------------------------------------------


def twice_double(x: Any, out: Any) -> None:
    inner(x, out)
    inner(out, out)


inner = numba.njit(double)


def test_compiling_is_logged_once_with_its_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the first run is silent for half a minute, or says a line for every loop within a
    loop."""
    monkeypatch.setattr(notice, "PATIENCE", -1.0)
    watched = jit.compiled(double, keep=False)
    monkeypatch.setitem(globals(), "inner", watched)
    for keep in (True, False):
        caplog.clear()
        out = np.zeros(1)
        loop = jit.compiled(twice_double, keep=keep)
        loop(np.array([1.0]), out)
        loop(np.array([1.0]), out)
        took = r"auxtheory: compiling the loop `test_compile_cache` took \d+\.\d s"
        assert out == [4.0] and re.fullmatch(took, caplog.messages[-1])
        assert len(caplog.messages) <= 2 and all("compiling" in line for line in caplog.messages)


def test_what_does_not_take_long_is_not_logged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a user's own loops, loops from the cache, and short ones fill the screen."""
    with caplog.at_level(logging.DEBUG, "auxtheory"):
        doubled()
        monkeypatch.setattr(notice, "PATIENCE", -1.0)
        assert doubled()[1].cache_hits
        numba.njit(double)(np.zeros(1), np.zeros(1))
    assert not caplog.messages


def test_a_loop_that_cannot_be_compiled_leaves_nothing_behind(folder: Path) -> None:
    """Else the next loop is taken for one within it, and is never announced."""

    def impossible(x: Any) -> None:
        x.no_such_name()

    with pytest.raises(numba.TypingError):
        jit.compiled(impossible, keep=False)(np.zeros(1))
    assert notice._listener.outermost is None
