"""Products of minibatch features, dense or sparse, with points and slopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from auxtheory.problems.logistic.features import check_sparse
from auxtheory.typing import Array, FloatArray


def batch_products(
    features: Any, indices: Any, xp: Any
) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """x ↦ xAᵀ and u ↦ uA with A the samples of each replica, indices (replicas, b), on arrays (C,
    replicas, rows, p) and (C, replicas, rows, b) of the namespace xp."""
    if scipy.sparse.issparse(features):
        check_sparse(xp)
        return _sparse_products(features, indices)
    A = xp.asarray(features[indices])
    back = xp.matrix_transpose(A) if hasattr(xp, "matrix_transpose") else xp.swapaxes(A, 1, 2)
    return lambda x: xp.matmul(x, back), lambda u: xp.matmul(u, A)


def _sparse_products(
    features: Any, indices: Any
) -> tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
    """`batch_products` by one sparse matrix of all replicas, with a diagonal block for each."""
    replicas, b = indices.shape
    p = features.shape[1]
    some = features[indices.reshape(-1)]
    # The column at which the block of each row begins.
    first = np.repeat(np.arange(replicas) * p, b)
    columns = some.indices + np.repeat(first, np.diff(some.indptr))
    blocks = scipy.sparse.csr_array(
        (some.data, columns, some.indptr), shape=(replicas * b, replicas * p)
    )
    back = scipy.sparse.csr_array(blocks.T)

    def times(matrix: Any, x: FloatArray) -> FloatArray:
        count, _, rows, _ = x.shape
        flat = np.ascontiguousarray(x.transpose(1, 3, 0, 2)).reshape(matrix.shape[1], count * rows)
        return np.ascontiguousarray(
            (matrix @ flat).reshape(replicas, -1, count, rows).transpose(2, 0, 3, 1)
        )

    return lambda x: times(blocks, x), lambda u: times(back, u)
