"""The steps of the proofs on convex f on random numbers, what the theorems become in special cases,
and their slopes in T."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from huber_family import huber
from scipy.optimize import minimize_scalar

import auxtheory as at
from auxtheory.theorems.convex.polyak_ruppert import SHARE_OF_START
from auxtheory.theorems.convex.quantities import (
    inverse_square_trace,
    inverse_start,
    inverse_trace,
    multiplicative_level,
)

RNG = np.random.default_rng(5)
t = at.theorems


def one(x0: float = 1.0) -> Any:
    """½x²."""
    return at.Quadratic(L=1.0, dim=1, x0=[x0]).with_helper()


def test_a_step_is_a_contraction_up_to_two_over_L() -> None:
    """‖d − ηg‖ ≤ max{1 − ημ, Lη − 1}‖d‖ for u = g − μd with ⟨u, d⟩ ≥ ‖u‖²/(L − μ)."""
    mu, L = RNG.uniform(0, 1, 20_000), 1.0
    eta = RNG.uniform(0, 2, 20_000)
    d, u = RNG.normal(size=(2, 20_000, 3))
    # The longest u in its direction that co-coercivity allows.
    size = np.sum(u * d, axis=-1) / np.sum(u**2, axis=-1) * (L - mu)
    u = np.maximum(size, 0)[:, None] * RNG.choice([0.3, 1.0], (20_000, 1)) * u
    after = np.linalg.norm(d - eta[:, None] * (u + mu[:, None] * d), axis=-1)
    factor = np.maximum(1 - eta * mu, L * eta - 1)
    assert np.all(after <= factor * np.linalg.norm(d, axis=-1) * (1 + 1e-12))


def test_the_strongly_convex_step_of_the_weighted_average() -> None:
    """‖u + μd‖²/(4L) ≤ ‖u‖²/(2(L − μ)) + qμ‖d‖²/(2(1 + q)), attained in a direction."""
    q, a, b = RNG.uniform(0, 1, (3, 20_000))
    left = (a + q * b) ** 2 / 4
    right = a**2 / (2 * (1 - q)) + q**2 * b**2 / (2 * (1 + q))
    assert np.all(left <= right * (1 + 1e-12))
    # At b = 1 the direction in which both sides are equal.
    a = q * (1 - q) / (1 + q)
    tightest = (a + q) ** 2 / 4
    np.testing.assert_allclose(tightest, a**2 / (2 * (1 - q)) + q**2 / (2 * (1 + q)), rtol=1e-9)


def test_the_range_of_long_steps_ends_at_the_golden_ratio() -> None:
    golden = (1 + np.sqrt(5)) / 2
    assert golden - 1 - 1 / golden == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_identities_of_linear_decay(n: int) -> None:
    """z − x is the stated combination, and all factors but that of the last gap vanish."""
    N = n + 1
    w = RNG.uniform(0.1, 1, N)
    g = RNG.normal(size=(N, 3))
    total = np.sum(w)
    x, z = [np.zeros(3)], [np.zeros(3)]
    for i in range(n):
        z.append(z[i] - w[i] * g[i])
        x.append(x[i] - w[i] * np.sum(w[i + 1 :]) / total * g[i])
    c = np.array([0.0, *(np.sum(w[:s]) / np.sum(w[s:]) for s in range(1, N))])
    for i in range(N):
        combination = sum(((c[s + 1] - c[s]) * (x[i] - x[s]) for s in range(i)), start=np.zeros(3))
        np.testing.assert_allclose(z[i] - x[i], combination, atol=1e-12)
    for j in range(n):
        factor = w[j] * (1 + c[j]) - (c[j + 1] - c[j]) * np.sum(w[j + 1 :])
        assert factor == pytest.approx(0, abs=1e-12)
    assert w[n] * (1 + c[n]) == pytest.approx(total)


def last_gap(pair: Any, w: Any, sigma: float) -> Any:
    """E f(x_n) − f* with the steps that belong to these weights, and the bound."""
    left = np.cumsum(w[::-1])[::-1]
    steps = w[:-1] * left[1:] / left[0]
    trace = at.run(
        at.methods.SGD,
        pair,
        at.Gaussian(sigma_f=sigma),
        at.Steps(eta=at.per_round(list(steps)), K=1, T=len(steps)),
    )
    D0 = float(np.sum((pair.x0 - pair.x_star) ** 2))
    return float(trace.gap[0, 0]), (D0 + sigma**2 * np.sum(w**2)) / (2 * np.sum(w))


def test_the_last_iterate_with_any_weights() -> None:
    """Random weights up to 1/L; equal ones are linear decay."""
    for i in range(20):
        w = RNG.uniform(0, 1, 12) if i else np.full(12, 0.8)
        pair = at.Quadratic(L=1.0, dim=4).with_helper()
        measured, bound = last_gap(pair, w, 1.0)
        assert measured <= bound
        if not i:
            verdict = at.validate(
                t.SGDLinearDecay(), pair, at.Gaussian(sigma_f=1.0), K=1, T=11, eta=0.8
            )
            assert measured == pytest.approx(float(verdict.table["measured"][0]), rel=1e-12)
            assert bound == pytest.approx(float(verdict.table["bound"][0]), rel=1e-12)
        w = RNG.uniform(0.5, 1, 6)
        measured, bound = last_gap(huber(1 / np.sum(w), 1.0), w, 0.0)
        assert measured <= bound * (1 + 1e-12)


def test_the_formula_of_the_average_is_exact() -> None:
    """x̄ − x* from the start and the noises of a run, in one coordinate."""
    T, s, eta = 9, 0.3, 0.6
    lam = s / eta
    noise = RNG.normal(size=T)
    z, path = 1.7, []
    for j in range(T):
        z = (1 - s) * z - eta * noise[j]
        path.append(z)
    powers = 1 - (1 - s) ** np.arange(1, T + 1)
    start = (1 - (1 - s) ** T) * (1 - s) * 1.7
    # n_{T + 1 − j} has the factor 1 − (1 − s)^j.
    formula = (start - eta * np.sum(powers * noise[::-1])) / (eta * lam * T)
    assert np.mean(path) == pytest.approx(formula, rel=1e-12)


def test_the_share_of_the_start_is_the_largest() -> None:
    best = minimize_scalar(
        lambda u: -((1 - np.exp(-u)) ** 2) / u, bounds=(0.5, 3), method="bounded"
    )
    assert -best.fun <= SHARE_OF_START <= -best.fun + 1e-7
    s = np.linspace(1e-6, 1, 100_001)
    for T in (1, 2, 5, 100, 3000):
        factor = (1 - s) ** 2 * (1 - (1 - s) ** T) ** 2 / (s * T)
        assert np.max(factor) <= SHARE_OF_START
    assert np.max(factor) == pytest.approx(SHARE_OF_START, rel=2e-3)


@pytest.mark.parametrize("rotation", [None, 4])
@pytest.mark.parametrize(
    "shape", [None, [1.0, 0.0, 2.0], np.diag([1.0, 2.0, 3.0]) + 0.3], ids=["even", "levels", "full"]
)
def test_derived_constants_are_those_of_the_matrices(rotation: Any, shape: Any) -> None:
    """tr(H⁻¹Σ), tr(H⁻¹ΣH⁻¹) and ‖H⁻¹z⁰‖² by matrices, and for a grid of levels."""
    pair = at.Quadratic(L=2.0, mu=0.3, dim=3, rotation=rotation).with_helper()
    H = np.diag(pair.A[0]) if rotation is None else pair.A[0]
    noise = at.Gaussian(sigma_f=1.3, shape=shape, s=0.2)
    S = noise.additive("f", 3)
    S = S if np.ndim(S) == 2 else np.diag(S * np.ones(3))
    inverse = np.linalg.inv(H)
    assert inverse_trace(pair, noise) == pytest.approx(np.trace(inverse @ S))
    assert inverse_square_trace(pair, noise) == pytest.approx(np.trace(inverse @ S @ inverse))
    assert inverse_start(pair) == pytest.approx(np.sum((inverse @ pair.x0[0]) ** 2))
    assert multiplicative_level(pair, noise) == 0.2
    grid = at.Gaussian(sigma_f=[1.3, 2.6], shape=shape)
    np.testing.assert_allclose(inverse_trace(pair, grid), np.trace(inverse @ S) * np.array([1, 4]))


def test_derived_constants_without_an_inverse() -> None:
    """∞ where noise or start meets a flat direction, and for an f that is not quadratic."""
    flat = at.Quadratic(spectrum=[0.0, 1.0], x0=[0.0, 1.0]).with_helper()
    assert inverse_trace(flat, at.Gaussian(sigma_f=1.0)) == np.inf
    assert inverse_trace(flat, at.Gaussian(sigma_f=1.0, shape=[0.0, 1.0])) == 1.0
    assert inverse_start(flat) == 1.0
    cosine = at.Cosine(L=1.0, dim=2).with_helper()
    assert inverse_trace(cosine, at.Gaussian()) == inverse_start(cosine) == np.inf


def test_without_strong_convexity_the_weighted_average_is_the_plain_one() -> None:
    """m = 0: equal weights and steps, and the bound of SGD-convex."""
    c = at.Constants(L=1.0, F0=0.5, sigma_f=1.3, more={"D0": 2.0, "mu_sc": 0.0, "rho": 0.0})
    steps = at.Steps(eta=0.4, K=1, T=30)
    weighted = t.SGDWeightedAverage().value(c, steps.replace(m=0.0))
    assert weighted == pytest.approx(float(t.SGDConvex().value(c, steps)), rel=1e-12)
    pair = at.Quadratic(L=1.0, dim=3).with_helper()
    noise = at.Gaussian(sigma_f=1.0)
    runs = [
        at.run(method, pair, noise, at.Steps(eta=0.4, K=1, T=12, **more)).gap
        for method, more in ((at.methods.InverseTimeSGD, {"m": 0.0}), (at.methods.SGD, {}))
    ]
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-12)


def test_rounds_of_several_steps_are_one_run_of_linear_decay() -> None:
    """K = 3, T = 4 is K = 1, T = 12, measured and bound."""
    pair = at.Quadratic(L=1.0, dim=3).with_helper()
    noise = at.Gaussian(sigma_f=1.0)
    rows = [
        at.validate(t.SGDLinearDecay(), pair, noise, K=K, T=12 // K, eta=0.7).table for K in (1, 3)
    ]
    for name in ("measured", "bound"):
        assert rows[0][name][0] == pytest.approx(float(rows[1][name][0]), rel=1e-12)


def test_the_average_of_one_iterate_is_the_iterate() -> None:
    theorem = t.PolyakRuppert()
    pair, noise = one(), at.Gaussian(sigma_f=1.0)
    (row,) = at.validate(theorem, pair, noise, K=1, T=1, eta=0.3).table["measured"]
    last = at.run(at.methods.SGD, pair, noise, at.Steps(eta=0.3, K=1, T=1)).gap
    assert row == pytest.approx(float(last[0, 0]), rel=1e-12)


def slope(theorem: Any, pair: Any, noise: Any, **steps: Any) -> float:
    """Of the measured values over T from 1,000 to 4,000."""
    table = at.validate(theorem, pair, noise, K=1, T=[1000, 4000], **steps).table
    low, high = table["measured"]
    return float(np.log(high / low) / np.log(4))


def test_slopes_where_one_term_leads() -> None:
    """−1 of the noise with steps 1/t and in averages, −½ of the noise at the tuned steps, the linear
    rate of the start."""
    noise = at.Gaussian(sigma_f=1.0)
    assert slope(t.SGDInverseTime(), one(), noise, eta=0.5, m=1.0) == pytest.approx(-1, abs=0.05)
    pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper()
    for theorem in (t.PolyakRuppert(), t.PolyakRuppertDistance(), t.SGDWeightedAverage()):
        assert slope(theorem, pair, noise) == pytest.approx(-1, abs=0.05)
    # The start is flat, the noise steep.
    flat = at.Quadratic(spectrum=[1e-9, 1.0], x0=[1.0, 0.0]).with_helper()
    steep = at.Gaussian(sigma_f=1.0, shape=[0.0, 1.0])
    assert slope(t.SGDConvex(), flat, steep) == pytest.approx(-0.5, abs=0.05)
    quiet = at.validate(t.SGDStronglyConvex(), one(), at.Gaussian(), K=1, T=[10, 20], eta=0.1)
    first, second = quiet.table["measured"]
    assert np.log(second / first) / 10 == pytest.approx(2 * np.log(0.9), rel=1e-9)
