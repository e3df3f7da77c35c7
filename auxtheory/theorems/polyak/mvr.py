"""S4-PŁ: the last iterate of MVR under the Polyak–Łojasiewicz inequality."""

from __future__ import annotations

import math
from typing import ClassVar

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import exp, log, maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.polyak.sums import geometric
from auxtheory.theorems.rule import Rule

L, F0, mu, delta, sigma_r, eta, a, K, T, B = symbols("L F0 mu delta sigma_r eta a K T B")
REMAINS = 1 - eta * mu
# 1/P, by which the error of the buffer is paid for.
PRICE = a * (2 - a) - eta * mu
START = F0 + sigma_r**2 / (4 * mu * B)
SHARE = maximum(math.e, 2 * mu * T * START / (3 * sigma_r**2))


class MVRPL(Theorem):
    """MVR (STORM) on an f with ½‖∇f‖² ≥ μ(f − f*), r = 1 − ημ; δ in mean square, T ≥ 2:

        ημ ≤ a ≤ 1, ημ < a(2−a), Lη + (1−a)Pδ²η² ≤ 1, P = 1/(a(2−a) − ημ)  ⇒  E f(x^T) − f* ≤
        r^T F₀ + ½ηPrσ_r²(a + a(a−ημ)(1 + r + … + r^{T−3}) + max{0, r^{T−1}/B − a(1−a)r^{T−2}});
        η = min{1/(4L), 1/(2δ), ln(x)/(μT)}, a = max{2ημ, 2δ²η²}, x = max{e, 2μT(F₀ +
        σ_r²/(4μB))/(3σ_r²)}  ⇒  E f(x^T) − f* ≤
        e^{−μT/max{4L, 2δ}}(F₀ + σ_r²/(4μB)) + 3σ_r²(1 + ln x)/(2μT) + δ²σ_r² ln²(x)/(μ³T²).

    Proof. D⁺ ≤ rD + ½η(‖e‖² − (1−Lη)‖v‖²), e the error of the buffer, e_t = (1−a)e_{t−1} + ε_t with
    E‖ε_t‖² = aV_{t−1} − a(1−a)V_{t−2} + (1−a)W_t, V_t = E‖n(x^t)‖² ≤ σ_r², W_t ≤ δ²η²‖v_{t−1}‖².
    With the weight r^{T−t} of step t the error ε_s costs at most Pr^{T−s+1}E‖ε_s‖²; the range
    makes the coefficients of ‖v‖² negative and those of V_t for t ≥ 1 not. Tuned: P ≤ 1/a. Source:
    derived here; arXiv 2206.00395 treats the nonconvex case. The sum is written as in SGD-PL.
    Largest measured/bound known: 1.0000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.MVRPL()
        >>> c = at.Constants(L=1.0, F0=1.0, mu=0.1, delta=1.0, sigma_r=0.1)
        >>> steps = theorem.tune(c, K=1, T=1000)
        >>> print(steps)
        η = 0.0880488, a = 0.0176098, K = 1, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.002246
    """

    label = "S4-PL"
    method = methods.MVR
    measure = "gap"
    mean_square = True
    assumptions = (mu > 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * mu <= a,
        eta * mu < a * (2 - a),
        L * eta + (1 - a) * delta**2 * eta**2 / PRICE <= 1,
        a <= 1,
        K <= 1,
        T >= 2,
    )
    bound = REMAINS**T * F0 + eta * REMAINS * sigma_r**2 / (2 * PRICE) * (
        a
        + a * (a - eta * mu) * geometric(REMAINS, eta * mu, T - 2)
        + maximum(0, REMAINS ** (T - 1) / B - a * (1 - a) * REMAINS ** (T - 2))
    )
    corollaries = (
        Corollary(
            exp(-mu * T / maximum(4 * L, 2 * delta)) * START
            + 3 * sigma_r**2 * (1 + log(SHARE)) / (2 * mu * T)
            + delta**2 * sigma_r**2 * log(SHARE) ** 2 / (mu**3 * T**2)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(1 / (4 * L), 1 / (2 * delta), log(SHARE) / (mu * T)),
            "a": maximum(2 * eta * mu, 2 * delta**2 * eta**2),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        rule = self.prescribed[""]
        values = c.values() | {"T": T, "B": B}
        values["eta"] = rule["eta"].value(values)
        return values["eta"], rule["a"].value(values)

    def example(self) -> Case:
        # A quadratic of 16 coordinates of curvatures from 0.2 to 1
        pair = Quadratic(L=1.0, mu=0.2, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=0.3), T=(10, 100, 1_000), B=1)

    def tightest(self) -> Case:
        # One coordinate, a = 1 and Lη near 1: a step leads to the noise of its sample
        pair = Quadratic(L=1.0, dim=1, F0=1e-6).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=10, eta=0.999999, a=1.0)
