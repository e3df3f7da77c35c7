"""The columns of a study's results, theorem by theorem, made when they are used from arrays that
are no longer than they have to be."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auxtheory import csv_blocks
from auxtheory.column_table import MANY, Coded, Columns, coded, present, read_only
from auxtheory.study.grid import NAMES, STEPS
from auxtheory.study.results.cells import KINDS, Cells, Piece, texts
from auxtheory.study.results.dataset import axis_column
from auxtheory.study.storage.index import Index
from auxtheory.study.storage.records import NUMBERS
from auxtheory.table import schedule_column

if TYPE_CHECKING:
    import xarray as xr

HEAD = ("theorem", "label", "method", "measure")
BLOCK = 2**12  # cells that are looked at together
SHORT = 2**16  # entries of a piece whose texts are kept
CACHE = 2**26  # bytes of columns that are kept for their next use


@dataclass(frozen=True, eq=False)
class OfTheorem:
    """The cells of one theorem of a study.

    Args:
        cells: The cells of all theorems.
        theorem: The index of the theorem.
        without: The index 0 for each dimension that the theorem ignores, a slice for others.
    """

    cells: Cells
    theorem: int
    without: tuple[Any, ...]

    @property
    def single_steps(self) -> bool:
        """Whether the theorem's method has single steps, whatever K is."""
        description = self.cells.layout.description
        return "K" in description["theorems"][self.theorem]["ignores"]

    def piece(self, name: str) -> Piece:
        """A column, without dimensions that the theorem ignores."""
        piece = self.cells.piece(self.theorem, name)
        return Piece(np.asarray(piece.codes[self.without]), piece.table)


class Part:
    """The cells of one theorem as columns, without dimensions that it ignores.

    Args:
        data: The Dataset of these cells.
        ignored: The axes that the theorem ignores.
        stored: The same cells, if they are all that a study has of a theorem.
    """

    def __init__(
        self,
        data: xr.Dataset,
        ignored: Sequence[str],
        stored: OfTheorem | None = None,
    ) -> None:
        self.data = data
        self.sizes = {str(name): size for name, size in data.sizes.items()}
        self.shape = tuple(self.sizes.values())
        self.size = prod(self.shape)
        self.stored = stored
        self._labels: dict[str, Piece] = {}
        self.ignored = [axis_column(name) for name in ignored if name != "K"]
        parameters = json.loads(data.attrs.get("step_parameters", "[]"))
        texts = [schedule_column(name) for name in (*STEPS, *parameters)]
        labels = [n for n in (*NAMES, *parameters, *texts) if n in data.coords]
        variables = [str(n) for n in data.data_vars if n != "local_steps"]
        names = [*HEAD, *labels, *variables, "K", "L", *self.ignored]
        self.names = tuple(dict.fromkeys(names))

    def piece(self, name: str) -> Piece:
        """A column, in an array that broadcasts to the shape of the part."""
        if name in self.ignored:
            return self._constant(np.nan)
        if name == "K":
            return self._local_steps()
        if name in HEAD or name in self.data.coords:
            if name not in self._labels:
                self._labels[name] = self._label(name)
            return self._labels[name]
        return self._variable("known_L" if name == "L" else name)

    def _label(self, name: str) -> Piece:
        """What theorem and axes say of all cells, or of those of each value of an axis."""
        values = self.data[name].values
        if not values.ndim:
            return self._constant(values.item())
        return Piece(values.reshape([-1 if axis == name else 1 for axis in self.sizes]))

    def _local_steps(self) -> Piece:
        """The local steps as run, which depend on K alone."""
        if self.stored is None:
            return Piece(self.data["local_steps"].values)
        if self.stored.single_steps:
            return self._constant(1)
        return self._label("K")

    def _constant(self, value: Any) -> Piece:
        return Piece(np.array(value).reshape([1] * len(self.shape)))

    def _variable(self, name: str) -> Piece:
        from auxtheory.study.results.cell_arrays import coded as coded_variable

        if self.stored is not None:
            return self.stored.piece(name)
        codes = coded_variable(self.data[name].variable)
        if codes is None:
            return Piece(self.data[name].values)
        return Piece(codes[0], texts(codes[1]))

    def unread(self, name: str) -> str | None:
        """The variable of a column whose cells have not been read; None for other columns."""
        if self.stored is None or self.stored.cells.loaded or name in self.ignored:
            return None
        if name in self.data.coords:
            return None
        variable = "known_L" if name == "L" else name
        return variable if variable in KINDS else None

    def at(self, name: str, rows: NDArray[np.intp]) -> NDArray[Any]:
        """A column in a few rows."""
        variable = self.unread(name)
        if self.stored is not None and variable is not None:
            return self.stored.cells.at(self.stored.theorem, variable, rows)
        piece = self.piece(name)
        if not self.shape:
            return np.repeat(piece.values.reshape(1), len(rows))
        indices = np.unravel_index(rows, self.shape)
        index = tuple(np.minimum(j, n - 1) for j, n in zip(indices, piece.codes.shape, strict=True))
        return Piece(piece.codes[index], piece.table).values


