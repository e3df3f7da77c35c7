"""S2-sharp: trusting the helper, with the best parameter of the inequality of one step."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.methods import Naive as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.naive import Naive
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.sharper.cases import one_step

L, beta, eta = symbols("L beta eta")


def best_parameter(c: Any, s: Any) -> float:
    """The least value of ((1+t)P + ζ²/t)/(1 − β/t) over Lη ≤ t ≤ 1, t > β, with P = F₀/(ηKT) +
    ½Lησ_h²."""
    P = c.F0 / (s.eta * s.K * s.T) + c.L * s.eta * c.sigma_h**2 / 2
    root = c.beta + math.sqrt(c.beta**2 + c.beta + c.zeta**2 / P)
    t = min(1.0, max(c.L * s.eta, root))
    return (t * (1 + t) * P + c.zeta**2) / (t - c.beta)


class NaiveSharp(Theorem):
    """K·T steps of SGD on h with ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ² and β < 1, at small steps and small bias
    without the factor 2 of S2:

        Lη ≤ t ≤ 1 and β < t  ⇒  (1 − β/t) G ≤ (1+t)P + ζ²/t, P = F₀/(ηKT) + ½Lησ_h²,

    and the class has the best t, β + √(β² + β + ζ²/P) if that is in the range; there it is G ≤ (1 +
    2t)P. Tuned: the step of S2.

    Proof. The θ-lemma with θ = 1+t and s = t/2: A = 1/t, and C = t(3+t)/4 − (1+t)Lη/2 ≥ 0, as
    (3+t)/4 ≥ (1+t)/2 for t ≤ 1; and ‖b‖² ≤ β‖∇f‖² + ζ². At t = 1 it is S2. Source: derived here.
    Largest measured/bound known: 1.0, and 0.996 with noise.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.NaiveSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, zeta=0.1, sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0158114, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.04096
    """

    label = "S2-sharp"
    method = METHOD
    variance = "mean"
    assumptions = (beta < 1,)
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta <= 1,)
    bound = as_bound(best_parameter)
    corollaries = (Corollary(as_bound(best_parameter)),)
    prescribed: ClassVar[Rule] = Naive.prescribed

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return Naive().step_sizes(c, K, T, B)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.5, dim=16).with_helper(delta=0.05, zeta=0.02)
        return Case(pair, Gaussian(sigma_h=0.5), K=8)

    def tightest(self) -> Case:
        return one_step()
