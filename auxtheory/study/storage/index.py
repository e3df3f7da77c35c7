"""One pass over the batches of a store: which cells each holds, their states and statuses, and what
a summary needs; a byte or two of memory for each cell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.errors import StudyError
from auxtheory.study.storage.compact import Compact, compact
from auxtheory.study.storage.database import Store
from auxtheory.study.storage.memory import Memory
from auxtheory.study.storage.records import (
    CELL,
    MEASURED,
    MISSING,
    NUMBERS,
    PASSED_OVER,
    SAID,
    TEXTS,
    Records,
    Words,
    blank,
    decode,
)
from auxtheory.validation.error_control import rejected

# The statuses by code: those of the states, then those that the p-values decide.
STATUSES = (*(SAID.get(state, "") for state in range(5)), "violated", "pass", "undecided")
VIOLATED, PASS, UNDECIDED = range(5, 8)
BLOCK = 2**16  # cells that are counted together


@dataclass(frozen=True, eq=False)
class Batch:
    """The place of a batch in its store, and the checksum by which it is recognised there."""

    start: int
    stop: int
    checksum: bytes


@dataclass(frozen=True, eq=False, kw_only=True)
class Index:
    """What one pass over a store found.

    `status` is the index in `STATUSES` of each cell, shape (cells,). Cells from `begins[i]` to
    `ends[i]` are in batch `which[i]` of `batches`; cells in none have not been run. `vocabulary`
    holds the words of all batches, `largest` the largest measured/bound inside the theorems,
    `errors` how many cells have each error, by its index in the vocabulary, and `constant` the
    value of each field that has the same bits in all cells, texts by their index."""

    status: NDArray[np.int8]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    which: NDArray[np.int64]
    batches: tuple[Batch, ...]
    vocabulary: Words
    largest: float
    errors: Counter[int]
    constant: Mapping[str, Any]
    filled: frozenset[str]

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(self.status)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of cells of each status."""
        numbers = np.zeros(len(STATUSES), dtype=np.int64)
        for low in range(0, self.size, BLOCK):  # in blocks, since counting takes 8 bytes a cell
            numbers += np.bincount(self.status[low : low + BLOCK], minlength=len(STATUSES))
        counts = Counter[str]()
        for status, number in zip(STATUSES, numbers.tolist(), strict=True):
            counts[status] += number
        return dict(counts)

    @property
    def passed_over(self) -> list[str]:
        """The words that say why a batch ran on a slower engine."""
        return [word for word in self.vocabulary if word.startswith(PASSED_OVER)]


def in_batch(store: Store, cells: range, blob: bytes) -> tuple[Records, list[str]]:
    """The records and words of a batch; StudyError if their layout is unknown."""
    try:
        records, words = decode(blob)
        if len(records) != len(cells):
            raise ValueError(f"{len(records)} records of {len(cells)} cells")
    except ValueError as error:
        raise StudyError(
            f"cannot read {store.path}: another version of auxtheory wrote it ({error})"
        ) from error
    return records, words


