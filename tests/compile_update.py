"""The kernels of the momentum update with their signatures, for compile_check."""

from __future__ import annotations

from typing import Any

import numba
from numba import float64, int64, uint64

from auxtheory.kernels import device_update, tile


def named(kind: Any, member: Any) -> Any:
    return numba.types.NamedTuple([member] * len(kind._fields), kind)


def refresh_pass(method: Any, draws: Any) -> tuple[Any, tuple[Any, ...]]:
    """The kernel of a refresh and its signature."""
    kernel = device_update.refresh_pass(
        method.refresh, draws.correlate, draws.standard, draws.second
    )
    return kernel, signature(states=5, sums=0)


def local_pass(method: Any, draws: Any) -> tuple[Any, tuple[Any, ...]]:
    """The kernel of a local step and its signature."""
    return device_update.local_pass(method.local_step, draws.standard), signature(states=4, sums=2)


def signature(states: int, sums: int) -> tuple[Any, ...]:
    """Plan, levels, arrays (C, R, d), x*, arrays (C, R), key, first replica, round and step."""
    arrays = (*[float64[:, :, ::1]] * states, float64[::1], *[float64[:, ::1]] * sums)
    whole = numba.types.UniTuple(uint64, 2), int64, int64, int64
    return (named(tile.Plan, int64), named(tile.Levels, float64[::1]), *arrays, *whole)
