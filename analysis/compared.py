"""All theorems of a table over one axis: the largest bound and measured value of each at every
value of the axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auxtheory import lower_bounds, theorems
from auxtheory.analysis.bands import BINS, bins, many, merged
from auxtheory.analysis.coding import Codes, coded, distinct, rows_with, starts, together
from auxtheory.analysis.selection import (
    axes_among,
    check_table,
    column,
    engines,
    single_steps,
    with_numbers,
)
from auxtheory.column_table import ColumnTable
from auxtheory.errors import Checks
from auxtheory.lower_bounds import LowerBound
from auxtheory.study.grid import STEPS
from auxtheory.table import Table, schedule_column
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
    `level` the theorems that do not depend on the axis; `binned` whether a point stands for a bin
    of values.
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
    binned: bool = False

    def of(self, theorem: str) -> Table:
        """The points of one theorem."""
        return self.points.where(theorem=theorem)

    def numbers(self) -> Table:
        """The points without their places on the axis, as they are written to a file."""
        return self.points.drop("position")


def compare(table: Table, against: str | None = None, panels: bool = False) -> Comparison:
    """The theorems of a table over an axis, by default the first of several values; InputError as
    `auxtheory.analysis.comparison`."""
    checks = Checks()
    check_table(checks, table, NEEDED)
    checks.flag("panels", panels)
    drawn = with_numbers(checks, table, NEEDED)
    names = tuple(name for name in (*axes_among(table.columns), "engine") if SCHEDULE not in name)
    single = single_steps(drawn)
    several = {name: values for name in names if len(values := _values(drawn, name, single)) > 1}
    against = _axis(checks, against, names, several, len(table))
    measures = sorted(map(str, distinct(drawn, "measure", "G")))
    if len(measures) > 1:
        allowed = f"must be one; select it, by .where(measure={measures[0]!r}) or --where "
        checks.complain("measure", measures, f"{allowed}measure={measures[0]}")
    checks.done()
    values = several[against]
    scale = _scale(values)
    codes, found = coded(drawn, "theorem")
    rows = {name: drawn.take(np.flatnonzero(codes == i)) for i, name in enumerate(found)}
    level = [name for name, cells in rows.items() if not _values(cells, against, single)]
    places = range(len(values)) if scale == "even" else values
    positions = np.array(places, dtype=float)
    shown, groups = _groups(values, positions, scale, len(drawn))
    points = list[Table]()
    for name, cells in rows.items():
        if name in level:
            alone = _largest(cells, np.zeros(len(cells), dtype=np.intp))
            point = {key: np.repeat(value, len(shown)) for key, value in alone.items()}
            point |= {"group": np.arange(len(shown))}
        else:
            point = _largest(cells, _places(cells, against, values, groups))
        at = shown[point.pop("group")]
        head = {"theorem": np.full(len(at), name), against: merged([values[i] for i in at])}
        points.append(ColumnTable(head | {"position": positions[at]} | point))
    return Comparison(
        against=against,
        values=values,
        scale=scale,
        drawn=drawn,
        points=together(points),
        classes=_classes(rows, points),
        over=[name for name in several if name not in (against, "seed")],
        level=level,
        chosen=bool(set(distinct(drawn, "mode", "tuned")) - {"tuned"}),
        binned=len(shown) < len(values),
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


def _values(table: Table, axis: str, single: Set[Any]) -> list[Any]:
    """The distinct values of an axis, numbers in ascending order before texts; steps that theorems
    chose are no values, nor is the K of single steps, nor are engines unless a theorem was run by
    several."""
    if axis == "engine":
        return engines(table)
    codes, several = _keys(table, axis)
    if axis == "K" and single:
        codes = codes[~rows_with(table, "theorem", single)]
    if axis in STEPS:
        codes = codes[~rows_with(table, "mode", ("tuned",))]
    used = np.bincount(codes[codes >= 0], minlength=len(several)).tolist()
    chosen = [value for value, count in zip(several, used, strict=True) if count]
    texts = [value for value in chosen if isinstance(value, str)]
    return [*sorted(value for value in chosen if not isinstance(value, str)), *texts]


def _keys(table: Table, axis: str) -> tuple[Codes, list[Any]]:
    """The values of an axis and the place of each row's, the text of a schedule for a step that has
    one; −1 for no value."""
    codes, several = _filled(table, axis)
    texts, schedules = _filled(table, schedule_column(axis))
    if not schedules:
        return codes, several
    scheduled = np.where(texts >= 0, texts + len(several), -1)
    return np.where(codes >= 0, codes, scheduled), [*several, *schedules]


def _filled(table: Table, name: str) -> tuple[Codes, list[Any]]:
    """A column's values but for empty texts."""
    codes, several = coded(table, name)
    if "" in several:
        codes = np.where(codes == several.index(""), -1, codes)
    return codes, several


