"""The covariance of additive noise: relative levels of each coordinate, or a matrix, of trace 1.

A shape Ŝ scales to the covariance σ²Ŝ with tr Ŝ = 1, so E‖n‖² = σ² whatever the shape, and theorems
keep their constants. Without a shape, Ŝ = I/d.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import Checks, InputError
from auxtheory.typing import FloatArray

# Share of the largest entry or eigenvalue that counts as rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Law:
    """The additive noise of one sample: its level σ, a number or of shape (C,), and the root S of
    its shape (S Sᵀ = Ŝ): None for I/√d, a vector (d,) for a diagonal one, or a matrix (d, d)."""

    sigma: Any
    root: FloatArray | None


def check_shape(checks: Checks, name: str, value: Any) -> None:
    """Complain unless the value is None, relative levels (d,) or a covariance (d, d)."""
    if value is None:
        return
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(())
    if array.ndim not in (1, 2) or not array.size or array.shape != array.shape[:1] * array.ndim:
        checks.complain(
            name, value, "must be levels of the coordinates, shape (d,), or a matrix, shape (d, d)"
        )
    elif not np.all(np.isfinite(array)):
        checks.complain(name, value, "must be finite")
    elif not np.any(array):
        checks.complain(name, value, "must not be 0 everywhere; a level sigma = 0 has no noise")
    elif array.ndim == 1 and np.any(array < 0):
        checks.complain(name, value, "must hold levels at least 0")
    elif array.ndim == 2:
        size = np.max(np.abs(array))
        if np.max(np.abs(array - array.T)) > ROUNDING * size:
            checks.complain(name, value, "must be symmetric")
        elif np.min(np.linalg.eigvalsh(array / size)) < -ROUNDING * len(array):
            checks.complain(name, value, "must have no negative eigenvalue")


def root_of(shape: FloatArray | None) -> FloatArray | None:
    """S with S Sᵀ = Ŝ: the levels with squares of sum 1, or the symmetric root of the matrix
    divided by its trace, which turns with the axes."""
    if shape is None:
        return None
    scaled = shape / np.max(np.abs(shape))
    if scaled.ndim == 1:
        return np.asarray(scaled / np.linalg.norm(scaled))
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    values = np.maximum(values, 0.0)
    return np.asarray((vectors * np.sqrt(values / np.sum(values))) @ vectors.T)


def overlap(first: FloatArray | None, second: FloatArray | None) -> float:
    """tr(S₁ S₂ᵀ), in [0, 1], 1 for equal shapes: the factor by which different shapes weaken a
    correlation."""
    if first is second or np.array_equal(first, second):  # type: ignore[arg-type]
        return 1.0
    dim = len(first if first is not None else second)  # type: ignore[arg-type]
    axes = max(root.ndim for root in (first, second) if root is not None)
    roots = np.array([filled(first, dim, axes), filled(second, dim, axes)], dtype=float)
    return float(min(1.0, np.sum(roots[0] * roots[1])))


def filled(root: FloatArray | None, dim: int, axes: int) -> FloatArray | None:
    """The root with this number of axes: 0 for None, 1 for a vector, 2 for a matrix."""
    check_dim(root, dim)
    if not axes:
        return None
    vector = np.full(dim, 1 / np.sqrt(dim)) if root is None else root
    return np.diag(vector) if vector.ndim < axes else vector


def covariance(law: Law, dim: int) -> FloatArray:
    """The covariance of the noise: the variance of every coordinate if the law has no root, shape
    () or (C,); that of each, shape ([C,] d); or a matrix, shape ([C,] d, d)."""
    sigma = np.asarray(law.sigma, dtype=float)
    if law.root is None:
        return np.asarray(sigma**2 / dim)
    return _times(sigma**2, _product(law.root, law.root))


def cross_covariance(f: Law, h: Law, correlation: Any, dim: int) -> FloatArray:
    """E n_f n_hᵀ = ρσ_fσ_h S_f S_hᵀ of one draw, for roots of one form, as in `covariance`."""
    scale = np.asarray(correlation, dtype=float) * np.asarray(f.sigma) * np.asarray(h.sigma)
    if f.root is None or h.root is None:
        return np.asarray(scale / dim)
    return _times(scale, _product(f.root, h.root))


def difference(f: Law, h: Law, correlation: Any, dim: int) -> FloatArray:
    """The covariance of n_f − n_h of one draw, for roots of one form, as in `covariance`."""
    cross = cross_covariance(f, h, correlation, dim)
    both = covariance(f, dim) + covariance(h, dim)
    if f.root is not None and f.root.ndim == 2:
        return np.asarray(both - cross - np.swapaxes(cross, -1, -2))
    return np.asarray(np.maximum(both - 2 * cross, 0.0))


def apply(root: FloatArray, standard: Any, xp: Any) -> Any:
    """S z for every row z of an array of shape (..., d)."""
    check_dim(root, standard.shape[-1])
    S = xp.asarray(root)
    return standard * S if root.ndim == 1 else xp.matmul(standard, S)


def check_dim(root: FloatArray | None, dim: int) -> None:
    """Raise unless a shape has as many coordinates as the problem."""
    if root is not None and len(root) != dim:
        raise InputError(
            f"the shape of the noise has {len(root)} coordinates, but the problem has {dim}"
        )


def _product(first: FloatArray, second: FloatArray) -> FloatArray:
    """S₁ S₂ᵀ of two vectors or two matrices."""
    return np.asarray(first * second if first.ndim == 1 else first @ second.T)


def _times(scale: FloatArray, matrix: FloatArray) -> FloatArray:
    return np.asarray(scale.reshape(*scale.shape, *(1,) * matrix.ndim) * matrix)
