"""AuxPAGE, AuxSPIDER, PAGE, SARAH: wrong variants, reductions, and the largest error of an
estimate."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing import Counterexample, falsify
from auxtheory.theorems.finite_sums.estimate_error import largest

L, F0, delta, sigma_r, eta, K, T, B, p, Q = at.symbols("L F0 delta sigma_r eta K T B p Q")
T_OF = at.theorems
TINY = at.Quadratic(L=1.0, dim=1, F0=1e-9).with_helper()
ONE = at.Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper()
LOUD = at.Gaussian(sigma_f=1.0)


def ratio(theorem: at.Theorem, pair: Any, noise: Any, **steps: Any) -> float:
    verdict = at.validate(theorem, pair, noise, K=1, **steps)
    assert verdict.status == "violated", verdict
    return float(verdict.ratio)


def halved(kind: Any) -> at.Theorem:
    """The bound of σ_h = 0 and small α with half the noise."""
    return at.claim(2 * F0 / (eta * K * T) + sigma_r**2 / (2 * B), like=kind())


@pytest.mark.parametrize(
    ("kind", "steps"),
    [(T_OF.AuxPAGE, {"p": 0.2}), (T_OF.PAGE, {"p": 1.0}), (T_OF.AuxSPIDER, {"Q": 5.0})],
)
def test_half_the_noise_is_refuted(kind: Any, steps: dict[str, float]) -> None:
    """Additive noise at Lη = 1: every iterate is the buffer's noise, so G = σ²(T − 1)/T. At δ = L
    PAGE's range has Lη = 1 at p = 1 alone."""
    measured = ratio(halved(kind), TINY, LOUD, T=60, B=1, eta=1.0, b=1.0, **steps)
    assert measured == pytest.approx(1.967, rel=1e-2)


def test_wider_ranges_are_refuted() -> None:
    """α ≤ 2.4ω and ≤ 3.9ω: samples 3εx and 1.9εx without exact refreshes' help."""
    wide = at.claim(
        2 * F0 / (eta * K * T),
        like=T_OF.AuxPAGE(),
        step_range=[(1 - p) / p * (delta * eta * K) ** 2 <= 2.4 * (1 - L * eta)],
    )
    steps = {"T": 10, "eta": 0.4, "b": 1.0}
    assert ratio(wide, ONE, at.Gaussian(s=3.0), p=0.5, **steps) == pytest.approx(2.50, rel=1e-2)
    wide = at.claim(
        2 * F0 / (eta * K * T),
        like=T_OF.AuxSPIDER(),
        step_range=[(Q - 1) * (delta * eta * K) ** 2 <= 3.9 * (1 - L * eta)],
    )
    assert ratio(wide, ONE, at.Gaussian(s=1.9), Q=5.0, **steps) == pytest.approx(2.17, rel=1e-2)


def test_falsify_finds_half_the_noise() -> None:
    with pytest.raises(Counterexample):
        falsify(halved(T_OF.PAGE), examples=300)


def test_sarah_needs_delta_and_its_constant() -> None:
    """Range without δ; constant halved."""
    wide = at.claim(2 * F0 / (eta * K * T), like=T_OF.SARAH(), step_range=[L * eta <= 1])
    verdict = at.validate(wide, ONE, at.Gaussian(s=1.0), K=2, T=2, eta=1.0)
    assert verdict.ratio == pytest.approx(2.0, rel=1e-2)
    half = at.claim(F0 / (eta * K * T), like=T_OF.SARAH())
    assert ratio(half, ONE, at.Gaussian(), T=1, eta=1.0) == pytest.approx(2.0, rel=1e-9)


def G(method: Any, pair: Any, noise: Any, **steps: Any) -> float:
    return float(at.run(method, pair, noise, at.Steps(**steps)).G[-1, 0])


PAIR = at.Quadratic(L=1.0, mu=0.1, dim=3).with_helper(delta=0.3)
NOISE = at.Gaussian(sigma_f=0.5, sigma_h=0.2, s=0.3)
COMMON = {"eta": 0.2, "K": 2, "T": 8}


def test_reductions_of_the_methods() -> None:
    """p = 1 and Q = 1 are a fresh batch each round, that is AuxMOM with a = 1; PAGE is AuxPAGE with h
    = 0; SARAH is AuxSPIDER with h = 0, exact refreshes, and its K steps as rounds."""
    m = at.methods
    fresh = G(m.AuxMOM, PAIR, NOISE, a=1.0, B=1, **COMMON)
    assert G(m.AuxPAGE, PAIR, NOISE, p=1.0, B=1, **COMMON) == pytest.approx(fresh, rel=1e-12)
    assert G(m.AuxSPIDER, PAIR, NOISE, Q=1.0, B=1, **COMMON) == pytest.approx(fresh, rel=1e-12)

    class Alone(m.AuxSPIDER):
        """AuxSPIDER with h = 0."""

        helper = "none"
        single_step = True

    inner = G(m.SARAH, PAIR, NOISE, eta=0.2, K=4, T=3)
    alone = G(Alone, PAIR, NOISE, eta=0.2, K=1, T=12, Q=4.0)
    assert alone == pytest.approx(inner, rel=1e-12)


