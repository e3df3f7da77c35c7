"""S1: exact correction, free of noise."""

from __future__ import annotations

import math
from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals, lambda_K
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Posynomial, sqrt
from auxtheory.methods import ExactCorrection as METHOD
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.rule import Rule

L, F0, delta, sigma_h, eta, K, T, lam = symbols("L F0 delta sigma_h eta K T lambda_K")


def largest_step(weight: Posynomial) -> Posynomial:
    """The largest η with Lη + δ²η²·weight ≤ 1."""
    return 2 / (L + sqrt(L**2 + 4 * delta**2 * weight))


LARGEST_STEP = largest_step(lam)


class ExactCorrection(Theorem):
    """Exact correction m = ∇r(x) with exact gradients (σ_h = 0) and λ_K = 1/(4 sin²(π/(4K−2))), λ_1
    = 0:

        Lη + δ²η²λ_K ≤ 1  ⇒  G ≤ 2F₀/(ηKT), and f decreases at every round;
        η = 2/(L + √(L² + 4δ²λ_K))  ⇒  G ≤ (2L/K + (4/π)δ) F₀/T.

    Proof. A step's direction is v_k = ∇f(y_{k−1}) + b_k with b_k = ∇r(x) − ∇r(y_{k−1}), y_{k−1} − x
    = −η Σ_{j<k} v_j; so Σ_k‖b_k‖² ≤ δ²η² Σ_k‖Σ_{j<k} v_j‖² ≤ δ²η²λ_K Σ‖v_j‖², since λ_K is the
    squared norm of the strictly lower triangular matrix of ones. Under the condition the term
    −(η/2)(1 − Lη)‖v‖² of each step compensates this; sum. Tuned: λ_K ≤ (2K/π)². Source: arXiv
    2206.00395, eq. 3; constants derived here. Largest measured/bound 1.00; tight at K = 1.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrection()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.838955, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.0003773
    """

    label = "S1"
    method = METHOD
    variance = "mean"
    assumptions = (sigma_h <= 0,)
    step_range = (L * eta + delta**2 * eta**2 * lam <= 1,)
    bound = 2 * F0 / (eta * K * T)
    corollaries = (Corollary((2 * L / K + 4 / math.pi * delta) * F0 / T),)
    prescribed: ClassVar[Rule] = {"": {"eta": LARGEST_STEP}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return LARGEST_STEP.value(c.values() | {"lambda_K": lambda_K(K)}), None
