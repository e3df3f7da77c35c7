"""Exact correction with several helpers: m_i = ∇(f − h_i) at the start of the round, for those at
work. Source: arXiv 2206.00395, eq. 3, for several helpers; steps of each helper: derived here.

With one helper it is `ExactCorrection`.

Example:
    >>> import auxtheory as at
    >>> at.methods.ClientExactCorrection.exact_refresh
    True
"""

from __future__ import annotations

import math
from typing import Any

from auxtheory.methods.base import Method


class ClientExactCorrection(Method):
    """Each helper of C: m_i ← ∇r_i(x), K times y ← y − η (g_{h_i}(y) + m_i);  x ← mean of y over
    C."""

    client_state = "m_i"
    refreshed = "sampled"

    def client_start(o: Any, x: Any) -> Any:
        return o.r(x, exact=True)

    def refresh(o: Any, x: Any, m_i: Any) -> Any:
        return o.r(x, exact=True)

    def local(o: Any, y: Any, x: Any, m_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + m_i)


class ClientExactCorrectionOwnSteps(ClientExactCorrection):
    """Exact correction with K_i ≤ K local steps of length η_i at helper i: η and K_i may
    differ between the helpers."""

    def local(o: Any, y: Any, x: Any, m_i: Any, *, eta: Any, K_i: Any = math.inf) -> Any:
        return o.where(o.k < K_i, y - eta * (o.h(y) + m_i), y)
