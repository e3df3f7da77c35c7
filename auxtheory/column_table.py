"""A table whose columns are arrays; a row is an object only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from auxtheory import renamed
from auxtheory.errors import Checks
from auxtheory.printing import shown
from auxtheory.table import Row, Table

# Indices, a mask or a slice of rows.
Places: TypeAlias = "NDArray[Any] | slice"


class ColumnTable(Table):
    """A table whose columns are arrays of one length, read from a mapping when they are first used.

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
        object.__setattr__(self, "_arrays", arrays)

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The array of each column."""
        arrays: Mapping[str, NDArray[Any]] = vars(self)["_arrays"]
        return arrays

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self.arrays)

    def __len__(self) -> int:
        return next((len(self.arrays[name]) for name in self.arrays), 0)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """A dict for each row."""
        return tuple(self)

    def __iter__(self) -> Iterator[Row]:
        names = self.columns
        lists = [self.arrays[name].tolist() for name in names]
        for values in zip(*lists, strict=True):
            yield renamed.row(dict(zip(names, values, strict=True)))

    def __getitem__(self, column: str) -> Any:
        """One column as a NumPy array."""
        checks = Checks()
        column = renamed.column(column, self.columns)
        checks.member("column", column, self.columns)
        checks.done()
        return self.arrays[column]

    def take(self, places: Places) -> Table:
        return ColumnTable(_Taken(self.arrays, places))

    def where(self, **wanted: Any) -> Table:
        mask = np.ones(len(self), dtype=bool)
        for name, value in wanted.items():
            name = renamed.column(name, self.columns)
            mask &= np.asarray(self.arrays[name] == value) if name in self.arrays else False
        return self.take(mask)

    def drop(self, names: Iterable[str]) -> Table:
        checks = Checks()
        several = [names] if isinstance(names, str) else checks.several("names", names, "columns")
        checks.done()
        dropped = {renamed.column(str(name), self.columns) for name in several}
        return ColumnTable({k: self.arrays[k] for k in self.columns if k not in dropped})

    def coded(self, column: str) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
        return coded(self[column])

    def _some(self, places: Sequence[int]) -> Sequence[Row]:
        indices = np.asarray(places, dtype=np.intp)
        return tuple(ColumnTable({name: self.arrays[name][indices] for name in self.columns}))

    def _same(self, name: str) -> bool:
        return printed_alike(self.arrays[name])


class _Taken(Mapping[str, NDArray[Any]]):
    """Some rows of other columns, each taken when it is first asked for."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], places: Places) -> None:
        self.arrays = arrays
        self.places = places
        self.taken: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.taken:
            self.taken[name] = self.arrays[name][self.places]
        return self.taken[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


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
