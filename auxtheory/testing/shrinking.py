"""From a counterexample to the smallest: Hypothesis shrinks on ladders that lead from simple values to those found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

ODDS = 40  # to one for the top of a ladder, so that Hypothesis soon starts from what was found
TRIES = 400
CALLS = 800  # of the question itself; what is not asked by then is taken for no
ROUND = 1.0, -1.0, 0.5, 10.0, 0.1, 100.0, 0.01


def ladder(found: float, simple: float) -> list[float]:
    """From the simplest value to the one found: round numbers, then its first digits one by one."""
    near = [v for v in ROUND if min(abs(v - found), abs(v - simple)) <= 1.5 * abs(found - simple)]
    digits = [float(f"{found:.{n}g}") for n in (1, 2, 3)] if found and math.isfinite(found) else []
    return list(dict.fromkeys([simple, *near, *digits, found]))


def lengths(found: int) -> list[int]:
    """Whole numbers up to the one found, the larger ones with gaps."""
    small = [n for n in (1, 2, 3, 5, 8, 10, 20, 30, 50, 100, 200, 300, 500, 1000) if n < found]
    return [*small, found]


def shrunk(ladders: Mapping[str, list[Any]], fails: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The simplest combination of steps of the ladders, the top of each being what was found, that still fails."""

    def climb(name: str) -> st.SearchStrategy[Any]:
        steps = ladders[name]
        return st.integers(0, ODDS * len(steps)).map(lambda i: steps[min(i, len(steps) - 1)])

    everything = st.fixed_dictionaries({name: climb(name) for name in ladders})
    known: dict[tuple[Any, ...], bool] = {}

    def asked(values: dict[str, Any]) -> bool:
        key = tuple(values.values())
        if key not in known:
            known[key] = len(known) < CALLS and fails(values)
        return known[key]

    quiet = settings(
        max_examples=TRIES, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        return find(everything, asked, settings=quiet, random=Random(0))
    except NoSuchExample:
        return {name: steps[-1] for name, steps in ladders.items()}
