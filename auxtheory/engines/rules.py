"""Trial calls of functions that compiled loops take: whether they are elementwise and can be
compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines.reach import current, ours

Rule: TypeAlias = Callable[..., Any]

ARRAY_PROBES = np.array([0.3, -1.7, 0.0, 2.5]), np.array([1.1, 0.4, -0.6, -2.0])
ARRAY_SCALES = np.array([1e3, 1.0, 40.0, 1e8])  # factors of a second set of probes
TOLERANCE = 1e-12  # relative: sums over the coordinates of a part may be taken in another order
MIXING = "it is not elementwise: on arrays it does not give what it gives on their numbers"
STATE = "keeps state: the same arguments must always give the same value"


def not_elementwise(function: Rule) -> str | None:
    """Why a function of four numbers cannot be applied element by element, or None; found by
    trying."""
    first, second = ARRAY_PROBES
    arrays = first, second, first[::-1], second[::-1]
    try:
        with np.errstate(all="ignore"):
            whole = np.asarray(function(*(array.copy() for array in arrays[:3]), 0.5))
            single = [function(*values, 0.5) for values in zip(*arrays[:3], strict=True)]
    except Exception as error:  # whatever a user's function raises is the reason
        return f"it failed on arrays or numbers ({type(error).__name__}: {error})"
    numbers = whole.dtype.kind in "fiub" and whole.shape in ((), first.shape)
    if not numbers or not np.array_equal(
        np.broadcast_to(whole, first.shape), single, equal_nan=True
    ):
        return MIXING
    try:
        with np.errstate(all="ignore"):
            whole = np.asarray(function(*(ARRAY_SCALES * array for array in arrays[:3]), 0.9))
            single = [
                function(*values, 0.9)
                for values in zip(*(ARRAY_SCALES * array for array in arrays[:3]), strict=True)
            ]
    except Exception:  # a rule need not take numbers of every size
        return None
    return None if np.allclose(whole, single, rtol=TOLERANCE, atol=0.0, equal_nan=True) else MIXING


def not_compilable(function: Rule) -> str | None:
    """Why a function of four numbers is not elementwise or Numba cannot compile it, or None."""
    return (
        _compiled(current(function))
        if isinstance(function, FunctionType)
        else "it is not a plain function"
    )


@cache
def _compiled(function: Rule) -> str | None:
    """The reason of `not_compilable` for a plain function; functions of this library are known to
    compile."""
    reason = not_elementwise(function)
    if reason or ours(function):
        return reason
    from auxtheory.kernels.jit import complaint

    return complaint(function, 4)
