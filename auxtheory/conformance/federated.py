"""Clients and server with control variates: the class for a user's functions, and SCAFFOLD as the
reference.

In the paper's terms client i's helper is h = f_i, its correction m = c − c_i, and f is the mean of
the f_i. Source: Karimireddy et al., arXiv 1910.06378, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from auxtheory.errors import Checks
from auxtheory.methods.two_rules import local_step


@dataclass(frozen=True, kw_only=True)
class Federated:
    """A client and a server with control variates, as functions of arrays of shape (d,).

        client(x, c, c_i, grad, eta, K) → (sent, c_i_new)
        server(x, c, sent, N) → (x_new, c_new)

    grad(y, k) is client i's stochastic gradient at y with its sample k of this round, k < K. `sent`
    is whatever the two have agreed on; the server gets the list of what the clients of the round
    sent. N is the number of all clients.

    Args:
        client: the function of the client.
        server: the function of the server.
        controls: controls(x, N) → (c, [c_1, …, c_N]), the initial controls; None for all zero. Runs
            start them at the gradients.
        option: how c_i is updated: "II", as in the example, or "I", as grad(x, K), with another
            sample.
        partial: whether rounds with some of the clients must work.

    Raises:
        InputError: lists every argument that is of another kind.

    Example:
        >>> import auxtheory as at
        >>> def client(x, c, c_i, grad, eta, K):
        ...     y = x
        ...     for k in range(K):
        ...         y = y - eta * (grad(y, k) + c - c_i)
        ...     c_new = c_i - c + (x - y) / (K * eta)
        ...     return (y - x, c_new - c_i), c_new
        >>> def server(x, c, sent, N):
        ...     return x + sum(dx for dx, _ in sent) / len(sent), c + sum(dc for _, dc in sent) / N
        >>> scaffold = at.testing.Federated(client=client, server=server)
        >>> len(at.testing.check_method(scaffold).failed)
        0
    """

    client: Callable[..., Any]
    server: Callable[..., Any]
    controls: Callable[..., Any] | None = None
    option: Literal["I", "II"] = "II"
    partial: bool = True

    def __post_init__(self) -> None:
        checks = Checks()
        for name in ("client", "server"):
            if not callable(getattr(self, name)):
                checks.complain(name, getattr(self, name), "must be callable")
        if self.controls is not None and not callable(self.controls):
            checks.complain("controls", self.controls, "must be callable or None")
        checks.member("option", self.option, ("I", "II"))
        checks.instance("partial", self.partial, bool, "True or False")
        checks.done()


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