class Parts(Columns):
    """The columns of all theorems, one theorem after the other.

    Args:
        parts: The cells of each theorem.
        names: The names of the columns if there are no parts.
        index: What is known of all cells of a study, if these are all.
    """

    def __init__(
        self, parts: Sequence[Part], names: Sequence[str] = (), index: Index | None = None
    ) -> None:
        self.parts = tuple(parts)
        self.index = index
        self.names: Mapping[str, Any] = dict.fromkeys(parts[0].names if parts else names)
        self.starts = np.cumsum([0, *(part.size for part in parts)])
        self._kept: OrderedDict[str, NDArray[Any]] = OrderedDict()

    @property
    def rows(self) -> int:
        return int(self.starts[-1])

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        array = read_only(self._array(name))
        self._kept[name] = array
        while sum(kept.nbytes for kept in self._kept.values()) > CACHE:
            self._kept.popitem(last=False)
        return array

    def _array(self, name: str) -> NDArray[Any]:
        if not self.parts:
            return np.zeros(0)
        pieces = self.pieces(name)
        return np.concatenate(
            [
                np.broadcast_to(piece.values, part.shape).ravel()
                for part, piece in zip(self.parts, pieces, strict=True)
            ]
        )

    @property
    def theorems(self) -> list[str]:
        """The name of the theorem of each part."""
        return [part.data["theorem"].item() for part in self.parts]

    def pieces(self, name: str) -> list[Piece]:
        """The column of each theorem."""
        if name not in self.names:
            raise KeyError(name)
        return [part.piece(name) for part in self.parts]

    def coded(self, name: str) -> Coded:
        pieces = self.pieces(name)
        if not pieces or any(p.table is None and p.codes.dtype.kind == "O" for p in pieces):
            return coded(self[name])
        values, codes = numbered(pieces)
        whole = [
            np.broadcast_to(code, part.shape).ravel()
            for part, code in zip(self.parts, codes, strict=True)
        ]
        return present(np.concatenate(whole).astype(np.intp, copy=False), values)

    def equal(self, name: str, value: Any) -> NDArray[np.bool_]:
        masks = [np.zeros(0, dtype=bool)]
        for part, piece in zip(self.parts, self.pieces(name), strict=True):
            if piece.table is None:
                mask = np.asarray(piece.codes == value, dtype=bool)
            else:
                mask = np.asarray(piece.table == value, dtype=bool)[piece.codes]
            masks.append(np.broadcast_to(mask, part.shape).ravel())
        return np.concatenate(masks)

    def at(self, name: str, places: NDArray[np.intp] | slice) -> NDArray[Any]:
        if name in self._kept:
            return self._kept[name][places]
        if not self.parts:
            return np.zeros(0)
        if not isinstance(places, slice):
            return self._at(name, places)
        start, stop, step = places.indices(self.rows)
        pieces = self.pieces(name)
        taken = [np.zeros(0, np.result_type(*(piece.kind for piece in pieces)))]
        for part, piece, first in zip(self.parts, pieces, self.starts.tolist(), strict=False):
            codes = _flat(piece.codes, part.shape, start - first, stop - first)
            taken.append(Piece(codes, piece.table).values)
        return np.concatenate(taken)[::step]

    def _at(self, name: str, rows: NDArray[np.intp]) -> NDArray[Any]:
        """A column in a few rows, of which only these are read."""
        rows = np.where(rows < 0, rows + self.rows, rows)
        which = np.searchsorted(self.starts, rows, side="right") - 1
        parts = {i: np.flatnonzero(which == i) for i in np.unique(which).tolist()}
        values = [self.parts[i].at(name, rows[p] - self.starts[i]) for i, p in parts.items()]
        if not values:
            return np.zeros(0)
        order = np.argsort(np.concatenate([*parts.values()]))
        return np.concatenate(values)[order]

    def first(self, name: str, wanted: Sequence[Any], most: int) -> list[int]:
        """The first rows that have one of some texts."""
        rows: list[int] = []
        for part, piece, start in zip(
            self.parts, self.pieces(name), self.starts.tolist(), strict=False
        ):
            values = piece.codes if piece.table is None else piece.table
            marked = np.array([value in wanted for value in values.ravel().tolist()], dtype=bool)
            for low in range(0, part.size, BLOCK):
                if len(rows) >= most:
                    return rows[:most]
                codes = _flat(piece.codes, part.shape, low, low + BLOCK)
                mask = marked[low : low + BLOCK] if piece.table is None else marked[codes]
                rows += (start + low + np.flatnonzero(mask)[:most]).tolist()
        return rows[:most]

    def distinct(self, name: str) -> list[Any]:
        """The distinct values of a column."""
        return list(dict.fromkeys(v for piece in self.pieces(name) for v in _present(piece)))

    def constant(self, name: str) -> bool:
        """Whether a column has one value, and not NaN, in all rows."""
        if self.index is not None and name == "status":
            return sum(count > 0 for count in self.index.counts.values()) == 1
        variable = self.parts[0].unread(name) if self.parts else None
        if self.index is not None and variable is not None:
            value = self.index.constant.get(variable)
            return value is not None and bool(value == value)
        first = self.at(name, np.zeros(min(self.rows, 1), dtype=np.intp))
        return len(first) > 0 and all(
            _all(piece, lambda values: values == first[0]) for piece in self.pieces(name)
        )

    def empty(self, name: str) -> bool:
        """Whether a column of numbers holds only NaN and zeros."""
        variable = self.parts[0].unread(name) if self.parts else None
        if self.index is not None and variable in NUMBERS:
            return variable not in self.index.filled
        return all(_all(piece, _nothing) for piece in self.pieces(name))

    def as_csv(self, name: str) -> csv_blocks.Block:
        blocks = [
            _texts_of(piece, part.shape, fast=self.rows > MANY)
            for part, piece in zip(self.parts, self.pieces(name), strict=True)
        ]
        starts = self.starts.tolist()

        def block(start: int, stop: int) -> csv_blocks.Texts:
            i = int(np.searchsorted(self.starts, start, side="right")) - 1
            if stop <= starts[i + 1]:
                return blocks[i](start - starts[i], stop - starts[i])
            texts: list[str] = []
            for j in range(i, len(blocks)):
                low, high = max(start, starts[j]), min(stop, starts[j + 1])
                if low < high:
                    part = blocks[j](low - starts[j], high - starts[j])
                    texts += [part] * (high - low) if isinstance(part, str) else part
            return texts

        return block

    def printed_alike(self, name: str) -> bool:
        return self.rows == 1 or self.constant(name) or super().printed_alike(name)


