"""Clients and a server: the class for a user's functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from auxtheory.errors import Checks


@dataclass(frozen=True, kw_only=True)
class Federated:
    """A client and a server, as functions of arrays of shape (d,).

        client(x, c, c_i, grad, eta, K) → (sent, c_i_new)
        server(x, c, sent, N) → (x_new, c_new)

    c is what the server keeps next to x, c_i what client i keeps: by default one control variate
    each, as in SCAFFOLD. `sent` is whatever the two have agreed on; the server gets the list of
    what the clients of the round sent. N is the number of all clients. grad(y, k) is client i's
    stochastic gradient at y with its sample k of this round: k < K for local steps, k = K for what
    is sent after them, "refresh" and "report" for these functions, (k, n) for the further samples
    n = 1, 2, … of any of them; grad(y) has no noise.

    Of any other method with clients, c and c_i are what the implementation keeps: None, an array,
    or a container of arrays. Where `start` is left out, `check_method(…, like=method)` starts them
    at the variables of the method's text: None if there is none, an array if there is one, a tuple
    of several in the order of the text. More functions run where they are given, in this order:

        refresh(x, c, c_i, grad, eta, K) → c_i_new            from the second round on
        report(x, c, c_i, grad, eta, K) → (sent, c_i_new)     a first exchange, before local steps
        collect(x, c, sent, N) → c_new                        the server after it

    Each function is given the further values that it names after *: S and T, the round t from 1 on,
    η as `eta`, K, N and the method's step parameters; of the functions of a client also
    grad_f(y, k) and grad_r(y, k), gradients of f and of r_i = f − h_i with the same samples,
    prox(v, gamma) = argmin_y h_i(y) + ‖y − v‖²/(2γ) for a quadratic h_i, and `weight`, the client's
    weight in f; of those of the server `weights`, the weights of the clients that sent.

    Args:
        client: the function of the client.
        server: the function of the server.
        controls: controls(x, N) → (c, [c_1, …, c_N]), the initial controls; None for all zero. Runs
            start them at the gradients.
        option: how c_i is updated: "II", as in the example, or "I", as grad(x, K), with another
            sample.
        partial: whether rounds with some of the clients must work.
        start: start(x, N, grads) → (c, [c_1, …, c_N]), grads[i] the gradient of client i; after *
            also `grad_f`, that of f, and `weights`, those of all clients.
        refresh: what each client does first.
        report: what the clients of the first exchange do.
        collect: what the server does with it.
        refreshed: which clients refresh: "all", or the "sampled" ones.
        reporting: which clients report: the "sampled" ones, "independent" others, or "all".
        reports_from: the first round with a first exchange.

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
    start: Callable[..., Any] | None = None
    refresh: Callable[..., Any] | None = None
    report: Callable[..., Any] | None = None
    collect: Callable[..., Any] | None = None
    refreshed: Literal["all", "sampled"] = "all"
    reporting: Literal["sampled", "independent", "all"] = "sampled"
    reports_from: int = 1

    def __post_init__(self) -> None:
        checks = Checks()
        for name in ("client", "server"):
            if not callable(getattr(self, name)):
                checks.complain(name, getattr(self, name), "must be callable")
        for name in ("controls", "start", "refresh", "report", "collect"):
            value = getattr(self, name)
            if value is not None and not callable(value):
                checks.complain(name, value, "must be callable or None")
        if (self.report is None) != (self.collect is None):
            missing = "report" if self.report is None else "collect"
            checks.complain(missing, None, "must be given: report and collect belong together")
        checks.member("option", self.option, ("I", "II"))
        checks.instance("partial", self.partial, bool, "True or False")
        checks.member("refreshed", self.refreshed, ("all", "sampled"))
        checks.member("reporting", self.reporting, ("sampled", "independent", "all"))
        checks.whole("reports_from", self.reports_from, low=1)
        checks.done()

    @property
    def functions(self) -> dict[str, Callable[..., Any]]:
        """The functions that are given, by name."""
        names = ("start", "refresh", "report", "collect", "client", "server")
        return {name: value for name in names if (value := getattr(self, name)) is not None}
