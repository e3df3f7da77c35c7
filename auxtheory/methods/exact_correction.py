"""Exact correction (SVRG-like): the correction is ∇(f − h) at the round's start. Source: arXiv
2206.00395, eq. 3.

    m ← ∇r(x);   K times y ← y − η (g_h(y) + m)

Example:
    >>> import auxtheory as at
    >>> at.methods.ExactCorrection.exact_refresh, at.methods.ExactCorrection.uses_a
    (True, False)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


def refresh(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← diff."""
    return diff


ExactCorrection = Method(name="ExactCorrection", refresh=refresh, exact_refresh=True)
