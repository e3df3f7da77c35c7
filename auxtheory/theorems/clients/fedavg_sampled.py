"""T6b: FedAvg with S of N clients in every round."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.measures import G_x
from auxtheory.methods import FedAvg as METHOD
from auxtheory.theorems.base import Corollary, Theorem, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.cases import one_step, usual
from auxtheory.theorems.clients.quantities import (
    AT_WORK,
    CONVEX,
    EQUAL,
    QUADRATIC_OR_QUIET,
    TAU,
    beta_c,
    ell,
    zeta_c,
    zeta_x,
)
from auxtheory.theorems.rule import Rule

L, F0, sigma_h, eta, K, T = symbols("L F0 sigma_h eta K T")
STEP = eta * K
# By how much a path's mean gradient differs from its first one, at most, relative to that.
KAPPA = ell * eta * (K - 1) / 2
OF_GRADIENT = KAPPA**2 + L * STEP * TAU * KAPPA * (1 + KAPPA)
OF_DIFFERENCES = KAPPA**2 + L * STEP * TAU * (1 + KAPPA) ** 2
REST = 1 - OF_GRADIENT
VARIANCE = sigma_h**2 / (K * AT_WORK) + 1.27 * TAU * zeta_c**2
CAPS = (
    1 / (4 * ell * K),
    sqrt(2 * F0 / (L * T * VARIANCE)) / K,
    (4 * F0 / (ell**2 * zeta_c**2 * T)) ** Fraction(1, 3) / K,
    # What β_c adds to the share of ‖∇f‖² is at most ¼ of it.
    1 / (10.2 * L * TAU * beta_c * K),
    1 / (1.42 * ell * sqrt(beta_c) * K),
)
# 1 − o_g at ηK = 1/(4ℓ), rounded down.
LEFT = 0.949


class FedAvgSampled(Theorem):
    """FedAvg with S of N clients of equal weights drawn without replacement in every round, clients
    convex and ℓ-smooth, quadratics or free of noise; G_x is the mean of ‖∇f‖² at the starts of the
    rounds, τ = (N−S)/(S(N−1)), κ = ℓη(K−1)/2, o_g = κ² + LηKτκ(1+κ), o_z = κ² + LηKτ(1+κ)²:

        ηℓ ≤ 1, LηK ≤ 1, o_g ≤ 0.999999  ⇒  G_x ≤ (2F₀/(ηKT) + Lησ_h²/S + o_z ζ̄_x²)/(1 − o_g),

    ζ̄_x² = mean of Eζ²(x) over the starts. Tuned, if ζ²(x) ≤ β_c‖∇f(x)‖² + ζ_c², at β_c = 0: ηK =
    min{1/(4ℓ), √(2F₀/(LT(σ_h²/(KS) + 1.27τζ_c²))), (4F₀/(ℓ²ζ_c²T))^{1/3}}  ⇒
        G_x ≤ 2.12√(2LF₀(σ_h²/(KS) + 1.27τζ_c²)/T) + 2.01(ℓζ_cF₀/T)^{2/3} + 8.5ℓF₀/T.

    Proof. x⁺ = x − s mean_C ĝ_i − noise of variance s²σ_h²/(SK), s = ηK, ĝ_i = X_i∇f_i(x), X_i =
    mean_k(I − ηA_i)^k, 0 ⪯ I − X_i ⪯ κ. With v = mean ĝ_i, ‖v − ∇f‖² ≤ κ²(‖∇f‖² + ζ²), and the
    choice of C has the variance τ mean‖ĝ_i − v‖² ≤ τ(ζ + κ√(‖∇f‖² + ζ²))² ≤ τ[κ(1+κ)‖∇f‖² +
    (1+κ)²ζ²]. One step of length s. Without noise gradients of a convex f_i get shorter along a
    path, which is all that is needed. Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.2, dim=4).with_clients(N=10, delta=0.1, zeta=0.2)
        >>> print(at.validate(at.theorems.FedAvgSampled(), pair, K=8, T=50, eta=0.05, S=2).status)
        pass
    """

    label = "T6b"
    method = METHOD
    measure = G_x
    assumptions = (EQUAL, CONVEX, QUADRATIC_OR_QUIET)
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * ell <= 1,
        L * STEP <= 1,
        OF_GRADIENT <= 0.999999,
    )
    bound = (2 * F0 / (STEP * T) + L * eta * sigma_h**2 / AT_WORK + OF_DIFFERENCES * zeta_x**2) / (
        1 - OF_GRADIENT
    )
    corollaries = (
        Corollary(
            (
                2.12 * sqrt(2 * L * F0 * VARIANCE / T)
                + 2.01 * (ell * zeta_c * F0 / T) ** Fraction(2, 3)
                + (8.5 * ell + 22 * L * TAU * beta_c + 3.1 * ell * sqrt(beta_c)) * F0 / T
            )
            / (1 - beta_c * OF_DIFFERENCES / LEFT)
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        return usual(S=2)

    def tightest(self) -> Case:
        return one_step()
