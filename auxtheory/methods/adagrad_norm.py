"""AdaGrad-norm: one step size, from the sum of all squared gradients; also projected onto a ball.
Source: Ward, Wu, Bottou, arXiv 1806.01811.

Example:
    >>> import auxtheory as at
    >>> at.methods.AdaGradNorm.memory, at.methods.AdaGradNorm.program.scalars
    ((), frozenset({'s'}))
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class AdaGradNorm(Method):
    """s ← s + ‖g‖² with g = g_f(x), from s = b0²;  x ← x − η g/√s; η in X, b0 in F/X."""

    state = "x s"
    helper = "f"
    units = MappingProxyType({"eta": "X", "b0": "F/X"})

    def start(o: Any, x: Any, *, b0: Any) -> Any:
        return x, b0**2

    def step(o: Any, x: Any, s: Any, *, eta: Any) -> Any:
        g = o.f(x)
        s = s + o.dot(g, g)
        return x - eta * g / o.sqrt(s), s


class ProjectedAdaGradNorm(Method):
    """s ← s + ‖g‖² with g = g_f(x), from s = b0²;  y = x − η g/√s;  x ← y min(1, radius/‖y‖), the
    nearest point of the ball around 0; η and radius in X, b0 in F/X."""

    state = "x s"
    helper = "f"
    units = MappingProxyType({"eta": "X", "b0": "F/X", "radius": "X"})

    def start(o: Any, x: Any, *, b0: Any = 0.0) -> Any:
        return x, b0**2

    def step(o: Any, x: Any, s: Any, *, eta: Any, radius: Any) -> Any:
        g = o.f(x)
        s = s + o.dot(g, g)
        y = x - eta * o.where(s > 0, g / o.sqrt(s), 0)
        return o.minimum(1, radius / o.norm(y)) * y, s
