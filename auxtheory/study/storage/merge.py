"""The batches of several files of one study in one file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from auxtheory.errors import StudyError
from auxtheory.study.storage.database import Store, stored_batch
from auxtheory.study.storage.file import reading, writing
from auxtheory.study.storage.records import completed, unfinished


def merge(out: Path, paths: Sequence[Path]) -> tuple[int, list[str]]:
    """Copy the batches of several files of one study into a new or an existing file; the number of
    complete batches, and what was wrong with the files."""
    stored: dict[Path, dict[str, str]] = {}
    for path in [*([out] if os.path.exists(out) else []), *paths]:
        with reading(path) as store:
            stored[path] = {name: store.meta[name] for name in ("identity", "description")}
    meta = next(iter(stored.values()))
    _check_same_study(stored)
    code = json.loads(meta["description"])["code"]
    notes = list[str]()
    with writing(out, meta["identity"]) as store:
        store.describe(meta)
        complete = {
            cells
            for cells, version, blob in store.batches()
            if version == code and not np.any(unfinished(cells, blob))
        }
        for path in paths:
            with reading(path) as other:
                store.add_all(_new_batches(store, other, code, complete))
                notes += other.notes
        return len(complete), [*store.notes, *notes]


def _check_same_study(stored: Mapping[Path, Mapping[str, str]]) -> None:
    """StudyError unless all files hold the study of the first, run by the same code."""
    first, meta = next(iter(stored.items()))
    description = json.loads(meta["description"])
    for path, other_meta in stored.items():
        other = json.loads(other_meta["description"])
        same_code = other["code"] == description["code"]
        # Other code may only know the same study by another identity.
        renamed = not same_code and other["definition"] == description["definition"]
        if other_meta["identity"] != meta["identity"] and not renamed:
            raise StudyError(f"cannot merge {path}: it holds another study than {first}")
        if not same_code:
            raise StudyError(
                f"cannot merge {path}: another version of the code ran it than {first}; resume it "
                "first"
            )


def _new_batches(
    store: Store, other: Store, code: str, complete: set[range]
) -> Iterator[tuple[range, str, bytes]]:
    """The batches of this code that are not complete yet, each with the cells that either file has;
    those without a missing or failed cell are added to `complete`."""
    for cells, version, blob in other.batches():
        if version == code and cells not in complete:
            present = stored_batch(store, cells, code)
            wanted = unfinished(cells, blob)
            if present is not None and np.any(wanted):
                blob = completed(blob, present, wanted)
                wanted = unfinished(cells, blob)
            if not np.any(wanted):
                complete.add(cells)
            yield cells, version, blob
