"""The region of a logistic pair in which the score of every sample keeps to an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from auxtheory.printing import as_repr, number
from auxtheory.problems.logistic.features import products
from auxtheory.problems.region import Region
from auxtheory.typing import FloatArray

AT_ONCE = 2**24  # scores that are held at once


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScoreRegion(Region):
    """The points of a ball at which the scores aᵢᵀx of all samples of f and h lie in intervals.

    A run in many coordinates moves every score by far less than ‖aᵢ‖ times its distance, so that
    the curvature on this set is known much better than on the ball. Of more than two classes the
    scores are the rows of Xaᵢ less their mean, which is all that probabilities depend on. Made by
    `LogisticPair.region`.

    Args:
        centre: The centre of the ball, shape (d,).
        radius: Its radius, in X.
        features: The aᵢ, shape (n, p).
        low: The lower ends of the intervals, shape (rows, n).
        high: The upper ends, shape (rows, n).

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> at.helpers.rotated(f, 10.0).region([[0.0, 0.0], [0.0, 1.0]])
        <4 scores in intervals, within 0.625 of the centre>
    """

    features: Any
    low: FloatArray
    high: FloatArray

    def reach(self, points: Any) -> FloatArray:
        """How far points are on the way from the centre to the edge.

        Args:
            points: Points, shape (…, d).

        Returns:
            Numbers of at least 0, shape (…): the distance in radii, or that of a score from the
            middle of its interval in half-widths if one is larger; ∞ if a point is not finite.
        """
        x = np.asarray(points)
        flat = x.reshape(-1, x.shape[-1])
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        step = max(1, AT_ONCE // middle.size)
        with np.errstate(all="ignore"):
            far = np.linalg.norm(flat - self.centre, axis=-1) / self.radius
            for i in range(0, len(flat), step):
                off = np.abs(centred(self.features, flat[i : i + step], len(middle)) - middle)
                share = np.divide(off, half, out=np.where(off > 0, np.inf, 0.0), where=half > 0)
                far[i : i + step] = np.fmax(far[i : i + step], np.max(share, axis=(-2, -1)))
        return np.where(np.isfinite(flat).all(axis=-1), far, np.inf).reshape(x.shape[:-1])

    def describes(self, features: Any) -> bool:
        """Whether these are its samples.

        Args:
            features: Features, shape (n, p).

        Returns:
            True if all are equal.
        """
        mine = self.features
        if mine is features:
            return True
        if mine.shape != features.shape or scipy.sparse.issparse(mine) != scipy.sparse.issparse(
            features
        ):
            return False
        if scipy.sparse.issparse(mine):
            return (mine != features).nnz == 0
        return np.array_equal(mine, features)

    def __repr__(self) -> str:
        return f"<{self.low.size} scores in intervals, within {number(self.radius)} of the centre>"

    _repr_pretty_ = as_repr


def centred(features: Any, points: FloatArray, rows: int) -> FloatArray:
    """The scores of points (m, d), (m, rows, n), of more than one row less their mean over rows."""
    scores = products(features, np)[0](points.reshape(len(points), rows, -1))
    return scores if rows == 1 else scores - np.mean(scores, axis=1, keepdims=True)


def score_region(features: Any, rows: int, points: FloatArray, slack: float, ball: Any) -> Any:
    """The region of the scores that points (m, d) have, with the slack, within a ball."""
    step = max(1, AT_ONCE // (rows * features.shape[0]))
    parts = [centred(features, points[i : i + step], rows) for i in range(0, len(points), step)]
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    high = np.max([part.max(axis=0) for part in parts], axis=0)
    half = (high - low) / 2
    # New runs exceed a short interval by more than its share.
    room = slack * np.maximum(half, np.mean(half))
    return ScoreRegion(
        centre=ball.centre,
        radius=ball.radius,
        features=features,
        low=low - room,
        high=high + room,
    )
