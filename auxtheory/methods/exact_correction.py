"""Exact correction (SVRG-like): the correction is ∇(f − h) at the round's start. Source: arXiv
2206.00395, eq. 3.

Example:
    >>> import auxtheory as at
    >>> at.methods.ExactCorrection.exact_refresh, at.methods.ExactCorrection.uses_a
    (True, False)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class ExactCorrection(Method):
    """m ← ∇r(x);  K times x ← x − η (g_h(x) + m)."""

    state = "x m"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, exact=True)

    def refresh(o: Any, x: Any, m: Any) -> Any:
        return x, o.r(x, exact=True)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m
