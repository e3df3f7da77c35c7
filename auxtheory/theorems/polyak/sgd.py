"""SGD-PŁ: the last iterate of SGD under the Polyak–Łojasiewicz inequality."""

from __future__ import annotations

import math
from typing import ClassVar

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import exp, log, maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.polyak.sums import geometric
from auxtheory.theorems.rule import Rule

L, F0, mu, sigma_f, eta, K, T = symbols("L F0 mu sigma_f eta K T")
CONTRACTED = eta * mu * (2 - L * eta)
# 1 − ημ(2 − Lη), as a sum that keeps its digits where it is near 0.
REMAINS = (1 - eta * mu) ** 2 + eta**2 * mu * (L - mu)
# By how much F₀ is to shrink until the noise rules.
SHARE = maximum(math.e, 2 * mu**2 * F0 * T / (L * sigma_f**2))


class SGDPL(Theorem):
    """SGD on an L-smooth f with ½‖∇f‖² ≥ μ(f − f*), r = 1 − ημ(2 − Lη):

        Lη < 2  ⇒  E f(x^T) − f* ≤ r^T F₀ + ½Lη²σ_f² (1 + r + … + r^{T−1}), attained; the sum is
        (1 − r^T)/(1 − r), and the noise at most Lησ_f²/(2μ(2 − Lη));
        η = min{1/L, ln(x)/(μT)}, x = max{e, 2μ²F₀T/(Lσ_f²)}
            ⇒  E f(x^T) − f* ≤ e^{−μT/L} F₀ + Lσ_f²(1 + ln x)/(2μ²T).

    Proof. Smoothness along one step gives E f(x⁺) ≤ f(x) − η(1 − Lη/2)‖∇f(x)‖² + ½Lη²σ_f², and
    ‖∇f‖² ≥ 2μ(f − f*), so that the gap D_t obeys D_{t+1} ≤ r D_t + ½Lη²σ_f²; r ≥ (1 − Lη)² ≥ 0.
    Tuned: 2 − Lη ≥ 1, r^T ≤ e^{−ημT}, and F₀/x ≤ Lσ_f²/(2μ²T). Source: folklore; statement derived
    here. In the formulas r is (1 − ημ)² + η²μ(L − μ), the same number with more digits near 0, and
    the sum is the larger of (1 − r^T)/(1 − r) and the bound T − ½T(T−1)(1 − r)
    below it, which has more digits where 1 − r is small. Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SGDPL()
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.1, sigma_f=1.0)
        >>> steps = theorem.tune(c, K=1, T=1000)
        >>> print(steps)
        η = 0.0299573, K = 1, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.1998
    """

    label = "SGD-PL"
    method = methods.SGD
    measure = "gap"
    assumptions = (mu > 0,)
    step_range = (L * eta < 2, K <= 1)
    bound = REMAINS**T * F0 + L * eta**2 * sigma_f**2 / 2 * geometric(REMAINS, CONTRACTED, T)
    corollaries = (
        Corollary(exp(-mu * T / L) * F0 + L * sigma_f**2 * (1 + log(SHARE)) / (2 * mu**2 * T)),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(1 / L, log(SHARE) / (mu * T))}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return self.prescribed[""]["eta"].value(c.values() | {"T": T}), None

    def example(self) -> Case:
        # A quadratic of 32 coordinates of curvatures from 0.05 to 1, with noise in all
        pair = Quadratic(L=1.0, mu=0.05, dim=32).with_helper()
        return Case(pair, Gaussian(sigma_f=0.3), T=(10, 100, 1_000))

    def tightest(self) -> Case:
        # One coordinate, μ = L: the inequalities of the proof are equalities
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=7, eta=0.4)
