"""AuxMVR: momentum with variance reduction, the same sample at two points. Source: arXiv
2206.00395, alg. 2.

With h = 0 and K = 1 it is MVR (STORM).

Example:
    >>> import auxtheory as at
    >>> at.methods.AuxMVR.compares_samples
    True
    >>> at.methods.MVR.helper, at.methods.MVR.single_step
    ('none', True)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class AuxMVR(Method):
    """m ← g_r(x; ξ) + (1 − a) (m − g_r(x_prev; ξ));  K times x ← x − η (g_h(x) + m)."""

    state = "x m x_prev"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B), x

    def refresh(o: Any, x: Any, m: Any, x_prev: Any, *, a: Any) -> Any:
        diff, diff_prev = o.r(x, x_prev)
        return x, diff + (1 - a) * (m - diff_prev), x

    def step(o: Any, x: Any, m: Any, x_prev: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m, x_prev


class MVR(AuxMVR):
    """MVR (STORM): AuxMVR with h = 0 and K = 1."""

    helper = "none"
    single_step = True
