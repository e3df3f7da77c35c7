"""The steps of the proofs on momentum on random numbers, what the theorems become in special cases,
and their rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import eval_chebyu

import auxtheory as at

RNG = np.random.default_rng(6)
COUNT = 3000
t = at.theorems


def heavy_ball(s: Any, beta: Any, T: int) -> Any:
    """x_T for x₀ = x_{−1} = 1, of x⁺ = (1 + β − s)x − βx_prev."""
    x = last = np.ones_like(s)
    for _ in range(T):
        x, last = (1 + beta - s) * x - beta * last, x
    return x


def nesterov(s: Any, beta: Any, T: int) -> Any:
    """The same of x⁺ = (1 − s)(x + β(x − x_prev))."""
    x = last = np.ones_like(s)
    for _ in range(T):
        x, last = (1 - s) * (x + beta * (x - last)), x
    return x


def drawn(T: int) -> tuple[Any, Any]:
    """b = √β and s anywhere in the oscillating range."""
    b = np.concatenate([RNG.uniform(0.05, 1, COUNT), 1 - 10 ** RNG.uniform(-4, -1, COUNT)])
    return b, (1 - b) ** 2 + 4 * b * RNG.uniform(0, 1, 2 * COUNT)


@pytest.mark.parametrize("T", [1, 2, 3, 9, 30])
def test_heavy_ball_is_a_chebyshev_polynomial(T: int) -> None:
    """x_T = b^T(U_T(c) − bU_{T−1}(c)), at most b^T(1 + T(1 + b))."""
    b, s = drawn(T)
    c = (1 + b**2 - s) / (2 * b)
    x = heavy_ball(s, b**2, T)
    formula = b**T * (eval_chebyu(T, c) - b * eval_chebyu(T - 1, c))
    np.testing.assert_allclose(x, formula, atol=1e-9)
    assert np.all(np.abs(x) <= b**T * (1 + T * (1 + b)) * (1 + 1e-9) + 1e-12)
    edge = np.abs(heavy_ball((1 + b) ** 2, b**2, T))
    np.testing.assert_allclose(edge, b**T * (1 + T * (1 + b)), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("T", [1, 2, 3, 9, 30])
def test_short_steps_have_the_smaller_factor(T: int) -> None:
    b, s = drawn(T)
    b, s = b[s <= 1], s[s <= 1]
    most = np.maximum(1 + T * (1 - b), 1 / np.sqrt(1 - b**2 / 4))
    assert len(s) > 500
    assert np.all(np.abs(heavy_ball(s, b**2, T)) <= b**T * most * (1 + 1e-9) + 1e-12)
    c = (1 + b**2 - s) / (2 * b)
    below = c < b
    assert np.all((s / (1 - c**2))[below] <= 1 / (1 - b[below] ** 2 / 4) + 1e-9)


@pytest.mark.parametrize("T", [1, 2, 3, 9, 30])
def test_the_mean_of_heavy_ball_at_any_stable_step(T: int) -> None:
    """|x_T| ≤ (1 + β − 2β^{T+1})/(1 − β), attained at ηλ = 2(1 + β)."""
    beta = np.concatenate([RNG.uniform(0, 1, COUNT), 1 - 10 ** RNG.uniform(-3, -1, COUNT)])
    most = (1 + beta - 2 * beta ** (T + 1)) / (1 - beta)
    for share in (RNG.uniform(0, 1, 2 * COUNT), 1 - 10 ** RNG.uniform(-9, -1, 2 * COUNT)):
        x = heavy_ball(2 * (1 + beta) * share, beta, T)
        assert np.all(np.abs(x) <= most * (1 + 1e-9))
    np.testing.assert_allclose(np.abs(heavy_ball(2 * (1 + beta), beta, T)), most, rtol=1e-9)


def test_the_stationary_variance_is_that_of_the_lyapunov_equation() -> None:
    """Of each eigenvector, and that its bound by tr(H⁻¹Σ) and L is no smaller."""
    for _ in range(200):
        beta, eta, lam, L = RNG.uniform(0, 0.95), 1.0, RNG.uniform(0.01, 1), 1.0
        phi = 1 + beta - eta * lam
        M = np.array([[phi, -beta], [1.0, 0.0]])
        stationary = solve_discrete_lyapunov(M, np.diag([eta**2, 0.0]))[0, 0]
        left = 2 * (1 + beta) - eta * lam
        assert stationary == pytest.approx(eta * (1 + beta) / ((1 - beta) * lam * left))
        bound = eta / (2 * (1 - beta)) * (1 / lam + eta / (2 * (1 + beta) - eta * L))
        assert stationary <= bound * (1 + 1e-12)


@pytest.mark.parametrize("T", [1, 2, 5, 40])
def test_nesterov_is_slowest_at_the_smallest_curvature(T: int) -> None:
    q = 10 ** RNG.uniform(-5, -0.01, COUNT)
    s = q + (1 - q) * RNG.choice([0.0, 1.0], COUNT) * RNG.uniform(0, 1, COUNT) ** 3
    beta = (1 - np.sqrt(q)) / (1 + np.sqrt(q))
    most = (1 - np.sqrt(q)) ** T * (1 + T * np.sqrt(q))
    assert np.all(np.abs(nesterov(s, beta, T)) <= most * (1 + 1e-7) + 1e-12)
    np.testing.assert_allclose(nesterov(q, beta, T), most, rtol=1e-6, atol=1e-12)


def test_nesterovs_potential_shrinks() -> None:
    """By 1 − √q a step, on a function that is not quadratic: ½μ‖x‖² and log cosh."""
    mu, L = 0.05, 1.05
    q = mu / L
    beta = (1 - np.sqrt(q)) / (1 + np.sqrt(q))

    def f(x: Any) -> float:
        return float(np.sum(mu * x**2 / 2 + np.logaddexp(x, -x) - np.log(2)))

    for _ in range(20):
        x = last = 5 * RNG.normal(size=4)
        before = np.inf
        for _ in range(30):
            y = x + beta * (x - last)
            z = y + (y - x) / np.sqrt(q)
            potential = f(x) + mu / 2 * np.sum(z**2)
            assert potential <= (1 - np.sqrt(q)) * before * (1 + 1e-12)
            before = potential
            x, last = y - (mu * y + np.tanh(y)) / L, x


@pytest.mark.parametrize("T", [1, 6])
def test_the_factors_of_the_start_are_attained(T: int) -> None:
    """With noise by heavy ball at the longest stable step, where x changes its sign each time; of
    Nesterov's gap what the formula along the smallest curvature says."""
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    verdict = at.validate(t.HeavyBallNoise(), pair, K=1, T=T, eta=3 - 1e-10, beta=0.5)
    assert verdict.status == "pass" and verdict.ratio == pytest.approx(1, rel=1e-6)
    flat = at.Quadratic(spectrum=[0.04, 1.0], x0=[1.0, 0.0]).with_helper()
    verdict = at.validate(t.NesterovGap(), flat, K=1, T=T)
    assert verdict.ratio == pytest.approx((1 + 0.2 * T) ** 2 * 0.8**T / 2, rel=1e-9)


