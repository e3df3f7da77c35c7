"""Recursive refreshes: the correction follows x by differences of samples, and is taken anew with
probability p, or every Q rounds. Source: PAGE, Li, Bao, Zhang, Richtárik, arXiv 2008.10898; SPIDER,
Fang, Li, Lin, Zhang, arXiv 1807.01695; with a helper: derived here.

Example:
    >>> import auxtheory as at
    >>> at.methods.AuxPAGE.compares_samples, at.methods.PAGE.single_step
    (True, True)
    >>> print(at.methods.AuxSPIDER.not_affine)
    None
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class AuxPAGE(Method):
    """With probability p: m ← mean of B samples of g_r(x), otherwise m ← m + g_r(x; ξ) −
    g_r(x_prev; ξ), the mean of b samples ξ (b rounded up);  K times x ← x − η (g_h(x) + m)."""

    state = "x m x_prev"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B), x

    def refresh(o: Any, x: Any, m: Any, x_prev: Any, *, p: Any, b: Any = 1.0) -> Any:
        full = o.r(x, batch=o.B)
        now, then = o.r(x, x_prev, batch=b + (-b) % 1)
        return x, o.where(o.coin(p), full, m + now - then), x

    def step(o: Any, x: Any, m: Any, x_prev: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m, x_prev


class PAGE(AuxPAGE):
    """PAGE: AuxPAGE with h = 0 and K = 1."""

    helper = "none"
    single_step = True


class AuxSPIDER(Method):
    """Every Q rounds (Q rounded down): m ← mean of B samples of g_r(x), otherwise m ← m + g_r(x; ξ)
    − g_r(x_prev; ξ), the mean of b samples ξ (b rounded up);  K times x ← x − η (g_h(x) + m)."""

    state = "x m x_prev"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B), x

    def refresh(o: Any, x: Any, m: Any, x_prev: Any, *, Q: Any, b: Any = 1.0) -> Any:
        full = o.r(x, batch=o.B)
        now, then = o.r(x, x_prev, batch=b + (-b) % 1)
        return x, o.where((o.t - 1) % o.maximum(1, Q - Q % 1) < 0.5, full, m + now - then), x

    def step(o: Any, x: Any, m: Any, x_prev: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m, x_prev
