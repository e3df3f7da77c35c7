"""Certified bounds on the curvature of logistic objectives on a region, from intervals of the
scores of their samples.

The Hessian of a sample's loss in its scores is the covariance of its probabilities p, D(p) − ppᵀ:
the form v ↦ min_m Σ pₖ(vₖ − m)², which grows with each pₖ, whatever their sum. So upper and lower
bounds u and l of the probabilities on the region bound it on both sides, by D(u) − uuᵀ/Σu and
D(l) − llᵀ/Σl, and Σ cᵢ (D(pᵢ) − pᵢpᵢᵀ) ⊗ aᵢaᵢᵀ lies between the matrix with u where cᵢ > 0 and l
where cᵢ < 0, and the one with the reverse. Of two classes, p(1 − p) itself has an interval.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy

from auxtheory.problems.eigenvalues import WHOLE, largest, largest_of_matrix
from auxtheory.problems.logistic.objective import BEND
from auxtheory.typing import FloatArray

# Of e_l − eₖ over a ball of score vectors e, in units of its radius.
APART = float(np.sqrt(2))
MOST = 0.5  # the largest eigenvalue of D(p) − ppᵀ


@dataclass(frozen=True, eq=False)
class Range:
    """Bounds of the weights with which samples enter a Hessian, (rows, n) each: of p(1 − p) for
    two classes, otherwise of the probabilities.

    Args:
        low: The lower bounds.
        high: The upper bounds.
    """

    low: FloatArray
    high: FloatArray

    def within(self, other: Range) -> Range:
        """The weights that are in both ranges."""
        return Range(np.maximum(self.low, other.low), np.minimum(self.high, other.high))


def range_of_ball(scores: FloatArray, lengths: FloatArray, radius: float) -> Range:
    """The range of weights where the scores of a sample, (rows, n), are no farther from these than
    the radius times its length ‖aᵢ‖, (n,)."""
    far = radius * lengths
    if len(scores) == 1:
        return _of_two(scores - far, scores + far)
    low, high = (np.empty_like(scores) for _ in range(2))
    for k in range(len(scores)):
        odds, spread = _others(scores, k)
        # By Jensen, Σ qₗ exp(eₗ − eₖ) ≥ exp(Σ qₗeₗ − eₖ) with q the others' shares.
        with np.errstate(over="ignore"):
            high[k] = 1 / (1 + odds * np.exp(-far * np.sqrt(1 + spread)))
            low[k] = 1 / (1 + odds * np.exp(far * APART))
    return Range(low, high)


def _others(scores: FloatArray, k: int) -> tuple[FloatArray, FloatArray]:
    """(1 − pₖ)/pₖ, and the sum of squares of the other probabilities divided by (1 − pₖ)²."""
    rest = np.delete(scores, k, axis=0)
    top = np.max(rest, axis=0)
    powers = np.exp(rest - top)
    total = np.sum(powers, axis=0)
    with np.errstate(over="ignore"):
        return total * np.exp(top - scores[k]), np.sum(powers**2, axis=0) / total**2


def range_of_box(low: FloatArray, high: FloatArray) -> Range:
    """The range of weights where the scores of the samples are between these, (rows, n) each."""
    if len(low) == 1:
        return _of_two(low, high)
    least, most = (np.empty_like(low) for _ in range(2))
    with np.errstate(over="ignore"):
        for k in range(len(low)):
            most[k] = 1 / (1 + np.sum(np.exp(np.delete(low, k, axis=0) - high[k]), axis=0))
            least[k] = 1 / (1 + np.sum(np.exp(np.delete(high, k, axis=0) - low[k]), axis=0))
    return Range(least, most)


def _of_two(low: FloatArray, high: FloatArray) -> Range:
    """The range of p(1 − p), which falls with the size of the score, over intervals of it."""
    near = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    far = np.maximum(np.abs(low), np.abs(high))
    return Range(_slope(far), _slope(near))


def _slope(score: FloatArray) -> FloatArray:
    return np.asarray(scipy.special.expit(score) * scipy.special.expit(-score))


def capped(weights: FloatArray) -> FloatArray:
    """Upper bounds of probabilities, all of a sample ½ where its form would exceed that of every
    D(p) − ppᵀ, ½(I − 11ᵀ/C)."""
    if len(weights) == 1:
        return weights
    above = weights > MOST
    with np.errstate(all="ignore"):
        root = np.sum(weights**2 / (weights - MOST), axis=0) / np.sum(weights, axis=0)
    # The eigenvalues of D(u) − ½ − uuᵀ/Σu interlace with uₖ − ½.
    steep = (np.sum(above, axis=0) > 1) | ((np.sum(above, axis=0) == 1) & (root < 1))
    return np.where(steep, MOST, weights)


@dataclass(frozen=True, eq=False)
class Curvature:
    """Σ cᵢ (D(wᵢ) − wᵢwᵢᵀ/Σwᵢ) ⊗ aᵢaᵢᵀ + diag(b); for two classes Σ cᵢwᵢ aᵢaᵢᵀ + diag(b).

    Args:
        features: The aᵢ, (n, p).
        c: The cᵢ, (n,).
        weights: The wᵢ, (rows, n).
        diagonal: b, a number or (rows · p,).
    """

    features: Any
    c: FloatArray
    weights: FloatArray
    diagonal: Any = 0.0
    total: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        total = np.sum(self.weights, axis=0)
        object.__setattr__(self, "total", np.where(total > 0, total, 1.0))

    @property
    def dim(self) -> int:
        """The number of coordinates."""
        return len(self.weights) * int(self.features.shape[1])

    def product(self, v: FloatArray) -> FloatArray:
        """The product with a vector, (d,)."""
        w = self.weights
        along = np.asarray((self.features @ v.reshape(len(w), -1).T).T)
        if len(w) > 1:
            along = along - np.sum(w * along, axis=0) / self.total
        inner = self.c * w * along
        return np.asarray((self.features.T @ inner.T).T).reshape(-1) + self.diagonal * v

    def matrix(self) -> FloatArray:
        """The matrix, (d, d)."""
        A = self.features
        thin = scipy.sparse.issparse(A)
        p = A.shape[1]
        w = self.weights
        H = np.empty((self.dim, self.dim))
        for i in range(len(w)):
            for j in range(i + 1):
                inner = self.c * w[i]
                if len(w) > 1:
                    inner = inner * ((i == j) - w[j] / self.total)
                block = A.T @ (A.multiply(inner[:, None]) if thin else A * inner[:, None])
                block = np.asarray(block.todense() if thin else block)
                H[i * p : (i + 1) * p, j * p : (j + 1) * p] = block
                H[j * p : (j + 1) * p, i * p : (i + 1) * p] = block.T
        H[np.diag_indices(self.dim)] += self.diagonal
        return H

    def norm(self) -> float:
        """A bound on the largest absolute eigenvalue, close to it."""
        if not np.any(self.c) and np.ndim(self.diagonal) == 0:
            return abs(float(self.diagonal))
        if self.dim <= WHOLE:
            return largest_of_matrix(self.matrix(), absolute=True).bound
        return largest(self.product, self.dim).bound


def bends(nonconvex: float, low: FloatArray, high: FloatArray) -> tuple[Any, Any]:
    """The least and the largest second derivative of ν t²/(1 + t²) over intervals of t."""
    if nonconvex == 0:
        return 0.0, 0.0
    near = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    far = np.maximum(np.abs(low), np.abs(high))
    ends = [2 * (1 - 3 * t * t) / (1 + t * t) ** 3 for t in (near, far)]
    least = np.where((near <= 1) & (far >= 1), BEND[1], np.minimum(*ends))
    low, high = np.sort([nonconvex * least, nonconvex * np.maximum(*ends)], axis=0)
    return low, high
