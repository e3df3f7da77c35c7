"""Hypothesis strategies for decimal numbers of few digits, simple ones first."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor, log10
from operator import truediv
from typing import TypeAlias

from hypothesis import strategies as st

from auxtheory.errors import Checks

Range: TypeAlias = tuple[float, float]
DECADES = 4  # drawn below the upper end of a range that starts at 0
ONE_DIGIT = 100  # choices among 200 that have one digit


@lru_cache(maxsize=256)
def _rungs(simple: float, end: float) -> st.SearchStrategy[float]:
    """Numbers between the simple one and the end.

    Those of one digit shrink towards the simple one. Those of three digits shrink away from it, to
    a number of one digit, so that an example that fails for being far from it keeps failing.
    """
    low = min(simple, end)
    high = max(simple, end)
    decades = range(floor(log10(low)), floor(log10(high)) + 1)
    single = [float(f"{m}e{k}") for k in decades for m in range(1, 10)]
    ladder = sorted([simple, *(v for v in single if low < v < high), end], reverse=end < simple)

    def between(i: int, back: int) -> float:
        near = ladder[i - 1]
        far = ladder[i]
        value = float(f"{far - (far - near) * max(back - ONE_DIGIT, 0) / 100:.3g}")
        return far if back <= ONE_DIGIT else min(max(value, low), high)

    return st.builds(between, st.integers(1, len(ladder) - 1), st.integers(0, ONE_DIGIT + 99))


def positive(low: float = 1e-3, high: float = 1e3) -> st.SearchStrategy[float]:
    """Positive decimal numbers over orders of magnitude, of up to three digits; they shrink towards
    1 (or towards low) and to one digit.
    """
    checks = Checks()
    checks.number("low", low, above=True)
    checks.number("high", high, low=low if not checks.complaints else 0.0)
    checks.done()
    simple = 1.0 if low <= 1 <= high else low
    return st.one_of(
        st.just(simple), *(_rungs(simple, float(end)) for end in (high, low) if end != simple)
    )


@lru_cache(maxsize=256)
def level(high: float = 10.0) -> st.SearchStrategy[float]:
    """Numbers from 0 to high over orders of magnitude, shrinking towards 0."""
    return st.one_of(st.just(0.0), positive(high * 10.0**-DECADES, high)) if high else st.just(0.0)


def within(limits: Range) -> st.SearchStrategy[float]:
    """Numbers in [low, high] over orders of magnitude, shrinking towards 0 or 1 where these are
    allowed."""
    return _within(*limits)


@lru_cache(maxsize=256)
def _within(low: float, high: float) -> st.SearchStrategy[float]:
    return level(high) if low == 0 else positive(low, high)


@lru_cache(maxsize=256)
def evenly(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers from low to high, of up to three decimals if there are such, shrinking towards 0 and
    one decimal."""
    grids = [(ceil(low * 10**n), floor(high * 10**n), 10**n) for n in (1, 2, 3)]
    options = [
        st.builds(truediv, st.integers(first, last), st.just(unit))
        for first, last, unit in grids
        if first <= last
    ]
    return st.one_of(*options) if options else st.floats(low, high)


def rounded_down(value: float) -> float:
    """The number, or the next of two digits below it, which is in every range that begins at 0."""
    unit = 10.0 ** (floor(log10(value)) - 1)
    return float(f"{floor(value / unit * (1 + 1e-12)) * unit:.2g}")
