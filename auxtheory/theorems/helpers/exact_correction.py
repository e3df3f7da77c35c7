"""T1: exact correction with several helpers and exact local gradients."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods.clients.exact_correction import ClientExactCorrection as METHOD
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers.cases import one_step, strongly_convex, usual
from auxtheory.theorems.helpers.rules import by_rule
from auxtheory.theorems.helpers.symbols import (
    CONVEX,
    F0,
    NO_STEP_NOISE,
    QUIET,
    SMOOTH,
    START,
    K,
    L,
    T,
    delta_m,
    eta,
    lam,
)
from auxtheory.theorems.rule import Rule

mu = symbols("mu")
DRIFT = delta_m**2 * eta**2 * lam
PL_DRIFT = math.e / 2 * K * (K - 1)


class ClientExactCorrection(Theorem):
    """Exact correction with several helpers, m_i = ∇r_i(x) with r_i = f − h_i, and exact local
    gradients, whichever helpers work in a round:

        Lη + ρηK·min{1, S−1} + δ_m²η²λ_K ≤ 1  ⇒  G ≤ 2F₀/(ηKT);
        η = 2/(L′ + √(L′² + 4δ_m²λ_K)), L′ = L + ρK·min{1, S−1}
            ⇒  G ≤ (2L′/K + (4/π)δ_m)F₀/T.

    Proof. A path of helper i has the directions v_k = ∇f(y_{k−1}) + b_k, b_k = ∇r_i(x) −
    ∇r_i(y_{k−1}), so Σ‖b_k‖² ≤ δ_m²η²λ_K Σ‖v_k‖², as for S1; sum over the steps, take the mean over
    the helpers at work, and f(x^t) ≤ mean f(y_{i,K}). Averaging S ≥ 2 paths of an f with ∇²f ⪰ −ρI
    costs (ρ/2) mean ‖y_{i,K} − x‖² ≤ ½ρη²K Σ‖v‖² (twice that, and ρη²Kσ_h², with noise); for a
    convex f, or S = 1, nothing. Source: arXiv 2206.00395, eq. 3, for several helpers; derived here.
    Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientExactCorrection()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.633128, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.0005046
    """

    label = "T1"
    method = METHOD
    variance = "mean"
    assumptions = NO_STEP_NOISE
    step_range: ClassVar[tuple[Condition, ...]] = (QUIET + DRIFT <= 1,)
    bound = START
    corollaries = (Corollary((2 * SMOOTH / K + 4 / math.pi * delta_m) * F0 / T),)
    prescribed: ClassVar[Rule] = {
        "": {"eta": 2 / (SMOOTH + sqrt(SMOOTH**2 + 4 * delta_m**2 * lam))}
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual()

    def tightest(self) -> Case:
        return one_step(eta=1.0)


class ClientExactCorrectionSmallSteps(Theorem):
    """Exact correction with several helpers and exact local gradients, as T1, with half its bound
    at small steps:

        c = δ_m²η²λ_K and Lη + ρηK·min{1, S−1} + c ≤ 1  ⇒  G ≤ 2F₀/((1+k)ηKT),
        k = (1 − Lη − ρηK·min{1, S−1} − c)/(1 + √c)².

    Proof. |b|² ≤ cV², so √G = |v − b| ≤ (1 + √c)V, which rises in V, and G ≤ 2F₀/(ηKT) − (ω − c)V²,
    which falls: G is at most the value where the two cross. Neither (1 + c) for (1 + √c)² nor k = ω
    − c is true. Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientExactCorrectionSmallSteps()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0)
        >>> steps = at.Steps(eta=0.01, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.01268
    """

    label = "T1-U"
    method = METHOD
    variance = "mean"
    assumptions = NO_STEP_NOISE
    step_range: ClassVar[tuple[Condition, ...]] = (QUIET + DRIFT <= 1,)
    bound = START / (1 + (1 - QUIET - DRIFT) / (1 + sqrt(DRIFT)) ** 2)

    def example(self) -> Case:
        return usual(eta=0.1)

    def tightest(self) -> Case:
        return one_step(eta=1.0)


class ClientExactCorrectionPL(Theorem):
    """Exact correction with several helpers and exact local gradients, of an f with ½‖∇f‖² ≥ μ(f −
    f*) that is convex, or with one helper at work (S = 1):

        ημK ≤ 1 and Lη + (e/2)δ_m²η²K(K−1) ≤ 1  ⇒  E f(x^T) − f* ≤ (1 − ημ)^{KT} F₀;
        tuned: the largest such η.

    Proof. Each path contracts as that of one helper (S1-PL), δ_i ≤ δ_m, and f(x^t) ≤ mean
    f(y_{i,K}). Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientExactCorrectionPL()
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.1, N=4.0, delta_m=0.2, rho=0.0)
        >>> steps = theorem.tune(c, K=8, T=10)
        >>> print(steps)
        η = 0.431953, K = 8, T = 10, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.02923
    """

    label = "T1-PL"
    method = METHOD
    measure = "gap"
    assumptions = NO_STEP_NOISE
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * mu * K <= 1,
        L * eta + PL_DRIFT * delta_m**2 * eta**2 <= 1,
        CONVEX,
    )
    bound = (1 - eta * mu) ** (K * T) * F0
    corollaries = (Corollary(bound),)
    prescribed: ClassVar[Rule] = {
        "": {"eta": minimum(1 / (mu * K), 2 / (L + sqrt(L**2 + 4 * delta_m**2 * PL_DRIFT)))}
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return strongly_convex(T=(1, 3, 10))

    def tightest(self) -> Case:
        return one_step(eta=0.001)
