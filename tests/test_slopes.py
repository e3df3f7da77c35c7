"""Slopes: a known power law comes back, from the window in which one term rules, or a reason in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from tables import joined, law

from auxtheory.analysis.curves import Curve, curves
from auxtheory.analysis.slopes import NoWindow, Slope, fit, slopes, window
from auxtheory.errors import InputError
from auxtheory.result import Table

X = np.geomspace(1e-3, 1, 13)


def power(exponent: float, scale: float = 0.1) -> Callable[[float], float]:
    return lambda x: scale * x**exponent


def only(table: Table, against: str = "delta") -> Curve:
    (curve,) = curves(table, against)
    return curve


def changed(table: Table, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Table:
    return Table(tuple({**row, **change(dict(row))} for row in table))


def test_a_perfect_power_law_has_its_slope_and_an_interval_of_no_width() -> None:
    """Zero residuals must not warn (warnings are errors) nor give NaN."""
    found = fit(only(law("delta", X, power(0.5), power(0.75, 1.0))), "delta")
    assert isinstance(found, Slope)
    assert (found.slope, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5), abs=1e-9)
    assert found.predicted == pytest.approx(0.75, abs=1e-9)
    assert (found.points, found.term, found.start, found.end) == (13, "x", X[0], X[-1])
    with pytest.raises(FrozenInstanceError):
        found.slope = 1.0  # type: ignore[misc]


def test_the_interval_covers_a_noisy_power_law_nineteen_times_in_twenty() -> None:
    """With normal errors of the logarithm the interval is exact: of 400 some 380 hold the slope (±4 deviations)."""
    rng = np.random.default_rng(5)
    held, T = 0, [10, 30, 100, 300, 1000]
    for _ in range(400):
        noisy = law("T", T, lambda x: x**-0.5 * np.exp(rng.normal(0, 0.3)), power(-0.5))
        found = fit(only(noisy, "T"), "T")
        assert isinstance(found, Slope) and found.low < found.slope < found.high
        held += found.low <= -0.5 <= found.high
    assert 362 <= held <= 397


def test_the_window_is_the_longest_stretch_of_one_term() -> None:
    """Below 0.01 one term, to 0.1 none, above another: the longer stretch is fitted, and by itself."""
    table = changed(
        law("T", X, lambda x: x if x < 0.01 else x**3, power(2.0)),
        lambda row: {"dominant": "low" if row["T"] < 0.01 else "high", "share": 0.5 if 0.009 < row["T"] < 0.1 else 0.8},
    )
    found = fit(only(table, "T"), "T")
    assert isinstance(found, Slope) and found.term == "high" and found.slope == pytest.approx(3.0)
    assert found.start >= 0.1 > found.start / 2 and found.end == 1.0 and found.points == 5


def test_two_stretches_of_one_term_are_not_one_window() -> None:
    """What lies between them is another term's."""
    table = changed(law("T", X, power(1.0), power(1.0)), lambda row: {"share": 0.1 if 0.03 < row["T"] < 0.05 else 1.0})
    chosen = window(only(table, "T"), "T")
    assert not isinstance(chosen, NoWindow)
    assert np.flatnonzero(chosen).tolist() == [0, 1, 2, 3, 4, 5]


def test_over_delta_the_window_ends_at_the_knee() -> None:
    """δ ≤ L/K, and no such end over another axis."""
    table = law("delta", X, lambda d: d if d < 0.11 else 0.1, power(1.0), K=10)
    found = fit(only(table), "delta")
    assert isinstance(found, Slope) and found.end == pytest.approx(0.1) and found.slope == pytest.approx(1.0)


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
def test_no_window_is_said_in_words(change: Callable[[dict[str, Any]], dict[str, Any]], reason: str) -> None:
    """Too weak a term, too few values, ever another term, all above the knee, no share."""
    table = changed(law("delta", X, power(0.5), power(0.5)), change)
    found = fit(only(table), "delta")
    assert isinstance(found, NoWindow) and reason in found.reason
    assert str(found).startswith("no window: ")
    assert slopes(table).rows[0]["reason"] == found.reason


