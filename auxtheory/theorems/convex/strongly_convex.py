"""SGD on strongly convex f with constant steps: the distance of the last iterate."""

from __future__ import annotations

from auxtheory.bounds.functions import maximum
from auxtheory.bounds.glossary import symbols
from auxtheory.measures import distance_last
from auxtheory.methods import SGD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case

L, mu_sc, D0, sigma_f, eta, K, T = symbols("L mu_sc D0 sigma_f eta K T")
FACTOR = maximum(1 - eta * mu_sc, L * eta - 1)


class SGDStronglyConvex(Theorem):
    """SGD on an L-smooth f for which f − ½μ_sc‖x‖² is convex, μ_sc > 0, with constant steps:

        Lη < 2  ⇒  E‖x^T − x*‖² ≤ φ^{2T} D₀ + η²σ_f² (1 − φ^{2T})/(1 − φ²),
        φ = max{1 − ημ_sc, Lη − 1};

    for η ≤ 2/(L + μ_sc) the second term is ησ_f²(1 − φ^{2T})/(μ_sc(2 − ημ_sc)).

    Proof. x ↦ x − η∇f(x) is φ-Lipschitz with fixed point x*, and the noise is uncorrelated with
    where it leads: E‖x^{t+1} − x*‖² ≤ φ² E‖x^t − x*‖² + η²σ_f². Sum the geometric series. It is
    attained on f = ½lx² with l = μ_sc, and with l = L where Lη − 1 is the larger. Largest
    measured/bound known: 1.0000. Source: folklore; the range up to 2/L derived here.

    Example:
        >>> import auxtheory as at
        >>> case = at.theorems.SGDStronglyConvex().tightest()
        >>> verdict = at.validate(at.theorems.SGDStronglyConvex(), case.pair, case.noise,
        ...                       **case.arguments)
        >>> print(verdict.status, f"{verdict.ratio:.4f}")
        pass 1.0000
    """

    label = "SGD-SC"
    method = SGD
    measure = distance_last
    assumptions = (mu_sc > 0,)
    step_range = (L * eta < 2, K <= 1)
    bound = FACTOR ** (2 * T) * D0 + eta**2 * sigma_f**2 * (1 - FACTOR ** (2 * T)) / (1 - FACTOR**2)

    def example(self) -> Case:
        # A problem of 16 coordinates with condition number 10.
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=(10, 100, 1_000), eta=0.2)

    def tightest(self) -> Case:
        # One coordinate, of curvature μ_sc = L: attained.
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=100, eta=0.01)
