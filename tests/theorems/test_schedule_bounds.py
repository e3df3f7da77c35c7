"""Theorems of which bound, steps and measure take schedules."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing.search.falsify import Counterexample
from auxtheory.theorems.rule import ROUND, Rule, over_rounds

L, eta = at.symbols("L eta")
NOISE = at.Gaussian(sigma_f=1.0)
TARGET = at.Quadratic(L=1.0, mu=0.1, dim=2)
PAIR = TARGET.with_helper(delta=0.05)


@at.per_round_bound
def total(c: Any, s: Any) -> Any:
    return (2 * c.F0 + c.L * c.sigma_f**2 * (s.eta**2).sum()) / s.eta.sum()


@at.per_round_bound
def last_only(c: Any, s: Any) -> Any:
    return 2 * c.F0 / s.eta.sum() + c.L * c.sigma_f**2 * s.eta[-1]


class Descent(at.Theorem):
    """SGD with any step sizes of at most 1/L: the mean of E‖∇f‖² weighted by η_t."""

    method = at.methods.SGD
    measure = at.measures.G.weighted("eta")
    step_range = (L * eta <= 1,)
    bound = total
    prescribed: ClassVar[Rule] = {"": {"eta": 1 / (L * at.sqrt(ROUND))}}

    def step_sizes(self, c: Any, K: int, T: int, B: float) -> Any:
        return {"eta": over_rounds(self.prescribed[""]["eta"], c.values(), T)}


THEOREM = Descent()
FALSE = at.claim(last_only, like=THEOREM)


def by_hand(schedule: Any) -> float:
    """Σ η_t E‖∇f(x^{t−1})‖²/Σ η_t of SGD on the quadratic, coordinate by coordinate."""
    spectrum = np.array([0.1, 1.0])
    variances = np.full(2, 0.5)
    z2 = PAIR.x0[0] ** 2
    weighted = 0.0
    for step in schedule:
        weighted += step * float(np.sum(spectrum**2 * z2))
        z2 = (1 - step * spectrum) ** 2 * z2 + step**2 * variances
    return weighted / float(np.sum(schedule))


def test_bound_and_measure_take_the_values_of_each_round() -> None:
    schedule = 1 / np.sqrt(np.arange(1.0, 8.0))
    verdict = at.validate(THEOREM, PAIR, NOISE, T=7)
    assert verdict.table["measured"][0] == pytest.approx(by_hand(schedule), rel=1e-12)
    bound = (2 * float(PAIR.constants().F0) + np.sum(schedule**2)) / np.sum(schedule)
    assert verdict.table["bound"][0] == pytest.approx(bound, rel=1e-12)
    assert verdict.table["eta_schedule"][0] == "1 … 0.377964"
    # Constant steps weigh all rounds alike.
    same = at.validate(at.claim(1.0, method=at.methods.SGD), PAIR, NOISE, T=7, eta=0.5)
    weighted = at.validate(THEOREM, PAIR, NOISE, T=7, eta=0.5)
    np.testing.assert_allclose(weighted.table["measured"], same.table["measured"], rtol=1e-12)


def test_each_configuration_of_a_grid_has_its_own_schedule() -> None:
    grid = at.Quadratic(L=np.array([1.0, 2.0]), mu=0.1, dim=2).with_helper(delta=0.1)
    exact = at.validate(THEOREM, grid, NOISE, T=5).table
    for i, size in enumerate((1.0, 2.0)):
        pair = at.Quadratic(L=size, mu=0.1, dim=2).with_helper(delta=0.1)
        alone = at.validate(THEOREM, pair, NOISE, T=5).table
        for name in ("measured", "bound", "predicted", "eta_schedule"):
            assert exact[name][i] == alone[name][0], name
    sampled = at.validate(THEOREM, grid, NOISE, T=5, engine="numpy", replicas=4000).table
    np.testing.assert_allclose(sampled["measured"], exact["measured"], rtol=0.1)
    with pytest.raises(at.RefusedError, match="takes one schedule for all configurations"):
        at.validate(THEOREM, grid, NOISE, T=5, engine="cpu")
    study = at.Study([THEOREM], TARGET, noise=NOISE, L=[1.0, 2.0], delta=0.1, T=5)
    np.testing.assert_allclose(study.run()["measured"], exact["measured"], rtol=1e-12)


def test_a_schedule_bound_has_a_unit_which_is_checked() -> None:
    @at.per_round_bound
    def wrong(c: Any, s: Any) -> Any:
        return c.F0 / (s.eta**2).sum()

    assert at.claim(total, like=THEOREM).bound.unit == at.measures.G.unit
    with pytest.raises(at.UnitError, match="but grad_local_weighted has"):
        at.claim(wrong, like=THEOREM)


def test_a_bound_that_takes_schedules_gets_arrays_of_single_numbers_too() -> None:
    c = at.Constants(L=1.0, F0=1.0, sigma_f=1.0)
    value = THEOREM.value(c, at.Steps(eta=0.5, K=1, T=4))
    assert value == pytest.approx((2 + 4 * 0.25) / 2)
    with pytest.raises(at.InputError, match=r"raised ZeroDivisionError: .*, eta = 0.5 … 0.25, "):
        at.claim(at.per_round_bound(lambda c, s: 1 / 0), method=at.methods.SGD, check_units=False)
        claim = at.claim(at.per_round_bound(lambda c, s: 1 / 0), like=FALSE, check_units=False)
        claim.value(c, at.Steps(eta=at.per_round([0.5, 0.25]), K=1, T=2))
    with pytest.raises(at.InputError, match="function = 3: must be a function of"):
        at.per_round_bound(3)  # type: ignore[type-var]


def test_a_case_goes_through_its_script_and_its_json() -> None:
    steps = THEOREM.tune(THEOREM.constants(PAIR, NOISE), 1, 4)
    case = at.testing.Configuration(THEOREM, PAIR, NOISE, steps).checked()
    again, stored = at.testing.Configuration.read(case.to_json())
    assert again.verdict().table["measured"] == stored["measured"]
    names: dict[str, Any] = {}
    printed: list[Any] = []
    exec(case.script, names | {"print": printed.append})
    assert printed[0].table["ratio"] == case.verdict().table["ratio"]
    other = steps.replace(eta=at.per_round([1.0, 0.7, 0.5, 0.5]))
    with pytest.raises(at.InputError, match=r"must be .* in mode tuned"):
        at.testing.Configuration(THEOREM, PAIR, NOISE, other).checked()


def test_latex_has_the_schedule_and_the_weights() -> None:
    text = THEOREM.to_latex()
    assert r"\eta_{t} = \frac{1}{L \sqrt{t}}" in text
    assert r"\frac{1}{K\sum_{t=1}^{T}\eta_{t}}" in text


def test_a_measure_weighted_by_steps_needs_a_run() -> None:
    with pytest.raises(at.InputError, match="are those of eta in a run of T = 3 rounds"):
        at.measures.G.weighted("eta").weights_of(3)


def test_falsify_searches_schedules() -> None:
    """A mistake that constant steps cannot show; the true bound survives."""
    budget = at.strategies.Budget(K=1, T=3)
    with pytest.raises(Counterexample) as caught:
        at.testing.falsify(FALSE, budget=budget, examples=2000)
    steps = caught.value.configuration.steps
    assert steps.scheduled == ("eta",)
    constant = at.Steps(eta=1.0, K=1, T=3)
    c = at.Constants(L=1.0, F0=1.0, sigma_f=1.0)
    assert FALSE.value(c, constant) == pytest.approx(THEOREM.value(c, constant))
    assert at.testing.falsify(THEOREM, budget=budget, examples=1000).ratio == pytest.approx(1.0)
