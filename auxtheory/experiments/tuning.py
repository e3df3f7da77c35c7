"""Tuning of a method's steps: run a grid at once, and widen it until the best value lies inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from auxtheory.typing import FloatArray

# Limits of a widened grid for ηL and for a; a = 1 is the end of the methods' range and does not
# count as an edge.
ETAS: tuple[float, float] = (1e-4, 1e3)
MOMENTA: tuple[float, float] = (1e-3, 1.0)

Objective = Callable[[FloatArray, FloatArray], FloatArray]


def best_steps(
    objective: Objective, etas: Sequence[float], momenta: Sequence[float] | None
) -> tuple[float, float | None, str]:
    """η and a with the lowest objective, and which of them still lies on the edge of the grid ("",
    "η", "a" or "η, a").

    While the best is the largest or the smallest of its axis, the axis is continued there by the
    factor between its last two values, up to ETAS and MOMENTA; an axis of one value stays as it is.
    momenta: None without a.
    """
    tried: dict[tuple[float, float], float] = {}
    axes = [sorted(etas), sorted(momenta or (1.0,))]
    while True:
        new = [(eta, a) for eta in axes[0] for a in axes[1] if (eta, a) not in tried]
        if not new:
            break
        values = objective(*np.array(new).T)
        tried |= dict(zip(new, np.where(np.isfinite(values), values, np.inf).tolist(), strict=True))
        best = min(tried, key=lambda point: tried[point])
        axes = [
            wider(axis, value, limit)
            for axis, value, limit in zip(axes, best, (ETAS, MOMENTA), strict=True)
        ]
    marks = zip(("η", "a"), axes, best, strict=True)
    edges = [
        name for name, axis, value in marks if on_edge(axis, value) and (name, value) != ("a", 1.0)
    ]
    return best[0], best[1] if momenta else None, ", ".join(edges)


def on_edge(axis: Sequence[float], value: float) -> bool:
    """Whether a value is the first or last of several."""
    return len(axis) > 1 and value in (axis[0], axis[-1])


def wider(axis: list[float], best: float, limit: tuple[float, float]) -> list[float]:
    """The axis extended by one value where the best is at its end, unless that value is beyond the
    limit."""
    if not on_edge(axis, best):
        return axis
    if best == axis[0]:
        more = float(f"{axis[0] * axis[0] / axis[1]:.12g}")
        return [more, *axis] if more >= limit[0] else axis
    more = float(f"{axis[-1] * axis[-1] / axis[-2]:.12g}")
    return [*axis, more] if more <= limit[1] else axis
