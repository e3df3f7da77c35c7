"""The proofs of the sharper theorems on numbers: fixed points against iteration, dual bounds against
the suprema, constants of prescribed steps, the θ-lemma."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import auxtheory as at
from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems.sharper import auxmom, auxmvr, momentum, naive
from auxtheory.theorems.sharper.potential import least, weight

RNG = np.random.default_rng(11)
UP = 1 + 1e-9


def iterated(kappa: float, K: int, a: float) -> float:
    """The least fixed point by iteration from 0: a slow twin of `weight`."""
    p = 0.0
    for _ in range(40_000):
        P = (1 - a) ** 2 * p
        for _ in range(K):
            if P >= kappa and P > 0:
                return math.inf
            P = 1 + P * kappa / (kappa - P) if P else 1.0
        if abs(P - p) <= 1e-12 * P:
            return P
        p = P
    return p


def test_the_fixed_point_is_where_iteration_ends() -> None:
    seen = set()
    for _ in range(300):
        K, a = int(RNG.choice([1, 2, 3, 7])), float(RNG.choice([1.0, 0.9, 0.5, 0.2]))
        c = 10 ** RNG.uniform(-2, 0.6)
        kappa = (K / a) ** 2 / c
        p, slow = weight(kappa, K, a), iterated(kappa, K, a)
        assert math.isinf(p) == math.isinf(slow) and (math.isinf(p) or p == pytest.approx(slow))
        seen.add((math.isinf(p), c <= 1))
    assert seen == {(False, True), (False, False), (True, False)}


def test_the_fixed_point_without_drift_and_at_one_step() -> None:
    assert weight(math.inf, 7, 0.3) == pytest.approx(7 / (0.3 * 1.7))
    assert weight(0.0, 1, 1.0) == 1.0 and weight(0.2, 2, 0.5) == math.inf
    for a in (0.9, 0.2, 1e-3):
        kappa = ((1 - a) / a) ** 2  # the edge at K = 1, where p = 1/a
        assert weight(kappa * UP, 1, a) == pytest.approx(1 / a, rel=1e-4)
        assert weight(kappa * 0.999, 1, a) == math.inf


def test_the_closed_forms_are_larger() -> None:
    for _ in range(2_000):
        K, a, c = int(RNG.choice([1, 2, 5, 30, 300])), 10 ** RNG.uniform(-4, 0), RNG.random()
        share = weight((K / a) ** 2 / c, K, a) / K
        assert share <= 2 / (a * (2 - a) * (2 - c)) * UP
        if a <= 2 / 3 or K == 1:
            assert share <= 2 / (a * (2 - a) * (1 + math.sqrt(1 - c))) * UP
    a = np.linspace(1e-3, 1, 2_000)
    assert np.all(8 * a * (2 - a) ** 2 <= np.pi**2 * (4 - 3 * a))
    assert np.all((16 * a * (2 - a) ** 2 <= np.pi**2 * (4 - 3 * a))[a <= 2 / 3])
    # K → ∞ at a = 1: the form with 1 + √(1−c) fails, by 3 %.
    failing = weight(3_000**2, 3_000, 1.0) / 3_000 / 2
    assert failing < 1 < weight(3_000**2 / 0.7, 3_000, 1.0) / 3_000 / 2 * (1 + math.sqrt(0.3))


def test_a_round_of_the_potential() -> None:
    """max over Δ of P‖Q + Δ‖² − κ‖Δ‖², and the sum over a round, on random vectors."""
    kappa, K, a = 40.0, 4, 0.6
    p = weight(kappa, K, a)
    weights = [(1 - a) ** 2 * p]
    for _ in range(K):
        P = weights[0]
        weights.insert(0, 1 + P * kappa / (kappa - P))
    assert weights[0] == pytest.approx(p)
    Q = np.cumsum(RNG.normal(size=(K + 1, 500, 3)), axis=0)
    moved = np.sum(np.diff(Q, axis=0) ** 2, axis=-1)
    left = np.sum(Q[:-1] ** 2, axis=(0, 2)) - kappa * np.sum(moved, axis=0)
    left += (1 - a) ** 2 * p * np.sum(Q[-1] ** 2, axis=-1)
    assert np.all(left <= p * np.sum(Q[0] ** 2, axis=-1) * UP)
    # equality at the worst path
    path = [np.ones(1)]
    for P in weights[1:]:
        path.append(path[-1] * (1 + P / (kappa - P)))
    q = np.array(path)[:, 0]
    worst = np.sum(q[:-1] ** 2 - kappa * np.diff(q) ** 2) + (1 - a) ** 2 * p * q[-1] ** 2
    assert worst == pytest.approx(p)


def test_the_theta_lemma() -> None:
    """On random quadratics in one dimension, with equality somewhere; A = 1 without τs/2 is false."""
    x, b, L = RNG.normal(size=(3, 20_000))
    L = np.abs(L) + 0.01
    eta, theta, s = RNG.random(20_000) / L, 1 + RNG.random(20_000), 10 ** RNG.uniform(-2, 1, 20_000)

    def sides(x, b, eta, theta, s, L, *, wrong=False):  # type: ignore[no-untyped-def]
        tau = 2 - theta
        A = 1 if wrong else 1 + tau / (2 * s)
        C = theta * (1 - L * eta / 2) - 1 - (0 if wrong else tau * s / 2)
        v = L * x + b
        after = x - eta * v
        return (L * x) ** 2, theta / eta * L / 2 * (x**2 - after**2) + A * b**2 - C * v**2

    left, right = sides(x, b, eta, theta, s, L)
    assert np.all(left <= right + 1e-9 * (1 + np.abs(right)))
    left, right = sides(2.0, -1.0, 0.5, 1.1, 1.0, 1.0)
    assert left == pytest.approx(right) == pytest.approx(4.0)
    left, right = sides(2.0, -1.0, 0.5, 1.1, 1.0, 1.0, wrong=True)
    assert left / right == pytest.approx(1.290, rel=1e-3)


def test_the_parameter_of_s1_noise_and_s2() -> None:
    t = RNG.random(20_000)
    share = RNG.random(20_000)
    moved = share * t / 2  # δηK, with Lη = t − 2δηK
    C = t * (3 + t) / 4 - (1 + t) * (t - 2 * moved) / 2
    assert C == pytest.approx(t * (1 - t) / 4 + (1 + t) * moved)
    K = RNG.integers(1, 200, 20_000)
    lam = np.array([lambda_K(int(k)) for k in K])
    assert np.all(2 * (moved / K) ** 2 * lam / t <= C * UP)
    assert np.all((moved / K) ** 2 * (K - 1) / t <= moved / K / 2 * UP)


def test_the_best_parameter_of_s2_and_s3_sgdm() -> None:
    """Closed forms against a search."""
    for _ in range(50):
        beta, zeta, eta = RNG.random() ** 3, 10 ** RNG.uniform(-3, 0), 10 ** RNG.uniform(-2, 0)
        c = SimpleNamespace(L=1.0, F0=1.0, beta=beta, zeta=zeta, sigma_h=1.0)
        s = SimpleNamespace(eta=eta, K=4.0, T=100.0)
        P = c.F0 / (s.eta * s.K * s.T) + c.L * s.eta / 2
        t = np.linspace(max(beta + 1e-9, eta), 1, 20_001)
        best = np.min((t * (1 + t) * P + zeta**2) / (t - beta))
        assert naive.best_parameter(c, s) == pytest.approx(best, rel=1e-4)
        a = 2 * eta / (2 + eta) + RNG.random() * (1 - 2 * eta / (2 + eta))
        c = SimpleNamespace(L=1.0, F0=1.0, sigma_r=10 ** RNG.uniform(-2, 2))
        s = SimpleNamespace(eta=eta, a=a, T=100.0, B=float(RNG.choice([1.0, np.inf])))
        rho = (eta * (1 - a) / a) ** 2
        split = math.sqrt(rho) * 10 ** np.linspace(0, 6, 60_001) + 1e-300
        noise = c.sigma_r**2 * (s.T - 1 + max(1, 1 / (a**2 * s.B))) / s.T
        room = 2 - eta - split - rho / split
        bound = (2 * c.F0 / (eta * s.T) + (eta + rho * a / split) * noise) / room
        assert momentum.best_split(c, s) == pytest.approx(np.min(bound[room > 0]), rel=1e-3)


def test_the_dual_of_s4_is_its_supremum() -> None:
    """The least value over ϑ is sup over V of (√(N + (√α V + H)²) + ℓV + D)² − ωV²."""
    met = 0
    for _ in range(300):
        K, a, step = int(RNG.integers(1, 9)), 10 ** RNG.uniform(-3, 0), RNG.random()
        unit = math.sqrt((1 - a) / (a * (2 - a))) * K + math.sqrt(lambda_K(K))
        moved = 0.99 * RNG.random() * math.sqrt(1 - step) / max(unit, 1e-9)
        h = RNG.choice([0.0, 10 ** RNG.uniform(-2, 2)])
        c = SimpleNamespace(L=1.0, F0=0.0, delta=moved / step, sigma_h=h, sigma_r=1.0)
        s = SimpleNamespace(eta=step, a=a, K=K, T=50.0, B=5.0, lambda_K=lambda_K(K))
        alpha = (1 - a) * (moved * K) ** 2 / (a * (2 - a))
        ell, omega = moved * math.sqrt(lambda_K(K)), 1 - step
        N = (a * 49 + max(1 / (5 * a), 1 - a)) / ((2 - a) * 50)
        H = moved * h * math.sqrt(K * (1 - a) / (a * (2 - a)))
        D = moved * h * math.sqrt((K - 1) / 2)
        V = np.append(0.0, 10 ** np.linspace(-4, 5, 40_001))
        root = np.sqrt(N + (math.sqrt(alpha) * V + H) ** 2) + ell * V + D
        top = np.max(root**2 - omega * V**2)
        bound = auxmvr.largest_error(c, s) - step * h**2
        assert top <= bound * UP
        met += bound <= top * (1 + 1e-3)
    assert met >= 270


def test_the_sum_of_s4_on_random_variances() -> None:
    """The identity of ε and the weights: Σ E‖e‖² against T·N for any path of variances."""
    for _ in range(300):
        T, a, B = int(RNG.integers(2, 30)), RNG.random(), float(RNG.choice([1.0, 8.0, np.inf]))
        v = RNG.random(T)
        v[RNG.integers(T)] = 1.0
        W = np.zeros(T)  # the least that is possible, so that no drift is credited
        W[1:] = (np.sqrt(v[1:]) - np.sqrt(v[:-1])) ** 2
        e, total = v[0] / B, v[0] / B
        for t in range(1, T):
            e = (1 - a) ** 2 * e + a * v[t] - a * (1 - a) * v[t - 1] + (1 - a) * W[t]
            total += e
        N = (a * (T - 1) + max(1 / (a * B), 1 - a)) / ((2 - a) * T)
        drift = (1 - a) / (a * (2 - a)) * np.sum(W[1:])
        assert total <= T * N + drift + 1e-12


def test_constants_of_prescribed_steps() -> None:
    assert 1.45 < 8 / 9 * auxmom.LEAST < auxmom.QUIET
    noisy = 16 / 9 / (1 + math.sqrt(1 / 3))
    assert noisy < 1.1271 and 2.254 < 2 * noisy < auxmom.NOISY and 2.5 * 1.1271 < 2.8178
    assert 3.19 < 3 * auxmvr.CUBE ** (1 / 3) < 3.2 and 3 * (4 / 7) ** (1 / 3) < 2.49
    # the largest 1/((2−a)ϑ) at the prescribed steps of S4-sharp, also with λ_K of small K
    a = np.linspace(1e-4, 1 / 8, 4_000)
    omega = 0.5
    for K in (1, 2, 3, 10, 10_000):
        z2 = a / 2
        alpha, inner = (1 - a) * z2 / (a * (2 - a)), lambda_K(K) / K**2 * z2
        middle = omega + alpha - inner
        theta = (middle + np.sqrt(middle**2 - 4 * omega * alpha)) / (2 * omega)
        assert 0.5 < np.max(1 / ((2 - a) * theta)) < auxmvr.CUBE / 2 < 0.61
    wide = np.linspace(1e-6, 1, 100_001)
    assert (
        4.237
        < np.max(4 * (np.sqrt((1 - wide) / (2 - wide)) + 2 / np.pi * np.sqrt(wide)) ** 2)
        < 4.24
    )


def test_golden_sections() -> None:
    f = lambda x: math.inf if x > 3 else (x - 1) ** 2 + 2  # noqa: E731
    assert least(f, -10.0, 10.0) == pytest.approx(2.0)
    assert least(lambda x: math.inf, 0.0, 1.0) == math.inf
    sought = minimize_scalar(
        lambda x: math.exp(x) + math.exp(-2 * x), bounds=(-5, 5), method="bounded"
    )
    assert least(lambda x: math.exp(x) + math.exp(-2 * x), -5.0, 5.0) == pytest.approx(sought.fun)


@pytest.mark.parametrize("K", [1, 4])
def test_reductions(K: int) -> None:
    """δ = 0: S3-sharp has the noise of a plain average; β = ζ = 0, and a = B = 1: the bound of SGD up
    to (1 + Lη)(1 − Lη/2) and exactly."""
    c = at.Constants(L=1.0, F0=1.0, sigma_r=2.0)
    steps = at.Steps(eta=0.1, a=0.3, K=K, T=50, B=np.inf)
    noise = 4 * 0.3 / (2 - 0.3)
    for kind in (at.theorems.sharper.AuxMOMSharp, at.theorems.sharper.AuxMOMQuiet):
        assert float(kind().value(c, steps)) == pytest.approx(2 / (0.1 * K * 50) + noise)
    c = at.Constants(L=1.0, F0=1.0, sigma_f=0.7, sigma_h=0.7, sigma_r=0.7, delta=1.0)
    steps = at.Steps(eta=0.1, K=1, T=50)
    sgd = float(at.theorems.SGD().value(c, steps))
    flat = c.replace(delta=0.0, sigma_r=0.0)
    for kind in (at.theorems.sharper.NaiveSharp, at.theorems.sharper.ExactCorrectionNoiseSharp):
        assert float(kind().value(flat, steps)) == pytest.approx(sgd * 1.1 * 0.95)
    momentum_steps = steps.replace(a=1.0, B=1)
    found = at.theorems.sharper.SGDMomentumSharp().value(c, momentum_steps)
    assert float(found) == pytest.approx(sgd)
    alone = at.theorems.sharper.MVRSharp().value(c, momentum_steps)
    shared = at.theorems.sharper.AuxMVRSharp().value(c.replace(sigma_h=0.0), momentum_steps)
    assert float(alone) == pytest.approx(float(shared))
