"""Naive: use only the helper. m = 0, so a round is K steps of SGD on h. Source: arXiv 2206.00395,
section 4.

    m ← 0;   K times y ← y − η g_h(y)

With h := f and K = 1 it is SGD on f.

Example:
    >>> import auxtheory as at
    >>> at.methods.SGD.helper, at.methods.SGD.single_step
    ('f', True)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method, Schedule


def refresh(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← 0."""
    return 0 * diff


Naive = Method(name="Naive", refresh=refresh, exact_refresh=True, calls_r=0)
SGD = Method(
    name="SGD",
    refresh=refresh,
    helper="f",
    exact_refresh=True,
    calls_r=0,
    single_step=True,
    local_is_r=True,
)


def fine_tuning(rounds: int, *, then: Method = SGD, eta_f: float | None = None) -> Schedule:
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