def test_without_momentum_heavy_ball_is_sgd() -> None:
    """β = 0: the factor of the start is 1, and the noise is that of SGD's stationary variance."""
    c = at.Constants(
        L=1.0,
        F0=0.5,
        sigma_f=2.0,
        more={"D0": 3.0, "mu_sc": 1.0, "tau_1": 4.0, "M": 0.0, "s_f": 0.0},
    )
    steps = at.Steps(eta=0.6, beta=0.0, K=1, T=50)
    bound = t.HeavyBallNoise().value(c, steps)
    sgd = t.SGDStronglyConvex().value(c, at.Steps(eta=0.6, K=1, T=10_000))
    assert bound == pytest.approx(3.0 + float(sgd), rel=1e-12)
    pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper()
    noise = at.Gaussian(sigma_f=1.0)
    measured = [
        at.run(method, pair, noise, at.Steps(eta=0.5, K=1, T=20, **more)).gap
        for method, more in ((at.methods.HeavyBall, {"beta": 0.0}), (at.methods.SGD, {}))
    ]
    np.testing.assert_allclose(measured[0], measured[1], rtol=1e-12)


def test_nesterov_with_one_curvature_is_gradient_descent() -> None:
    """q = 1: β = 0, and both bounds are 0 after one step."""
    pair = at.Quadratic(L=2.0, dim=1).with_helper()
    for theorem in (t.NesterovQuadratic(), t.NesterovGap()):
        table = at.validate(theorem, pair, K=1, T=3).table
        assert table["bound"][0] < 1e-80 and table["measured"][0] == 0.0


def test_rates_are_those_of_the_pseudocode_table() -> None:
    """√β a step for heavy ball, 1 − √q for Nesterov: the logarithm of what is measured, per step."""
    pair = at.Quadratic(L=1.0, mu=0.01, dim=4).with_helper()
    for theorem, rate in ((t.HeavyBallQuadratic(), 9 / 11), (t.NesterovQuadratic(), 0.9)):
        first, second = at.validate(theorem, pair, K=1, T=[60, 120]).table["measured"]
        # (1 + T·…) grows by at most a factor of 2 from 60 to 120.
        per_step = np.log(second / first) / 120
        assert per_step == pytest.approx(np.log(rate), abs=np.log(2) / 60)
    noise = at.Gaussian(sigma_f=1.0)
    small = at.Quadratic(L=1.0, dim=1, x0=[1e-9]).with_helper()
    values = [
        at.validate(t.HeavyBallNoise(), small, noise, K=1, T=4000, eta=eta, beta=0.5).table
        for eta in (0.01, 0.02)
    ]
    low, high = (float(table["measured"][0]) for table in values)
    assert np.log2(high / low) == pytest.approx(1, abs=0.05)
