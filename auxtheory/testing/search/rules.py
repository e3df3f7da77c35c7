"""A theorem's own steps over a batch of cases, and whether its units make L = F0 = 1 no
restriction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory import theorems
from auxtheory.bounds.constants import Constants
from auxtheory.testing.search.cells import Cell
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import steps_of
from auxtheory.typing import FloatArray


def prescribed(
    theorem: Theorem, cell: Cell, c: Constants, met: NDArray[np.bool_]
) -> tuple[Any, Any]:
    """The theorem's own (η, a), asked only for configurations that meet its assumptions; NaN
    elsewhere."""
    size = len(met)
    if not np.any(met):
        return np.full(size, np.nan), np.full(size, np.nan) if theorem.method.uses_a else None
    if not np.all(met):
        c = c.replace(
            **{name: value[met] for name, value in c.values().items() if np.shape(value) == (size,)}
        )
    found = steps_of(theorem, c, cell.K, cell.T, cell.B)

    def spread(values: Any) -> FloatArray:
        out = np.full(size, np.nan)
        out[met] = values
        return out

    return tuple(None if part is None else spread(part) for part in found)  # type: ignore[return-value]


def has_unit(theorem: Theorem) -> bool:
    """Whether units make L = F0 = 1 no restriction: bound and steps have them."""
    own = type(theorem) in theorems.ALL
    steps = getattr(theorem, "_steps", None)
    return own or bool(
        getattr(theorem, "_checked", False) and (steps is None or type(steps) in theorems.ALL)
    )
