"""Columns of a grid in little memory: a value for each value of the axes on which a column depends,
and a byte for each cell where a column has few distinct values."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 255  # distinct values of a column that is held as a byte for each cell
FEW = 64  # distinct values in a batch up to which a column is tried as one
# Integers that have the bits of no value of a column: a NaN of a payload that no arithmetic makes.
UNSEEN: dict[int, Any] = {8: np.int64(0x7FF4A0E07E0271E5), 4: np.int32(-(2**31))}
Varies = tuple[bool, ...]


class Places:
    """Consecutive cells of a grid: where each stands in arrays over some of the axes.

    Args:
        shape: The lengths of the axes; the last varies fastest.
        first: The number of the first of the cells.
        count: How many they are.
    """

    def __init__(self, shape: Sequence[int], first: int, count: int) -> None:
        self.shape = tuple(shape)
        self.first = first
        self.stop = first + count
        self.strides = [prod(self.shape[i + 1 :]) for i in range(len(self.shape))]
        self._indices: dict[int, NDArray[np.intp]] = {}
        self._known: dict[Varies, tuple[NDArray[np.intp], NDArray[np.intp]]] = {}

    def index(self, axis: int) -> NDArray[np.intp]:
        """The index of each cell along an axis."""
        if axis not in self._indices:
            cells = np.arange(self.first, self.stop)
            self._indices[axis] = cells // self.strides[axis] % self.shape[axis]
        return self._indices[axis]

    def along(self, varies: Varies) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """For each cell the index into a flat array over these axes, and the first cell of the grid
        that has the same one."""
        if varies not in self._known:
            flat = np.zeros(self.stop - self.first, dtype=np.intp)
            least = np.zeros_like(flat)
            for axis in np.flatnonzero(varies).tolist():
                flat = flat * self.shape[axis] + self.index(axis)
                least = least + self.index(axis) * self.strides[axis]
            self._known[varies] = flat, least
        return self._known[varies]


class Column:
    """A column of a grid, filled with consecutive cells in ascending order; `array` broadcasts to
    the grid.

    It begins with one value for all cells, and grows along the axes that turn out to matter. If
    cells are left out it may grow along more axes than it had to; it is right in any case.

    Args:
        shape: The lengths of the axes; the last varies fastest.
        kind: The type of the values, of 4 or 8 bytes.
    """

    def __init__(self, shape: Sequence[int], kind: Any) -> None:
        self.shape = tuple(shape)
        self.kind = np.dtype(kind)
        self.unseen = UNSEEN[self.kind.itemsize]
        self.varies: Varies = (False,) * len(self.shape)
        self.bits: NDArray[Any] = np.full(1, self.unseen)
        self.palette: NDArray[Any] | None = None  # the distinct values, if `bits` are indices
        self.last = 0

    @property
    def full(self) -> bool:
        """Whether each cell has an entry."""
        return all(v or n == 1 for v, n in zip(self.varies, self.shape, strict=True))

    @property
    def array(self) -> NDArray[Any]:
        """The values, of length 1 along axes on which the column does not depend."""
        codes, values = self.coded
        return codes if values is None else np.asarray(values[codes])

    @property
    def coded(self) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """The values and None, or indices and the distinct values; of length 1 along axes on which
        the column does not depend."""
        lengths = self._lengths(self.varies)
        if self.palette is None:
            return self.bits.view(self.kind).reshape(lengths), None
        return self.bits.reshape(lengths), self.palette.view(self.kind)

    @property
    def nbytes(self) -> int:
        """The bytes of its arrays."""
        return self.bits.nbytes + (0 if self.palette is None else self.palette.nbytes)

    def _lengths(self, varies: Varies) -> tuple[int, ...]:
        return tuple(n if v else 1 for n, v in zip(self.shape, varies, strict=True))

    def add(self, places: Places, values: NDArray[Any]) -> None:
        """Add the values of some cells."""
        new = np.ascontiguousarray(values, dtype=self.kind).view(self.unseen.dtype)
        if places.first < self.last and not self.full:
            self._grow((True,) * len(self.shape), places.first, new)
        self.last = max(self.last, places.stop)
        if not self.full and not self._fits(places, new):
            self._grow(self._needed(places, new), places.first, new)
            if not self.full and not self._fits(places, new):
                self._grow((True,) * len(self.shape), places.first, new)
        if self.full:
            self._write(places, new)

    def _fits(self, places: Places, new: NDArray[Any]) -> bool:
        """Whether the cells have the values that the array holds, to which those of new indices are
        added."""
        if not any(self.varies):
            self.bits[0] = new[0] if self.bits[0] == self.unseen else self.bits[0]
            return bool(np.all(new == self.bits[0]))
        flat, _ = places.along(self.varies)
        fresh = flat[self.bits[flat] == self.unseen]
        if len(fresh):
            self.bits[flat] = np.where(self.bits[flat] == self.unseen, new, self.bits[flat])
        fits = bool(np.all(self.bits[flat] == new))
        if not fits:
            self.bits[fresh] = self.unseen
        return fits

    def _needed(self, places: Places, new: NDArray[Any]) -> Varies:
        """The axes on which the column depends as far as these cells and those before show."""
        old = self.bits[places.along(self.varies)[0]]

        def enough(varies: Varies) -> bool:
            _, least = places.along(varies)
            first = new[np.maximum(least - places.first, 0)]
            before = np.where(old == self.unseen, new, old)
            return bool(np.all(new == np.where(least >= places.first, first, before)))

        needed = [n > 1 for n in self.shape]
        for axis in range(len(needed)):
            without = tuple(v and i != axis for i, v in enumerate(needed))
            if needed[axis] and not self.varies[axis] and enough(without):
                needed[axis] = False
        return tuple(needed)

    def _grow(self, varies: Varies, first: int, new: NDArray[Any]) -> None:
        """Repeat the values along more axes; those of cells from `first` on are unknown."""
        lengths = self._lengths(varies)
        old = np.broadcast_to(self.bits.reshape(self._lengths(self.varies)), lengths)
        self.varies = varies
        if self.full:
            distinct = _distinct(np.concatenate([self.bits, new]))
            distinct = distinct[distinct != self.unseen]
            if len(distinct) <= FEW and prod(lengths) > MOST:
                self.palette = distinct
                codes = np.minimum(np.searchsorted(distinct, old), len(distinct) - 1)
                self.bits = codes.astype(np.uint8).ravel()
                return
        self.bits = old.flatten()
        if not self.full:
            least = np.zeros(lengths, dtype=np.intp)
            places = Places(self.shape, 0, 0)
            for axis in np.flatnonzero(varies).tolist():
                index = np.arange(self.shape[axis]) * places.strides[axis]
                least += index.reshape([-1 if i == axis else 1 for i in range(len(lengths))])
            self.bits[least.ravel() >= first] = self.unseen

    def _write(self, places: Places, new: NDArray[Any]) -> None:
        """Write the values of cells each of which has an entry."""
        cells = slice(places.first, places.stop)
        if self.palette is not None:
            self._extend(new)
        self.bits[cells] = new if self.palette is None else np.searchsorted(self.palette, new)

    def _extend(self, new: NDArray[Any]) -> None:
        """Add distinct values, or hold the values themselves if there are too many."""
        old = self.palette
        assert old is not None
        codes = np.minimum(np.searchsorted(old, new), len(old) - 1)
        if np.array_equal(old[codes], new):
            return
        distinct = _distinct(np.concatenate([old, new]))
        if len(distinct) > MOST:
            self.bits = old[self.bits]
            self.palette = None
        else:
            self.bits = np.searchsorted(distinct, old).astype(np.uint8)[self.bits]
            self.palette = distinct


def _distinct(values: NDArray[Any]) -> NDArray[Any]:
    """The distinct values in ascending order; by sorting, which takes a tenth of the time of
    `numpy.unique`."""
    ascending = np.sort(values)
    return ascending[np.append(True, ascending[1:] != ascending[:-1])]
