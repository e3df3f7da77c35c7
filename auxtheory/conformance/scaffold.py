"""SCAFFOLD, the reference of clients and server with control variates.

In the paper's terms client i's helper is h = f_i, its correction m = c − c_i, and f is the mean of
the f_i. Source: Karimireddy et al., arXiv 1910.06378, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from auxtheory.implementations.federated import Federated
from auxtheory.methods.two_rules import local_step


@dataclass(frozen=True)
class Scaffold:
    """SCAFFOLD, the reference: differences are sent, the server adds their means, that of controls
    times |S|/N."""

    option: Literal["I", "II"] = "II"

    def pair(self) -> Federated:
        return Federated(client=self.client, server=self.server, option=self.option)

    def client(self, x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> tuple[Any, Any]:
        y = x
        for k in range(K):
            y = local_step(y, grad(y, k), self.correction(c, c_i), eta)
        new = self.control(x, y, c, c_i, grad, eta, K)
        return self.message(x, y, c_i, new), self.stored_control(c_i, new)

    def correction(self, c: Any, c_i: Any) -> Any:
        return c - c_i

    def control(self, x: Any, y: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        return c_i - c + (x - y) / (K * eta) if self.option == "II" else grad(x, K)

    def message(self, x: Any, y: Any, c_i: Any, new: Any) -> tuple[Any, Any]:
        return y - x, new - c_i

    def stored_control(self, c_i: Any, new: Any) -> Any:
        return new

    def server(self, x: Any, c: Any, sent: Sequence[tuple[Any, Any]], N: int) -> tuple[Any, Any]:
        return x + mean([dx for dx, _ in sent]), c + len(sent) / N * mean([dc for _, dc in sent])


def mean(values: Sequence[Any]) -> Any:
    """The mean of arrays of any library."""
    return sum(values[1:], values[0]) / len(values)
