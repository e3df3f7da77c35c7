"""Methods with clients as texts, and the clients and servers that users write for them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import auxtheory as at
from auxtheory.conformance import Federated


class FedAvgText(at.Method):
    """x becomes the mean of what K local steps lead to, times a step of the server."""

    def local(o: Any, y: Any, x: Any, *, eta: float) -> Any:
        return y - eta * o.h(y)

    def server(o: Any, x: Any, y: Any, *, server_step: float = 0.7) -> Any:
        return x + server_step * (y - x)


class ScaffoldText(at.Method):
    """Option II."""

    state, client_state = "x c", "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: float) -> Any:
        return y - eta * (o.h(y) + c - c_i)

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: float) -> Any:
        new = c_i - c + (x - y) / (eta * o.K)
        return (y - x, new - c_i), new

    def server(o: Any, x: Any, c: Any, dx: Any, dc: Any) -> Any:
        return x + dx, c + o.S / o.N * dc


class LaggedText(at.Method):
    """Option I with exact gradients, used from the next round on."""

    state, client_state = "x c", "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, o.h(x, exact=True)

    def client_start(o: Any, x: Any, c: Any) -> Any:
        return o.h(x, exact=True)

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: float) -> Any:
        return y - eta * (o.h(y) + c - c_i)

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any) -> Any:
        new = o.h(x, exact=True)
        return (y, new - c_i), new

    def server(o: Any, x: Any, c: Any, y: Any, dc: Any) -> Any:
        return y, c + o.S / o.N * dc


class ScaffoldOneText(at.Method):
    """Option I: controls at the start of the round, used at once."""

    state, client_state = "x c", "c_i"
    reporting = "all"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def report(o: Any, x: Any, c: Any, c_i: Any) -> Any:
        new = o.h(x)
        return new, new

    def collect(o: Any, x: Any, c: Any, new: Any) -> Any:
        return x, new

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: float) -> Any:
        return y - eta * (o.h(y) + c - c_i)


class BuffersText(at.Method):
    """AuxMOM with a buffer at each helper, refreshed at those at work."""

    client_state = "m_i"
    refreshed = "sampled"

    def client_start(o: Any, x: Any) -> Any:
        return o.r(x, batch=o.B)

    def refresh(o: Any, x: Any, m_i: Any, *, a: float = 0.3) -> Any:
        return (1 - a) * m_i + a * o.r(x)

    def local(o: Any, y: Any, x: Any, m_i: Any, *, eta: float) -> Any:
        return y - eta * (o.h(y) + m_i)


class SharedText(at.Method):
    """AuxMVR with one shared estimate of ∇f."""

    state = "x m x_prev"
    reports_from = 2

    def start(o: Any, x: Any) -> Any:
        return x, o.f(x, exact=True), x

    def report(o: Any, x: Any, m: Any, x_prev: Any) -> Any:
        g, g_prev = o.f(x, x_prev)
        return g, g_prev

    def collect(o: Any, x: Any, m: Any, x_prev: Any, g: Any, g_prev: Any, *, a: float = 0.3) -> Any:
        return x, g + (1 - a) * (m - g_prev), x

    def local(o: Any, y: Any, x: Any, m: Any, x_prev: Any, *, eta: float) -> Any:
        return y - eta * (o.h(y) - o.h(x, exact=True) + m)


class MimeText(at.Method):
    """Momentum at the server, an independent first exchange."""

    state = "x u"
    reporting = "independent"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def report(o: Any, x: Any, u: Any) -> Any:
        return o.h(x)

    def collect(o: Any, x: Any, u: Any, g: Any, *, a: float = 0.3) -> Any:
        return x, (1 - a) * u + a * g

    def local(o: Any, y: Any, x: Any, u: Any, *, eta: float) -> Any:
        g, g_x = o.h(y, x)
        return y - eta * (g - g_x + u)


class ProxText(at.Method):
    """FedProx by local steps."""

    def local(o: Any, y: Any, x: Any, *, eta: float, gamma: float = 2.0) -> Any:
        return y - eta * (o.h(y) + (y - x) / gamma)

    units: ClassVar = {"gamma": "X^2/F"}


class DaneText(at.Method):
    """DANE by local steps, with the exact correction ∇r_i."""

    def local(o: Any, y: Any, x: Any, *, eta: float, lam: float = 0.4) -> Any:
        return y - eta * (o.h(y) + o.r(x, exact=True) + lam * (y - x))

    units: ClassVar = {"lam": "F/X^2"}


TEXTS = (
    FedAvgText,
    ScaffoldText,
    LaggedText,
    ScaffoldOneText,
    BuffersText,
    SharedText,
    MimeText,
    ProxText,
    DaneText,
)


def mean(values: Any, weights: Any) -> Any:
    return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)


def fedavg(rule: Any = mean, extra: int = 0, decay: float = 0.0) -> Federated:
    def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        y = x
        for k in range(K + extra):
            y = y - eta * (grad(y, k) + decay * y)
        return y - x, c_i

    def server(x: Any, c: Any, sent: Any, N: int, *, weights: Any, server_step: float) -> Any:
        return x + server_step * rule(sent, weights), c

    return Federated(client=client, server=server)


def scaffold(
    *,
    correction: Any = lambda c, c_i: c - c_i,
    renewed: Any = lambda c, c_i, x, y, eta, K: c_i - c + (x - y) / (K * eta),
    kept: Any = lambda c_i, new: new,
    local: Any = lambda y, g, eta: y - eta * g,
    control: Any = lambda c, dc, S, N: c + S / N * dc,
    model: Any = lambda x, dx: x + dx,
    steps: int = 0,
    sample: Any = lambda k: k,
) -> Federated:
    def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        y = x
        for k in range(K + steps):
            y = local(y, grad(y, sample(k)) + correction(c, c_i), eta)
        new = renewed(c, c_i, x, y, eta, K)
        return (y - x, new - c_i), kept(c_i, new)

    def server(x: Any, c: Any, sent: Any, N: int, *, weights: Any) -> Any:
        S = len(sent)
        dx, dc = (mean(part, weights) for part in zip(*sent, strict=True))
        return model(x, dx), control(c, dc, S, N)

    return Federated(client=client, server=server)


def lagged() -> Federated:
    def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        y = x
        for k in range(K):
            y = y - eta * (grad(y, k) + c - c_i)
        new = grad(x)
        return {"model": y, "control": new - c_i}, new

    def server(x: Any, c: Any, sent: Any, N: int, *, weights: Any, S: int) -> Any:
        y = mean([message["model"] for message in sent], weights)
        return y, c + S / N * mean([message["control"] for message in sent], weights)

    return Federated(client=client, server=server)


def scaffold_one() -> Federated:
    def report(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        new = grad(x, "report")
        return new, new

    def collect(x: Any, c: Any, sent: Any, N: int, *, weights: Any) -> Any:
        return mean(sent, weights)

    return Federated(
        client=scaffold(renewed=lambda c, c_i, x, y, eta, K: c_i).client,
        server=lambda x, c, sent, N, *, weights: (x + mean([dx for dx, _ in sent], weights), c),
        report=report,
        collect=collect,
        reporting="all",
    )


def buffers(*, refreshed: Any = "sampled", sign: float = 1.0, sample: Any = "refresh") -> Federated:
    def refresh(
        x: Any, c: Any, m: Any, grad: Any, eta: float, K: int, *, a: float, grad_r: Any
    ) -> Any:
        return (1 - a) * m + a * grad_r(x, sample)

    def client(x: Any, c: Any, m: Any, grad: Any, eta: float, K: int) -> Any:
        y = x
        for k in range(K):
            y = y - eta * (grad(y, k) + sign * m)
        return y, m

    def server(x: Any, c: Any, sent: Any, N: int, *, weights: Any) -> Any:
        return mean(sent, weights), c

    return Federated(client=client, server=server, refresh=refresh, refreshed=refreshed)


def shared(*, reports_from: int = 2, weight: Any = lambda a: 1 - a) -> Federated:
    def report(x: Any, c: Any, own: Any, grad: Any, eta: float, K: int, *, grad_f: Any) -> Any:
        return [grad_f(x, "report"), grad_f(c["x"], "report")], own

    def collect(x: Any, c: Any, sent: Any, N: int, *, weights: Any, a: float) -> Any:
        g, g_prev = (mean(part, weights) for part in zip(*sent, strict=True))
        return {"m": g + weight(a) * (c["m"] - g_prev), "x": x}

    def client(x: Any, c: Any, own: Any, grad: Any, eta: float, K: int) -> Any:
        y, at_x = x, grad(x)
        for k in range(K):
            y = y - eta * (grad(y, k) - at_x + c["m"])
        return y, own

    def server(x: Any, c: Any, sent: Any, N: int, *, weights: Any) -> Any:
        return mean(sent, weights), c

    def start(x: Any, N: int, grads: Any, *, grad_f: Any) -> Any:
        return {"m": grad_f(x), "x": x}, [None] * N

    return Federated(
        client=client,
        server=server,
        start=start,
        report=report,
        collect=collect,
        reports_from=reports_from,
    )


def mime(*, reporting: Any = "independent", at_x: Any = lambda k: k) -> Federated:
    def report(x: Any, u: Any, own: Any, grad: Any, eta: float, K: int) -> Any:
        return grad(x, "report"), own

    def collect(x: Any, u: Any, sent: Any, N: int, *, weights: Any, a: float) -> Any:
        return (1 - a) * u + a * mean(sent, weights)

    def client(x: Any, u: Any, own: Any, grad: Any, eta: float, K: int) -> Any:
        y = x
        for k in range(K):
            y = y - eta * (grad(y, k) - grad(x, at_x(k)) + u)
        return y, own

    def server(x: Any, u: Any, sent: Any, N: int, *, weights: Any) -> Any:
        return mean(sent, weights), u

    return Federated(
        client=client, server=server, report=report, collect=collect, reporting=reporting
    )


def prox(*, gamma_as: Any = lambda gamma: gamma) -> Federated:
    def client(x: Any, c: Any, own: Any, grad: Any, eta: float, K: int, *, gamma: float) -> Any:
        y = x
        for k in range(K):
            y = y - eta * (grad(y, k) + (y - x) / gamma_as(gamma))
        return y, own

    return Federated(
        client=client, server=lambda x, c, sent, N, *, weights: (mean(sent, weights), c)
    )


def dane(*, exact: Any = None) -> Federated:
    def client(
        x: Any, c: Any, own: Any, grad: Any, eta: float, K: int, *, lam: float, grad_r: Any
    ) -> Any:
        y = np.array(x)
        for k in range(K):
            y = y - eta * (grad(y, k) + grad_r(x, exact) + lam * (y - x))
        return y, own

    return Federated(
        client=client, server=lambda x, c, sent, N, *, weights: (mean(sent, weights), c)
    )


RIGHT = {
    FedAvgText: fedavg,
    ScaffoldText: scaffold,
    LaggedText: lagged,
    ScaffoldOneText: scaffold_one,
    BuffersText: buffers,
    SharedText: shared,
    MimeText: mime,
    ProxText: prox,
    DaneText: dane,
}
