"""T5 with momentum: one estimate of ∇f for all helpers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods.clients.shared_estimate import SharedMomentum as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.quantities import zeta_x
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.drawn import variance_of_mean
from auxtheory.theorems.helpers import constants as constants
from auxtheory.theorems.helpers.auxmom import moved, plain_range, quiet_range
from auxtheory.theorems.helpers.auxmom_sharp import INNER_PATH, averaging, level
from auxtheory.theorems.helpers.cases import federated, one_step
from auxtheory.theorems.helpers.memory import Buffers
from auxtheory.theorems.helpers.rules import by_rule
from auxtheory.theorems.helpers.symbols import (
    CLIENTS,
    F0,
    FIRST,
    INNER,
    LEVEL,
    NO_STEP_NOISE,
    NOISY,
    QUIET,
    SMOOTH,
    START,
    TAU,
    K,
    L,
    T,
    a,
    delta_m,
    eta,
    root_inside,
)
from auxtheory.theorems.rule import Rule

zeta_run, zeta_0 = symbols("zeta_run zeta_0")

REFRESH = TAU * zeta_x**2 * a + FIRST * zeta_0**2 / (a * T)


def shares(c: Any, s: Any) -> tuple[float, float]:
    """τ of the helpers that report, and τ_B of the first estimate."""
    if c.N <= 1:
        return 0.0, 0.0
    tau, first = (variance_of_mean(n, c.N, c.N - 1) for n in (s.S, min(s.B, c.N)))
    return max(tau, 0.0), first


def shared_potential(c: Any, s: Any) -> float:
    """T3* with δ_A = L, and the variances of helpers drawn without replacement."""
    start, left = level(c, s, averaging(c, s))
    tau, first = shares(c, s)
    buffers = Buffers(
        a=s.a,
        share=1.0,
        drift=(c.L * s.eta * s.K) ** 2,
        length=c.delta_m * s.eta * math.sqrt(s.lambda_K),
        fresh=tau * c.zeta_x**2 if tau else 0.0,
        first=first * c.zeta_0**2 if first else 0.0,
        T=s.T,
    )
    return start + buffers.error(left)


class SharedMomentum(Theorem):
    """One momentum estimate u of ∇f for all of several helpers, of which f is the mean: u ← (1 −
    a)u + a·mean of ∇h_i(x) over those at work, drawn uniformly. Let τ = (N−S)/(S(N−1)), and τ_B the
    same for the B helpers of the first estimate:

        Lη + 2ρηK·min{1, S−1} + η²(4λ_Kδ_m²/a + 3(1−a)K²L²/(2a²)) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + 4δ̄²η²(K−1)σ_h² + 8L²η²(K/S)σ_h²(1−a)/a
            + 2(τζ²a + τ_Bζ₀²/(aT))/(2−a),

    with ζ² the mean of ζ²(x) over the starts of the rounds, ζ₀ = ζ(x⁰). The terms 4δ̄² and 8L² are
    half as large for affine ∇r_i. Proof. b_i = (u − ∇f(x)) + (∇r_i(x) − ∇r_i(y_i)): the first part
    is the same for all i, so the helpers that report may be those at work. The mean over S helpers
    drawn without replacement has the variance τζ²(x), ζ²(x) the mean of ‖∇r_i(x)‖². As T3-i with L
    for δ_A, since u follows ∇f itself. Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SharedMomentum()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, zeta_x=1.0,
        ...     zeta_0=1.0, delta_bar=0.1)
        >>> steps = at.Steps(eta=0.01, a=0.2, S=2, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.09907
    """

    label = "T5-mom"
    method = METHOD
    variance = "mean"
    assumptions = CLIENTS
    step_range: ClassVar[tuple[Condition, ...]] = (NOISY + plain_range(L) <= 1, a <= 1)
    bound = START + LEVEL + 2 * (INNER + moved(L)) + 2 * REFRESH / (2 - a)

    def example(self) -> Case:
        return federated(sigma_h=0.1, eta=0.01, a=0.5)

    def tightest(self) -> Case:
        return one_step(clients=True, eta=1.0, a=1.0)


class SharedMomentumQuiet(Theorem):
    """One momentum estimate of ∇f for all of several helpers, as T5-mom, with exact local
    gradients:

        Lη + ρηK·min{1, S−1} + η²(3λ_Kδ_m² + 3(1−a)²K²L²/(2a²)) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (3/2)(τζ²a + τ_Bζ₀²/(aT));
        exact start: η = min{1/(2L′), 1/(3.15δ_mK), √(2F₀/(3LK²Tτζ²))}, a = min{1, 2LηK}, L′ = L +
        ρK·min{1, S−1}  ⇒  G ≤ 2√(6τLF₀ζ²/T) + (4L′/K + 6.3δ_m)F₀/T.

    Proof. b_i = (u − ∇f(x)) + (∇r_i(x) − ∇r_i(y_i)): the first part is the same for all i, so the
    helpers that report may be those at work. The mean over S helpers drawn without replacement has
    the variance τζ²(x), ζ²(x) the mean of ‖∇r_i(x)‖². As T3-quiet with L for δ_A. Source: derived
    here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SharedMomentumQuiet()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, zeta_x=1.0,
        ...     zeta_0=1.0)
        >>> steps = at.Steps(eta=0.01, a=0.2, S=2, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.125
    """

    label = "T5-mom-quiet"
    method = METHOD
    variance = "mean"
    assumptions = (*CLIENTS, *NO_STEP_NOISE)
    step_range: ClassVar[tuple[Condition, ...]] = (QUIET + quiet_range(L) <= 1, a <= 1)
    bound = START + 3 / 2 * REFRESH
    corollaries = (
        Corollary(
            2 * sqrt(6 * TAU * L * F0 * zeta_run**2 / T) + (4 * SMOOTH / K + 6.3 * delta_m) * F0 / T
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * SMOOTH),
                1 / (3.15 * delta_m * K),
                noise_cap(3 * L * K * TAU * zeta_run**2),
            ),
            "a": minimum(1, 2 * L * eta * K),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return federated()

    def tightest(self) -> Case:
        return one_step(clients=True, eta=1.0, a=1.0)


class SharedMomentumSharp(Theorem):
    """One momentum estimate of ∇f for all of several helpers, as T5-mom, with exact local gradients
    and the least constants that its potential gives:

        ℓ + LηK(1−a)/a ≤ √ω and a ≤ 1  ⇒  for all φ in (0, 1)
        G ≤ 2F₀/(ηKT) + (n(T−1) + max{n, (1+q)τ_Bζ₀²})/(φT), n = a²(1+q)τζ²,

    with ℓ, ω, q of T3-sharp for ε = 0 and z = LηK. With (T−1)n alone, the mean of ζ² over x⁰ …
    x^{T−1} is not enough. Proof. b_i = (u − ∇f(x)) + (∇r_i(x) − ∇r_i(y_i)): the first part is the
    same for all i, so the helpers that report may be those at work. The mean over S helpers drawn
    without replacement has the variance τζ²(x), ζ²(x) the mean of ‖∇r_i(x)‖². As T3-sharp with L
    for δ_A. Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SharedMomentumSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, zeta_x=1.0,
        ...     zeta_0=1.0)
        >>> steps = at.Steps(eta=0.01, a=0.2, S=2, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.06295
    """

    label = "T5-mom-sharp"
    method = METHOD
    variance = "mean"
    assumptions = (*CLIENTS, *NO_STEP_NOISE)
    step_range: ClassVar[tuple[Condition, ...]] = (
        INNER_PATH + L * eta * K * (1 - a) / a <= root_inside(QUIET),
        QUIET <= 1,
        a <= 1,
    )
    bound = as_bound(shared_potential)

    def example(self) -> Case:
        return federated(eta=0.01, a=0.5)

    def tightest(self) -> Case:
        return one_step(clients=True, eta=1.0, a=1.0)
