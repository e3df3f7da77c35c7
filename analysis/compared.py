"""All theorems of a table over one axis: the largest bound and measured value of each at every
value of the axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from auxtheory import lower_bounds, theorems
from auxtheory.analysis.selection import (
    axes_among,
    check_table,
    engines,
    single_steps,
    with_numbers,
)
from auxtheory.errors import Checks
from auxtheory.lower_bounds import LowerBound
from auxtheory.study.grid import STEPS
from auxtheory.table import Row, Table, schedule_column
from auxtheory.theorems.measured import measure_name
from auxtheory.theorems.statement import symbols_in
from auxtheory.typing import FloatArray

NEEDED = ("theorem", "status", "measured", "bound")
SCHEDULE = schedule_column("")
LOGARITHMIC = 5  # the least last/first of an axis of numbers > 0 for a logarithmic scale
LINEAR = 20  # the most last/(first above 0) of an axis with 0 for a linear scale
Scale = Literal["log", "linear", "even"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What is drawn of each theorem over one axis.

    `points` has a row for each theorem and value of the axis: the number of `cells` and of those
    `violated`, the largest `measured` and `bound`, the largest `lower` bound (NaN without one), the
    measured value of the `worst` violated cell, and the `position` on the axis. `classes` holds the
    theorems with a band, each with the name of its method; `over` the other axes of several values;
    `level` the theorems that do not depend on the axis.
    """

    against: str
    values: Sequence[Any]
    scale: Scale
    drawn: Table
    points: Table
    classes: Mapping[str, str]
    over: Sequence[str]
    level: Sequence[str]
    chosen: bool

    def of(self, theorem: str) -> Table:
        """The points of one theorem."""
        return self.points.where(theorem=theorem)

    def numbers(self) -> Table:
        """The points without their places on the axis, as they are written to a file."""
        return Table(
            tuple({k: v for k, v in row.items() if k != "position"} for row in self.points)
        )


def compare(table: Table, against: str | None = None, panels: bool = False) -> Comparison:
    """The theorems of a table over an axis, by default the first of several values; InputError as
    `auxtheory.analysis.comparison`."""
    checks = Checks()
    check_table(checks, table, NEEDED)
    checks.flag("panels", panels)
    drawn = with_numbers(checks, table, NEEDED)
    names = tuple(name for name in (*axes_among(table.columns), "engine") if SCHEDULE not in name)
    single = single_steps(drawn)
    columns = frozenset(drawn.columns)
    varied = [
        name
        for name in names
        if len({row.get(name) for row in drawn}) > 1 or schedule_column(name) in columns
    ]
    several = {name: found for name in varied if len(found := _values(drawn, name, single)) > 1}
    against = _axis(checks, against, names, several, len(table))
    measures = sorted({str(row.get("measure", "G")) for row in drawn})
    if len(measures) > 1:
        allowed = f"must be one; select it, by .where(measure={measures[0]!r}) or --where "
        checks.complain("measure", measures, f"{allowed}measure={measures[0]}")
    checks.done()
    values = several[against]
    scale = _scale(values)
    by_theorem = dict[str, list[Row]]()
    for row in drawn:
        by_theorem.setdefault(row["theorem"], []).append(row)
    level = [
        name
        for name, rows in by_theorem.items()
        if not _values(rows, against, single if against == "K" else frozenset())
    ]
    points = list[dict[str, Any]]()
    for name, rows in by_theorem.items():
        cells = dict[Any, list[tuple[Row, float]]]()
        for row, low in zip(rows, lower_values(rows).tolist(), strict=True):
            key = None if name in level else _key(row, against)
            cells.setdefault(key, []).append((row, low))
        for i, value in enumerate(values):
            here = cells.get(None if name in level else value)
            if here:
                at = float(i if scale == "even" else value)
                points.append({"theorem": name, against: value, "position": at} | _largest(here))
    return Comparison(
        against=against,
        values=values,
        scale=scale,
        drawn=drawn,
        points=Table(tuple(points)),
        classes=_classes(by_theorem, points),
        over=[name for name in several if name not in (against, "seed")],
        level=level,
        chosen=any(row.get("mode", "tuned") != "tuned" for row in drawn),
    )


def _axis(
    checks: Checks,
    against: str | None,
    names: Sequence[str],
    several: Mapping[str, Sequence[Any]],
    count: int,
) -> str:
    """The axis, checked; by default the first of several values."""
    if against is None:
        if not several:
            allowed = "must hold cells with numbers at two values of an axis or more"
            checks.complain("table", f"{count} rows", allowed)
        return next(iter(several), "")
    checks.member("against", against, names)
    if against in names and against not in several:
        listed = f"those that have are {', '.join(several)}" if several else "no axis has"
        allowed = f"must have cells with numbers at two values or more; {listed}"
        checks.complain("against", against, allowed)
    return against


