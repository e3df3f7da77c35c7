"""Steps, clients and servers as users write them, and what the kit reports of them."""

from __future__ import annotations

from typing import Any

import pytest

import auxtheory as at
from auxtheory.conformance import (
    Federated,
    NonConforming,
    Round,
    check_method,
)

AuxMOM = at.methods.AuxMOM
AuxMVR = at.methods.AuxMVR


def diff(x: Any, round: Round) -> Any:
    return round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)


def descend(x: Any, m: Any, round: Round) -> Any:
    for key in round.local:
        x = x - round.eta * (round.grad_h(x, key) + m)
    return x


def auxmom(x: Any, m: Any, round: Round) -> Any:
    d = diff(x, round)
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x, m, round), m


def auxmvr(x: Any, state: Any, round: Round) -> Any:
    m = diff(x, round)
    if state is not None:
        m = m + (1 - round.a) * (state["m"] - diff(state["x"], round))
    return descend(x, m, round), {"m": m, "x": x}


def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    y = x
    for k in range(K):
        y = y - eta * (grad(y, k) + c - c_i)
    new = c_i - c + (x - y) / (K * eta)
    return {"model": y - x, "control": new - c_i}, new


def mean_of(sent: Any, name: str) -> Any:
    return sum(message[name] for message in sent) / len(sent)


def server(x: Any, c: Any, sent: Any, N: int) -> Any:
    return x + mean_of(sent, "model"), c + len(sent) / N * mean_of(sent, "control")


def caught(implementation: Any, like: Any = None, **options: Any) -> NonConforming:
    with pytest.raises(NonConforming) as error:
        check_method(implementation, like=like, **options)
    return error.value


def cause(error: NonConforming, name: str) -> str:
    """The cause told for one property, which must have failed."""
    outcome = error.report[name]
    assert outcome.status == "failed", error.report
    assert outcome.says in str(error) and outcome.text in str(error)
    return outcome.cause


def exchanged(x: Any, m: Any, round: Round) -> Any:
    d = diff(x, round)
    m = d if m is None else round.a * m + (1 - round.a) * d
    return descend(x, m, round), m


def cross(**changes: Any) -> Federated:
    return Federated(**{"client": client, "server": server} | changes)
