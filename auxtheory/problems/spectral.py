"""Matrices in the eigenbasis of a symmetric matrix, which keeps components along flat directions
accurate next to steep ones.

A rounded matrix with eigenvalues from μ to L determines the small ones only to 10⁻¹⁶L, so they are
stored separately.
"""

from __future__ import annotations

import numpy as np

from auxtheory.typing import FloatArray

SLICES = 3  # slices of some 22 bits each, whose products are exact


def rounding(d: int) -> float:
    """The possible difference of d × d matrices made from the same eigenvalues, relative to the
    largest eigenvalue."""
    return 64 * float(np.finfo(float).eps) * np.sqrt(d)


def matches(matrices: FloatArray, eigenvalues: FloatArray, basis: FloatArray) -> bool:
    """Whether matrices of shape (C, d, d) are those with the eigenvalues (C, d) in the basis (d,
    d), up to rounding."""
    if matrices.ndim != 3 or matrices.shape[1:] != basis.shape:
        return False
    apart = np.max(np.abs(matrices - (basis * eigenvalues[:, None, :]) @ basis.T), axis=(-1, -2))
    return bool(np.all(apart <= rounding(len(basis)) * np.max(np.abs(eigenvalues), axis=-1)))


def decomposed(matrices: FloatArray, eigenvalues: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues (C, d) and eigenvectors (C, d, d) of symmetric matrices that are stated to have
    such eigenvalues.

    The stated ones are returned where the matrices agree with them up to rounding, since small
    eigenvalues computed from the matrices may be rounding errors, and even negative.
    """
    values = np.empty(matrices.shape[:2])
    vectors = np.empty(matrices.shape)
    stated = np.sort(np.broadcast_to(eigenvalues, values.shape), axis=-1)
    for i, matrix in enumerate(matrices):
        diagonal = np.diag(matrix)
        if np.count_nonzero(matrix) == np.count_nonzero(diagonal):
            values[i], vectors[i] = diagonal, np.eye(len(matrix))
            continue
        measured, vectors[i] = np.linalg.eigh(matrix)
        error = rounding(len(matrix)) * np.max(np.abs(measured))
        if np.all(np.abs(measured - stated[i]) <= error):
            values[i] = stated[i]
        else:
            values[i] = np.where((measured < 0) & (measured >= -error), 0.0, measured)
    return values, vectors


def coordinates(basis: FloatArray, z: FloatArray) -> FloatArray:
    """The coordinates of z (C, d) in the orthonormal basis nearest to a basis (C, d, d) whose
    columns are orthonormal up to rounding.

    The component of z along a steep direction may be as small as the rounding of the basis, and
    still matter.
    """
    turned = np.swapaxes(basis, -1, -2)
    skew = accurate_product(turned, basis) - np.eye(basis.shape[-1])
    w = accurate_product(turned, z[..., None])
    return np.asarray((w - 0.5 * skew @ w)[..., 0])


def accurate_product(a: FloatArray, b: FloatArray) -> FloatArray:
    """The matrix product a b, with an error of some 10⁻²⁰ of its factors' size rather than 10⁻¹⁶.

    Both are split into slices with so few bits that the products of slices are exact (Ozaki's
    scheme).
    """
    bits = (53 - int(np.ceil(np.log2(a.shape[-1])))) // 2
    left = _sliced(a, bits, -1)
    right = _sliced(b, bits, -2)
    total: FloatArray = np.zeros(())
    for level in range(SLICES):
        for i in range(level + 1):
            total = total + left[i] @ right[level - i]
    return total


def _sliced(a: FloatArray, bits: int, axis: int) -> list[FloatArray]:
    """a as a sum of slices with `bits` bits each, on a scale of each row or column."""
    slices = []
    _, exponent = np.frexp(np.max(np.abs(a), axis=axis, keepdims=True))
    for _ in range(SLICES):
        exponent = exponent - bits
        part = np.ldexp(np.round(np.ldexp(a, -exponent)), exponent)
        slices.append(part)
        a = a - part
    return slices