def test_all_runs_of_all_seeds_are_fitted() -> None:
    """As single runs; the window is counted by distinct x."""
    table = joined(*(law("delta", X[:4], power(0.5, s), power(0.5), seed=s) for s in (1, 2, 4)))
    found = fit(only(table), "delta")
    assert isinstance(found, Slope) and found.points == 12 and found.slope == pytest.approx(0.5)
    assert found.low < 0.4 < 0.6 < found.high
    two = Table(tuple(row for row in table if row["delta"] in X[:2]))
    assert isinstance(fit(only(two), "delta"), NoWindow)


def test_one_row_a_theorem_with_both_slopes() -> None:
    """The table that figures write and reports print."""
    table = joined(
        law("T", [10, 100, 1000], power(-0.5), power(-0.6)),
        law("T", [10, 100, 1000], power(-1.0), power(-1.0), theorem="SGD", method="SGD", share=0.2),
    )
    first, second = slopes(table, "T")
    assert (first["theorem"], first["against"]) == ("AuxMOM", "T")
    assert (first["slope"], first["predicted"]) == pytest.approx((-0.5, -0.6))
    assert second == {"theorem": "SGD", "method": "SGD", "against": "T", "reason": "no term supplies 80 %"}


def test_over_the_noise_each_method_stands_at_its_own() -> None:
    """σ_r where its theorem meets one, else the noise of its local steps, else what the study varied."""
    sigma = [0.1, 1.0, 10.0]

    def at(theorem: str, r: float, h: float, f: float) -> Table:
        rows = law("sigma_f", sigma, power(1.0), power(1.0), theorem=theorem, method=theorem)
        return changed(rows, lambda row: {"known_sigma_r": r * row["sigma_f"], "known_sigma_h": h * row["sigma_f"],
                                          "known_sigma_f": f * row["sigma_f"]})  # fmt: skip

    level = changed(at("FineTuning", 0.0, 0.0, 1.0), lambda row: {"known_sigma_h": 0.5})
    table = joined(level, at("AuxMOM", 2.0, 0.0, 1.0), at("SGD", 0.0, 1.0, 1.0), at("Naive", 0.0, 0.0, 1.0),
                   at("ExactCorrection", 0.0, 3.0, 1.0))  # fmt: skip
    found = {curve.theorem: (curve.over, curve.x.tolist()) for curve in curves(table, "sigma_r")}
    assert found == {
        "FineTuning": ("σ_f", sigma),
        "AuxMOM": ("σ_r", [0.2, 2.0, 20.0]), "SGD": ("σ_f", sigma), "Naive": ("σ_f", sigma),
        "ExactCorrection": ("σ_h", pytest.approx([0.3, 3.0, 30.0])),
    }  # fmt: skip


def test_an_unknown_axis_is_named() -> None:
    """With the axes there are."""
    with pytest.raises(InputError, match=r"against = 'detla': must be one of .*did you mean 'delta'"):
        slopes(law("delta", X, power(1.0), power(1.0)), "detla")


def bent(exponent: float) -> Table:
    """A bound that is level below x = 1 and a power above, of one term throughout: √(1 + x²)^exponent."""
    x = np.geomspace(1e-3, 1e3, 25)
    return law("T", x, lambda v: 0.1 * (1 + v * v) ** (exponent / 2), lambda v: (1 + v * v) ** (exponent / 2))


def test_a_window_is_straight_and_not_flat() -> None:
    """One term may be a root of a sum: its slope is taken where it is a power, and changes."""
    found = fit(only(bent(1.0), "T"), "T")
    assert isinstance(found, Slope)
    assert found.slope == pytest.approx(1.0, abs=0.05) == found.predicted and found.start >= 0.3 and found.end == 1e3


def test_an_exponential_is_no_power() -> None:
    exponential = law("T", [1, 2, 4, 8, 16, 32, 64], lambda v: 0.5 * np.exp(-v), lambda v: np.exp(-v))
    found = fit(only(exponential, "T"), "T")
    assert isinstance(found, NoWindow) and found.reason == "where one term supplies 80 %, the bound is no power of T"
