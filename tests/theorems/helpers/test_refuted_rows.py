"""Each plausible mistake about several helpers is refuted by its instance, with the ratio that its
page states, and the statement holds there."""

from __future__ import annotations

import pytest
from refuted_rows import ROWS, edge, half_the_drift, rising, saddle, small_steps, true_gain

from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems import helpers


@pytest.mark.parametrize("name", ROWS)
def test_it_is_refuted_by_its_instance(name: str) -> None:
    ratio, expected = ROWS[name]
    assert ratio() == pytest.approx(expected, rel=5e-3)
    assert expected > 1


def test_f_rises_where_averaging_or_the_penalty_is_not_paid_for() -> None:
    assert saddle(0.18, 12, 0.0) < 0
    assert rising(0.1, 1.0, 0.5) < 0


def test_the_statements_hold_there() -> None:
    assert saddle(0.1, 8, 1.0) == pytest.approx(0.529, abs=1e-3)
    assert half_the_drift(1.0) < 1
    for gap, eta in ((-2.16, 0.0375), (-2.98, 0.0383)):
        assert small_steps(gap, eta, true_gain) == pytest.approx(0.95, abs=2e-3)


def test_the_range_pays_for_averaging_where_f_is_not_convex() -> None:
    """Of the saddle above: the steps without that cost are outside the range, unless one works."""
    values = {"L": 1.0, "rho": 1.0, "delta_m": 0.1, "K": 8, "lambda_K": lambda_K(8)}
    naive = edge(lambda e: e + 0.01 * e**2 * lambda_K(8)) * (1 - 1e-12)
    paid = edge(lambda e: e + 8 * e + 0.01 * e**2 * lambda_K(8)) * (1 - 1e-12)
    (held,) = helpers.ClientExactCorrection.step_range
    assert held.holds(values | {"eta": naive, "S": 1.0})
    assert not held.holds(values | {"eta": naive, "S": 2.0})
    assert held.holds(values | {"eta": paid, "S": 2.0})
    assert not held.holds(values | {"eta": 1.001 * paid, "S": 2.0})
