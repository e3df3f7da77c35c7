"""Selecting the cells of a table that a figure draws, and the axis, with errors if this is
impossible."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.errors import Checks
from auxtheory.measures.words import words
from auxtheory.study.grid import NAMES, NOISE, STEPS
from auxtheory.table import JUDGED, Row, Table
from auxtheory.typing import FloatArray

AXES = tuple(name for name in NAMES if name != "engine")
# The columns of cells that are no axes, with those that begin with known_; what is not among them
# is a step parameter of a user's method.
NOT_AXES = frozenset(
    (
        *("theorem", "label", "method", "measure", "target", "family", "title", "unit", "cell"),
        *("status", "error", "mode", "engine", "replicas", "diverged", "calls_r", "calls_h"),
        *("measured", "se", "bound", "ratio", "dominant", "share", "slope", "predicted", "p"),
    )
)
NEEDED = ("theorem", "status", "measured", "bound", "dominant", "share")


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """The cells of one theorem in the order of x; `over` is the glyph of x."""

    theorem: str
    method: str
    rows: Table
    x: FloatArray
    over: str

    def medians(self, name: str) -> FloatArray:
        """The median of a column at each distinct x, in order."""
        y = self.rows[name]
        return np.array([np.median(y[self.x == value]) for value in np.unique(self.x)])


def axes_among(columns: Iterable[str]) -> tuple[str, ...]:
    """The columns that can be axes: those of every study, and step parameters."""
    known = {*NAMES, *NOT_AXES}
    further = (name for name in columns if name not in known)
    return *AXES, *(name for name in further if not name.startswith(("known_", "local")))


def curves(table: Table, against: str) -> tuple[Curve, ...]:
    """A curve for each theorem over the axis `against`, of the cells with numbers and x > 0; there
    may be several seeds.

    Against sigma_r, x is the σ_r of the theorem's method. For a method whose refresh has no noise
    (SGD, naive, exact correction) x is the noise of its local steps (for SGD, σ_f), or σ_f if they
    have none. InputError lists every other axis of several values, and how to select one.
    """
    checks = Checks()
    check_table(checks, table)
    names = [name for name in axes_among(table.columns) if name != "seed"]
    checks.member("against", against, (*names, "sigma_r"))
    checks.done()
    drawable = with_numbers(checks, table)
    varied = [name for name in NOISE if len(values(drawable, name)) > 1]
    one_value(
        checks, drawable, free=("seed", *(varied[:1] if against == "sigma_r" else (against,)))
    )
    drawn = [
        _curve(name, drawable.where(theorem=name), against)
        for name in dict.fromkeys(row["theorem"] for row in drawable)
    ]
    lines = tuple(curve for curve in drawn if len(curve.x))
    if len({x for curve in lines for x in curve.x.tolist()}) < 2:
        allowed = f"must hold cells with numbers at two values of {against} > 0 or more"
        checks.complain("table", f"{len(table)} rows", allowed)
    checks.done()
    return lines


def _curve(name: str, rows: Table, against: str) -> Curve:
    x, over = abscissa(rows, against)
    order = [i for i in np.argsort(x, kind="stable") if x[i] > 0 and np.isfinite(x[i])]
    method = rows.rows[0].get("method", name)
    return Curve(
        theorem=name,
        method=method,
        rows=Table(tuple(rows.rows[i] for i in order)),
        x=x[order],
        over=over,
    )


def abscissa(rows: Table, against: str) -> tuple[FloatArray, str]:
    """The x of each of one theorem's rows, and its glyph."""
    if against != "sigma_r":
        return column(rows, against), glyph(against)
    levels = {
        n: column(rows, f"known_{n}", column(rows, n)) for n in ("sigma_r", "sigma_h", "sigma_f")
    }
    varied = [
        n
        for n, level in levels.items()
        if np.nanmax(level, initial=0) > np.nanmin(level, initial=np.inf)
    ]
    noisy = [n for n, level in levels.items() if np.any(level > 0)]
    name = (varied or noisy or ["sigma_r"])[0]
    same = name == "sigma_h" and np.array_equal(levels[name], levels["sigma_f"])
    return levels[name], glyph("sigma_f" if same else name)


def column(rows: Table, name: str, default: Any = 0.0) -> FloatArray:
    """A column as numbers, or the default if the table has no such column."""
    values_given = rows[name] if name in rows.columns else np.broadcast_to(default, (len(rows),))
    return np.asarray(values_given, dtype=float)


def values(table: Table, axis: str) -> list[Any]:
    """The distinct values of an axis, in order; steps that theorems chose, and the K of single
    steps, are not axes."""
    single = single_steps(table) if axis == "K" else frozenset()
    distinct = {
        row[axis]
        for row in table
        if row.get(axis) is not None
        and row[axis] == row[axis]
        and row.get("theorem") not in single
        and not (axis in STEPS and row.get("mode") == "tuned")
    }
    return sorted(distinct)


def engines(table: Iterable[Row]) -> list[str]:
    """The engines, if a theorem was run by several of them; engines that auto chose are not an
    axis."""
    used = {(row["theorem"], row["engine"]) for row in table if row.get("engine")}
    several = len(used) > len({theorem for theorem, _ in used})
    return sorted({engine for _, engine in used}) if several else []


