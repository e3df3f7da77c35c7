"""Selecting the cells of a table that a figure draws, and the axis, with errors if this is
impossible."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.analysis.coding import coded, distinct, medians, pairs, rows_with, starts
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.errors import Checks
from auxtheory.measures.words import words
from auxtheory.study.grid import NAMES, NOISE, STEPS
from auxtheory.table import JUDGED, Table
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
SAME = 1e-6  # relative difference of numbers that are selected together
MENTIONED = 30  # values of a column that an error lists


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """The cells of one theorem in the order of x; `over` is the glyph of x."""

    theorem: str
    method: str
    rows: Table
    x: FloatArray
    over: str

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """The index of the first cell at each distinct x."""
        return starts(self.x)

    @property
    def distinct(self) -> FloatArray:
        """The distinct x, in order."""
        return self.x[self.starts]

    def medians(self, name: str) -> FloatArray:
        """The median of a column at each distinct x, in order."""
        return self.medians_of(column(self.rows, name))

    def medians_of(self, values: FloatArray) -> FloatArray:
        """The median of the cells' values at each distinct x, in order."""
        return values if len(self.starts) == len(values) else medians(values, self.x)


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
    codes, names = coded(drawable, "theorem")
    drawn = [
        _curve(name, drawable.take(np.flatnonzero(codes == i)), against)
        for i, name in enumerate(names)
    ]
    lines = tuple(curve for curve in drawn if len(curve.x))
    if len(np.unique([end for curve in lines for end in (curve.x[0], curve.x[-1])])) < 2:
        allowed = f"must hold cells with numbers at two values of {against} > 0 or more"
        checks.complain("table", f"{len(table)} rows", allowed)
    checks.done()
    return lines


def _curve(name: str, rows: Table, against: str) -> Curve:
    x, over = abscissa(rows, against)
    order = np.argsort(x, kind="stable")
    order = order[(x[order] > 0) & np.isfinite(x[order])]
    return Curve(
        theorem=name,
        method=(distinct(rows, "method") or [name])[0],
        rows=rows.take(order),
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
    if name not in rows.columns:
        return np.broadcast_to(np.asarray(default, dtype=float), (len(rows),))
    return np.asarray(rows[name], dtype=float)


def values(table: Table, axis: str) -> list[Any]:
    """The distinct values of an axis, in order; steps that theorems chose, and the K of single
    steps, are not axes."""
    codes, several = coded(table, axis)
    if axis == "K" and several:
        codes = codes[~rows_with(table, "theorem", single_steps(table))]
    if axis in STEPS:
        codes = codes[~rows_with(table, "mode", ("tuned",))]
    if len(codes) < len(table):
        used = np.bincount(codes[codes >= 0], minlength=len(several))
        several = [value for value, count in zip(several, used, strict=True) if count]
    return sorted(several)


def engines(table: Any) -> list[str]:
    """The engines, if a theorem was run by several of them; engines that auto chose are not an
    axis."""
    used = coded(table, "engine")
    if len(used[1]) < 2:
        return []
    both = [pair for pair in pairs(coded(table, "theorem"), used).tolist() if used[1][pair[1]]]
    several = len(both) > len({theorem for theorem, _ in both})
    return sorted({used[1][engine] for _, engine in both}) if several else []


def single_steps(table: Table) -> frozenset[Any]:
    """The theorems that occur in the table only at K = 1."""
    theorems, names = coded(table, "theorem")
    K = column(table, "K", 1.0)
    more = theorems[(K != 1) & ~np.isnan(K)]
    several = np.bincount(more[more >= 0], minlength=len(names)) > 0
    return frozenset(name for name, each in zip(names, several, strict=True) if not each)


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
    drawable = rows_with(table, "status", JUDGED)
    for name in ("measured", "bound"):
        if name in needed:
            numbers = column(table, name)
            drawable &= (numbers > 0) & (numbers < math.inf)
    return table.take(drawable)


def one_value(checks: Checks, table: Table, free: Iterable[str]) -> None:
    """Complain of every axis but the free ones that has several values, and of several measures."""
    by_axis = {
        axis: values(table, axis) for axis in axes_among(table.columns) if axis not in set(free)
    }
    by_axis["measure"] = sorted(distinct(table, "measure", "G"))
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
    chosen = np.ones(len(table), dtype=bool)
    for name, value in wanted.items():
        fitting, have = _equal(table, name, value)
        if name not in table.columns or not len(table):
            checks.member("where", name, table.columns)
        elif not np.any(fitting):
            checks.complain(name, value, f"must be one of {_listed(have)}")
        if name == "K":
            fitting |= rows_with(table, "theorem", single_steps(table))
        chosen &= fitting
    checks.done()
    return table.take(chosen) if wanted else table


def _equal(table: Table, name: str, value: Any) -> tuple[NDArray[np.bool_], list[Any]]:
    """Which rows have the value, numbers to 6 digits, and the values that there are."""
    codes, have = coded(table, name)
    if not isinstance(value, int | float | np.number):
        same = np.array([value == other for other in have], dtype=bool)
    else:
        wanted = float(value)
        numbers = np.array([_number(other) for other in have], dtype=float)
        with np.errstate(invalid="ignore"):
            near = abs(numbers - wanted) <= SAME * np.maximum(abs(numbers), abs(wanted))
        same = (numbers == wanted) | (near & np.isfinite(numbers) & np.isfinite(wanted))
    return np.append(same, False)[codes], have


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float | np.number) else np.nan


def _listed(have: Sequence[Any]) -> str:
    """The values of a column, of very many the first."""
    more = ", …" if len(have) > MENTIONED else ""
    return ", ".join(map(str, have[:MENTIONED] or ["nan"])) + more


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
    engines = sorted(filter(None, distinct(table, "engine")))
    return ", ".join([*parts, *([f"engine {' and '.join(engines)}"] if engines else [])])


def measure_label(table: Table) -> str:
    """The label of an axis of measured values: the measure in words with its unit, or "measured" if
    there are several."""
    names = set(map(str, distinct(table, "measure", "G")))
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
