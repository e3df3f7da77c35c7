"""The kernels of the momentum update with their signatures, for compile_check."""

from __future__ import annotations

from typing import Any

import numba
from numba import float64, int64, uint64

from auxtheory.kernels import arguments
from auxtheory.kernels.cuda import update as device_update
from auxtheory.methods.two_rules import rules_of


def named(kind: Any, member: Any) -> Any:
    return numba.types.NamedTuple([member] * len(kind._fields), kind)


def refresh_pass(method: Any, draws: Any) -> tuple[Any, tuple[Any, ...]]:
    """The kernel of a refresh and its signature."""
    kernel = device_update.refresh_pass(
        rules_of(method).refresh, draws.correlate, draws.standard, draws.second
    )
    return kernel, (*settings(), arrays(arguments.Refresh, 3), float64[::1], *WHERE)


def local_pass(method: Any, draws: Any) -> tuple[Any, tuple[Any, ...]]:
    """The kernel of a local step and its signature."""
    kernel = device_update.local_pass(rules_of(method).local_step, draws.standard)
    states = arrays(arguments.LocalStep, 3), arrays(arguments.Squares, 2)
    return kernel, (*settings(), *states, float64[::1], *WHERE)


def settings() -> tuple[Any, Any]:
    """The types of a plan and its levels."""
    return named(arguments.Plan, int64), named(arguments.Levels, float64[::1])


def arrays(kind: Any, ndim: int) -> Any:
    """The type of a named tuple of arrays."""
    return named(kind, numba.types.Array(float64, ndim, "C"))


# The key, and the first replica's number, round and step.
WHERE = numba.types.UniTuple(uint64, 2), named(device_update.Step, int64)
