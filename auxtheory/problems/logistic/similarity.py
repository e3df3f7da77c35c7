"""Certified bounds on the differences of Hessians and gradients of two logistic objectives, from
their samples."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import scipy

from auxtheory.problems.logistic.features import largest_eigenvalue, squared_lengths
from auxtheory.problems.logistic.objective import BEND, LogisticLoss
from auxtheory.typing import FloatArray

STEEPEST = 3 * np.sqrt(3) / 8  # the largest |g′| of g(t) = t²/(1 + t²), at t = 1/√3


def common(f: LogisticLoss, g: LogisticLoss) -> tuple[Any, FloatArray]:
    """The samples of f and g, and the difference of their weights; samples with equal features are
    combined, since curvature does not depend on labels."""
    features, _, difference = merged(f, g)
    return features, difference


def merged(f: LogisticLoss, g: LogisticLoss) -> tuple[Any, FloatArray, FloatArray]:
    """The samples of `common`, their weights in f, and the difference of those in f and g."""
    if f.features is g.features:
        return f.features, f.weights, f.weights - g.weights
    weights = np.concatenate([f.weights, -g.weights])
    thin = scipy.sparse.issparse(f.features) or scipy.sparse.issparse(g.features)
    features = (
        scipy.sparse.csr_array(scipy.sparse.vstack([f.features, g.features]))
        if thin
        else np.vstack([f.features, g.features])
    )
    first: dict[bytes, int] = {}
    place = np.array([first.setdefault(key, len(first)) for key in _keys(features)])
    rows = np.unique(place, return_index=True)[1]
    together, size = (np.bincount(place, weights=w) for w in (weights, np.abs(weights)))
    first_weights: FloatArray = np.bincount(
        place[: len(f.weights)], weights=f.weights, minlength=len(rows)
    ).astype(float)
    difference = np.where(np.abs(together) <= 8 * np.finfo(float).eps * size, 0.0, together)
    return features[rows], first_weights, difference


def _keys(features: Any) -> list[bytes]:
    """A key of each row, the same for equal rows only."""
    if not scipy.sparse.issparse(features):
        return [row.tobytes() for row in features + 0.0]  # −0 is 0
    features.sum_duplicates()
    features.eliminate_zeros()
    ends = pairwise(features.indptr)
    return [features.indices[a:b].tobytes() + features.data[a:b].tobytes() for a, b in ends]


def hessian_gap(f: LogisticLoss, g: LogisticLoss) -> tuple[float, float]:
    """Bounds (low, high) of all eigenvalues of ∇²f(x) − ∇²g(x) at all x.

    With positive and negative parts of c = c_f − c_g: −q λ_max(Σ c⁻aaᵀ) and q λ_max(Σ c⁺aaᵀ), moved
    by the regularisers; for the Hessian of a sample is between 0 and q aaᵀ, whatever its label
    (`LogisticLoss.smoothness`).
    """
    samples, c = common(f, g)
    bends = [(f.nonconvex - g.nonconvex) * bend for bend in BEND]
    ridge = f.l2 - g.l2
    high = f.steepest * largest_eigenvalue(samples, np.maximum(c, 0)) + max(bends)
    low = -f.steepest * largest_eigenvalue(samples, np.maximum(-c, 0)) + min(bends)
    return low + ridge, high + ridge


def gradient_wander(f: LogisticLoss, g: LogisticLoss) -> float:
    """A bound on ‖∇r(x) − ∇r(0)‖ for r = f − g at all x; ∞ if their ridges differ.

    With e the deviation of a sample's probabilities from even ones, |e| ≤ ρ, it is ‖Σ cᵢ eᵢaᵢᵀ‖ ≤ ρ
    min{Σ|cᵢ|‖aᵢ‖, √(Σ|cᵢ| λ_max(Σ|cᵢ|aᵢaᵢᵀ))}, by Cauchy–Schwarz; ρ = ½ for two classes, √(1 − 1/C)
    for more.
    """
    if f.l2 != g.l2:
        return float("inf")
    samples, c = common(f, g)
    size = np.abs(c)
    one_by_one = float(size @ np.sqrt(squared_lengths(samples)))
    together = float(np.sqrt(np.sum(size) * largest_eigenvalue(samples, size)))
    rho = 0.5 if f.rows == 1 else np.sqrt(1 - 1 / f.rows)
    return float(
        rho * min(one_by_one, together) + abs(f.nonconvex - g.nonconvex) * STEEPEST * np.sqrt(f.dim)
    )
