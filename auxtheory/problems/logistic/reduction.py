"""Reduction of a logistic objective to the coordinates on which its samples depend, so that
features become independent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.spectral import accurate_product
from auxtheory.typing import FloatArray

FACTORED = 1e11  # largest n p min{n, p} for which features are factored
ENTRIES = 2e7  # largest array into which sparse features are converted for that
# The condition number above which products with the inverse factor are computed with more digits.
WELL = 100.0


def rank_tolerance(n: int, p: int) -> float:
    """The relative length above which a feature's component orthogonal to others counts as
    independent of them, from rounding."""
    return 4 * float(np.finfo(float).eps) * float(np.sqrt(max(n, p)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduction:
    """f(X) = loss(Y) for X = Y Tᵀ: features A T of full column rank, or scaled only (T a vector)
    where A is too large; with l2 > 0 the columns of T are orthonormal, and X, being a minimiser, is
    such a Y Tᵀ.

    loss: of the samples of positive weight, None if all their features are 0; rank: of A, None if
    unknown; condition: of the independent columns, scaled to equal lengths; span: an orthonormal
    basis of the rows of A, (p, r), None if they span the whole space or the basis is unknown.
    """

    f: LogisticLoss
    samples: Any
    loss: LogisticLoss | None
    T: FloatArray
    rank: int | None
    condition: float
    span: FloatArray | None

    @property
    def unique(self) -> bool:
        """Whether f has one minimiser at most."""
        return self.f.rows == 1 and self.rank == self.f.features.shape[1]

    def nearest(self, y: FloatArray) -> FloatArray:
        """The x nearest to x0 with the scores of y, up to a shift of all classes alike."""
        f = self.f
        start = f.x0.reshape(f.rows, -1)
        if self.loss is None:
            return np.array(f.x0)
        Y = y.reshape(f.rows, -1)
        X = Y * self.T if self.T.ndim == 1 else Y @ self.T.T
        if self.unique or f.l2:
            return X.reshape(-1)
        X = start + self._visible(X - start)
        # Columns of different sizes cost each other digits.
        missed = np.asarray((self.loss.features @ Y.T - self.samples @ X.T).T)
        if f.rows > 1:
            missed -= np.mean(missed, axis=0)
        if self.T.ndim == 2:
            X = X + (missed * self.loss.weights) @ self.loss.features @ self.T.T
        else:
            X = X + [_shortest(self.loss.features, scores) * self.T for scores in missed]
        return X.reshape(-1)

    def _visible(self, Z: FloatArray) -> FloatArray:
        """Z without the part on which f does not depend: a row common to all classes, and
        directions orthogonal to all samples."""
        if self.f.rows > 1:
            Z = Z - np.mean(Z, axis=0)
        if self.rank is None:
            return np.array([_shortest(self.samples, self.samples @ z) for z in Z])
        return Z if self.span is None else (Z @ self.span) @ self.span.T


def reduction(f: LogisticLoss) -> Reduction:
    """The coordinates of f, by a QR factorisation with pivoting of the features times the roots of
    the weights."""
    used = np.flatnonzero(f.weights)
    A = f.features[used] if len(used) < len(f.weights) else f.features
    n, p = A.shape
    if not len(used) or not abs(A).max():
        return Reduction(
            f=f, samples=A, loss=None, T=np.zeros((p, 0)), rank=0, condition=1.0, span=None
        )
    weights = f.weights[used]
    lengths = _lengths(A, weights)
    scale = np.ldexp(1.0, -np.frexp(np.where(lengths > 0, lengths, 1.0))[1])  # exact
    thin = scipy.sparse.issparse(A)
    if n * p * min(n, p) > FACTORED or (thin and n * p > ENTRIES):
        scaled = scipy.sparse.csr_array(A.multiply(scale)) if thin else A * scale
        return Reduction(
            f=f,
            samples=A,
            loss=_loss(f, scaled, used),
            T=scale,
            rank=None,
            condition=1.0,
            span=None,
        )
    scaled = (A.toarray() if thin else A) * scale
    R, order = _factored(scaled * np.sqrt(weights / np.max(weights))[:, None])
    sizes = np.abs(np.diag(R))
    r = int(np.count_nonzero(sizes > rank_tolerance(n, p) * sizes[0]))
    inverse = np.zeros((p, r))
    inverse[order[:r]] = scipy.linalg.solve_triangular(R[:r, :r], np.eye(r)) / np.sqrt(
        np.max(weights)
    )
    condition = float(sizes[0] / sizes[r - 1])
    span = None
    if r < p:
        rows = np.zeros((r, p))
        rows[:, order] = R[:r]
        span = scipy.linalg.qr((rows / scale).T, mode="economic")[0]
    if f.l2:
        T = np.eye(p) if span is None else span
        B = A if span is None else np.asarray(A @ span)
    else:
        T = scale[:, None] * inverse
        B = scaled @ inverse if condition <= WELL else accurate_product(scaled, inverse)
    return Reduction(
        f=f, samples=A, loss=_loss(f, B, used), T=T, rank=r, condition=condition, span=span
    )


def _loss(f: LogisticLoss, features: Any, used: Any) -> LogisticLoss:
    samples = {"labels": f.labels[used], "weights": f.weights[used], "classes": f.classes}
    return LogisticLoss(features=features, l2=f.l2, **samples)


def _shortest(A: Any, scores: FloatArray) -> FloatArray:
    """The shortest x with Ax = scores, by products."""
    return np.asarray(scipy.sparse.linalg.lsmr(A, scores, atol=1e-15, btol=1e-15, conlim=0)[0])


def _lengths(A: Any, weights: FloatArray) -> FloatArray:
    """The lengths of the columns of √c A up to a factor, without squares that overflow."""
    largest = abs(A).max(axis=0)
    largest = np.asarray(
        largest.todense() if scipy.sparse.issparse(largest) else largest, dtype=float
    ).reshape(-1)
    inverse = np.ldexp(1.0, -np.frexp(np.where(largest > 0, largest, 1.0))[1])
    unit = A.multiply(inverse).tocsr() if scipy.sparse.issparse(A) else A * inverse
    squares = (unit.multiply(unit) if scipy.sparse.issparse(A) else unit * unit).T @ (
        weights / np.max(weights)
    )
    return np.asarray(np.sqrt(squares) / inverse)


def _factored(A: FloatArray) -> tuple[FloatArray, FloatArray]:
    """R and the order of columns of a QR factorisation with pivoting; of tall matrices in two
    steps."""
    n, p = A.shape
    if n > p:
        A = scipy.linalg.qr(A, mode="r", overwrite_a=True, check_finite=False)[0][:p]
    R, order = scipy.linalg.qr(A, mode="r", pivoting=True, check_finite=False)
    return R, order
