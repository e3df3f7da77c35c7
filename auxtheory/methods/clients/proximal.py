"""Proximal steps at the clients, exact or by K local steps. Source: FedProx, Li, Sahu, Zaheer,
Sanjabi, Talwalkar, Smith, arXiv 1812.06127; DANE, Shamir, Srebro, Zhang, arXiv 1312.7853.

Example:
    >>> import auxtheory as at
    >>> at.methods.FedProx.single_step, at.methods.InexactFedProx.single_step
    (True, False)
    >>> print(at.methods.DANE.not_affine)
    None
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method

UNITS = MappingProxyType({"gamma": "X^2/F"})


class FedProx(Method):
    """Each client of C: y ← argmin f_i(y) + ‖y − x‖²/(2γ);  x ← mean of y over C."""

    single_step = True
    units = UNITS

    def local(o: Any, y: Any, x: Any, *, gamma: Any) -> Any:
        return o.h.prox(y, gamma)


class InexactFedProx(Method):
    """FedProx with K gradient steps.  Each client of C, K times: y ← y − η (g_i(y) + (y − x)/γ);  x
    ← mean of y over C."""

    units = UNITS

    def local(o: Any, y: Any, x: Any, *, eta: Any, gamma: Any) -> Any:
        return y - eta * (o.h(y) + (y - x) / gamma)


class DANE(Method):
    """Each helper of C: m_i ← ∇r_i(x), y ← argmin h_i(y) + ⟨m_i, y⟩ + ‖y − x‖²/(2γ), where 1/γ is
    often written λ;  x ← mean of y over C."""

    client_state = "m_i"
    refreshed = "sampled"
    single_step = True
    units = UNITS

    def client_start(o: Any, x: Any) -> Any:
        return o.r(x, exact=True)

    def refresh(o: Any, x: Any, m_i: Any) -> Any:
        return o.r(x, exact=True)

    def local(o: Any, y: Any, x: Any, m_i: Any, *, gamma: Any) -> Any:
        return o.h.prox(y - gamma * m_i, gamma)


class InexactDANE(Method):
    """DANE with K gradient steps.  Each helper of C: m_i ← ∇r_i(x), K times y ← y − η (g_{h_i}(y) +
    m_i + (y − x)/γ);  x ← mean of y over C."""

    client_state = "m_i"
    refreshed = "sampled"
    units = UNITS

    def client_start(o: Any, x: Any) -> Any:
        return o.r(x, exact=True)

    def refresh(o: Any, x: Any, m_i: Any) -> Any:
        return o.r(x, exact=True)

    def local(o: Any, y: Any, x: Any, m_i: Any, *, eta: Any, gamma: Any) -> Any:
        return y - eta * (o.h(y) + m_i + (y - x) / gamma)
