"""A theorem's own steps for a batch of cases, and whether it is enough to search at L = F0 = 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory import theorems
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Constants
from auxtheory.bounds.schedules import PerRound
from auxtheory.testing.search.cells import SearchCell
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import steps_of


def steps_of_theorem(
    theorem: Theorem, cell: SearchCell, c: Constants, inside: NDArray[np.bool_]
) -> dict[str, Any]:
    """The theorem's own step parameters by name for the configurations that meet its assumptions;
    NaN for the others."""
    size = len(inside)
    if not np.any(inside):
        names = [name for name, default in theorem.method.parameters.items() if default is None]
        return {"a": None} | {name: np.full(size, np.nan) for name in ("eta", *names)}
    if not np.all(inside):
        c = c.replace(
            **{
                name: value[inside]
                for name, value in c.values().items()
                if np.shape(value) == (size,)
            }
        )
    steps = steps_of(theorem, c, cell.K, cell.T, cell.B)

    def scattered(values: Any) -> Any:
        if isinstance(values, PerRound):
            rounds = values.over("", cell.T)
            rounds = rounds if rounds.ndim > 1 else rounds[:, None]
            every = np.full((cell.T, size), np.nan)
            every[:, inside] = rounds
            return PerRound(every)
        out = np.full(size, np.nan)
        out[inside] = values
        return out

    return {name: None if part is None else scattered(part) for name, part in steps.items()}


def has_unit(theorem: Theorem) -> bool:
    """Whether L = F0 = 1 is no restriction, since the units of bound and steps are known to be
    right."""
    is_library = type(theorem) in theorems.LIBRARY
    steps = getattr(theorem, "_steps", None)
    return is_library or bool(
        getattr(theorem, "_checked", False) and (steps is None or type(steps) in theorems.LIBRARY)
    )


def names_noise(theorem: Theorem) -> bool:
    """Whether a level of the noise may have an effect on what the theorem claims."""
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    parts = [*bounds, *theorem.assumptions, *theorem.step_range]
    if "tuned" in theorem.regimes or type(theorem).value is not Theorem.value:
        return True
    levels = {"sigma_f", "sigma_h", "sigma_r"}
    return any(isinstance(part, BlackBox) or bool(part.names & levels) for part in parts)


def names_bias(theorem: Theorem) -> bool:
    """Whether β or ζ may have an effect on what the theorem claims."""
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    parts = [*bounds, *theorem.assumptions, *theorem.step_range]
    return any(
        isinstance(part, BlackBox) or any(name.startswith(("beta", "zeta")) for name in part.names)
        for part in parts
    )
