"""Extending a study: which of its cells a file already holds, and their new numbers.

A file's study is part of another study if the latter, restricted to the file's theorems and axes,
has the file's identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.stored_schedules import restored
from auxtheory.errors import EDGE, AuxtheoryError, shown
from auxtheory.problems import Pair, Target
from auxtheory.problems.target import public_name
from auxtheory.study.clients import several
from auxtheory.study.design import Design
from auxtheory.study.grid import (
    CLIENTS,
    HELPER,
    NAMES,
    NOISE,
    REAL,
    TARGET,
    printed,
    schedules,
    step_parameters,
)
from auxtheory.study.identity import canonical, identities
from auxtheory.study.plan import batches
from auxtheory.study.storage.database import SET_META, Store, stored_batch
from auxtheory.study.storage.records import Words, blank, decode, merged, packed
from auxtheory.validation.parsing import parse

Numbers = NDArray[np.int64]
MAX_LISTED = 6  # values of an axis that are listed one by one
CACHED_BATCHES = 8  # batches of the old study in memory


def altered(study: Design, **changes: Any) -> Design:
    """The study with some fields replaced, without checks."""
    copy: Design = object.__new__(type(study))
    for entry in fields(Design):
        object.__setattr__(copy, entry.name, changes.get(entry.name, getattr(study, entry.name)))
    return copy


@dataclass(frozen=True, kw_only=True, eq=False)
class Extension:
    """A file's study as a part of a new one; `lost` lists the values of axes and the theorems in
    the file that the new study does not have."""

    old: Design
    new: Design
    lost: tuple[str, ...]

    def numbers(self, cells: range) -> Numbers:
        """The numbers that these cells of the new study have in the file; −1 for new cells."""
        numbers = np.full(len(cells), -1, dtype=np.int64)
        grid = self.new.grid
        for theorem in range(len(self.new.theorems)):
            begin = max(cells.start, grid.first(theorem))
            end = min(cells.stop, grid.first(theorem + 1))
            if begin < end:
                positions = np.arange(begin, end) - grid.first(theorem)
                part = slice(begin - cells.start, end - cells.start)
                numbers[part] = self._of_theorem(theorem, positions)
        return numbers

    def _of_theorem(self, theorem: int, positions: Numbers) -> Numbers:
        """The numbers in the file of a theorem's cells, given by their positions in its grid."""
        names = [theorem.name for theorem in self.old.theorems]
        if self.new.theorems[theorem].name not in names:
            return np.full(len(positions), -1, dtype=np.int64)
        old_theorem = names.index(self.new.theorems[theorem].name)
        old = self.old.grid
        new = self.new.grid
        place = dict(zip(new.order, np.unravel_index(positions, new.shape(theorem)), strict=True))
        present = np.ones(len(positions), dtype=bool)
        index = dict[str, Any]()
        for name in dict.fromkeys((*old.order, *new.order)):
            if name in old.ignored[old_theorem] or name in new.ignored[theorem]:
                # A single value, even if the axis has several.
                index[name] = np.zeros(len(positions), dtype=np.int64)
                continue
            old_index = {value: i for i, value in enumerate(values_of(self.old, name))}
            table = np.array([old_index.get(value, -1) for value in values_of(self.new, name)])
            index[name] = table[place[name]] if name in place else np.full(len(positions), table[0])
            present &= index[name] >= 0
        flat = np.ravel_multi_index(
            [np.maximum(index[name], 0) for name in old.order], old.shape(old_theorem)
        )
        return np.where(present, flat + old.first(old_theorem), -1)


def values_of(study: Design, name: str) -> tuple[Any, ...]:
    """The values of an axis, or the single value in a study without that axis."""
    if name in study.axes:
        return study.axes[name]
    if name in HELPER:
        return (0.0,)
    if name in CLIENTS:
        return (study.helper.get(several(study.helper) or "", {}).get(name),)
    if name not in NAMES:
        return (_default_of_step(study, name),)
    value = getattr(study.noise if name in NOISE else study.target, name, None)
    value = _default(study.target, name) if value is None else value
    return (value,) if isinstance(value, int | float) else (None,)


def _default_of_step(study: Design, name: str) -> float | None:
    """The default of a step parameter, if all methods that take it agree."""
    methods = [theorem.method for theorem in study.theorems]
    defaults = {method.parameters[name] for method in methods if name in method.parameters}
    return defaults.pop() if len(defaults) == 1 else None


def _default(target: Target | Pair, name: str) -> float | None:
    """The default of a number that a target or a noise does not give, if it does not depend on the
    axes."""
    if name in NOISE:
        return 0.0
    return target.default(name) if isinstance(target, Target) else None


