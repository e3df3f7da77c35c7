"""The lower bound of MVR: each part of its proof against exact sums, and its instance at large T."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.engines import run
from auxtheory.lower_bounds import MVR
from auxtheory.lower_bounds.mvr import LEADING, Z, multiplicative, proven
from auxtheory.noise import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems import MVR as MVRTheorem
from auxtheory.theorems import MVRSharp, Theorem
from auxtheory.typing import FloatArray

ROUNDING = 1 - 1e-9


def cases(count: int, longest: float, seed: int) -> Iterator[tuple[Constants, Steps]]:
    """η and a near those at which the terms balance, or anywhere; T up to 10^longest."""
    rng = np.random.default_rng(seed)

    def drawn(low: float, high: float) -> float:
        return float(10 ** rng.uniform(low, high))

    for _ in range(count):
        c = Constants(L=drawn(-1, 1), F0=drawn(-1, 1), delta=drawn(-3, 1), sigma_r=drawn(-2, 3))
        T = int(drawn(0, longest))
        near = float((c.F0 / (c.delta**2 * c.sigma_r**2 * T)) ** (1 / 3)) * drawn(-1, 1)
        eta = near if rng.random() < 0.7 else drawn(-5, 0.3) / float(c.L)
        drift = float(c.delta * eta) ** 2 * drawn(-1.5, 1)
        a = drift if rng.random() < 0.7 else drawn(-6, 0)
        yield c, Steps(eta=eta, a=min(a, 1.0), K=1, T=T)


@pytest.mark.parametrize("count", [1000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_three_terms_of_every_instance_are_at_least_the_bound(count: int) -> None:
    """The case analysis of the proof, up to T = 10¹², where the first term of the bound rules."""
    ruled = 0
    for c, steps in cases(count, 12, seed=count):
        value = float(MVR.value(c, T=steps.T))
        assert proven(c, steps)[0] >= value * ROUNDING
        ruled += value > 2 * min(float(c.L), float(c.delta)) * float(c.F0) / steps.T * 1.001
    assert ruled > count / 10


def measured(c: Constants, steps: Steps) -> float:
    """G of the instance, which is in the class: L, δ in mean square, and the variance along the
    run."""
    pair, noise = MVR.instance(c, steps)
    curvature = float(pair.constants().L)
    assert curvature <= float(c.L) * (1 + 1e-12)
    assert curvature**2 + float(noise.s) ** 2 <= float(c.delta) ** 2 * (1 + 1e-12)
    trace = run(MVR.method, pair, noise, steps, engine="exact")
    if noise.s:
        variance = float(noise.sigma_f) ** 2 + float(noise.s) ** 2 * trace.largest_spread[-1].item()
        assert variance <= float(c.sigma_r) ** 2 * (1 + 1e-9)
    return float(trace.G[-1].item())


@pytest.mark.parametrize("count", [150, pytest.param(1000, marks=pytest.mark.slow)])
def test_the_instance_is_in_the_class_and_measures_what_is_proven(count: int) -> None:
    multiplied = 0
    for c, steps in cases(count, 3.5, seed=1):
        value, *_, share, _ = proven(c, steps)
        assert not measured(c, steps) < value * ROUNDING
        multiplied += share > 0
    assert multiplied > count / 25


@pytest.mark.parametrize("reach", [0.02, 0.2, 0.9, 1.9])
def test_the_variance_does_not_grow_at_long_steps(reach: float) -> None:
    """There s is reduced: with the s of short steps the variance would leave the class."""
    c = Constants(L=1.0, F0=1.0, delta=1.0, sigma_r=100.0)
    curvature, share, level = multiplicative(c)
    steps = Steps(eta=reach / curvature, a=1e-6, K=1, T=3000)
    assert measured(c, steps) >= proven(c, steps)[0] * ROUNDING
    assert 0 < proven(c, steps)[2] < share
    pair = Quadratic.from_matrices([curvature], x0=[(2 / curvature) ** 0.5])
    noise = Gaussian(sigma_f=level**0.5, s=(share * curvature) ** 0.5)
    trace = run(MVR.method, pair, noise, steps, engine="exact")
    assert level + share * curvature * trace.largest_spread[-1].item() > 100.0**2 * 1.01


@pytest.mark.parametrize("count", [2000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_terms_of_the_proof_are_below_the_exact_sums(count: int) -> None:
    """A, N and C in the units λF₀, V and D, and the two shifts by ½."""
    rng = np.random.default_rng(count)
    for _ in range(count):
        T = int(np.exp(rng.uniform(0, 6)))
        u, a = np.minimum(np.exp(rng.uniform((-8, -10), 0.4)), (1.99, 1.0))
        i, j = np.arange(1, T + 1.0), np.arange(1, T)
        h = u * ((1 - a) ** i - (1 - u) ** i) / (u - a)
        sums = np.concatenate([[0.0], np.cumsum(h**2)])[T - 1 - j]
        U, alpha = min(u, 1) * T, a * T
        k = 1 / (1 / (U + 0.5) + 1 / (alpha + 0.5))
        assert 2 * np.sum((1 - u) ** (2 * np.arange(T))) / T >= ROUNDING / (U + 0.5)
        assert a**2 * np.sum(sums) >= U * alpha / (2 * (U + alpha)) - 2 >= k / 2 - 9 / 4 - 1e-9
        C = 4 * (u - a) ** 2 * np.sum((1 - u) ** (2.0 * (j - 1)) * sums)
        assert C >= (U - 1) / (alpha + 0.5) - 4 - 1e-9


def least(c: Constants, T: int) -> float:
    """The smallest G of the instances over a grid of η and a around the balance of the proof."""
    curvature, share, level = multiplicative(c)
    eta = (2 * float(c.F0) ** 2 / (share * curvature * level * T)) ** (1 / 3)
    drift = share * curvature * eta**2
    return min(
        measured(c, Steps(eta=eta * x, a=drift * x**2 * y, K=1, T=T))
        for x in (1.0, 1.15, 1.3)
        for y in (0.42, 0.5, 0.6)
    )


def test_stronger_statements_are_refuted_at_the_best_steps() -> None:
    """The limit without what is lost at a finite T, twice the leading term with it, and noise of
    aσ_r² for aσ_r²/2."""
    T, c = 100_000, Constants(L=1.0, F0=1.0, delta=0.01, sigma_r=1.0)
    scale = (0.01 / T) ** (2 / 3)
    value = least(c, T)
    assert value / scale == pytest.approx(1.673, abs=0.002)
    assert value >= float(MVR.value(c, T=T)) * ROUNDING
    lost = (3 + 16 * float(Z.value(c.values()))) / T
    assert value < 3 * 4 ** (-1 / 3) * scale * 0.999
    assert value < 2 * float(LEADING.value(c.values() | {"T": T})) - lost
    steps = Steps(eta=1.0, a=0.01, K=1, T=10_000)
    quiet = Constants(L=1.0, F0=1e-9, delta=1.0, sigma_r=1.0)
    assert 0.0045 < measured(quiet, steps) < 0.01 * 0.999


def test_its_limit_is_that_of_the_upper_bound() -> None:
    """Over (δσ_rF₀/T)^{2/3} the bound tends to 3·4^{−1/3} as δF₀/σ_r² and 1/T vanish, and so does
    the smallest value of S4-MVR-sharp in its range."""
    limit = 3 * 4 ** (-1 / 3)
    c = Constants(L=1.0, F0=1.0, delta=0.01, sigma_r=10.0)
    assert float(MVR.value(c, T=10**15)) / (0.1 / 10**15) ** (2 / 3) == pytest.approx(
        limit, rel=0.02
    )
    c = Constants(L=0.01, F0=1.0, delta=0.1, sigma_r=1.0)
    T = 10**6
    eta = np.geomspace(0.5, 2, 401) * (4 * 1.0 / (0.01 * T)) ** (1 / 3)
    a = 0.01 * eta**2 / (2 * (1 - 0.01 * eta)) * 1.01
    smallest = np.min(MVRSharp().value(c, Steps(eta=eta, a=a, K=1, T=T, mode="theorem")))
    assert smallest / (0.1 / T) ** (2 / 3) == pytest.approx(limit, rel=0.02)


@pytest.mark.parametrize("theorem", [MVRTheorem(), MVRSharp()], ids=lambda theorem: theorem.label)
def test_no_upper_bound_lies_below_where_the_noise_rules(theorem: Theorem) -> None:
    """At the prescribed steps, for 10,000 constants at many of which the first term is the larger one."""
    rng = np.random.default_rng(7)

    def drawn(low: float, high: float) -> FloatArray:
        return np.asarray(10 ** rng.uniform(low, high, 2000))

    ruled = 0
    for T in (10**4, 10**5, 10**5, 10**6, 10**6):
        L, F0, sigma_r = drawn(-1, 1), drawn(-1, 1), drawn(-0.5, 1)
        c = Constants(L=L, F0=F0, delta=sigma_r**2 / F0 * drawn(-4, -0.5), sigma_r=sigma_r)
        lower = MVR.value(c, T=T)
        steps = theorem.tune(c, 1, T)
        assert np.all(lower * ROUNDING <= theorem.value(c, steps))
        ruled += int(np.sum(lower > 2.001 * np.minimum(c.L, c.delta) * c.F0 / T))
    assert ruled > 2500
