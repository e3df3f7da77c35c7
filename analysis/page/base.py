"""The interface of a study's results for the page, what the page reads of its cells, and how it
writes names and numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from auxtheory.analysis import coding
from auxtheory.analysis.coding import Remembering
from auxtheory.analysis.selection import axes_among, engines, glyph
from auxtheory.column_table import ColumnTable
from auxtheory.table import JUDGED, STATUSES, Table
from auxtheory.typing import FloatArray

Codes = NDArray[np.intp]


class Results(Protocol):
    """The cells of a study as columns, with the title, provenance and theorems of the study."""

    @property
    def title(self) -> str: ...
    @property
    def provenance(self) -> Mapping[str, str]: ...
    @property
    def theorems(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def definition(self) -> str: ...
    @property
    def dataset(self) -> Any: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Axis:
    """An axis of the study: its values, numbers in ascending order before texts, the number of the
    value of each cell (−1: none), and as many digits as distinguish the values."""

    values: Sequence[Any]
    codes: Codes
    digits: int

    def __len__(self) -> int:
        return len(self.values)

    def text(self, code: int) -> str:
        """The value with this number as the page shows it."""
        return text(self.values[code], self.digits) if code >= 0 else "–"

    @property
    def texts(self) -> tuple[str, ...]:
        """All values as the page shows them."""
        return tuple(text(value, self.digits) for value in self.values)


class View:
    """The cells of a study as the page reads them: arrays by column, each read once.

    Cells are numbered by their place in the table; `cells` are such numbers.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        whole: Any = results
        # Figures ask for the distinct values of each column again and again.
        self.table: Table = Remembering(whole.arrays) if isinstance(whole, ColumnTable) else whole
        # The number of each cell's theorem, and the names of the theorems.
        self.theorem, self.names = coded(self.table, "theorem")

    def __len__(self) -> int:
        return len(self.results)

    @cached_property
    def all(self) -> Codes:
        """The numbers of all cells."""
        return np.arange(len(self))

    def of(self, theorem: str) -> Codes:
        """The cells of one theorem."""
        known = theorem in self.names
        return np.flatnonzero(self.theorem == self.names.index(theorem)) if known else self.all[:0]

    @cached_property
    def status(self) -> NDArray[np.int8]:
        """The place of each cell's status among `STATUSES`."""
        codes, values = coded(self.table, "status")
        return np.array([tuple(STATUSES).index(value) for value in values], dtype=np.int8)[codes]

    @cached_property
    def judged(self) -> NDArray[np.bool_]:
        """Which cells are inside their theorem and were judged."""
        return np.isin(self.status, [tuple(STATUSES).index(status) for status in JUDGED])

    @cached_property
    def ratio(self) -> FloatArray:
        """measured/bound of every cell that was judged, NaN otherwise."""
        return np.where(self.judged, numbers(self.table, "ratio"), np.nan)

    @cached_property
    def axes(self) -> Mapping[str, Axis]:
        """The axes along which the study varies.

        Steps that theorems prescribe (mode tuned) vary with the cell, but are not axes.
        """
        table = self.table
        tuned = "tuned" in coded(table, "mode")[1]
        names = [n for n in axes_among(table.columns) if not (tuned and n in ("eta", "a"))]
        found = {name: axis(table, name) for name in dict.fromkeys((*names, "engine"))}
        used = engines(table)
        return {
            name: found[name]
            for name in found
            if len(found[name]) > 1 and (name != "engine" or len(used) > 1)
        }

    def place(self, cell: int) -> str:
        """The place of a cell in the study, such as "δ = 0.1, K = 10"."""
        return self.place_on(cell, tuple(self.axes))

    def place_on(self, cell: int, names: Sequence[str]) -> str:
        """The place of a cell on some of the axes."""
        codes = ((name, self.axes[name].codes[cell]) for name in names)
        parts = (
            f"{glyph(name)} = {self.axes[name].text(code)}" for name, code in codes if code >= 0
        )
        return ", ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def coded(table: Table, name: str) -> tuple[Codes, list[Any]]:
    """The distinct values of a column in order of first appearance, and for each cell the number of
    its value: −1 without a value, such as None, NaN, "" or a missing column."""
    codes, values = coding.coded(table, name)
    if "" not in values:
        return codes, values
    empty = values.index("")
    codes = np.where(codes == empty, -1, codes - (codes > empty))
    return codes, [*values[:empty], *values[empty + 1 :]]


def axis(table: Table, name: str) -> Axis:
    """A column as an axis."""
    codes, values = coded(table, name)
    order = sorted(range(len(values)), key=lambda i: (isinstance(values[i], str), values[i]))
    ranks = np.full(len(values) + 1, -1)
    ranks[order] = np.arange(len(values))
    ordered = [values[i] for i in order]
    return Axis(values=ordered, codes=ranks[codes], digits=digits_of(ordered))


def digits_of(values: Sequence[Any]) -> int:
    """The number of digits, 4 or more, with which ascending values have different texts."""
    for digits in range(4, 17):
        # Only neighbours can have the same text.
        if all(text(one, digits) != text(other, digits) for one, other in pairwise(values)):
            return digits
    return 17


def numbers(table: Table, name: str) -> FloatArray:
    """A column as numbers, NaN without a value."""
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return np.asarray(table[name], dtype=float)


def plain(value: Any) -> Any:
    """A value of a column as a Python object; None for NaN."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def text(value: Any, digits: int = 4) -> str:
    """A value as the page shows it: "–" if missing, "∞", whole numbers in full, others to `digits`
    digits."""
    value = plain(value)
    if value is None:
        return "–"
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(value, float):
        mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return str(value)


def median(ratios: FloatArray) -> float:
    """The smallest ratio at or below which half of them lie, as in `Results.quantiles`."""
    return float(np.quantile(ratios, 0.5, method="inverted_cdf"))


def among(table: Table, cells: Codes, name: str) -> str:
    """The range of one column over some cells: "–", one value, or "smallest … largest"."""
    if name not in table.columns:
        return "–"
    values = np.asarray(table[name])[cells]
    if values.dtype.kind == "f":
        values = values[~np.isnan(values)]
    if not len(values):
        return "–"
    return " … ".join(dict.fromkeys(text(value) for value in (values.min(), values.max())))
