"""instance ≤ tight ≤ bound, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from auxtheory.certify.grid import Cell
from auxtheory.errors import Checks
from auxtheory.result import Table

SLACK = 1e-5  # relative: what a worst case is certain to


def sandwich(cells: Sequence[Cell], *, progress: Callable[[int, int], None] | None = None) -> Table:
    """A row per cell: the largest one-dimensional quadratic, the worst case and the bound, in units
    L = F0 = 1.

    status: "holds", "violated" (outside 1e-5), or the solver's "inaccurate" or "failed", which has
    no number.
    """
    checks = Checks()
    rows = list[dict[str, Any]]()
    if not all(
        isinstance(cell, Cell)
        for cell in checks.several("cells", cells, "what certify.cells(...) returns")
    ):
        checks.complain("cells", cells, "must be what certify.cells(...) returns")
    if progress is not None:
        checks.function("progress", progress, "(done, total)")
    checks.done()
    for done, cell in enumerate(cells, 1):
        rows.append(_row(cell))
        if progress:
            progress(done, len(cells))
    return Table(tuple(rows))


def _row(cell: Cell) -> dict[str, Any]:
    worst = cell.solve()
    bound = cell.bound
    steps = cell.steps
    instance = worst.instance
    status: str = worst.status
    if status == "optimal":
        ordered = instance.value <= worst.value * (1 + SLACK) and worst.value <= bound * (1 + SLACK)
        status = "holds" if ordered else "violated"
    return {
        "theorem": cell.theorem.label,
        "class": cell.function_class,
        "F0 bounds": _what(cell),
        "K": steps.K,
        "T": steps.T,
        "delta": float(cell.constants.delta),
        "eta": float(steps.eta),
        "a": np.nan if steps.a is None else float(steps.a),
        "instance": instance.value,
        "l": instance.l,
        "rho": instance.rho,
        "tight": worst.value,
        "bound": bound,
        "instance/tight": instance.value / worst.value,
        "tight/bound": worst.value / bound,
        "kind": worst.kind,
        "dim": worst.dimension,
        "status": status,
    }


def _what(cell: Cell) -> str:
    return "f(x⁰) − f(x^T)" if cell.decrease else "f(x⁰) − f*"


def text(table: Table) -> str:
    """Every cell, in a table for each theorem, class and start, whose head says what all of it
    share."""
    shared = ("theorem", "class", "F0 bounds", "kind")
    parts = []
    for key in dict.fromkeys(tuple(row[name] for name in shared) for row in table):
        group = table.where(**dict(zip(shared, key, strict=True)))
        void = ["a"] if np.all(np.isnan(group["a"].astype(float))) else []
        theorem, function_class, start, kind = key
        head = f"{theorem}, {function_class} f, F0 bounds {start}, {kind}"
        parts.append(f"{head}\n{group.drop([*shared, *void]).text(most=None)}")
    return "\n\n".join(parts)


def summary(table: Table) -> Table:
    """Per theorem, class and start: how many cells hold, and both ratios at their least and
    largest."""
    rows = []
    for key in dict.fromkeys((row["theorem"], row["class"], row["F0 bounds"]) for row in table):
        group = table.where(**dict(zip(("theorem", "class", "F0 bounds"), key, strict=True)))
        ratios = {
            name: group[name][np.isfinite(group[name])]
            for name in ("instance/tight", "tight/bound")
        }
        extremes = {
            f"{end} {name}": float(pick(values)) if len(values) else np.nan
            for name, values in ratios.items()
            for end, pick in (("least", np.min), ("largest", np.max))
        }
        counts = {"cells": len(group), "hold": int(np.sum(group["status"] == "holds"))}
        rows.append(
            dict(zip(("theorem", "class", "F0 bounds"), key, strict=True)) | counts | extremes
        )
    return Table(tuple(rows))
