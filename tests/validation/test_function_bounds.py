"""Bounds that are functions, and how often they are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.testing import falsify

L, mu, sigma_h, eta = at.symbols("L mu sigma_h eta")
ONE = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)
TWO = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.0)


def test_a_function_is_called_within_its_theorem_only() -> None:
    """S2's own bound as a function has no value at β ≥ 1, and is not asked for one."""

    def bound(c: Any, s: Any) -> float:
        assert c.beta < 1 and s.eta * c.L <= 1 + 1e-12 and s.T == int(s.T)
        value: float = (2 * c.F0 / (s.eta * s.K * s.T) + c.L * s.eta * c.sigma_h**2 + c.zeta**2) / (
            1 - c.beta
        )
        return value

    claim = at.claim(bound, like=theorems.Naive())
    assert falsify(claim, examples=3_000).ratio > 0.9
    far = at.Quadratic(L=1.0, mu=0.01, dim=2).with_helper(delta=0.9, gap=[0.9, 0.1])
    assert claim.constants(far, at.Gaussian()).beta > 1
    verdict = at.validate(claim, far, K=2, T=3, eta=0.5, mode="unsafe")
    assert verdict.status == "outside" and np.isnan(verdict.table["bound"][0])
    grid = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.array([0.1, 5.0]))
    verdict = at.validate(claim, grid, K=2, T=[1, 3], eta=0.5, mode="unsafe")
    assert verdict.table["status"].tolist() == ["pass", "outside"] * 2


def test_the_slope_of_a_function_is_taken_over_whole_numbers() -> None:
    claim = at.claim(lambda c, s: 5 / int(s.T), method=at.methods.SGD, check_units=False)
    verdict = at.validate(claim, TWO, T=1, eta=0.5)
    assert verdict.status == "pass" and verdict.table["predicted"][0] == pytest.approx(-1.0)
    only = at.claim(lambda c, s: {10: 1.0}[s.T], method=at.methods.SGD, check_units=False)
    assert np.isnan(at.validate(only, TWO, T=10, eta=0.5).table["predicted"][0])


def test_the_unit_of_a_function_is_read_within_its_theorem() -> None:
    def picky(c: Any, s: Any) -> float:
        assert c.sigma_h == 0 and s.K == 1 and 0.9 <= c.L * s.eta <= 1
        value: float = 2 * c.F0 / (s.eta * s.T)
        return value

    conditions: dict[str, Any] = {
        "assumptions": [sigma_h <= 0],
        "step_range": [0.9 <= L * eta, L * eta <= 1],
    }
    claim = at.claim(picky, method=at.methods.SGD, **conditions)
    assert at.validate(claim, ONE, T=3, eta=1.0).status == "pass"
    with pytest.raises(at.UnitError, match="for want of a case within the theorem"):
        at.claim(picky, method=at.methods.SGD, assumptions=[2 * L <= mu])


@pytest.mark.parametrize("rounds", [[10], [10, 20]])
def test_the_bound_of_a_grid_is_evaluated_at_once(
    rounds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not once for each configuration, where a single T asks the bound for its slope."""
    calls = [0]
    original = theorems.Theorem.candidates

    def counted(self: Any, *args: Any, **more: Any) -> Any:
        calls[0] += 1
        return original(self, *args, **more)

    monkeypatch.setattr(theorems.Theorem, "candidates", counted)
    pair = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.geomspace(1e-3, 0.3, 300))
    verdict = at.validate(theorems.AuxMOM(), pair, at.Gaussian(sigma_f=1.0), K=2, T=rounds)
    assert len(verdict.table) == 300 * len(rounds) and calls[0] <= 4
    one = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=1e-3)
    alone = at.validate(theorems.AuxMOM(), one, at.Gaussian(sigma_f=1.0), K=2, T=rounds)
    assert alone.table["predicted"][0] == pytest.approx(verdict.table["predicted"][0], rel=1e-9)


def test_a_value_of_ones_own_is_asked_for_within_the_theorem_only() -> None:
    class Own(theorems.Naive):
        def value(self, constants: Any, steps: Any) -> Any:  # type: ignore[override]
            assert np.all(np.asarray(constants.beta) < 1)
            return super().value(constants, steps)

    grid = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.array([0.1, 5.0]))
    verdict = at.validate(Own(), grid, K=2, T=3, eta=0.5, mode="unsafe")
    assert verdict.table["status"].tolist() == ["pass", "outside"]
    assert falsify(Own(), examples=2_000).ratio > 0.5


@pytest.mark.parametrize("rounds", [[10], [10, 20]])
def test_a_function_is_called_twice_for_each_configuration(rounds: list[int]) -> None:
    calls = [0]

    def bound(c: Any, s: Any) -> float:
        calls[0] += 1
        value: float = 2 * c.F0 / (s.eta * s.K * s.T) + c.L * s.eta * c.sigma_h**2
        return value

    claim = at.claim(bound, method=at.methods.Naive)
    calls[0] = 0
    pair = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.geomspace(1e-3, 0.3, 50))
    at.validate(claim, pair, K=2, T=rounds, eta=0.5)
    assert calls[0] == 100
