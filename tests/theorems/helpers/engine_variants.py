"""Plausible mistakes in the theorems about several helpers as claims that the library checks: each with
its instance, and measured/bound there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from refuted_rows import edge

import auxtheory as at
from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems import Theorem, helpers
from auxtheory.theorems.helpers.auxmom import ClientAuxMOMQuiet, quiet_range
from auxtheory.theorems.helpers.symbols import (
    F0,
    SHARE,
    START,
    TAU,
    B,
    K,
    L,
    S,
    T,
    a,
    delta_A,
    delta_AS,
    delta_bar,
    delta_m,
    eta,
    lam,
    sigma_h,
    sigma_r,
)
from auxtheory.theorems.helpers.symbols import QUIET as SMALL

QUIET = at.Gaussian()
ADD = at.Gaussian(sigma_f=1.0)
AT_REST = 1e-3
zeta_x, zeta_b, beta_m, delta, zeta_h, gamma = (
    *at.symbols("zeta_x zeta_b beta_m delta zeta_h"),
    helpers.proximal.gamma,
)
mu = at.symbols("mu")


def pair(curvature: float, gaps: list[float], x0: float = 1.0, b: Any = None) -> Any:
    """f = ½λx², r_i″ the gaps and ∇r_i(0) = b_i."""
    H = [[curvature - gap] for gap in gaps]
    # ∇h_i(x) = H_i x − b_i
    slopes = None if b is None else [[each] for each in b]
    return at.Quadratic.from_helpers([curvature], H, [0.0], h_b=slopes, x0=[x0])


@dataclass(frozen=True)
class Wrong:
    """A wrong claim like a theorem, the case that refutes it, and measured/bound there."""

    kind: type[Theorem]
    claim: Theorem
    pair: Any
    noise: Any
    ratio: float
    arguments: dict[str, Any]


def wrong(kind: type[Theorem], bound: Any, case: Any, ratio: float, /, **arguments: Any) -> Wrong:
    options: dict[str, Any] = {"variance": kind.variance}
    if "step_range" in arguments:
        options["step_range"] = arguments.pop("step_range")
    claim = at.claim(bound, like=kind(), steps=None, **options)
    target, noise = case
    return Wrong(kind, claim, target, noise, ratio, {"K": 1} | arguments)


def mean_edge() -> float:
    return edge(lambda e: e + 0.25 * e**2 * lambda_K(10))


def half_edge() -> float:
    return edge(lambda e: e + 0.5 * e**2 * lambda_K(8))


CASES: dict[str, Wrong] = {
    "T1, δ̄ for δ_m": wrong(
        helpers.ClientExactCorrection,
        START,
        (pair(1.0, [1.0, 0, 0, 0]), QUIET),
        5.016,
        K=10,
        T=50,
        S=1,
        eta=mean_edge() * (1 - 1e-12),
        step_range=[L * eta + delta_bar**2 * eta**2 * lam <= 1],
    ),
    "T1, half of the drift": wrong(
        helpers.ClientExactCorrection,
        START,
        (pair(1.0, [1.0]), QUIET),
        88.3,
        K=8,
        T=30,
        eta=half_edge() * (1 - 1e-12),
        step_range=[L * eta + delta_m**2 * eta**2 * lam / 2 <= 1],
    ),
    "T1-noise, σ_h²/S": wrong(
        helpers.ClientExactCorrectionNoise,
        START + L * eta * sigma_h**2 / S,
        (pair(1.0, [0.0] * 10, AT_REST), at.Gaussian(sigma_h=1.0)),
        9.098,
        K=10,
        T=50,
        S=10,
        eta=1.0,
    ),
    "T1-PL, without ημK ≤ 1": wrong(
        helpers.ClientExactCorrectionPL,
        (1 - eta * mu) ** (K * T) * F0,
        (pair(0.326, [-0.05]), QUIET),
        1.0238,
        K=10,
        T=1,
        eta=1.0,
        step_range=[L * eta + 0.0 * delta_m**2 * eta**2 <= 1],
    ),
    "T2, without 1/(1 − β)": wrong(
        helpers.ClientNaive,
        START + zeta_b**2 + 0 * beta_m * START,
        (pair(1.0, [0.95]), QUIET),
        10.20,
        K=5,
        T=10,
        eta=1.0,
    ),
    "T2, ζ²/S": wrong(
        helpers.ClientNaive,
        START + zeta_b**2 / S,
        (pair(1.0, [0.0] * 5, 1e-6, b=[1.0] * 5), QUIET),
        4.98,
        K=5,
        T=50,
        S=5,
        eta=1.0,
    ),
    "T3, 1/a for 1/a²": wrong(
        ClientAuxMOMQuiet,
        ClientAuxMOMQuiet.bound,
        (pair(0.05, [0.365]), QUIET),
        2_839,
        T=200,
        eta=0.5,
        a=0.1,
        step_range=[SMALL + 3 / 2 * (1 - a) ** 2 * (delta_A * eta * K) ** 2 / a <= 1],
    ),
    "T3, σ_r²/S": wrong(
        ClientAuxMOMQuiet,
        START + 3 / 2 * sigma_r**2 / S * (a + 1 / (a * B * T)),
        (pair(1.0, [0.0] * 10, AT_REST), ADD),
        3.230,
        K=20,
        T=200,
        S=10,
        eta=0.9,
        a=0.1,
    ),
    "T3, no start": wrong(
        ClientAuxMOMQuiet,
        START + 3 / 2 * sigma_r**2 * a,
        (pair(1.0, [0.0], AT_REST), ADD),
        41.90,
        T=50,
        B=1,
        eta=0.9,
        a=0.01,
    ),
    "T4, a² for a": wrong(
        helpers.ClientAuxMVRQuiet,
        START + 3 / 2 * sigma_r**2 * (a**2 + 1 / (a * (2 - a) * B * T)),
        (pair(1.0, [0.0], AT_REST), ADD),
        32.57,
        T=2_000,
        eta=0.9,
        a=0.01,
    ),
    "T4, a = 0.1(δηK)²": wrong(
        helpers.ClientAuxMVRQuiet,
        helpers.ClientAuxMVRQuiet.bound,
        (pair(1.0, [0.0]), at.Gaussian(s=1.0)),
        # σ_r² is the mean over all rounds here, the first one included.
        4.247,
        T=100,
        eta=0.5,
        a=0.025,
        step_range=[SMALL <= 1, 0.1 * (delta_AS * eta * K) ** 2 <= a],
    ),
    "T5-mom, δ_A for L": wrong(
        helpers.SharedMomentumQuiet,
        START + 3 / 2 * TAU * zeta_x**2 * a,
        (pair(1.0, [0.001, -0.001]), QUIET),
        2_508,
        T=100,
        S=2,
        eta=0.9,
        a=0.01,
        step_range=[SMALL + quiet_range(delta_A) <= 1],
    ),
    "T5-mvr, τ² for τ": wrong(
        helpers.SharedMVRQuiet,
        START + 3 / 2 * TAU**2 * zeta_x**2 * a,
        (pair(1.0, [0.0] * 10, AT_REST, b=[1.0, -1.0] * 5), QUIET),
        2.976,
        T=500,
        S=5,
        eta=0.9,
        a=0.05,
    ),
    "T9, the range of T3": wrong(
        helpers.StaleAuxMOM,
        START,
        (pair(0.05, [1.13] * 10), QUIET),
        140_304,
        T=50,
        S=1,
        eta=0.5,
        a=0.5,
        step_range=[SMALL + quiet_range(delta_A) <= 1],
    ),
    "T9, the start of T3": wrong(
        helpers.StaleAuxMOM,
        START + 9 / 4 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a) + 0 * SHARE * START,
        (pair(1.0, [0.0] * 20, AT_REST), ADD),
        2.970,
        T=400,
        B=1,
        S=1,
        eta=0.9,
        a=0.05,
    ),
    "T3-shared, no floor": wrong(
        helpers.SharedDifferences,
        START + 4 * (sigma_r**2 + zeta_h**2) * (a + 1 / (a * B * T)) / (2 - a),
        (pair(1.0, [0.0, 0.0], b=[1.0, -1.0]), QUIET),
        42.02,
        K=10,
        T=1_000,
        S=1,
        eta=0.5,
        a=0.01,
    ),
    "T10-helpers, λ = 0.55δ": wrong(
        helpers.ProximalConvexHelpers,
        helpers.ProximalConvexHelpers.bound,
        (pair(1.001, [1.0]), QUIET),
        1.7525,
        T=60,
        eta=1.0,
        gamma=1 / 0.55,
        step_range=[delta_m * gamma <= 2, S <= 1],
    ),
}
