"""What is wrong with clients is said in sentences, not as sides of a condition."""

from __future__ import annotations

from typing import Any

import pytest

import auxtheory as at

TARGET = at.Quadratic(L=1.0, mu=0.1, dim=2)
EVEN = TARGET.with_clients(N=6, delta=0.1)
UNEVEN = at.Quadratic.from_clients([[1.0], [0.5]], weights=[0.25, 0.75], x0=[1.0])
STEPS: dict[str, Any] = {"K": 2, "T": 5, "eta": 0.1}


@pytest.mark.parametrize(
    ("theorem", "pair", "steps", "said"),
    [
        (at.theorems.FedAvgQuadratic(), UNEVEN, {}, "f must be the mean of clients of equal"),
        (at.theorems.FedAvgQuadratic(), EVEN, {"S": 2}, "all clients must work in every round"),
        (at.theorems.ClientNaive(), UNEVEN, {}, "all helpers must have equal weights"),
        (
            at.theorems.SharedMomentum(),
            TARGET.with_helpers(N=3, delta=0.1),
            {"a": 0.5},
            "f must be the mean of the helpers",
        ),
    ],
)
def test_an_assumption_about_clients_is_said_in_words(
    theorem: at.Theorem, pair: at.Pair, steps: dict[str, Any], said: str
) -> None:
    with pytest.raises(at.AssumptionError, match=said) as caught:
        at.validate(theorem, pair, **STEPS | steps)
    assert "the left side" not in str(caught.value)


def test_clients_that_are_no_quadratics_are_named() -> None:
    logistic = at.Logistic(features=[[1.0], [2.0], [3.0], [-1.0]], labels=[0, 1, 1, 0], l2=0.1)
    pair = logistic.split(N=2, by="label")
    with pytest.raises(at.AssumptionError, match="f and all clients must be quadratics"):
        at.validate(at.theorems.FedAvgQuadratic(), pair, **STEPS)


def test_a_pair_without_clients_is_refused_as_a_task_refuses_it() -> None:
    with pytest.raises(at.InputError, match=r"make it by with_clients\(N\)"):
        at.validate(at.theorems.FedAvgQuadratic(), TARGET.with_helper(delta=0.1), **STEPS)
    with pytest.raises(at.InputError, match=r"make it by with_clients\(N\)"):
        at.validate(at.theorems.ClientNaive(), TARGET.with_helper(delta=0.1), K=2, T=5)


def test_any_condition_may_have_a_sentence() -> None:
    eta, L = at.symbols("eta L")
    plain = L * eta <= 1
    assert plain.saying("take smaller steps").sentence == "take smaller steps"
    assert str(plain.saying("take smaller steps")) == str(plain)
    assert (eta * L == 1).saying("one").sign == "="
