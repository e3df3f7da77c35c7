"""Reading and replacing the vectors in a client's message, in any container."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from auxtheory.implementations.exchange import as_is, is_array, nested, to_numpy
from auxtheory.typing import FloatArray


def arrays(message: Any, d: int) -> list[Any]:
    """The arrays of real numbers in a message that hold one vector of shape (d,) or several."""
    by_id = {id(part): part for _, part in nested(message) if is_array(part)}
    return [
        a
        for a in by_id.values()
        if a.shape and np.prod(a.shape) % d == 0 < np.prod(a.shape) and _real(a)
    ]


def _real(array: Any) -> bool:
    try:
        return to_numpy(array).dtype.kind == "f"
    except (TypeError, RuntimeError):
        return False


def vectors(message: Any, d: int) -> list[FloatArray]:
    """The vectors in a message, in order."""
    return [
        row for array in arrays(message, d) for row in to_numpy(array).astype(float).reshape(-1, d)
    ]


def filled(message: Any, rows: Sequence[FloatArray], d: int, xp: Any) -> Any:
    """A copy of the message with other vectors in it."""
    left = list(rows)
    memo = {}
    for array in arrays(message, d):
        count = int(np.prod(array.shape)) // d
        chunk = left[:count]
        left = left[count:]
        memo[id(array)] = as_is(xp.asarray(np.reshape(chunk, array.shape)), array, xp)
    return copy.deepcopy(message, memo)


# The forms in which a client may send its model and its control: the name, the form as a function
# of the difference and the old value, and the difference as a function of the form.
Form = tuple[str, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]
MODEL: tuple[Form, ...] = (
    ("y − x", lambda dx, x: dx, lambda sent, x: sent),
    ("y", lambda dx, x: x + dx, lambda sent, x: sent - x),
    ("x − y", lambda dx, x: -dx, lambda sent, x: -sent),
)
CONTROL: tuple[Form, ...] = (
    ("c_i⁺ − c_i", lambda dc, c_i: dc, lambda sent, c_i: sent),
    ("c_i⁺", lambda dc, c_i: c_i + dc, lambda sent, c_i: sent - c_i),
    ("c_i − c_i⁺", lambda dc, c_i: -dc, lambda sent, c_i: -sent),
)
