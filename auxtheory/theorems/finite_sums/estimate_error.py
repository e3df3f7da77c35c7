"""The largest error of a recursive estimate of ∇r that the local steps can pay for."""

from __future__ import annotations

import math

from auxtheory.theorems.sharper.potential import least


def largest(
    N: float, alpha: float, ell: float, omega: float, H: float = 0.0, D: float = 0.0
) -> float:
    """sup_{V ≥ 0} (√(N + (√α V + H)²) + ℓV + D)² − ωV²; ∞ unless √α + ℓ ≤ √ω.

    By (u + v)² ≤ u²/ϑ + v²/(1 − ϑ) it is the least value over ϑ of N/ϑ + H²/ϑ + D²/(1 − ϑ) + (√α
    H/ϑ + ℓD/(1 − ϑ))²/(ω − α/ϑ − ℓ²/(1 − ϑ)), which is convex; each ϑ gives an upper bound.

    Args:
        N: the noise of the estimate, in F²/X².
        alpha: α, without unit.
        ell: ℓ, without unit.
        omega: ω = 1 − Lη.
        H: what the noise of local steps adds to the estimate, in F/X.
        D: what it adds within a round, in F/X.

    Returns:
        The value, in F²/X².

    Example:
        >>> from auxtheory.theorems.finite_sums.estimate_error import largest
        >>> largest(1.0, alpha=0.0, ell=0.6, omega=1.0)
        1.5625
    """
    if omega < 0 or math.sqrt(alpha) + ell > math.sqrt(omega):
        return math.inf
    if ell == 0 and D == 0:
        return N + (H and H * H * (1.0 if alpha == 0 else _over(omega, omega - alpha)))
    if H == 0 and D == 0:
        middle = omega + alpha - ell * ell
        root = math.sqrt(max(0.0, middle * middle - 4 * omega * alpha))
        return N and N * _over(2 * omega, middle + root)
    if N == 0 and H == 0 and alpha == 0:
        return D and D * D * _over(omega, omega - ell * ell)
    return _least(N, alpha, ell, omega, H, D)


def _least(N: float, alpha: float, ell: float, omega: float, H: float, D: float) -> float:
    """The least value over ϑ by a golden-section search between the ends of the range of ϑ."""

    def value(theta: float) -> float:
        rest = 1 - theta
        if not 0 < theta < 1:
            return math.inf
        room = omega - alpha / theta - ell * ell / rest
        push = math.sqrt(alpha) * H / theta + ell * D / rest
        fixed = (N + H * H) / theta + D * D / rest
        return fixed + (0.0 if push == 0 else _over(push * push, room))

    middle = omega + alpha - ell * ell
    half = math.sqrt(max(0.0, middle * middle - 4 * omega * alpha))
    low, high = (0.0, 1.0) if omega == 0 else ((middle + s * half) / (2 * omega) for s in (-1, 1))
    return least(value, low, high)


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else math.inf
