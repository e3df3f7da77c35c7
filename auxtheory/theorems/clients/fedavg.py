"""T6a: FedAvg with all clients in every round, on quadratics and on any smooth clients."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.measures import G_avg
from auxtheory.methods import FedAvg as METHOD
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.cases import one_step, usual
from auxtheory.theorems.clients.quantities import (
    EQUAL,
    EVERYONE,
    LIPSCHITZ,
    LONGER,
    LONGER_SMOOTH,
    QUADRATIC,
    N,
    beta_c,
    delta_A,
    delta_bar,
    delta_m,
    ell,
    growth,
    rho_h,
    zeta_avg,
    zeta_c,
)
from auxtheory.theorems.clients.rules import NOISE_CAP, by_convexity
from auxtheory.theorems.rule import Rule

L, F0, sigma_h, eta, K, T, lam = symbols("L F0 sigma_h eta K T lambda_K")
SGD = 2 * F0 / (eta * K * T) + L * eta * sigma_h**2 / N
E1, E2 = growth(LONGER)
E1_SMOOTH, _ = growth(LONGER_SMOOTH)
# The bias at the prescribed steps is at most DRIFT(ηK)², where β_c = 0.
DRIFT = delta_A**2 * zeta_c**2 / 3 + delta_bar**2 * sigma_h**2 / (2 * N * K)
SIMILAR = delta_A * sqrt(beta_c)


def caps(convex: bool) -> tuple[Any, ...]:
    """The caps on η: with convex clients, or without."""
    share = 1.0 if convex else math.e
    first = (2 / ell,) if convex else (1 / (2 * delta_m * K),)
    return (
        1 / L,
        *first,
        math.pi / (8 * math.sqrt(share) * SIMILAR * K),
        NOISE_CAP,
        (F0 / (share * DRIFT * T)) ** Fraction(1, 3) / K,
    )


def tuned(convex: bool) -> Corollary:
    """The bound at the prescribed steps."""
    share = 1.0 if convex else math.e
    inverse = maximum(2 * L, ell) / K if convex else 2 * L / K + 4 * delta_m
    v = 2 / math.pi * math.sqrt(share) * SIMILAR * eta * K
    plain = (
        2 * sqrt(2 * L * F0 * sigma_h**2 / (N * K * T))
        + 3 * (sqrt(share * DRIFT) * F0 / T) ** Fraction(2, 3)
        + (inverse + 16 / math.pi * math.sqrt(share) * SIMILAR) * F0 / T
    )
    case = "ρ_h = 0" if convex else "ρ_h > 0"
    applies = rho_h <= 0 if convex else rho_h > 0
    return Corollary(plain * (1 + 2 * v) / (1 - v / 2 - v**2), case, applies)


class FedAvgQuadratic(Theorem):
    """FedAvg (local SGD) with all of N clients of equal weights in every round, on quadratics, μ =
    min{1 + ηδ_m, max{1 + ηρ_h, ηℓ − 1}}, e₁ = μ^{max(K−2, 0)}, e₂ = (1 + μ^{2(K−1)})/2, which are 1
    for convex clients and ηℓ ≤ 2; G_avg is the mean of ‖∇f‖² at the clients' means ȳ_k:

        Lη ≤ 1  ⇒  G_avg ≤ 2F₀/(ηKT) + Lησ_h²/N + (δ_Aηe₁)²λ_K ζ̄_avg² + e₂(δ̄η)²(K−1)σ_h²/(2N),

    with ζ̄_avg² = mean of Eζ²(ȳ_k) along the run, ζ² = mean_i‖∇f_i − ∇f‖². Tuned, if ζ²(x) ≤
    β_c‖∇f(x)‖² + ζ_c², c = δ_A²ζ_c²/3 + δ̄²σ_h²/(2NK), and at β_c = 0 and convex clients: ηK =
    min{K/L, 2K/ℓ, √(2F₀NK/(Lσ_h²T)), (F₀/(cT))^{1/3}}  ⇒
        G_avg ≤ 2√(2LF₀σ_h²/(NKT)) + 3(√c F₀/T)^{2/3} + max{2L, ℓ}F₀/(KT).

    Proof. R_i = ∇²r_i, A_i = ∇²f_i, mean R_i = 0: ȳ moves by −η(∇f(ȳ) + b), b = −mean R_iD_i, D_i =
    y_i − ȳ, with noise of variance σ_h²/N. Given x the noise of b is orthogonal to its mean and
    independent over clients: variance ≤ δ̄²η²σ_h²Σ_{j<k}μ^{2j}/N. The mean part obeys D⁺ = MD +
    η∇r(ȳ), M = Π diag(I − ηA_i)Π, ‖M‖ ≤ μ, so ‖D^k‖ ≤ ηe₁Σ_{j<k}ζ(ȳ_j), and ‖b‖² ≤ δ_A² mean‖D_i‖².
    Then one step of SGD. Tuned: Σ_{k<K}k² ≤ K³/3 where λ_K is for means. Source: derived here.
    Largest measured/bound known: 1.0000; 0.9997 where the clients' differences rule.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=8).with_clients(N=4, delta=0.3, zeta=0.5)
        >>> print(at.validate(at.theorems.FedAvgQuadratic(), pair, K=8, T=50, eta=0.1).status)
        pass
    """

    label = "T6a"
    method = METHOD
    measure = G_avg
    assumptions = (EQUAL, QUADRATIC)
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta <= 1, EVERYONE)
    bound = (
        SGD
        + (delta_A * eta * E1) ** 2 * lam * zeta_avg**2
        + E2 * (delta_bar * eta) ** 2 * (K - 1) * sigma_h**2 / (2 * N)
    )
    corollaries: ClassVar[tuple[Corollary, ...]] = (tuned(True), tuned(False))
    prescribed: ClassVar[Rule] = {
        "ρ_h = 0": {"eta": minimum(*caps(True))},
        "ρ_h > 0": {"eta": minimum(*caps(False))},
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return by_convexity(caps, c, K, T)

    def example(self) -> Case:
        return usual()

    def tightest(self) -> Case:
        return one_step()


class FedAvgSmooth(Theorem):
    """FedAvg with all of N clients of equal weights in every round, on any L-smooth f, ρ-weakly
    convex, with δ_i-smooth r_i = f − f_i; Λ = (L + ρ)/2, μ = min{1 + η(ρ + δ_m), max{1 + ηρ_h, ηℓ −
    1}}, e₁ = μ^{max(K−2, 0)}:

        Lη ≤ 1  ⇒  G_avg ≤ 2F₀/(ηKT) + Lησ_h²/N
            + ((Λ + δ̄)ηe₁)²(√λ_K ζ̄_avg + √((K−1)(1 − 1/N)/2) σ_h)².

    Proof. As T6a with b = mean[∇f(y_i) − ∇f(ȳ)] − mean[∇r_i(y_i) − ∇r_i(ȳ)]. As mean D_i = 0, the
    first does not change if a multiple of x is added to ∇f, and ∇f − ½(L − ρ)x is Λ-Lipschitz; the
    second is at most mean δ_i‖D_i‖. The map D_i ↦ D_i − η(∇f_i(ȳ + D_i) − ∇f_i(ȳ)) has the constant
    μ, so that in the norm √(E mean‖·‖²) the D^k are at most ηe₁(Σ_{j<k}ζ(ȳ_j) + √(k(1 − 1/N)) σ_h).
    Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=8).with_clients(N=4, delta=0.3, zeta=0.5)
        >>> print(at.validate(at.theorems.FedAvgSmooth(), pair, K=4, T=20, eta=0.1).status)
        pass
    """

    label = "T6a-smooth"
    method = METHOD
    measure = G_avg
    assumptions = (EQUAL,)
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta <= 1, EVERYONE)
    bound = (
        SGD
        + (LIPSCHITZ * eta * E1_SMOOTH) ** 2
        * (sqrt(lam) * zeta_avg + sqrt((K - 1) * (1 - 1 / N) / 2) * sigma_h) ** 2
    )

    def example(self) -> Case:
        return usual()

    def tightest(self) -> Case:
        return one_step()
