"""Sums of powers, in formulas of last iterates."""

from __future__ import annotations

from auxtheory.bounds.functions import maximum
from auxtheory.bounds.posynomial import Operand, Posynomial


def geometric(r: Posynomial, q: Posynomial, n: Operand) -> Posynomial:
    """1 + r + … + r^{n−1} = (1 − r^n)/q, where r = 1 − q.

    The sum is at least n(1 − (n−1)q/2), which has all digits where nq is small and 1 − r^n loses
    them; so the larger of both is at least the sum, up to rounding (10⁻¹¹ for few terms, 10⁻⁹ for a
    thousand), where 1 − r^n alone would be too small by 10⁻¹⁶/q.

    Args:
        r: The ratio, from 0 to 1.
        q: 1 − r, above 0.
        n: The number of terms.

    Returns:
        The expression.
    """
    return maximum((1 - r**n) / q, n - n * (n - 1) * q / 2)
