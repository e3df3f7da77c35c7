"""Matrices with given eigenvalues: random bases, the pattern of a Hessian gap."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from auxtheory.units import FloatArray

Gap: TypeAlias = Literal["signs", "uniform"] | FloatArray | list[float]


def orthogonal(dim: int, seed: int) -> FloatArray:
    """An orthogonal matrix drawn uniformly (Haar) from a named seed: QR of a normal matrix with R's signs put right."""
    # The three lines of scipy.stats.ortho_group, whose import takes seconds.
    Q, R = np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))
    return np.asarray(Q * np.sign(np.diag(R)))


def gap_pattern(gap: Gap, d: int, vacant: int | None, delta: FloatArray) -> FloatArray:
    """The eigenvalues of R, shape (C, d) for δ of shape (C, 1); 0 at the vacant place."""
    if not isinstance(gap, str):
        return np.asarray(gap, dtype=float)[None]
    pattern = np.linspace(-1.0, 1.0, d) if gap == "uniform" else np.where(np.arange(d) % 2, 1.0, -1.0)
    if d == 1:
        pattern = -np.ones(1)
    if vacant is not None:
        pattern[vacant] = 0.0
    return np.asarray(delta * pattern)


def hessian(eigenvalues: FloatArray, basis: FloatArray | None, dense: bool) -> FloatArray:
    """The eigenvalues themselves, shape (C, d), or as symmetric matrices in the basis, shape (C, d, d)."""
    if not dense:
        return eigenvalues.copy()
    if basis is None:
        basis = np.eye(eigenvalues.shape[-1])
    matrix = (basis * eigenvalues[:, None, :]) @ basis.T
    return np.asarray(0.5 * (matrix + np.swapaxes(matrix, -1, -2)))
