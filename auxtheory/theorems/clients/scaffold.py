"""T7-II: SCAFFOLD whose controls are the mean gradients of the last path, with all clients."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.measures import G_avg
from auxtheory.theorems.base import Corollary, Theorem, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.cases import one_step, usual
from auxtheory.theorems.clients.quantities import (
    CONVEX,
    EQUAL,
    EVERYONE,
    LONGER,
    QUADRATIC,
    N,
    delta_A,
    delta_bar,
    delta_m,
    ell,
    growth,
    sigma_I,
    zeta_0,
)
from auxtheory.theorems.clients.rules import NOISE_CAP
from auxtheory.theorems.rule import Rule

L, F0, sigma_h, eta, K, T = symbols("L F0 sigma_h eta K T")
_, E2 = growth(LONGER)
Z = delta_A * eta * K
# ω/(ω − z⁴), ω = 1 − Lη.
LOAD = Z**4 / (1 - L * eta)
MARGIN = 1 / (1 - LOAD)
# Written with the divisor, which then rounds to above 0.
RANGE = (L * eta < 1, LOAD < 1)


def with_constant(P: Any, start: Posynomial | None = None) -> Posynomial:
    """The bound with the constant P; `start` is the first error of controls that start at 0."""
    several = minimum(K - 1, 1)
    drift = E2 * (delta_bar * eta) ** 2 * sigma_I**2 / N
    errors = (1 + Z**2) * drift * K + (0 if start is None else Z**2 * start**2 / T)
    return (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2 / N
        + several * MARGIN * P * errors
        + drift * (K - 1) / 2
    )


def caps(convex: bool) -> tuple[Any, ...]:
    """The caps on η: with convex clients, or without."""
    first = (1 / ell, 1 / (2**0.5 * delta_A * K)) if convex else (1 / (2 * delta_m * K),)
    share = 1.5 if convex else 2.22
    cube = (F0 * N / (share * delta_bar**2 * sigma_I**2 * T * K**2)) ** Fraction(1, 3)
    return (1 / (2 * L), *first, NOISE_CAP, cube)


def tuned(convex: bool) -> Corollary:
    """The bound at the prescribed steps, for controls that start exact."""
    share = 3.44 if convex else 3.92
    inverse = maximum(4 * L, 2 * ell) / K + 2.83 * delta_A if convex else 4 * L / K + 4 * delta_m
    return Corollary(
        2 * sqrt(2 * L * F0 * sigma_h**2 / (N * K * T))
        + share * (delta_bar * sigma_I * F0 / (sqrt(N * K) * T)) ** Fraction(2, 3)
        + inverse * F0 / T
    )


# P of clients that need not be convex, evaluated for δ_mηK up to ¾.
P = maximum(0.55, 0.03 + 1.04 * delta_m * eta * K)


class SCAFFOLDConvex(Theorem):
    """SCAFFOLD with all of N convex clients of equal weights, quadratics, that start from c_i =
    ∇f_i(x⁰), z = δ_AηK, ω = 1 − Lη, e₂ = 1, noise of variance at most σ_I²/d along any direction:

        ηℓ ≤ 1, Lη + z⁴ < 1  ⇒  G_avg ≤ 2F₀/(ηKT) + Lησ_h²/N
            + (ω/(ω − z⁴)) (1/3)(1 + z²)(δ̄η)²Kσ_I²/N + (δ̄η)²(K−1)σ_I²/(2N);

    at K = 1 only the first two terms. Tuned: ηK = min{K/(2L), K/ℓ, 1/(√2δ_A), √(2F₀NK/(Lσ_h²T)),
    (F₀NK/(1.5δ̄²σ_I²T))^{1/3}}  ⇒  G_avg ≤ 2√(2LF₀σ_h²/(NKT)) + 3.44(δ̄σ_IF₀/(√(NK)T))^{2/3} +
    (max{4L, 2ℓ}/K + 2.83δ_A)F₀/T.

    Proof. κ_i = c_i − c̄ + ∇r_i(x) obeys κ⁺ = κ + R(x⁺ − x) − D^K/(ηK), and D^k = ηP_kκ −
    η²ΣP_{k−1−l}Rv_l + noise, P_k = Σ_{j<k}M^j, M as in T6a, self-adjoint. By an eigenvalue 0 ≤ m ≤
    1 of M and a frequency φ the map v ↦ D has the entries P_ka_l/(e^{iφ} − 1 + X) + P_{k−1−l}[l<k],
    X = P_K/K, a_l = 1 − P_{K−1−l}/K, all at most K, and a first row of 0: norm ≤ K². So |b| ≤ z²V +
    N_b and sup (z²V + N_b)² − ωV² = N_b²ω/(ω − z⁴). The noise of a round enters κ as Πξ − ηKRξ̄;
    its factors P_k(I−X)^t, squared, summed over t and averaged over k, are at most K²/3. That Lη ≤
    1 and δ_mηK ≤ 1 suffice is false: 1.0336. Source: derived here. Largest measured/bound known:
    1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.2, dim=8).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> theorem = at.theorems.SCAFFOLDConvex()
        >>> print(at.validate(theorem, pair, at.Gaussian(sigma_h=0.1), K=8, T=50).status)
        pass
    """

    label = "T7-II-convex"
    method = methods.SCAFFOLDExactStart
    measure = G_avg
    assumptions = (EQUAL, QUADRATIC, CONVEX)
    step_range: ClassVar[tuple[Condition, ...]] = (eta * ell <= 1, *RANGE, EVERYONE)
    bound = with_constant(Fraction(1, 3))
    corollaries = (tuned(True),)
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*caps(True))}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(caps(True), c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        return usual()

    def tightest(self) -> Case:
        return one_step(0.99999)


class SCAFFOLDExactStart(Theorem):
    """SCAFFOLD with all of N clients of equal weights, quadratics that need not be convex, that
    start from c_i = ∇f_i(x⁰), with z, ω, σ_I as in T7-II-convex and e₂ as in T6a; P = max{0.55,
    0.03 + 1.04δ_mηK}:

        η(L + δ_m) ≤ 1, δ_mηK ≤ ¾, Lη + z⁴ < 1  ⇒  G_avg ≤ 2F₀/(ηKT) + Lησ_h²/N
            + (ω/(ω − z⁴)) P(1 + z²)e₂(δ̄η)²Kσ_I²/N + e₂(δ̄η)²(K−1)σ_I²/(2N);

    at K = 1 only the first two terms. Tuned: ηK = min{K/(2L), 1/(2δ_m), √(2F₀NK/(Lσ_h²T)),
    (F₀NK/(2.22δ̄²σ_I²T))^{1/3}}  ⇒  G_avg ≤ 2√(2LF₀σ_h²/(NKT)) + 3.92(δ̄σ_IF₀/(√(NK)T))^{2/3} +
    (4L/K + 4δ_m)F₀/T.

    Proof. As T7-II-convex, for eigenvalues m of M up to 1 + ηδ_m: a factor X/(2 − X) more and
    Σ(P_k/P_K)² ≤ K/3 keep the norm at K² for δ_mηK ≤ 0.45; from there to ¾ the norm is evaluated, K
    ≤ 150, and so is P. Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=8).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> theorem = at.theorems.SCAFFOLDExactStart()
        >>> print(at.validate(theorem, pair, at.Gaussian(sigma_h=0.1), K=8, T=50).status)
        pass
    """

    label = "T7-II"
    method = methods.SCAFFOLDExactStart
    measure = G_avg
    assumptions = (EQUAL, QUADRATIC)
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * (L + delta_m) <= 1,
        delta_m * eta * K <= 0.75,
        *RANGE,
        EVERYONE,
    )
    bound = with_constant(P)
    corollaries = (tuned(False),)
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*caps(False))}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(caps(False), c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        # One client of ten is not convex
        return usual(mu=0.1, delta=0.2)

    def tightest(self) -> Case:
        return one_step(0.99999)


class SCAFFOLD(Theorem):
    """SCAFFOLD with all of N convex clients of equal weights, quadratics, that start from c_i = 0,
    as T7-II-convex with ζ₀² = mean_i‖∇f_i(x⁰) − ∇f(x⁰)‖²:

        ηℓ ≤ 1, Lη + z⁴ < 1  ⇒  G_avg ≤ 2F₀/(ηKT) + Lησ_h²/N
            + (ω/(ω − z⁴)) (1/3)((1 + z²)(δ̄η)²Kσ_I²/N + z²ζ₀²/T) + (δ̄η)²(K−1)σ_I²/(2N).

    Proof. As T7-II-convex: the first κ_i is ∇r_i(x⁰), and its part of D^k is ηP_k(I−X)^tκ, whose
    squares, summed over t and averaged over k, are at most η²K²ζ₀²/3. Source: derived here. Largest
    measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.2, dim=8).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> print(at.validate(at.theorems.SCAFFOLD(), pair, K=8, T=50, eta=0.1).status)
        pass
    """

    label = "T7-II-zero"
    method = methods.SCAFFOLD
    measure = G_avg
    assumptions = (EQUAL, QUADRATIC, CONVEX)
    step_range: ClassVar[tuple[Condition, ...]] = (eta * ell <= 1, *RANGE, EVERYONE)
    bound = with_constant(Fraction(1, 3), zeta_0)

    def example(self) -> Case:
        return usual()

    def tightest(self) -> Case:
        return one_step(0.99999)
