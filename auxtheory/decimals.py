"""Hypothesis strategies for decimal numbers of few digits, simple ones first."""

from __future__ import annotations

from math import ceil, floor, log10
from operator import truediv
from typing import TypeAlias

from hypothesis import strategies as st

from auxtheory.errors import Checks

Range: TypeAlias = tuple[float, float]
DECADES = 4  # below the upper end, where a range starts at 0


def digits(low: float, high: float, n: int) -> st.SearchStrategy[float]:
    """Decimal numbers of n digits from low > 0 to high; their size shrinks towards 1, and then they to one digit 1."""
    decades = range(floor(log10(low)), floor(log10(high)) + 1)
    exponents = st.sampled_from(sorted(decades, key=lambda k: (abs(k + 0.1), k)))
    mantissas = st.integers(10 ** (n - 1), 10**n - 1)
    return st.builds(lambda k, m: min(max(float(f"{m}e{k + 1 - n}"), low), high), exponents, mantissas)


def positive(low: float = 1e-3, high: float = 1e3) -> st.SearchStrategy[float]:
    """Positive decimal numbers over orders of magnitude, of up to three digits, shrinking towards 1 (or towards low)
    and one digit."""
    checks = Checks()
    checks.number("low", low, above=True)
    checks.number("high", high, low=low if not checks.complaints else 0.0)
    checks.done()
    simple = 1.0 if low <= 1 <= high else low
    return st.one_of(st.just(simple), *(digits(low, high, n) for n in (1, 2, 3)))


def level(high: float = 10.0) -> st.SearchStrategy[float]:
    """Numbers from 0 to high over orders of magnitude, shrinking towards 0."""
    return st.one_of(st.just(0.0), positive(high * 10.0**-DECADES, high)) if high else st.just(0.0)


def within(limits: Range) -> st.SearchStrategy[float]:
    """Numbers in [low, high] over orders of magnitude, shrinking towards 0 or 1 where these are allowed."""
    low, high = limits
    return level(high) if low == 0 else positive(low, high)


def evenly(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers from low to high, of up to three decimals if there are such, shrinking towards 0 and one decimal."""
    grids = [(ceil(low * 10**n), floor(high * 10**n), 10**n) for n in (1, 2, 3)]
    fine = [st.builds(truediv, st.integers(first, last), st.just(unit)) for first, last, unit in grids if first <= last]
    return st.one_of(*fine) if fine else st.floats(low, high)


def rounded_down(value: float) -> float:
    """The number, or the next of two digits below it, which is in every range that begins at 0."""
    unit = 10.0 ** (floor(log10(value)) - 1)
    return float(f"{floor(value / unit * (1 + 1e-12)) * unit:.2g}")
