"""The comparison instance ≤ tight ≤ bound in each cell, as a table, as text and as a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from auxtheory.certify.grid import GridCell
from auxtheory.engines.worst_case.engine import WorstCase
from auxtheory.errors import Checks
from auxtheory.printing import number
from auxtheory.table import Table
from auxtheory.theorems.measured import measure_name

SLACK = 1e-5  # relative accuracy of a worst case


def sandwich(
    cells: Sequence[GridCell], *, progress: Callable[[int, int], None] | None = None
) -> Table:
    """Compare instance ≤ worst case ≤ bound in each cell, in units L = F0 = 1.

    `instance` is the largest value of a one-dimensional quadratic, `tight` the worst case of all f
    and h, or, where `kind` is "upper", an upper bound of it.

    Args:
        cells: what `cells` returns.
        progress: called as progress(done, total).

    Returns:
        One row per cell. Its `status` is "holds", "violated" (by more than 1e-5), "undecided" where
        only an upper bound of the worst case exceeds the theorem's, or the solver's "inaccurate" or
        "failed", which has no number.

    Raises:
        InputError: an argument is of another kind.
        RefusedError: PEPit is not installed.

    Example:
        >>> from auxtheory import certify
        >>> cells = certify.cells(K=[1], T=[1], delta=[0.0])
        >>> certify.sandwich(cells[:1])["status"].tolist()  # doctest: +SKIP
        ['holds']
    """
    checks = Checks()
    rows = list[dict[str, Any]]()
    if not all(
        isinstance(cell, GridCell)
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


def _row(cell: GridCell) -> dict[str, Any]:
    worst = cell.solve()
    bound = cell.bound
    steps = cell.steps
    instance = worst.instance
    values: dict[str, Any] = {n: v for n, v in steps.parameters.items() if n != "a"}
    return {
        "theorem": cell.theorem.label,
        "measure": measure_name(cell.theorem),
        "class": cell.function_class,
        "F0 bounds": _what(cell),
        "K": steps.K,
        "T": steps.T,
        "delta": float(cell.constants.delta),
        "eta": float(steps.eta),
        "a": np.nan if steps.a is None else float(steps.a),
        "parameters": ", ".join(f"{name} = {number(float(v))}" for name, v in values.items()),
        "instance": instance.value,
        "l": instance.l,
        "rho": instance.rho,
        "tight": worst.value,
        "bound": bound,
        "instance/tight": instance.value / worst.value,
        "tight/bound": worst.value / bound,
        "kind": worst.kind,
        "dim": worst.dimension,
        "status": _status(worst, bound),
    }


def _status(worst: WorstCase, bound: float) -> str:
    """The outcome of a cell. The worst of the quadratics is in every class."""
    if worst.instance.value > bound * (1 + SLACK):
        return "violated"
    if worst.status != "optimal":
        return worst.status
    if worst.value <= bound * (1 + SLACK):
        ordered = worst.instance.value <= worst.value * (1 + SLACK)
        return "holds" if ordered else "violated"
    return "violated" if worst.kind == "tight" else "undecided"


def _what(cell: GridCell) -> str:
    return "f(x⁰) − f(x^T)" if cell.decrease else "f(x⁰) − f*"


def text(table: Table) -> str:
    """Return every cell as text: a table for each theorem, class of f and meaning of F0.

    Args:
        table: what `sandwich` returns.

    Returns:
        The text.

    Example:
        >>> from auxtheory import certify
        >>> from auxtheory.table import Table
        >>> head = {"theorem": "S0", "measure": "G", "class": "smooth", "F0 bounds": "f(x⁰) − f*"}
        >>> row = head | {"kind": "tight", "a": 0.5, "parameters": "", "status": "holds"}
        >>> print(certify.text(Table((row,))))
        S0, G, smooth f, F0 bounds f(x⁰) − f*, tight
        a    status
        0.5  holds
    """
    shared = ("theorem", "measure", "class", "F0 bounds", "kind")
    parts = []
    for key in dict.fromkeys(tuple(row[name] for name in shared) for row in table):
        group = table.where(**dict(zip(shared, key, strict=True)))
        void = ["a"] if np.all(np.isnan(group["a"].astype(float))) else []
        void += [] if any(group["parameters"]) else ["parameters"]
        theorem, measure, function_class, start, kind = key
        head = f"{theorem}, {measure}, {function_class} f, F0 bounds {start}, {kind}"
        parts.append(f"{head}\n{group.drop([*shared, *void]).text(most=None)}")
    return "\n\n".join(parts)


def summary(table: Table) -> Table:
    """Count the cells that hold, with the least and largest ratios.

    Args:
        table: what `sandwich` returns.

    Returns:
        One row per theorem, class of f and meaning of F0.

    Example:
        >>> from auxtheory import certify
        >>> from auxtheory.table import Table
        >>> head = {"theorem": "S0", "class": "smooth", "F0 bounds": "f(x⁰) − f*"}
        >>> row = head | {"instance/tight": 1.0, "tight/bound": 0.5, "status": "holds"}
        >>> certify.summary(Table((row,)))["hold"].tolist()
        [1]
    """
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