def _nothing(values: NDArray[Any]) -> Any:
    numbers = values.astype(float)
    return np.isnan(numbers) | (numbers == 0)


def _flat(codes: NDArray[Any], shape: tuple[int, ...], start: int, stop: int) -> NDArray[Any]:
    """Some of the entries of an array that broadcasts to a shape, in order."""
    size = prod(shape)
    whole = np.broadcast_to(codes, shape)
    low = max(start, 0)
    high = max(low, min(stop, size))
    return np.asarray(whole.flat[low:high]) if shape else whole.reshape(1)[low:high]


def _all(piece: Piece, holds: Callable[[NDArray[Any]], Any]) -> bool:
    """Whether something holds for all values of a piece, looked at in blocks."""
    size = piece.codes.size
    known = None if piece.table is None else np.asarray(holds(piece.table), dtype=bool)
    if known is not None and np.all(known):
        return True
    # The last value first: if any value differs, it most often does.
    for low in (size - 1, *range(0, size, BLOCK)) if size else ():
        codes = _flat(piece.codes, piece.codes.shape, low, low + BLOCK)
        if not np.all(holds(codes) if known is None else known[codes]):
            return False
    return True


def _present(piece: Piece) -> list[Any]:
    """The distinct values of a piece."""
    distinct = np.unique(piece.codes)
    return np.asarray(distinct if piece.table is None else piece.table[distinct]).tolist()


