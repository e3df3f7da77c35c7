"""Quadratic pairs with clients or several helpers from matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import Checks, InputError
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.problems.groups import canonical_order, check_sizes
from auxtheory.problems.quadratic.matrices import (
    as_numbers,
    check_matrix,
    matrix_text,
    pair_from_matrices,
)
from auxtheory.problems.quadratic.pair import QuadraticPair
from auxtheory.typing import FloatArray

SQUARE = "must be of shape (g, d, d), or (g, d) for diagonals"


def pair_from_clients(
    A: Any, b: Any = None, *, counts: Any = None, weights: Any = None, x0: Any = None
) -> QuadraticPair:
    """`Quadratic.from_clients`."""
    checks = Checks()
    A_i, b_i = _stacked(checks, "A", A, "b", b)
    counts_i, weights_i = _sizes(checks, len(A_i), counts, weights)
    checks.done()
    # F is the same to the last digit in whatever order the clients are listed.
    first, group = canonical_order(A_i, b_i, weights_i)
    counts_i = np.bincount(group, counts_i, minlength=len(first)).astype(float)
    A_i, b_i, weights_i = A_i[first], b_i[first], weights_i[first]
    shares = counts_i * weights_i
    mean = np.tensordot(shares, A_i, 1)
    pair = _of_mean(mean, shares @ b_i, x0)
    x = pair.minimiser
    slopes = b_i - (A_i @ x if A_i.ndim == 3 else A_i * x)
    R = mean - A_i
    # What rounding leaves of the means.
    slopes = slopes - shares @ slopes
    R = R - np.tensordot(shares, R, 1)
    given = {"b": b, "counts": counts, "weights": weights, "x0": x0}
    return _pair(
        pair,
        (R, slopes, counts_i, weights_i),
        group if counts is None else None,
        _text("from_clients", [A], given),
    )


def _of_mean(A: FloatArray, b: FloatArray, x0: Any) -> QuadraticPair:
    """The pair of f; complaints about A and b name them as means of those of the clients."""
    try:
        return pair_from_matrices(A, b=b, x0=x0)
    except InputError as error:
        means = tuple(f"{name} = " for name in ("A", "b"))
        raise InputError.listing(
            [f"the mean of {t}" if t.startswith(means) else t for t in error.complaints]
        ) from None


def pair_from_helpers(
    A: Any,
    H: Any,
    b: Any = None,
    *,
    h_b: Any = None,
    counts: Any = None,
    weights: Any = None,
    x0: Any = None,
) -> QuadraticPair:
    """`Quadratic.from_helpers`."""
    checks = Checks()
    H_i, h_b_i = _stacked(checks, "H", H, "h_b", h_b)
    counts_i, weights_i = _sizes(checks, len(H_i), counts, weights)
    pair = checks.attempt(pair_from_matrices, A, b=b, x0=x0)
    if pair is not None and H_i.size and H_i.shape[1] != pair.dim:
        checks.complain("shape of H", H_i.shape, f"{SQUARE}, with d = {pair.dim} as of A")
    checks.done()
    assert pair is not None
    dense = pair.A.ndim == 3 or H_i.ndim == 3
    full = pair.A[0] if pair.A.ndim == 3 or not dense else np.diag(pair.A[0])
    if dense and pair.A.ndim == 2:
        pair = pair_from_matrices(full, b=b, x0=x0)
    if dense and H_i.ndim == 2:
        H_i = H_i[..., None] * np.eye(pair.dim)
    R = full - H_i
    x = pair.minimiser
    linear = np.zeros(pair.dim) if b is None else np.asarray(b, dtype=float)
    slopes = (R @ x if dense else R * x) + ((h_b_i - linear) if h_b is not None else 0.0)
    given = {"b": b, "h_b": h_b, "counts": counts, "weights": weights, "x0": x0}
    return _pair(
        pair,
        (R, slopes, counts_i, weights_i),
        np.arange(len(R)) if counts is None else None,
        _text("from_helpers", [A, H], given),
    )


def _pair(
    pair: QuadraticPair, arrays: tuple[FloatArray, ...], order: Any, text: str
) -> QuadraticPair:
    R, b, counts, weights = arrays
    helpers = QuadraticHelpers(
        A=pair.A,
        R=R[None],
        b=b[None],
        minimiser=pair.minimiser,
        counts=counts,
        weights=weights,
        order=order,
    )
    return pair.having(helpers, text, grid=False)


def _stacked(
    checks: Checks, name: str, matrices: Any, name_b: str, vectors: Any
) -> tuple[FloatArray, FloatArray]:
    """The Hessians and linear terms of all clients, as arrays; complaints about anything else."""
    shapes = {np.shape(M) for M in matrices} if _listed(matrices) else set()
    if len(shapes) > 1:
        listed = ", ".join(map(str, sorted(shapes)))
        who = "helpers" if name == "H" else "clients"
        checks.complain(f"shapes of {name}", listed, f"must be the same for all {who}")
    empty = np.zeros((0, 0))
    array = None if checks.complaints else as_numbers(checks, name, matrices)
    if array is None or checks.complaints:
        return empty, empty
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[1] != array.shape[2]):
        checks.complain(f"shape of {name}", array.shape, SQUARE)
        return empty, empty
    for i, M in enumerate(array):
        check_matrix(checks, f"{name}[{i}]", M, array.shape[1])
    zeros = np.zeros(array.shape[:2])
    linear = zeros if vectors is None else as_numbers(checks, name_b, vectors)
    if linear is not None and linear.shape != zeros.shape:
        checks.complain(f"shape of {name_b}", linear.shape, f"must be {zeros.shape}")
    return array, zeros if linear is None else linear


def _listed(values: Any) -> bool:
    return isinstance(values, list | tuple)


def _sizes(checks: Checks, g: int, counts: Any, weights: Any) -> tuple[FloatArray, FloatArray]:
    """Counts and weights, checked; by default 1 and equal ones."""
    if not g and checks.complaints:
        return np.zeros(0), np.zeros(0)
    counts = np.ones(g) if counts is None else as_numbers(checks, "counts", counts)
    if counts is None or not np.any(counts):
        check_sizes(checks, np.zeros(g) if counts is None else counts, np.zeros(g))
        return np.zeros(0), np.zeros(0)
    if counts.shape != (g,):
        checks.complain("counts", counts, f"must be {g} whole numbers, one for each group")
        return counts, np.zeros(0)
    weights = np.full(g, 1 / np.sum(counts)) if weights is None else weights
    values = as_numbers(checks, "weights", weights)
    if values is not None:
        check_sizes(checks, counts, values)
    return counts, np.zeros(0) if values is None else values


def _text(name: str, first: list[Any], given: dict[str, Any]) -> str:
    """The call as code."""
    texts = [matrix_text(np.asarray(v, dtype=float)) for v in first]
    texts += [
        f"{key}={matrix_text(np.asarray(v, dtype=float))}"
        for key, v in given.items()
        if v is not None
    ]
    return f"at.Quadratic.{name}({', '.join(texts)})"
