"""A loop that stays in a core's nearest cache, on one thread and on several: what the further cores
of this machine give at this moment."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from auxtheory.bench.measure import Outcome, Variant

# SHA-256 of a block that stays in a core's nearest cache. Python's lock is free meanwhile.
BLOCK = bytes(1 << 14)
TIMES = 3200
WORD = 64  # bytes that one step of the hash takes


def row(threads: int) -> Variant:
    """The loop on a number of threads, each with the same amount of work; a step is one block of
    the hash."""
    return Variant(
        name="",
        run=lambda: _run(threads),
        expected=lambda: np.ones(threads),
        work=float(threads * TIMES * len(BLOCK) // WORD),
        threads=threads,
    )


def _run(threads: int) -> Outcome:
    if threads == 1:
        digests = [_loop()]
    else:
        with ThreadPoolExecutor(threads) as pool:
            digests = list(pool.map(lambda _: _loop(), range(threads)))
    equal = np.array([float(digest == digests[0]) for digest in digests])
    return Outcome(equal, np.zeros(threads))


def _loop() -> bytes:
    state = hashlib.sha256()
    for _ in range(TIMES):
        state.update(BLOCK)
    return state.digest()
