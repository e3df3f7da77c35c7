"""T7-IIgen: SCAFFOLD with all clients, on any smooth clients of a known average similarity."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.measures import G_avg
from auxtheory.methods import SCAFFOLD as METHOD
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.cases import one_step, usual
from auxtheory.theorems.clients.quantities import (
    EQUAL,
    EVERYONE,
    LIPSCHITZ,
    LONGER_SMOOTH,
    NU,
    Q1,
    N,
    delta_A,
    ell,
    growth,
    zeta_0,
)

L, F0, sigma_h, eta, K, T = symbols("L F0 sigma_h eta K T")
E1, _ = growth(LONGER_SMOOTH)
# χ, by how much the error of the controls can last a round.
CHI = ell * eta * E1 * (K - 1) / 2
# The root of Σ_{m<K} (m(m−1)/2)²/K.
SQUARES = sqrt((K - 1) * (K - 2) * (3 * (K - 1) ** 2 - 2) / 60)
MOVED = delta_A * eta * (sqrt((K + 1) * (2 * K + 1) / 6) + ell * eta * E1 * SQUARES)
FIRST = LIPSCHITZ * eta * E1
SLOPE = FIRST * (delta_A * eta * NU + sqrt(Q1) * MOVED / (1 - CHI))
# A sum of several terms below this leaves a divisor above 0, whatever its rounding.
BELOW = 0.999999
LOAD = SLOPE**2 / (1 - L * eta)
APART = sqrt(1 - 1 / N)
FRESH = (
    APART * sigma_h / sqrt(K)
    + delta_A * eta * sigma_h * sqrt((K + 1) / (2 * N))
    + ell
    * eta
    * E1
    * (2 / 3 * sqrt(K) * APART * sigma_h + 4 / 15 * delta_A * eta * sigma_h * K**1.5 / sqrt(N))
)
NOISE = FIRST * (
    delta_A * eta * sigma_h * K**1.5 / (3 * sqrt(N))
    + sqrt(Q1) * (FRESH / (1 - CHI) + zeta_0 / sqrt((1 - CHI**2) * T))
    + sqrt((K - 1) / 2) * APART * sigma_h
)


class SCAFFOLDSmooth(Theorem):
    """SCAFFOLD with all of N clients of equal weights that start from c_i = 0, on any L-smooth f,
    ρ-weakly convex, and ℓ-smooth f_i; Λ, μ and e₁ as in T6a-smooth, ν_K and q₁ as in T7-I,

        χ = ℓηe₁(K−1)/2, t² = (K−1)(K−2)(3(K−1)²−2)/60, π = √(1 − 1/N),
        A = δ_Aη(√((K+1)(2K+1)/6) + ℓηe₁t), c = (Λ+δ̄)ηe₁(δ_Aην_K + √q₁ A/(1−χ)),
        n = πσ_h/√K + δ_Aησ_h√((K+1)/(2N)) + ℓηe₁(⅔√K πσ_h + (4/15)δ_Aησ_hK^{3/2}/√N),
        N_b = (Λ+δ̄)ηe₁(δ_Aησ_hK^{3/2}/(3√N) + √q₁(n/(1−χ) + ζ₀/√((1−χ²)T)) + √((K−1)/2) πσ_h):

        χ < 1, Lη < 1, c² ≤ 0.999999(1 − Lη)
            ⇒  G_avg ≤ 2F₀/(ηKT) + Lησ_h²/N + N_b²(1 − Lη)/(1 − Lη − c²).

    Proof. κ⁺ = mean_k(∇r(x⁺) − ∇r(ȳ_k)) + mean_k Π(∇f_i(y_i) − ∇f_i(ȳ_k)), so ‖κ⁺‖ ≤ χ‖κ‖ + AV + n
    in the norm √(E mean‖·‖²), and ‖D^k‖ ≤ ηe₁(k‖κ‖ + δ_AΣ_{j<k}‖ȳ_j − x‖) plus noise; Minkowski's
    inequality in t. Then as T7-II. Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.2, dim=8).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> print(at.validate(at.theorems.SCAFFOLDSmooth(), pair, K=8, T=50, eta=0.05).status)
        pass
    """

    label = "T7-IIgen"
    method = METHOD
    measure = G_avg
    assumptions = (EQUAL,)
    step_range: ClassVar[tuple[Condition, ...]] = (CHI < 1, L * eta < 1, LOAD <= BELOW, EVERYONE)
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2 / N
        + minimum(K - 1, 1) * NOISE**2 / (1 - LOAD)
    )

    def example(self) -> Case:
        return usual()

    def tightest(self) -> Case:
        return one_step(0.99999)
