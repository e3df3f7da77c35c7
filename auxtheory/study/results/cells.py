"""The cells of a study as columns by theorem, each in the least memory that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from auxtheory.study.results.compact import Column, Places
from auxtheory.study.results.layout import Layout
from auxtheory.study.storage.index import STATUSES
from auxtheory.study.storage.reader import Reader
from auxtheory.study.storage.records import COUNTS, NUMBERS, TEXTS

KINDS: Mapping[str, str] = {
    **{name: "<f8" for name in NUMBERS},
    **{name: "<i8" for name in COUNTS},
    **{name: "<i4" for name in TEXTS},
}
# The largest number of cells that are held in memory; of a larger study each column is read by
# itself.
MOST = 2 * 10**7


class Piece(NamedTuple):
    """A column of one theorem by dimension, of length 1 along those on which it does not depend;
    with a `table`, `codes` are indices of its values."""

    codes: NDArray[Any]
    table: NDArray[Any] | None = None

    @property
    def values(self) -> NDArray[Any]:
        """The values themselves."""
        return self.codes if self.table is None else np.asarray(self.table[self.codes], self.kind)

    @property
    def kind(self) -> np.dtype[Any]:
        """The type of the values."""
        return self.codes.dtype if self.table is None else self.table.dtype


def texts(words: Iterable[str]) -> NDArray[np.object_]:
    """Texts as an array."""
    return np.array([*words], dtype=object)


class Cells:
    """All cells of a study, read when a column is first used.

    Args:
        reader: Reads the batches of the study.
        layout: The order of the cells.
    """

    def __init__(self, reader: Reader, layout: Layout) -> None:
        self.reader = reader
        self.layout = layout

    @property
    def loaded(self) -> bool:
        """Whether the columns are in memory."""
        return "columns" in vars(self)

    @cached_property
    def columns(self) -> tuple[Mapping[str, Column], ...]:
        """The columns of each theorem; entries of cells that were not run mean nothing."""
        columns = [
            {name: Column(block.shape, kind) for name, kind in KINDS.items()}
            for block in self.layout.blocks
        ]
        for cells, fields in self.reader.segments():
            for part, block in zip(columns, self.layout.blocks, strict=True):
                first = max(cells.start, block.first)
                last = min(cells.stop, block.first + block.size)
                if first < last:
                    places = Places(block.shape, first - block.first, last - first)
                    inside = slice(first - cells.start, last - cells.start)
                    for name, column in part.items():
                        column.add(places, fields[name][inside])
        return tuple(columns)

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        held = sum(column.nbytes for columns in self.columns for column in columns.values())
        return held + self.reader.index.status.nbytes

    @cached_property
    def gaps(self) -> tuple[range, ...]:
        """The cells that were not run."""
        index = self.reader.index
        return tuple(_gaps(index.begins.tolist(), index.ends.tolist(), index.size))

    def piece(self, theorem: int, name: str) -> Piece:
        """A column of one theorem."""
        block = self.layout.blocks[theorem]
        cells = slice(block.first, block.first + block.size)
        if name == "status":
            codes = self.reader.index.status[cells].reshape(block.shape)
            return Piece(block.by_dimension(codes), texts(STATUSES))
        if name == "cell":
            numbers = np.arange(cells.start, cells.stop).reshape(block.shape)
            return Piece(block.by_dimension(numbers))
        codes, table = self._codes(theorem, name)
        if name in TEXTS:
            words = texts(self.reader.index.vocabulary)
            table = words if table is None else words[table]
        return Piece(block.by_dimension(codes), table)

    def _codes(self, theorem: int, name: str) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """The values of a column and None, or indices and distinct values."""
        block = self.layout.blocks[theorem]
        cells = range(block.first, block.first + block.size)
        if self.layout.size > MOST and not self.loaded:
            values = self.reader.everything([name])[name]
            return values[cells.start : cells.stop].reshape(block.shape), None
        column = self.columns[theorem][name]
        gaps = [gap for gap in self.gaps if gap.start < cells.stop and gap.stop > cells.start]
        if not gaps:
            return column.coded
        values = np.array(np.broadcast_to(column.array, block.shape)).ravel()
        for gap in gaps:
            low, high = max(gap.start, cells.start), min(gap.stop, cells.stop)
            values[low - cells.start : high - cells.start] = np.nan if name in NUMBERS else 0
        return values.reshape(block.shape), None

    def at(self, theorem: int, name: str, rows: NDArray[np.intp]) -> NDArray[Any]:
        """A column in a few rows of one theorem, without the others."""
        block = self.layout.blocks[theorem]
        cells = block.first + block.cells_of(rows)
        if name == "cell":
            return cells
        if name == "status":
            return texts(STATUSES)[self.reader.index.status[cells]]
        values = self.reader.at(name, cells)
        return self.reader.texts(values) if name in TEXTS else values


def _gaps(begins: list[int], ends: list[int], size: int) -> Iterator[range]:
    """The cells between segments."""
    stop = 0
    for begin, end in zip([*begins, size], [*ends, size], strict=True):
        if begin > stop:
            yield range(stop, begin)
        stop = max(stop, end)
