"""Causes that are named must be true of the code, and code whose cause is not known must not be
blamed for another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.conformance import Federated, NonConforming, Round, check_method

AuxMOM = at.methods.AuxMOM


def cause(implementation: Any, like: Any = None, name: str = "equals the reference") -> str:
    with pytest.raises(NonConforming) as error:
        check_method(implementation, like=like)
    return str(error.value.report[name].cause)


def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    y = x
    for k in range(K):
        y = y - eta * (grad(y, k) + c - c_i)
    new = c_i - c + (x - y) / (K * eta)
    return (y - x, new - c_i), new


def server(x: Any, c: Any, sent: Any, N: int) -> Any:
    return x + sum(dx for dx, _ in sent) / len(sent), c + sum(dc for _, dc in sent) / N


def averaging(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    y = x
    for k in range(K):
        y = y - eta * grad(y, k)
    return y, c_i


def means(x: Any, c: Any, sent: Any, N: int) -> Any:
    return np.mean(sent, axis=0), c


def clipped(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    y = x
    for k in range(K):
        g = grad(y, k) + c - c_i
        y = y - eta * g / max(1.0, float(np.linalg.norm(g)))
    new = c_i - c + (x - y) / (K * eta)
    return (y - x, new - c_i), new


def minus_c(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    (dx, _), new = client(x, c, c_i, grad, eta, K)
    return (dx, new - c), new


def heavy(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
    y = x
    v = 0 * x
    for k in range(K):
        v = 0.9 * v + grad(y, k) + c - c_i
        y = y - eta * v
    new = c_i - c + (x - y) / (K * eta)
    return (y - x, new - c_i), new


@pytest.mark.parametrize(
    ("own", "expected", "never"),
    [
        (Federated(client=averaging, server=means), "this is FedAvg", "; or"),
        (
            Federated(client=client, server=lambda *given: server(*given)[::-1]),
            "the server returns (c, x)",
            "; or",
        ),
        (
            Federated(client=clipped, server=server),
            "in the local steps, the result is not a linear combination of",
            "factor",
        ),
        (
            Federated(client=minus_c, server=server),
            "in what it sends, c_i is left out; in what it sends, it has a term that must not be "
            "there, −1 times c",
            "K",
        ),
        (
            Federated(client=heavy, server=server),
            "look for a clip, a sign, a norm, momentum",
            "in what it sends",
        ),
    ],
    ids=["FedAvg", "(c, x)", "clipped", "c_i⁺ − c", "momentum"],
)
def test_a_wrong_half_is_named_by_what_is_true_of_it(
    own: Federated, expected: str, never: str
) -> None:
    """A clip had a factor that "changes with d", c_i⁺ − c was put down to x and y."""
    text = cause(own)
    assert expected in text and never not in text, text


def test_f_and_h_that_are_exchanged_everywhere() -> None:
    def exchanged(x: Any, m: Any, round: Round) -> Any:
        diff = round.grad_h(x, round.refresh) - round.grad_f(x, round.refresh)
        y = x
        m = diff if m is None else (1 - round.a) * m + round.a * diff
        for key in round.local:
            y = y - round.eta * (round.grad_f(y, key) + m)
        return y, m

    assert cause(exchanged, AuxMOM).startswith("g_f and g_h are exchanged")


def test_what_outlives_a_run_is_not_taken_for_an_operation_in_place() -> None:
    """A buffer of another size than the next case's breaks it; "inputs unchanged" was blamed on x
    -= …."""

    class Server:
        moved: Any = None

        def __call__(self, x: Any, c: Any, sent: Any, N: int) -> Any:
            new, c = server(x, c, sent, N)
            self.moved = new - x if self.moved is None else 0.9 * self.moved + new - x
            return x + self.moved, c

    text = cause(Federated(client=client, server=Server()), name="inputs unchanged")
    assert "a buffer outlives a run" in text and "in place" not in text
