"""S2-PŁ: the last iterate of SGD on h under the Polyak–Łojasiewicz inequality of f."""

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

L, F0, mu, beta, zeta, sigma_h, eta, K, T = symbols("L F0 mu beta zeta sigma_h eta K T")
# Not 1 − ημ(1 − β), which loses the digits of ημβ where ημ is near 1.
REMAINS = 1 - eta * mu + eta * mu * beta
CONTRACTED = eta * mu * (1 - beta)
RATE = mu * (1 - beta) * K * T
SHARE = maximum(math.e, 2 * mu**2 * (1 - beta) ** 2 * F0 * K * T / (L * sigma_h**2))


class NaivePL(Theorem):
    """Naive, y ← y − η g_h(y), on an f with ½‖∇f‖² ≥ μ(f − f*), r = 1 − ημ(1 − β):

        β < 1, Lη ≤ 1  ⇒  E f(x^T) − f* ≤ r^{KT} F₀ + ½η(ζ² + Lησ_h²)(1 + r + … + r^{KT−1}),
        attained; the sum is (1 − r^{KT})/(1 − r), and the floor (ζ² + Lησ_h²)/(2μ(1 − β));
        η = min{1/L, ln(x)/(μ(1−β)KT)}, x = max{e, 2μ²(1−β)²F₀KT/(Lσ_h²)}  ⇒
        E f(x^T) − f* ≤ e^{−μ(1−β)KT/L} F₀ + ζ²/(2μ(1−β)) + Lσ_h²(1 + ln x)/(2μ²(1−β)²KT).

    Proof. With b = ∇h − ∇f, smoothness gives E f(y⁺) ≤ f(y) − ½η‖∇f‖² + ½η‖b‖² − ½η(1 − Lη)‖∇h‖² +
    ½Lη²σ_h²; ‖b‖² ≤ β‖∇f‖² + ζ² and ‖∇f‖² ≥ 2μ(f − f*) give D⁺ ≤ rD + ½η(ζ² + Lησ_h²) for each of
    the KT steps. Tuned: r^{KT} ≤ e^{−ημ(1−β)KT}, and F₀/x ≤ Lσ_h²/(2μ²(1−β)²KT). Source: derived
    here; arXiv 2206.00395 treats the nonconvex case. The sum is written as in SGD-PL. Largest
    measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.NaivePL()
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.1, beta=0.25, zeta=0.01, sigma_h=0.1)
        >>> steps = theorem.tune(c, K=8, T=100)
        >>> print(steps)
        η = 0.113373, K = 8, T = 100, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.009336
    """

    label = "S2-PL"
    method = methods.Naive
    measure = "gap"
    assumptions = (mu > 0, beta < 1)
    step_range = (L * eta <= 1,)
    bound = REMAINS ** (K * T) * F0 + eta * (zeta**2 + L * eta * sigma_h**2) / 2 * geometric(
        REMAINS, CONTRACTED, K * T
    )
    corollaries = (
        Corollary(
            exp(-RATE / L) * F0
            + zeta**2 / (2 * mu * (1 - beta))
            + L * sigma_h**2 * (1 + log(SHARE)) / (2 * mu**2 * (1 - beta) ** 2 * K * T)
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(1 / L, log(SHARE) / RATE)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return self.prescribed[""]["eta"].value(c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        # A quadratic of 32 coordinates of curvatures from 0.2 to 1, and a helper with a bias
        pair = Quadratic(L=1.0, mu=0.2, dim=32).with_helper(delta=0.05, zeta=0.05)
        return Case(pair, Gaussian(sigma_f=0.3, sigma_h=0.1), K=4, T=(10, 100, 1_000))

    def tightest(self) -> Case:
        # One coordinate, ∇r constant, Lη = 1: a step leads to the minimiser of h, and adds the
        # noise
        pair = Quadratic(L=1.0, dim=1, F0=1e-6).with_helper(delta=0.0, zeta=1.0)
        return Case(pair, Gaussian(sigma_h=1.0), K=2, T=3, eta=1.0)
