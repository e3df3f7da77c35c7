"""A violation found by sampling is shown on a quadratic of one coordinate where there is one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import auxtheory as at
from auxtheory import theorems
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.strategies import Budget, budgets, noises, pairs

L, F0, eta, K, T = at.symbols("L F0 eta K T")
S1 = theorems.ExactCorrection()
LENGTH = at.claim(2 * F0 / (eta * K * T**2), like=S1)
TUNED = at.claim(0.1 * L * F0 / T, like=S1, steps=S1)
NOISE = at.Gaussian()
BUDGET = Budget(2, 5)


def logistic() -> Any:
    """A pair of eight samples whose helper has other labels."""
    target = at.Logistic(
        features=np.linspace(-1.0, 2.0, 16).reshape(8, 2), labels=[0, 1] * 4, l2=0.1
    )
    return at.helpers.relabelled(target, share=0.25)


GIVEN = {
    "logistic": logistic,
    "cosine": lambda: at.Cosine(L=2.0, dim=3, F0=0.5).with_helper(delta=0.5),
}


@pytest.mark.parametrize("family", GIVEN)
@pytest.mark.parametrize(("claim", "options"), [(LENGTH, {"eta": 0.25}), (TUNED, {})])
def test_a_sampled_case_that_fails_shows_a_quadratic_that_fails(
    family: str, claim: Any, options: dict[str, float]
) -> None:
    pair = GIVEN[family]()
    with pytest.raises(Counterexample) as caught:
        falsify(claim, pair, NOISE, BUDGET, **options)
    found = caught.value
    assert (
        "at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)\nnoise = at.Gaussian()\n"
        in found.snippet
    )
    assert (found.verdict.engine, found.verdict.status) == ("exact", "violated")
    assert found.given is not None
    case, verdict = found.given
    assert case.pair is pair and (case.steps.K, case.steps.T) == (2, 5)
    assert case.steps.mode == found.configuration.steps.mode
    assert verdict.status == "violated" and f"{verdict.ratio:.6g}:\n\n{case.script}" in str(found)
    assert Configuration.read(found.to_json())[0].verdict().status == "violated"


def on_this_pair(c: Any, s: Any) -> float:
    """A bound that has a meaning for the constants of the cosine pair alone."""
    if abs(c.delta - 0.5) > 1e-9:
        raise ValueError("another pair")
    return 1e-3


ALONE: dict[str, tuple[Any, dict[str, float]]] = {
    "a number": (at.claim(1e-3, like=S1, steps=S1), {}),
    "a function of this case": (at.claim(on_this_pair, like=S1, steps=S1, check_units=False), {}),
    "lengths that are not searched": (
        at.claim(0.1 * L * F0 / T, like=S1, step_range=[L * eta <= 1, K + T == 7]),
        {"eta": 0.1},
    ),
    "a quadratic": (TUNED, {}),
}


@pytest.mark.parametrize("what", ALONE)
def test_the_given_case_stands_where_there_is_no_other(what: str) -> None:
    pair: Any = (
        at.Quadratic(L=1.0, dim=3).with_helper(delta=0.5)
        if what == "a quadratic"
        else GIVEN["cosine"]()
    )
    claim, options = ALONE[what]
    with pytest.raises(Counterexample) as caught:
        falsify(claim, pair, NOISE, BUDGET, **options)
    assert caught.value.given is None and caught.value.configuration.pair is pair
    assert "simpler than the one given" not in str(caught.value)


def test_a_theorem_with_numbers_of_its_own_is_searched_for_itself() -> None:
    class Scaled(theorems.ExactCorrection):
        """A rate with a factor of each instance."""

        def __init__(self, factor: float) -> None:
            self.factor = factor

        def value(self, c: Any, s: Any) -> Any:
            return self.factor * super().value(c, s)

    for factor, fails in ((0.01, True), (100.0, False), (0.01, True)):
        try:
            falsify(Scaled(factor), GIVEN["cosine"](), NOISE, BUDGET)
        except Counterexample as found:
            assert fails and found.given is not None
        else:
            assert not fails


def test_hypothesis_reports_the_quadratic_of_a_family_without_any() -> None:
    # not made smaller, which is slow for logistic regression
    @settings(
        max_examples=20, deadline=None, derandomize=True, database=None, phases=[Phase.generate]
    )
    @given(pairs(families=["logistic"]), noises(sigma_h=(0.0, 0.0)), budgets(max_K=3, max_T=5))
    def holds(pair: Any, noise: Any, budget: Budget) -> None:
        falsify(TUNED, pair, noise, budget)

    with pytest.raises(Counterexample) as caught:
        holds()
    assert "at.Quadratic(L=1.0, dim=1, F0=1.0)" in caught.value.snippet and "at.Logistic" in str(
        caught.value
    )
