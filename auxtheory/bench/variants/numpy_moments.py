"""Exact second moments of AuxMOM in NumPy on full matrices, one local step at a time.

The state is (y, m, 1), so that a step is a matrix M with second moments S ← M S Mᵀ + Q.
"""

from __future__ import annotations

import numpy as np

from auxtheory.bench.case import ETA, MOMENTUM
from auxtheory.bench.sizes import Size
from auxtheory.typing import FloatArray


def run(size: Size, arrays: tuple[FloatArray, ...], scales: tuple[float, float]) -> FloatArray:
    """(G, gap, ‖∇f‖²) after the last round, summed over blocks that do not interact.

    Args:
        size: The numbers of rounds and of local steps.
        arrays: A, R, b and x⁰ of each block, shapes (blocks, n, n) and (blocks, n); f is least at
            0.
        scales: Standard deviations of one coordinate of the noise of f and of h.
    """
    A, R, b, x0 = arrays
    n = A.shape[-1]
    y, m = slice(0, n), slice(n, 2 * n)
    local, refresh, first = (np.tile(np.eye(2 * n + 1), (len(A), 1, 1)) for _ in range(3))
    local[:, y, y] -= ETA * (A - R)
    local[:, y, m] -= ETA * np.eye(n)
    local[:, y, -1] += ETA * b
    refresh[:, m, y] = MOMENTUM * R
    refresh[:, m, m] *= 1 - MOMENTUM
    refresh[:, m, -1] = MOMENTUM * b
    first[:, m, y] = R
    first[:, m, m] = 0.0
    first[:, m, -1] = b
    start = np.concatenate([x0, np.zeros_like(x0), np.ones((len(A), 1))], axis=1)
    S = first @ (start[:, :, None] * start[:, None, :]) @ np.swapaxes(first, 1, 2)
    noise = np.zeros((2, 2 * n + 1, 2 * n + 1))
    noise[0, y, y] = (ETA * scales[1]) ** 2 * np.eye(n)
    noise[1, m, m] = MOMENTUM**2 * (scales[0] ** 2 + scales[1] ** 2) * np.eye(n)
    square = A @ A
    energy = 0.0
    for t in range(size.T):
        if t > 0:
            S = refresh @ S @ np.swapaxes(refresh, 1, 2) + noise[1]
        for _ in range(size.K):
            energy += float(np.sum(square * S[:, y, y]))
            S = local @ S @ np.swapaxes(local, 1, 2) + noise[0]
    ends = S[:, y, y]
    return np.array([energy / (size.K * size.T), 0.5 * np.sum(A * ends), np.sum(square * ends)])