def _values(rows: Iterable[Row], axis: str, single: Set[Any]) -> list[Any]:
    """The distinct values of an axis, numbers in ascending order before texts; steps that theorems
    chose are no values, nor is the K of single steps, nor are engines unless a theorem was run by
    several."""
    if axis == "engine":
        return engines(rows if isinstance(rows, Table) else Table(tuple(rows)))
    single = single if axis == "K" else frozenset()
    chosen = dict.fromkeys(
        _key(row, axis)
        for row in rows
        if not (axis in STEPS and row.get("mode") == "tuned") and row["theorem"] not in single
    )
    texts = [value for value in chosen if isinstance(value, str)]
    return [*sorted(chosen.keys() - {None, *texts}), *texts]


def _key(row: Row, axis: str) -> Any:
    """The value of a row on an axis, the text of a schedule for a step that has one; None for no
    value."""
    value = row.get(axis)
    if value is None or value == "" or value != value:
        return row.get(schedule_column(axis)) or None
    return value.item() if isinstance(value, np.generic) else value


def _scale(values: Sequence[Any]) -> Scale:
    """The scale on which all of the values have a place and can be distinguished."""
    if any(isinstance(value, str) or not math.isfinite(value) for value in values):
        return "even"
    first, last = float(min(values)), float(max(values))
    if first > 0:
        return "log" if last >= LOGARITHMIC * first else "linear"
    positive = min((value for value in values if value > 0), default=last)
    return "even" if first == 0 and last > LINEAR * positive else "linear"


def _largest(cells: Sequence[tuple[Row, float]]) -> dict[str, Any]:
    """The largest values of some cells of one theorem, each with its lower bound."""
    bad = [row for row, _ in cells if row["status"] == "violated"]
    worst = max(bad, key=lambda row: row["measured"] / row["bound"], default=None)
    return {
        "cells": len(cells),
        "violated": len(bad),
        "measured": float(max(row["measured"] for row, _ in cells)),
        "bound": float(max(row["bound"] for row, _ in cells)),
        "lower": float(np.max([low for _, low in cells])),
        "worst": math.nan if worst is None else float(worst["measured"]),
    }


def lower_values(rows: Sequence[Row]) -> FloatArray:
    """The lower bound of each cell of one theorem: for every step size where the theorem chose the
    steps, otherwise at the steps; NaN without one."""
    values = np.full(len(rows), np.nan)
    if any(row.get(name) for row in rows for name in row if name.endswith(SCHEDULE)):
        return values
    for lower in _of_class(rows[0]):
        values = np.fmax(values, _evaluated(lower, rows, rows[0].get("mode") != "tuned"))
    return values


def of_theorem(theorem: theorems.Theorem) -> tuple[LowerBound, ...]:
    """The lower bounds of the library on the method and the measure of a theorem whose problems are
    in its class."""
    found = lower_bounds.for_method(theorem.method.name, measure_name(theorem))
    symbols = symbols_in(theorem)
    return tuple(lower for lower in found if lower.covers(symbols))


def _of_class(row: Row) -> tuple[LowerBound, ...]:
    """The lower bounds of the class of a theorem of the library; of others, the class is not
    known."""
    known = (row["theorem"], row.get("label"), row.get("method"), row.get("measure"))
    for kind in theorems.LIBRARY:
        if known == (kind.__name__, kind.label, kind.method.name, measure_name(kind)):
            return of_theorem(kind())
    return ()


def _evaluated(lower: LowerBound, rows: Sequence[Row], chosen: bool) -> FloatArray:
    names = lower.bound.names | (lower.at_steps.names if chosen else frozenset())
    values = {
        name: np.array([row.get(f"known_{name}", row.get(name, math.nan)) for row in rows], float)
        for name in names
    }
    with np.errstate(all="ignore"):
        found = np.asarray(lower.bound.value(values))
        return np.fmax(found, lower.at_steps.value(values)) if chosen else found


def _classes(
    by_theorem: Mapping[str, Sequence[Row]], points: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """The theorems that have a band, each with the name of its method: of several on one method,
    the one with the smallest bound."""
    chosen = dict[str, tuple[float, str]]()
    for name, rows in by_theorem.items():
        mine = [point for point in points if point["theorem"] == name]
        if any(math.isfinite(point["lower"]) for point in mine):
            method = str(rows[0].get("method"))
            typical = float(np.median([point["bound"] for point in mine]))
            chosen[method] = min(chosen.get(method, (math.inf, "")), (typical, name))
    return {name: method for method, (_, name) in chosen.items()}
