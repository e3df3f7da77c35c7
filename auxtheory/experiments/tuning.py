"""Tuning of a method's steps: run a grid at once, widen it until the best value lies inside, and
run the best part of it with more replicas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

import numpy as np

from auxtheory.typing import FloatArray

# Limits of a widened grid for ηL and for a; a = 1 is the end of the methods' range and does not
# count as an edge.
ETAS: tuple[float, float] = (1e-4, 1e3)
MOMENTA: tuple[float, float] = (1e-4, 1.0)
SCREENED = 4  # the first runs take one replica of so many,
KEPT = 4  # and one point of so many is run with all of them,
LEAST = 4  # at least so many replicas at first, and so many points at last
NO_STEP = "no step"

# (η, a, replicas) → the objective at each of these points.
Objective = Callable[[FloatArray, FloatArray, int], FloatArray]
Point = tuple[float, float]


@dataclass(frozen=True)
class Best:
    """The best steps of those that were tried.

    edge: "" if they lie inside; "η", "a" or "η, a" if the last value of an axis is the best;
    "no step" if the start is better than all of them. etas, momenta: the values that were tried.
    """

    eta: float
    a: float | None
    edge: str
    etas: tuple[float, ...]
    momenta: tuple[float, ...] | None


def best_steps(
    objective: Objective,
    etas: Sequence[float],
    momenta: Sequence[float] | None,
    replicas: int = LEAST,
    start: float = np.inf,
) -> Best:
    """η and a with the lowest objective.

    While the best is the largest or the smallest of its axis, the axis is continued there by the
    factor between its last two values, up to ETAS and MOMENTA; an axis of one value stays as it is.
    All points are run with a quarter of the replicas, and the best quarter of them with all: the
    replicas are the same at every point, so that few of them tell bad points from good ones.

    momenta: None without a. start: the objective at x⁰; where no step is better, none smaller is
    tried.
    """
    few = min(replicas, max(LEAST, replicas // SCREENED))
    screened: dict[Point, float] = {}
    tried: dict[Point, float] = {}
    axes = [sorted(etas), sorted(momenta or (1.0,))]
    while True:
        _measure(objective, product(axes[0], axes[1]), screened, few)
        best = min(screened, key=lambda point: screened[point])
        wide = _wider(axes, best, screened[best], start)
        if wide == axes:
            _measure(
                objective, _leading(screened), tried, replicas, screened if few == replicas else {}
            )
            best = min(tried, key=lambda point: tried[point])
            wide = _wider(axes, best, tried[best], start)
        if wide == axes:
            break
        axes = wide
    marks = zip(("η", "a"), axes, best, strict=True)
    edges = [
        name for name, axis, value in marks if on_edge(axis, value) and (name, value) != ("a", 1.0)
    ]
    edge = NO_STEP if tried[best] >= start else ", ".join(edges)
    a = best[1] if momenta else None
    return Best(best[0], a, edge, tuple(axes[0]), tuple(axes[1]) if momenta else None)


def _measure(
    objective: Objective,
    points: Iterable[Point],
    values: dict[Point, float],
    replicas: int,
    known: Mapping[Point, float] = MappingProxyType({}),
) -> None:
    """Add the objective at those points that have no value."""
    points = list(points)
    values |= {point: known[point] for point in points if point in known}
    new = [point for point in points if point not in values]
    if new:
        etas, momenta = np.array(new).T
        results = objective(etas, momenta, replicas)
        finite = np.where(np.isfinite(results), results, np.inf)
        values |= dict(zip(new, finite.tolist(), strict=True))


def _leading(screened: dict[Point, float]) -> list[Point]:
    """The best quarter of the points."""
    count = max(LEAST, -(-len(screened) // KEPT))
    return sorted(screened, key=lambda point: screened[point])[:count]


def _wider(axes: list[list[float]], best: Point, value: float, start: float) -> list[list[float]]:
    """The axes, continued where the best point is at an end; below the least η only if that is
    better than the start."""
    limits = (ETAS[0] if value < start else axes[0][0], ETAS[1]), MOMENTA
    return [wider(axis, at, limit) for axis, at, limit in zip(axes, best, limits, strict=True)]


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
