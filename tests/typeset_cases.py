"""Formulas to typeset, and values of their symbols."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from auxtheory.bounds.functions import exp, log, maximum, minimum
from auxtheory.bounds.glossary import GRADIENT, ONE, symbols
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.theorems import Theorem

L, F0, mu, delta, sigma_h, sigma_r, eta, a, K, T, lambda_K = symbols(
    "L F0 mu delta sigma_h sigma_r eta a K T lambda_K"
)
SIGMA_MAX = Posynomial.symbol("sigma_max", "σ_max", GRADIENT)
RATE = Posynomial.symbol("rate", "rate", ONE)
X12 = Posynomial.symbol("x12", "x₁₂", ONE)
VALUES = {
    "L": 1.7,
    "mu": 0.31,
    "delta": 0.83,
    "beta": 0.43,
    "zeta": 0.61,
    "F0": 1.9,
    "sigma_f": 1.31,
    "sigma_h": 0.91,
    "sigma_r": 1.13,
    "eta": 0.19,
    "a": 0.37,
    "K": 7.0,
    "T": 11.0,
    "B": 5.0,
    "lambda_K": 3.3,
    "sigma_max": 2.3,
    "rate": 0.71,
    "x12": 1.51,
}
ROUNDED = 1e-3  # coefficients are printed to four digits
OWN = [
    1e-5 * L,
    1e-5 / K,
    2.5e7 * L * F0,
    -2.5e-6 * K - T,
    a - 1,
    K**0,
    0.5 - a,
    sqrt(2 - a),
    (1 - eta * mu) ** (K * T) * F0,
    RATE * X12,
    ((1 + K) ** Fraction(2, 3) + T) ** 2 / sqrt(1 + sqrt(T)),
    (K + T) ** Fraction(-3, 2),
    (2 * K) ** T,
    (1 - a) ** (a / K),
    (delta * F0 * sigma_r / T) ** Fraction(2, 3) / 32,
    lambda_K**2 * sqrt(lambda_K),
    SIGMA_MAX**2 * RATE * K / X12**3,
    2 * sqrt(F0 * (L * sigma_h**2 / K + 3 * delta * sigma_h * sigma_r / sqrt(K)) / T),
    (3 + 0 * K) ** K * 2,
    a * (1 - a) ** 2 / 3,
    (1 + (1 + (1 + K) ** Fraction(1, 3)) ** Fraction(1, 2)) ** Fraction(5, 4),
    2 * F0 * exp(-eta * mu * K * T),
    sigma_h**2 * log(T) / T,
    (1 + log(T)) * log(K * T) ** 2 * L / exp(a / K) ** 3,
    minimum(L * F0 / T, sqrt(L * F0 * sigma_h**2 / T), mu * F0) * K,
    sqrt(L * maximum(0, L - delta)) / maximum(1, minimum(K, log(T) + a)) ** Fraction(3, 2),
    log(exp(K / T) + 1) ** log(T),
    T * log(K) / K,
]


def sides(expression: Posynomial | Condition, values: Mapping[str, float] = VALUES) -> list[float]:
    if isinstance(expression, Condition):
        return [float(side.value(values)) for side in (expression.left, expression.right)]
    return [float(expression.value(values))]


def formulas_of(theorem: Theorem | type[Theorem]) -> list[Any]:
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    return [*bounds, *theorem.assumptions, *theorem.step_range]
