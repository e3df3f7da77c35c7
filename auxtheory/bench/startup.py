"""Benchmark of a fresh process: seconds to a first result, with cold and warm compile caches, and
peak memory."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auxtheory import methods
from auxtheory.bench.case import BenchCase
from auxtheory.bench.groups import monte_carlo
from auxtheory.bench.measure import Variant
from auxtheory.bench.new_process import attempt, cold_and_warm, spent
from auxtheory.bench.processes import settle
from auxtheory.bench.sizes import Size, Sizes
from auxtheory.machine import write_peak

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


def rows(
    sizes: Sizes, variables: Mapping[str, str] = MappingProxyType({}), until: float = inf
) -> Iterator[dict[str, Any]]:
    """Seconds with the main size, as medians over starts, cold ones with empty caches; memory with
    the large size."""
    for i, variant in enumerate(candidates(sizes.main)):
        head = {
            "group": TITLE,
            "size": f"{sizes.main}; memory at {sizes.large}",
            "variant": variant.name,
            "threads": 1,
        }
        reason = variant.missing()
        yield head | (
            {"status": "absent", "note": reason}
            if reason
            else attempt(partial(_measured, i, sizes, variables), until)
        )


def _measured(row: int, sizes: Sizes, variables: Mapping[str, str]) -> dict[str, Any]:
    def command(size: Size) -> list[str]:
        words = map(str, (row, size.R, size.d, size.K, size.T))
        return [sys.executable, "-c", CODE, *words]

    result = cold_and_warm(command(sizes.main), variables, sizes.starts)
    with tempfile.TemporaryDirectory() as folder:
        large = spent(command(sizes.large), variables, Path(folder))
    return result | {"peak MB": large.peak}


def main(arguments: list[str]) -> None:
    """Run one row once and write the peak of memory."""
    settle(1)
    row, R, d, K, T = map(int, arguments)
    candidates(Size(R=R, d=d, K=K, T=T))[row].run()
    write_peak()
