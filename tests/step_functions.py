"""Right implementations in a user's style: AuxMOM as a step function, SCAFFOLD as client and server."""

from __future__ import annotations

from typing import Any


def momentum(x: Any, m: Any, round: Any) -> Any:
    diff = round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)
    m, y = diff if m is None else (1 - round.a) * m + round.a * diff, x
    for key in round.local:
        y = y - round.eta * (round.grad_h(y, key) + m)
    return y, m


def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    y = x
    for k in range(K):
        y = y - eta * (grad(y, k) + c - c_i)
    c_new = c_i - c + (x - y) / (K * eta)
    return (y - x, c_new - c_i), c_new


def server(x: Any, c: Any, sent: Any, N: int) -> Any:
    return x + sum(dx for dx, _ in sent) / len(sent), c + sum(dc for _, dc in sent) / N
