"""The weight of the buffer's error in the potential of S3-PL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.typing import FloatArray

# The first points of log ε, and how many times a grid of POINTS is laid around the best one.
LOGARITHMS = np.linspace(-25.0, 25.0, 101)
REFINEMENTS = 3
POINTS = 21


def discounted(u: FloatArray, K: int, a: float, q: float) -> FloatArray:
    """The least fixed point of P ↦ φ^K((1 − a)²P), φ(P) = (1 + P/(1 − uP))/(1 − q); ∞ if there
    is no such point, or a pole 1/u is on the way.

    φ is a Möbius map, so that the equation is quadratic. Its matrices have the rows (A, B) and
    (−C, D); D − A is followed by itself, for buffers that change little.
    """
    r, keep = 1 - q, (1 - a) ** 2
    A, D = np.ones_like(u), np.ones_like(u)
    B, C, apart = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
    with np.errstate(all="ignore"):
        for _ in range(K):
            apart = r * apart + (u - q) * A + C - r * u * B
            A, B, C, D = (1 - u) * A - C, (1 - u) * B + D, r * (u * A + C), r * (D - u * B)
        middle = D - keep * A if keep < 0.25 else apart + a * (2 - a) * A
        root = middle**2 - 4 * C * keep * B
        p = 2 * B / (middle + np.sqrt(np.maximum(root, 0.0)))
        free = (middle > 0) & (root >= 0) & (p > 0)
        P = keep * p
        for _ in range(K):
            free &= u * P < 1
            P = (1 + P / (1 - u * P)) / r
        # Beyond a pole the quadratic has roots to which no sequence of potentials leads.
        free &= np.abs(P - p) <= 1e-6 * p
    return np.where(free, p, np.inf)


def least(function: Callable[[FloatArray], Any]) -> float:
    """The smallest value of a function of ε on grids of log ε, each finer around the best point."""
    logarithms = LOGARITHMS
    for _ in range(REFINEMENTS + 1):
        values = function(np.exp(logarithms))
        best = int(np.argmin(values))
        width = logarithms[1] - logarithms[0]
        logarithms = logarithms[best] + np.linspace(-width, width, POINTS)
    return float(values[best])
