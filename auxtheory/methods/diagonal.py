"""Exact correction and AuxMOM with a step for each coordinate, from the curvatures of f and f − h
along the axes: y ← y − P⁻¹(g_h(y) + m) with a diagonal P.

The curvatures are those between the points with −c and with c in all coordinates: exact where f and
h are quadratics and sums over coordinates, estimates elsewhere. η is the largest step.

Example:
    >>> import auxtheory as at
    >>> pair = at.Quadratic(spectrum=[1.0, 0.01], x0=[1.0, 1.0]).with_helper(delta=0.0)
    >>> steps = at.Steps(eta=1e3, K=1, T=1)
    >>> trace = at.run(at.methods.DiagonalExactCorrection, pair, None, steps)
    >>> bool(trace.gap[0] < 1e-20)
    True
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


def curvature(gradient: Any, x: Any, c: Any) -> Any:
    """The change of each partial derivative between the points −c and c of all axes, divided by
    2c."""
    return (gradient(0 * x + c, exact=True) - gradient(0 * x - c, exact=True)) / (2 * c)


def step_of(o: Any, x: Any, c: Any, eta: Any, weight: Any) -> Any:
    """For each coordinate the largest p ≤ η with Lp + weight δ²p² ≤ 1, L and δ its curvatures of f
    and f − h."""
    L = o.abs(curvature(o.f, x, c))
    delta = curvature(o.r, x, c)
    return 1 / o.maximum(1 / eta, (L + o.sqrt(L**2 + 4 * weight * delta**2)) / 2)


class DiagonalExactCorrection(Method):
    """m ← ∇r(x);  K times x ← x − p (g_h(x) + m), p = min{η, 2/(L + √(L² + 4wδ²))} of each
    coordinate, w = min{4K²/π², ½K(K−1)}; slope = √p ∇f(x)."""

    state = "x m p slope"
    units = MappingProxyType({"c": "X"})

    def start(o: Any, x: Any, *, eta: Any, c: Any = 1.0) -> Any:
        weight = o.minimum(4 / math.pi**2 * o.K**2, o.K * (o.K - 1) / 2)
        p = step_of(o, x, c, eta, weight)
        return x, o.r(x, exact=True), p, o.sqrt(p) * o.f(x, exact=True)

    def refresh(o: Any, x: Any, m: Any, p: Any, slope: Any) -> Any:
        return x, o.r(x, exact=True), p, slope

    def step(o: Any, x: Any, m: Any, p: Any, slope: Any) -> Any:
        x = x - p * (o.h(x) + m)
        return x, m, p, o.sqrt(p) * o.f(x, exact=True)


class DiagonalAuxMOM(Method):
    """m ← (1 − a) m + a g_r(x; ξ);  K times x ← x − p (g_h(x) + m), p = min{η, 2/(L + √(L² +
    4δ²K²/a²))} of each coordinate; slope = √p ∇f(x)."""

    state = "x m p slope"
    units = MappingProxyType({"c": "X"})

    def start(o: Any, x: Any, *, eta: Any, a: Any, c: Any = 1.0) -> Any:
        p = step_of(o, x, c, eta, (o.K / a) ** 2)
        return x, o.r(x, batch=o.B), p, o.sqrt(p) * o.f(x, exact=True)

    def refresh(o: Any, x: Any, m: Any, p: Any, slope: Any, *, a: Any) -> Any:
        return x, (1 - a) * m + a * o.r(x), p, slope

    def step(o: Any, x: Any, m: Any, p: Any, slope: Any) -> Any:
        x = x - p * (o.h(x) + m)
        return x, m, p, o.sqrt(p) * o.f(x, exact=True)
