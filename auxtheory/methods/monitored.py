"""Exact correction and AuxMOM that also compute what their proofs need of f − h: how far its
gradient moves between two points of the run, and how far these points are apart.

Example:
    >>> import auxtheory as at
    >>> at.methods.MonitoredAuxMOM.memory, at.methods.MonitoredAuxMOM.not_affine
    (('m', 'change', 'move'), None)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class MonitoredExactCorrection(Method):
    """Exact correction with change = ∇r(x) − ∇r(x_start) and move = x − x_start, where x_start is
    the start of the round."""

    state = "x m x_start change move"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, exact=True), x, 0 * x, 0 * x

    def refresh(o: Any, x: Any, m: Any, x_start: Any, change: Any, move: Any) -> Any:
        return x, o.r(x, exact=True), x, 0 * change, 0 * move

    def step(o: Any, x: Any, m: Any, x_start: Any, change: Any, move: Any, *, eta: Any) -> Any:
        x = x - eta * (o.h(x) + m)
        return x, m, x_start, o.r(x, exact=True) - m, x - x_start


class MonitoredAuxMOM(Method):
    """AuxMOM with change = ∇r(x) − ∇r(x_last) and move = x − x_last, where x_last is the iterate
    before x."""

    state = "x m change move"

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B), 0 * x, 0 * x

    def refresh(o: Any, x: Any, m: Any, change: Any, move: Any, *, a: Any) -> Any:
        return x, (1 - a) * m + a * o.r(x), change, move

    def step(o: Any, x: Any, m: Any, change: Any, move: Any, *, eta: Any) -> Any:
        x_last = x
        x = x_last - eta * (o.h(x_last) + m)
        return x, m, o.r(x, exact=True) - o.r(x_last, exact=True), x - x_last
