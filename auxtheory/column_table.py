"""A table whose columns are arrays; a row is an object only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from auxtheory import csv_blocks, renamed
from auxtheory.errors import Checks
from auxtheory.printing import shown
from auxtheory.table import Row, Table

# Indices, a mask or a slice of rows.
Places: TypeAlias = "NDArray[Any] | slice"
Coded: TypeAlias = tuple[NDArray[np.intp], tuple[Any, ...]]
BLOCK = 2**14  # rows that become objects at once
MANY = 10**5  # rows of a table whose CSV is worth loading a library for


class Columns(Mapping[str, NDArray[Any]]):
    """The arrays of a table by the names of columns; a class derived from this one may answer
    questions about a column without making its array.

    Args:
        arrays: An array for each column, in order; a mapping that makes them when asked is fine.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self.names: Mapping[str, Any] = arrays

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    @property
    def rows(self) -> int:
        """The number of rows."""
        return next((len(self[name]) for name in self), 0)

    def coded(self, name: str) -> Coded:
        """The index of each row's value among the distinct values, and these."""
        return coded(self[name])

    def equal(self, name: str, value: Any) -> NDArray[np.bool_]:
        """Whether each row has this value."""
        return np.broadcast_to(np.asarray(self[name] == value, dtype=bool), (self.rows,))

    def at(self, name: str, places: NDArray[np.intp] | slice) -> NDArray[Any]:
        """The values in a few rows."""
        return self[name][places]

    def printed_alike(self, name: str) -> bool:
        """Whether all rows have one text in this column."""
        return printed_alike(self[name])

    def as_csv(self, name: str) -> csv_blocks.Block:
        """What gives the texts of a column in CSV."""
        return csv_blocks.column(lambda rows: self.at(name, rows), fast=self.rows > MANY)


class ColumnTable(Table):
    """A table whose columns are arrays of one length, read from a mapping when they are first used.

    `table[name]` is a new array; those of `table.arrays` are shared and not to be written to.

    Args:
        arrays: An array for each column, in order; a mapping that makes them when asked is fine.

    Example:
        >>> import numpy as np
        >>> from auxtheory.column_table import ColumnTable
        >>> table = ColumnTable({"T": np.array([10, 20]), "G": np.array([0.5, 0.25])})
        >>> table.where(T=20)["G"]
        array([0.25])
        >>> table.rows[0]
        {'T': 10, 'G': 0.5}
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        object.__setattr__(self, "_arrays", _columns(arrays))

    @property
    def arrays(self) -> Columns:
        """The array of each column."""
        arrays: Columns = vars(self)["_arrays"]
        return arrays

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self.arrays)

    def __len__(self) -> int:
        return self.arrays.rows

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """A dict for each row."""
        return tuple(self)

    def __iter__(self) -> Iterator[Row]:
        for start in range(0, len(self), BLOCK):
            yield from self._objects(slice(start, min(start + BLOCK, len(self))))

    def _objects(self, places: Any) -> Iterator[Row]:
        """A dict for each of some rows."""
        names = self.columns
        lists = [self.arrays.at(name, places).tolist() for name in names]
        for values in zip(*lists, strict=True):
            yield renamed.row(dict(zip(names, values, strict=True)))

    def __getitem__(self, column: str) -> Any:
        """One column as a new NumPy array, which may be written to."""
        return np.array(self.arrays[self._checked(column)])

    def _checked(self, column: str) -> str:
        """The present name of a column; InputError if there is none."""
        checks = Checks()
        column = renamed.column(column, self.columns, stacklevel=4)
        checks.member("column", column, self.columns)
        checks.done()
        return column

    def take(self, places: Places) -> Table:
        return ColumnTable(_Taken(self.arrays, np.arange(len(self))[places]))

    def where(self, **wanted: Any) -> Table:
        mask = np.ones(len(self), dtype=bool)
        for name, value in wanted.items():
            name = renamed.column(name, self.columns)
            mask &= self.arrays.equal(name, value) if name in self.arrays else False
        return ColumnTable(_Taken(self.arrays, np.flatnonzero(mask)))

    def drop(self, names: Iterable[str]) -> Table:
        checks = Checks()
        several = [names] if isinstance(names, str) else checks.several("names", names, "columns")
        checks.done()
        dropped = {renamed.column(str(name), self.columns) for name in several}
        return ColumnTable(_Chosen(self.arrays, [k for k in self.columns if k not in dropped]))

    def coded(self, column: str) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
        return self.arrays.coded(self._checked(column))

    def csv_texts(self) -> Iterator[str]:
        names = self.columns
        return csv_blocks.blocks(names, [self.arrays.as_csv(name) for name in names], len(self))

    def _some(self, places: Sequence[int]) -> Sequence[Row]:
        return tuple(self._objects(np.asarray(places, dtype=np.intp)))

    def _same(self, name: str) -> bool:
        return self.arrays.printed_alike(name)


def _columns(arrays: Mapping[str, NDArray[Any]]) -> Columns:
    return arrays if isinstance(arrays, Columns) else Columns(arrays)


class _Chosen(Columns):
    """Some of the columns of a table."""

    def __init__(self, columns: Columns, names: Sequence[str]) -> None:
        self.columns = columns
        self.names: Mapping[str, Any] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.names:
            raise KeyError(name)
        return self.columns[name]

    @property
    def rows(self) -> int:
        return self.columns.rows if self.names else 0

    def coded(self, name: str) -> Coded:
        return self.columns.coded(name)

    def equal(self, name: str, value: Any) -> NDArray[np.bool_]:
        return self.columns.equal(name, value)

    def at(self, name: str, places: NDArray[np.intp] | slice) -> NDArray[Any]:
        return self.columns.at(name, places)

    def printed_alike(self, name: str) -> bool:
        return self.columns.printed_alike(name)

    def as_csv(self, name: str) -> csv_blocks.Block:
        return self.columns.as_csv(name)


class _Taken(_Chosen):
    """Some rows of other columns, each taken when it is first asked for."""

    def __init__(self, columns: Columns, places: NDArray[np.intp]) -> None:
        super().__init__(columns, list(columns))
        self.places = places
        self.taken: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.taken:
            self.taken[name] = read_only(super().at(name, self.places))
        return self.taken[name]

    @property
    def rows(self) -> int:
        return len(self.places) if self.names else 0

    def coded(self, name: str) -> Coded:
        if name in self.taken:
            return coded(self.taken[name])
        codes, values = super().coded(name)
        return present(codes[self.places], values)

    def equal(self, name: str, value: Any) -> NDArray[np.bool_]:
        return Columns.equal(self, name, value)

    def at(self, name: str, places: NDArray[np.intp] | slice) -> NDArray[Any]:
        known = name in self.taken
        return self.taken[name][places] if known else super().at(name, self.places[places])

    def printed_alike(self, name: str) -> bool:
        return printed_alike(self[name])

    def as_csv(self, name: str) -> csv_blocks.Block:
        return Columns.as_csv(self, name)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same array for use by several, none of which may write to it."""
    array = array.view()
    array.flags.writeable = False
    return array


