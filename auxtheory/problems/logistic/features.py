"""Matrices of features, dense or sparse: checks, products on any array namespace, and spectra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import scipy

from auxtheory.errors import Checks, RefusedError
from auxtheory.problems.eigenvalues import WHOLE, Largest, largest, largest_of_matrix
from auxtheory.typing import Array, FloatArray

SETTLED: WeakValueDictionary[int, Any] = WeakValueDictionary()  # by id, for as long as they exist
DENSE_BYTES = 2**30  # the largest array into which sparse features are converted
CACHED_BYTES = 2**25  # the size of an array that a processor's caches may hold
SPARSE = 50  # the sparse form is faster if at most one in this many entries is not 0
DENSE = WHOLE  # the largest Gram matrix that is decomposed in full
SINGULAR = 2e8  # operations up to which singular values are computed


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


def top_eigenvalue(features: Any, weights: FloatArray) -> Largest:
    """λ_max(Aᵀ diag(c) A) for c ≥ 0: near rounding where min{n, p} ≤ WHOLE, otherwise with a bound
    that fails with a small probability.

    Few numbers are decomposed as singular values of √c A, more as eigenvalues of the smaller Gram
    matrix, which takes a fraction of the time.
    """
    n, p = features.shape
    root = np.sqrt(weights)
    if not np.any(root):
        return Largest(0.0, 0.0, 0.0)
    thin = scipy.sparse.issparse(features)
    if min(n, p) <= WHOLE:
        scaled = features.multiply(root[:, None]) if thin else features * root[:, None]
        if n * p * min(n, p) > SINGULAR:
            return largest_of_matrix(_smaller_gram(scaled))
        scaled = scaled.toarray() if thin else scaled
        top = float(np.linalg.svd(scaled, compute_uv=False)[0] ** 2)
        return Largest(top, top, 0.0)
    back = scipy.sparse.csr_array(features.T) if thin else features.T
    return largest(lambda v: back @ (weights * (features @ v)), p, semidefinite=True)


def largest_eigenvalue(features: Any, weights: FloatArray) -> float:
    """λ_max(Aᵀ diag(c) A), or where it is not known to a relative 10⁻¹⁰ its bound from above."""
    top = top_eigenvalue(features, weights)
    return top.value if top.exact else top.bound


def _smaller_gram(A: Any) -> FloatArray:
    """AᵀA or AAᵀ, whichever is smaller."""
    product = A.T @ A if A.shape[1] <= A.shape[0] else A @ A.T
    return np.asarray(product.toarray() if scipy.sparse.issparse(product) else product)


def weighted_gram(A: Any, weights: FloatArray) -> FloatArray:
    """Aᵀ diag(w) A as an array; a large dense one of weights ≥ 0 as a product BᵀB, which takes half
    the time since it is symmetric."""
    n, p = A.shape
    if scipy.sparse.issparse(A):
        return np.asarray((A.T @ A.multiply(weights[:, None])).toarray())
    if n * p * p > SINGULAR and np.min(weights) >= 0:
        B = A * np.sqrt(weights)[:, None]
        return np.asarray(B.T @ B)
    return np.asarray(A.T @ (A * weights[:, None]))


def squared_lengths(features: Any) -> FloatArray:
    """‖aᵢ‖² of each sample, shape (n,)."""
    squares = features.multiply(features) if scipy.sparse.issparse(features) else features**2
    return np.asarray(squares.sum(axis=1), dtype=float).reshape(-1)


def longest(features: Any) -> float:
    """The largest ‖aᵢ‖."""
    return float(np.sqrt(np.max(squared_lengths(features))))
