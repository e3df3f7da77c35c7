"""The strategies draw what they say, within their ranges, and shrink to the simplest case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import auxtheory as at
from auxtheory import theorems
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.noise.laws import RandomSign
from auxtheory.problems import FAMILIES, LogisticPair
from auxtheory.problems.cosine.pair import CosinePair
from auxtheory.testing.strategies import (
    Budget,
    budgets,
    clients,
    configurations,
    constants,
    level,
    noises,
    pairs,
    positive,
    steps,
    within,
)
from auxtheory.validation.configuration import Configuration

EACH = pytest.mark.parametrize("kind", theorems.ALL, ids=lambda kind: kind.label)


def simplest(strategy: st.SearchStrategy[Any], wanted: Any = lambda value: True) -> Any:
    return find(
        strategy, wanted, settings=settings(max_examples=2000, derandomize=True, database=None)
    )


def test_everything_shrinks_to_the_simplest_case() -> None:
    pair = simplest(pairs())
    assert repr(pair) == "at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)"
    noise = simplest(noises())
    assert repr(noise) == "at.Gaussian()"
    assert simplest(budgets()) == Budget(1, 1)
    c = simplest(constants())
    assert (c.L, c.F0) == (1, 1) and not any(
        getattr(c, n) for n in c.names() if n not in ("L", "F0")
    )
    case = simplest(configurations())
    assert repr(case.pair) == repr(pair) and repr(case.noise) == repr(noise)
    assert (case.steps.K, case.steps.T, case.steps.B) == (
        1,
        1,
        np.inf,
    ) and case.theorem.name == "SGD"
    far = simplest(pairs(), lambda pair: pair.dim > 1)
    assert far.dim == 2 and far.constants().L == 1.0 and far.constants().delta == 0.0


def test_every_family_is_drawn() -> None:
    kinds = {
        "dense": lambda pair: isinstance(pair, at.problems.QuadraticPair) and not pair.diagonal,
        "cosine": lambda pair: isinstance(pair, CosinePair),
        "logistic": lambda pair: isinstance(pair, LogisticPair),
    }
    for family, mine in kinds.items():
        assert mine(simplest(pairs(), mine))
        assert mine(simplest(pairs(families=[family]), mine))
    assert isinstance(simplest(noises(), lambda noise: isinstance(noise, RandomSign)), RandomSign)
    with pytest.raises(at.InputError, match="did you mean 'cosine'"):
        simplest(pairs(families=["cosin"]))


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
def test_ranges_are_kept(family: str, data: st.DataObject) -> None:
    ranges = {
        "L": (0.5, 20.0),
        "F0": (0.1, 7.0),
        "delta": (0.0, 0.37),
        "zeta": (0.0, 0.61),
        "mu": (0.2, 0.9),
    }
    pair = data.draw(pairs(families=[family], max_dim=3, **ranges))
    c = pair.constants()
    slack = 1 + 1e-9
    assert 1 <= pair.dim <= 3 and pair.single
    assert c.delta <= 0.37 * c.L * slack
    if family in ("quadratic", "dense"):
        assert (
            0.5 <= c.L * slack and c.L <= 20 * slack and 0.1 <= c.F0 * slack and c.F0 <= 7 * slack
        )
        assert pair.dim == 1 or 0.2 <= c.mu / c.L * slack <= 0.9 * slack**2
    if family == "cosine":
        assert 0.5 <= c.L * slack and c.L <= 20 * slack


@given(noise=noises(sigma_f=(0.5, 2.0), sigma_h=(0.0, 0.0), s=(0.0, 0.0), correlation=(0.25, 0.5)))
def test_ranges_of_noise_are_kept(noise: at.Noise) -> None:
    assert (
        0.5 <= noise.sigma_f <= 2
        and noise.sigma_h == 0 == noise.s
        and 0.25 <= noise.correlation <= 0.5
    )


@given(value=positive(0.0123456, 0.0123457) | within((0.3, 0.30001)) | level(0.2999))
def test_rounding_to_three_digits_leaves_no_range(value: float) -> None:
    assert 0.0123456 <= value <= 0.0123457 or 0.3 <= value <= 0.30001 or 0 <= value <= 0.2999


def test_a_range_that_is_none_is_told() -> None:
    for low, high in ((2.0, 1.0), (0.0, 1.0), (-1.0, 1.0)):
        with pytest.raises(at.InputError):
            positive(low, high)


@EACH
@given(data=st.data(), budget=budgets(max_K=20, max_T=50), c=constants(beta=(0.0, 0.9)))
def test_steps_lie_where_they_are_said_to(
    kind: type[theorems.Theorem], data: st.DataObject, budget: Budget, c: Constants
) -> None:
    theorem = kind()
    c = (
        c.replace(sigma_h=0.0)
        if kind in (theorems.ExactCorrection, theorems.ExactCorrectionPL)
        else c
    )
    for where in ("inside", "edge", "tuned"):
        inside: Steps = data.draw(steps(theorem, c, budget, where=where))
        assert theorem.unmet(c, inside) == [] and inside.T == budget.T
    edge = data.draw(steps(theorem, c, budget, where="edge"))
    a = {} if edge.a is None else {"a": 1.0}
    assert theorem.unmet(c, edge.replace(eta=edge.eta * 1.001, **a)), (
        "a larger step would still be in range"
    )
    outside = data.draw(steps(theorem, c, budget, where="outside"))
    assert outside.mode == "unsafe" and theorem.unmet(c, outside)


@settings(max_examples=30)
@given(
    configuration=configurations(
        pair=pairs(families=["cosine", "logistic"]), budget=budgets(max_K=4, max_T=6)
    )
)
def test_sampled_families_keep_every_theorem(configuration: Configuration) -> None:
    """Bounds hold on pairs that no exact engine knows; a false alarm comes once in a million
    examples."""
    assert configuration.verdict().status != "violated", configuration.script
    assert configuration.options["engine"] == "numpy"


def test_clients_shrink_to_the_fewest_that_differ() -> None:
    pair = simplest(clients())
    assert repr(pair) == "at.Quadratic(L=1.0, dim=1, F0=1.0).with_clients(N=1)", repr(pair)
    alike = simplest(clients(), lambda pair: set(pair.helpers.counts) == {1, 2})
    assert alike.helpers.N == 3 and alike.helpers.clients
    turned = simplest(clients(), lambda pair: not pair.helpers.diagonal)
    assert turned.dim == 2
    helped = simplest(clients(helpers=True), lambda pair: not pair.helpers.clients)
    assert helped.helpers.N == 1
    with pytest.raises(at.InputError, match="max_N = 0: must be"):
        simplest(clients(max_N=0))


L, F0, eta, K, T = at.symbols("L F0 eta K T")
EXACT = at.claim(
    2 * F0 / (eta * K * T),
    method=at.methods.ClientExactCorrection,
    step_range=[L * eta <= 1],
)


def test_configurations_of_a_method_with_clients_say_how_many_work() -> None:
    some = simplest(configurations(EXACT), lambda case: case.steps.parameters["S"] > 1)
    assert some.steps.parameters["S"] == 2 and some.pair.helpers.N == 2
    again = simplest(configurations(EXACT))
    assert again.steps.parameters["S"] == 1