class _Pass:
    """What is known after the batches so far."""

    def __init__(self, size: int, vocabulary: Words | None = None) -> None:
        self.status = np.zeros(size, dtype=np.int8)
        # Memory that is not touched, as where all p-values are 0 or 1, costs nothing.
        self.p = np.zeros(size)
        self.segments: list[tuple[int, int, int]] = []
        self.batches: list[Batch] = []
        self.vocabulary = Words() if vocabulary is None else vocabulary
        self.largest = np.nan
        self.errors = Counter[int]()
        self.constant = {name: blank(1)[name][0] for name in CELL.names or ()}
        self.filled = set[str]()
        self.overlap = False

    def add(self, batch: Batch, fields: Compact) -> None:
        """Take a batch; one that starts later replaces the cells that both hold."""
        self._place(batch)
        state = fields.column("state")
        measured = state == MEASURED
        p = fields.column("p")
        status = state.astype(np.int8)
        status[measured] = UNDECIDED
        # As Holm's procedure decides these, whatever the others are.
        status[measured & (p == 0)] = VIOLATED
        status[measured & (p == 1)] = PASS
        self.status[batch.start : batch.stop] = status
        undecided = np.flatnonzero(status == UNDECIDED)
        self.p[batch.start + undecided] = p[undecided]
        ratios = fields.column("ratio")[measured]
        self.largest = np.fmax(self.largest, np.fmax.reduce(ratios, initial=np.nan))
        for name in set(NUMBERS) - self.filled:
            values = fields.fields[name]
            if np.any((values != 0) & ~np.isnan(values)):
                self.filled.add(name)
        numbers = self.vocabulary.all_of(fields.words)
        self._compare(fields, numbers)
        failed, counts = np.unique(fields.column("error"), return_counts=True)
        self.errors.update(dict(zip(numbers[failed].tolist(), counts.tolist(), strict=True)))

    def _compare(self, batch: Compact, numbers: NDArray[np.int32]) -> None:
        """Forget the constant fields that differ in this batch."""
        for name, value in [*self.constant.items()]:
            here = batch.fields[name]
            if here.ndim:
                del self.constant[name]
                continue
            first = numbers[here] if name in TEXTS else here[()]
            if len(self.batches) == 1:
                self.constant[name] = first
            elif first.tobytes() != value.tobytes():
                del self.constant[name]

    def _place(self, batch: Batch) -> None:
        """Add the cells of a batch to the segments."""
        later = list[tuple[int, int, int]]()
        while self.segments and self.segments[-1][1] > batch.start:
            self.overlap = True
            begin, end, which = self.segments.pop()
            if end > batch.stop:
                later.append((max(begin, batch.stop), end, which))
            if begin < batch.start:
                self.segments.append((begin, batch.start, which))
        self.segments += [(batch.start, batch.stop, len(self.batches)), *reversed(later)]
        self.batches.append(batch)

    def count_again(self, batches: Iterable[tuple[Batch, Compact]]) -> None:
        """Take what a summary needs from the cells of each batch that no other replaced."""
        held: dict[tuple[int, bytes], list[tuple[int, int]]] = {}
        for begin, end, which in self.segments:
            batch = self.batches[which]
            held.setdefault((batch.start, batch.checksum), []).append((begin, end))
        again = _Pass(len(self.status), self.vocabulary)
        for batch, fields in batches:
            for begin, end in held.get((batch.start, batch.checksum), ()):
                cells = fields.part(begin - batch.start, end - batch.start)
                again.add(Batch(begin, end, batch.checksum), cells)
        self.largest, self.errors = again.largest, again.errors
        self.constant, self.filled = again.constant, again.filled

    def finished(self, false_alarm: float) -> Index:
        """The index, with the statuses that Holm's procedure gives to the cells that are open."""
        open_ = np.flatnonzero(self.status == UNDECIDED)
        p = self.p[open_]
        self.status[open_[rejected(1 - p, false_alarm)]] = PASS
        self.status[open_[rejected(p, false_alarm)]] = VIOLATED
        self.errors.pop(0, None)  # the empty text of cells without an error
        if np.any(self.status == MISSING):
            empty = blank(1)[0]
            values = self.constant.items()
            self.constant = {n: v for n, v in values if v.tobytes() == empty[n].tobytes()}
        begins, ends, which = np.array(self.segments, dtype=np.int64).reshape(-1, 3).T
        return Index(
            status=self.status,
            begins=begins,
            ends=ends,
            which=which,
            batches=tuple(self.batches),
            vocabulary=self.vocabulary,
            largest=float(self.largest),
            errors=self.errors,
            constant=self.constant,
            filled=frozenset(self.filled),
        )


def indexed(store: Store, keep: Callable[[int, Compact], None] | None = None) -> Index:
    """The index of a store.

    Args:
        store: The open store.
        keep: A function that is called with the index and the fields of each batch.
    """
    description = json.loads(store.meta["description"])
    size = sum(prod(theorem["shape"]) for theorem in description["theorems"])
    found = _Pass(size)
    for batch, fields in _batches(store):
        if batch.stop > size:
            raise StudyError(f"cannot read {store.path}: it holds more cells than its study")
        found.add(batch, fields)
        if keep is not None:
            keep(len(found.batches) - 1, fields)
    if found.overlap:
        found.count_again(_batches(store))
    return found.finished(description["false_alarm"])


def _batches(store: Store) -> Iterator[tuple[Batch, Compact]]:
    """The batches of a store by field."""
    if isinstance(store, Memory):
        for start, (_, fields) in sorted(store.kept.items(), key=lambda item: item[0]):
            yield Batch(start, start + fields.size, b""), fields
        return
    for cells, _, blob, checksum in store.intact():
        yield Batch(cells.start, cells.stop, checksum), compact(*in_batch(store, cells, blob))
