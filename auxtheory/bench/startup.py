"""Benchmark of a fresh process: seconds to a first result, with cold and warm compile caches, and
peak memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from auxtheory import methods
from auxtheory.bench.case import BenchCase
from auxtheory.bench.groups import monte_carlo
from auxtheory.bench.measure import Variant
from auxtheory.bench.processes import environment, settle
from auxtheory.bench.sizes import Size, Sizes

TITLE = "a first result, AuxMOM"
CODE = "import sys; from auxtheory.bench.startup import main; main(sys.argv[1:])"


def candidates(size: Size) -> list[Variant]:
    """One row for each way of computing, on one thread."""
    case = BenchCase(methods.AuxMOM, size)
    rows = [
        *list(monte_carlo.without_library(case))[1:],
        *monte_carlo.in_jax(case),
        *monte_carlo.in_torch(case),
    ]
    rows = [row for row in rows if row.name != monte_carlo.USER_SIGNS]
    return rows + [
        monte_carlo.by_engine(case, engine, "Gaussian") for engine in monte_carlo.simulators()
    ]


def rows(sizes: Sizes, starts: int = 3) -> Iterator[dict[str, Any]]:
    """Seconds with the main size, as medians over starts, cold ones with empty caches; memory with
    the large size."""
    for i, variant in enumerate(candidates(sizes.main)):
        head = {
            "group": TITLE,
            "size": f"{sizes.main}; memory at {sizes.large}",
            "variant": variant.name,
            "threads": 1,
        }
        try:
            reason = variant.missing()
            result = {"status": "absent", "note": reason} if reason else _measured(i, sizes, starts)
        except subprocess.CalledProcessError as error:
            result = {"status": "failed", "note": error.stderr.strip().splitlines()[-1]}
        # As in the other groups, one broken row must not end the benchmark.
        except Exception as error:
            note = f"{type(error).__name__}: {error}".splitlines()[0]
            result = {"status": "failed", "note": note}
        yield head | result


def _measured(row: int, sizes: Sizes, starts: int) -> dict[str, Any]:
    pairs = [_cold_and_warm(row, sizes.main) for _ in range(starts)]
    with tempfile.TemporaryDirectory() as folder:
        peak = _start(row, sizes.large, folder)[1]
    cold, warm = (median(times) for times in zip(*pairs, strict=True))
    return {"status": "ok", "note": "", "seconds cold": cold, "seconds warm": warm, "peak MB": peak}


def _cold_and_warm(row: int, size: Size) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        return _start(row, size, folder)[0], _start(row, size, folder)[0]


def _start(row: int, size: Size, folder: str) -> tuple[float, float]:
    """(seconds, peak MB) of a process that runs one row once, with its compile caches in this
    folder."""
    caches = environment(
        NUMBA_CACHE_DIR=f"{folder}/numba",
        JAX_COMPILATION_CACHE_DIR=f"{folder}/jax",
        JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
        JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES="-1",
    )
    command = [sys.executable, "-c", CODE, str(row), *map(str, (size.R, size.d, size.K, size.T))]
    start = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=caches, check=True)
    return perf_counter() - start, float(done.stdout.split()[-1])


def peak_megabytes() -> float:
    """The peak memory of this process in MB; NaN if the system does not report it."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return float("nan")
    peaks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return float(peaks[0]) * 1024 / 1e6 if peaks else float("nan")


def main(arguments: list[str]) -> None:
    """Run one row once and print the peak of memory."""
    settle(1)
    row, R, d, K, T = map(int, arguments)
    candidates(Size(R=R, d=d, K=K, T=T))[row].run()
    print(peak_megabytes())
