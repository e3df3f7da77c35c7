"""naive: trust the helper. m = 0, so a round is K steps of SGD on h. Source: arXiv 2206.00395,
section 4.

    m ← 0;   K times y ← y − η g_h(y)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method, Schedule


def refresh(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← 0."""
    return 0 * diff


Naive = Method(name="Naive", refresh=refresh, exact_refresh=True, dear_calls=0)
SGD = Method(
    name="SGD",
    refresh=refresh,
    helper="f",
    exact_refresh=True,
    dear_calls=0,
    single_step=True,
    local_is_dear=True,
)


def fine_tuning(rounds: int, *, then: Method = SGD, eta_f: float | None = None) -> Schedule:
    """Train on h for `rounds` rounds (naive), then on f with `then` (SGD or SGDMomentum) at step
    η_f (default η)."""
    return Schedule(name="FineTuning", methods=(Naive, then), rounds=(rounds,), etas=(None, eta_f))
