"""Slopes: a known power law comes back, with an interval."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from slope_tables import X, changed, only, power
from tables import joined, law

from auxtheory.analysis.selection import curves
from auxtheory.analysis.slopes import NoWindow, Slope, fit, slopes
from auxtheory.analysis.slopes import power as fraction
from auxtheory.errors import InputError
from auxtheory.table import Table


def test_a_perfect_power_law_has_its_slopes_and_no_interval() -> None:
    """Exact values have no sampling error: an interval about their slope reads as if it could
    refute another one."""
    slope = fit(only(law("delta", X, power(0.5), power(0.75, 1.0))), "delta")
    assert isinstance(slope, Slope)
    assert slope.slope == pytest.approx(0.5, abs=1e-9) and np.isnan([slope.low, slope.high]).all()
    assert slope.bound == slope.exponent == pytest.approx(0.75, abs=1e-9)
    assert (slope.points, slope.term, slope.start, slope.end) == (13, "x", X[0], X[-1])
    assert str(slope) == "slope 0.500 (bound 0.750, dominant term 3/4)"
    with pytest.raises(FrozenInstanceError):
        slope.slope = 1.0  # type: ignore[misc]


def test_a_diverged_cell_is_left_out_of_the_slope() -> None:
    """Otherwise one cell of 1e300 gives a slope of 23 to values that follow ½."""
    table = law("delta", X, power(0.5), power(0.75, 1.0))
    one = changed(table, lambda row: {"measured": 1e300} if row["delta"] == X[2] else {})
    slope = fit(only(one), "delta")
    assert isinstance(slope, Slope) and slope.points == 12
    assert slope.slope == pytest.approx(0.5, abs=1e-9)
    most = changed(table, lambda row: {"measured": 1e300} if row["delta"] > X[1] else {})
    assert "have not diverged" in str(fit(only(most), "delta"))


def test_slopes_are_compared_over_the_same_cells() -> None:
    """Measured, bound and its largest term, whose own exponent is no slope that a bound of several
    terms must have."""
    # Δ^(2/3) supplies 80 % of the bound from the first x on, 97 % at the last.
    x = np.geomspace(1, 30, 9)
    table = law("T", x, lambda v: v ** (2 / 3), lambda v: 4 * v ** (2 / 3) + 1)
    slope = fit(only(changed(table, lambda row: {"share": 1 - 1 / row["bound"]}), "T"), "T")
    assert isinstance(slope, Slope) and slope.points == 9
    assert (slope.slope, slope.exponent) == pytest.approx((2 / 3, 2 / 3), abs=1e-9)
    assert slope.bound == pytest.approx(
        np.polyfit(np.log(x), np.log(4 * x ** (2 / 3) + 1), 1)[0], abs=1e-9
    )
    assert 0.6 < slope.bound < 0.64 and str(slope).endswith("dominant term 2/3)")
    # A term that is no power, such as the root of a sum.
    mixed = changed(table, lambda row: {"share": 0.9})
    assert str(fit(only(mixed, "T"), "T")).endswith(
        f"(bound {slope.bound:.3f}, dominant term {slope.bound:.3f})"
    )


def test_the_limit_over_delta_is_said_with_what_it_does() -> None:
    """Otherwise a reader takes the slope for that of all cells where one term rules."""
    table = law("delta", X, lambda d: d if d < 0.11 else 0.1, power(1.0), K=10)
    slope = fit(only(table), "delta")
    assert isinstance(slope, Slope) and (slope.limit, slope.end) == ("δ ≤ L/K", pytest.approx(0.1))
    assert slope.unlimited == pytest.approx(
        np.polyfit(np.log(X), np.log(np.minimum(X, 0.1)), 1)[0], abs=1e-9
    )
    assert slope.unlimited < 0.9 < slope.slope
    below = fit(only(Table(tuple(row for row in table if row["delta"] < 0.11))), "delta")
    assert (
        isinstance(below, Slope)
        and below.limit == ""
        and below.unlimited == below.slope == pytest.approx(1.0)
    )


def test_the_interval_covers_a_sampled_power_law_nineteen_times_in_twenty() -> None:
    """Of 400 some 380 hold the slope (±4 deviations), though the cells of a seed share most of
    their noise."""
    rng = np.random.default_rng(5)
    held = 0
    T = [10, 30, 100, 300, 1000]
    for _ in range(400):
        walks = np.cumsum(rng.normal(0, 0.3, (4, len(T))), axis=1)
        runs = []
        for seed, walk in enumerate(walks):
            noise = dict(zip(T, np.exp(walk), strict=True))
            runs.append(
                law(
                    "T",
                    T,
                    lambda x, noise=noise: x**-0.5 * noise[x],
                    power(-0.5),
                    seed=seed,
                    replicas=1,
                )
            )
        slope = fit(only(joined(*runs), "T"), "T")
        assert (
            isinstance(slope, Slope) and slope.low < slope.slope < slope.high and slope.points == 20
        )
        held += slope.low <= -0.5 <= slope.high
    assert 362 <= held <= 397


def test_the_interval_of_one_seed_holds_however_its_cells_hang_together() -> None:
    """At most Σ|cᵢ| errorᵢ for weights c of the slope: met where every error pulls the same way,
    halved where they are independent or common to all; 3 % of 0.03-errors is no bend of the
    curve."""
    T = np.geomspace(10, 1000, 5)
    table = law("T", T, lambda x: x**-0.5, power(-0.5), replicas=1000)
    slope = fit(only(changed(table, lambda row: {"se": 0.03 * row["measured"]}), "T"), "T")
    lever = np.log(T) - np.mean(np.log(T))
    half = 1.9623 * 0.03 * np.sum(np.abs(lever)) / np.sum(lever**2)
    assert isinstance(slope, Slope) and (slope.low, slope.high) == pytest.approx(
        (-0.5 - half, -0.5 + half), rel=1e-4
    )
    assert str(slope).startswith("slope −0.50 [−0.53, −0.47] (bound −0.50")
    for lost in ({"replicas": 1}, {"se": 0.0}, {"replicas": 0}):
        alone = fit(
            only(
                changed(table, lambda row, lost=lost: {"se": 0.03 * row["measured"], **lost}), "T"
            ),
            "T",
        )
        assert isinstance(alone, Slope) and not alone.sampled


@pytest.mark.parametrize(
    ("exponent", "text"),
    [(2 / 3, "2/3"), (-0.5, "−1/2"), (0.0, "0"), (2.0, "2"), (0.47, "0.470"), (-1 / 13, "−0.077")],
)
def test_exponents_that_are_fractions_print_as_such(exponent: float, text: str) -> None:
    """And no others."""
    assert fraction(exponent) == text


def test_all_runs_of_all_seeds_are_fitted() -> None:
    """As single runs; the window is counted by distinct x."""
    runs = (
        law("delta", X[:4], power(0.4 + s / 10), power(0.5), seed=s, replicas=8)
        for s in (0.5, 1, 1.5)
    )
    table = joined(*runs)
    slope = fit(only(table), "delta")
    assert isinstance(slope, Slope) and slope.points == 12 and slope.slope == pytest.approx(0.5)
    assert slope.low == pytest.approx(0.5 - 4.3027 * 0.05 / np.sqrt(3), rel=1e-4)
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
    assert (first["slope"], first["bound"]) == pytest.approx((-0.5, -0.6))
    assert second == {
        "theorem": "SGD",
        "method": "SGD",
        "against": "T",
        "reason": "no term supplies 80 %",
    }


def test_over_the_noise_each_method_stands_at_its_own() -> None:
    """σ_r where its theorem meets one, else the noise of its local steps, else what the study
    varied."""
    sigma = [0.1, 1.0, 10.0]

    def at(theorem: str, r: float, h: float, f: float) -> Table:
        rows = law("sigma_f", sigma, power(1.0), power(1.0), theorem=theorem, method=theorem)
        return changed(
            rows,
            lambda row: {
                "known_sigma_r": r * row["sigma_f"],
                "known_sigma_h": h * row["sigma_f"],
                "known_sigma_f": f * row["sigma_f"],
            },
        )

    level = changed(at("FineTuning", 0.0, 0.0, 1.0), lambda row: {"known_sigma_h": 0.5})
    table = joined(
        level,
        at("AuxMOM", 2.0, 0.0, 1.0),
        at("SGD", 0.0, 1.0, 1.0),
        at("Naive", 0.0, 0.0, 1.0),
        at("ExactCorrection", 0.0, 3.0, 1.0),
    )
    found = {curve.theorem: (curve.over, curve.x.tolist()) for curve in curves(table, "sigma_r")}
    assert found == {
        "FineTuning": ("σ_f", sigma),
        "AuxMOM": ("σ_r", [0.2, 2.0, 20.0]),
        "SGD": ("σ_f", sigma),
        "Naive": ("σ_f", sigma),
        "ExactCorrection": ("σ_h", pytest.approx([0.3, 3.0, 30.0])),
    }


def test_an_unknown_axis_is_named() -> None:
    """With the axes there are."""
    with pytest.raises(
        InputError, match=r"against = 'detla': must be one of .*did you mean 'delta'"
    ):
        slopes(law("delta", X, power(1.0), power(1.0)), "detla")
