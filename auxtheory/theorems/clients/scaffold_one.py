"""T7-I: SCAFFOLD with controls that are measured in the round that uses them, with all clients."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.measures import G_avg
from auxtheory.methods import SCAFFOLDOptionI as METHOD
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.cases import one_step, usual
from auxtheory.theorems.clients.quantities import (
    EQUAL,
    EVERYONE,
    LIPSCHITZ,
    LONGER,
    LONGER_SMOOTH,
    NU,
    Q1,
    QUADRATIC,
    N,
    delta_A,
    delta_bar,
    delta_m,
    ell,
    growth,
    rho_h,
)
from auxtheory.theorems.clients.rules import NOISE_CAP, by_convexity
from auxtheory.theorems.rule import Rule

L, F0, sigma_h, eta, K, T = symbols("L F0 sigma_h eta K T")
E1, E2 = growth(LONGER)
E1_SMOOTH, _ = growth(LONGER_SMOOTH)
# c, with the noise of the controls that of one sample.
DRIFT = delta_bar**2 * sigma_h**2 * (Fraction(1, 3) + 1 / (2 * K)) / N


def caps(convex: bool) -> tuple[Any, ...]:
    """The caps on η: with convex clients, or without."""
    share = 1.0 if convex else 6.96
    first = (2 / ell, 1.57 / (delta_A * K)) if convex else (0.97 / (delta_m * K),)
    return (1 / (2 * L), *first, NOISE_CAP, (F0 / (share * DRIFT * T)) ** Fraction(1, 3) / K)


def tuned(convex: bool) -> Corollary:
    """The bound at the prescribed steps."""
    share = 1.0 if convex else 6.96
    inverse = maximum(4 * L, ell) / K + 1.28 * delta_A if convex else 4 * L / K + 2.07 * delta_m
    bound = (
        2 * sqrt(2 * L * F0 * sigma_h**2 / (N * K * T))
        + 3 * (sqrt(share * DRIFT) * F0 / T) ** Fraction(2, 3)
        + inverse * F0 / T
    )
    return (
        Corollary(bound, "ρ_h = 0", rho_h <= 0)
        if convex
        else Corollary(bound, "ρ_h > 0", rho_h > 0)
    )


class SCAFFOLDOptionI(Theorem):
    """SCAFFOLD with all of N clients of equal weights, each control a sample of ∇f_i(x) that the
    round uses at once, on quadratics; μ, e₁ and e₂ as in T6a, q₁ = (K−1)(2K−1)/6, ν_K the norm of
    the square of the strictly lower triangular K×K matrix of ones, at most min{½(K−1)(K−2),
    0.2845(K−1)²}, which stands for it here:

        Lη + (δ_A²η²e₁ν_K)² ≤ 1  ⇒
        G_avg ≤ 2F₀/(ηKT) + Lησ_h²/N + (δ̄η)²(e₁²q₁ + e₂(K−1)/2)σ_h²/N.

    Tuned, convex clients, c = δ̄²σ_h²(1/3 + 1/(2K))/N: ηK = min{K/(2L), 2K/ℓ, 1.57/δ_A,
    √(2F₀NK/(Lσ_h²T)), (F₀/(cT))^{1/3}}  ⇒
        G_avg ≤ 2√(2LF₀σ_h²/(NKT)) + 3(√c F₀/T)^{2/3} + (max{4L, ℓ}/K + 1.28δ_A)F₀/T.

    Proof. As T6a with R_i(ȳ_k − x) for ∇r_i(ȳ_k), and ȳ_k − x = −ηΣ_{j<k}v_j, so that Σ_k‖b_k‖² ≤
    (δ_A²η²e₁ν_K)²Σ‖v‖². The noise ε_i of a control enters y_i as −ηP_i(ε̄ − ε_i), P_i = Σ_{l<k}(I −
    ηA_i)^l, and b as mean (B_i − B̄)ε_i, ‖B_i‖ = ‖ηR_iP_i‖ ≤ δ_iηe₁k; its covariance is the same
    for all clients. Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=8).with_clients(N=4, delta=0.3, zeta=0.5)
        >>> theorem = at.theorems.SCAFFOLDOptionI()
        >>> print(at.validate(theorem, pair, at.Gaussian(sigma_h=0.1), K=8, T=50).status)
        pass
    """

    label = "T7-I"
    method = METHOD
    measure = G_avg
    assumptions = (EQUAL, QUADRATIC)
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + (delta_A**2 * eta**2 * E1 * NU) ** 2 <= 1,
        EVERYONE,
    )
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2 / N
        + (delta_bar * eta) ** 2 * (E1**2 * Q1 + E2 * (K - 1) / 2) * sigma_h**2 / N
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


class SCAFFOLDOptionISmooth(Theorem):
    """SCAFFOLD with all of N clients of equal weights and exact controls that the round uses at
    once, on any L-smooth f, ρ-weakly convex, without noise; δ_A with mean_i‖∇r_i(x) − ∇r_i(y)‖² ≤
    δ_A²‖x − y‖², Λ, μ and e₁ as in T6a-smooth, ν_K as in T7-I:

        Lη + ((Λ + δ̄)δ_Aη²e₁ν_K)² ≤ 1  ⇒  G_avg ≤ 2F₀/(ηKT).

    Proof. As T7-I, with ∇r_i(ȳ_k) − ∇r_i(x) for R_i(ȳ_k − x), and ‖b‖ ≤ (Λ + δ̄)√(mean‖D_i‖²) as in
    T6a-smooth. Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=8).with_clients(N=4, delta=0.3, zeta=0.5)
        >>> theorem = at.theorems.SCAFFOLDOptionISmooth()
        >>> print(at.validate(theorem, pair, K=8, T=50, eta=0.1).status)
        pass
    """

    label = "T7-I-smooth"
    method = METHOD
    measure = G_avg
    assumptions = (EQUAL, sigma_h <= 0)
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + (LIPSCHITZ * delta_A * eta**2 * E1_SMOOTH * NU) ** 2 <= 1,
        EVERYONE,
    )
    bound = 2 * F0 / (eta * K * T)

    def example(self) -> Case:
        return usual(sigma_h=0.0, T=(10, 100), eta=0.1)

    def tightest(self) -> Case:
        return one_step()