def single_steps(table: Table) -> frozenset[Any]:
    """The theorems that occur in the table only at K = 1."""
    several = {row.get("theorem") for row in table if row.get("K", 1) != 1}
    return frozenset(row.get("theorem") for row in table) - several


def check_table(
    checks: Checks, table: Any, needed: Iterable[str] = (), whose: str = "a study's"
) -> None:
    """Raise InputError unless the argument is a table with the needed columns; whose: its
    description."""
    if not isinstance(table, Table):
        checks.complain(
            "table",
            table,
            f"must be {whose}: Results, as study.run() returns them, or another at.Table",
        )
        checks.done()
    lacking = [name for name in needed if name not in table.columns]
    if lacking:
        checks.complain(
            "table",
            f"{len(table)} rows",
            f"must be {whose}; it lacks the columns {', '.join(lacking)}",
        )
        checks.done()


def with_numbers(checks: Checks, table: Table, needed: Iterable[str] = NEEDED) -> Table:
    """The cells inside their theorem whose measured value and bound can be drawn."""
    check_table(checks, table, needed)
    return Table(tuple(row for row in table if row["status"] in JUDGED and _drawable(row, needed)))


def _drawable(row: Row, needed: Iterable[str]) -> bool:
    return all(0 < row[name] < math.inf for name in ("measured", "bound") if name in needed)


def one_value(checks: Checks, table: Table, free: Iterable[str]) -> None:
    """Complain of every axis but the free ones that has several values, and of several measures."""
    by_axis = {
        axis: values(table, axis) for axis in axes_among(table.columns) if axis not in set(free)
    }
    by_axis["measure"] = sorted({row.get("measure", "G") for row in table})
    by_axis["engine"] = engines(table)
    for axis, several in by_axis.items():
        if len(several) > 1:
            allowed = (
                f"must be one value; select it, by .sel({axis}={several[0]!r}) or --where "
                f"{axis}={several[0]}"
            )
            checks.complain(axis, several, allowed)


def pick(table: Table, wanted: Mapping[str, Any]) -> Table:
    """Return the rows with the wanted values.

    Numbers are compared to 6 digits. Rows of methods with single steps are kept for every wanted K.

    Args:
        table: the results of a study, or another table.
        wanted: the wanted value of each column.

    Returns:
        The rows, in the same order.

    Raises:
        InputError: lists every name that is not a column, and every value that no row has.

    Example:
        >>> from auxtheory import analysis
        >>> from auxtheory.table import Table
        >>> table = Table(({"theorem": "AuxMOM", "K": 2}, {"theorem": "AuxMOM", "K": 4}))
        >>> len(analysis.pick(table, {"K": 4}))
        1
    """
    checks = Checks()
    checks.instance(
        "wanted", wanted, Mapping, "a mapping from columns to values, such as {'K': 10}"
    )
    check_table(checks, table)
    checks.done()
    single = single_steps(table)
    for name, value in wanted.items():
        have = list(dict.fromkeys(row[name] for row in table if name in row))
        if not have:
            checks.member("where", name, table.columns)
        elif not any(_same(value, other) for other in have):
            checks.complain(name, value, f"must be one of {', '.join(map(str, have))}")
    checks.done()

    def fits(row: Row, name: str, value: Any) -> bool:
        return _same(row.get(name), value) or (name == "K" and row["theorem"] in single)

    return Table(tuple(row for row in table if all(fits(row, *item) for item in wanted.items())))


def _same(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | float | np.number) and isinstance(
        other, int | float | np.number
    )
    return math.isclose(one, other, rel_tol=1e-6) if numbers else one == other


def glyph(name: str) -> str:
    """The symbol or name of a column in figures."""
    if name in GLOSSARY:
        return GLOSSARY[name].glyph
    return {"correlation": "ρ", "dim": "d"}.get(name, name)


def caption(table: Table, free: Iterable[str]) -> str:
    """The values that all cells have in common, on one line."""
    names = [axis for axis in axes_among(table.columns) if axis not in {*free, "seed"}]
    shown = [(axis, values(table, axis)) for axis in names]
    parts = [
        f"{glyph(axis)} = {levels[0] if isinstance(levels[0], str) else format(levels[0], 'g')}"
        for axis, levels in shown
        if len(levels) == 1 and levels[0] != math.inf
    ]
    engines = sorted({row["engine"] for row in table if row.get("engine")})
    return ", ".join([*parts, *([f"engine {' and '.join(engines)}"] if engines else [])])


def measure_label(table: Table) -> str:
    """The label of an axis of measured values: the measure in words with its unit, or "measured" if
    there are several."""
    names = {str(row.get("measure", "G")) for row in table}
    return words(*names).label if len(names) == 1 else "measured"


def not_drawn(left: int, total: int) -> str:
    """The note about cells that cannot be drawn."""
    return f", {left} of {total} cells not drawn" if left else ""


def edges(centres: FloatArray, log: bool = True) -> FloatArray:
    """The borders of cells around ascending centres, half-way on a logarithmic or linear scale."""
    c = np.log(centres) if log else np.asarray(centres, dtype=float)
    middles = (c[1:] + c[:-1]) / 2
    first, last = (middles[0], middles[-1]) if len(middles) else (c[0] + 0.5, c[0] - 0.5)
    borders = np.concatenate([[2 * c[0] - first], middles, [2 * c[-1] - last]])
    return np.exp(borders) if log else borders
