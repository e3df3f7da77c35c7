"""Local steps with the same sample at the iterate and at the round's start, and momentum of the
server. Source: Karimireddy, Jaggi, Kale, Mohri, Reddi, Stich, Suresh, arXiv 2008.03606 (Mime).

Example:
    >>> import auxtheory as at
    >>> at.methods.MimeMomentum.compares_samples, at.methods.MimeMVR.memory
    (True, ('u', 'x_prev'))
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class MimeMomentum(Method):
    """u ← (1 − a) u + a mean of g_i(x) over C, in the first round the mean itself.  Each client of
    C, K times: y ← y − η (g_i(y; ξ) − g_i(x; ξ) + u);  x ← mean of y over C."""

    state = "x u"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def report(o: Any, x: Any, u: Any) -> Any:
        return o.h(x)

    def collect(o: Any, x: Any, u: Any, g: Any, *, a: Any) -> Any:
        return x, o.where(o.t <= 1, g, (1 - a) * u + a * g)

    def local(o: Any, y: Any, x: Any, u: Any, *, eta: Any) -> Any:
        now, then = o.h(y, x)
        return y - eta * (now - then + u)


class MimeMVR(Method):
    """u ← mean of g_i(x; ξ_i) + (1 − a) (u − mean of g_i(x_prev; ξ_i)) over C, in the first round
    the first mean.  Each client of C, K times: y ← y − η (g_i(y; ξ) − g_i(x; ξ) + u);  x ← mean of
    y over C."""

    state = "x u x_prev"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x, x

    def report(o: Any, x: Any, u: Any, x_prev: Any) -> Any:
        return o.h(x, x_prev)

    def collect(o: Any, x: Any, u: Any, x_prev: Any, now: Any, then: Any, *, a: Any) -> Any:
        return x, o.where(o.t <= 1, now, now + (1 - a) * (u - then)), x_prev

    def local(o: Any, y: Any, x: Any, u: Any, x_prev: Any, *, eta: Any) -> Any:
        now, then = o.h(y, x)
        return y - eta * (now - then + u)

    def server(o: Any, x: Any, u: Any, x_prev: Any, y: Any) -> Any:
        return y, u, x
