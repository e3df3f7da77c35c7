"""Exact correction with a constant step under (L₀, L₁)-smoothness."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals, lambda_K
from auxtheory.bounds.functions import exp
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.problems import Exponential, Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.normalised.growth import mean_growth, tail

L0, L1, delta0, delta1, Gamma0, F0, sigma_h, eta, K, T, lam = symbols(
    "L0 L1 delta0 delta1 Gamma0 F0 sigma_h eta K T lambda_K"
)
HALVINGS = 100
# No step is longer than this.
STEP = eta * Gamma0 + sqrt(8 * eta * (K - 1) * F0) / K
SMOOTHNESS = 2 * tail(L1 * STEP) * (L0 + L1 * Gamma0)
SIMILARITY = delta0 + delta1 * (Gamma0 * exp(L1 * STEP) + L0 * STEP * mean_growth(L1 * STEP))
SHORT = L1 * STEP <= 1
DESCENT = SMOOTHNESS * eta + 2 * SIMILARITY**2 * eta**2 * lam <= 1


class ExactCorrectionGrowth(Theorem):
    """Exact correction with exact gradients and a constant step, where ‖∇²f‖ ≤ L₀ + L₁‖∇f‖ and
    ‖∇²r‖ ≤ δ₀ + δ₁‖∇f‖, with Γ₀ the largest ‖∇f‖ that they allow where f ≤ f(x⁰) and s = ηΓ₀ +
    √(8η(K−1)F₀)/K the longest step:

        σ_h = 0, L₁s ≤ 1 and L̂η + 2δ̂²η²λ_K ≤ 1  ⇒  G ≤ 2F₀/(ηKT),
        L̂ = 2A(L₀ + L₁Γ₀), δ̂ = δ₀ + δ₁(Γ₀e^{L₁s} + L₀sE₁), A = 1/(2 − 2L₁s/3), E₁ = 1/(1 − L₁s/2).

    The prescribed η is the largest one. f need not be smooth on all of R^d: the run stays where f
    ≤ f(x⁰).

    Proof. ψ(‖∇f‖) ≤ f − f*, ψ the least gain of a step along −∇f, so that ‖∇f‖ ≤ Γ₀ where f ≤
    f(x⁰). By induction over the local steps: as long as the steps of a round are at most s long and
    start where f ≤ f(x), L̂ and δ̂ bound the curvatures along them, and the sum of S1 gives f(y_k) ≤
    f(x) and Σ‖v‖² ≤ 4F₀/(η(1 − L̂η)). Then ‖b‖ ≤ δ̂ηΣ‖v‖ ≤ δ̂√(4η(K−1)F₀/(1 − L̂η)), and 1 − L̂η ≥
    2δ̂²η²λ_K with λ_K ≥ K²/4 for K ≥ 2 bounds the next step, η(Γ₀ + ‖b‖) ≤ s. Derived here. Largest
    measured/bound known: 1.00.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrectionGrowth()
        >>> pair = at.Exponential(L=100.0, L0=1.0, dim=1).with_helper(delta=10.0)
        >>> print(at.validate(theorem, pair, K=4, T=100, engine="numpy").status)
        pass
    """

    label = "S1-L0L1"
    method = methods.ExactCorrection
    assumptions = (sigma_h <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (SHORT, DESCENT)
    bound = 2 * F0 / (eta * K * T)

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        values: dict[str, Any] = c.values() | {"K": K, "T": T, "lambda_K": lambda_K(K)}
        longest = 1 / np.asarray(values["L0"])
        high = longest
        low = 0.0 * high
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            inside = _inside(values | {"eta": middle})
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return np.where(_inside(values | {"eta": longest}), longest, low), None

    def example(self) -> Case:
        pair = Exponential(L=20.0, L0=1.0, dim=16).with_helper(0.5)
        return Case(pair, K=4, T=(10, 100, 1_000), engine="numpy")

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper()
        return Case(pair, T=1, eta=1.0)


def _inside(values: dict[str, Any]) -> Any:
    """Whether steps are in the range."""
    return np.asarray(SHORT.holds(values)) & np.asarray(DESCENT.holds(values))
