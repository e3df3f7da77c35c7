"""SARAH and SPIDER: the gradient's estimate v moves with x by the difference of one sample. Source:
Nguyen, Liu, Scheinberg, Takáč, arXiv 1703.00102; Fang, Li, Lin, Zhang, arXiv 1807.01695.

Example:
    >>> import auxtheory as at
    >>> at.methods.SARAH.memory, at.methods.SARAH.compares_samples
    (('v',), True)
    >>> print(at.methods.SPIDER.not_affine.partition(" in line")[0])
    SPIDER.step is not affine: norm
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class SARAH(Method):
    """v ← ∇f(x);  K times x_new ← x − η v, v ← v + g_f(x_new; ξ) − g_f(x; ξ)."""

    state = "x v"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, o.f(x, exact=True)

    def refresh(o: Any, x: Any, v: Any) -> Any:
        return x, o.f(x, exact=True)

    def step(o: Any, x: Any, v: Any, *, eta: Any) -> Any:
        x_new = x - eta * v
        now, then = o.f(x_new, x)
        return x_new, v + now - then


class SPIDER(Method):
    """v ← mean of B samples of g_f(x);  K times x_new ← x − min(η, r/‖v‖) v, v as in SARAH."""

    state = "x v"
    helper = "f"
    units = MappingProxyType({"r": "X"})

    def start(o: Any, x: Any) -> Any:
        return x, o.f(x, batch=o.B)

    def refresh(o: Any, x: Any, v: Any) -> Any:
        return x, o.f(x, batch=o.B)

    def step(o: Any, x: Any, v: Any, *, eta: Any, r: Any) -> Any:
        x_new = x - o.minimum(eta, r / o.norm(v)) * v
        now, then = o.f(x_new, x)
        return x_new, v + now - then
