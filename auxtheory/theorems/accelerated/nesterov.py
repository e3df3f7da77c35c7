"""Nesterov's method on strongly convex f without noise: the distance on quadratics, and the gap."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.bounds.user_symbols import symbol
from auxtheory.measures import distance_last, gap_last
from auxtheory.methods import NesterovStronglyConvex
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule

L, mu_sc, rho, M, D0, F0, sigma_f, eta, K, T = symbols("L mu_sc rho M D0 F0 sigma_f eta K T")
m = symbol("m", unit="F/X^2")
RATE = 1 - sqrt(eta * m)
RANGE = (L * eta <= 1, m == mu_sc, K <= 1)
STEPS: Rule = {"": {"eta": 1 / L, "m": 1 * mu_sc}}


class NesterovQuadratic(Theorem):
    """Nesterov's method with β = (1 − √q)/(1 + √q), q = ημ_sc, on a quadratic, without noise:

        Lη ≤ 1  ⇒  ‖x^T − x*‖ ≤ (1 − √q)^T (1 + T√q)‖x⁰ − x*‖.

    Proof. On an eigenvector with s = ηλ, x_{t+1} = (1 − s)((1 + β)x_t − βx_{t−1}); so x_T =
    b^T(U_T(c) − bU_{T−1}(c))x₀ with b² = β(1 − s) and 2bc = (1 + β)(1 − s). As b ≤ c ≤ 1, it is at
    most b^T(1 + T(c − b))|x₀|, which falls in s; at s = q, c = 1 and b = 1 − √q. It is attained
    there at every T. Largest measured/bound known: 1.0000. Source: derived here.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=0.5, more={"D0": 1.0, "mu_sc": 0.25, "M": 0.0})
        >>> theorem = at.theorems.NesterovQuadratic()
        >>> print(theorem.value(c, theorem.tune(c, K=1, T=4)))
        0.03515625
    """

    label = "Nesterov-quadratic"
    method = NesterovStronglyConvex
    measure = distance_last
    assumptions = (M <= 0, sigma_f <= 0)
    step_range = RANGE
    bound = (RATE**T * (1 + T * sqrt(eta * m))) ** 2 * D0
    prescribed: ClassVar[Rule] = STEPS

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        return {"eta": 1 / c.L, "m": mu_sc.value(c.values())}

    def example(self) -> Case:
        # Sixteen coordinates with condition number 1,000.
        pair = Quadratic(L=1.0, mu=1e-3, dim=16).with_helper()
        return Case(pair, T=(10, 30, 100, 300))

    def tightest(self) -> Case:
        # The coordinate of curvature μ_sc: attained.
        pair = Quadratic(spectrum=[0.01, 1.0], x0=[1.0, 0.0]).with_helper()
        return Case(pair, T=30)


class NesterovGap(Theorem):
    """Nesterov's method with β = (1 − √q)/(1 + √q), q = ημ, μ = μ_sc, on any L-smooth f for which f
    − ½μ‖x‖² is convex, without noise:

        Lη ≤ 1  ⇒  f(x^T) − f* ≤ (1 − √q)^T (F₀ + ½μD₀).

    Proof. The potential f(x_t) − f* + ½μ‖z_t − x*‖² with √q(z_t − y_t) = y_t − x_t and z₀ = x₀
    shrinks by 1 − √q in each step. It is nearly attained before the first coordinate moves: λ ≪ L,
    μ ≪ λ. Largest measured/bound known: 0.9998. Source: folklore; this form is derived here.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=0.5, more={"D0": 1.0, "mu_sc": 0.25, "rho": 0.0})
        >>> theorem = at.theorems.NesterovGap()
        >>> print(theorem.value(c, theorem.tune(c, K=1, T=4)))
        0.0390625
    """

    label = "Nesterov-SC"
    method = NesterovStronglyConvex
    measure = gap_last
    assumptions = (rho <= 0, sigma_f <= 0)
    step_range = RANGE
    bound = RATE**T * (F0 + mu_sc * D0 / 2)
    prescribed: ClassVar[Rule] = STEPS

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        return {"eta": 1 / c.L, "m": mu_sc.value(c.values())}

    def example(self) -> Case:
        # Sixteen coordinates with condition number 1,000.
        pair = Quadratic(L=1.0, mu=1e-3, dim=16).with_helper()
        return Case(pair, T=(10, 30, 100, 300))

    def tightest(self) -> Case:
        # A start along a curvature between μ_sc and L, far from both.
        pair = Quadratic(spectrum=[1e-8, 1e-4, 1.0], x0=[0.0, 1.0, 0.0]).with_helper()
        return Case(pair, T=1)
