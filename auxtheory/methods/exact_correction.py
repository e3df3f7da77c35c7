"""exact correction (SVRG-like, the paper's eq. 3): the correction is ∇(f − h) at the round's start.

m ← ∇r(x);   K times y ← y − η (g_h(y) + m)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


def refresh(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← diff."""
    return diff


ExactCorrection = Method(name="ExactCorrection", refresh=refresh, exact_refresh=True)
