"""AuxMOM with a buffer for each helper: all refreshed in each round, or only those at work, so that
the others are stale. Source: arXiv 2206.00395, alg. 1, for several helpers.

With one helper both are `AuxMOM`.

Example:
    >>> import auxtheory as at
    >>> at.methods.ClientAuxMOM.client_memory, at.methods.StaleAuxMOM.program.clients.refreshed
    (('m_i',), 'sampled')
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class ClientAuxMOM(Method):
    """All helpers: m_i ← (1 − a) m_i + a g_{r_i}(x; ξ_i).  Each helper of C, K times: y ← y − η
    (g_{h_i}(y) + m_i);  x ← mean of y over C."""

    client_state = "m_i"

    def client_start(o: Any, x: Any) -> Any:
        return o.r(x, batch=o.B)

    def refresh(o: Any, x: Any, m_i: Any, *, a: Any) -> Any:
        return (1 - a) * m_i + a * o.r(x)

    def local(o: Any, y: Any, x: Any, m_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + m_i)


class StaleAuxMOM(ClientAuxMOM):
    """AuxMOM in which only the helpers of C refresh their buffers, before they work."""

    refreshed = "sampled"
