"""A study that grows: which of its cells a file holds already, by what they are, and their new
numbers.

A file's study is part of another one if that one, cut down to the file's theorems and axes, has the
file's identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.errors import EDGE, AuxtheoryError, shown
from auxtheory.problems import Pair, Target
from auxtheory.problems.target import public_name
from auxtheory.study.design import Design
from auxtheory.study.grid import HELPER, NAMES, NOISE, REAL, TARGET
from auxtheory.study.identity import canonical, identities
from auxtheory.study.plan import batches
from auxtheory.study.storage.database import Store, digest, kept_in
from auxtheory.study.storage.records import Words, blank, decode, merged, packed
from auxtheory.validation.parsing import read

Numbers = NDArray[np.int64]
LISTED = 6  # values of an axis that are named one by one
OPEN = 8  # batches of the old study that are kept in memory


def altered(study: Design, **changes: Any) -> Design:
    """The study with other fields, which are taken as they are."""
    own: Design = object.__new__(type(study))
    for entry in fields(Design):
        object.__setattr__(own, entry.name, changes.get(entry.name, getattr(study, entry.name)))
    return own


@dataclass(frozen=True, kw_only=True, eq=False)
class Extension:
    """What a study has of a file's, and what it lacks: `lost` names values of axes, and theorems,
    of the file's cells that have no place in it."""

    old: Design
    new: Design
    lost: tuple[str, ...]

    def numbers(self, cells: range) -> Numbers:
        """The numbers that these cells of the new study have in the file; −1 for those that are not
        there."""
        found = np.full(len(cells), -1, dtype=np.int64)
        grid = self.new.grid
        for theorem in range(len(self.new.theorems)):
            begin = max(cells.start, grid.first(theorem))
            end = min(cells.stop, grid.first(theorem + 1))
            if begin < end:
                where = np.arange(begin, end) - grid.first(theorem)
                found[begin - cells.start : end - cells.start] = self._of_theorem(theorem, where)
        return found

    def _of_theorem(self, theorem: int, where: Numbers) -> Numbers:
        names = [one.name for one in self.old.theorems]
        if self.new.theorems[theorem].name not in names:
            return np.full(len(where), -1, dtype=np.int64)
        of = names.index(self.new.theorems[theorem].name)
        old = self.old.grid
        new = self.new.grid
        place = dict(zip(new.order, np.unravel_index(where, new.shape(theorem)), strict=True))
        there = np.ones(len(where), dtype=bool)
        index = dict[str, Any]()
        for name in dict.fromkeys((*old.order, *new.order)):
            if name in old.ignored[of] or name in new.ignored[theorem]:
                # One value, whatever the axis holds.
                index[name] = np.zeros(len(where), dtype=np.int64)
                continue
            held = {value: i for i, value in enumerate(values_of(self.old, name))}
            table = np.array([held.get(value, -1) for value in values_of(self.new, name)])
            index[name] = table[place[name]] if name in place else np.full(len(where), table[0])
            there &= index[name] >= 0
        flat = np.ravel_multi_index(
            [np.maximum(index[name], 0) for name in old.order], old.shape(of)
        )
        return np.where(there, flat + old.first(of), -1)


def values_of(study: Design, name: str) -> tuple[Any, ...]:
    """The values of an axis, or the one value that a study without that axis has everywhere."""
    if name in study.axes:
        return study.axes[name]
    if name in HELPER:
        return (0.0,)
    value = getattr(study.noise if name in NOISE else study.target, name, None)
    value = _default(study.target, name) if value is None else value
    return (value,) if isinstance(value, int | float) else (None,)


def _default(target: Target | Pair, name: str) -> float | None:
    """What a number that a target or a noise does not say then is, where that is one number
    whatever the axes are."""
    if name in NOISE:
        return 0.0
    return target.default(name) if isinstance(target, Target) else None


def snapped(study: Design, before: Mapping[str, Any]) -> Design:
    """The study with the file's values where an axis differs from them by rounding, as ranges of
    other lengths do."""
    axes = dict(study.axes)
    for name in set(axes) & set(before.get("axes", {})) & set(REAL):
        kept = np.sort(np.array(before["axes"][name], dtype=float))
        for i, value in enumerate(axes[name]):
            near = kept[max(0, int(np.searchsorted(kept, value)) - 1) :][:2]
            close = near[np.abs(near - value) <= EDGE * np.abs(near)]
            if len(close) and value not in close:
                axes[name] = (*axes[name][:i], float(close[0]), *axes[name][i + 1 :])
    twice = any(len(set(values)) < len(values) for values in axes.values())
    return study if twice or axes == study.axes else altered(study, axes=axes)


