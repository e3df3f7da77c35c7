"""Arrays of a library with gradients, and AuxMOM on them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import auxtheory as at
from auxtheory.conformance import NonConforming, Round, check_method

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


class Slots:
    __slots__ = ("lock", "m")

    def __init__(self, m: Any, lock: Any = None) -> None:
        self.m = m
        self.lock = lock


def failure(step: Any, xp: Any = np) -> Any:
    """The first outcome that failed."""
    with pytest.raises(NonConforming) as error:
        check_method(step, like=AuxMOM, xp=xp)
    return error.value.report.failed[0]
