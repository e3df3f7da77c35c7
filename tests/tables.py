"""Tables as a study gives them, made by hand from known laws."""

from __future__ import annotations

import math
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


def steps(theorem: str = "AuxMOM") -> Table:
    """A 4 × 3 grid of η and a: diverged at the largest η, in range below the second."""
    rows = [
        ROW
        | {
            "theorem": theorem,
            "mode": "unsafe",
            "eta": eta,
            "a": a,
            "measured": math.inf if i == 3 else eta + a,
            "diverged": float(i == 3),
            "status": "pass" if i < 2 else "outside",
        }
        for i, eta in enumerate((0.01, 0.1, 1.0, 10.0))
        for a in (0.01, 0.1, 1.0)
    ]
    return Table(tuple(rows))


def priced() -> Table:
    """Three methods over δ × σ_f × T: AuxMOM's δ/√T, SGD's 0.1/√T, and AuxMVR's 2δ/√T at twice the
    price."""
    rows = []
    for name, K, calls, scale in (
        ("AuxMOM", 10, 1, None),
        ("SGD", 1, 1, 0.1),
        ("AuxMVR", 10, 2, None),
    ):
        for delta in (0.01, 0.08, 1.0):
            for sigma in (0.5, 5.0):
                for T in (10, 100, 1000):
                    own = delta * calls if scale is None else scale
                    here = {
                        "theorem": name,
                        "method": name,
                        "delta": delta,
                        "sigma_f": sigma,
                        "T": T,
                        "K": K,
                    }
                    spent = {"calls_r": float(calls * T), "calls_h": 0.0}
                    rows.append(ROW | here | spent | {"measured": own * sigma / T**0.5})
    return Table(tuple(rows))
