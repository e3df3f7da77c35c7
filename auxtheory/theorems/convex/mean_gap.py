"""SGD on convex f with constant steps: the mean gap of the iterates, from the start on or without
it."""

from __future__ import annotations

import math
from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.measures import gap, gap_mean
from auxtheory.methods import SGD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule

L, D0, rho, sigma_f, eta, K, T = symbols("L D0 rho sigma_f eta K T")
CAPS = 1 / L, sqrt(D0 / (T * sigma_f**2))
# The largest Lη, which is 1 + 1/(Lη).
GOLDEN = (1 + math.sqrt(5)) / 2


class SGDConvex(Theorem):
    """SGD on a convex L-smooth f; the mean of E f(x^t) − f* over t = 0, …, T − 1, and so E f(x̄) −
    f* of their average, is at most

        Lη ≤ 1  ⇒  D₀/(2ηT) + ½ησ_f², attained;
        η = min{1/L, √(D₀/(Tσ_f²))}  ⇒  σ_f√(D₀/T) + LD₀/(2T).

    Proof. ‖x⁺ − x*‖² has the mean ‖x − x*‖² − 2η⟨∇f(x), x − x*⟩ + η²‖∇f(x)‖² + η²σ_f² at most, and
    ⟨∇f(x), x − x*⟩ ≥ f(x) − f* + ‖∇f(x)‖²/(2L) (co-coercivity), so that for Lη ≤ 1 it falls by
    2η(f(x) − f*) − η²σ_f²; sum over t. Tuned: at η = 1/L, ½ησ_f² ≤ ½σ_f√(D₀/T). Largest
    measured/bound known: 1.0000. Source: folklore; constants derived here.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, sigma_f=1.0, F0=0.5, more={"D0": 1.0, "rho": 0.0})
        >>> theorem = at.theorems.SGDConvex()
        >>> print(theorem.tune(c, K=1, T=100))
        η = 0.1, K = 1, T = 100, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, theorem.tune(c, K=1, T=100)):.4g}")
        0.105
    """

    label = "SGD-convex"
    method = SGD
    measure = gap_mean
    variance = "mean"
    assumptions = (rho <= 0,)
    step_range = (L * eta <= 1, K <= 1)
    bound = D0 / (2 * eta * T) + eta * sigma_f**2 / 2
    corollaries = (Corollary(sqrt(D0 * sigma_f**2 / T) + L * D0 / (2 * T)),)
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"T": T}), None

    def example(self) -> Case:
        # Sixteen coordinates with curvatures from 0 to 1, at the prescribed steps.
        pair = Quadratic(L=1.0, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0))

    def tightest(self) -> Case:
        # At Lη = 1 a step on f = ½x² lands on its noise: attained as T → ∞.
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=30_000, eta=1.0)


class SGDConvexLongSteps(Theorem):
    """SGD on a convex L-smooth f with steps beyond 1/L; the mean of E f(x^t) − f* over t = 1, …, T,
    without the start, and so E f(x̄) − f* of their average, is at most

        Lη ≤ (1 + √5)/2  ⇒  D₀/(2ηT) + ½η(1 + Lη)σ_f².

    Proof. As for the mean from t = 0, with E f(x⁺) ≤ f(x) − η(1 − ½Lη)‖∇f(x)‖² + ½Lη²σ_f²: 2η
    E(f(x⁺) − f*) ≤ ‖x − x*‖² − E‖x⁺ − x*‖² + η²(1 + Lη)σ_f² + η²(Lη − 1 − 1/(Lη))‖∇f(x)‖², and the
    last factor is at most 0 up to the golden ratio. Largest measured/bound known: 1.0000. Source:
    derived here.

    Example:
        >>> import auxtheory as at
        >>> print(at.theorems.SGDConvexLongSteps().measure)
        at.measures.gap(over='rounds')
    """

    label = "SGD-convex-long"
    method = SGD
    measure = gap(over="rounds")
    variance = "mean"
    assumptions = (rho <= 0,)
    step_range = (L * eta <= GOLDEN, K <= 1)
    bound = D0 / (2 * eta * T) + eta * (1 + L * eta) * sigma_f**2 / 2

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return GOLDEN / c.L, None

    def example(self) -> Case:
        # Sixteen coordinates with curvatures from 0 to 1.
        pair = Quadratic(L=1.0, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=0.3))

    def tightest(self) -> Case:
        # At the longest step on f = ½x²: attained as T → ∞.
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, Gaussian(sigma_f=10.0), T=30_000)
