"""Tables as a study gives them, made by hand from known laws."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from auxtheory.table import Table

ROW: dict[str, Any] = {
    "theorem": "AuxMOM",
    "label": "S3",
    "method": "AuxMOM",
    "measure": "G",
    "status": "pass",
    "mode": "tuned",
    "engine": "exact",
    "dominant": "x",
    "error": "",
    "L": 1.0,
    "K": 1,
    "T": 100,
    "eta": 0.5,
    "a": 0.1,
    "measured": 1.0,
    "se": 0.0,
    "bound": 2.0,
    "ratio": 0.5,
    "share": 0.9,
    "p": 1.0,
    "calls_r": 100.0,
    "calls_h": 100.0,
    "diverged": 0.0,
    "replicas": 0,
    "cell": 0,
}


def law(
    axis: str,
    values: Iterable[float],
    measured: Callable[[float], float],
    bound: Callable[[float], float],
    **more: Any,
) -> Table:
    """One row a value of the axis, with what is measured and promised there."""
    rows = []
    for value in values:
        reached = measured(value)
        most = bound(value)
        rows.append(
            ROW | {axis: value, "measured": reached, "bound": most, "ratio": reached / most} | more
        )
    return Table(tuple(rows))


def joined(*tables: Table) -> Table:
    """All of their rows."""
    return Table(tuple(row for table in tables for row in table))
