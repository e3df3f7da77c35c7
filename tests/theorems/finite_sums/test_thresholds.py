"""SGD's stability: thresholds against runs, wrong conditions, Gaussian a, and equal norms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing import Counterexample, falsify

sums = at.theorems.finite_sums
D0, eta, L_max, sigma_star, K, T, L = at.symbols("D0 eta L_max sigma_star K T L")


def rank_one(a: Any, x0: Any = None) -> Any:
    """f as the mean of ½(a_iᵀx)²."""
    a = np.asarray(a, dtype=float)
    return at.Quadratic.from_components(a[:, :, None] * a[:, None, :], x0=x0)


def random_pair(seed: int, n: int = 6, d: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    return rank_one(rng.standard_normal((n, d)) * rng.uniform(0.3, 2, (n, 1)))


class TwoPicks(at.Method):
    """x ← x − η (∇f_i(x) + ∇f_j(x))/2."""

    helper = "f"

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta / 2 * (o.f[o.pick()](x) + o.f[o.pick()](x))


def distance(method: Any, pair: Any, eta: float, T: int) -> float:
    measure = at.measures.distance_last
    steps = at.Steps(eta=eta, K=1, T=T)
    trace = at.run(method, pair, at.Gaussian(), steps, measures=[measure])
    return float(trace.measure(measure)[0][-1, 0])


@pytest.mark.parametrize(("method", "b"), [(at.methods.ComponentSGD, 1), (TwoPicks, 2)])
def test_runs_grow_by_the_spectral_radius(method: Any, b: int) -> None:
    """The exact engine at both sides of the exact threshold, and the factor of a step at last."""
    pair = random_pair(1)
    limits = sums.thresholds(pair.components, b)
    assert limits.sufficient < limits.exact < limits.necessary
    for share in (0.9, 1.1):
        step = share * limits.exact
        factor = distance(method, pair, step, 401) / distance(method, pair, step, 400)
        assert factor == pytest.approx(sums.spectral_radius(pair.components, step, b), rel=1e-6)
        assert (factor < 1) == (share < 1)
    assert sums.spectral_radius(pair.components, limits.exact, b) == pytest.approx(1.0, rel=1e-9)


def test_the_order_of_the_thresholds_on_random_components() -> None:
    """sufficient ≤ exact ≤ necessary ≤ 2/tr H for b = 1 and rank one; 2/tr H is beyond the exact one
    by up to N."""
    for seed in range(40):
        pair = random_pair(seed, n=4 + seed % 5, d=2 + seed % 3)
        for b in (1, 3):
            limits = sums.thresholds(pair.components, b)
            assert limits.sufficient <= limits.exact * (1 + 1e-9)
            assert limits.exact <= limits.necessary * (1 + 1e-9)
        limits = sums.thresholds(pair.components)
        assert limits.necessary <= limits.trace * (1 + 1e-9)
    orthogonal = sums.thresholds(rank_one(np.diag([1.0, 1e-2, 1e-2, 1e-2])).components)
    assert orthogonal.exact == pytest.approx(2.0)
    assert orthogonal.trace / orthogonal.exact == pytest.approx(4, rel=1e-3)


def test_equal_norms_and_one_sample_have_one_threshold() -> None:
    rng = np.random.default_rng(3)
    a = rng.standard_normal((7, 4))
    limits = sums.thresholds(rank_one(2 * a / np.linalg.norm(a, axis=1, keepdims=True)).components)
    assert np.ptp(np.array(limits)) < 1e-9 * limits.trace and limits.trace == pytest.approx(0.5)
    full = sums.thresholds(random_pair(0).components, b=1e12)
    assert full.exact == pytest.approx(full.sufficient, rel=1e-6), "b → ∞: 2/λ_max"


def test_the_trace_alone_is_refuted() -> None:
    """η tr H < 2 as the range: orthogonal a of norms 2 and ½ at η = 0.9 (the range ends at 0.94)."""
    trace = at.symbol("trace_of_h", unit="F/X^2", value=lambda pair: np.sum(pair.eigenvalues))
    wrong = at.claim(1 * D0, like=at.theorems.ComponentSGD(), step_range=[eta * trace <= 2])
    verdict = at.validate(wrong, rank_one([[2.0, 0.0], [0.0, 0.5]]), K=1, T=2, eta=0.9)
    assert verdict.status == "violated" and verdict.ratio == pytest.approx(7.85, rel=1e-2)
    twice = at.claim(1 * D0, like=at.theorems.ComponentSGD(), step_range=[eta * L_max <= 2.2])
    verdict = at.validate(twice, rank_one([[1.0]]), K=1, T=10, eta=2.2)
    assert verdict.ratio == pytest.approx(1.2**20, rel=1e-9)


def test_noise_at_the_minimiser_is_needed_in_full() -> None:
    """The term in σ*² halved: η²σ² after one step from x*, at small η twice the claim."""
    bound = D0 + eta**2 * sigma_star**2 * K * T / 2 / (2 - L_max * eta)
    wrong = at.claim(bound, like=at.theorems.ComponentSGD())
    pair = at.Quadratic.from_components([[1.0], [1.0]], [[1.0], [-1.0]], x0=[1e-6])
    verdict = at.validate(wrong, pair, K=1, T=1, eta=0.01)
    assert verdict.status == "violated" and verdict.ratio == pytest.approx(1.99 * 2, rel=1e-2)
    with pytest.raises(Counterexample):
        falsify(at.claim(1 * D0, like=at.theorems.ComponentSGD()), examples=300)


def test_the_necessary_condition_divides_by_the_batch() -> None:
    """E‖a‖⁴ not divided by b: a = ±1 and b = 4 are stable up to 2, against 1.143."""
    limits = sums.thresholds(rank_one([[1.0], [-1.0]]).components, b=4)
    wrong = 2 * 1.0 / (1.0 + 0.75)
    assert limits.exact / wrong == pytest.approx(1.75, rel=1e-9)
    assert limits.necessary == pytest.approx(2.0)


@pytest.mark.parametrize("T", [2, 6, 20])
def test_growth_in_the_mean_over_directions(T: int) -> None:
    """E‖x^T‖²/‖x⁰‖² in the mean over the axes, from the engine, is at least the power of that of one
    step; with equality at T = 1."""
    rng = np.random.default_rng(5)
    a = rng.standard_normal((4, 2))
    for step in (0.3, 1.0):
        growth = sums.isotropic_growth(rank_one(a).components, step)
        starts = [rank_one(a, x0=axis) for axis in np.eye(2)]
        once = np.mean([distance(at.methods.ComponentSGD, pair, step, 1) for pair in starts])
        measured = np.mean([distance(at.methods.ComponentSGD, pair, step, T) for pair in starts])
        assert once == pytest.approx(growth, rel=1e-9)
        assert measured >= growth**T * (1 - 1e-9)


def gaussian_like(eigenvalues: Any) -> Any:
    """Components whose a have the moments of N(0, diag(eigenvalues)) up to the fourth, d = 2: 0 and
    √(2·2) times three directions at 60°."""
    angles = np.pi / 3 * np.arange(3)
    a = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return rank_one(np.vstack([a, 0 * a]) * np.sqrt(eigenvalues), x0=[1.0, 1.0])


@pytest.mark.parametrize("b", [1, 3])
def test_gaussian_features(b: int) -> None:
    """The closed condition is the exact threshold of components with the moments of a Gaussian; both
    of its parts are needed."""
    eigenvalues = [1.0, 0.3]
    pair = gaussian_like(eigenvalues)
    exact = sums.thresholds(pair.components, b).exact
    assert sums.gaussian_threshold(eigenvalues, b) == pytest.approx(exact, rel=1e-9)
    assert sums.gaussian_sum([1.0], 100.0) == np.inf
    steps = 100.0 / (2 - 200.0)
    assert steps < 1, "without the first part the sum is below 1, and E‖x‖² grows 29,801-fold"
    assert 1 - 2 * 100 + 3 * 100**2 == 29_801


def test_stationary_risk_of_a_gaussian() -> None:
    """½σ²J/(1−J), against half of it: d = 1, λ = 1, η = ½, σ = 1. x⁺ = (1 − ηa²)x + ηaε."""
    J = sums.gaussian_sum([1.0], 0.5)
    second = 0.5**2 / (1 - (1 - 2 * 0.5 + 3 * 0.5**2))
    risk = second / 2
    assert J / (1 - J) / 2 == pytest.approx(risk, rel=1e-12)
    assert risk / (J / 2) == pytest.approx(2.0, rel=1e-12), "½σ²J is refuted by a factor of 2"


def test_bad_components() -> None:
    with pytest.raises(at.InputError, match="components"):
        sums.thresholds(None)
    with pytest.raises(at.InputError) as caught:
        at.Quadratic.from_components([[1.0]], [[1.0, 2.0]])
    assert "must have the shape (1, 1)" in str(caught.value)
    with pytest.raises(at.InputError, match="shape"):
        at.Quadratic.from_components([1.0, 2.0])


def test_components_from_matrices_are_those_given() -> None:
    """∇f_i = A_i x − b_i, and their mean is ∇f."""
    rng = np.random.default_rng(2)
    roots = rng.standard_normal((3, 2, 2))
    A = roots @ roots.transpose(0, 2, 1)
    b = rng.standard_normal((3, 2))
    pair = at.Quadratic.from_components(A, b)
    x = rng.standard_normal(2)
    each = pair.components.each(x[None, None])[0, 0]
    np.testing.assert_allclose(each, A @ x - b, atol=1e-12)
    np.testing.assert_allclose(
        pair.gradients().f(x[None, None])[0, 0], each.mean(axis=0), atol=1e-12
    )
    assert pair.certify().holds and pair.components.weak_convexity == [0.0]
