"""S1-PŁ: exact correction under the Polyak–Łojasiewicz inequality."""

from __future__ import annotations

import math
from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.methods import ExactCorrection as METHOD
from auxtheory.theorems.base import Corollary, Theorem, smallest
from auxtheory.theorems.exact_correction import largest_step
from auxtheory.theorems.rule import Rule

L, F0, mu, delta, sigma_h, eta, K, T = symbols("L F0 mu delta sigma_h eta K T")
CAPS = 1 / (mu * K), largest_step(math.e / 2 * K * (K - 1))


class ExactCorrectionPL(Theorem):
    """Exact correction with exact gradients on an f with ½‖∇f‖² ≥ μ(f − f*):

        ημK ≤ 1 and Lη + (e/2)δ²η²K(K−1) ≤ 1  ⇒  f(x^T) − f* ≤ (1 − ημ)^{KT} F₀;
        tuned: the largest such η.

    Proof. Weight step k of a round by (1 − ημ)^{K−k} before summing, as S1; two weights differ by
    at most (1 − ημ)^{−(K−1)} ≤ e, by the first condition, which cannot be dropped: f = ½lx², η = 1,
    l = 0.326, r″ = −0.05, K = 10 has a one-round ratio of 1.024. Source: arXiv 2206.00395 treats
    the general case; statement derived here.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrectionPL()
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.1, delta=0.1)
        >>> steps = theorem.tune(c, K=8, T=10)
        >>> print(steps)
        η = 0.664212, K = 8, T = 10, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.004093
    """

    label = "S1-PL"
    method = METHOD
    measure = "gap"
    assumptions = (sigma_h <= 0,)
    step_range = (eta * mu * K <= 1, L * eta + math.e / 2 * delta**2 * eta**2 * K * (K - 1) <= 1)
    bound = (1 - eta * mu) ** (K * T) * F0
    corollaries = (Corollary(bound),)
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": K}), None
