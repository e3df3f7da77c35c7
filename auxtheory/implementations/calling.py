"""Call a user's function on copies, and check what it returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from auxtheory.errors import shown
from auxtheory.implementations.exchange import (
    Broken,
    copied,
    is_array,
    same,
    snapshot,
    to_numpy,
)
from auxtheory.implementations.rounds import Round

Step: TypeAlias = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Checked:
    """A step function of a user, called on copies; raises Broken if it fails, does not return a
    pair or, if strict, changes x or the state in place."""

    function: Step
    name: str
    strict: bool = False

    def __call__(self, x: Any, state: Any, round: Round) -> tuple[Any, Any]:
        arguments = {"x": x, "state": state}
        function = with_parameters(self.function, round)
        result = call(function, self.name, arguments, (round,), ("x", "state"), self.strict)
        return result[0], result[1]


def with_parameters(function: Step, round: Round) -> Step:
    """A step function with the step parameters of a round in its arguments after *."""
    if not round.parameters:
        return function
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return function
    takes = [p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
    values = {name: round.parameters[name] for name in takes if name in round.parameters}
    return partial(function, **values) if values else function


def call(
    function: Callable[..., Any],
    name: str,
    arguments: Mapping[str, Any],
    rest: Sequence[Any],
    returns: tuple[str, ...],
    strict: bool = False,
) -> tuple[Any, ...]:
    """Copies of the two values, or the one, that function(*arguments, *rest) returns, called on
    copies of the arguments.

    returns: their names. strict: the arguments must stay unchanged, and a second call must not
    change what the first returned.
    """
    inputs = copied(arguments, f"that {name} is given")
    before = [snapshot(value) for value in inputs] if strict else []
    try:
        result = function(*inputs, *rest)
    except Exception as error:
        raise Broken(
            f"{name} raises {type(error).__name__}: {' '.join(str(error).split())}"
        ) from error
    values = (result,) if len(returns) == 1 else as_pair(name, result, f"({', '.join(returns)})")
    pair = dict(zip(returns, values, strict=True))
    copies = copied(pair, f"that {name} returns")
    if strict:
        for argument, value, after in zip(arguments, before, inputs, strict=True):
            if not same(value, snapshot(after)):
                raise Broken(
                    f"{name} changes its argument {argument} in place; it must return a new one"
                )
        others = copied(arguments, f"that {name} is given")
        _check_not_overwritten(
            pair, name, lambda: function(*(v + 1 if is_array(v) else v for v in others), *rest)
        )
    return copies


def _check_not_overwritten(
    pair: Mapping[str, Any], name: str, call_again: Callable[[], Any]
) -> None:
    """Raise Broken if another call of the function changes the pair that the last call returned."""
    before = [snapshot(value) for value in pair.values()]
    with suppress(Exception):
        call_again()
    for (what, after), value in zip(pair.items(), before, strict=True):
        if not same(value, snapshot(after)):
            text = (
                f"{name} overwrites the {what} that its call before returned: both calls "
                "return the same array"
            )
            raise Broken(
                text, f"a buffer is used again for the {what} of every call; return a copy of it"
            )


def as_pair(name: str, value: Any, what: str) -> tuple[Any, Any]:
    """The two parts of a returned pair."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise Broken(f"{name} returns {shown(value)}; it must return a pair {what}")
    return value[0], value[1]


def vector(name: str, what: str, value: Any, dim: int) -> Any:
    """An array of finite numbers of shape (dim,), as NumPy holds it."""
    try:
        array = to_numpy(value)
    except (TypeError, ValueError, RuntimeError):
        array = np.asarray(None)
    if array.dtype.kind not in "fiub" or not is_array(value):
        other = f"of {value.dtype}" if is_array(value) else f"a {type(value).__name__}"
        raise Broken(
            f"{name} returns {what} = {shown(value)}; it must be an array of real numbers, not "
            f"{other}"
        )
    if np.ma.is_masked(value):
        raise Broken(
            f"{name} returns {what} = {shown(value)}, in which entries are masked; each must be a "
            "number"
        )
    if array.shape != (dim,):
        raise Broken(f"{name} returns {what} of shape {array.shape}; it must be ({dim},)")
    if not np.all(np.isfinite(array)):
        raise Broken(f"{name} returns {what} = {shown(array)}; it must be finite")
    return array
