"""SGD on strongly convex f with steps like 1/t: the last iterate and a weighted average."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.user_symbols import symbol
from auxtheory.measures import distance_last, gap
from auxtheory.methods import InverseTimeAveragedSGD, InverseTimeSGD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule

L, mu_sc, D0, rho, sigma_f, eta, K, T = symbols("L mu_sc D0 rho sigma_f eta K T")
m = symbol("m", unit="F/X^2")
# μ̂ of the interpolation inequality.
MU_HAT = L * mu_sc / (L + mu_sc)
FIRST = 2 / (L + mu_sc)
SHARE = eta * m / 2


class SGDInverseTime(Theorem):
    """SGD with steps η/(1 + ημt) = 1/(μ(t + t₀)), t = 0, 1, …, t₀ = 1/(ημ), on an f for which f −
    ½μ_sc‖x‖² is convex, μ = m = μ_sc:

        (L + μ)η ≤ 2  ⇒  E‖x^T − x*‖² ≤ ((1 − ημ)² D₀ + η²σ_f²T)/(1 + ημ(T − 1))²
                                       = ((t₀ − 1)² D₀ + Tσ_f²/μ²)/(T + t₀ − 1)².

    Proof. x ↦ x − η_t∇f(x) is (1 − η_tμ)-Lipschitz for η_t ≤ 2/(L + μ), and 1 − η_tμ = (t + t₀ −
    1)/(t + t₀): (t + t₀)² E‖x^{t+1} − x*‖² ≤ (t + t₀ − 1)² E‖x^t − x*‖² + σ_f²/μ². Sum over t. It
    is attained on f = ½μx², at every T. Largest measured/bound known: 1.0000. Source: folklore;
    constants derived here.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=0.5, sigma_f=1.0, more={"D0": 1.0, "mu_sc": 1.0})
        >>> theorem = at.theorems.SGDInverseTime()
        >>> print(theorem.value(c, theorem.tune(c, K=1, T=100)))
        0.01
    """

    label = "SGD-SC-decreasing"
    method = InverseTimeSGD
    measure = distance_last
    assumptions = (mu_sc > 0,)
    step_range = ((L + mu_sc) * eta <= 2, m == mu_sc, K <= 1)
    bound = ((1 - eta * m) ** 2 * D0 + eta**2 * sigma_f**2 * T) / (1 + eta * m * (T - 1)) ** 2
    prescribed: ClassVar[Rule] = {"": {"eta": FIRST, "m": 1 * mu_sc}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        return {"eta": FIRST.value(c.values()), "m": mu_sc.value(c.values())}

    def example(self) -> Case:
        # A problem of 16 coordinates with condition number 10.
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0))

    def tightest(self) -> Case:
        # One coordinate, of curvature μ = L: attained.
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=100, eta=0.25, m=1.0)


class SGDWeightedAverage(Theorem):
    """SGD with steps η/(1 + ct) = 2/(μ̂(t + t₀)), t = 0, 1, …, c = ½ημ̂, t₀ = 1/c, on a convex f, μ̂ =
    m = Lμ_sc/(L + μ_sc), and the mean x̄ of x⁰, …, x^{T−1} with the weights t + t₀ − 1:

        Lη ≤ ½  ⇒  E f(x̄) − f* ≤ ((1 − c)(1 − 2c) D₀/η + ησ_f²T)/(T(2 + c(T − 3)))
                              = (½μ̂(t₀ − 1)(t₀ − 2)D₀ + 2Tσ_f²/μ̂)/(T(T + 2t₀ − 3)).

    Proof. The interpolation inequality of f between x and x* gives 2η_t(f(x) − f*) ≤ (1 − η_tμ̂)‖x
    − x*‖² − E‖x⁺ − x*‖² + η_t²σ_f² for Lη_t ≤ ½. Times (t + t₀ − 1)/η_t it telescopes; f is convex.
    For μ_sc = 0 it is the bound of equal weights and steps, attained on Huber functions as T → ∞;
    on quadratics the largest measured/bound known: 0.7683. Source: derived here.

    Example:
        >>> import auxtheory as at
        >>> print(at.theorems.SGDWeightedAverage().measure)
        at.measures.gap(of='x_bar')
    """

    label = "SGD-SC-average"
    method = InverseTimeAveragedSGD
    measure = gap("x_bar")
    assumptions = (rho <= 0,)
    step_range = (2 * L * eta <= 1, m == MU_HAT, K <= 1)
    bound = ((1 - SHARE) * (1 - 2 * SHARE) * D0 / eta + eta * sigma_f**2 * T) / (
        T * (2 + SHARE * (T - 3))
    )
    prescribed: ClassVar[Rule] = {"": {"eta": 1 / (2 * L), "m": MU_HAT}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        return {"eta": 0.5 / c.L, "m": MU_HAT.value(c.values())}

    def example(self) -> Case:
        # A problem of 16 coordinates with condition number 10.
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0))

    def tightest(self) -> Case:
        # The largest ratio that a search over quadratics found.
        return Case(Quadratic(L=1.0, dim=1).with_helper(), T=2)
