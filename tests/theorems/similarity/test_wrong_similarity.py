"""Mistakes that one could make in the theorems on other measures of similarity, each with a case that
refutes it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing import Counterexample, falsify
from auxtheory.theorems.similarity.along_the_run import rank_one

L, F0, delta, delta_r, D_h, eta, a, K, T, B, sigma_r = at.symbols(
    "L F0 delta delta_r D_h eta a K T B sigma_r"
)
RUN, RUN_MOM = at.theorems.ExactCorrectionRun(), at.theorems.AuxMOMRun()
DIAGONAL, DIAGONAL_MOM = at.theorems.ExactCorrectionDiagonal(), at.theorems.AuxMOMDiagonal()
RELATIVE, BREGMAN = at.theorems.ExactCorrectionRelative(), at.theorems.RelativeSmoothness()
SAMPLED: dict[str, Any] = {"engine": "numpy", "replicas": 2}
ONE = at.Quadratic(L=1.0, dim=1, x0=[1.0])


def ratio(wrong: at.Theorem, pair: at.Pair, noise: Any = None, **steps: Any) -> float:
    verdict = at.validate(wrong, pair, noise, **steps)
    assert verdict.status == "violated", str(verdict)
    return float(verdict.ratio)


class FromTheStart(at.Method):
    """AuxMOM with the pairs of a round's start and a local iterate."""

    state = "x m x_start change move"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B), x, 0 * x, 0 * x

    def refresh(o: Any, x: Any, m: Any, x_start: Any, change: Any, move: Any, *, a: Any) -> Any:
        return x, (1 - a) * m + a * o.r(x), x, 0 * change, 0 * move

    def step(o: Any, x: Any, m: Any, x_start: Any, change: Any, move: Any, *, eta: Any) -> Any:
        x = x - eta * (o.h(x) + m)
        return x, m, x_start, o.r(x, exact=True) - o.r(x_start, exact=True), x - x_start


class WithoutTheHelper(at.Method):
    """Exact correction with the steps 1/L_i, whatever f − h is."""

    state = "x m p slope"
    units = MappingProxyType({"c": "X"})

    def start(o: Any, x: Any, *, eta: Any, c: Any = 1.0) -> Any:
        p = 1 / o.maximum(1 / eta, (o.f(x + c, exact=True) - o.f(x, exact=True)) / c)
        return x, o.r(x, exact=True), p, o.sqrt(p) * o.f(x, exact=True)

    def refresh(o: Any, x: Any, m: Any, p: Any, slope: Any) -> Any:
        return x, o.r(x, exact=True), p, slope

    def step(o: Any, x: Any, m: Any, p: Any, slope: Any) -> Any:
        x = x - p * (o.h(x) + m)
        return x, m, p, o.sqrt(p) * o.f(x, exact=True)


def from_the_start(T: int, **steps: float) -> float:
    wrong = at.claim(RUN_MOM.bound, like=RUN_MOM, method=FromTheStart, variance="mean")
    pair, noise = rank_one(c=1.0, turned=0.9, **steps)
    return ratio(wrong, pair, noise, K=1, T=T, **steps)


def test_aux_mom_with_pairs_from_the_start_of_a_round() -> None:
    """At K = 1 the two points of each pair are equal, and their similarity says nothing."""
    assert from_the_start(2_000, eta=0.1, a=1e-2) == pytest.approx(1.315, rel=0.01)


@pytest.mark.slow
def test_aux_mom_with_pairs_from_the_start_of_a_round_in_the_long_run() -> None:
    assert from_the_start(20_000, eta=0.03, a=1e-3) == pytest.approx(1.492, rel=0.01)


def test_s1_run_halved_and_without_the_range() -> None:
    half = at.claim(F0 / (eta * K * T), like=RUN)
    assert ratio(half, ONE.with_helper(0.0), K=1, T=1, eta=1.0) == pytest.approx(2.0, rel=0.01)
    anywhere = at.claim(RUN.bound, like=RUN, step_range=[L * eta <= 1])
    found = ratio(anywhere, ONE.with_helper(1.0, gap=[1.0]), K=10, T=3, eta=1.0)
    assert found == pytest.approx(30 * 20.5 * (1 + 81 + 81**2) / 3, rel=0.01)


def test_s3_run_noise_halved() -> None:
    noise_halved = 2 * F0 / (eta * K * T) + sigma_r**2 * (a + 1 / (a * B * T)) / (2 * (2 - a))
    wrong = at.claim(noise_halved, like=RUN_MOM, variance="mean")
    pair = at.Quadratic(L=1.0, dim=1, x0=[1e-3]).with_helper(0.0)
    noise = at.Gaussian(sigma_f=1.0)
    found = ratio(wrong, pair, noise, K=1, T=60, B=1, eta=0.999, a=0.05)
    assert found == pytest.approx(1.947, rel=0.01)


