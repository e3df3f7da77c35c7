"""SGD on convex f with steps that decay linearly to 0: the last iterate."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.measures import gap_last
from auxtheory.methods import LinearDecaySGD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule

L, D0, rho, sigma_f, eta, K, T = symbols("L D0 rho sigma_f eta K T")
# The number of steps, plus one.
N = K * T + 1
CAPS = 1 / L, sqrt(D0 / (N * sigma_f**2))


class SGDLinearDecay(Theorem):
    """SGD on a convex L-smooth f with the steps η_j = η(1 − j/(n + 1)), j = 1, …, n, n = KT; at the
    last iterate

        Lη ≤ 1  ⇒  E f(x^T) − f* ≤ D₀/(2η(n + 1)) + ½ησ_f²;
        η = min{1/L, √(D₀/((n + 1)σ_f²))}  ⇒  LD₀/(2(n + 1)) + σ_f√(D₀/(n + 1)).

    Proof. With weights 0 < w_t ≤ 1/L, t = 1, …, n + 1, of sum W, and the steps w_t(w_{t+1} + … +
    w_{n+1})/W there are points z, z⁺ = z − w_t g_t, z₁ = x⁰, with z − x a combination of x − x_s, s
    < t. Convexity between x_t and x* and between x_t and x_s leaves only the gap of the last
    iterate: 2W(E f(x_{n+1}) − f*) ≤ D₀ + σ_f²Σw_t². Here w_t = η. It is attained on the Huber
    function of slope L‖x⁰ − x*‖/(n + 1) at η = 1/L; on quadratics the largest measured/bound known:
    0.5926. Source: arXiv 2310.07831 treats Lipschitz f; the smooth case and its proof are derived
    here.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, sigma_f=1.0, F0=0.5, more={"D0": 1.0, "rho": 0.0})
        >>> theorem = at.theorems.SGDLinearDecay()
        >>> steps = theorem.tune(c, K=1, T=99)
        >>> print(steps, f"{theorem.value(c, steps):.4g}")
        η = 0.1, K = 1, T = 99, B = ∞ (tuned) 0.105
    """

    label = "SGD-linear-decay"
    method = LinearDecaySGD
    measure = gap_last
    assumptions = (rho <= 0,)
    step_range = (L * eta <= 1,)
    bound = D0 / (2 * eta * N) + eta * sigma_f**2 / 2
    corollaries = (Corollary(sqrt(D0 * sigma_f**2 / N) + L * D0 / (2 * N)),)
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        # Sixteen coordinates with curvatures from 0 to 1, at the prescribed steps.
        pair = Quadratic(L=1.0, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0))

    def tightest(self) -> Case:
        # The largest ratio that a search over quadratics found.
        return Case(Quadratic(L=1.0, dim=1).with_helper(), T=1, eta=2 / 3)