def test_exact_refreshes_have_no_floor() -> None:
    """B = ∞: G ≤ 2F₀/(ηKT), although most rounds follow samples; G falls like 1/T or faster."""
    pair = at.Quadratic(L=1.0, dim=16).with_helper(delta=0.1)
    noise = at.Gaussian(sigma_f=10.0, s=0.1)
    verdict = at.validate(T_OF.AuxPAGE(), pair, noise, K=2, T=[100, 400], eta=0.4, p=0.3, b=1.0)
    assert verdict.status == "pass"
    assert float(np.min(verdict.table["slope"][1:])) < -0.95
    steps = at.Steps(eta=0.4, K=2, T=400, p=0.3, b=1.0)
    exact = T_OF.AuxPAGE().constants(pair, noise)
    assert T_OF.AuxPAGE().value(exact, steps) == pytest.approx(2 / (0.4 * 2 * 400), rel=1e-12)


def test_the_bounds_reduce_to_one_another() -> None:
    """K = 1: ϑ = 1, AuxPAGE's bound is PAGE's; Q = 1 + (1−p)/p: AuxSPIDER's is AuxPAGE's; a batch b
    divides α; p = 1 leaves the drift within a round."""
    c = at.Constants(L=1.0, F0=1.0, delta=0.3, sigma_h=0.0, sigma_r=2.0)
    one = at.Steps(eta=0.3, K=1, T=50, B=7, p=0.2, b=1.0)
    assert T_OF.AuxPAGE().value(c, one) == pytest.approx(
        float(T_OF.PAGE().value(c, one)), rel=1e-12
    )
    noisy = at.Constants(L=1.0, F0=1.0, delta=0.05, sigma_h=0.7, sigma_r=2.0)
    coin = T_OF.AuxPAGE().value(noisy, at.Steps(eta=0.3, K=4, T=50, B=7, p=0.2, b=2.0))
    period = T_OF.AuxSPIDER().value(noisy, at.Steps(eta=0.3, K=4, T=50, B=7, Q=5.0, b=2.0))
    assert coin == pytest.approx(float(period), rel=1e-12)
    larger = T_OF.AuxPAGE().value(noisy, at.Steps(eta=0.3, K=4, T=50, B=7, p=0.2, b=1.0))
    assert coin < larger
    step = 0.05 * 0.3
    ell = step / (2 * math.sin(math.pi / 14))
    fresh = T_OF.AuxPAGE().value(
        at.Constants(L=1.0, F0=1.0, delta=0.05, sigma_r=2.0),
        at.Steps(eta=0.3, K=4, T=50, B=7, p=1.0, b=1.0),
    )
    by_hand = 2 / (0.3 * 4 * 50) + 4 / 7 * 0.7 / (0.7 - ell**2)
    assert fresh == pytest.approx(by_hand, rel=1e-12)


def test_the_largest_error_is_that_of_a_grid() -> None:
    """The least value over ϑ is the supremum over V, and it is ∞ outside the range."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        omega = float(rng.uniform(0.1, 1.0))
        alpha, ell = (float(v) for v in rng.uniform(0, [0.25, 0.45]) * [omega, math.sqrt(omega)])
        N, H, D = (float(v) for v in rng.uniform(0, 2, 3) * (rng.random(3) < 0.7))
        value = largest(N, alpha, ell, omega, H, D)
        reach = 100 * (math.sqrt(N) + H + D) / (math.sqrt(omega) - math.sqrt(alpha) - ell) + 1e-9
        V = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 20_000) * reach])
        grid = (np.sqrt(N + (math.sqrt(alpha) * V + H) ** 2) + ell * V + D) ** 2 - omega * V**2
        assert value == pytest.approx(float(np.max(grid)), rel=1e-5, abs=1e-12)
        assert value >= np.max(grid) * (1 - 1e-12)
    assert largest(1.0, 0.25, 0.6, 1.0) == math.inf
    assert largest(0.0, 0.0, 1.0, 1.0) == 0.0 and largest(1.0, 0.0, 1.0, 1.0) == math.inf
    assert largest(1.0, 1.0, 0.0, 1.0) == 1.0 and largest(1.0, 1.0, 0.0, 1.0, H=1e-3) == math.inf
