"""The classes that a logistic model predicts, and the share of samples where it is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import LARGEST, Checks
from auxtheory.problems.logistic.features import as_features
from auxtheory.typing import FloatArray

SCORES_AT_ONCE = 2**22  # scores in memory at once


def scores_of(points: FloatArray, features: Any, rows: int) -> FloatArray:
    """The scores of samples at points of shape (points, d), shape (n, points, rows)."""
    coefficients = np.ascontiguousarray(points.reshape(len(points) * rows, features.shape[1]).T)
    return np.asarray(features @ coefficients).reshape(-1, len(points), rows)


def of_scores(scores: FloatArray) -> Any:
    """The predicted classes of scores whose last axis is that of the rows of X."""
    return (
        (scores[..., 0] > 0).astype(np.intp)
        if scores.shape[-1] == 1
        else np.argmax(scores, axis=-1)
    )


def predicted(points: FloatArray, features: Any, rows: int) -> Any:
    """The predicted classes at points of shape (…, d), shape (…, n)."""
    flat = points.reshape(-1, points.shape[-1])
    classes = np.empty((len(flat), features.shape[0]), dtype=np.intp)
    for part in parts(len(flat), features.shape[0] * rows):
        classes[part] = of_scores(scores_of(flat[part], features, rows)).T
    return classes.reshape(*points.shape[:-1], -1)


def accuracies(points: FloatArray, features: Any, rows: int, labels: Any) -> FloatArray:
    """The shares of samples that are predicted right at points of shape (…, d), shape (…)."""
    flat = points.reshape(-1, points.shape[-1])
    shares = np.empty(len(flat))
    for part in parts(len(flat), features.shape[0] * rows):
        right = of_scores(scores_of(flat[part], features, rows)) == labels[:, None]
        shares[part] = np.count_nonzero(right, axis=0) / len(labels)
    return shares.reshape(points.shape[:-1])


def parts(count: int, each: int, most: int = SCORES_AT_ONCE) -> list[slice]:
    """Slices of so many points that at most `most` numbers, `each` per point, are in memory."""
    size = max(1, most // max(1, each))
    return [slice(start, start + size) for start in range(0, count, size)]


def checked_points(checks: Checks, x: Any, dim: int) -> FloatArray:
    """Points as an array of shape (…, d), or a complaint."""
    checks.number("x", x, low=-LARGEST)
    array = np.asarray(x, dtype=float) if not checks.complaints else np.zeros(dim)
    if array.ndim == 0 or array.shape[-1] != dim:
        checks.complain("x", x, f"must be of shape ({dim},) or (…, {dim})")
    return array


def checked_features(checks: Checks, X: Any, features: Any) -> Any:
    """Features of other samples, or a complaint and None."""
    other = as_features(checks, X, "X")
    if other is not None and other.shape[1] != features.shape[1]:
        checks.complain("X", X, f"must have {features.shape[1]} features, as those of f")
        return None
    return other
