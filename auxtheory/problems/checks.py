"""Checks of the vectors that a problem is made from."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import LARGEST, Checks
from auxtheory.units import FloatArray


def check_vector(checks: Checks, name: str, value: Any, d: int) -> None:
    """None, d finite numbers, or (for x_star) one finite number."""
    if value is None and name != "x_star":
        return
    single = name == "x_star" and np.ndim(value) == 0
    try:
        given = np.asarray(value)
        fine = given.dtype.kind in "iuf" and (single or given.shape == (d,)) and bool(np.all(np.abs(given) <= LARGEST))
    except (TypeError, ValueError):
        fine = False
    if not fine:
        checks.complain(name, value, f"must be {d} finite numbers{', or one' if name == 'x_star' else ''}")


def eigenvalue_list(spectrum: Any) -> FloatArray:
    """The eigenvalues of a given spectrum, shape (d,); InputError if they are none."""
    checks = Checks()
    if not isinstance(spectrum, list | tuple | np.ndarray) or any(np.ndim(value) for value in spectrum):
        checks.complain("spectrum", spectrum, "must be a name or a list of d eigenvalues")
    else:
        checks.number("spectrum", spectrum)
    checks.done()
    return np.array(spectrum, dtype=float)
