"""Each plausible mistake about several helpers is refuted by its instance, with the ratio that its
page states, and the statement holds there."""

from __future__ import annotations

import pytest
from refuted_rows import ROWS, half_the_drift, rising, saddle, small_steps, true_gain


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
