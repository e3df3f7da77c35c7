"""Products of many small matrices, and roots of sums of squares.

Each result depends on its own matrix alone, whatever the other configurations of the call.
"""

from __future__ import annotations

import numpy as np

from auxtheory.typing import FloatArray

SMALL = 8  # rows up to which sums over arrays of all configurations are faster than BLAS


def laid(matrices: FloatArray, size: int) -> FloatArray:
    """The same matrices, with equal entries of all configurations next to each other in memory
    where matrices of `size` rows are small."""
    if size > SMALL:
        return np.ascontiguousarray(matrices)
    moved = np.moveaxis(matrices, (-2, -1), (0, 1))
    return np.moveaxis(np.ascontiguousarray(moved), (0, 1), (-2, -1))


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """The matrix product."""
    inner = a.shape[-1]
    if inner > SMALL or inner == 0:
        return np.asarray(a @ b)
    total = a[..., :, 0, None] * b[..., 0, None, :]
    for k in range(1, inner):
        total += a[..., :, k, None] * b[..., k, None, :]
    return total


def acting(matrix: FloatArray, v: FloatArray) -> FloatArray:
    """A matrix times a vector."""
    return product(matrix, v[..., None])[..., 0]


def T(matrix: FloatArray) -> FloatArray:
    return np.swapaxes(matrix, -1, -2)


def symmetric(matrix: FloatArray) -> FloatArray:
    return (matrix + T(matrix)) / 2


def outer(a: FloatArray, b: FloatArray) -> FloatArray:
    return a[..., :, None] * b[..., None, :]


def folded(values: FloatArray, axis: int = -1) -> FloatArray:
    """The sum over an axis, in an order that does not depend on how the array lies in memory."""
    values = np.moveaxis(values, axis, 0)
    if len(values) == 0:
        return np.zeros(values.shape[1:])
    while len(values) > 1:
        half = len(values) // 2
        paired = values[:half] + values[half : 2 * half]
        values = np.concatenate([paired, values[2 * half :]]) if len(values) % 2 else paired
    return np.asarray(values[0])


def triangular(rows: FloatArray) -> FloatArray:
    """A root with as few rows as possible: RᵀR is the sum of the squares of the rows."""
    count, columns = rows.shape[-2:]
    if count <= columns:
        return rows
    if columns > SMALL:
        return np.asarray(np.linalg.qr(rows, mode="r"))
    rows = rows.copy(order="K")
    for j in range(columns):
        v = rows[..., j:, j].copy(order="K")
        norm = np.sqrt(folded(v * v))
        v[..., 0] += np.copysign(norm, v[..., 0])
        square = folded(v * v)
        scale = np.where(square > 0, 2.0 / np.where(square > 0, square, 1.0), 0.0)
        along = folded(v[..., :, None] * rows[..., j:, j:], axis=-2)
        rows[..., j:, j:] -= outer(v, scale[..., None] * along)
        rows[..., j + 1 :, j] = 0.0
    return rows[..., :columns, :]


def of_each(factors: FloatArray, values: FloatArray) -> FloatArray:
    """Values of each group times a number of the group."""
    return np.asarray(factors.reshape(-1, *(1,) * (values.ndim - 1)) * values)
