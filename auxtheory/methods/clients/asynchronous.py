"""Asynchronous clients: each works from the point at which it started, and sends when it is ready.
A round is a tick of a clock. Source: Fraboni, Vidal, Kameni, Lorenzi, arXiv 2206.10189.

Example:
    >>> import auxtheory as at
    >>> at.methods.FedFix.client_memory, at.methods.MemorylessCompletion.client_memory
    (('d_i',), ('s_i',))
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


def ready(o: Any, tau: Any) -> Any:
    """Whether a client that is ready every tau rounds is so in this one; 0 counts as 1."""
    return (o.t - 1) % o.maximum(tau, 1) < 0.5


class FedFix(Method):
    """Client i is ready every τ_i rounds, counted from the first:  x ← x + η_g mean of τ_i d_i over
    those that are ready, 0 for all others;  these start again: K times y ← y − η g_i(y) from y = x,
    and d_i ← y − x.  In the first round all start, and d_i = 0."""

    client_state = "d_i"
    whole = ("tau",)

    def report(o: Any, x: Any, d_i: Any, *, tau: Any = 1.0) -> Any:
        return o.where(ready(o, tau), o.maximum(tau, 1) * d_i, 0 * d_i), d_i

    def collect(o: Any, x: Any, delta: Any, *, eta_g: Any = 1.0) -> Any:
        return x + eta_g * delta

    def local(o: Any, y: Any, x: Any, d_i: Any, *, eta: Any, tau: Any = 1.0) -> Any:
        return o.where(ready(o, tau), y - eta * o.h(y), y)

    def send(o: Any, y: Any, x: Any, d_i: Any, *, tau: Any = 1.0) -> Any:
        return (), o.where(ready(o, tau), y - x, d_i)

    def server(o: Any, x: Any) -> Any:
        return x


class MemorylessCompletion(Method):
    """The clients of C, each with probability S/N, are ready: d_i ← w_i (y − s_i), where y is
    reached from s_i by K times y ← y − η g_i(y);  x ← x + η_g mean of d_i over C;  they start again
    from s_i ← x + (η_g/S) d_i with the x of the round's start.  At the start s_i = x⁰."""

    client_state = "s_i"

    def client_start(o: Any, x: Any) -> Any:
        return x

    def local(o: Any, y: Any, x: Any, s_i: Any, *, eta: Any) -> Any:
        y = o.where(o.k < 1, s_i, y)
        return y - eta * o.h(y)

    def send(o: Any, y: Any, x: Any, s_i: Any, *, w: Any = 1.0, eta_g: Any = 1.0) -> Any:
        d = w * (y - s_i)
        return d, x + eta_g / o.S * d

    def server(o: Any, x: Any, d: Any, *, eta_g: Any = 1.0) -> Any:
        return x + eta_g * d
