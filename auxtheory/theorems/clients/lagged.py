"""T8 and T8*: SCAFFOLD with S of N clients in every round, and exact controls of the round in which
a client worked last."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.measures import G_x
from auxtheory.methods import LaggedSCAFFOLD as METHOD
from auxtheory.theorems.base import Corollary, Theorem, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.cases import one_step, usual
from auxtheory.theorems.clients.fedavg_sampled import KAPPA, OF_DIFFERENCES, OF_GRADIENT
from auxtheory.theorems.clients.quantities import (
    AT_WORK,
    CONVEX,
    EQUAL,
    QUADRATIC,
    SHARE,
    TAU,
    N,
    ell,
)
from auxtheory.theorems.rule import Rule

L, F0, sigma_h, eta, K, T = symbols("L F0 sigma_h eta K T")
STEP = eta * K
REST = 1 - SHARE
ASSUMED = (EQUAL, QUADRATIC, CONVEX)
THIRD = Fraction(1, 3)

# T8: the error a of the controls obeys a⁺ ≤ ga + …, g = √(q² + p).
ROOT = sqrt(REST**2 + SHARE)
EXCESS = SHARE / (ROOT + REST)  # g − q, without a difference of near numbers
LOSS = SHARE - REST * EXCESS - TAU * SHARE**2 / 2
MOVE = (ell * STEP) ** 2
PHI = 1 - 3 * MOVE * TAU * (1 + KAPPA) ** 2 / LOSS
G1 = MOVE * ROOT / (EXCESS * LOSS * PHI)
G2 = MOVE / (LOSS * PHI)
LEFT = 1 - OF_GRADIENT - 3 * OF_DIFFERENCES * G2 * TAU * KAPPA * (1 + KAPPA)
# The steps of T8, times ℓ, and what they leave in the noise.
WIDTH = 1 + N ** Fraction(2, 3) / AT_WORK + sqrt(N / AT_WORK)
CAPS = (
    0.65 / (ell * WIDTH * K),
    sqrt(2 * F0 * AT_WORK / (1.33 * ell * sigma_h**2 * T * K)),
)

# T8*: a potential of the places at which the controls were measured.
W = L * STEP**2 * TAU / 2 + 5 * TAU**2 * SHARE * STEP**2 * ell
C1 = (
    0.9
    - REST * STEP * ell * TAU
    - (2 * REST * STEP * ell * OF_DIFFERENCES + 2 * ell * W * (1 + KAPPA) ** 2) / SHARE
)
C2 = REST + 2 * W * KAPPA * (1 + KAPPA) / STEP
C3 = REST + L * STEP / 2
BETA = 2 * ell * STEP * OF_DIFFERENCES / (SHARE * C1)
LEFT_STAR = 1 - OF_GRADIENT - BETA * C2 / 2
WIDTH_STAR = 1 + 3 * sqrt(N) / AT_WORK + (N / AT_WORK) ** THIRD
CAPS_STAR = (
    0.65 / (ell * WIDTH_STAR * K),
    sqrt(2 * F0 * AT_WORK / (L * sigma_h**2 * T * K)),
)


class LaggedSCAFFOLD(Theorem):
    """SCAFFOLD with S of N convex clients of equal weights, quadratics, drawn without replacement
    in every round, whose controls are the exact ∇f_i(x) of the round in which they worked last, and
    ∇f_i(x⁰) at first; s = ηK, p = S/N, q = 1 − p, τ = (N−S)/(S(N−1)), κ = ℓη(K−1)/2, o_g = κ² +
    Lsτκ(1+κ), o_a = κ² + Lsτ(1+κ)², n = (ℓs)², g = √(q² + p), e = g − q, D = p − qe − ½τp², φ = 1 −
    3nτ(1+κ)²/D, g₁ = n(g/e)/(Dφ), g₂ = n/(Dφ), c = 1 − o_g − 3o_ag₂τκ(1+κ):

        ηℓ ≤ 1, φ > 0, c > 0, o_ag₁ + Ls ≤ 1
            ⇒  G_x ≤ (2F₀/(sT) + Lησ_h²/S + o_ag₂σ_h²/(KS))/c.

    Tuned, N ≤ 10⁸: s = min{0.65/(ℓw), √(2F₀SK/(1.33ℓσ_h²T))}, w = 1 + N^{2/3}/S + √(N/S)  ⇒
        G_x ≤ 3.2wℓF₀/T + 2√(2.86ℓF₀σ_h²/(SKT)).

    Proof. As T6b with ∇f_i + c̄ − c_i for ∇f_i: with a = mean‖u_i‖², u_i = c_i − ∇f_i(x), f falls
    by (s/2)((1−o_g)‖∇f‖² − o_aa + (1−Ls)‖v‖²) − Ls²σ_h²/(2SK) in a round. u_i⁺ = 1[i∉C]u_i − A_iΔ,
    Δ = x⁺ − x, E[Δ | i∉C] = −s(v + (v − ĝ_i)/(N−1)); Young's inequality with e and ½τp² gives the
    sum of a over the rounds. Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.2, dim=8).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> theorem = at.theorems.LaggedSCAFFOLD()
        >>> print(at.validate(theorem, pair, K=4, T=50, eta=0.01, S=2).status)
        pass
    """

    label = "T8"
    method = METHOD
    measure = G_x
    assumptions = ASSUMED
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * ell <= 1,
        0 < LOSS,
        0 < PHI,
        0 < LEFT,
        OF_DIFFERENCES * G1 + L * STEP <= 1,
    )
    bound = (
        2 * F0 / (STEP * T)
        + L * eta * sigma_h**2 / AT_WORK
        + OF_DIFFERENCES * G2 * sigma_h**2 / (K * AT_WORK)
    ) / LEFT
    corollaries = (
        Corollary(
            3.2 * WIDTH * ell * F0 / T + 2 * sqrt(2.86 * ell * F0 * sigma_h**2 / (AT_WORK * K * T)),
            "N ≤ 10⁸",
            N <= 1e8,
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        return usual(sigma_h=0.1, K=4, eta=0.01, S=5)

    def tightest(self) -> Case:
        return one_step()


class LaggedSCAFFOLDStar(Theorem):
    """SCAFFOLD as in T8, with the range √N/S in place of N^{2/3}/S: with s, p, q, τ, κ, o_g, o_a as
    there, W = ½Ls²τ + 5τ²ps²ℓ, c₁ = 0.9 − qsℓτ − (2qsℓo_a + 2ℓW(1+κ)²)/p, c₂ = q + 2Wκ(1+κ)/s, c₃ =
    q + ½Ls, β = 2ℓso_a/(pc₁), c = 1 − o_g − ½βc₂:

        ηℓ ≤ 1, c₁ > 0, c > 0, βc₃ + Ls ≤ 1
            ⇒  G_x ≤ ((1 + 2qβ)2F₀/(sT) + (1 + (q + ½)β)Lησ_h²/S)/c.

    Tuned: s = min{0.65/(ℓw), √(2F₀SK/(Lσ_h²T))}, w = 1 + 3√N/S + (N/S)^{1/3}, and a = 4.2 for N ≤
    10⁹, otherwise 4.6  ⇒  G_x ≤ awℓF₀/T + 2.66√(2LF₀σ_h²/(SKT)).

    Proof. With y_i the place of control i, B = mean ½(y_i − x)ᵀA_i(y_i − x) has a ≤ 2ℓB and EB⁺ =
    qB + qs⟨ū, v⟩ + (qs/(N−1))mean⟨u_i, v − ĝ_i⟩ + ½E ΔᵀHΔ, ū = c̄ − ∇f(x), H = ∇²f: a move costs
    ΔᵀHΔ, not ℓ²‖Δ‖². Summed over the rounds, −⟨c̄, Δ⟩ is bounded by Abel's summation of c̄_t =
    q^t∇f(x⁰) + Σ_jpq^{j−1}∇f(x^{t−j}) + M_t, ΣE‖M‖² ≤ pτΣa. Inserted into the descent of T8.
    Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.2, dim=8).with_clients(N=4, delta=0.1, zeta=0.5)
        >>> theorem = at.theorems.LaggedSCAFFOLDStar()
        >>> print(at.validate(theorem, pair, K=4, T=50, eta=0.01, S=2).status)
        pass
    """

    label = "T8-star"
    method = METHOD
    measure = G_x
    assumptions = ASSUMED
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * ell <= 1,
        0 < C1,
        0 < LEFT_STAR,
        BETA * C3 + L * STEP <= 1,
    )
    bound = (
        (1 + 2 * REST * BETA) * 2 * F0 / (STEP * T)
        + (1 + (REST + 0.5) * BETA) * L * eta * sigma_h**2 / AT_WORK
    ) / LEFT_STAR
    corollaries = tuple(
        Corollary(
            factor * WIDTH_STAR * ell * F0 / T
            + 2.66 * sqrt(2 * L * F0 * sigma_h**2 / (AT_WORK * K * T)),
            case,
            applies,
        )
        for factor, case, applies in (
            (4.2, "N ≤ 10⁹", N <= 1e9),
            (4.6, "N > 10⁹", N > 1e9),
        )
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS_STAR)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS_STAR, c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        return usual(sigma_h=0.1, K=4, eta=0.01, S=5)

    def tightest(self) -> Case:
        return one_step()
