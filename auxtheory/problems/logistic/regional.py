"""Constants of a logistic pair that are certified on a region instead of at all x."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import Checks
from auxtheory.problems.eigenvalues import ROUNDING, WHOLE
from auxtheory.problems.logistic.curvature import (
    Curvature,
    Range,
    bends,
    capped,
    range_of_ball,
    range_of_box,
)
from auxtheory.problems.logistic.features import squared_lengths
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.scores import ScoreRegion
from auxtheory.problems.logistic.similarity import merged
from auxtheory.problems.region import Region
from auxtheory.typing import FloatArray


@dataclass(frozen=True)
class Regional:
    """Bounds on a region, in F/X².

    Args:
        L: Of ‖∇²f‖.
        mu: A lower bound of all eigenvalues of ∇²f, at least 0; that of all x if the region does
            not contain x*.
        gap: Of ‖∇²(f − g)‖.
    """

    L: float
    mu: float
    gap: float


def regional(f: LogisticLoss, g: LogisticLoss, region: Region, minimiser: FloatArray) -> Regional:
    """The bounds on a region; those of f are none above those at all x."""
    features, of_f, c = (f.features, f.weights, 0 * f.weights) if g is f else merged(f, g)
    weights = weights_on(features, f.rows, region)
    low, high = weights.low, capped(weights.high)
    reach = region.centre - region.radius, region.centre + region.radius
    low_bend, high_bend = bends(f.nonconvex, *reach)
    steepest = Curvature(features, of_f, high, f.l2 + high_bend).norm()
    L = min(max(steepest, -f.convexity), f.smoothness[1])
    mu = max(0.0, f.convexity)
    if bool(region.contains(minimiser)) and f.dim <= WHOLE:
        flattest = Curvature(features, of_f, low, f.l2 + low_bend).matrix()
        slack = ROUNDING * np.sqrt(f.dim) * L
        mu = min(max(mu, float(np.linalg.eigvalsh(flattest)[0]) - slack), L)
    if g is f:
        return Regional(L, mu, 0.0)
    low_bend, high_bend = bends(f.nonconvex - g.nonconvex, *reach)
    ridge = f.l2 - g.l2
    adds = c > 0
    # As the one with the upper bounds exceeds the other, the larger norm bounds both sides.
    gap = max(
        Curvature(features, c, np.where(adds, high, low), ridge + high_bend).norm(),
        Curvature(features, c, np.where(adds, low, high), ridge + low_bend).norm(),
    )
    return Regional(L, mu, gap)


def weights_on(features: Any, rows: int, region: Region) -> Range:
    """The range of the weights of samples on a region."""
    scores = np.asarray((features @ region.centre.reshape(rows, -1).T).T)
    ball = range_of_ball(scores, np.sqrt(squared_lengths(features)), region.radius)
    if not isinstance(region, ScoreRegion):
        return ball
    if not region.describes(features):
        checks = Checks()
        checks.complain("region", region, "must be made by `region` of this very pair")
        checks.done()
    return ball.within(range_of_box(region.low, region.high))


def lowest_floor(choices: list[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """Of pairs β and ζ, (C,) each, for every configuration the one with the least ζ²/(1 − β); the
    first where no β is below 1."""
    with np.errstate(all="ignore"):
        floors = [np.where(b < 1, z**2 / np.where(b < 1, 1 - b, 1.0), np.inf) for b, z in choices]
    best = np.argmin(floors, axis=0)[None]
    betas, zetas = (np.stack(each) for each in zip(*choices, strict=True))
    return np.take_along_axis(betas, best, 0)[0], np.take_along_axis(zetas, best, 0)[0]
