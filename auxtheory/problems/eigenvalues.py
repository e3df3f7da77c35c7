"""The largest eigenvalue of a symmetric operator, with a certificate: a value from below, and a
bound from above that fails with a stated probability.

Ritz values bound from below only. From above, the leading Ritz vectors U are split off, and a
Chebyshev polynomial T of degree k of the rest, M₂, is applied to a normal vector w: an eigenvalue λ
of M₂ with eigenvector e has ‖T(M₂)w‖ ≥ |T(λ)| |eᵀw|, and |eᵀw| < c has a probability of at most
√(2/π) c, so that |T(λ)| ≤ ‖T(M₂)w‖/c except with that probability. T grows like cosh(k √(2t)) at a
distance t outside its interval. With m₂ the bound of M₂'s eigenvalues that follows, θ the largest
Ritz value and E = MU − UΘ, no eigenvalue of M exceeds (θ + m₂)/2 + √((θ − m₂)²/4 + ‖E‖²).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from auxtheory.typing import FloatArray

Product = Callable[[FloatArray], FloatArray]

WHOLE = 1500  # the most coordinates for which a matrix is decomposed in full
STEPS = 120  # of Lanczos, at most
LOOK = 10  # steps after each of which the Ritz values are looked at
POWER = 10  # steps of the power method
SPLIT = 6  # the most Ritz vectors that are split off: those above the largest gap
NARROW = 0.05  # the least size of the rest, in units of the largest Ritz value
DEGREE = 96  # of the Chebyshev polynomial
CHANCE = 1e-9  # the probability that a bound fails
ENDED = 1e-13  # residual, relative, at which the vectors span an invariant subspace
RESIDUAL = 1e-9  # of Ritz vectors, relative; the error of a value is of its square
ROUNDING = 16 * float(np.finfo(float).eps)  # of a dense eigenvalue, relative, times √d
# Relative distance of value and bound up to which the value counts as exact.
EXACT = 1e-10


@dataclass(frozen=True)
class Largest:
    """value ≤ λ ≤ bound, up to rounding, for λ the largest eigenvalue, or the largest absolute one.

    Args:
        value: A Ritz value.
        bound: The bound from above.
        chance: The probability that λ exceeds the bound; 0 if it cannot.
    """

    value: float
    bound: float
    chance: float

    @property
    def exact(self) -> bool:
        """Whether value and bound agree to 10⁻¹⁰."""
        return self.bound - self.value <= EXACT * abs(self.bound)


def largest_of_matrix(M: FloatArray, *, absolute: bool = False) -> Largest:
    """The largest eigenvalue of a symmetric matrix, or the largest absolute one, by a full
    decomposition."""
    values = np.linalg.eigvalsh(M)
    top = float(max(values[-1], -values[0]) if absolute else values[-1])
    size = float(max(values[-1], -values[0], 0.0))
    return Largest(top, top + ROUNDING * float(np.sqrt(len(M))) * size, 0.0)


def largest(
    product: Product, d: int, *, semidefinite: bool = False, seed: int = 0, degree: int = DEGREE
) -> Largest:
    """The largest |λ| of the symmetric operator v ↦ product(v), v of shape (d,).

    Args:
        product: The operator, which is called 120 to 240 times.
        d: The number of coordinates.
        semidefinite: Whether no eigenvalue is negative, which is relied upon.
        seed: The seed of the two starting vectors.
        degree: k; without a gap below the leading eigenvalues the bound exceeds the value by some
            (27/k)²/4 of the width of the spectrum.

    Returns:
        The value and its bound.
    """
    if d <= SPLIT:
        M = np.stack([product(e) for e in np.eye(d)])
        return largest_of_matrix((M + M.T) / 2, absolute=True)
    rng = np.random.default_rng(seed)
    start = rng.standard_normal(d)
    if not np.any(product(start)):
        return Largest(0.0, 0.0, 0.0)
    top, second, values, U = _leading(product, start)

    def rest(v: FloatArray) -> FloatArray:
        v = product(v)
        return v - U @ (U.T @ v)

    missed = np.stack([product(u) for u in U.T], axis=1) - U * values if len(values) else U
    # Lanczos sees one vector of a multiple eigenvalue only; a polynomial of a narrow interval
    # overflows, and a rest far below the top changes nothing.
    unseen = _estimate(rest, _orthogonal(rng.standard_normal(d), U))
    inside = max(second, unseen, NARROW * top)
    below = _bound(rest, _orthogonal(rng.standard_normal(d), U), U, (inside, semidefinite), degree)
    bound = (top + below) / 2 + float(np.hypot((top - below) / 2, np.linalg.norm(missed)))
    # Products are rounded.
    bound = max(bound, top) + ROUNDING * float(np.sqrt(d)) * top
    return Largest(top, bound, CHANCE)


def _orthogonal(v: FloatArray, U: FloatArray) -> FloatArray:
    return np.asarray(v - U @ (U.T @ v))


@dataclass(frozen=True, eq=False)
class Ritz:
    """The Ritz values of a Lanczos process, the largest in absolute value first, and their
    residuals, shape (k,) each, relative to the largest; with the basis (k, d) and the vectors in
    it, as columns."""

    values: FloatArray
    residuals: FloatArray
    basis: FloatArray
    turn: FloatArray

    def vectors(self, some: Any) -> FloatArray:
        """Some Ritz vectors as orthonormal columns."""
        return np.linalg.qr(self.basis.T @ self.turn[:, some])[0]


def ritz(
    product: Product,
    start: FloatArray,
    settled: Callable[[FloatArray, FloatArray], bool],
    steps: int = STEPS,
) -> Ritz:
    """A Lanczos process that is kept orthogonal.

    Args:
        product: The symmetric operator on vectors (d,).
        start: A starting vector, shape (d,).
        settled: A function of the values and residuals, asked every ten steps, whether to stop.
        steps: The most steps.

    Returns:
        Its Ritz values.
    """
    d = len(start)
    most = min(steps, d)
    Q = np.empty((most, d))
    diagonal, off_diagonal = np.zeros(most), np.zeros(most)
    v = start / np.linalg.norm(start)
    for k in range(most):
        Q[k] = v
        w = product(v)
        diagonal[k] = v @ w
        for _ in range(2):  # orthogonal to rounding
            w = w - Q[: k + 1].T @ (Q[: k + 1] @ w)
        off_diagonal[k] = np.linalg.norm(w)
        size = float(np.max(np.abs(diagonal[: k + 1])))
        ended = k + 1 == most or off_diagonal[k] <= ENDED * size
        if ended or k % LOOK == LOOK - 1:
            values, turn = scipy.linalg.eigh_tridiagonal(diagonal[: k + 1], off_diagonal[:k])
            order = np.argsort(-np.abs(values))
            values, turn = values[order], turn[:, order]
            top = max(float(np.abs(values[0])), np.finfo(float).tiny)
            residuals = off_diagonal[k] * np.abs(turn[-1]) / top
            if ended or settled(values, residuals):
                break
        v = w / off_diagonal[k]
    return Ritz(values, residuals, Q[: k + 1], turn)


def settled_largest(values: FloatArray, residuals: FloatArray) -> bool:
    """Whether the value of the largest size has converged."""
    return bool(residuals[0] <= RESIDUAL)


def _leading(product: Product, start: FloatArray) -> tuple[float, float, FloatArray, FloatArray]:
    """The largest |Ritz value| of a Lanczos process and the one below the largest gap; the leading
    values above the gap, if they have converged, and their vectors as orthonormal columns."""

    def above_gap(values: FloatArray, residuals: FloatArray) -> tuple[int, int]:
        """How many values stand above the largest gap, and above that of the converged ones."""
        sizes = np.append(np.abs(values), 0.0)[: SPLIT + 1]
        gaps = sizes[:-1] - sizes[1:]
        converged = int(np.argmax(np.append(residuals, np.inf) > RESIDUAL))
        kept = int(np.argmax(gaps)) + 1
        return kept, int(np.argmax(gaps[:converged])) + 1 if converged else 0

    def settled(values: FloatArray, residuals: FloatArray) -> bool:
        kept, among_converged = above_gap(values, residuals)
        return kept == among_converged

    process = ritz(product, start, settled)
    kept = above_gap(process.values, process.residuals)[1]
    sizes = np.append(np.abs(process.values), 0.0)
    some = slice(kept)
    return float(sizes[0]), float(sizes[kept]), process.values[some], process.vectors(some)


def _estimate(product: Product, v: FloatArray) -> float:
    """The size of an operator by some steps of the power method from v."""
    size = 0.0
    for _ in range(POWER):
        length = float(np.linalg.norm(v))
        if length == 0:
            break
        v = product(v / length)
        size = float(np.linalg.norm(v))
    return size


def _bound(
    product: Product, w: FloatArray, U: FloatArray, interval: tuple[float, bool], degree: int
) -> float:
    """A bound on the |eigenvalues| of the operator orthogonal to the columns U from a normal vector
    w there, by the Chebyshev polynomial of an interval: its end, and whether it begins at 0 or at
    the opposite."""
    inside, semidefinite = interval
    radius = inside / 2 if semidefinite else inside
    centre = inside - radius
    before, after = w, (product(w) - centre * w) / radius
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(degree - 1):
            step = (product(after) - centre * after) / radius
            # Rounding brings the directions of U back.
            before, after = after, _orthogonal(2 * step - before, U)
        # Two eigenvalues, the largest and the least, may each be missed.
        growth = float(np.linalg.norm(after)) / (CHANCE / (2 * np.sqrt(2 / np.pi)))
    if not np.isfinite(growth):
        return np.inf
    return centre + radius * float(np.cosh(np.arccosh(max(growth, 1.0)) / degree))
