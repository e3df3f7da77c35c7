"""The program of a method that is an implementation of a user: its text is not known."""

from __future__ import annotations

import inspect
from typing import Any

from auxtheory.errors import InputError, shown
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Hook, Program

STEP = "step(x, state, round), or Federated(client=…, server=…)"


def program_of(name: str, implementation: Any) -> Program:
    """The program of an implementation: one unknown step of x.

    Args:
        name: the name of the method.
        implementation: a step function, or an object with `client` and `server`.

    Returns:
        The program; its parameters are the function's arguments after *, η and a.

    Raises:
        InputError: it is no implementation, or cannot be called as one.
    """
    x = Node("state", data="x", vector=True)
    step = Node("implementation", (x,), name, vector=True)
    parameters = _parameters(name, implementation)
    hooks = {
        "start": Hook("start", (x,), (), (), {}),
        "step": Hook("step", (step,), (), (), parameters),
    }
    return Program(name, ("x",), frozenset(), frozenset(), hooks)


def is_federated(implementation: Any) -> bool:
    """Whether an implementation is a client and a server."""
    return hasattr(implementation, "client") and hasattr(implementation, "server")


def _parameters(name: str, implementation: Any) -> dict[str, float | None]:
    """The step parameters: η and a, and what the function takes after *."""
    if is_federated(implementation):
        return _of_federated(implementation)
    if not callable(implementation) or isinstance(implementation, type):
        raise InputError.listing([f"{name} = {shown(implementation)}: must be {STEP}"])
    try:
        signature = inspect.signature(implementation)
    except (TypeError, ValueError):
        return {"eta": None, "a": 1.0}
    keywords = [p for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
    try:
        signature.bind(None, None, None, **{p.name: None for p in keywords})
    except TypeError:
        raise InputError.listing(
            [f"{name}{signature}: must take (x, state, round), then step parameters after *"]
        ) from None
    parameters: dict[str, float | None] = {"eta": None, "a": 1.0}
    for p in keywords:
        number = isinstance(p.default, int | float) and not isinstance(p.default, bool)
        if p.default is not p.empty and not number:
            raise InputError.listing(
                [f"{name}: {p.name} = {shown(p.default)}: the default must be a number"]
            )
        parameters[p.name] = float(p.default) if number else None
    return parameters


# What the functions of a client and a server are given by these names.
GIVEN = {"S", "N", "K", "T", "t", "eta", "weight", "weights", "grad_f", "grad_r", "prox"}


def _of_federated(implementation: Any) -> dict[str, float | None]:
    """The step parameters of a client and a server: η, S, and what their functions take after *
    besides what they are given."""
    parameters: dict[str, float | None] = {"eta": None, "S": float("inf")}
    for name in ("start", "refresh", "report", "collect", "client", "server"):
        function: Any = getattr(implementation, name, None)
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            continue
        for p in signature.parameters.values():
            if p.kind is p.KEYWORD_ONLY and p.name not in GIVEN:
                number = isinstance(p.default, int | float) and not isinstance(p.default, bool)
                parameters[p.name] = float(p.default) if number else None
    return parameters
