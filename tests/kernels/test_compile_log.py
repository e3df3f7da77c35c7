"""What is logged while compiling."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from compiling import double, doubled

from auxtheory.kernels import jit, notice


def twice_double(x: Any, out: Any) -> None:
    inner(x, out)
    inner(out, out)


inner = numba.njit(double)


def test_compiling_is_logged_once_with_its_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise the first run is silent for half a minute, or says a line for every loop within a
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
        took = r"auxtheory: compiling the loop `test_compile_log` took \d+\.\d s"
        assert out == [4.0] and re.fullmatch(took, caplog.messages[-1])
        assert len(caplog.messages) <= 2 and all("compiling" in line for line in caplog.messages)


def halved(x: Any) -> Any:
    return x / 2.0


def half_of_double(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = quadrupled(halved(x[i]))


def quadrupled(x: Any) -> Any:
    return 4.0 * halved(x) * 2.0


def test_it_is_logged_what_is_compiled_and_where_it_is_kept(folder: Path) -> None:
    """Otherwise who waits does not know for what, nor that it is once."""
    what = "auxtheory: compiling the loop `test_compile_log` (What is logged while compiling)"
    kept = notice.announced(jit.compiled(twice_double), 3)
    assert kept == f"{what}, 3 functions, once for this processor; it is kept in {folder} …"
    not_kept = notice.announced(jit.compiled(twice_double, keep=False), 3)
    assert not_kept == f"{what}, 3 functions, for this process only …"


def test_the_functions_of_a_loop_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise who waits does not know how long; a function counts once, however often it is
    compiled."""
    details: list[str] = []
    monkeypatch.setattr(notice, "PATIENCE", 3600.0)
    monkeypatch.setattr(notice, "show_detail", details.append)
    for function in (halved, quadrupled, twice_double):
        jit.known(function, inline=False)
    out = np.zeros(2)
    jit.compiled(half_of_double, keep=False)(np.array([1.0, 3.0]), out)
    assert out.tolist() == [2.0, 6.0]
    what = "functions of the loop `test_compile_log`"
    assert list(dict.fromkeys(details)) == [
        f"compiled 1 of 2 {what}",
        f"compiled 2 of 2 {what}",
        "",
    ]


def test_what_does_not_take_long_is_not_logged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise a user's own loops, loops from the cache, and short ones fill the screen."""
    with caplog.at_level(logging.DEBUG, "auxtheory"):
        doubled()
        monkeypatch.setattr(notice, "PATIENCE", -1.0)
        assert doubled()[1].cache_hits
        numba.njit(double)(np.zeros(1), np.zeros(1))
    assert not caplog.messages


def test_a_loop_that_cannot_be_compiled_leaves_nothing_behind(folder: Path) -> None:
    """Otherwise the next loop is taken for one within it, and is never announced."""

    def impossible(x: Any) -> None:
        x.no_such_name()

    with pytest.raises(numba.TypingError):
        jit.compiled(impossible, keep=False)(np.zeros(1))
    assert notice._listener.outermost is None
