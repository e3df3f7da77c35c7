"""Bounds about the methods of the literature and about every measure: wrong ones are refuted by a
simple case, true ones are not."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from library_cases import CASES
from library_theorems import TRUE
from library_wrong_bounds import WRONG

import auxtheory as at
from auxtheory import methods
from auxtheory.testing import Counterexample, falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.strategies import Budget

# Wrong bounds that are searched for in the usual tests: one for each family of methods, and each
# kind of measure, bound and parameter.
QUICK = (
    "heavy ball, velocity",
    "Nesterov, without ½μD₀",
    "average, variance halved",
    "SVRG, linear rate of gradient descent",
    "L-SVRG, distance of the reference point",
    "SARAH, constant halved",
    "SPIDER, without the noise of the batch",
    "clipped SGD, half the length of a step",
    "normalised SGD, half the constant",
    "AdaGrad-norm, without the logarithm",
    "steps 1/t, noise halved",
    "quadratic form, largest eigenvalue forgotten",
    "smallest of two, D₀ quartered",
)


def test_there_are_enough_of_them() -> None:
    assert len(WRONG) >= 27 and len(TRUE) >= 10 and CASES.keys() == WRONG.keys()
    tested = {theorem.method for theorem, _ in WRONG.values()}
    # Theorems of the catalogue, with mistakes of their own, are about those with a helper.
    family = {m for m in methods.LIBRARY if m.helper != "h"} - set(methods.ALL)
    family -= {methods.Nesterov, *(kind.method for kind in at.theorems.CATALOGUE)}
    assert family <= tested | {methods.SAGA}, family - tested
    assert all(type(theorem).__doc__ for theorem in TRUE.values())


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_bound_is_violated_in_a_simple_case(what: str) -> None:
    case = CASES[what]
    theorem = WRONG[what][0]
    verdict = at.validate(theorem, case.pair, case.noise, **case.steps, **sampled(theorem, case))
    assert verdict.status == "violated" and verdict.ratio > 1.01, verdict


def sampled(theorem: at.Theorem, case: Any) -> dict[str, Any]:
    """Options of a run by Monte Carlo, where the exact engine refuses."""
    affine = theorem.method.not_affine is None
    return {} if affine else {"engine": "numpy", "replicas": 4096}


def refuted(what: str) -> Counterexample:
    with pytest.raises(Counterexample) as caught:
        falsify(WRONG[what][0])
    return caught.value


def check(what: str) -> None:
    """The search refutes it by a small case of few digits, whose script runs as it is printed."""
    found = refuted(what)
    case = found.configuration
    d, K, T = WRONG[what][1]
    assert case.pair.dim <= d and case.steps.K <= K and case.steps.T <= T, found
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(found.snippet, {})
    assert "violated" in output.getvalue(), found.snippet


@pytest.mark.parametrize("what", QUICK)
def test_the_search_refutes_it_and_prints_a_script_that_runs(what: str) -> None:
    check(what)


@pytest.mark.slow
@pytest.mark.parametrize("what", [what for what in WRONG if what not in QUICK])
def test_the_search_refutes_each_of_the_others(what: str) -> None:
    check(what)


@pytest.mark.parametrize("what", TRUE)
def test_a_true_theorem_survives_runs_of_one_length(what: str) -> None:
    K = 2 if what in ("LSVRG", "SAGA", "SARAH") else 1
    adversary = Adversary(TRUE[what], budget=Budget(K=K, T=3))
    ratios = [adversary.search(cell, 3).ratio for cell in adversary.listed_cells()]
    assert 0.1 < max(ratios) <= 1 + 1e-9, ratios


@pytest.mark.slow
@pytest.mark.parametrize("what", TRUE)
def test_a_true_theorem_survives_and_most_are_nearly_attained(what: str) -> None:
    found = falsify(TRUE[what], examples=600)
    assert found.examples >= 600 and 0.4 < found.ratio <= 1 + 1e-9, found
