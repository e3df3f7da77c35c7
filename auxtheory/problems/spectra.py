"""Matrices with given eigenvalues: named spectra, random bases, the pattern of a Hessian gap."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.typing import FloatArray

Spectrum: TypeAlias = Literal["uniform", "geometric", "two-cluster"] | FloatArray | list[float]
Gap: TypeAlias = Literal["signs", "uniform"] | FloatArray | list[float]


def named_spectrum(name: str, L: Any, low: Any, d: int) -> FloatArray:
    """d numbers from low to L, ends included: uniform, geometric, two-cluster; shape (C, d) for
    ends of shape (C,)."""
    L, low = (np.atleast_1d(end)[:, None] for end in (L, low))
    t = np.linspace(0.0, 1.0, d)[None]
    if name == "geometric":
        values = low * (L / low) ** t
    else:
        values = low + (L - low) * (t if name == "uniform" else np.round(t))
    values[:, 0], values[:, -1] = low[:, 0], L[:, 0]
    return np.clip(values, low, L)  # low + (L − low) may round to above L


def orthogonal(dim: int, seed: int) -> FloatArray:
    """An orthogonal matrix drawn uniformly (Haar) from a seed: QR of a normal matrix, with the
    signs of R's diagonal corrected."""
    # The three lines of scipy.stats.ortho_group, whose import takes seconds.
    Q, R = np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))
    return np.asarray(Q * np.sign(np.diag(R)))


def gap_and_direction(
    gap: Gap, bias: Any, d: int, delta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The gap's eigenvalues, shape (C, d) for δ of shape (C, 1), and the bias's direction, shape
    (d,): the given one, or an eigenvector (in the gap's basis) on which a named gap is made to
    vanish, if d ≥ 2."""
    if bias is not None:
        return gap_pattern(gap, d, None, delta), np.asarray(bias, dtype=float) / np.linalg.norm(
            bias
        )
    direction = np.zeros(d)
    direction[d // 2] = 1.0
    return gap_pattern(gap, d, d // 2 if d > 1 and isinstance(gap, str) else None, delta), direction


def gap_pattern(gap: Gap, d: int, vacant: int | None, delta: FloatArray) -> FloatArray:
    """The eigenvalues of R, shape (C, d) for δ of shape (C, 1); 0 at the vacant place."""
    if not isinstance(gap, str):
        return np.asarray(gap, dtype=float)[None]
    pattern = (
        np.linspace(-1.0, 1.0, d) if gap == "uniform" else np.where(np.arange(d) % 2, 1.0, -1.0)
    )
    if d == 1:
        pattern = -np.ones(1)
    if vacant is not None:
        pattern[vacant] = 0.0
    return np.asarray(delta * pattern)


def hessian(eigenvalues: FloatArray, basis: FloatArray | None, dense: bool) -> FloatArray:
    """The eigenvalues themselves, shape (C, d), or as symmetric matrices in the basis, shape (C, d,
    d)."""
    if not dense:
        return eigenvalues.copy()
    if basis is None:
        basis = np.eye(eigenvalues.shape[-1])
    matrix = (basis * eigenvalues[:, None, :]) @ basis.T
    return np.asarray(0.5 * (matrix + np.swapaxes(matrix, -1, -2)))
