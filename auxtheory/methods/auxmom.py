"""AuxMOM: the correction is a momentum average of stochastic gradients of f − h. Source: arXiv
2206.00395, alg. 1.

With h = 0 and K = 1 it is SGD with momentum.

Example:
    >>> import auxtheory as at
    >>> at.methods.AuxMOM.memory, at.methods.AuxMOM.uses_a
    (('m',), True)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class AuxMOM(Method):
    """m ← (1 − a) m + a g_r(x; ξ);  K times x ← x − η (g_h(x) + m)."""

    state = "x m"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B)

    def refresh(o: Any, x: Any, m: Any, *, a: Any) -> Any:
        return x, (1 - a) * m + a * o.r(x)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m


class SGDMomentum(AuxMOM):
    """SGD with momentum: AuxMOM with h = 0 and K = 1."""

    helper = "none"
    single_step = True
