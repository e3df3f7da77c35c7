"""Arrays and states of any kind go between the kit and the code of others; what cannot be copied is
named as that."""

from __future__ import annotations

import collections
import io
import operator
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import auxtheory as at
from auxtheory.conformance import Federated, NonConforming, Round, check_method
from auxtheory.conformance.case import Case
from auxtheory.conformance.exchange import copied, snapshot

AuxMOM = at.methods.AuxMOM


class Tensor:
    """What matters here of PyTorch's: a tensor computed from a Parameter has a graph, no deep copy,
    no NumPy array."""

    def __init__(self, value: Any, requires_grad: bool = False, is_leaf: bool = True) -> None:
        self.value = np.array(value)
        self.requires_grad = requires_grad
        self.is_leaf = is_leaf

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)
    device = "cpu"

    def detach(self) -> Tensor:
        found = Tensor(0.0)
        found.value = self.value
        return found

    def cpu(self) -> Tensor:
        return self

    def to(self, device: str) -> Tensor:
        assert device == "cpu"
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
                "instead."
            )
        return self.value

    def __deepcopy__(self, memo: Any) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user support the deepcopy protocol"
            )
        return Tensor(self.value, self.requires_grad)

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: Any) -> Tensor:
        return computed(lambda value: value[index], self)


def computed(function: Callable[..., Any], *values: Any) -> Tensor:
    graph = any(isinstance(value, Tensor) and value.requires_grad for value in values)
    found = function(*(value.value if isinstance(value, Tensor) else value for value in values))
    return Tensor(found, graph, is_leaf=not graph)


for name in ("add", "sub", "mul", "truediv", "matmul", "neg", "pow"):
    rule = getattr(operator, name)
    setattr(Tensor, f"__{name}__", lambda *values, rule=rule: computed(rule, *values))
    setattr(Tensor, f"__r{name}__", lambda one, two, rule=rule: computed(rule, two, one))

fake = ModuleType("fake")
fake.asarray = lambda value, dtype=None: (  # type: ignore[attr-defined]
    value if isinstance(value, Tensor) else Tensor(np.asarray(value, dtype=dtype))
)
fake.matmul = operator.matmul  # type: ignore[attr-defined]
fake.reshape = lambda value, shape: computed(lambda array: array.reshape(shape), value)  # type: ignore[attr-defined]


def parameter(array: Any) -> Any:
    """The array as a leaf that asks for gradients."""
    if isinstance(array, Tensor):
        return Tensor(array.value, requires_grad=True)
    return array.detach().clone().requires_grad_()


def graphed(array: Any) -> Any:
    """The array with a graph behind it."""
    return parameter(array) * 1.0


@pytest.fixture(params=["fake", "torch"])
def tensors(request: pytest.FixtureRequest) -> Any:
    return fake if request.param == "fake" else pytest.importorskip("torch")


def auxmom(x: Any, m: Any, round: Round) -> Any:
    diff = round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)
    m = diff if m is None else (1 - round.a) * m + round.a * diff
    for key in round.local:
        x = x - round.eta * (round.grad_h(x, key) + m)
    return x, m


def stated(put: Callable[[Any], Any], get: Callable[[Any], Any]) -> Any:
    """AuxMOM with its buffer in another state."""

    def step(x: Any, state: Any, round: Round) -> Any:
        y, m = auxmom(x, None if state is None else get(state), round)
        return y, put(m)

    return step


class Two(NamedTuple):
    m: Any
    more: Any


@dataclass
class Data:
    m: Any


class Slots:
    __slots__ = ("lock", "m")

    def __init__(self, m: Any, lock: Any = None) -> None:
        self.m = m
        self.lock = lock


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


def failure(step: Any, xp: Any = np) -> Any:
    """The first outcome that failed."""
    with pytest.raises(NonConforming) as error:
        check_method(step, like=AuxMOM, xp=xp)
    return error.value.report.failed[0]


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
    found = failure(step)
    assert found.name == "returns"
    assert found.text.startswith("the state that step returns holds a ")
    assert expected in found.text and "which cannot be copied (" in found.text
    assert "check_method calls it on copies" in found.cause and "__deepcopy__" in found.cause


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


def test_a_gradient_with_a_graph_in_a_state_is_named() -> None:
    torch = pytest.importorskip("torch")

    def kept(m: Any) -> Any:
        p = parameter(m)
        p.grad = graphed(m)
        return {"weight": p}

    found = failure(stated(kept, lambda state: state["weight"].detach()), torch)
    assert "holds a torch.Tensor at ['weight'].grad, which cannot be copied" in found.text
    assert ".detach()" in found.cause


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

    found = failure(iterate)
    assert (
        found.text
        == "iterate overwrites the x that its call before returned: both calls return the same "
        "array"
    )
    assert found.cause == "a buffer is used again for the x of every call; return a copy of it"
    found = failure(stated(lambda m: {"m": reused("m", m)}, lambda state: state["m"]))
    assert found.text.startswith("step overwrites the state")
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
