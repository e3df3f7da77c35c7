"""Checks on the shapes of what a problem is made from."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import Checks


def check_vector(checks: Checks, name: str, value: Any, d: int) -> None:
    """None, d finite numbers, or (for x_star) one finite number."""
    if value is None and name != "x_star":
        return
    single = name == "x_star" and np.ndim(value) == 0
    try:
        vector = np.asarray(value, dtype=float)
        fine = (single or vector.shape == (d,)) and bool(np.all(np.isfinite(vector)))
    except (TypeError, ValueError):
        fine = False
    if not fine:
        checks.complain(name, value, f"must be {d} finite numbers")


def check_grid(checks: Checks, **values: Any) -> None:
    """Numbers, or arrays of one length: the configurations of a grid."""
    shapes = {name: _shape(value) for name, value in values.items() if value is not None}
    given = {name: shape for name, shape in shapes.items() if shape != ()}
    if any(len(shape) != 1 for shape in given.values()) or len(set(given.values())) > 1:
        checks.complain(f"shapes of {', '.join(values)}", given, "must be numbers or arrays of one length")


def _shape(value: Any) -> tuple[int, ...]:
    try:
        return np.shape(value)
    except ValueError:  # a ragged list
        return (0, 0)
