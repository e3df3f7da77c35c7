"""AuxMVR with a buffer for each helper: all refreshed in each round, or only those at work, so that
the others are stale. Source: arXiv 2206.00395, alg. 2, for several helpers.

With one helper both are `AuxMVR`.

Example:
    >>> import auxtheory as at
    >>> at.methods.ClientAuxMVR.compares_samples, at.methods.StaleAuxMVR.client_memory
    (True, ('m_i', 'x_i'))
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class ClientAuxMVR(Method):
    """All helpers: m_i ← g_{r_i}(x; ξ_i) + (1 − a) (m_i − g_{r_i}(x_prev; ξ_i)).  Each helper of C,
    K times: y ← y − η (g_{h_i}(y) + m_i);  x ← mean of y over C."""

    state = "x x_prev"
    client_state = "m_i"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def client_start(o: Any, x: Any, x_prev: Any) -> Any:
        return o.r(x, batch=o.B)

    def refresh(o: Any, x: Any, x_prev: Any, m_i: Any, *, a: Any) -> Any:
        diff, diff_prev = o.r(x, x_prev)
        return diff + (1 - a) * (m_i - diff_prev)

    def local(o: Any, y: Any, x: Any, x_prev: Any, m_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + m_i)

    def server(o: Any, x: Any, x_prev: Any, y: Any) -> Any:
        return y, x


class StaleAuxMVR(Method):
    """Only the helpers of C refresh: m_i ← g_{r_i}(x; ξ_i) + (1 − a) (m_i − g_{r_i}(x_i; ξ_i)), x_i
    ← x, where x_i is the point of its last refresh.  Then as in ClientAuxMVR."""

    client_state = "m_i x_i"
    refreshed = "sampled"

    def client_start(o: Any, x: Any) -> Any:
        return o.r(x, batch=o.B), x

    def refresh(o: Any, x: Any, m_i: Any, x_i: Any, *, a: Any) -> Any:
        diff, diff_prev = o.r(x, x_i)
        return diff + (1 - a) * (m_i - diff_prev), x

    def local(o: Any, y: Any, x: Any, m_i: Any, x_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + m_i)
