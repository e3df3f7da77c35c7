"""No result of the compiled CPU engine depends on threads, chunks and tiles."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cpu_cases import ERRORS, MEASURES, METHODS, assert_bitwise, loud, quadratic, steps
from engine_input import engine_input

from auxtheory.engines.monte_carlo import cpu, tasks

ROOT = Path(__file__).resolve().parents[2]


def numbers(name: str, **more: Any) -> dict[str, np.ndarray]:
    """All that runs of a grid of 20 say: in 300 dimensions, and with 300 replicas, more than a
    block of statistics."""
    method = METHODS[name]
    found = {}
    for d, replicas in ((300, 7), (5, 300)):
        case = method, quadratic(d, 20), loud("gaussian", 20), steps(method, 20, K=4, T=3)
        told = {
            "record": [1, 3],
            "replicas": replicas,
            "keep_paths": True,
            "keep_local": True,
            **more,
        }
        trace = cpu.run(*engine_input(*case, **told))
        found |= {
            f"{field} at d = {d}": getattr(trace, field)
            for field in ("paths", "diverged", *MEASURES, *ERRORS)
        }
    return found


@cache
def usual(name: str) -> dict[str, np.ndarray]:
    return numbers(name)


def assert_all_bitwise(got: Any, wanted: Any) -> None:
    assert set(got) == set(wanted)
    for name in wanted:
        assert_bitwise(got[name], wanted[name], name)


KNOBS = [("threads", n) for n in (1, 2, 3)] + [
    ("NUMBERS_AT_ONCE", 1),
    ("NUMBERS_AT_ONCE", 20_000),
    ("TASKS_PER_THREAD", 1),
    ("TASKS_PER_THREAD", 40),
    ("CONFIGURATIONS_AT_ONCE", 1),
    ("CONFIGURATIONS_AT_ONCE", 7),
    ("CONFIGURATIONS_AT_ONCE", 100),
]


@pytest.mark.parametrize("name", ["AuxMVR", "FineTuning"])
@pytest.mark.parametrize(("knob", "value"), KNOBS)
def test_no_result_depends_on_how_work_is_split(
    name: str, knob: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise another machine, or a busy one, gives other numbers: not a bit may change."""
    wanted = usual(name)
    if knob == "threads":
        return assert_all_bitwise(numbers(name, threads=value), wanted)
    monkeypatch.setattr(tasks if hasattr(tasks, knob) else cpu, knob, value)
    assert_all_bitwise(numbers(name), wanted)


def test_replicas_do_not_know_how_many_run_beside_them() -> None:
    """Otherwise results depend on how a sweep is split over workers."""
    wanted = usual("AuxMVR")["paths at d = 5"]
    for first, last in pairwise([0, 2, 54, 300]):
        part = numbers("AuxMVR", first_replica=first, replicas=last - first)["paths at d = 5"]
        assert_bitwise(part, wanted[:, :, first:last])


WITH_SMALL_TILES = """
import sys
import auxtheory.kernels.cpu.tile as tile
usual = tile.TILE
for name, value in list(vars(tile).items()):  # the tile's size and where its rows stand: multiples of it
    if name.isupper() and isinstance(value, int) and value and value % usual == 0:
        setattr(tile, name, value // usual * 128)
assert (tile.TILE, tile.X, tile.ENERGY) == (128, 0, 128) and "auxtheory.kernels.cpu.trajectory" not in sys.modules
import numpy, test_cpu_parts
numpy.savez(sys.argv[1], **test_cpu_parts.numbers("AuxMVR"))
"""


@pytest.mark.slow
def test_no_result_depends_on_the_size_of_a_tile(tmp_path: Path) -> None:
    """Otherwise a machine with another cache, or a device, gives other numbers: not a bit may change."""
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "engines")))
    environment = os.environ | {"PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    file = tmp_path / "numbers.npz"
    subprocess.run(
        [sys.executable, "-c", WITH_SMALL_TILES, str(file)],
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    with np.load(file) as got:
        assert_all_bitwise(got, usual("AuxMVR"))
