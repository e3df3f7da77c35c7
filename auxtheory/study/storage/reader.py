"""The fields of cells, read from the batches that hold them when they are needed."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from auxtheory.errors import StudyError
from auxtheory.files import cause
from auxtheory.study.storage.compact import Compact, compact
from auxtheory.study.storage.database import ROWS, Store, read_only
from auxtheory.study.storage.index import Batch, Index, indexed
from auxtheory.study.storage.memory import Memory
from auxtheory.study.storage.records import CELL, TEXTS, blank, decode

CACHE = 2**25  # bytes of decoded batches in memory

Cells = NDArray[np.int64]


class Source(Protocol):
    """Where the batches of an index are."""

    def read(self, batches: Sequence[Batch], names: Sequence[str] = ()) -> Iterator[Compact]:
        """These batches with these fields, or all; StudyError if one is not as it was indexed."""
        ...


class InFile:
    """The batches in a .study file, which is open only while some are read.

    Args:
        path: The file.
        identity: That of the study in it.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self.path = path
        self.identity = identity

    def read(self, batches: Sequence[Batch], names: Sequence[str] = ()) -> Iterator[Compact]:
        """These batches with these fields, or all; StudyError if one is not as it was indexed."""
        try:
            with closing(read_only(self.path)) as connection:
                store = Store(self.path, connection, [])
                if store.meta.get("identity") != self.identity:
                    raise StudyError(f"cannot read {self.path}: it now holds another study")
                for batch in batches:
                    yield compact(*decode(self._blob(store, batch)), names)
        except (sqlite3.Error, OSError) as error:
            reason = cause(error, self.path) if isinstance(error, OSError) else error
            raise StudyError(f"cannot read {self.path}: {reason}") from error

    def _blob(self, store: Store, batch: Batch) -> bytes:
        row = store.connection.execute(f"{ROWS} WHERE start = ?", (batch.start,)).fetchone()
        if (
            row is None
            or (row[1], row[3]) != (batch.stop, batch.checksum)
            or store.checksum(row[0], row[1], row[2], row[4]) != batch.checksum
        ):
            raise StudyError(
                f"cannot read {self.path}: cells {batch.start}–{batch.stop - 1} were changed or "
                "damaged since it was opened; open it again"
            )
        return bytes(row[4])


class InMemory:
    """Batches in memory.

    Args:
        batches: Each by its first cell.
    """

    def __init__(self, batches: Mapping[int, Compact]) -> None:
        self.batches = batches

    def read(self, batches: Sequence[Batch], names: Sequence[str] = ()) -> Iterator[Compact]:
        """These batches; they have all fields."""
        return (self.batches[batch.start] for batch in batches)


class Cache:
    """The decoded batches that were used last, by index, as many as fit into 32 MB."""

    def __init__(self) -> None:
        self.kept = OrderedDict[int, Compact]()
        self.nbytes = 0
        self.lock = Lock()

    def keep(self, which: int, batch: Compact) -> None:
        """Keep a batch with all fields, and forget those that were not used for longest."""
        with self.lock:
            if which in self.kept:
                return self.kept.move_to_end(which)
            self.kept[which] = batch
            self.nbytes += batch.nbytes
            while self.nbytes > CACHE:
                self.nbytes -= self.kept.popitem(last=False)[1].nbytes

    def among(self, which: Sequence[int]) -> dict[int, Compact]:
        """Those of these batches that are kept."""
        with self.lock:
            return {i: self.kept[i] for i in which if i in self.kept}


