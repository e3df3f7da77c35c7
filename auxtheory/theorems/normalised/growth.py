"""Expressions that theorems under (L₀, L₁)-smoothness share."""

from __future__ import annotations

import auxtheory.theorems.normalised.quantities  # noqa: F401
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Posynomial

L0, L1, delta0, delta1, F0, eta_x, a, K, T, B, sigma_r = symbols(
    "L0 L1 delta0 delta1 F0 eta_x a K T B sigma_r"
)


def tail(u: Posynomial) -> Posynomial:
    """1/(2 − 2u/3) ≥ A(u) = (eᵘ − 1 − u)/u² for 0 ≤ u < 3."""
    return 1 / (2 - 2 / 3 * u)


def mean_growth(u: Posynomial) -> Posynomial:
    """1/(1 − u/2) ≥ E₁(u) = (eᵘ − 1)/u for 0 ≤ u < 2."""
    return 1 / (1 - u / 2)


A = tail(L1 * eta_x)
E1 = mean_growth(L1 * eta_x)
# A step changes ∇r by at most η(D₀ + D₁‖∇f(y)‖).
DRIFT0 = delta0 + delta1 * L0 * eta_x * A
DRIFT1 = delta1 * E1


def share_left(drift1: Posynomial, memory: Posynomial) -> Posynomial:
    """The factor of the mean of ‖∇f‖: what the growth of the curvatures leaves of 1."""
    return 1 - L1 * eta_x * A - 2 * eta_x * drift1 * memory


def caps(drift1: Posynomial, memory: Posynomial) -> tuple[Posynomial, Posynomial]:
    """Steps up to which the factor is at least ½: there A ≤ 0.6 and E₁ ≤ 4/3."""
    return 5 / (12 * L1), 3 / (32 * drift1 * memory)
