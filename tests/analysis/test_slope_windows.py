"""Slopes are fitted in the window where one term dominates; without one there is a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from slope_tables import X, changed, only, power
from tables import law

from auxtheory.analysis.slopes import NoWindow, Slope, fit, slopes, window
from auxtheory.table import Table


def test_the_window_is_the_longest_stretch_of_one_term() -> None:
    """Below 0.01 one term, to 0.1 none, above another: the longer stretch is fitted, and by
    itself."""
    table = changed(
        law("T", X, lambda x: x if x < 0.01 else x**3, power(2.0)),
        lambda row: {
            "dominant": "low" if row["T"] < 0.01 else "high",
            "share": 0.5 if 0.009 < row["T"] < 0.1 else 0.8,
        },
    )
    slope = fit(only(table, "T"), "T")
    assert isinstance(slope, Slope) and slope.term == "high" and slope.slope == pytest.approx(3.0)
    assert slope.start >= 0.1 > slope.start / 2 and slope.end == 1.0 and slope.points == 5


def test_two_stretches_of_one_term_are_not_one_window() -> None:
    """What lies between them is another term's."""
    table = changed(
        law("T", X, power(1.0), power(1.0)),
        lambda row: {"share": 0.1 if 0.03 < row["T"] < 0.05 else 1.0},
    )
    chosen = window(only(table, "T"), "T")
    assert not isinstance(chosen, NoWindow)
    assert np.flatnonzero(chosen).tolist() == [0, 1, 2, 3, 4, 5]


def test_over_delta_the_window_ends_at_the_knee() -> None:
    """δ ≤ L/K, and no such end over another axis."""
    table = law("delta", X, lambda d: d if d < 0.11 else 0.1, power(1.0), K=10)
    slope = fit(only(table), "delta")
    assert (
        isinstance(slope, Slope)
        and slope.end == pytest.approx(0.1)
        and slope.slope == pytest.approx(1.0)
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: {"share": 0.79}, "no term supplies 80 %"),
        (lambda row: {"share": 0.9 if row["delta"] < 2e-3 else 0.5}, "of 3 values needed"),
        (lambda row: {"dominant": str(row["delta"])}, "of 3 values needed"),
        (lambda row: {"K": 1000}, "one term supplies 80 % at 1 of 3 values needed, with δ ≤ L/K"),
        (lambda row: {"share": float("nan")}, "no term supplies 80 %"),
    ],
)
def test_no_window_is_said_in_words(
    change: Callable[[dict[str, Any]], dict[str, Any]], reason: str
) -> None:
    """Too weak a term, too few values, ever another term, all above the knee, no share."""
    table = changed(law("delta", X, power(0.5), power(0.5)), change)
    slope = fit(only(table), "delta")
    assert isinstance(slope, NoWindow) and reason in slope.reason
    assert str(slope).startswith("no window: ")
    assert slopes(table).rows[0]["reason"] == slope.reason


def bent(exponent: float) -> Table:
    """A bound that is level below x = 1 and a power above, of one term throughout: √(1 +
    x²)^exponent."""
    x = np.geomspace(1e-3, 1e3, 25)
    return law(
        "T",
        x,
        lambda v: 0.1 * (1 + v * v) ** (exponent / 2),
        lambda v: (1 + v * v) ** (exponent / 2),
    )


def test_a_window_is_straight_and_not_flat() -> None:
    """One term may be a root of a sum: its slope is taken where it is a power, and changes."""
    slope = fit(only(bent(1.0), "T"), "T")
    assert isinstance(slope, Slope)
    assert (
        slope.slope == pytest.approx(1.0, abs=0.05) == slope.bound
        and slope.start >= 0.3
        and slope.end == 1e3
    )


def test_an_exponential_is_no_power() -> None:
    exponential = law(
        "T", [1, 2, 4, 8, 16, 32, 64], lambda v: 0.5 * np.exp(-v), lambda v: np.exp(-v)
    )
    slope = fit(only(exponential, "T"), "T")
    assert (
        isinstance(slope, NoWindow)
        and slope.reason == "where one term supplies 80 %, the bound is not a power of T"
    )
