"""T4: AuxMVR with a buffer for each of several helpers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.methods.clients.auxmvr import ClientAuxMVR as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers.auxmom import PATH
from auxtheory.theorems.helpers.cases import one_step, usual
from auxtheory.theorems.helpers.rules import FIRST_BATCH, by_rule, momentum, start
from auxtheory.theorems.helpers.symbols import (
    EQUAL,
    F0,
    FLOOR,
    INNER,
    LEVEL,
    NO_STEP_NOISE,
    NOISY,
    QUIET,
    ROUGH,
    SMOOTH,
    START,
    B,
    K,
    S,
    T,
    a,
    delta_AS,
    delta_bar,
    delta_m,
    eta,
    lam,
    sigma_h,
    sigma_r,
)
from auxtheory.theorems.rule import Rule

LEFT = a * (2 - a)
CROSS = 14 * math.sqrt(2) / 3
CUBE = Fraction(2, 3)


def error_range(delta: Posynomial) -> Posynomial:
    """4η²((1−a)Kδ/√(a(2−a)) + δ_m√λ_K)²."""
    return 4 * eta**2 * ((1 - a) * K * delta / sqrt(LEFT) + delta_m * sqrt(lam)) ** 2


def error_noise(delta: Posynomial, fresh: Posynomial, first: Posynomial) -> Posynomial:
    """What T4 adds to 2F₀/(ηKT) and the level of the local noise; fresh and first are the variances
    of a refresh and of the first estimate."""
    drift = 8 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) ** 2 / (S * LEFT)
    return INNER + drift + (8 / 3 * a * fresh + 2 * first / (a * T)) / (2 - a)


def quiet_range(delta: Posynomial) -> Posynomial:
    """η²(3(1−a)K²δ²/(2a) + 3λ_Kδ_m²)."""
    return 3 / 2 * (1 - a) * (delta * eta * K) ** 2 / a + 3 * PATH


def cube_cap(number: float, variance: Posynomial) -> Posynomial:
    """(1/K)(F₀/(number·variance·T))^{1/3}, the variance with the square of δ."""
    return (F0 / (number * variance * T)) ** Fraction(1, 3) / K


MIXED = (
    FLOOR * sigma_h**2
    + 0.32 * delta_bar * sigma_h**2
    + CROSS * delta_AS * sqrt(K / S) * sigma_h * sigma_r
)
CROSSING = math.sqrt(2) * delta_AS * eta * sqrt(K / S) * sigma_h / sigma_r
SQUARE = (delta_AS * eta * K) ** 2
MEMORY = maximum(8 * SQUARE, CROSSING)


class ClientAuxMVR(Theorem):
    """AuxMVR with a buffer for each of several helpers, m_i ← g_{r_i}(x; ξ_i) + (1 − a)(m_i −
    g_{r_i}(x_prev; ξ_i)), if the mean of E‖g_{r_i}(x; ξ) − g_{r_i}(y; ξ)‖² is at most δ_AS²‖x −
    y‖²; the helpers at work are drawn uniformly:

        Lη + 2ρηK·min{1, S−1} + 4η²((1−a)Kδ_AS/√(a(2−a)) + δ_m√λ_K)² ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + 2δ̄²η²(K−1)σ_h²
            + 8δ_AS²η²(K/S)σ_h²(1−a)²/(a(2−a)) + (8aσ_r²/3 + 2σ_r²/(aBT))/(2−a);
        η = min{1/(2L′), 1/(6.25δ_mK), (1/K)(F₀/(32δ_AS²σ_r²T))^{1/3}, √(2F₀/(KTX))},
        a = min{1, max{P, (√3/2)c′}}, P = max{8(δ_ASηK)², √2 δ_ASη√(K/S)σ_h/σ_r}, c′ = 1/√(BT),
        X = (L″ + 0.32δ̄)σ_h² + (14√2/3)δ_AS√(K/S)σ_hσ_r, with L′ and L″ of T3-ii  ⇒
        G ≤ 8.47(δ_ASσ_rF₀/T)^{2/3} + 2√(2F₀X/(KT)) + (4L′/K + 12.5δ_m)F₀/T
            + σ_r² min{2c′²/P, 8c′/√3}.

    Proof. m_i − ∇r_i(x) is a martingale but for the drift, as for S4, and x and x_prev are the same
    for all helpers: the means over i have δ_AS alone. b = P + Q, the parts of the v's and of noise,
    |P| ≤ ((1−a)δ_ASηK/√(a(2−a)) + ℓ)V, and |b|² ≤ 4|P|² + (4/3)|Q|²; |Q|² ≤ (3/2)(|start|² + (a₀ +
    H)²) + 3D², a₀² = aσ_r²/(2−a). The noise of the mean of S paths has the variance Kσ_h²/S.
    Source: arXiv 2206.00395, theorem on AuxMVR, for several helpers; derived here. Largest
    measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientAuxMVR()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_AS=0.1, sigma_r=1.0, sigma_h=1.0, S=4.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0112785, a = 0.0022557, S = 4, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.06558
    """

    label = "T4"
    method = METHOD
    variance = "mean"
    mean_square = True
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (NOISY + error_range(delta_AS) <= 1, a <= 1)
    bound = START + LEVEL + error_noise(delta_AS, sigma_r**2, sigma_r**2 / B)
    corollaries = (
        Corollary(
            8.47 * (delta_AS * sigma_r * F0 / T) ** CUBE
            + 2 * sqrt(2 * F0 * MIXED / (K * T))
            + (4 * ROUGH / K + 12.5 * delta_m) * F0 / T
            + sigma_r**2 * minimum(2 / (MEMORY * B * T), 8 / math.sqrt(3) * FIRST_BATCH)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * ROUGH),
                1 / (6.25 * delta_m * K),
                cube_cap(32, delta_AS**2 * sigma_r**2),
                noise_cap(MIXED),
            ),
            "a": momentum(MEMORY, math.sqrt(3) / 2 * FIRST_BATCH),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(sigma_h=0.1, refresh=1.0)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)


class ClientAuxMVRQuiet(Theorem):
    """AuxMVR with a buffer for each of several helpers, as T4, with exact local gradients:

        Lη + ρηK·min{1, S−1} + η²(3(1−a)K²δ_AS²/(2a) + 3λ_Kδ_m²) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (3/2)σ_r²(a + 1/(a(2−a)BT));
        η = min{1/(2L′), 1/(3.2δ_mK), (1/K)(F₀/(6δ_AS²σ_r²T))^{1/3}}, a = min{1, max{P, c′}},
        P = 4(δ_ASηK)², c′ = 1/√(BT), L′ = L + ρK·min{1, S−1}  ⇒
        G ≤ 5.46(δ_ASσ_rF₀/T)^{2/3} + (4L′/K + 6.4δ_m)F₀/T + (3/2)σ_r² min{c′²/P, 2c′}.

    Proof. m_i − ∇r_i(x) is a martingale but for the drift, as for S4, and x and x_prev are the same
    for all helpers: the means over i have δ_AS alone. ‖ap + (1−a)q‖² ≤ (2−a)(a²‖p‖² + (1−a)‖q‖²)
    gives E‖e⁺‖² ≤ (1−a)²E‖e‖² + (2−a)(a²σ_r² + (1−a)δ_AS²‖x − x_prev‖²); sum, and |b|² ≤ (3/2)|e|²
    + 3ℓ²V². Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientAuxMVRQuiet()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_AS=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0319296, a = 0.00260991, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.01354
    """

    label = "T4-quiet"
    method = METHOD
    variance = "mean"
    mean_square = True
    assumptions = (*EQUAL, *NO_STEP_NOISE)
    step_range: ClassVar[tuple[Condition, ...]] = (QUIET + quiet_range(delta_AS) <= 1, a <= 1)
    bound = START + 3 / 2 * sigma_r**2 * (a + 1 / (LEFT * B * T))
    corollaries = (
        Corollary(
            5.46 * (delta_AS * sigma_r * F0 / T) ** CUBE
            + (4 * SMOOTH / K + 6.4 * delta_m) * F0 / T
            + 3 / 2 * sigma_r**2 * start(4 * SQUARE)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * SMOOTH), 1 / (3.2 * delta_m * K), cube_cap(6, delta_AS**2 * sigma_r**2)
            ),
            "a": momentum(4 * SQUARE),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(refresh=1.0)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)
