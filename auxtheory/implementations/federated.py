"""Clients and server with control variates: the class for a user's functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from auxtheory.errors import Checks


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
