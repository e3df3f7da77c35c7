"""Bregman: the gradient method in the geometry of the helper."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.user_symbols import symbol
from auxtheory.methods.bregman_gradient import BregmanGradient
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.similarity.quantities import D_h, L_h, alpha_h, beta_h, mu_h

M, sigma_h, eta, K, T = symbols("M sigma_h eta K T")
gamma = symbol("gamma", glyph="γ")
# The share of the inner problem that K steps solve.
LEFT = (1 - eta * mu_h) ** K
SOLVED = 1 - LEFT
# The eigenvalue of ∇²f relative to ∇²h at which the gap is largest after T rounds.
WORST = maximum(alpha_h * SOLVED, 1 / (gamma * (2 * T + 1)))
# 1 − γ WORST, without the cancellation of digits at α_hγ = 1.
FACTOR = minimum(1 - gamma * alpha_h + gamma * alpha_h * LEFT, 2 * T / (2 * T + 1))


class RelativeSmoothness(Theorem):
    """The Bregman gradient method with exact gradients on quadratics with α_h∇²h ⪯ ∇²f ⪯ β_h∇²h,
    ∇²h ≻ 0, and K steps on each inner problem:

        ηL_h ≤ 1 and γβ_h ≤ 1  ⇒  f(x^T) − f* ≤ λ(1 − γλ)^{2T} D_h(x*, x⁰)/s,
        s = 1 − (1−ημ_h)^K, λ = max{α_h s, 1/(γ(2T+1))}; tuned: η = 1/L_h, γ = 1/β_h.

    Proof. With z = x − x*, A = ∇²f, H = ∇²h a round is z⁺ = z − γN⁻¹Az, N = H(I − (I−ηH)^K)⁻¹, H ⪯
    N ⪯ H/s: a step in the geometry of ½zᵀNz, relative to which A has eigenvalues λ in [α_h s, 1/γ]
    and the gap is Σ ½λ(1−γλ)^{2T}c², where Σ½c² = ½z₀ᵀNz₀ ≤ D_h(x*, x⁰)/s; λ(1−γλ)^{2T} is largest
    at λ = 1/(γ(2T+1)). At T = 1 at most a fourth, and never more, of the general
    α_hD_h/((1−γα_h)^{−T} − 1) of relatively smooth convex f with exact inner solves (Lu, Freund,
    Nesterov). Source: derived here. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.RelativeSmoothness()
        >>> pair = at.Quadratic.from_matrices([1.0, 0.1], [0.5, 0.1])
        >>> print(at.validate(theorem, pair, K=100, T=10).status)
        pass
    """

    label = "Bregman"
    method = BregmanGradient
    measure = "gap"
    assumptions = (sigma_h <= 0, M <= 0, 0 < mu_h)
    step_range = (eta * L_h <= 1, gamma * beta_h <= 1)
    bound = WORST * FACTOR ** (2 * T) * D_h / SOLVED
    prescribed: ClassVar[Rule] = {"": {"eta": 1 / L_h, "gamma": 1 / beta_h}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        return {"eta": (1 / L_h).value(c.values()), "gamma": (1 / beta_h).value(c.values())}

    def example(self) -> Case:
        # Condition number 1,000, and a helper between f/2 and 2f: δ is 1.
        values = np.geomspace(1e-3, 1.0, 16)
        helper = values * np.geomspace(0.5, 2.0, 16)
        pair = Quadratic.from_matrices(values, helper, x0=1 / np.sqrt(values))
        return Case(pair, K=10_000, T=(1, 3, 10))

    def tightest(self) -> Case:
        # f = ½x₁² + x₂²/42, h = ½‖x‖², and all of the start along x₂.
        pair = Quadratic.from_matrices([1.0, 1 / 21], [1.0, 1.0], x0=[0.0, 1.0])
        return Case(pair, K=1, T=10)
