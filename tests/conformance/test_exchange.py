"""Arrays with gradients go between the kit and the code of others."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tensors import AuxMOM, Slots, Tensor, Two, auxmom, failure, stated

import auxtheory as at
from auxtheory.conformance import Federated, Round, check_method
from auxtheory.conformance.case import Case


def parameter(array: Any) -> Any:
    """The array as a leaf that asks for gradients."""
    if isinstance(array, Tensor):
        return Tensor(array.value, requires_grad=True)
    return array.detach().clone().requires_grad_()


def graphed(array: Any) -> Any:
    """The array with a graph behind it."""
    return parameter(array) * 1.0


@dataclass
class Data:
    m: Any


def from_parameter(x: Any, m: Any, round: Round) -> Any:
    """Every tensor of the round has a graph, down to the parameter that holds x."""
    return auxmom(parameter(x), m, round)


def returns_parameter(x: Any, m: Any, round: Round) -> Any:
    y, m = auxmom(x, m, round)
    return parameter(y), graphed(m)


def marks_its_argument(x: Any, m: Any, round: Round) -> Any:
    x.requires_grad = True
    return auxmom(x, m, round)


CORRECT: dict[str, Any] = {
    "a Parameter": returns_parameter,
    "a graph": from_parameter,
    "requires_grad of x": marks_its_argument,
    "dict": stated(lambda m: {"m": graphed(m)}, lambda state: state["m"]),
    "tuple": stated(lambda m: (graphed(m), "momentum"), lambda state: state[0]),
    "deque": stated(lambda m: collections.deque([[graphed(m)]]), lambda state: state[0][0]),
    "NamedTuple": stated(lambda m: Two(graphed(m), {"old": graphed(m)}), lambda state: state.m),
    "dataclass": stated(lambda m: Data(graphed(m)), lambda state: state.m),
    "object": stated(
        lambda m: SimpleNamespace(inner=SimpleNamespace(m=graphed(m))), lambda state: state.inner.m
    ),
    "slots": stated(lambda m: Slots(graphed(m)), lambda state: state.m),
}


@pytest.mark.parametrize("step", CORRECT.values(), ids=CORRECT)
def test_correct_steps_with_graphs_conform(tensors: Any, step: Any) -> None:
    assert not check_method(step, like=AuxMOM, xp=tensors).failed


def test_gradients_carry_no_graph(tensors: Any) -> None:
    case = Case(
        pairs=[at.toy(delta=0.4, zeta=0.7)],
        noise=at.Gaussian(sigma_f=1.0),
        steps=at.Steps(eta=0.3, K=1, T=1),
    )
    round_ = case.round(2, tensors)
    for x in (parameter(tensors.asarray(np.ones(1))), graphed(tensors.asarray(np.ones(1)))):
        for grad in (round_.grad_f, round_.grad_h):
            assert not grad(x, round_.refresh).requires_grad


def test_client_and_server_with_graphs_conform(tensors: Any) -> None:
    def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        y = parameter(x)
        for k in range(K):
            y = y - eta * (grad(y, k) + c - c_i)
        new = c_i - c + (x - y) / (K * eta)
        return {"model": y - x, "control": graphed(new - c_i)}, new

    def server(x: Any, c: Any, sent: Any, N: int) -> Any:
        x = parameter(x)
        c = parameter(c)
        dx, dc = ([message[name] for message in sent] for name in ("model", "control"))
        return x + sum(dx[1:], dx[0]) / len(sent), c + sum(dc[1:], dc[0]) / N

    assert not check_method(Federated(client=client, server=server), xp=tensors).failed


def test_a_step_may_return_numpys_arrays(tensors: Any) -> None:
    def step(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return np.asarray(y), m

    assert not check_method(step, like=AuxMOM, xp=tensors).failed


def test_a_change_in_place_shows_under_a_graph_too(tensors: Any) -> None:
    def step(x: Any, m: Any, round: Round) -> Any:
        y, new = auxmom(x, m, round)
        if m is not None:
            (m.value if isinstance(m, Tensor) else m.numpy())[:] = 0.0
        return y, new

    assert (
        failure(step, tensors).text
        == "step changes its argument state in place; it must return a new one"
    )


def test_a_gradient_with_a_graph_in_a_state_is_named() -> None:
    torch = pytest.importorskip("torch")

    def kept(m: Any) -> Any:
        p = parameter(m)
        p.grad = graphed(m)
        return {"weight": p}

    failed = failure(stated(kept, lambda state: state["weight"].detach()), torch)
    assert "holds a torch.Tensor at ['weight'].grad, which cannot be copied" in failed.text
    assert ".detach()" in failed.cause
