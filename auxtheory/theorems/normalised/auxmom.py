"""Normalised AuxMOM, exact correction and momentum under (L₀, L₁)-smoothness."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from auxtheory import measures, methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Exponential, Quadratic
from auxtheory.theorems.base import TINY, Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.normalised.growth import (
    DRIFT0,
    DRIFT1,
    E1,
    A,
    caps,
    share_left,
)
from auxtheory.theorems.rule import Rule

L, delta, sigma_h, L0, L1, delta0, delta1, F0, eta_x, a, K, T, B, sigma_r = symbols(
    "L delta sigma_h L0 L1 delta0 delta1 F0 eta_x a K T B sigma_r"
)
NOISE = 2 * sigma_r * (sqrt(a / (2 - a)) + 1 / (sqrt(B) * a * T))
# The smallest a: without drift, what balances the noise and the start; 0 at B = ∞.
START = (B * T**2) ** (-1 / 3)


def momentum(drift: Posynomial) -> Posynomial:
    """The prescribed a, where the noise costs σ√a and the drift the root of 2·drift·F₀/(aT)."""
    return minimum(1, maximum(sqrt(2 * drift * F0 / T) / sigma_r, START))


def memory(a: Any) -> Any:
    """How often the drift of a step is counted, in the mean over a round."""
    return K / a - (K + 1) / 2


def balanced(curvature: Posynomial) -> Posynomial:
    """The length that balances F₀/(ηKT) and η·curvature."""
    return sqrt(F0 / (K * T * curvature))


class NormalisedAuxMOM(Theorem):
    """Normalised AuxMOM, y ← y − ηv/‖v‖ with v = ∇h(y) + m, where ‖∇²f‖ ≤ L₀ + L₁‖∇f‖ and ‖∇²r‖ ≤
    δ₀ + δ₁‖∇f‖:

        σ_h = 0, a ≤ 1, L₁η ≤ 1 and κ < 1  ⇒  (1 − κ)·mean E‖∇f‖ ≤ F₀/(ηKT) + L₀ηA
            + 2ηD₀(K(1−a)/a + (K−1)/2) + 2σ_r(√(a/(2−a)) + 1/(√B aT)),
        κ = L₁ηA + 2ηD₁(K/a − 1), D₀ = δ₀ + δ₁L₀ηA, D₁ = δ₁E₁, A = 1/(2 − 2L₁η/3), E₁ =
        1/(1 − L₁η/2).

    The prescribed steps keep κ ≤ ½. At L₁ = δ₁ = 0 no step is too long.

    Proof. L₀ + L₁‖∇f‖ grows by at most e^{L₁s} over a distance s, so that A bounds (eᵘ−1−u)/u² and
    E₁ bounds (eᵘ−1)/u at u = L₁η: f(y⁺) ≤ f(y) − η‖∇f‖ + 2η‖b‖ + (L₀ + L₁‖∇f‖)η²A with b = v − ∇f,
    as −⟨∇f, v⟩/‖v‖ ≤ −‖∇f‖ + 2‖b‖, and a step changes ∇r by at most η(D₀ + D₁‖∇f(y)‖). b is the
    noise of the buffer plus these changes, each counted K(1−a)/a + K − i times after step i; sum.
    Each drift is charged to its own step, so that nothing grows with the memory 1/a. Derived here.
    Largest measured/bound known: 1.000, where the drift dominates.

    Example:
        >>> import auxtheory as at
        >>> case = at.theorems.NormalisedAuxMOM().tightest()
        >>> (case.K, case.T)
        (2, (2000,))
    """

    label = "AuxMOM-normalised"
    method = methods.NormalisedAuxMOM
    measure = measures.norm(over="local")
    assumptions = (sigma_h <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (
        L1 * eta_x <= 1,
        a <= 1,
        L1 * eta_x * A + 2 * eta_x * DRIFT1 * (K / a - 1) < 1,
    )
    bound = (
        F0 / (eta_x * K * T) + L0 * eta_x * A + 2 * eta_x * DRIFT0 * memory(a) + NOISE
    ) / share_left(DRIFT1, K / a - 1)
    prescribed: ClassVar[Rule] = {
        "": {
            "a": momentum(delta0),
            "eta": minimum(
                balanced(L0 / 2 + 2 * delta0 * memory(momentum(delta0))),
                *caps(delta1, K / momentum(delta0)),
            ),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        values = c.values() | {"K": K, "T": T, "B": B}
        rule = self.prescribed[""]
        return rule["eta"].value(values), np.maximum(rule["a"].value(values), TINY)

    def example(self) -> Case:
        pair = Exponential(L=20.0, L0=1.0, dim=4).with_helper(0.5)
        return Case(pair, Gaussian(sigma_f=1.0), K=2, T=(10, 30, 100))

    def tightest(self) -> Case:
        pair = drift_led(1.75, 0.01)
        return Case(pair, K=2, T=2_000, eta=0.01, a=1.0)


def drift_led(delta: float, eta: float) -> Any:
    """f = ½x², r = −½δx² from just inside the circle on which K = 2 steps end where they began."""
    start = (1 + delta) * eta * (1 - 1e-9)
    return Quadratic(L=1.0, dim=1, x0=[start]).with_helper(delta=delta, gap=[-delta])


class NormalisedAuxMOMSmooth(Theorem):
    """Normalised AuxMOM on an L-smooth f with a δ-smooth r, at its prescribed steps:

        σ_h = 0 and a ≤ 1  ⇒  mean E‖∇f‖ ≤ F₀/(ηKT) + Lη/2 + 2δη(K/a − (K+1)/2)
            + 2σ_r(√(a/(2−a)) + 1/(√B aT)), for steps of any length;
        with q = √(2δF₀/T): a = min{1, max{q/σ_r, (BT²)^{−1/3}}}, η = √(F₀/(KT(L/2 + 2δ(K/a −
        (K+1)/2))))  ⇒  mean E‖∇f‖ ≤ √(2LF₀/(KT)) + 2max{q, √(qσ_r)} + 2min{σ_r, √(qσ_r)}
            + 4σ_r(BT²)^{−1/6}.

    Where the noise dominates, a < 1 and B = ∞ it is √(2LF₀/(KT)) + 4(2δF₀σ_r²/T)^{1/4}: "Lσ²
    becomes δσ²" without a cap on the step.

    Proof. The bound is that of AuxMOM-normalised at L₀ = L, δ₀ = δ, L₁ = δ₁ = 0. At the prescribed
    η its first three terms are 2√(F₀(L/2 + 2δ(K/a − (K+1)/2))/(KT)) ≤ √(2LF₀/(KT)) + 2q/√a, and
    1/√a ≤ max{1, √(σ_r/q)}. The noise costs 2σ_r√a with √a ≤ min{1, √(q/σ_r)} + (BT²)^{−1/6}, and
    the start 2σ_r(BT²)^{−1/2}/a ≤ 2σ_r(BT²)^{−1/6}. Derived here. Largest measured/bound known:
    1.000, where the drift dominates.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.NormalisedAuxMOMSmooth()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(f"{steps.a:.4g} {theorem.value(c, steps):.4g}")
        0.01414 0.4915
    """

    label = "AuxMOM-normalised-L"
    method = methods.NormalisedAuxMOM
    measure = measures.norm(over="local")
    assumptions = (sigma_h <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (a <= 1,)
    bound = F0 / (eta_x * K * T) + L * eta_x / 2 + 2 * delta * eta_x * memory(a) + NOISE
    Q = sqrt(2 * delta * F0 / T)
    corollaries = (
        Corollary(
            sqrt(2 * L * F0 / (K * T))
            + 2 * maximum(Q, sqrt(Q * sigma_r))
            + 2 * minimum(sigma_r, sqrt(Q * sigma_r))
            + 4 * sigma_r * (B * T**2) ** (-1 / 6)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "a": momentum(delta),
            "eta": balanced(L / 2 + 2 * delta * memory(momentum(delta))),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        values = c.values() | {"K": K, "T": T, "B": B}
        rule = self.prescribed[""]
        return rule["eta"].value(values), np.maximum(rule["a"].value(values), TINY)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.05, dim=4).with_helper(delta=0.1)
        return Case(pair, Gaussian(sigma_f=1.0), K=2, T=(10, 30, 100))

    def tightest(self) -> Case:
        return Case(drift_led(1.75, 0.01), K=2, T=2_000, eta=0.01, a=1.0)


class NormalisedMomentum(Theorem):
    """SGD with normalised momentum, x ← x − ηm/‖m‖, where ‖∇²f‖ ≤ L₀ + L₁‖∇f‖:

        a ≤ 1, L₁η ≤ 1 and κ < 1  ⇒  (1 − κ)·mean E‖∇f‖ ≤ F₀/(ηT) + L₀ηA + 2ηD₀(1−a)/a
            + 2σ_r(√(a/(2−a)) + 1/(√B aT)),
        κ = L₁ηA + 2ηL₁E₁(1/a − 1), D₀ = L₀ + L₁L₀ηA, A = 1/(2 − 2L₁η/3), E₁ = 1/(1 − L₁η/2);

    on an L-smooth f the factor 1 − κ is 1, the second and third terms are Lη/2 and 2Lη(1−a)/a.

    Proof. AuxMOM-normalised with h = 0 and K = 1: r = f, so that δ₀ = L₀ and δ₁ = L₁. Derived here.
    Largest measured/bound known: 1.000, at a = 1 where the smoothness dominates.

    Example:
        >>> import auxtheory as at
        >>> case = at.theorems.NormalisedMomentum().tightest()
        >>> verdict = at.validate(at.theorems.NormalisedMomentum(), case.pair, **case.arguments)
        >>> print(f"{verdict.ratio:.4f}")
        0.9998
    """

    label = "momentum-normalised"
    method = methods.NormalisedMomentum
    measure = measures.norm(over="local")
    DRIFT = L0 + L1 * L0 * eta_x * A
    step_range: ClassVar[tuple[Condition, ...]] = (
        L1 * eta_x <= 1,
        a <= 1,
        K <= 1,
        L1 * eta_x * A + 2 * eta_x * L1 * E1 * (1 / a - 1) < 1,
    )
    bound = (
        F0 / (eta_x * T) + L0 * eta_x * A + 2 * eta_x * DRIFT * (1 - a) / a + NOISE
    ) / share_left(L1 * E1, 1 / a - 1)
    prescribed: ClassVar[Rule] = {
        "": {
            "a": momentum(L0),
            "eta": minimum(
                sqrt(F0 / (T * L0 * (2 / momentum(L0) - 3 / 2))),
                *caps(L1, 1 / momentum(L0)),
            ),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        values = c.values() | {"K": 1, "T": T, "B": B}
        rule = self.prescribed[""]
        return rule["eta"].value(values), np.maximum(rule["a"].value(values), TINY)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.05, dim=4).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=(10, 30, 100))

    def tightest(self) -> Case:
        # It jumps to and fro across the minimum, from just inside.
        pair = Quadratic(L=1.0, dim=1, x0=[0.5 * (1 - 1e-9)]).with_helper()
        return Case(pair, T=1_000, eta=1.0, a=1.0)


class NormalisedExactCorrection(Theorem):
    """Normalised exact correction, y ← y − ηv/‖v‖ with v = ∇h(y) + ∇r(x), where ‖∇²f‖ ≤ L₀ +
    L₁‖∇f‖ and ‖∇²r‖ ≤ δ₀ + δ₁‖∇f‖:

        σ_h = 0, L₁η ≤ 1 and κ < 1  ⇒  (1 − κ)·mean ‖∇f‖ ≤ F₀/(ηKT) + L₀ηA + ηD₀(K−1),
        κ = L₁ηA + 2ηD₁(K−1), D₀ = δ₀ + δ₁L₀ηA, D₁ = δ₁E₁, A = 1/(2 − 2L₁η/3), E₁ = 1/(1 − L₁η/2).

    The prescribed η keeps κ ≤ ½; at L₁ = δ₁ = 0 it is √(F₀/(KT(L/2 + δ(K−1)))) and the bound
    2√(F₀(L/2 + δ(K−1))/(KT)).

    Proof. AuxMOM-normalised at a = 1 without noise: the buffer is ∇r(x). Derived here. Largest
    measured/bound known: 1.000, where the drift dominates.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.NormalisedExactCorrection()
        >>> pair = at.Exponential(L=100.0, L0=1.0, dim=1).with_helper(delta=10.0)
        >>> print(at.validate(theorem, pair, K=4, T=100).status)
        pass
    """

    label = "correction-normalised"
    method = methods.NormalisedExactCorrection
    measure = measures.norm(over="local")
    assumptions = (sigma_h <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (
        L1 * eta_x <= 1,
        L1 * eta_x * A + 2 * eta_x * DRIFT1 * (K - 1) < 1,
    )
    bound = (F0 / (eta_x * K * T) + L0 * eta_x * A + eta_x * DRIFT0 * (K - 1)) / share_left(
        DRIFT1, K - 1
    )
    prescribed: ClassVar[Rule] = {
        "": {"eta": minimum(balanced(L0 / 2 + delta0 * (K - 1)), *caps(delta1, K - 1))}
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return self.prescribed[""]["eta"].value(c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        pair = Exponential(L=20.0, L0=1.0, dim=4).with_helper(0.5)
        return Case(pair, K=2, T=(10, 30, 100))

    def tightest(self) -> Case:
        return Case(drift_led(1.75, 0.01), K=2, T=2_000, eta=0.01)
