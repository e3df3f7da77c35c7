"""Nesterov's accelerated gradient: heavy ball with the gradient ahead, at x + βv. Source: Nesterov
1983; the schedules: for convex f by Su, Boyd, Candès, arXiv
1503.01243, for strongly convex f by Nesterov 2018, "Lectures on convex optimization", (2.2.22).

Example:
    >>> import auxtheory as at
    >>> pair = at.Quadratic(L=1.0, mu=0.01, dim=8).with_helper()
    >>> steps = at.Steps(eta=1.0, K=1, T=100, m=0.01)
    >>> trace = at.run(at.methods.NesterovStronglyConvex, pair, at.Gaussian(), steps,
    ...                engine="numpy")
    >>> bool(trace.gap[0] < 1e-6)
    True
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class Nesterov(Method):
    """v ← β v − η g_f(x + β v);  x ← x + v."""

    state = "x v"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any, beta: Any) -> Any:
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class NesterovConvex(Method):
    """In step j: y ← x + (j − 1)/(j + 2) (x − x_prev);  x ← y − η g_f(y)."""

    state = "x x_prev"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, x_prev: Any, *, eta: Any) -> Any:
        j = (o.t - 1) * o.K + o.k + 1
        y = x + (j - 1) / (j + 2) * (x - x_prev)
        return y - eta * o.f(y), x


class NesterovStronglyConvex(Method):
    """y ← x + β (x − x_prev) with β = (1 − √(mη))/(1 + √(mη));  x ← y − η g_f(y); f is m-strongly
    convex."""

    state = "x x_prev"
    helper = "f"
    units = MappingProxyType({"m": "F/X^2"})

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, x_prev: Any, *, eta: Any, m: Any) -> Any:
        root = o.sqrt(m * eta)
        y = x + (1 - root) / (1 + root) * (x - x_prev)
        return y - eta * o.f(y), x
