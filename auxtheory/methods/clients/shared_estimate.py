"""One estimate u of ∇f for all helpers, where f is their mean: a momentum average of ∇h_i at the
helpers that report, or one with variance reduction (MVR). These are the helpers at work, as many
others, or all. Source: arXiv 2206.00395, section 5, with f as the mean of the helpers.

Example:
    >>> import auxtheory as at
    >>> [m.program.clients.reporting for m in (
    ...     at.methods.SharedMomentum,
    ...     at.methods.SharedMomentumIndependent,
    ...     at.methods.SharedMomentumAll,
    ... )]
    ['sampled', 'independent', 'all']
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class SharedMomentum(Method):
    """u ← (1 − a) u + a mean of ∇h_i(x) over C.  Each helper of C, K times: y ← y − η (g_{h_i}(y) +
    u − ∇h_i(x));  x ← mean of y over C.  At the start u = ∇h(x⁰), the mean over all helpers."""

    state = "x u"
    client_state = "g_i"
    reports_from = 2

    def start(o: Any, x: Any) -> Any:
        return x, o.h(x, exact=True)

    def client_start(o: Any, x: Any, u: Any) -> Any:
        return o.h(x, exact=True)

    def report(o: Any, x: Any, u: Any, g_i: Any) -> Any:
        g = o.h(x, exact=True)
        return g, g

    def collect(o: Any, x: Any, u: Any, g: Any, *, a: Any) -> Any:
        return x, (1 - a) * u + a * g

    def local(o: Any, y: Any, x: Any, u: Any, g_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + (u - g_i))


class SharedMomentumIndependent(SharedMomentum):
    """SharedMomentum with the mean over S helpers that are drawn independently of C."""

    refreshed = "sampled"
    reporting = "independent"

    def refresh(o: Any, x: Any, u: Any, g_i: Any) -> Any:
        return o.h(x, exact=True)

    def report(o: Any, x: Any, u: Any, g_i: Any) -> Any:
        return o.h(x, exact=True), g_i


class SharedMomentumAll(SharedMomentum):
    """SharedMomentum with the mean over all helpers."""

    reporting = "all"


class SharedMVR(Method):
    """u ← mean of ∇h_i(x) + (1 − a) (u − mean of ∇h_i(x_prev)), both over C.  Each helper of C, K
    times: y ← y − η (g_{h_i}(y) + u − ∇h_i(x));  x ← mean of y over C.  At the start u = ∇h(x⁰)."""

    state = "x u x_prev"
    client_state = "g_i"
    reports_from = 2

    def start(o: Any, x: Any) -> Any:
        return x, o.h(x, exact=True), x

    def client_start(o: Any, x: Any, u: Any, x_prev: Any) -> Any:
        return o.h(x, exact=True)

    def report(o: Any, x: Any, u: Any, x_prev: Any, g_i: Any) -> Any:
        now, then = o.h(x, x_prev, exact=True)
        return (now, then), now

    def collect(o: Any, x: Any, u: Any, x_prev: Any, now: Any, then: Any, *, a: Any) -> Any:
        return x, now + (1 - a) * (u - then), x_prev

    def local(o: Any, y: Any, x: Any, u: Any, x_prev: Any, g_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + (u - g_i))

    def server(o: Any, x: Any, u: Any, x_prev: Any, y: Any) -> Any:
        return y, u, x


class SharedMVRIndependent(SharedMVR):
    """SharedMVR with the means over S helpers that are drawn independently of C."""

    refreshed = "sampled"
    reporting = "independent"

    def refresh(o: Any, x: Any, u: Any, x_prev: Any, g_i: Any) -> Any:
        return o.h(x, exact=True)

    def report(o: Any, x: Any, u: Any, x_prev: Any, g_i: Any) -> Any:
        return o.h(x, x_prev, exact=True), g_i


class SharedMVRAll(SharedMVR):
    """SharedMVR with the means over all helpers."""

    reporting = "all"
