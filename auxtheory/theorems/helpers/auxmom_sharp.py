"""T3* and T9*: AuxMOM with several buffers, with the best potential."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.errors import EDGE
from auxtheory.methods.clients.auxmom import ClientAuxMOM as METHOD
from auxtheory.methods.clients.auxmom import StaleAuxMOM as STALE
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.helpers.cases import one_step, usual
from auxtheory.theorems.helpers.memory import Buffers, with_step_noise
from auxtheory.theorems.helpers.stale import LOSS
from auxtheory.theorems.helpers.symbols import (
    EQUAL,
    QUIET,
    K,
    a,
    delta_A,
    delta_m,
    eta,
    lam,
    root_inside,
)
from auxtheory.theorems.sharper.auxmom import drift_and_noise

INNER_PATH = delta_m * eta * sqrt(lam)


def level(c: Any, s: Any, averaged: float) -> tuple[float, float]:
    """2F₀/(ηKT) + Lησ_h², and ω = 1 − Lη, with the cost of averaging `averaged` = ρη of them, 0
    for one path or a convex f."""
    noisy = 2.0 if c.sigma_h > 0 else 1.0
    start = 2 * c.F0 / (s.eta * s.K * s.T) + (c.L * s.eta + 2 * averaged) * c.sigma_h**2
    left = 1 - c.L * s.eta - noisy * averaged * s.K
    # Steps at the edge may round to beyond it.
    return start, 0.0 if -EDGE < left < 0 else left


def averaging(c: Any, s: Any) -> float:
    """ρη if several paths are averaged, otherwise 0."""
    return float(c.rho * s.eta if s.S > 1 else 0.0)


def potential(c: Any, s: Any) -> float:
    """T3*: 2F₀/(ηKT) + Lησ_h² + the least value over φ and ε of ((1+ε)/φ)·(noise of the buffers) +
    (1+1/ε)·(noise of the local steps)."""
    start, left = level(c, s, averaging(c, s))
    moved = (c.delta_bar * s.eta * c.sigma_h) ** 2
    moved *= s.K / s.S * (1 - s.a) / s.a + (s.K - 1) / 2
    buffers = Buffers(
        a=s.a,
        share=1.0,
        drift=(c.delta_A * s.eta * s.K) ** 2,
        length=c.delta_m * s.eta * math.sqrt(s.lambda_K),
        fresh=c.sigma_r**2,
        first=c.sigma_r**2 / s.B,
        T=s.T,
    )
    value = start + with_step_noise(buffers, left, moved)
    if c.N == 1:
        c.delta = c.delta_m
        value = min(value, drift_and_noise(c, s))
    return value


def stale_potential(c: Any, s: Any) -> float:
    """T9*: as T3*, where a round refreshes the share p = S/N of the buffers."""
    start, left = level(c, s, averaging(c, s))
    share = min(s.S / c.N, 1.0)
    moved = (c.delta_bar * s.eta * c.sigma_h) ** 2
    moved *= s.K / s.S * (1 - s.a) / (share * s.a) + (s.K - 1) / 2
    drift = c.delta_A if c.sigma_h == 0 or share == 1 else max(c.delta_A, c.delta_bar)
    buffers = Buffers(
        a=s.a,
        share=share,
        drift=(drift * s.eta * s.K) ** 2,
        length=c.delta_m * s.eta * math.sqrt(s.lambda_K),
        fresh=c.sigma_r**2,
        first=c.sigma_r**2 / s.B,
        T=s.T,
    )
    return start + with_step_noise(buffers, left, moved)


class ClientAuxMOMSharp(Theorem):
    """AuxMOM with a buffer for each of several helpers, as T3-i, with the least constants that its
    potential gives. Let ℓ = δ_mη√λ_K, ω = 1 − Lη, g = (1−a)², θ = a(2−a), z = δ_AηK:

        ℓ + z(1−a)/a ≤ √ω and a ≤ 1  ⇒  for all φ in (0, 1), ε > 0 (ε = 0 if σ_h = 0) and a real q
        G ≤ 2F₀/(ηKT) + Lησ_h² + ((1+ε)/φ)σ_r²(n(T−1) + max{n, (1+q)/B})/T
            + (1+1/ε)δ̄²η²σ_h²((K/S)(1−a)/a + (K−1)/2), n = a²(1+q),
        q = 2κg/(A + √(A² − 4(1−θ)κg)), A = κθ − g, κ = φ(ω − (1+ε)ℓ²/(1−φ))/((1+ε)z²),

    and the class has the best φ and ε. If f is not convex and S ≥ 2, Lη is Lη + 2ρηK (ρηK if σ_h =
    0) in ω, and 2ρησ_h² is added to Lησ_h². With one helper the bound of S3-sharp is taken where it
    is smaller; for K = 1 the two agree. Proof. For P < κ the largest value over D
    of P‖e+D‖² − κ‖D‖² is ‖e‖²Pκ/(κ−P) = q‖e‖² with P = g + (1−θ)q, so (1−a)²A₊ + qR⁺ ≤ κ|D|² + qR +
    qa²σ_r², A₊ = mean E‖e_i + D_i‖²; sum over the rounds. |b|² ≤ |e|²/φ + ℓ²V²/(1−φ), and the noise
    of the local steps is split off as for T3-i, with weights 1+ε and 1+1/ε. T3-quiet is φ = ⅔.
    Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientAuxMOMSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_A=0.1, sigma_r=1.0)
        >>> steps = at.Steps(eta=0.02, a=0.1, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.06555
    """

    label = "T3-sharp"
    method = METHOD
    variance = "mean"
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (
        INNER_PATH + delta_A * eta * K * (1 - a) / a <= root_inside(QUIET),
        QUIET <= 1,
        a <= 1,
    )
    bound = as_bound(potential)

    def example(self) -> Case:
        return usual(sigma_h=0.1, refresh=1.0, eta=0.02, a=0.3)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)


class StaleAuxMOMSharp(Theorem):
    """AuxMOM with a buffer for each of several helpers of which only those at work are refreshed,
    with the least constants that its potential gives. With ℓ, ω, g and z of T3-sharp, p = S/N and θ
    = pa(2−a):

        ℓ + z(1−a)/(1 − √(1−θ)) ≤ √ω and a ≤ 1  ⇒  for all φ in (0, 1) and ε > 0 (ε = 0 if σ_h = 0)
        G ≤ 2F₀/(ηKT) + Lησ_h² + ((1+ε)/φ)σ_r²(n(T−1) + max{n, (1+q)/B})/T
            + (1+1/ε)δ̄²η²σ_h²((K/S)(1−a)/(pa) + (K−1)/2), n = a²(1+pq),

    with q, A and κ of T3-sharp. For p < 1 and σ_h > 0 the class takes δ̄ in place of δ_A, which
    only affine ∇r_i do not need. Proof. As T3-sharp, for the stored errors: R⁺ = (1−θ)A₊ + pa²σ_r²,
    so (1−a)²A₊ + qR⁺ ≤ κ|D|² + qR + pqa²σ_r². Source: derived here. Largest measured/bound known:
    1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.StaleAuxMOMSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_A=0.1, sigma_r=1.0)
        >>> steps = at.Steps(eta=0.02, a=0.2, S=2, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.1243
    """

    label = "T9-sharp"
    method = STALE
    variance = "mean"
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (
        INNER_PATH + delta_A * eta * K * (1 - a) * (1 + sqrt(1 - LOSS)) / LOSS
        <= root_inside(QUIET),
        QUIET <= 1,
        a <= 1,
    )
    bound = as_bound(stale_potential)

    def example(self) -> Case:
        return usual(sigma_h=0.1, refresh=1.0, eta=0.02, a=0.3)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0, S=1)
