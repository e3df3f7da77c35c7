"""Tables along one axis, and their slopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.analysis.selection import Curve, curves
from auxtheory.table import Table

X = np.geomspace(1e-3, 1, 13)


def power(exponent: float, scale: float = 0.1) -> Callable[[float], float]:
    return lambda x: scale * x**exponent


def only(table: Table, against: str = "delta") -> Curve:
    (curve,) = curves(table, against)
    return curve


def changed(table: Table, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Table:
    return Table(tuple({**row, **change(dict(row))} for row in table))
