"""Local steps on the helpers alone: the naive method with several helpers, FedAvg (local SGD) on
clients. Source: McMahan, Moore, Ramage, Hampson, Agüera y Arcas, arXiv 1602.05629; Stich, arXiv
1805.09767; server step: Reddi et al., arXiv 2003.00295.

Example:
    >>> import auxtheory as at
    >>> print(at.methods.FedAvg)
    at.methods.FedAvg
    >>> at.methods.FedAvg.client_memory, at.methods.FedAvgServerStep.parameters["eta_g"]
    ((), 1.0)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class ClientNaive(Method):
    """Each client of C, K times: y ← y − η g_{h_i}(y);  x ← mean of y over C."""

    def local(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
        return y - eta * o.h(y)


class FedAvg(ClientNaive):
    """FedAvg, or local SGD: K steps y ← y − η g_{f_i}(y) at each client of C;  x ← mean of y."""


class FedAvgServerStep(FedAvg):
    """FedAvg with a server step:  x ← (1 − η_g) x + η_g mean of y over C."""

    def server(o: Any, x: Any, y: Any, *, eta_g: Any = 1.0) -> Any:
        return (1 - eta_g) * x + eta_g * y
