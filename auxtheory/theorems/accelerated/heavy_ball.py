"""Heavy ball on quadratics without noise: the distance of the last iterate."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.measures import distance_last
from auxtheory.methods import HeavyBall
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule

L, mu_sc, M, D0, sigma_f, eta, beta, K, T = symbols("L mu_sc M D0 sigma_f eta beta K T")
# Polyak's steps: both ends of the spectrum at the ends of the range.
STEP = 4 / (sqrt(L) + sqrt(mu_sc)) ** 2
MOMENTUM = ((sqrt(L) - sqrt(mu_sc)) / (sqrt(L) + sqrt(mu_sc))) ** 2
WITHOUT_NOISE = (M <= 0, sigma_f <= 0)


class HeavyBallQuadratic(Theorem):
    """Heavy ball on a quadratic, from rest, without noise:

        (1 − √β)² ≤ ημ_sc and Lη ≤ (1 + √β)²  ⇒  ‖x^T − x*‖ ≤ β^{T/2}(1 + T(1 + √β))‖x⁰ − x*‖;
        tuned: √β = (√L − √μ_sc)/(√L + √μ_sc), η = (1 + √β)²/L.

    Proof. On an eigenvector with s = ηλ, x_{t+1} = (1 + β − s)x_t − βx_{t−1}, x_{−1} = x₀; so x_T =
    β^{T/2}(U_T(c) − √βU_{T−1}(c))x₀ with 2√βc = 1 + β − s, |c| ≤ 1, and |U_j(c)| ≤ j + 1. It is
    attained at s = (1 + √β)², where c = −1. Largest measured/bound known: 1.0000. Source: Polyak
    1964; constants derived here.

    Example:
        >>> import auxtheory as at
        >>> c = at.Constants(L=1.0, F0=0.5, more={"D0": 1.0, "mu_sc": 0.01, "M": 0.0})
        >>> theorem = at.theorems.HeavyBallQuadratic()
        >>> steps = theorem.tune(c, K=1, T=100)
        >>> print(f"{steps.eta:.4f} {steps.parameter('beta'):.4f} {theorem.value(c, steps):.3g}")
        3.3058 0.6694 1.24e-13
    """

    label = "HB"
    method = HeavyBall
    measure = distance_last
    assumptions = (*WITHOUT_NOISE, mu_sc > 0)
    step_range = (
        (1 - sqrt(beta)) ** 2 <= mu_sc * eta,
        L * eta <= (1 + sqrt(beta)) ** 2,
        beta < 1,
        K <= 1,
    )
    bound = beta**T * (1 + T * (1 + sqrt(beta))) ** 2 * D0
    prescribed: ClassVar[Rule] = {"": {"eta": STEP, "beta": MOMENTUM}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        return {"eta": STEP.value(c.values()), "beta": MOMENTUM.value(c.values())}

    def example(self) -> Case:
        # Sixteen coordinates with condition number 1,000, at Polyak's steps.
        pair = Quadratic(L=1.0, mu=1e-3, dim=16).with_helper()
        return Case(pair, T=(10, 30, 100, 300))

    def tightest(self) -> Case:
        # The coordinate of curvature L at Polyak's steps: attained at every T.
        pair = Quadratic(spectrum=[0.01, 1.0], x0=[0.0, 1.0]).with_helper()
        return Case(pair, T=30)


class HeavyBallShortSteps(Theorem):
    """Heavy ball on a quadratic, from rest, without noise, with steps up to 1/L:

        (1 − √β)² ≤ ημ_sc and Lη ≤ 1  ⇒
        ‖x^T − x*‖ ≤ β^{T/2} max{1 + T(1 − √β), 1/√(1 − β/4)}‖x⁰ − x*‖.

    Proof. As for steps up to (1 + √β)²/L, with c = cos φ ≥ √β/2 as s ≤ 1: U_T(c) − √βU_{T−1}(c) =
    cos Tφ + (c − √β) sin(Tφ)/sin φ. For c ≥ √β it is at most 1 + T(1 − √β); otherwise its amplitude
    √(s/(1 − c²)) is at most that at c = √β/2, the second value. The first alone is broken: the
    ratio of the distances reaches 2/√3 as β → 1. Largest measured/bound known: 1.0000. Source:
    derived here.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.HeavyBallShortSteps()
        >>> pair = at.Quadratic(spectrum=[0.25, 1.0], x0=[1.0, 1.0]).with_helper()
        >>> print(at.validate(theorem, pair, K=1, T=20, eta=1.0, beta=0.25).status)
        pass
    """

    label = "HB-short"
    method = HeavyBall
    measure = distance_last
    assumptions = WITHOUT_NOISE
    step_range = ((1 - sqrt(beta)) ** 2 <= mu_sc * eta, L * eta <= 1, beta < 1, K <= 1)
    bound = beta**T * maximum((1 + T * (1 - sqrt(beta))) ** 2, 1 / (1 - beta / 4)) * D0
    prescribed: ClassVar[Rule] = {"": {"eta": 1 / L, "beta": (1 - sqrt(mu_sc / L)) ** 2}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        root = sqrt(mu_sc / L).value(c.values())
        return {"eta": 1 / c.L, "beta": (1 - root) ** 2}

    def example(self) -> Case:
        # Sixteen coordinates with condition number 1,000.
        pair = Quadratic(L=1.0, mu=1e-3, dim=16).with_helper()
        return Case(pair, T=(10, 30, 100, 300))

    def tightest(self) -> Case:
        # The coordinate of curvature μ_sc: attained at every T.
        pair = Quadratic(spectrum=[0.01, 1.0], x0=[1.0, 0.0]).with_helper()
        return Case(pair, T=30)
