"""Running compiled loops on several threads; they release Python's lock, so plain threads
suffice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numba

Part = TypeVar("Part")
Result = TypeVar("Result")


def spread_over_threads(
    task: Callable[[Part], Result], parts: Sequence[Part], threads: int | None = None
) -> list[Result]:
    """task(part) of each part, in the order of the parts; threads: by default NUMBA_NUM_THREADS,
    otherwise one per core."""
    config: Any = numba.config
    workers = min(len(parts), threads or config.NUMBA_NUM_THREADS)
    if workers < 2:
        return [task(part) for part in parts]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(task, parts))