def printed_alike(array: NDArray[Any]) -> bool:
    """Whether all entries of a column are printed as one text."""
    if not len(array):
        return False
    if array.dtype.kind not in "fiu":
        first = array[0]
        text = shown(first)
        rest = array if array.dtype.kind == "O" else array[array != first]
        return all(value is first or shown(value) == text for value in rest)
    missing = np.isnan(array) if array.dtype.kind == "f" else False
    if np.any(missing):
        return bool(np.all(missing))
    low, high = np.min(array), np.max(array)
    if low == high == 0:  # the texts of 0 and −0 differ
        return not np.ptp(np.signbit(array).view(np.int8))
    # Printing keeps the order of numbers, so that it suffices to look at both ends.
    return shown(low) == shown(high)


def coded(array: NDArray[Any]) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
    """The distinct values of a column, in ascending order (objects: of first appearance), and the
    index of each row's value among them."""
    if array.dtype.kind != "O":
        begin = _runs(array)
        values, codes = np.unique(array[begin], return_inverse=True)
        codes = codes.astype(np.intp, copy=False)
        if len(begin) < len(array):
            codes = np.repeat(codes, np.diff(np.append(begin, len(array))))
        return codes, tuple(values.tolist())
    numbers: dict[Any, int] = {}
    places = [numbers.setdefault(value, len(numbers)) for value in array.tolist()]
    return np.array(places, dtype=np.intp), tuple(numbers)


def _runs(array: NDArray[Any]) -> NDArray[np.intp]:
    """The index of the first entry of each run of equal entries, NaN being equal to NaN."""
    if not len(array):
        return np.zeros(0, dtype=np.intp)
    changes = array[1:] != array[:-1]
    if array.dtype.kind in "fc":
        changes &= ~(np.isnan(array[1:]) & np.isnan(array[:-1]))
    return np.append(0, np.flatnonzero(changes) + 1)


def present(codes: NDArray[np.intp], values: Sequence[Any]) -> Coded:
    """The same coding without values that do not occur."""
    occurs = np.bincount(codes, minlength=len(values)) > 0
    if np.all(occurs):
        return codes, tuple(values)
    numbers = np.cumsum(occurs) - 1
    return numbers[codes], tuple(values[i] for i in np.flatnonzero(occurs).tolist())