def snapped(study: Design, before: Mapping[str, Any]) -> Design:
    """The study with the file's values where an axis differs from them by rounding only, as ranges
    with other numbers of points do."""
    axes = dict(study.axes)
    real = {*REAL, *step_parameters(axes)} - schedules(axes).keys()
    for name in real & set(before.get("axes", {})):
        if any(not isinstance(value, int | float) for value in before["axes"][name]):
            continue
        stored = np.sort(np.array(before["axes"][name], dtype=float))
        values = [*axes[name]]
        for i, place in enumerate(np.searchsorted(stored, values).tolist()):
            near = stored[max(0, place - 1) :][:2]
            close = near[np.abs(near - values[i]) <= EDGE * np.abs(near)]
            if len(close) and values[i] not in close:
                values[i] = float(close[0])
        axes[name] = tuple(values)
    coincide = any(len(set(values)) < len(values) for values in axes.values())
    return study if coincide or axes == study.axes else altered(study, axes=axes)


def extension(study: Design, before: Mapping[str, Any], known: str | None) -> Extension | None:
    """The file's study, with this description and identity, as a part of another one; None if it is
    not one."""
    by_name = {theorem.name: theorem for theorem in study.theorems}
    names = [theorem["name"] for theorem in before["theorems"]]
    theorems = tuple(by_name[name] for name in names if name in by_name)
    axes = {
        name: tuple(restored(value, study.axes.get(name, ())) for value in values)
        for name, values in before["axes"].items()
    }
    old = altered(
        study,
        theorems=theorems,
        axes=axes,
        several=frozenset(before["several"]),
        target=_stored(before["target"], study.target),
        noise=_stored(before["noise"], study.noise),
    )
    if len(theorems) < len(names) or known not in identities(old) or not _alike(old, study):
        return None
    lost = []
    for name in printed({*axes, *study.axes}):
        if all(name in old.grid.ignored[i] for i in range(len(theorems))):
            continue
        values = set(values_of(study, name))
        lost += [_assignment(name, value) for value in values_of(old, name) if value not in values]
    return Extension(old=old, new=study, lost=_short(lost))


def _assignment(name: str, value: Any) -> str:
    """A value of an axis as messages list it."""
    return (
        f"the {name} that the target has by default"
        if value is None
        else f"{name} = {shown(value)}"
    )


def _short(lost: list[str]) -> tuple[str, ...]:
    return (
        tuple(lost)
        if len(lost) <= MAX_LISTED
        else (*lost[:MAX_LISTED], f"{len(lost) - MAX_LISTED} more")
    )


def _stored(text: str, present: Any) -> Any:
    """The target or noise in a file, if it can be parsed and has the class of the present one;
    otherwise the present one."""
    try:
        value = parse(text, {public_name(type(present)): type(present)})
    except AuxtheoryError:
        return present
    return value if type(value) is type(present) else present


def _alike(old: Design, new: Design) -> bool:
    """Whether two studies differ only in theorems and the values of axes."""
    if ("eta" in old.axes) != ("eta" in new.axes):
        return False
    free = {*old.axes, *new.axes}
    kinds = [
        [_fixed(one.target, free & {*TARGET, "dim"}), _fixed(one.noise, free & {*NOISE})]
        for one in (old, new)
    ]
    return canonical(kinds[0]) == canonical(kinds[1])


def _fixed(value: Any, free: set[str]) -> Any:
    """A target or a noise without the numbers that are axes."""
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


def moved(store: Store, code: str, extended: Extension) -> Iterator[tuple[range, str, bytes]]:
    """The file's cells as batches of the extended study, with new cells blank.

    Only a few batches are in memory at once; each batch of the file is read once unless the order
    of an axis changes.
    """
    stored = np.array(
        [(cells.start, cells.stop) for cells, version, _ in store.batches() if version == code]
    )
    if not len(stored):
        return

    @lru_cache(maxsize=CACHED_BATCHES)
    def batch(row: int) -> tuple[Any, list[str]]:
        blob = stored_batch(store, range(*stored[row].tolist()), code)
        return (blank(0), [""]) if blob is None else decode(blob)

    for cells in batches(extended.new):
        numbers = extended.numbers(cells)
        rows = np.searchsorted(stored[:, 0], numbers, side="right") - 1
        present = (numbers >= 0) & (rows >= 0) & (numbers < stored[rows, 1])
        if not np.any(present):
            continue
        records = blank(len(cells))
        words = Words()
        for row in np.unique(rows[present]).tolist():
            where = np.flatnonzero(present & (rows == row))
            old, texts = batch(row)
            if len(old) == stored[row, 1] - stored[row, 0]:
                records[where] = merged(old[numbers[where] - stored[row, 0]], texts, words)
        yield cells, code, packed(records, words)


def replace_all(
    store: Store, rows: Iterator[tuple[range, str, bytes]], meta: Mapping[str, str]
) -> None:
    """Replace all batches and the description of a store in one transaction.

    The new batches may be computed from the old ones.
    """
    complete = store.complete(meta)
    new = Store(store.path, store.connection, [], complete)
    with store.connection as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TEMP TABLE moved AS SELECT * FROM main.batches WHERE 0")
        for cells, code, records in rows:
            row = new.row(cells, code, records)
            connection.execute("INSERT INTO temp.moved VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("DELETE FROM main.batches")
        connection.execute("INSERT INTO main.batches SELECT * FROM temp.moved")
        connection.execute("DROP TABLE temp.moved")
        connection.executemany(SET_META.replace("meta", "main.meta"), complete.items())
    store.meta = complete
