"""Damaged, emptied and unwritable caches of compiled code."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numba
import numpy as np
import pytest
from compiling import SMALLEST, double, doubled, files, process, python

from auxtheory.kernels import compile_cache, jit


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
    """Otherwise every later run ends in a traceback, or runs machine code that nobody compiled."""
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
    """Otherwise who empties a cache has to empty all of it."""
    doubled()
    for file in folder.glob(f"*{ending}"):
        file.unlink()
    numbers, stats = doubled()
    assert numbers == [2.0, 6.0] and not stats.cache_hits and not caplog.messages
    assert doubled()[1].cache_hits


def test_a_cache_that_is_emptied_while_a_process_runs(tmp_path: Path, folder: Path) -> None:
    """Otherwise a process that has chosen its place fails, or never keeps anything again."""
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
    """Otherwise a full disk, or a file system without locks, ends a run that needs neither; said once,
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
    """Otherwise what is neither damaged nor missing ends every run: root may read and write any file,
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
    """Otherwise code lands outside the folder that is named by the sources, where later sources find
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
