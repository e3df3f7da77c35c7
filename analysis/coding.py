"""Distinct values of a table's columns, with a code for each row, and medians of groups of rows."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auxtheory.column_table import ColumnTable
from auxtheory.table import Table, is_nan
from auxtheory.typing import FloatArray

Codes = NDArray[np.intp]
Coded = tuple[Codes, list[Any]]


class Remembering(ColumnTable):
    """A table that stores the codes of its columns once they are computed; those of tables of its
    rows are taken from them.

    Args:
        arrays: The columns.
        origin: The table of which these are rows, and their places there.
    """

    known: dict[str, Coded]
    origin: tuple[Remembering, Any] | None

    def __init__(
        self, arrays: Mapping[str, NDArray[Any]], origin: tuple[Remembering, Any] | None = None
    ) -> None:
        super().__init__(arrays)
        object.__setattr__(self, "known", {})
        object.__setattr__(self, "origin", origin)

    def take(self, places: Any) -> Table:
        mask = isinstance(places, np.ndarray) and places.dtype.kind == "b"
        if (isinstance(places, slice) and places == slice(None)) or (mask and np.all(places)):
            return self
        taken: Any = super().take(places)
        return Remembering(taken.arrays, (self, places))


def coded(table: Table, name: str) -> Coded:
    """The distinct values of a column in order of first appearance, and for each row the place of
    its value among them: −1 without a value, such as None, NaN, or a missing column."""
    if not isinstance(table, Remembering):
        return _coded(table, name)
    if name not in table.known:
        table.known[name] = _coded(table, name)
    return table.known[name]


def _coded(table: Table, name: str) -> Coded:
    size = len(table)
    if name not in table.columns:
        return np.broadcast_to(np.intp(-1), (size,)), []
    if isinstance(table, Remembering) and table.origin is not None:
        origin, places = table.origin
        codes, several = coded(origin, name)
        return _in_order(codes[places], several)
    if isinstance(table, ColumnTable):
        codes, values = table.coded(name)
    else:
        # As an array, a column of texts and numbers would be texts alone.
        numbers = dict[Any, int]()
        codes = np.array(
            [numbers.setdefault(row.get(name), len(numbers)) for row in table.rows], dtype=np.intp
        )
        values = tuple(numbers)
    return _in_order(codes, values)


def _in_order(codes: Codes, values: Sequence[Any]) -> Coded:
    """The same coding with the values that occur, in order of first appearance."""
    size = len(codes)
    if size and not codes.strides[0]:
        codes = codes[:1]  # one value, once in memory
    first = np.full(len(values) + 1, size)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(first[:-1], kind="stable")[: int(np.sum(first[:-1] < size))].tolist()
    kept = [i for i in order if not is_nan(values[i])]
    if len(kept) == 1 and first[-1] == size and len(order) == 1:
        return np.broadcast_to(np.intp(0), (size,)), [values[kept[0]]]
    renumbered = np.full(len(values) + 1, -1, dtype=np.intp)
    renumbered[kept] = np.arange(len(kept))
    return np.broadcast_to(renumbered[codes], (size,)), [values[i] for i in kept]


def distinct(table: Table, name: str, default: Any = None) -> list[Any]:
    """The values of a column in order of first appearance; a default for rows without a value."""
    codes, values = coded(table, name)
    lacking = default is not None and default not in values and bool(np.any(codes < 0))
    return [*values, default] if lacking else values


def rows_with(table: Table, name: str, wanted: Container[Any]) -> NDArray[np.bool_]:
    """Which rows have one of these values."""
    codes, values = coded(table, name)
    return np.array([value in wanted for value in values] + [False], dtype=bool)[codes]


def together(tables: Sequence[Table]) -> Table:
    """The rows of tables of the same columns, one table after the other."""
    if all(isinstance(table, ColumnTable) for table in tables):
        return ColumnTable(_Joined(tables))
    return Table(tuple(row for table in tables for row in table.rows))


class _Joined(Mapping[str, NDArray[Any]]):
    """The columns of several tables, each put together when it is first asked for."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tables
        self.made = dict[str, NDArray[Any]]()

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.made:
            self.made[name] = np.concatenate([table[name] for table in self.tables])
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables[0].columns)

    def __len__(self) -> int:
        return len(self.tables[0].columns)


def pairs(one: tuple[Codes, Sequence[Any]], other: tuple[Codes, Sequence[Any]]) -> Codes:
    """The distinct pairs of codes of two columns, (pairs, 2), of rows that have both values."""
    (a, _), (b, values) = one, other
    both = (a >= 0) & (b >= 0)
    width = max(len(values), 1)
    together = a[both] * width + b[both]
    few = width * (int(a.max(initial=0)) + 1) <= len(a)
    distinct = np.flatnonzero(np.bincount(together)) if few else np.unique(together)
    return np.stack(np.divmod(distinct, width), axis=-1)


def starts(ordered: NDArray[Any]) -> Codes:
    """The index of the first of each run of equal values."""
    if not len(ordered):
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def medians(values: FloatArray, groups: NDArray[Any]) -> FloatArray:
    """The median of the values of each group, in ascending order of the groups."""
    return quantiles(values, groups, (0.5,))[0]


def quantiles(
    values: FloatArray,
    groups: NDArray[Any],
    shares: Sequence[float],
    *,
    method: Literal["linear", "inverted_cdf"] = "linear",
) -> FloatArray:
    """Quantiles of the values of each group, (shares, groups), in ascending order of the groups,
    with the methods of `numpy.quantile`; NaN for groups that hold NaN.

    Figures interpolate ("linear"): the median is the mean of the two values in the middle, as
    `numpy.median`. Tables of measured/bound show values of cells ("inverted_cdf"): the smallest
    value at or below which at least this share of the group lies.
    """
    order = np.lexsort((values, groups))
    ordered = np.asarray(values, dtype=float)[order]
    begin = starts(np.asarray(groups)[order])
    size = np.diff(np.append(begin, len(ordered)))
    found = np.empty((len(shares), len(begin)))
    for row, share in zip(found, shares, strict=True):
        if method == "inverted_cdf":
            place = np.maximum(np.ceil(share * size) - 1, 0.0)
        else:
            place = share * (size - 1)
        low = np.floor(place).astype(np.intp)
        part = place - low
        one, two = ordered[begin + low], ordered[begin + np.minimum(low + 1, size - 1)]
        with np.errstate(invalid="ignore", over="ignore"):
            between = (one + two) / 2 if share == 0.5 else one + (two - one) * part
        row[:] = np.where((part == 0) | (one == two), one, between)
    if len(begin):
        found[:, np.isnan(ordered[begin + size - 1])] = np.nan
    return found
