"""Adam: steps from averages of the gradient and of its square, coordinate by coordinate. Source:
Kingma and Ba, arXiv 1412.6980.

Example:
    >>> import auxtheory as at
    >>> at.methods.Adam.memory, at.methods.Adam.not_elementwise
    (('m', 'v'), None)
    >>> at.methods.Adam.parameters["beta2"]
    0.999
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class Adam(Method):
    """In step j: m ← β1 m + (1 − β1) g, v ← β2 v + (1 − β2) g² with g = g_f(x);  x ← x − η
    m/(1 − β1ʲ) / (√(v/(1 − β2ʲ)) + ε); η in X, ε in F/X."""

    state = "x m v"
    helper = "f"
    units = MappingProxyType({"eta": "X", "epsilon": "F/X"})

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x, 0 * x

    def step(
        o: Any,
        x: Any,
        m: Any,
        v: Any,
        *,
        eta: Any,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
    ) -> Any:
        j = (o.t - 1) * o.K + o.k + 1
        g = o.f(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        mean = m / (1 - beta1**j)
        square = v / (1 - beta2**j)
        return x - eta * mean / (o.sqrt(square) + epsilon), m, v
