"""The numbers behind S3-sharp and S4-sharp: the weight of the buffer's error in the potential, and
the least value of a convex function of one parameter."""

from __future__ import annotations

import math
from collections.abc import Callable

GOLDEN = (math.sqrt(5) - 1) / 2
SECTIONS = 60


def least(function: Callable[[float], float], low: float, high: float) -> float:
    """The smallest value that golden sections find of a function that falls and then rises, or is
    ∞ from some point on."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    best = min(at_left, at_right)
    for _ in range(SECTIONS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = function(right)
        best = min(best, at_left, at_right)
    return best


def weight(kappa: float, K: int, a: float) -> float:
    """The least fixed point p of P ↦ Φ^K((1 − a)²P), Φ(P) = 1 + Pκ/(κ − P); ∞ if there is none
    below the pole.

    With sin φ = 1/(2√κ), Φ is a Möbius map that turns by the angle 2φ, so the equation is
    quadratic: (1−a)²(U/κ)p² − (E + (1−a)²U/κ)p + U = 0, U = sin 2Kφ / sin 2φ and E = a(2−a)
    cos((2K−1)φ) / cos φ.
    """
    keep = 1 - a
    if K == 1:
        # Φ((1−a)²P) has the same form for every κ > 0, and Φ(0) = 1.
        U, cosine = 1.0, 1.0
    elif kappa <= 0.25:
        return math.inf
    elif kappa > 1e14:
        U, cosine = float(K), 1.0
    else:
        phi = math.asin(0.5 / math.sqrt(kappa))
        if 2 * K * phi >= math.pi:
            return math.inf
        U = math.sin(2 * K * phi) / math.sin(2 * phi)
        cosine = math.cos((2 * K - 1) * phi) / math.cos(phi)
    if keep == 0:
        return U / cosine if cosine > 0 else math.inf
    if kappa <= 0:
        return math.inf
    # The two factors of the discriminant; the middle of them is the linear coefficient.
    cross = keep * U / math.sqrt(kappa)
    middle = a * (2 - a) * cosine + keep**2 * U / kappa
    if middle < 2 * cross * (1 - 1e-12):
        return math.inf
    p = 2 * U / (middle + math.sqrt(max(middle - 2 * cross, 0.0) * (middle + 2 * cross)))
    # The denominator after the K steps is positive if no pole was passed.
    return p if (p > 0 and cosine - keep**2 * p * U / kappa > 0) else math.inf
