"""Derived constants of (L₀, L₁)-smoothness, and of a ball around 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.derived import library_symbol
from auxtheory.typing import FloatArray

HALVINGS = 200


def gradient_growth(pair: Any) -> Any:
    """L₀ of ‖∇²f‖ ≤ L₀ + L₁‖∇f‖."""
    return pair.growth.L0


def gradient_factor(pair: Any) -> Any:
    """L₁ of ‖∇²f‖ ≤ L₀ + L₁‖∇f‖."""
    return pair.growth.L1


def similarity_growth(pair: Any) -> Any:
    """δ₀ of ‖∇²(f − h)‖ ≤ δ₀ + δ₁‖∇f‖."""
    return pair.growth.delta0


def similarity_factor(pair: Any) -> Any:
    """δ₁ of ‖∇²(f − h)‖ ≤ δ₀ + δ₁‖∇f‖."""
    return pair.growth.delta1


def least_decrease(g: FloatArray, L0: Any, L1: Any) -> FloatArray:
    """ψ(g) = [(L₀ + 2L₁g) ln(1 + q) − L₁g]/L₁² with q = L₁g/(L₀ + L₁g), g²/(2L₀) at L₁ = 0: what
    a step along −∇f gains where ‖∇f‖ = g, at least."""
    g, L0, L1 = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (g, L0, L1)))
    curvature = L0 + L1 * g
    q = L1 * g / curvature
    # (ln(1 + q) − q/(1 + q))/q², with (L₀ + 2L₁g)/(L₀ + L₁g) = 1 + q; a series where it cancels.
    small = np.maximum(q, 1e-4)
    direct = (np.log1p(small) - small / (1 + small)) / small**2
    series = 0.5 - 2 / 3 * q + 3 / 4 * q**2 - 4 / 5 * q**3
    return np.asarray(g**2 / curvature * (1 + q) * np.where(q < 1e-4, series, direct))


def largest_gradient(pair: Any) -> FloatArray:
    """Γ₀ with ψ(Γ₀) = F₀: no gradient is larger where f ≤ f(x⁰)."""
    L0, L1 = pair.growth.L0, pair.growth.L1
    F0 = np.broadcast_to(np.asarray(pair.constants().F0, dtype=float), L0.shape)
    # ψ(g) ≥ 0.38 g²/(L₀ + L₁g), as q ≤ 1; so Γ₀ lies below the root of g² = 3F₀(L₀ + L₁g).
    low = np.sqrt(2 * L0 * F0)
    high = 1.5 * F0 * L1 + np.sqrt((1.5 * F0 * L1) ** 2 + 3 * F0 * L0)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = least_decrease(middle, L0, L1) < F0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(L1 > 0, high, np.sqrt(2 * L0 * F0))


def farthest_point(pair: Any) -> Any:
    """max{‖x⁰‖, ‖x*‖}; ∞ if no minimiser is known."""
    if not pair.infimum_known:
        return np.inf
    start = np.sqrt(np.sum(pair.x0**2, axis=-1))
    return np.maximum(start, np.sqrt(np.sum(pair.x_star**2)))


library_symbol(
    "L0",
    glyph="L₀",
    unit="F/X^2",
    value=gradient_growth,
    meaning="curvature where ∇f = 0: ‖∇²f‖ ≤ L₀ + L₁‖∇f‖; L for an L-smooth f",
)
library_symbol(
    "L1",
    glyph="L₁",
    unit="1/X",
    value=gradient_factor,
    meaning="growth of curvature with the gradient: ‖∇²f‖ ≤ L₀ + L₁‖∇f‖; 0 for an L-smooth f",
)
library_symbol(
    "delta0",
    glyph="δ₀",
    unit="F/X^2",
    value=similarity_growth,
    meaning="similarity where ∇f = 0: ‖∇²(f − h)‖ ≤ δ₀ + δ₁‖∇f‖; δ if that bounds it everywhere",
)
library_symbol(
    "delta1",
    glyph="δ₁",
    unit="1/X",
    value=similarity_factor,
    meaning="growth of dissimilarity with the gradient: ‖∇²(f − h)‖ ≤ δ₀ + δ₁‖∇f‖",
)
library_symbol(
    "Gamma0",
    glyph="Γ₀",
    unit="F/X",
    value=largest_gradient,
    meaning="the largest ‖∇f‖ that L₀ and L₁ allow where f ≤ f(x⁰)",
)
library_symbol(
    "reach0",
    glyph="R₀",
    unit="X",
    value=farthest_point,
    meaning="max{‖x⁰‖, ‖x*‖}: the radius of a ball around 0 that has both",
)
