"""What the machine is and what else it does, from files of the system."""

from __future__ import annotations

from itertools import chain, repeat
from pathlib import Path

import pytest

from auxtheory import machine
from auxtheory.bench import load
from auxtheory.bench.text import heading


def test_the_load_is_what_the_counters_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,000 ticks 400 were busy, of which this process used 100, and 50 stolen."""
    file = tmp_path / "stat"
    monkeypatch.setattr(load, "STATISTICS", file)
    monkeypatch.setattr(load.os, "sysconf", lambda name: 100)
    spent = chain([2.0], repeat(3.0))
    monkeypatch.setattr(load, "used", lambda: next(spent))
    file.write_text("cpu 100 10 20 500 5 3 4 7 0 0\ncpu0 1 2 3 4\n", encoding="utf-8")
    watched = load.Load()
    file.write_text("cpu 400 20 80 1000 55 13 24 57 0 0\n", encoding="utf-8")
    assert watched.so_far() == {"others busy": 0.3, "stolen": 0.05}
    file.write_text("cpu of another kind\n", encoding="utf-8")
    assert watched.so_far() == {} == load.Load().so_far()
    file.unlink()
    assert load.Load().so_far() == {}


def test_cores_that_share_hardware_are_counted() -> None:
    assert [machine._length(part) for part in ("3", "0-3", "8-9")] == [1, 4, 2]


def test_the_first_lines_state_what_matters() -> None:
    """Also of a stored benchmark of an earlier version, which has fewer facts."""
    facts = machine.machine()
    old = {
        "processor": "A Processor",
        "architecture": "x86_64",
        "cores": 2,
        "avx2": True,
        "avx512": False,
        "gpu": "none",
        "system": "Linux",
        "numpy": "2.4.6",
    }
    assert "(x86_64, 2 cores, AVX2 yes, AVX512 no), GPU: none, Linux\nnumpy 2.4.6\n" in heading(old)
    new = old | {
        "threads a core": 2,
        "avx512": True,
        "avx512 parts": "f vbmi2",
        "caches": "L1d 48K",
        "governor": "performance",
        "features": "avx2",
        "others busy": 0.3,
        "stolen": 0.05,
    }
    text = heading(new)
    for part in (
        "2 threads a core",
        "AVX512 yes",
        "AVX-512 f vbmi2",
        "caches L1d 48K",
        "governor performance",
        "restricted to the instructions up to AVX2",
        "30% of the machine's time was used by other programs, 5% was taken",
    ):
        assert part in text
    assert facts["blas"] and {"fma", "avx512 parts"} <= set(facts)
    assert heading(facts).count(facts["processor"]) == 1
