"""Plausible mistakes in the theorems about several helpers: the instance that refutes each, followed
by enumeration, and measured/wrong bound there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from exact_rounds import (
    Helped,
    Plan,
    exact_correction,
    own_buffers,
    proximal,
    shared,
    shared_differences,
)
from scipy.optimize import brentq

from auxtheory.bounds.constants import lambda_K


def line(curvature: float, gaps: list[float], x0: float = 1.0, **more: Any) -> Helped:
    """f = ½λx² and r_i″ = the gaps."""
    N = len(gaps)
    b = np.asarray(more.pop("b", [0.0] * N)).reshape(N, 1)
    R = np.asarray(gaps, dtype=float).reshape(N, 1, 1)
    return Helped(A=np.array([[curvature]]), R=R, b=b, x0=np.array([x0]), **more)


def edge(left: Callable[[float], float]) -> float:
    """The η with left(η) = 1."""
    return float(brentq(lambda eta: left(eta) - 1, 0, 1e3, xtol=1e-16))


def start(eta: float, K: int, T: int, F0: float = 0.5) -> float:
    return 2 * F0 / (eta * K * T)


def saddle(rate: float, K: int, cost: float) -> float:
    """f = ½(x₂² − x₁²), r_i = ±rate x₁x₂, one round of both; cost: of averaging in the range."""
    R = np.array([[0, rate], [rate, 0]])
    pair = Helped(
        A=np.diag([-1.0, 1.0]), R=np.array([R, -R]), b=np.zeros((2, 2)), x0=np.array([0.0, 1.0])
    )
    eta = edge(lambda e: e + cost * e * K + rate**2 * e**2 * lambda_K(K))
    result = exact_correction(pair, Plan(eta=eta, K=K, T=1, S=2))
    return result.G / start(eta, K, 1, result.descent)


def mean_similarity() -> float:
    pair = line(1.0, [1.0, 0, 0, 0])
    eta = edge(lambda e: e + pair.constants["delta_bar"] ** 2 * e**2 * lambda_K(10))
    return exact_correction(pair, Plan(eta=eta, K=10, T=50)).G / start(eta, 10, 50)


def half_the_drift(share: float) -> float:
    eta = edge(lambda e: e + share * e**2 * lambda_K(8))
    return exact_correction(line(1.0, [1.0]), Plan(eta=eta, K=8, T=30)).G / start(eta, 8, 30)


def averaged_noise() -> float:
    pair = line(1.0, [0.0] * 10, x0=1e-3, sigma_h=1.0)
    G = exact_correction(pair, Plan(eta=1.0, K=10, T=50, S=10)).G
    return G / (start(1.0, 10, 50, 5e-7) + 0.1)


def unweighted() -> float:
    each = [np.mean((1 - eta) ** (2 * np.arange(20.0))) for eta in (1.0, 0.01)]
    return float(np.mean(each)) / (1.0 / (np.mean([1.0, 0.01]) * 20))


def without_mu() -> float:
    result = exact_correction(line(0.326, [-0.05]), Plan(eta=1.0, K=10, T=1))
    return result.gap / ((1 - 0.326) ** 10 * 0.163)


def without_beta() -> float:
    G = exact_correction(line(1.0, [0.95]), Plan(eta=1.0, K=5, T=10), naive=True).G
    return G / start(1.0, 5, 10)


def averaged_bias() -> float:
    pair = line(1.0, [0.0] * 5, x0=0.0, b=[1.0] * 5)
    return exact_correction(pair, Plan(eta=1.0, K=5, T=50, S=5), naive=True).G / (1 / 5)


def short_memory() -> float:
    G = own_buffers(line(0.05, [0.365]), Plan(eta=0.5, K=1, T=200, a=0.1)).G
    return G / start(0.5, 1, 200, 0.025)


def averaged_refresh() -> float:
    pair = line(1.0, [0.0] * 10, x0=1e-3, sigma_r=1.0)
    G = own_buffers(pair, Plan(eta=0.9, K=20, T=200, a=0.1, S=10)).G
    return G / (start(0.9, 20, 200, 5e-7) + 1.5 * 0.1 * 0.1)


def no_first_batch() -> float:
    pair = line(1.0, [0.0], x0=1e-3, sigma_r=1.0)
    G = own_buffers(pair, Plan(eta=0.9, K=1, T=50, a=0.01, B=1)).G
    return G / (start(0.9, 1, 50, 5e-7) + 1.5 * 0.01)


def momentum_too_small() -> float:
    pair = line(1.0, [0.0], S=np.ones((1, 1, 1)))
    result = own_buffers(pair, Plan(eta=0.5, K=1, T=100, a=0.025), "mvr")
    return result.G / (start(0.5, 1, 100) + 1.5 * 0.025 * float(np.mean(result.refresh[1:])))


def square_of_momentum() -> float:
    pair = line(1.0, [0.0], x0=1e-3, sigma_r=1.0)
    G = own_buffers(pair, Plan(eta=0.9, K=1, T=2_000, a=0.01), "mvr").G
    return G / (start(0.9, 1, 2_000, 5e-7) + 1.5e-4)


def small_drift() -> float:
    G = shared(line(1.0, [0.001, -0.001]), Plan(eta=0.9, K=1, T=100, a=0.01, S=2)).G
    return G / start(0.9, 1, 100)


def square_of_tau() -> float:
    pair = line(1.0, [0.0] * 10, x0=1e-3, b=[1.0, -1.0] * 5)
    G = shared(pair, Plan(eta=0.9, K=1, T=500, a=0.05, S=5), "mvr").G
    return G / (start(0.9, 1, 500, 5e-7) + 1.5 * 0.05 / 9**2)


def fresh_range() -> float:
    plan = Plan(eta=0.5, K=1, T=50, a=0.5)
    return own_buffers(line(0.05, [1.13] * 10), plan, stale=True).G / start(0.5, 1, 50, 0.025)


def fresh_start() -> float:
    pair = line(1.0, [0.0] * 20, x0=1e-3, sigma_r=1.0)
    G = own_buffers(pair, Plan(eta=0.9, K=1, T=400, a=0.05, B=1), stale=True).G
    return G / (start(0.9, 1, 400, 5e-7) + 2.25 * (0.05 + 1 / (0.05 * 400)) / 1.95)


def small_steps(gap: float, eta: float, gain: Callable[[float, float], float]) -> float:
    """T1 with R/(1 + k), K = 8, T = 20; gain: k of Lη and c."""
    G = exact_correction(line(1.0, [gap]), Plan(eta=eta, K=8, T=20)).G
    c = gap**2 * eta**2 * lambda_K(8)
    return G / (start(eta, 8, 20) / (1 + gain(eta, c)))


def no_floor() -> float:
    pair = line(1.0, [0.0, 0.0], b=[1.0, -1.0])
    G = shared_differences(pair, Plan(eta=0.5, K=10, T=1_000, a=0.01)).G
    return G / (start(0.5, 10, 1_000) + 4 * 0.01 / 1.99)


def rising(curvature: float, gap: float, penalty: float) -> float:
    """f(x⁰) − f(x¹) of one proximal step."""
    pair = line(curvature, [gap])
    return proximal(pair, Plan(eta=1.0, K=1, T=1), [penalty], lambda t: (0,)).descent


def proximal_step(curvature: float, gap: float, penalty: float, scale: float) -> float:
    pair = line(curvature, [gap])
    result = proximal(pair, Plan(eta=1.0, K=1, T=1), [penalty], lambda t: (0,))
    return result.G / scale / result.descent


def true_gain(step: float, c: float) -> float:
    return (1 - step - c) / (1 + np.sqrt(c)) ** 2


# The function, and the ratio that the statement has.
ROWS: dict[str, tuple[Callable[[], float], float]] = {
    "T1: δ̄ for δ_m": (mean_similarity, 5.016),
    "T1: half of the drift": (lambda: half_the_drift(0.5), 88.3),
    "T1: σ_h²/S": (averaged_noise, 9.098),
    "T1: averaging for nothing": (lambda: saddle(0.1, 8, 0.0), 16.57),
    "T1h: unweighted mean": (unweighted, 4.453),
    "T1-PL: without ημK ≤ 1": (without_mu, 1.0238),
    "T2: without 1/(1 − β)": (without_beta, 10.20),
    "T2: ζ²/S": (averaged_bias, 4.98),
    "T3: 1/a for 1/a²": (short_memory, 2_839),
    "T3: σ_r²/S": (averaged_refresh, 3.230),
    "T3: no start": (no_first_batch, 41.90),
    "T4: a = 0.1(δηK)²": (momentum_too_small, 4.309),
    "T4: a² for a": (square_of_momentum, 32.57),
    "T5: δ_A for L": (small_drift, 2_508),
    "T5: τ² for τ": (square_of_tau, 2.976),
    "T9: the range of T3": (fresh_range, 140_304),
    "T9: the start of T3": (fresh_start, 2.970),
    "U: 1 + c for (1 + √c)²": (
        lambda: small_steps(-2.16, 0.0375, lambda s, c: (1 - s - c) / (1 + c)),
        1.140,
    ),
    "U: 1 − Lη − c": (lambda: small_steps(-2.98, 0.0383, lambda s, c: 1 - s - c), 1.238),
    "T3-shared: no floor": (no_floor, 42.02),
    "T10: f concave": (lambda: proximal_step(-1.0, -0.4, 0.7, 1.1), 1.83),
    "T10: λ = 0.55δ": (
        lambda: proximal_step(1.001, 1.0, 0.55, 2 * 1.55**2 / 2.1),
        1.75,
    ),
}
