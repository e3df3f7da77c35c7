"""All theorems of a table over one axis: the largest bound and measured value of each at every
value of the axis."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    several = {name: values for name in names if len(values := values_of(drawn, name)) > 1}
    if against is None:
        if not several:
            allowed = "must hold cells with numbers at two values of an axis or more"
            checks.complain("table", f"{len(table)} rows", allowed)
        against = next(iter(several), "")
    else:
        checks.member("against", against, names)
        if not checks.complaints and against not in several:
            allowed = f"must have cells with numbers at two values or more; {_others(several)}"
            checks.complain("against", against, allowed)
    measures = sorted({str(row.get("measure", "G")) for row in drawn})
    if len(measures) > 1:
        allowed = f"must be one; select it, by .where(measure={measures[0]!r}) or --where "
        checks.complain("measure", measures, f"{allowed}measure={measures[0]}")
    checks.done()
    values = several[against]
    scale = _scale(values)
    by_theorem = {name: drawn.where(theorem=name) for name in dict.fromkeys(drawn["theorem"])}
    single = single_steps(drawn) if against == "K" else frozenset()
    level = [
        name for name, rows in by_theorem.items() if name in single or not values_of(rows, against)
    ]
    points = []
    for name, rows in by_theorem.items():
        cells = defaultdict[Any, list[Row]](list)
        for row in rows:
            cells[key(row, against)].append(row)
        for i, value in enumerate(values):
            here = rows.rows if name in level else cells[value]
            if here:
                at = float(i if scale == "even" else value)
                points.append({"theorem": name, against: value, "position": at} | _largest(here))
    made = Table(tuple(points))
    return Comparison(
        against=against,
        values=values,
        scale=scale,
        drawn=drawn,
        points=made,
        classes=_classes(by_theorem, made),
        over=[name for name in several if name not in (against, "seed")],
        level=level,
        chosen=any(row.get("mode", "tuned") != "tuned" for row in drawn),
    )


def values_of(table: Table, axis: str) -> list[Any]:
    """The distinct values of an axis, numbers in ascending order before texts; steps that theorems
    chose are no values, nor are engines unless a theorem was run by several."""
    if axis == "engine":
        return engines(table)
    single = single_steps(table) if axis == "K" else frozenset()
    chosen = [
        value
        for row in table
        if (value := key(row, axis)) is not None
        and not (axis in STEPS and row.get("mode") == "tuned")
        and row["theorem"] not in single
    ]
    texts = dict.fromkeys(value for value in chosen if isinstance(value, str))
    return [*sorted({value for value in chosen if not isinstance(value, str)}), *texts]


def key(row: Row, axis: str) -> Any:
    """The value of a row on an axis, the text of a schedule for a step that has one; None for no
    value."""
    schedule = row.get(schedule_column(axis))
    if isinstance(schedule, str) and schedule:
        return schedule
    value = row.get(axis)
    value = value.item() if isinstance(value, np.generic) else value
    return None if value is None or value == "" or value != value else value


def _scale(values: Sequence[Any]) -> Scale:
    """The scale on which all of the values have a place and can be told apart."""
    if any(isinstance(value, str) or not math.isfinite(value) for value in values):
        return "even"
    first, last = float(min(values)), float(max(values))
    if first > 0:
        return "log" if last >= LOGARITHMIC * first else "linear"
    positive = min((value for value in values if value > 0), default=last)
    return "even" if first == 0 and last > LINEAR * positive else "linear"


def _others(several: Iterable[str]) -> str:
    listed = ", ".join(several)
    return f"those that have are {listed}" if listed else "no axis has"


def _largest(rows: Iterable[Row]) -> dict[str, Any]:
    """The largest values of some cells of one theorem."""
    listed = Table(tuple(rows))
    bad = [row for row in listed if row["status"] == "violated"]
    worst = max(bad, key=lambda row: row["measured"] / row["bound"], default=None)
    lower = lower_values(listed)
    return {
        "cells": len(listed),
        "violated": len(bad),
        "measured": float(listed["measured"].max()),
        "bound": float(listed["bound"].max()),
        "lower": float(lower.max()) if np.all(np.isfinite(lower)) else math.nan,
        "worst": math.nan if worst is None else float(worst["measured"]),
    }


def lower_values(rows: Table) -> FloatArray:
    """The lower bound of each cell of one theorem: for every step size where the theorem chose the
    steps, otherwise at the steps; NaN without one."""
    first = rows.rows[0]
    values = np.full(len(rows), np.nan)
    for lower in _of_class(first):
        values = np.fmax(values, _evaluated(lower, rows, chosen=first.get("mode") != "tuned"))
    return values


def _of_class(row: Row) -> tuple[LowerBound, ...]:
    """The lower bounds of the class of a theorem of the library; of others, the class is not
    known."""
    known = (row["theorem"], row.get("label"), row.get("method"), row.get("measure"))
    for kind in theorems.ALL:
        measure = measure_name(kind)
        if known == (kind.__name__, kind.label, kind.method.name, measure):
            return lower_bounds.for_method(kind.method.name, measure)
    return ()


def _evaluated(lower: LowerBound, rows: Table, *, chosen: bool) -> FloatArray:
    names = lower.bound.names | (lower.at_steps.names if chosen else frozenset())
    values = {}
    for name in names:
        known = f"known_{name}"
        if known not in rows.columns and name not in rows.columns:
            return np.full(len(rows), np.nan)
        values[name] = np.asarray(rows[known if known in rows.columns else name], dtype=float)
    with np.errstate(all="ignore"):
        found = lower.bound.value(values)
        return np.fmax(found, lower.at_steps.value(values)) if chosen else np.asarray(found)


def _classes(by_theorem: Mapping[str, Table], points: Table) -> dict[str, str]:
    """The theorems that have a band, each with the name of its method: of several on one method,
    the one with the smallest bound."""
    chosen: dict[str, str] = {}
    for name, rows in by_theorem.items():
        mine = points.where(theorem=name)
        if np.any(np.isfinite(mine["lower"])):
            method = str(rows.rows[0].get("method"))
            other = chosen.get(method)
            smaller = other is None or np.median(mine["bound"]) < np.median(
                points.where(theorem=other)["bound"]
            )
            chosen[method] = name if smaller else str(other)
    return {name: method for method, name in chosen.items()}