def extension(study: Design, before: Mapping[str, Any], known: str | None) -> Extension | None:
    """How a file's study, of this description and identity, is part of another one; None if it is
    not."""
    named = {theorem.name: theorem for theorem in study.theorems}
    said = [theorem["name"] for theorem in before["theorems"]]
    theorems = tuple(named[name] for name in said if name in named)
    axes = {name: tuple(values) for name, values in before["axes"].items()}
    old = altered(
        study,
        theorems=theorems,
        axes=axes,
        several=frozenset(before["several"]),
        target=_stored(before["target"], study.target),
        noise=_stored(before["noise"], study.noise),
    )
    if len(theorems) < len(said) or known not in identities(old) or not _alike(old, study):
        return None
    lost = []
    for name in (name for name in NAMES if name in axes or name in study.axes):
        kept = values_of(old, name)
        own = set(values_of(study, name))
        ignored = all(name in old.grid.ignored[i] for i in range(len(theorems)))
        lost += [] if ignored else [_told(name, value) for value in kept if value not in own]
    return Extension(old=old, new=study, lost=_short(lost))


def _told(name: str, value: Any) -> str:
    return (
        f"the {name} that the target has by default"
        if value is None
        else f"{name} = {shown(value)}"
    )


def _short(lost: list[str]) -> tuple[str, ...]:
    return tuple(lost) if len(lost) <= LISTED else (*lost[:LISTED], f"{len(lost) - LISTED} more")


def _stored(text: str, own: Any) -> Any:
    """What a file says of its target or noise, if that can be read; else the present one."""
    try:
        found = read(text, {public_name(type(own)): type(own)})
    except AuxtheoryError:
        return own
    return found if type(found) is type(own) else own


def _alike(old: Design, new: Design) -> bool:
    """Whether the two differ in nothing but theorems and the values of axes."""
    if ("eta" in old.axes) != ("eta" in new.axes):
        return False
    free = {*old.axes, *new.axes}
    kinds = [
        [_fixed(one.target, free & {*TARGET, "dim"}), _fixed(one.noise, free & {*NOISE})]
        for one in (old, new)
    ]
    return canonical(kinds[0]) == canonical(kinds[1])


def _fixed(value: Any, free: set[str]) -> Any:
    """A target or a noise without what axes say."""
    if not free:
        return value
    return [
        type(value),
        {
            entry.name: getattr(value, entry.name)
            for entry in fields(value)
            if entry.name not in free
        },
    ]


def moved(store: Store, code: str, grown: Extension) -> Iterator[tuple[range, str, bytes]]:
    """The file's cells as batches of the larger study, which lack the cells that are new.

    A batch of either study is in memory, and a few of the file's: as long as the order of an axis
    stays, each of these is read once.
    """
    kept = np.array(
        [(cells.start, cells.stop) for cells, version, _ in store.batches() if version == code]
    )
    if not len(kept):
        return

    @lru_cache(maxsize=OPEN)
    def opened(row: int) -> tuple[Any, list[str]]:
        blob = kept_in(store, range(*kept[row].tolist()), code)
        return (blank(0), [""]) if blob is None else decode(blob)

    for cells in batches(grown.new):
        numbers = grown.numbers(cells)
        rows = np.searchsorted(kept[:, 0], numbers, side="right") - 1
        there = (numbers >= 0) & (rows >= 0) & (numbers < kept[rows, 1])
        if not np.any(there):
            continue
        records = blank(len(cells))
        words = Words()
        for row in np.unique(rows[there]).tolist():
            here = np.flatnonzero(there & (rows == row))
            old, texts = opened(row)
            if len(old) == kept[row, 1] - kept[row, 0]:
                records[here] = merged(old[numbers[here] - kept[row, 0]], texts, words)
        yield cells, code, packed(records, words)


def replace_all(
    store: Store, rows: Iterator[tuple[range, str, bytes]], meta: Mapping[str, str]
) -> None:
    """Put other batches in the place of all that a store has, and this description in that of the
    old: both or neither.

    The batches may be made from those that are there.
    """
    whole = {**store.meta, **meta}
    whole["checksum"] = digest(whole)
    new = Store(store.path, store.connection, [], whole)
    with store.connection as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TEMP TABLE moved AS SELECT * FROM main.batches WHERE 0")
        for cells, code, records in rows:
            row = (
                cells.start,
                cells.stop,
                code,
                new.checksum(cells.start, cells.stop, code, records),
                records,
            )
            connection.execute("INSERT INTO temp.moved VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("DELETE FROM main.batches")
        connection.execute("INSERT INTO main.batches SELECT * FROM temp.moved")
        connection.execute("DROP TABLE temp.moved")
        connection.executemany("INSERT OR REPLACE INTO main.meta VALUES (?, ?)", whole.items())
    store.meta = whole
