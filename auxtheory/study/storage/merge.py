"""The batches of several files of one study in one file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from auxtheory.errors import StudyError
from auxtheory.study.storage.database import Store, kept_in
from auxtheory.study.storage.file import reading, writing
from auxtheory.study.storage.records import completed, lacking


def merge(out: Path, paths: Sequence[Path]) -> tuple[int, list[str]]:
    """Copy the batches of several files of one study into a new or an existing one; how many are
    whole, and what was wrong with the files."""
    told: dict[Path, dict[str, str]] = {}
    for path in [*([out] if os.path.exists(out) else []), *paths]:
        with reading(path) as one:
            told[path] = {name: one.meta[name] for name in ("identity", "description")}
    first, meta = next(iter(told.items()))
    notes = list[str]()
    code = json.loads(meta["description"])["code"]
    for path, own in told.items():
        other = json.loads(own["description"])
        renamed = other["definition"] == json.loads(meta["description"])["definition"]
        if own["identity"] != meta["identity"] and (other["code"] == code or not renamed):
            raise StudyError(f"cannot merge {path}: it holds another study than {first}")
        if other["code"] != code:
            raise StudyError(
                f"cannot merge {path}: another version of the code ran it than {first}; resume it "
                "first"
            )
    with writing(out, meta["identity"]) as store:
        store.describe(meta)
        held = (
            (cells, lacking(cells, blob))
            for cells, version, blob in store.batches()
            if version == code
        )
        there = {cells for cells, open_ in held if not np.any(open_)}
        for path in paths:
            with reading(path) as other:
                store.add_all(_lacking(store, other, code, there))
                notes += other.notes
        return len(there), [*store.notes, *notes]


def _lacking(
    store: Store, other: Store, code: str, there: set[range]
) -> Iterator[tuple[range, str, bytes]]:
    """The batches of this code that are not there yet, each with the cells that both files have of
    it; those of which no cell is missing or failed then count as there."""
    for cells, version, blob in other.batches():
        if version == code and cells not in there:
            kept = kept_in(store, cells, code)
            open_ = lacking(cells, blob)
            if kept is not None and np.any(open_):
                blob = completed(blob, kept, open_)
                open_ = lacking(cells, blob)
            if not np.any(open_):
                there.add(cells)
            yield cells, version, blob