def numbered(pieces: Sequence[Piece]) -> tuple[list[Any], list[NDArray[Any]]]:
    """The values of a column, each once, and for each piece the indices of its values."""
    if any(piece.kind.kind == "O" for piece in pieces):  # texts
        numbers: dict[Any, int] = {}
        codes = []
        for piece in pieces:
            table = np.zeros(0) if piece.table is None else piece.table
            index = np.array([numbers.setdefault(v, len(numbers)) for v in table.tolist()])
            codes.append(index[piece.codes])
        return list(numbers), codes
    values = [np.unique(p.codes) if p.table is None else p.table for p in pieces]
    distinct = np.unique(np.concatenate(values))
    found = [
        np.searchsorted(distinct, piece.codes)
        if piece.table is None
        else np.searchsorted(distinct, piece.table)[piece.codes]
        for piece in pieces
    ]
    return distinct.tolist(), found


def _texts_of(piece: Piece, shape: tuple[int, ...], *, fast: bool) -> csv_blocks.Block:
    """The texts of a column of one theorem, each written once if the piece is short."""
    if piece.table is None and piece.codes.size > SHORT:
        return csv_blocks.column(
            lambda rows: _flat(piece.codes, shape, rows.start, rows.stop), fast=fast
        )
    if piece.table is None:
        values = piece.codes.ravel()
        codes = np.arange(len(values)).reshape(piece.codes.shape)
    else:
        values, codes = piece.table, piece.codes
    texts = np.array([*csv_blocks.texts(values), ""], dtype=object)

    def block(start: int, stop: int) -> csv_blocks.Texts:
        part = _flat(codes, shape, start, stop)
        if np.all(part == part[0]):
            return str(texts[part[0]])
        return texts[part].tolist()

    return block


def parts_of(data: xr.Dataset, ignored: Mapping[str, Sequence[str]]) -> Parts:
    """The columns of a Dataset of results.

    Args:
        data: The Dataset.
        ignored: The axes that each theorem ignores.
    """
    from auxtheory.study.results.cell_arrays import whole

    fields = whole(data)
    cells = None if fields is None else Cells(fields.reader, fields.layout)
    names = (*HEAD, *map(str, data.variables))
    data = data if "theorem" in data.dims else data.expand_dims("theorem")
    parts = []
    for i, name in enumerate(data["theorem"].values.tolist()):
        unused = {axis_column(axis) for axis in ignored[name]} & set(map(str, data.dims))
        part = data.isel({"theorem": i} | dict.fromkeys(unused, 0))
        stored = None
        if cells is not None:
            dims = [dim for dim in map(str, data.dims) if dim != "theorem"]
            stored = OfTheorem(cells, i, tuple(0 if n in unused else slice(None) for n in dims))
        parts.append(Part(part, ignored[name], stored))
    return Parts(parts, names, None if cells is None else cells.reader.index)
