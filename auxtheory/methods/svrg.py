"""SVRG: gradients are corrected by those at a snapshot w, where the exact gradient is known.

Source: Johnson and Zhang 2013; the loopless form: Kovalev, Horváth, Richtárik, arXiv 1901.08689.

SVRG takes a new snapshot every K steps, and its sample is one of the noise; L-SVRG takes one with
probability p in each step, and its sample is a component of f.

Example:
    >>> import auxtheory as at
    >>> at.methods.SVRG.compares_samples, at.methods.LSVRG.program.components
    (True, True)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class SVRG(Method):
    """w ← x, g ← ∇f(w);  K times x ← x − η (g_f(x; ξ) − g_f(w; ξ) + g)."""

    state = "x w g"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, x, o.f(x, exact=True)

    def refresh(o: Any, x: Any, w: Any, g: Any) -> Any:
        return x, x, o.f(x, exact=True)

    def step(o: Any, x: Any, w: Any, g: Any, *, eta: Any) -> Any:
        now, then = o.f(x, w)
        return x - eta * (now - then + g), w, g


class LSVRG(Method):
    """x ← x − η (∇f_i(x) − ∇f_i(w) + g); with probability p: w ← x as it was, g ← ∇f(w)."""

    state = "x w g"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, x, o.f(x, exact=True)

    def step(o: Any, x: Any, w: Any, g: Any, *, eta: Any, p: Any) -> Any:
        now, then = o.f[o.pick()](x, w)
        moved = x - eta * (now - then + g)
        new = o.coin(p)
        return moved, o.where(new, x, w), o.where(new, o.f(x, exact=True), g)
