"""States and arrays of any kind are copied; what cannot be copied is named with its place."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tensors import AuxMOM, Slots, Tensor, Two, auxmom, failure, stated

import auxtheory as at
from auxtheory.conformance import Federated, NonConforming, Round, check_method
from auxtheory.conformance.case import Case
from auxtheory.implementations.exchange import copied, snapshot

UNCOPIED: dict[str, tuple[Any, str]] = {
    "lock": (
        stated(lambda m: Slots(m, threading.Lock()), lambda s: s.m),
        "a _thread.lock at .lock,",
    ),
    "deep": (
        stated(
            lambda m: {"m": m, "more": [1, SimpleNamespace(lock=threading.Lock())]},
            lambda s: s["m"],
        ),
        "a _thread.lock at ['more'][1].lock,",
    ),
    "generator": (
        stated(lambda m: Two(m, (i for i in "ab")), lambda s: s.m),
        "a generator at .more,",
    ),
    "file": (
        stated(lambda m: (m, io.TextIOWrapper(io.BytesIO())), lambda s: s[0]),
        "a _io.TextIOWrapper at [1],",
    ),
    "object array": (
        stated(lambda m: (m, np.array([threading.Lock()], dtype=object)), lambda s: s[0]),
        "_thread.lock at [1][0],",
    ),
}


@pytest.mark.parametrize(("step", "expected"), UNCOPIED.values(), ids=UNCOPIED)
def test_what_cannot_be_copied_is_named_with_its_place(step: Any, expected: str) -> None:
    failed = failure(step)
    assert failed.name == "returns"
    assert failed.text.startswith("the state that step returns holds a ")
    assert expected in failed.text and "which cannot be copied (" in failed.text
    assert "check_method calls it on copies" in failed.cause and "__deepcopy__" in failed.cause


def test_what_is_sent_and_cannot_be_copied_is_named() -> None:
    pair = Federated(
        client=lambda x, c, c_i, *rest: ((i for i in "ab"), c_i),
        server=lambda x, c, sent, N: (x, c),
    )
    with pytest.raises(
        NonConforming,
        match="the message that client returns is a generator, which cannot be copied",
    ):
        check_method(pair)


def test_a_buffer_that_every_call_returns_is_named() -> None:
    buffers: dict[Any, Any] = {}

    def reused(name: str, array: Any) -> Any:
        kept = buffers.setdefault((name, array.size), np.empty(array.size))
        kept[:] = array
        return kept

    def iterate(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return reused("x", y), m

    def server(x: Any, c: Any, sent: Any, N: int) -> Any:
        return x, reused("c", c)

    failed = failure(iterate)
    assert (
        failed.text
        == "iterate overwrites the x that its call before returned: both calls return the same "
        "array"
    )
    assert failed.cause == "a buffer is used again for the x of every call; return a copy of it"
    failed = failure(stated(lambda m: {"m": reused("m", m)}, lambda state: state["m"]))
    assert failed.text.startswith("step overwrites the state")
    with pytest.raises(
        NonConforming, match="server overwrites the c that its call before returned"
    ):
        check_method(Federated(client=lambda x, c, c_i, *rest: (x, c_i), server=server))


def test_views_memory_maps_and_constants_are_no_reused_buffers(tmp_path: Any) -> None:
    shared = np.zeros(3)

    def view(x: Any, state: Any, round: Round) -> Any:
        y, m = auxmom(x, None if state is None else state[0], round)
        columns = np.zeros((y.size, 3))
        columns[:, 1] = y
        return np.ma.masked_array(columns[:, 1]), (m, shared)

    assert not check_method(view, like=AuxMOM).failed


BAD: dict[str, tuple[Callable[[Any], Any], str]] = {
    "list": (lambda y: [y[0]] * y.size, "must be an array of real numbers, not a list"),
    "dict": (lambda y: {"weight": y}, "must be an array of real numbers, not a dict"),
    "object": (lambda y: y.astype(object), "must be an array of real numbers, not of object"),
    "masked": (
        lambda y: np.ma.masked_array(y, mask=True),
        "in which entries are masked; each must be a number",
    ),
    "matrix": (np.asmatrix, "of shape (1, 1); it must be (1,)"),
}


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize(("change", "expected"), BAD.values(), ids=BAD)
def test_what_is_no_array_of_numbers_says_what_it_is(change: Any, expected: str) -> None:
    def step(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return change(y), m

    assert expected in failure(step).text


def test_what_a_gradient_is_asked_at_is_checked(tensors: Any) -> None:
    def asked(change: Callable[[Any], Any], xp: Any) -> str:
        return str(
            failure(lambda x, m, round: (round.grad_f(change(x), round.refresh), m), xp).text
        )

    assert "must be an array of shape (1,)" in asked(lambda x: [1.0], np)
    assert "is an array of NumPy's, and the run has PyTorch's" in asked(np.asarray, tensors)
    assert "is an array of PyTorch's, and the run has NumPy's" in asked(tensors.asarray, np)


def test_longer_floats_than_double_are_compared_as_doubles() -> None:
    def step(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y.astype(np.longdouble), m

    assert not check_method(step, like=AuxMOM).failed


def test_gradients_at_whole_numbers_are_not_cut_off() -> None:
    case = Case(
        pairs=[at.toy(delta=0.4, zeta=0.7)], noise=at.Gaussian(), steps=at.Steps(eta=0.3, K=1, T=1)
    )
    round_ = case.round(1)
    x = np.array([2])
    np.testing.assert_array_equal(
        round_.grad_h(x, round_.refresh), round_.grad_h(x.astype(float), round_.refresh)
    )


def test_states_of_jax_conform() -> None:
    jax = pytest.importorskip("jax")
    jit = jax.jit(lambda value: value)
    step = stated(lambda m: Two(m, (jax.random.key(0), jit)), lambda state: state.m)
    assert not check_method(step, like=AuxMOM, xp=jax.numpy).failed

    def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        return jax.lax.fori_loop(0, K, lambda k, y: y - eta * grad(y, k), x), c_i

    with pytest.raises(NonConforming, match="must be a whole number; a traced one"):
        check_method(Federated(client=client, server=lambda x, c, sent, N: (x, c)), xp=jax.numpy)


def test_copies_keep_what_is_shared_and_stop_at_cycles() -> None:
    one = SimpleNamespace(m=Tensor(1.0, True, is_leaf=False))
    one.me = one
    one.again = one.m
    (found,) = copied({"state": one}, "that step returns")
    assert found.me is found and found.again is found.m is not one.m
    assert not found.m.requires_grad and snapshot(found) == [1.0, 1.0]
