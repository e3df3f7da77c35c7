"""The strategies draw the step parameters of a method, from the ranges of the search."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import auxtheory as at
from auxtheory.testing.search.step_parameters import parameter_named, step_parameters, tied

F0, beta, L, eta, K = at.symbols("F0 beta L eta K")


class Lazy(at.Method):
    """Momentum, a probability with a default and the name of a parameter of the search, a level."""

    units = {"c": "F/X"}  # noqa: RUF012

    def step(o: Any, x: Any, *, eta: Any, beta: Any, step: Any = 0.25, c: Any = 1.0) -> Any:
        g = o.f(x)
        return o.where(o.coin(step), x - beta * eta * g * o.minimum(1, c / o.norm(g)), x)


CLAIM = at.claim(5 * F0, method=Lazy, measure="gap", step_range=[L * eta <= 1, beta <= 0.8])
NESTEROV = at.claim(
    5 * F0 / (1 - beta),
    method=at.methods.Nesterov,
    measure=at.measures.gap_last,
    step_range=[L * eta <= 1 - beta, K == 1],
)
C = at.Constants(L=2.0, F0=1.0)
BUDGET = at.strategies.Budget(K=1, T=5)
quick = settings(max_examples=25, database=None, deadline=None)


@pytest.mark.parametrize("where", ["inside", "edge", "outside"])
def test_steps_have_every_parameter_from_the_range_of_the_search(where: Any) -> None:
    seen: dict[str, list[float]] = {"beta": [], "step": [], "c": []}

    @quick
    @given(at.strategies.steps(CLAIM, C, BUDGET, where=where))
    def drawn(steps: at.Steps) -> None:
        assert bool(CLAIM.unmet(C, steps)) == (where == "outside")
        for name, key in step_parameters(Lazy).items():
            value: Any = steps.parameters[name]
            assert parameter_named(key, CLAIM).allows(value)
            seen[name].append(value)

    drawn()
    assert max(seen["beta"]) <= 0.8 and min(seen["beta"]) == 0.0
    assert all(len(set(values)) > 5 for values in seen.values())


def test_the_range_of_eta_is_that_at_the_drawn_parameters() -> None:
    @quick
    @given(at.strategies.steps(NESTEROV, C, BUDGET, where="edge"))
    def at_the_edge(steps: at.Steps) -> None:
        assert steps.eta == pytest.approx((1 - steps.parameters["beta"]) / C.L, rel=1e-9)

    at_the_edge()


def test_ranges_of_ones_own() -> None:
    ranges = {"beta": (-0.5, -0.25), "c": (2.0, 3.0), "step": (0.5, 0.5)}

    @quick
    @given(at.strategies.steps(CLAIM, C, BUDGET, parameters=ranges))
    def drawn(steps: at.Steps) -> None:
        for name, (low, high) in ranges.items():
            assert low <= steps.parameters[name] <= high

    drawn()
    for wrong, message in (
        ({"gamma": (0, 1)}, "a step parameter of Lazy = 'gamma': must be one of beta, c, step"),
        ({"beta": 0.5}, r"beta = 0.5: must be a range \(low, high\)"),
        ({"beta": (1, 0)}, "low at most high"),
    ):
        with pytest.raises(at.InputError, match=message):
            find(at.strategies.steps(CLAIM, C, BUDGET, parameters=wrong), lambda _: True)


def test_whole_configurations_carry_them() -> None:
    s = at.strategies
    pairs = s.pairs(families=["quadratic"], max_dim=1)
    cases = s.configurations(
        NESTEROV, pair=pairs, budget=st.just(BUDGET), parameters={"beta": (0.5, 0.5)}
    )

    @settings(max_examples=3, database=None, deadline=None)
    @given(cases)
    def carried(case: at.testing.Configuration) -> None:
        assert case.verdict().table["beta"].tolist() == [0.5]

    carried()


def test_they_shrink_to_the_simplest() -> None:
    steps = at.strategies.steps(NESTEROV, C, BUDGET)
    simplest = find(steps, lambda one: one.parameters["beta"] >= 0.3, settings=quick)
    assert simplest.parameters["beta"] in (0.3, 0.4, 0.5)


def test_a_parameter_is_tied_to_a_derived_constant() -> None:
    """Otherwise a search for steps with m = μ_sc draws m, and is hardly ever in the range."""
    m = at.symbol("m", unit="F/X^2")
    mu_sc, D0 = at.symbols("mu_sc D0")
    claim = at.claim(
        1 * D0,
        method=at.methods.InverseTimeSGD,
        measure=at.measures.distance_last,
        step_range=[L * eta <= 1, m == 2 * mu_sc],
    )
    pair = at.Quadratic(L=2.0, mu=0.5, dim=3).with_helper()
    assert tied(claim, claim.constants(pair, at.Gaussian())) == {"m": 1.0}
