"""Batches of a search in parts, where no engine runs one of their cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.typing import FloatArray, Values


def in_parts(
    ratios: Callable[[dict[str, Any]], FloatArray], values: Values, inside: FloatArray
) -> FloatArray:
    """The ratios of a batch with a case that no engine runs, such as a proximal step that has no
    minimum: first without the cases outside the theorem, then in halves.

    Args:
        ratios: the function of the values of a batch that refused this one.
        values: the values of each case by name.
        inside: whether each case is within the theorem, shape (C,).

    Returns:
        measured/bound of each case, −1 where it is outside or no engine runs it, shape (C,).
    """
    size = len(inside)
    result = np.full(size, -1.0)
    if size == 1:
        return result
    kept = np.flatnonzero(inside)
    every = {name: np.broadcast_to(value, (size,)) for name, value in values.items()}
    for part in [kept] if len(kept) < size else np.array_split(kept, 2):
        result[part] = ratios({name: value[part] for name, value in every.items()})
    return result