class Reader:
    """The fields of all cells of a study by the numbers of cells, without all of them in memory: at
    most 32 MB of decoded batches are kept.

    Args:
        index: The index of the store.
        source: Where its batches are.
        cache: Batches that are decoded already.
    """

    def __init__(self, index: Index, source: Source, cache: Cache | None = None) -> None:
        self.index = index
        self.source = source
        self.cache = Cache() if cache is None else cache

    def __reduce__(self) -> Any:
        return Reader, (self.index, self.source)

    def everything(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """These fields of all cells, shape (cells,); a field that is the same in all takes no
        memory."""
        index = self.index
        columns = {name: self._blank(name, index.size) for name in names}
        varying = [name for name in names if name not in index.constant]
        if not varying:
            return columns
        for begin, end, which, batch in zip(
            index.begins.tolist(),
            index.ends.tolist(),
            index.which.tolist(),
            self._batches(index.which.tolist(), varying),
            strict=True,
        ):
            start = index.batches[which].start
            for name in varying:
                columns[name][begin:end] = self._field(batch, name)[begin - start : end - start]
        return columns

    def segments(self) -> Iterator[tuple[range, dict[str, NDArray[Any]]]]:
        """All cells that were run, batch by batch in ascending order, with all their fields, shape
        (cells,); texts as indices into the vocabulary."""
        index = self.index
        begins, ends, which = (a.tolist() for a in (index.begins, index.ends, index.which))
        for begin, end, i, batch in zip(begins, ends, which, self._batches(which), strict=True):
            part = slice(begin - index.batches[i].start, end - index.batches[i].start)
            fields = {name: self._field(batch, name)[part] for name in CELL.names or ()}
            yield range(begin, end), fields

    def at(self, name: str, cells: Cells) -> NDArray[Any]:
        """A field of the cells of these numbers, in the same shape."""
        index = self.index
        flat = cells.ravel()
        values = self._blank(name, len(flat))
        if name in index.constant or not len(index.begins):
            return values.reshape(cells.shape)
        segments = np.searchsorted(index.begins, flat, side="right") - 1
        inside = (segments >= 0) & (flat < index.ends[segments])
        groups = [one for one in _groups(np.where(inside, segments, -1)) if one[0] >= 0]
        which = [int(index.which[segment]) for segment, _ in groups]
        for i, (_, places), batch in zip(which, groups, self._batches(which), strict=True):
            start = index.batches[i].start
            values[places] = self._field(batch, name)[flat[places] - start]
        return values.reshape(cells.shape)

    def texts(self, numbers: NDArray[Any]) -> NDArray[np.object_]:
        """The words of these indices in the vocabulary."""
        words = np.array(list(self.index.vocabulary), dtype=object)
        return np.asarray(words[numbers])

    def _blank(self, name: str, size: int) -> NDArray[Any]:
        """A field of cells that were not run, or of all cells if it is the same in all."""
        constant = self.index.constant
        if name in constant:
            return np.broadcast_to(constant[name], (size,))
        values = np.empty(size, dtype=CELL[name])
        values[:] = blank(1)[name]
        return values

    def _field(self, batch: Compact, name: str) -> NDArray[Any]:
        """A field of a batch; texts as indices into the vocabulary."""
        if name not in TEXTS:
            return batch.column(name)
        return np.asarray(self.index.vocabulary.all_of(batch.words)[batch.column(name)])

    def _batches(self, which: list[int], names: Sequence[str] = ()) -> Iterator[Compact]:
        """The batches of these indices, kept or read; those with some fields only are not kept."""
        kept = self.cache.among(which)
        missing = [self.index.batches[i] for i in which if i not in kept]
        read = self.source.read(missing, names)
        for i in which:
            batch = kept.get(i)
            batch = next(read) if batch is None else batch
            if not names:
                self.cache.keep(i, batch)
            yield batch


def reader_of(store: Store) -> Reader:
    """The reader of an open store; it remains valid when the store is closed."""
    if isinstance(store, Memory):
        kept = {start: fields for start, (_, fields) in store.kept.items()}
        return Reader(indexed(store), InMemory(kept))
    assert store.path is not None
    cache = Cache()
    source = InFile(store.path.absolute(), store.meta.get("identity", ""))
    return Reader(indexed(store, cache.keep), source, cache)


def _groups(segments: NDArray[np.int64]) -> list[tuple[int, Any]]:
    """The places of each segment in an array of segments, in the order of segments."""
    if not len(segments):
        return []
    if np.all(segments[1:] >= segments[:-1]):
        edges = [0, *(np.flatnonzero(np.diff(segments)) + 1).tolist(), len(segments)]
        return [(int(segments[low]), slice(low, high)) for low, high in pairwise(edges)]
    order = np.argsort(segments, kind="stable")
    present, starts = np.unique(segments[order], return_index=True)
    return list(zip(present.tolist(), np.split(order, starts[1:]), strict=True))
