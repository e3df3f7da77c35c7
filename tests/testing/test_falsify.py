"""The falsifier sees wrong bounds of every kind and leaves true ones alone."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from wrong_bounds import S1, S3, S4, WRONG, refuted

import auxtheory as at
from auxtheory import methods, theorems
from auxtheory.methods.two_rules import rules_of
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.judge import MIN_RATIO
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.theorems.auxmom import RATE

L, F0, delta, sigma_r, T, B = at.symbols("L F0 delta sigma_r T B")


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_bound_is_falsified_by_a_small_case(what: str) -> None:
    largest = WRONG[what][1]
    found = refuted(what)
    case = found.configuration
    assert (case.pair.dim, case.steps.K, case.steps.T) <= largest, found
    assert (
        case.pair.dim <= largest[0] and case.steps.K <= largest[1] and case.steps.T <= largest[2]
    ), found
    again, stored = Configuration.read(found.to_json())
    assert again.verdict().status == "violated" == stored["status"]
    assert again.verdict().ratio == pytest.approx(found.verdict.ratio, rel=1e-9)


@pytest.mark.parametrize("kind", theorems.ALL, ids=lambda kind: kind.label)
def test_a_true_theorem_is_left_alone(kind: type[Theorem]) -> None:
    found = falsify(kind(), examples=10_000)
    assert 0.5 < found.ratio <= 1 + 1e-9 and found.examples >= 10_000 and not found.false_alarm
    assert found.configuration is not None
    assert found.configuration.verdict().ratio == found.ratio
    assert "no counterexample" in str(found) and found.snippet in str(found)


def test_the_tightest_case_of_an_attained_bound_is_found() -> None:
    assert falsify(theorems.SGD(), examples=10_000).ratio > 0.999
    held = falsify(
        theorems.AuxMOM(), at.toy(delta=0.1, zeta=1.0), at.Gaussian(sigma_f=1.0), examples=3_000
    )
    # A toy pair is a Quadratic.
    assert held.configuration is not None and "at.toy" not in held.snippet
    assert (
        held.configuration.noise.sigma_f == 1.0 and held.configuration.pair.constants().delta == 0.1
    )


def test_what_is_fixed_stays_fixed() -> None:
    found = falsify(
        S3(), budget=Budget(K=2, T=5, B=3), fixed={"delta": 0.25, "sigma_h": 0.0}, examples=1_000
    )
    case = found.configuration
    assert case is not None and (case.steps.K, case.steps.T, case.steps.B) == (2, 5, 3)
    c = S3().constants(case.pair, at.Gaussian())
    assert c.delta == pytest.approx(0.25 * c.L) and case.noise.sigma_h == 0


def test_the_same_seed_finds_the_same_case() -> None:
    cell = SearchCell(2, 2, 5, 7.0, "theorem")
    budget = Budget(2, 5, 7)
    one, other, third = (Adversary(S4(), seed=seed).search(cell, 3) for seed in (3, 3, 4))
    assert one.values == other.values != third.values and one.ratio == other.ratio
    first, second = (falsify(S4(), budget=budget, examples=2_000, seed=3) for _ in range(2))
    assert first.snippet == second.snippet and first.ratio == second.ratio


def test_the_script_runs_as_it_stands() -> None:
    found = refuted("S1, exponent of K")
    shown = subprocess.run(
        [sys.executable, "-c", found.snippet], capture_output=True, text=True, check=True
    )
    assert "violated" in shown.stdout


def clipped(y: Any, grad_helper: Any, m: Any, eta: Any) -> Any:
    """A local step that is not affine, so that no expectation is exact."""
    return y - eta * np.clip(grad_helper + m, -1e6, 1e6)


Clipped = methods.from_rules(
    name="Clipped", refresh=rules_of(methods.AuxMOM).refresh, local_step=clipped
)


@pytest.mark.parametrize("factor", [0.3, 1.0])
def test_monte_carlo_where_the_exact_engine_refuses(factor: float) -> None:
    claim = at.claim(factor * S3.bound, like=S3(), method=Clipped, name="Sampled")
    options: dict[str, Any] = {"budget": Budget(K=2, T=3), "examples": 500}
    if factor == 1.0:
        found = falsify(claim, **options)
        assert found.false_alarm == 1e-4 and found.ratio <= 1 + 1e-9
        return
    with pytest.raises(Counterexample) as caught:
        falsify(claim, **options)
    assert caught.value.verdict.engine == "numpy" and 0 < caught.value.verdict.false_alarm < 1e-4
    assert (
        f"import {__name__}" in caught.value.snippet
        and f"method={__name__}.Clipped" in caught.value.snippet
    )
    text = caught.value.to_json()
    with pytest.raises(at.InputError, match=f"--import {__name__}"):
        Configuration.read(text)
    again, found_then = Configuration.read(text, (__name__,))
    assert float(again.verdict().table["measured"][0]) == found_then["measured"]


class BatchTooWell(S3):
    """The first batch divided by B where √B is meant: seen at neither B = 1 nor B = ∞."""

    corollaries = (at.Corollary(RATE + 10 / 3 * sigma_r**2 / (B * at.sqrt(T))),)


class LateTooGood(theorems.SGDMomentum):
    """Its rate's constant 2 as 0.6: seen from some 300 rounds on."""

    corollaries = (
        at.Corollary(
            0.6 * at.sqrt(2 * 2**0.5 * delta * F0 * sigma_r**2 / T)
            + 4 * L * F0 / T
            + 2 * sigma_r**2 / at.sqrt(B * T)
        ),
    )


@pytest.mark.parametrize("kind", [BatchTooWell, LateTooGood])
def test_what_only_shows_in_long_runs_or_larger_batches_is_found(kind: type[Theorem]) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(kind())
    assert caught.value.configuration.pair.dim == 1 and MIN_RATIO <= caught.value.verdict.ratio < 2


def only(where: Any, like: Theorem) -> Theorem:
    """A true bound that is three tenths too small in some cases alone."""

    def bound(c: Any, s: Any) -> Any:
        return float(like.bound.value({**vars(c), **vars(s)})) * (0.7 if where(c, s) else 1.0)

    return at.claim(bound, like=like)


# What the list of K, T and B does not hold, and conditioning beyond 10⁴.
BETWEEN: dict[str, Theorem] = {
    "K from 4 to 7": only(lambda c, s: 4 <= s.K <= 7, S1()),
    "K above 20": only(lambda c, s: s.K > 20, S1()),
    "T from 20 to 60": only(lambda c, s: 20 <= s.T <= 60, theorems.SGD()),
    "T above 1,200": only(lambda c, s: s.T > 1200, theorems.SGD()),
    "B = 10 in long runs": only(lambda c, s: s.B == 10 and s.T >= 100, S3()),
    "B from 300 to 10,000": only(lambda c, s: 300 <= s.B <= 10_000, S3()),
    "L/μ above 10⁵": only(lambda c, s: c.L > 1e5 * c.mu, S1()),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_what_lies_between_and_beyond_the_list_is_found(what: str) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(BETWEEN[what], examples=40_000)
    assert caught.value.verdict.ratio == pytest.approx(1 / 0.7, rel=0.05)