def test_a_step_for_each_coordinate_from_f_alone() -> None:
    wrong = at.claim(DIAGONAL.bound, like=DIAGONAL, method=WithoutTheHelper)
    found = ratio(wrong, ONE.with_helper(1.0, gap=[1.0]), K=10, T=3, eta=1.0, **SAMPLED)
    assert found == pytest.approx(30 * 20.5 * (1 + 81 + 81**2) / 3, rel=0.01)


def test_diagonal_bounds_halved() -> None:
    half = at.claim(F0 / (K * T), like=DIAGONAL)
    pair = ONE.with_helper(0.0)
    assert ratio(half, pair, K=1, T=1, eta=1.0, **SAMPLED) == pytest.approx(2.0, rel=0.01)
    half = at.claim(F0 / (K * T) + DIAGONAL_MOM.bound - 2 * F0 / (K * T), like=DIAGONAL_MOM)
    assert ratio(half, pair, K=1, T=1, eta=1.0, a=1.0, **SAMPLED) == pytest.approx(2.0, rel=0.01)


def test_diagonal_aux_mom_with_a_quarter_of_the_noise() -> None:
    noise = eta * sigma_r**2 * (a + 1 / (a * B * T)) / (2 * (2 - a))
    wrong = at.claim(2 * F0 / (K * T) + noise, like=DIAGONAL_MOM, variance="mean")
    pair = at.Quadratic(L=1.0, dim=16, spectrum=[1.0] * 16, x0=[1e-3] * 16).with_helper(0.0)
    law = at.Gaussian(sigma_f=1.0)
    steps: dict[str, Any] = {"K": 1, "T": 100, "B": 1, "eta": 1.0, "a": 0.3, "engine": "numpy"}
    # Of 4 replicas the mean of 100 rounds would be off by some per cent.
    assert ratio(wrong, pair, law, **steps, replicas=2048) == pytest.approx(1.97, rel=0.02)


def test_relative_similarity_without_its_denominator() -> None:
    """One round takes r = 0.4 f to 0.4/0.6 of the distance."""
    wrong = at.claim(delta_r ** (2 * T) * F0, like=RELATIVE)
    found = ratio(wrong, ONE.with_helper(0.4, gap=[0.4]), K=100, T=1, eta=0.7)
    assert found == pytest.approx((1 / 0.6) ** 2, rel=0.01)


def test_relative_similarity_without_the_inner_error() -> None:
    wrong = at.claim((delta_r / (1 - delta_r)) ** (2 * T) * F0, like=RELATIVE)
    pair = at.Quadratic(spectrum=[1.0, 0.01], x0=[0.0, 1.0]).with_helper(0.1, gap=[0.1, 0.001])
    assert ratio(wrong, pair, K=10, T=1, eta=0.9) == pytest.approx(67.55, rel=0.01)


def test_the_bregman_method_is_not_accelerated() -> None:
    wrong = at.claim(D_h / T**2, like=BREGMAN)
    pair = at.Quadratic.from_matrices([1.0, 1 / 201], [1.0, 1.0], x0=[0.0, 1.0])
    found = ratio(wrong, pair, K=1, T=100, eta=1.0, gamma=1.0)
    assert found == pytest.approx(1e4 / 201 * (200 / 201) ** 200, rel=0.01)
    assert found == pytest.approx(18.3, rel=0.01)


def test_the_bregman_method_halved() -> None:
    wrong = at.claim(BREGMAN.bound / 2, like=BREGMAN)
    case = BREGMAN.tightest()
    steps = {"K": case.K, "T": case.T[0], "eta": 1.0, "gamma": 1.0}
    assert ratio(wrong, case.pair, **steps) == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        at.claim(delta_r ** (2 * T) * F0, like=RELATIVE, name="WithoutDenominator"),
        at.claim(BREGMAN.bound / 2, like=BREGMAN, name="Halved"),
        at.claim(RUN.bound, like=RUN, step_range=[L * eta <= 1], name="AnyStep"),
    ],
    ids=lambda theorem: theorem.name,
)
@pytest.mark.slow
def test_a_search_finds_the_mistake(wrong: at.Theorem) -> None:
    with pytest.raises(Counterexample):
        falsify(wrong, examples=2_000)


def test_a_run_outside_the_measured_range_is_not_judged() -> None:
    """The similarity of the run is known only after it: the verdict then is "outside"."""
    pair = ONE.with_helper(1.0, gap=[1.0])
    verdict = at.validate(RUN, pair, K=10, T=3, eta=1.0)
    assert verdict.status == "outside" and "δ_run" in verdict.unmet[0]
    assert np.all(verdict.table["ratio"] > 1e6)
