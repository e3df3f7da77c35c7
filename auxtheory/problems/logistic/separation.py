"""Tests whether a direction separates the classes, so that f without regulariser approaches its
infimum only at infinity.

Such a direction V, rows vₖ, has (v_b − vₖ)ᵀa ≥ 0 for each sample (a, b) and class k, and > 0 for
some of them. Without one the minimum is attained (Albert and Anderson, Biometrika 71, 1984).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.typing import FloatArray

CLEAR = 1e-9  # share of the largest margin from which the least counts as positive
ALONG = 1e-9  # rounding error of a margin of 0, as a share of the largest


def margins(f: LogisticLoss, x: FloatArray) -> FloatArray:
    """The difference of the score of each sample's class and that of each other class, (C − 1,
    n)."""
    scores = np.asarray((f.features @ x.reshape(f.rows, -1).T).T)
    if f.rows == 1:
        return f.marks * scores
    of_label = np.take_along_axis(scores, np.asarray(f.labels)[None], axis=0)
    others = np.arange(f.rows)[:, None] != np.asarray(f.labels)
    return np.asarray((of_label - scores).T[others.T].reshape(-1, f.rows - 1).T)


def separable(f: LogisticLoss, x: FloatArray) -> bool:
    """Whether x classifies every sample of positive weight correctly, so that inf f = 0."""
    scores = margins(f, x)
    return bool(np.min(scores) > CLEAR * np.max(np.abs(scores)))


def recession(f: LogisticLoss, x: FloatArray) -> tuple[int, float]:
    """The number of samples that the direction x moves away from another class, and the largest
    move of any sample towards one, relative to the farthest move: at most 0, up to rounding, if f
    decreases along x without end."""
    scores = margins(f, x)
    most = float(np.max(np.abs(scores)))
    if most == 0 or not np.isfinite(most):
        return 0, np.inf
    return int(np.count_nonzero(np.max(scores, axis=0) > 1e-3 * most)), -float(
        np.min(scores)
    ) / most


def lone_feature(f: LogisticLoss) -> str | None:
    """A single feature that separates one class from all others, in words: it is at least 0 in that
    class and at most 0 elsewhere, or the reverse, and not 0 everywhere. It is found without
    arithmetic, so the result is exact."""
    used = np.flatnonzero(f.weights)
    if not len(used):
        return None
    low, high = _ends(f.features[used], np.asarray(f.labels)[used], int(f.classes or 0))
    some = np.any(low, axis=0) | np.any(high, axis=0)
    for k in range(1 if f.rows == 1 else len(low)):
        rest = np.arange(len(low)) != k
        up = (low[k] >= 0) & np.all(high[rest] <= 0, axis=0)
        down = (high[k] <= 0) & np.all(low[rest] >= 0, axis=0)
        columns = np.flatnonzero(some & (up | down))
        if len(columns):
            j = columns[0]
            inside = _signs(low[k, j], high[k, j])
            outside = _signs(np.min(low[rest, j]), np.max(high[rest, j]))
            return f"feature {j} (from 0) is {inside} in class {k} and {outside} in all others"
    return None


def _ends(A: Any, labels: Any, classes: int) -> tuple[FloatArray, FloatArray]:
    """The least and the largest value of each feature in each class, (classes, p); 0 in a class
    without samples."""
    low = np.zeros((classes, A.shape[1]))
    high = np.zeros((classes, A.shape[1]))
    for k in np.unique(labels):
        part = A[labels == k]
        ends = part.min(axis=0), part.max(axis=0)
        low[k], high[k] = (
            np.asarray(v.todense() if scipy.sparse.issparse(v) else v).reshape(-1) for v in ends
        )
    return low, high


def _signs(low: float, high: float) -> str:
    return "0" if low == high == 0 else "never negative" if low >= 0 else "never positive"
