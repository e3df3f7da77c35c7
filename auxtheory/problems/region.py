"""Regions of x on which constants are certified: convex sets, which contain the segment between any
two points of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import LARGEST, Checks, numbers
from auxtheory.printing import as_repr
from auxtheory.typing import FloatArray

EDGE_OF_REGION = 1 + 1e-12  # up to rounding
SLACK = 0.25  # by which a region of visited points is larger than they need, as a share of its size


@dataclass(frozen=True, eq=False, repr=False)
class Region(ABC):
    """A convex set of points, on which constants are certified.

    Args:
        centre: A point such that all of the region is within the radius of it, shape (d,).
        radius: The radius, in X.

    Example:
        >>> import auxtheory as at
        >>> isinstance(at.Ball([0.0], 1.0), at.problems.Region)
        True
    """

    centre: FloatArray
    radius: float

    @abstractmethod
    def reach(self, points: Any) -> FloatArray:
        """How far points are on the way from the centre to the edge.

        Args:
            points: Points, shape (…, d).

        Returns:
            Numbers of at least 0, shape (…): at most 1 in the region; ∞ if a point is not finite.
        """

    def contains(self, points: Any) -> Any:
        """Which points are in the region, up to rounding.

        Args:
            points: Points, shape (…, d).

        Returns:
            True or False, shape (…).
        """
        return self.reach(points) <= EDGE_OF_REGION


@dataclass(frozen=True, eq=False, repr=False)
class Ball(Region):
    """The points x with ‖x − centre‖ ≤ radius, on which `pair.constants(region=…)` certifies L and
    δ.

    Args:
        centre: The centre, shape (d,).
        radius: The radius, in X, above 0.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> ball = at.Ball([0.0, 1.0], 2.0)
        >>> print(ball.contains([[0.0, 3.0], [2.0, 2.0]]))
        [ True False]
    """

    def __post_init__(self) -> None:
        checks = Checks()
        centre = numbers(self.centre)
        if centre.ndim != 1 or not centre.size or not np.all(np.abs(centre) <= LARGEST):
            checks.complain("centre", self.centre, "must be d finite numbers, shape (d,)")
        checks.number("radius", self.radius, above=True)
        if np.ndim(self.radius):
            checks.complain("radius", self.radius, "must be one number")
        checks.done()
        centre = np.array(centre, dtype=float)
        centre.flags.writeable = False
        object.__setattr__(self, "centre", centre)
        object.__setattr__(self, "radius", float(self.radius))

    def reach(self, points: Any) -> FloatArray:
        """The distance of points from the centre, in units of the radius.

        Args:
            points: Points, shape (…, d).

        Returns:
            Numbers of at least 0, shape (…); ∞ if a point is not finite.
        """
        with np.errstate(all="ignore"):
            distance = np.linalg.norm(np.asarray(points) - self.centre, axis=-1) / self.radius
        return np.where(np.isnan(distance), np.inf, distance)

    def __repr__(self) -> str:
        centre = self.centre.tolist() if self.centre.size <= 8 else f"<{self.centre.size} numbers>"
        return f"at.Ball({centre}, {self.radius})"

    _repr_pretty_ = as_repr


def visited_ball(points: Any, centre: Any = None, *, slack: float = SLACK) -> Ball:
    """The ball that contains points, such as those of a run, with room to spare.

    Args:
        points: The points, shape (…, d), such as the `paths` of a trace.
        centre: The centre, shape (d,); by default the middle of the least and the largest value of
            each coordinate.
        slack: How much larger the radius is than needed, as a share of it.

    Returns:
        The ball.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> at.problems.visited_ball([[0.0, 0.0], [4.0, 0.0]], slack=0.5)
        at.Ball([2.0, 0.0], 3.0)
    """
    checks = Checks()
    x = checked_points(checks, points)
    checks.number("slack", slack)
    checks.done()
    middle = (x.min(axis=0) + x.max(axis=0)) / 2 if centre is None else numbers(centre)
    if middle.shape != x.shape[1:]:
        checks.complain("centre", centre, f"must be {x.shape[1]} finite numbers")
        checks.done()
    farthest = float(np.max(np.linalg.norm(x - middle, axis=-1)))
    if farthest == 0:
        checks.complain("points", points, "must not all be the centre, or the ball has no radius")
        checks.done()
    return Ball(middle, farthest * (1 + slack))


def checked_points(checks: Checks, points: Any, dim: int | None = None) -> FloatArray:
    """Points as an array of shape (points, d), checked."""
    x = numbers(points)
    fits = x.ndim > 0 and x.size > 0 and (dim is None or x.shape[-1] == dim)
    if not fits or not np.all(np.abs(x) <= LARGEST):
        d = "d" if dim is None else str(dim)
        checks.complain("points", points, f"must be finite, of shape (…, {d})")
        return np.zeros((1, dim or 1))
    return np.asarray(x.reshape(-1, x.shape[-1]), dtype=float)


def check_region(checks: Checks, region: Any, dim: int, start: Any = None) -> None:
    """Complain about a value that is not a region, is of another dimension, or does not contain the
    start of a run, shape (C, d)."""
    if region is None:
        return
    if not isinstance(region, Region):
        checks.complain("region", region, "must be a region, such as at.Ball(centre, radius)")
    elif region.centre.shape != (dim,):
        checks.complain("region", region, f"must have a centre of {dim} coordinates")
    elif start is not None and not np.all(region.contains(start)):
        far = float(np.max(np.linalg.norm(start - region.centre, axis=-1)))
        must = f"must contain x0, which is {far:.6g} from its centre"
        checks.complain("region", region, must)
