"""Matrices of features, dense or sparse: checks, products on any array namespace, and spectra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import scipy

from auxtheory.errors import Checks, RefusedError
from auxtheory.typing import Array, FloatArray

SETTLED: WeakValueDictionary[int, Any] = WeakValueDictionary()  # by id, for as long as they exist
DENSE_BYTES = 2**30  # the largest array into which sparse features are converted
CACHED_BYTES = 2**25  # the size of an array that a processor's caches may hold
SPARSE = 50  # the sparse form is faster if at most one in this many entries is not 0
DENSE = 1500  # the largest Gram matrix that is decomposed in full


def as_features(checks: Checks, features: Any, name: str = "features") -> Any:
    """A matrix (n, p) of finite numbers: a read-only array, or CSR if it is sparse; None after a
    complaint."""
    allowed = "must be a matrix of finite numbers, samples × features"
    if _settled(features):
        return features
    if scipy.sparse.issparse(features):
        matrix = scipy.sparse.csr_array(features, dtype=float, copy=True)
        numbers = matrix.data
        numbers.flags.writeable = False
    else:
        try:
            matrix = np.array(features, dtype=float)
        except (TypeError, ValueError):
            return checks.complain(name, features, allowed)
        matrix.flags.writeable = False
        numbers = matrix
    if matrix.ndim != 2 or 0 in matrix.shape or not np.all(np.isfinite(numbers)):
        return checks.complain(name, features, allowed)
    SETTLED[id(matrix)] = matrix
    return matrix


def _settled(features: Any) -> bool:
    """Whether these same objects have been checked before; features that targets share are then
    known to agree."""
    return SETTLED.get(id(features)) is features


def products(features: Any, xp: Any) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """x ↦ xAᵀ and u ↦ uA on arrays (…, p) and (…, n) of the namespace xp."""
    if not scipy.sparse.issparse(features):
        A = xp.asarray(features)
        transposed = xp.matrix_transpose(A) if hasattr(xp, "matrix_transpose") else A.T
        return lambda x: xp.matmul(x, transposed), lambda u: xp.matmul(u, A)
    check_sparse(xp)
    back = scipy.sparse.csr_array(features.T)

    def times(matrix: Any, x: FloatArray) -> FloatArray:
        rows = np.ascontiguousarray(x.reshape(-1, x.shape[-1]).T)
        return np.ascontiguousarray((matrix @ rows).T).reshape(*x.shape[:-1], matrix.shape[0])

    return lambda x: times(features, x), lambda u: times(back, u)


def check_sparse(xp: Any) -> None:
    """RefusedError unless xp is NumPy, the only namespace whose arrays sparse matrices take."""
    if xp is not np:
        raise RefusedError(
            f"sparse features run on NumPy only, and not on {xp.__name__}: give dense ones"
        )


def fits_dense(features: Any) -> bool:
    """Whether features are an array, or would as an array not be larger than DENSE_BYTES."""
    n, p = features.shape
    return not scipy.sparse.issparse(features) or 8 * n * p <= DENSE_BYTES


def faster_sparse(features: Any) -> bool:
    """Whether products are faster with the sparse form: few entries of an array that is larger than
    any cache."""
    n, p = features.shape
    return (
        scipy.sparse.issparse(features)
        and 8 * n * p > CACHED_BYTES
        and features.nnz * SPARSE < n * p
    )


def as_dense(checks: Checks, features: Any) -> Any:
    """Features as an array; a complaint that names the size, before any memory is taken, if that is
    too large."""
    if not fits_dense(features):
        n, p = features.shape
        size = f"sparse, {n} × {p}, of {8 * n * p / 2**30:.3g} GiB as an array"
        checks.complaints.append(
            f"features = {size}: must be at most {DENSE_BYTES / 2**30:g} GiB here, or dense"
        )
        return features
    return features.toarray() if scipy.sparse.issparse(features) else features


def largest_eigenvalue(features: Any, weights: FloatArray) -> float:
    """λ_max(Aᵀ diag(c) A) for c ≥ 0: the squared largest singular value of √c A, to a relative
    error near rounding."""
    n, p = features.shape
    root = np.sqrt(weights)
    if not np.any(root):
        return 0.0
    if min(n, p) <= DENSE:
        scaled = (
            features.multiply(root[:, None]).toarray()
            if scipy.sparse.issparse(features)
            else features * root[:, None]
        )
        return float(np.linalg.svd(scaled, compute_uv=False)[0] ** 2)

    def apply(v: FloatArray) -> FloatArray:
        return np.asarray(features.T @ (weights * (features @ v.reshape(-1))))

    operator = scipy.sparse.linalg.LinearOperator((p, p), matvec=apply, dtype=float)
    start = np.random.default_rng(0).standard_normal(p)
    return float(
        scipy.sparse.linalg.eigsh(operator, k=1, which="LA", v0=start, return_eigenvectors=False)[0]
    )


def squared_lengths(features: Any) -> FloatArray:
    """‖aᵢ‖² of each sample, shape (n,)."""
    squares = features.multiply(features) if scipy.sparse.issparse(features) else features**2
    return np.asarray(squares.sum(axis=1), dtype=float).reshape(-1)


def longest(features: Any) -> float:
    """The largest ‖aᵢ‖."""
    return float(np.sqrt(np.max(squared_lengths(features))))
