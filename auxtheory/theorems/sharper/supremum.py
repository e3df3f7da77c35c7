"""The largest error that a buffer and the local steps cause together, as the dual of a maximum over
the length of the steps."""

from __future__ import annotations

import math

from auxtheory.theorems.sharper.potential import least


def weights_between(left: float, alpha: float, square: float) -> tuple[float, float]:
    """The ends of the weights ϑ in (0, 1) with α/ϑ + ℓ²/(1−ϑ) ≤ ω.

    Args:
        left: ω > 0.
        alpha: α.
        square: ℓ².

    Returns:
        The smallest and the largest weight; they have no meaning where √α + ℓ > √ω.
    """
    middle = left + alpha - square
    spread = math.sqrt(max(middle**2 - 4 * left * alpha, 0.0))
    return (middle - spread) / (2 * left), (middle + spread) / (2 * left)


def largest_square(
    noise: float, left: float, *, alpha: float, length: float, H: float, D: float
) -> float:
    """The largest value over V of (√(N + (√α V + H)²) + ℓV + D)² − ωV².

    It is the least value over ϑ of (N + H²)/ϑ + D²/(1−ϑ) + (√α H/ϑ + ℓD/(1−ϑ))²/(ω − α/ϑ −
    ℓ²/(1−ϑ)).

    Args:
        noise: N.
        left: ω.
        alpha: α, the square of what the buffer adds for a step of length 1.
        length: ℓ, what the local steps add.
        H: what the local noise adds to the buffer's error.
        D: what it adds within a round.

    Returns:
        The value; ∞ where √α + ℓ > √ω.
    """
    if alpha == length == H == D == 0:
        return noise
    if left == 0:
        return noise if alpha == length == 0 else math.inf
    low, high = weights_between(left, alpha, length**2)
    if H == D == 0:
        return noise / high if high > 0 else math.inf

    def split(theta: float) -> float:
        rest = 1 - theta
        inner, cross = (0.0, 0.0) if D == length == 0 else (length**2 / rest, length * D / rest)
        room = left - alpha / theta - inner
        linear = math.sqrt(alpha) * H / theta + cross
        if room <= 0:
            return math.inf
        within = 0.0 if D == 0 else D**2 / rest
        return (noise + H**2) / theta + within + linear**2 / room

    if D == length == 0:
        return split(1.0)
    return least(split, max(low, 1e-300), min(high, 1 - 1e-16))
