"""Quadratic pairs from matrices and from least squares, with constants read off their spectra."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from auxtheory.errors import Checks
from auxtheory.problems.components import QuadraticComponents
from auxtheory.problems.quadratic.pair import QuadraticPair
from auxtheory.typing import FloatArray

ROUNDING = 1e-12  # share of the largest entry or eigenvalue that counts as rounding
# Eigenvalues, and eigenvectors as columns, or None if they are the axes.
Spectrum: TypeAlias = tuple[FloatArray, FloatArray | None]
EXPLICIT = 64  # the most numbers of an array that a repr writes out


def pair_from_matrices(
    A: Any, H: Any = None, b: Any = None, *, h_b: Any = None, x0: Any = None
) -> QuadraticPair:
    """`Quadratic.from_matrices`."""
    values = {"A": A, "H": H, "b": b, "h_b": h_b, "x0": x0}
    arrays, spectrum = _checked(values)
    arguments = ", ".join(
        name + "=" + matrix_text(array) if name != "A" else matrix_text(array)
        for name, array in arrays.items()
        if array is not None
    )
    return _pair(arrays, spectrum, f"at.Quadratic.from_matrices({arguments})")


def pair_from_components(A: Any, b: Any = None, *, x0: Any = None) -> QuadraticPair:
    """`Quadratic.from_components`."""
    checks = Checks()
    arrays: dict[str, Any] = {n: as_numbers(checks, n, v) for n, v in (("A", A), ("b", b))}
    checks.done()
    A_i = arrays["A"]
    shape = A_i.shape
    if A_i.ndim not in (2, 3) or (A_i.ndim == 3 and shape[1] != shape[2]):
        checks.complain("A", A, "must be of shape (N, d, d), or (N, d) for diagonals")
        checks.done()
    for i, M in enumerate(A_i):
        check_matrix(checks, f"A[{i}]", M, shape[1])
    b_i = np.zeros(shape[:2]) if arrays["b"] is None else arrays["b"]
    if b_i.shape != shape[:2]:
        checks.complain("b", b, f"must have the shape {shape[:2]}")
    checks.done()
    pair = pair_from_matrices(np.mean(A_i, axis=0), b=np.mean(b_i, axis=0), x0=x0)
    slopes = (A_i @ pair.minimiser if A_i.ndim == 3 else A_i * pair.minimiser) - b_i
    parts = {"b": arrays["b"], "x0": None if x0 is None else pair.start[0]}
    more = [f"{name}={matrix_text(v)}" for name, v in parts.items() if v is not None]
    text = ", ".join([matrix_text(A_i), *more])
    return replace(
        pair,
        components=QuadraticComponents(A=A_i[None], b=slopes[None], minimiser=pair.minimiser),
        description=f"at.Quadratic.from_components({text})",
    )


def matrix_text(array: FloatArray) -> str:
    """The numbers, or the shape where there are many."""
    return repr(array.tolist()) if array.size <= EXPLICIT else f"<array of shape {array.shape}>"


def _pair(arrays: dict[str, Any], spectrum: Spectrum, description: str) -> QuadraticPair:
    """The pair; spectrum: the eigenvalues of A, and its eigenvectors unless A is a diagonal."""
    A = arrays["A"]
    d = len(A)
    H = A if arrays["H"] is None else arrays["H"]
    b = np.zeros(d) if arrays["b"] is None else arrays["b"]
    h_b = b if arrays["h_b"] is None else arrays["h_b"]
    if A.ndim != H.ndim:
        A, H = (np.diag(M) if M.ndim == 1 else M for M in (A, H))
    x0 = arrays["x0"]
    if x0 is None:
        x0 = np.zeros(d) if np.any(b) else np.ones(d)
    R = A - H
    basis = None
    if A.ndim == 1:
        values = A
        x_star = np.divide(b, A, out=np.zeros(d), where=A > 0)
        delta = np.max(np.abs(R))
        slope = R * x_star - b + h_b
    else:
        measured, vectors = spectrum
        if vectors is None:
            measured, vectors = np.linalg.eigh(A)
        basis = vectors
        values = np.where(measured > ROUNDING * d * measured[-1], measured, 0.0)
        turned = vectors.T @ b
        x_star = vectors @ np.divide(turned, values, out=np.zeros(d), where=values > 0)
        delta = np.max(np.abs(np.linalg.eigvalsh(R)))
        slope = R @ x_star - b + h_b
    # A bias of the size of rounding is 0: its direction would otherwise double β.
    if np.linalg.norm(slope) <= ROUNDING * (
        delta * np.linalg.norm(x_star) + np.linalg.norm(b) + np.linalg.norm(h_b)
    ):
        slope = np.zeros(d)
    if not np.any((A @ (x0 - x_star)) if A.ndim == 2 else A * (x0 - x_star)):
        checks = Checks()
        checks.complain("x0", x0, "must not minimise f")
        checks.done()
    return QuadraticPair(
        A=A[None],
        R=R[None],
        b=slope[None],
        start=x0[None],
        minimiser=x_star,
        eigenvalues=values[None],
        gap_norm=np.array([delta]),
        basis=basis,
        description=description,
        grid=False,
    )


def _checked(values: dict[str, Any]) -> tuple[dict[str, Any], Spectrum]:
    """The arguments as arrays, None where they are left out, and the spectrum of A."""
    checks = Checks()
    arrays: dict[str, Any] = {name: as_numbers(checks, name, v) for name, v in values.items()}
    checks.done()
    A = arrays["A"]
    for name in ("A", "H"):
        if arrays[name] is not None:
            check_matrix(checks, name, arrays[name], len(A) if A.ndim else 0)
    for name in ("b", "h_b", "x0"):
        if arrays[name] is not None and arrays[name].shape != A.shape[:1]:
            checks.complain(name, values[name], f"must have the shape {A.shape[:1]}")
    checks.done()
    spectrum = (A, None) if A.ndim == 1 else np.linalg.eigh(A)
    _check_infimum(checks, A, spectrum, arrays["b"])
    checks.done()
    return arrays, spectrum


def as_numbers(checks: Checks, name: str, value: Any) -> FloatArray | None:
    if value is None and name != "A":
        return None
    try:
        array = np.array(value, dtype=float)
    except (TypeError, ValueError):
        checks.complain(name, value, "must be numbers")
        return None
    if not array.size or not np.all(np.isfinite(array)):
        checks.complain(name, value, "must be finite numbers, at least one")
    return array


def check_matrix(checks: Checks, name: str, M: FloatArray, d: int) -> None:
    if M.shape not in ((d,), (d, d)) or not d:
        checks.complain(name, M, f"must be of shape ({d}, {d}), or ({d},) for a diagonal")
    elif M.ndim == 2 and np.max(np.abs(M - M.T)) > ROUNDING * np.max(np.abs(M)):
        checks.complain(name, M, "must be symmetric")


def _check_infimum(checks: Checks, A: FloatArray, spectrum: Spectrum, b: FloatArray | None) -> None:
    """Complain unless f is bounded below: A positive semidefinite and b in its range."""
    values, vectors = spectrum
    size = np.max(np.abs(values))
    floor = ROUNDING * len(A) * size if vectors is not None else 0.0
    if np.min(values) < -floor:
        checks.complain(
            "A", A, f"has the eigenvalue {np.min(values):.3g} < 0, so f is unbounded below"
        )
    elif not size:
        checks.complain("A", A, "must not be 0")
    elif b is not None:
        turned = b if vectors is None else vectors.T @ b
        if np.linalg.norm(turned[values <= floor]) > 1e-9 * np.linalg.norm(b):
            checks.complain(
                "b", b, "must be in the range of A, since f is unbounded below otherwise"
            )


def pair_from_least_squares(X: Any, y: Any, helper: Any, l2: float, x0: Any) -> QuadraticPair:
    """`Quadratic.from_least_squares`."""
    checks = Checks()
    checks.number("l2", l2)
    rows = _rows(checks, ("X", "y"), (X, y))
    checks.done()
    features, target = rows
    if isinstance(helper, tuple):
        features_h, target_h = _rows(checks, ("helper[0]", "helper[1]"), helper)
        if not checks.complaints and features_h.shape[1] != features.shape[1]:
            checks.complain("helper", helper, f"must have {features.shape[1]} features")
    else:
        chosen = _chosen(checks, helper, len(target))
        features_h, target_h = features[chosen], target[chosen]
    checks.done()
    A, b = _moments(features, target, l2)
    H, h_b = _moments(features_h, target_h, l2)
    arrays, spectrum = _checked({"A": A, "H": H, "b": b, "h_b": h_b, "x0": x0})
    texts = [matrix_text(part) for part in rows]
    of_h = ", ".join(matrix_text(part) for part in (features_h, target_h))
    start = "" if arrays["x0"] is None else f", x0={matrix_text(arrays['x0'])}"
    return _pair(
        arrays,
        spectrum,
        f"at.Quadratic.from_least_squares({', '.join(texts)}, helper=({of_h}), "
        f"l2={float(l2)!r}{start})",
    )


def _rows(checks: Checks, names: tuple[str, str], values: Any) -> Any:
    """Features (n, d) and targets (n,); complaints about anything else."""
    if len(values) != 2:
        checks.complain("helper", values, "must be two arrays, X_h and y_h")
        return np.ones((1, 1)), np.ones(1)
    parts = [as_numbers(checks, *pair) for pair in zip(names, values, strict=True)]
    if any(part is None for part in parts):
        return np.ones((1, 1)), np.ones(1)
    X, y = parts
    if X.ndim != 2:  # type: ignore[union-attr]
        checks.complain(names[0], X, "must be of shape (n, d)")
    elif y.shape != X.shape[:1]:  # type: ignore[union-attr]
        checks.complain(names[1], y, f"must be of shape ({len(X)},)")  # type: ignore[arg-type]
    return X, y


def _chosen(checks: Checks, helper: Any, n: int) -> Any:
    """The rows of h: the first m for a number, indices, or a mask."""
    allowed = f"must be a number of rows from 1 to {n}, indices below {n}, a mask of {n}, or (X, y)"
    rows = np.arange(n) if helper is None else np.asarray(helper)
    if rows.ndim == 0 and rows.dtype.kind in "iu" and 1 <= rows <= n:
        return np.arange(int(rows))
    if rows.dtype == bool and rows.shape == (n,) and np.any(rows):
        return np.flatnonzero(rows)
    whole = rows.dtype.kind in "iu" and rows.ndim == 1 and len(rows) > 0
    if whole and np.min(rows) >= 0 and np.max(rows) < n:
        return rows
    checks.complain("helper", helper, allowed)
    return np.arange(n)


def _moments(X: FloatArray, y: FloatArray, l2: float) -> tuple[FloatArray, FloatArray]:
    """XᵀX/n + l2 I and Xᵀy/n."""
    n, d = X.shape
    return X.T @ X / n + l2 * np.eye(d), X.T @ y / n
