"""Gradient descent with any step size on separable logistic regression."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.functions import log
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.measures import gap_mean
from auxtheory.problems import separable_logistic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.finite_sums.quantities import margin, reach
from auxtheory.theorems.sharper.potential import least

F0, sigma_f, eta, K, T = symbols("F0 sigma_f eta K T")
c = F0 / math.log(2)
U = margin**2 * eta * c * T


def best_comparator(c: Any, s: Any) -> float:
    """min over λ ≥ 0 of c ln(1 + e^{−λ}) + (λ + ηcR²/2)²/(2γ²ηT), c = F₀/ln 2."""
    weight = c.F0 / math.log(2)
    shift = s.eta * weight * c.reach**2 / 2
    scale = c.margin**2 * s.eta * s.T

    def value(reached: float) -> float:
        return weight * math.log1p(math.exp(-reached)) + (reached + shift) ** 2 / (2 * scale)

    # The derivative is positive from λ = γ²ηcT on.
    return least(value, 0.0, scale * weight)


class LogisticGD(Theorem):
    """Gradient descent with any η on logistic regression of separable data, from x⁰ = 0: with ‖a_i‖
    ≤ R, y_i a_iᵀw* ≥ γ, ‖w*‖ = 1, and weights of sum c = F₀/ln 2,

        mean_{t<T} f(x^t) ≤ min_{λ≥0} c ln(1 + e^{−λ}) + (λ + ηcR²/2)²/(2γ²ηT).

    Proof. Let c = R = 1, which scaling f and x allows, g = mean of σ(−y_i a_iᵀx), and u = u₁ + u₂,
    u₁ = (λ/γ)w*, u₂ = (η/(2γ))w*. ‖x⁺ − u‖² = ‖x − u‖² + 2η⟨∇f, u₁ − x⟩ + 2η⟨∇f, u₂⟩ + η²‖∇f‖². By
    convexity the second term is at most 2η(f(u₁) − f(x)); ⟨∇f, w*⟩ ≤ −γg and ‖∇f‖ ≤ g ≤ 1, so the
    last two are at most −η²g(1 − g) ≤ 0. Sum over t: 2ηΣ(f(x^t) − f(u₁)) ≤ ‖u‖², and f(u₁) ≤ ln(1 +
    e^{−λ}). Source: derived here. Largest measured/bound known: 0.9998.

    Example:
        >>> import auxtheory as at
        >>> pair = at.problems.separable_logistic([[0.6, 0.8], [0.6, -0.8]], [1, 1])
        >>> at.validate(at.theorems.LogisticGD(), pair, K=1, T=[10, 100], eta=20.0).status
        'pass'
    """

    label = "GD-logistic"
    method = methods.SGD
    measure = gap_mean
    assumptions: ClassVar[tuple[Condition, ...]] = (margin > 0, sigma_f <= 0)
    step_range: ClassVar[tuple[Condition, ...]] = (K <= 1,)
    bound = BlackBox(best_comparator)

    def example(self) -> Case:
        return Case(separated(), T=(10, 100, 1_000), eta=30.0)

    def tightest(self) -> Case:
        return Case(separable_logistic([[1.0]], [1]), T=1, eta=1e-3)


class LogisticGDClosed(Theorem):
    """GD-logistic at one λ: u = γ²ηcT, λ = ln(1 + u), and no condition on u:

        mean_{t<T} f(x^t) ≤ c ln(1 + 1/(1+u)) + c(ln(1+u) + ηcR²/2)²/(2u), c = F₀/ln 2; at R = 1 and
        c = 1 about ½(ln(γ²ηT) + η/2)²/(γ²ηT), which falls like ln²(T)/T² at η of the order of ln T.

    Proof. λ = ln(1 + u) ≥ 0 in GD-logistic. Source: derived here. Largest measured/bound known:
    0.9991.

    Example:
        >>> import auxtheory as at
        >>> "η" in str(at.theorems.LogisticGDClosed().bound)
        True
    """

    label = "GD-logistic-closed"
    method = methods.SGD
    measure = gap_mean
    assumptions: ClassVar[tuple[Condition, ...]] = (margin > 0, sigma_f <= 0)
    step_range: ClassVar[tuple[Condition, ...]] = (K <= 1,)
    bound = c * log(1 + 1 / (1 + U)) + c * (log(1 + U) + eta * c * reach**2 / 2) ** 2 / (2 * U)

    def example(self) -> Case:
        return Case(separated(), T=(10, 100, 1_000), eta=30.0)

    def tightest(self) -> Case:
        return Case(separable_logistic([[1.0]], [1]), T=1, eta=1e-3)


def separated(n: int = 20, d: int = 8) -> Any:
    """Data of unit vectors with a margin of at least 0.2 along the first axis."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((n, d))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    labels = (a[:, 0] > 0).astype(int)
    a[:, 0] = np.where(labels, 0.25, -0.25) + a[:, 0]
    return separable_logistic(a / np.linalg.norm(a, axis=1, keepdims=True), labels)
