"""The map from ∇f to ∇r of a quadratic pair, RA⁻¹, and where ‖∇r‖² exceeds β‖∇f‖² most."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from auxtheory.problems.certificate import GRADIENT_ROUNDING
from auxtheory.typing import FloatArray

# Eigenvalues (d,), and eigenvectors as columns (d, d).
Spectrum: TypeAlias = tuple[FloatArray, FloatArray]


def bias_map(
    A: FloatArray, R: FloatArray, spectrum: Spectrum | None = None, floor: float = 1e-13
) -> tuple[FloatArray, float]:
    """(C, κ): C = RA⁻¹ on A's range, in A's eigenbasis, and κ = ‖C‖, ∞ if R does not vanish where A
    does.

    Diagonal A and R as vectors give C as a vector; matrices give C with a column for each
    eigenvector kept: those with an eigenvalue above `floor` of the largest. spectrum: eigenvalues
    and eigenvectors of A, if known more accurately than from its rounded entries.
    """
    if A.ndim == 1:
        C, kappa = diagonal_map(A, R)
        return C, float(kappa)
    values, vectors = np.linalg.eigh(A) if spectrum is None else spectrum
    kept = values > floor * np.max(values)
    with np.errstate(over="ignore"):
        C = R @ vectors[:, kept] / values[kept]
    if not np.all(np.isfinite(C)):
        return C, float("inf")
    if np.linalg.norm(R @ vectors[:, ~kept]) > GRADIENT_ROUNDING * np.linalg.norm(R):
        return C, float("inf")
    return C, float(np.linalg.norm(C, ord=2))


def diagonal_map(A: FloatArray, R: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`bias_map` of diagonal matrices, shape (..., d): C of that shape and κ of shape (...)."""
    outside = np.any((A == 0) & (R != 0), axis=-1, keepdims=True)
    with np.errstate(over="ignore"):
        C = np.divide(R, A, out=np.zeros_like(A), where=(A != 0) & ~outside)
    return C, np.where(outside[..., 0], np.inf, np.max(np.abs(C), axis=-1))


def worst_bias(C: FloatArray, b: FloatArray, beta: float) -> FloatArray:
    """u = (βI − CᵀC)⁻¹Cᵀb, the gradient ∇f (in A's eigenbasis) at which ‖∇r‖² − β‖∇f‖² is
    largest."""
    if C.ndim == 1:
        slack = beta - C**2
        return np.divide(C * b, slack, out=np.zeros(len(b)), where=C * b != 0)
    return np.asarray(np.linalg.lstsq(beta * np.eye(C.shape[1]) - C.T @ C, C.T @ b, rcond=None)[0])