def _places(table: Table, against: str, values: Sequence[Any], groups: Codes) -> Codes:
    """The group of each row's value; −1 where it is not among the values."""
    codes, several = _keys(table, against)
    place = {value: i for i, value in enumerate(values)}
    places = np.array([place.get(value, -1) for value in several] + [-1], dtype=np.intp)[codes]
    return np.where(places >= 0, groups[places], -1)


def _groups(
    values: Sequence[Any], positions: FloatArray, scale: Scale, cells: int
) -> tuple[Codes, Codes]:
    """The values at which points are drawn, and for each value the group of its point: every value
    has one, but of very many cells, bins of the axis."""
    if len(values) <= BINS or not many(cells):
        return np.arange(len(values)), np.arange(len(values))
    log = scale == "log"
    groups = bins(positions, float(positions[0]), float(positions[-1]), log=log)
    first = starts(groups)
    return (first + np.append(first[1:], len(groups)) - 1) // 2, groups


def _scale(values: Sequence[Any]) -> Scale:
    """The scale on which all of the values have a place and can be distinguished."""
    if any(isinstance(value, str) or not math.isfinite(value) for value in values):
        return "even"
    first, last = float(min(values)), float(max(values))
    if first > 0:
        return "log" if last >= LOGARITHMIC * first else "linear"
    positive = min((value for value in values if value > 0), default=last)
    return "even" if first == 0 and last > LINEAR * positive else "linear"


def _largest(cells: Table, groups: Codes) -> dict[str, NDArray[Any]]:
    """The largest values of each group of cells of one theorem, with its lower bound."""
    lower = lower_values(cells)
    order = np.argsort(groups, kind="stable")
    order = order[groups[order] >= 0]
    begin = starts(groups[order])
    measured, bound = column(cells, "measured")[order], column(cells, "bound")[order]
    violated = rows_with(cells, "status", ("violated",))[order]
    ratio = np.where(violated, measured / bound, -np.inf)
    worst = begin
    if np.any(violated):
        worst = np.lexsort((np.arange(len(order)), -ratio, groups[order]))[begin]
    count = np.add.reduceat(violated, begin, dtype=np.intp)
    return {
        "group": groups[order][begin],
        "cells": np.diff(np.append(begin, len(order))),
        "violated": count,
        "measured": np.maximum.reduceat(measured, begin),
        "bound": np.maximum.reduceat(bound, begin),
        "lower": np.maximum.reduceat(lower[order], begin),
        "worst": np.where(count > 0, measured[worst], np.nan),
    }


def lower_values(rows: Table) -> FloatArray:
    """The lower bound of each cell of one theorem: for every step size where the theorem chose the
    steps, otherwise at the steps; NaN without one."""
    values = np.full(len(rows), np.nan)
    if not len(rows):
        return values
    if any(any(distinct(rows, name)) for name in rows.columns if name.endswith(SCHEDULE)):
        return values
    chosen = distinct(rows.take(slice(1)), "mode") != ["tuned"]
    for lower in _of_class(rows):
        values = np.fmax(values, _evaluated(lower, rows, chosen))
    return values


def of_theorem(theorem: theorems.Theorem) -> tuple[LowerBound, ...]:
    """The lower bounds of the library on the method and the measure of a theorem whose problems are
    in its class."""
    found = lower_bounds.for_method(theorem.method.name, measure_name(theorem))
    symbols = symbols_in(theorem)
    return tuple(lower for lower in found if lower.covers(symbols))


def _of_class(rows: Table) -> tuple[LowerBound, ...]:
    """The lower bounds of the class of a theorem of the library; of others, the class is not
    known."""
    first = rows.take(slice(1))
    named = (distinct(first, name) for name in ("theorem", "label", "method", "measure"))
    known = tuple(names[0] if names else None for names in named)
    for kind in theorems.LIBRARY:
        if known == (kind.__name__, kind.label, kind.method.name, measure_name(kind)):
            return of_theorem(kind())
    return ()


def _evaluated(lower: LowerBound, rows: Table, chosen: bool) -> FloatArray:
    names = lower.bound.names | (lower.at_steps.names if chosen else frozenset())
    values = {name: column(rows, f"known_{name}", column(rows, name, math.nan)) for name in names}
    with np.errstate(all="ignore"):
        found = np.asarray(lower.bound.value(values))
        return np.fmax(found, lower.at_steps.value(values)) if chosen else found


def _classes(rows: Mapping[str, Table], points: Sequence[Table]) -> dict[str, str]:
    """The theorems that have a band, each with the name of its method: of several on one method,
    the one with the smallest bound."""
    chosen = dict[str, tuple[float, str]]()
    for (name, cells), mine in zip(rows.items(), points, strict=True):
        if np.any(np.isfinite(mine["lower"])):
            method = str(next(iter(distinct(cells, "method")), None))
            typical = float(np.median(mine["bound"]))
            chosen[method] = min(chosen.get(method, (math.inf, "")), (typical, name))
    return {name: method for method, (_, name) in chosen.items()}
