"""Heavy ball: each step repeats a share β of the last one. Source: Polyak 1964, "Some methods of
speeding up the convergence of iteration methods".

Example:
    >>> import auxtheory as at
    >>> at.methods.HeavyBall.memory, at.methods.HeavyBall.not_affine
    (('v',), None)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class HeavyBall(Method):
    """v ← β v − η g_f(x);  x ← x + v."""

    state = "x v"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any, beta: Any) -> Any:
        v = beta * v - eta * o.f(x)
        return x + v, v
