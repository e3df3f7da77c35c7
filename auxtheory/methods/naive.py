"""Naive: use only the helper; a round is K steps of SGD on h. Source: arXiv 2206.00395, section 4.

With h := f and K = 1 it is SGD on f.

Example:
    >>> import auxtheory as at
    >>> at.methods.SGD.helper, at.methods.SGD.single_step
    ('f', True)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method, MethodType
from auxtheory.methods.phases import Schedule


class Naive(Method):
    """K times x ← x − η g_h(x)."""

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * o.h(x)


class SGD(Naive):
    """SGD on f: x ← x − η g_f(x), naive with h := f and K = 1."""

    helper = "f"
    single_step = True


def fine_tuning(rounds: int, *, then: MethodType = SGD, eta_f: float | None = None) -> Schedule:
    """Train on h first (naive), then on f.

    Args:
        rounds: How many rounds to train on h.
        then: The method on f, such as SGD or SGDMomentum.
        eta_f: The step size on f, in X²/F; by default the same as on h.

    Returns:
        The schedule, to be run as a method.

    Example:
        >>> import auxtheory as at
        >>> at.methods.fine_tuning(100).methods
        (at.methods.Naive, at.methods.SGD)
    """
    return Schedule(name="FineTuning", methods=(Naive, then), rounds=(rounds,), etas=(None, eta_f))
