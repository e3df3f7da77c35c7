"""Seconds, processor time and memory of a new process that has compile caches of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any, NamedTuple

from auxtheory.bench.measure import NO_TIME
from auxtheory.bench.processes import environment
from auxtheory.errors import AuxtheoryError
from auxtheory.machine import PEAK

# Exit statuses of commands that ran to their end; 3: a row was undecided.
ENDED = (0, 3)


class Spent(NamedTuple):
    """Seconds by the clock, seconds of processor time and peak memory in MB of a process and those
    that it started."""

    wall: float
    cpu: float
    peak: float


def spent(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Spent:
    """Run a command to its end, in an empty folder, with its compile caches in this one.

    The process writes its peak of memory by `auxtheory.machine.write_peak`, since what the system
    reports of a process includes the memory of the one that started it.
    """
    peak = folder / "peak"
    caches = environment(
        **variables,
        **{PEAK: str(peak)},
        NUMBA_CACHE_DIR=f"{folder}/numba",
        JAX_COMPILATION_CACHE_DIR=f"{folder}/jax",
        JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
        JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES="-1",
    )
    before = _children()
    start = perf_counter()
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(command, capture_output=True, text=True, env=caches, cwd=place)
    wall = perf_counter() - start
    if done.returncode not in ENDED:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        last = lines[-1] if lines else "no output"
        raise AuxtheoryError(f"exit status {done.returncode}: {last}")
    megabytes = float(peak.read_text(encoding="utf-8")) if peak.exists() else float("nan")
    return Spent(wall, _children() - before, megabytes)


def cold_and_warm(
    command: Sequence[str], variables: Mapping[str, str], starts: int
) -> dict[str, Any]:
    """Medians over starts with an empty cache, and over starts with what those left there; the peak
    of memory of the former."""
    cold: list[Spent] = []
    warm: list[Spent] = []
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(spent(command, variables, Path(folder)))
            warm.append(spent(command, variables, Path(folder)))
    return {
        "status": "ok",
        "note": "",
        "seconds cold": median(each.wall for each in cold),
        "CPU s cold": median(each.cpu for each in cold),
        "seconds warm": median(each.wall for each in warm),
        "CPU s warm": median(each.cpu for each in warm),
        "seconds cold each": [each.wall for each in cold],
        "seconds warm each": [each.wall for each in warm],
        "peak MB": max(each.peak for each in cold),
    }


def attempt(measure: Callable[[], dict[str, Any]], until: float) -> dict[str, Any]:
    """What `measure` returns; the status and a note if there is no time left, or if it fails."""
    if monotonic() > until:
        return {"status": NO_TIME.status, "note": NO_TIME.note}
    try:
        return measure()
    # As in the other groups, one broken row must not end the benchmark.
    except Exception as error:
        return {"status": "failed", "note": f"{type(error).__name__}: {error}".splitlines()[0]}


def _children() -> float:
    """Processor time of all processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system
