"""Distinct values of a table's columns, with a code for each row, and medians of groups of rows."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.column_table import ColumnTable
from auxtheory.table import Table, is_nan
from auxtheory.typing import FloatArray

Codes = NDArray[np.intp]


def coded(table: Table, name: str) -> tuple[Codes, list[Any]]:
    """The distinct values of a column in order of first appearance, and for each row the place of
    its value among them: −1 without a value, such as None, NaN, or a missing column."""
    size = len(table)
    if name not in table.columns:
        return np.full(size, -1), []
    if isinstance(table, ColumnTable):
        codes, values = table.coded(name)
    else:
        # As an array, a column of texts and numbers would be texts alone.
        places = dict[Any, int]()
        codes = np.array(
            [places.setdefault(row.get(name), len(places)) for row in table.rows], dtype=np.intp
        )
        values = tuple(places)
    first = np.full(len(values), size)
    first[codes[::-1]] = np.arange(size)[::-1]
    kept = [i for i in np.argsort(first).tolist() if first[i] < size and not is_nan(values[i])]
    renumbered = np.full(len(values), -1, dtype=np.intp)
    renumbered[kept] = np.arange(len(kept))
    return renumbered[codes], [values[i] for i in kept]


def distinct(table: Table, name: str, default: Any = None) -> list[Any]:
    """The values of a column in order of first appearance; a default for rows without a value."""
    codes, values = coded(table, name)
    lacking = default is not None and default not in values and bool(np.any(codes < 0))
    return [*values, default] if lacking else values


def rows_with(table: Table, name: str, wanted: Container[Any]) -> NDArray[np.bool_]:
    """Which rows have one of these values."""
    codes, values = coded(table, name)
    return np.array([value in wanted for value in values] + [False], dtype=bool)[codes]


def pairs(one: tuple[Codes, Sequence[Any]], other: tuple[Codes, Sequence[Any]]) -> Codes:
    """The distinct pairs of codes of two columns, (pairs, 2), of rows that have both values."""
    (a, _), (b, values) = one, other
    both = (a >= 0) & (b >= 0)
    width = max(len(values), 1)
    together = np.unique(a[both] * width + b[both])
    return np.stack(np.divmod(together, width), axis=-1)


def starts(ordered: NDArray[Any]) -> Codes:
    """The index of the first of each run of equal values."""
    if not len(ordered):
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def medians(values: FloatArray, groups: NDArray[Any]) -> FloatArray:
    """The median of the values of each group, in ascending order of the groups."""
    return quantiles(values, groups, (0.5,))[0]


def quantiles(values: FloatArray, groups: NDArray[Any], shares: Sequence[float]) -> FloatArray:
    """Quantiles of the values of each group, (shares, groups), in ascending order of the groups;
    between two values as `numpy.quantile`, NaN for groups with one.

    The median is the mean of the two values in the middle, as `numpy.median`.
    """
    order = np.lexsort((values, groups))
    ordered = np.asarray(values, dtype=float)[order]
    begin = starts(np.asarray(groups)[order])
    size = np.diff(np.append(begin, len(ordered)))
    found = np.empty((len(shares), len(begin)))
    for row, share in zip(found, shares, strict=True):
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
