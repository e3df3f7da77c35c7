"""Running a study: the missing batches, in this process or by an executor, each stored as soon as
it is done."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.errors import Checks, StudyError, whole
from auxtheory.files import as_path
from auxtheory.study.description import combined_provenance, description, differences
from auxtheory.study.extension import Extension, extension, moved, replace_all, snapped
from auxtheory.study.identity import code_version, identities, identity
from auxtheory.study.plan import batches
from auxtheory.study.results.results import Results, collected
from auxtheory.study.running import workers
from auxtheory.study.storage.database import Store, stored_batch
from auxtheory.study.storage.file import writing
from auxtheory.study.storage.memory import Memory
from auxtheory.study.storage.records import completed, unfinished

if TYPE_CHECKING:
    import xarray as xr

    from auxtheory.study.design import Design

log = logging.getLogger("auxtheory.study")
Progress = Callable[[int, int], None]
UNGUARDED = " (a script must call run below `if __name__ == '__main__':`)"
OTHER = "`--out OTHER.study`, or another path in Python"
MAX_KINDS = 3  # kinds of errors that are reported one by one


def run(
    study: Design,
    path: str | Path | None,
    *,
    executor: Executor | None,
    processes: int | None,
    part: tuple[int, int],
    progress: Progress | None,
) -> Results:
    """Run a study; the arguments are those of `Study.run`."""
    check(executor, processes, part, path, progress)
    processes = whole(processes)
    part = (whole(part[0]), whole(part[1]))
    # An absolute path, since the current folder may change before the results are read.
    absolute = None if path is None else Path(path).absolute()
    opened: AbstractContextManager[Store] = (
        closing(Memory()) if path is None else writing(Path(path), *identities(study))
    )
    with opened as store:
        study = snapped(study, json.loads(store.meta.get("description", "{}")))
        study_identity = identity(study)
        todo = _prepared(study, store, study_identity)
        for note in store.notes:
            log.warning(note)
        with _executor(executor, processes) as chosen:
            _run(study, store, todo, chosen, part, progress or _silent)
        return (
            collected(store)
            if absolute is None
            else Results(partial(_read, absolute, study_identity), tuple(store.notes))
        )


def _read(path: Path, study_identity: str) -> xr.Dataset:
    """The results of a study in a file; StudyError if the file holds another study by then."""
    data = Results.open(path).dataset
    if data.attrs["identity"] != study_identity:
        raise StudyError(f"cannot read {path}: it now holds another study")
    return data


def check(executor: Any, processes: Any, part: Any, path: Any = None, progress: Any = None) -> None:
    """Check the arguments of `Study.run`."""
    checks = Checks()
    if path is not None:
        as_path(checks, "path", path)
    if progress is not None:
        checks.function("progress", progress, "(cells done, all cells)")
    if processes is not None:
        checks.whole("processes", processes)
        if executor is not None:
            checks.complain("processes", processes, "must be left out where an executor is given")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        checks.complain("executor", executor, "must have the submit of concurrent.futures.Executor")
    if not isinstance(part, tuple | list) or len(part) != 2:
        checks.complain("part", part, "must be (i, n), the i-th of n parts")
    else:
        checks.whole("part[1]", part[1])
        checks.whole("part[0]", part[0])
        if not checks.complaints and part[0] > part[1]:
            last = whole(part[1])
            checks.complain(
                "part", f"{part[0]}/{last}", f"must be one of 1/{last} to {last}/{last}"
            )
    checks.done()


def _prepared(study: Design, store: Store, study_identity: str) -> dict[range, bytes]:
    """Make sure that the file holds this study, or extend the study in it to this one.

    Returns:
        The batches in the file; for each, a byte for each cell that says whether it still has to be
        run, or no bytes if all cells are done.
    """
    folder = None if store.path is None else store.path.absolute().parent
    present = description(study, folder)
    stored = json.loads(store.meta.get("description", "{}"))
    code = code_version()
    outdated = 0
    todo = dict[range, bytes]()
    for cells, version, blob in store.batches():
        if version == code:
            todo[cells] = cells_to_run(cells, blob)
        outdated += version != code
    if outdated:
        store.notes.append(
            f"{store.path}: {outdated} batches come from another version of the code and are run "
            "again"
        )
    if stored.get("code") == code:
        present["provenance"] = combined_provenance(stored["provenance"], present["provenance"])
    meta = {"identity": study_identity, "description": json.dumps(present)}
    stored_identity = store.meta.get("identity", study_identity)
    if stored_identity != study_identity and stored_identity in identities(study):
        # The identity from before public names is in the checksums of the batches.
        replace_all(store, store.batches(), {"identity": study_identity})
    elif stored_identity != study_identity:
        extended = _extension(study, store, stored, present)
        replace_all(store, moved(store, code, extended), meta)
        log.info(
            "the study in %s is part of this one: %d cells become %d",
            store.path,
            extended.old.grid.size,
            study.grid.size,
        )
        return {cells: cells_to_run(cells, blob) for cells, _, blob in store.batches()}
    if outdated or store.damaged:
        store.forget(code)
    if present != stored:
        store.describe(meta)
    return todo


def cells_to_run(cells: range, blob: bytes) -> bytes:
    """One byte for each cell of a batch that says whether it has to be run; no bytes if all cells
    are done."""
    wanted = unfinished(cells, blob)
    return wanted.tobytes() if np.any(wanted) else b""


def _extension(
    study: Design, store: Store, stored: dict[str, Any], present: dict[str, Any]
) -> Extension:
    """The file's study as a part of this one; StudyError, and the file unchanged, if it is not."""
    hint = f"store this one in another file ({OTHER})"
    part = extension(study, stored, store.meta.get("identity")) if stored else None
    if part is None:
        raise StudyError(
            f"{store.path} holds another study (other {differences(stored, present)}): {hint}"
        )
    if part.lost:
        raise StudyError(
            f"{store.path} holds cells that are not in this study ({', '.join(part.lost)}): add "
            f"them, or {hint}"
        )
    return part


@contextmanager
def _executor(executor: Executor | None, processes: int | None) -> Iterator[Executor | None]:
    """The caller's executor, which stays open, or a new pool of worker processes."""
    if processes is None or processes == 1:
        yield executor
        return
    with workers.pool(processes) as pool:
        yield pool


def _run(
    study: Design,
    store: Store,
    todo: dict[range, bytes],
    executor: Executor | None,
    part: tuple[int, int],
    progress: Progress,
) -> None:
    """Run and store the batches of a part that are missing; StudyError if some could not be run."""
    total = study.grid.size
    code = code_version()
    errors = _Errors()
    start = count = sum(len(cells) - sum(wanted) for cells, wanted in todo.items())
    progress(count, total)
    mine = (
        (cells, todo.get(cells)) for cells in islice(batches(study), part[0] - 1, None, part[1])
    )
    missing = ((cells, wanted or b"") for cells, wanted in mine if wanted != b"")

    def failed(message: str) -> None:
        at_once = message == workers.ENDED and count == start
        errors.add(message + UNGUARDED if at_once else message)

    results = (
        ((task, workers.run_one(study, task)) for task in missing)
        if executor is None
        else workers.run_all(study, missing, executor, failed)
    )
    with closing(results):
        try:
            for (cells, wanted), blob in results:
                store.add(cells, code, _with_stored_cells(store, cells, code, wanted, blob))
                count += sum(wanted) if wanted else len(cells)
                log.info("cells %d–%d done, %d of %d", cells.start, cells.stop - 1, count, total)
                progress(count, total)
        except sqlite3.Error as error:
            raise StudyError(
                f"cannot write {store.path}: {error}. {_stored(count, total)}"
            ) from error
    if errors.counts:
        raise StudyError(f"not every batch could be run: {errors}. {_stored(count, total)}")


class _Errors:
    """The errors of batches that could not be run, the first few kinds one by one."""

    def __init__(self) -> None:
        self.counts = dict[str, int]()

    def add(self, message: str) -> None:
        if message not in self.counts:
            log.error("a batch was not run: %s", message)
        listed = message in self.counts or len(self.counts) < MAX_KINDS
        kind = message if listed else "other errors, which are in the log"
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def __str__(self) -> str:
        return "; ".join(
            f"{message} ({n} batches)" if n > 1 else message for message, n in self.counts.items()
        )


def _with_stored_cells(store: Store, cells: range, code: str, wanted: bytes, blob: bytes) -> bytes:
    """A batch of which only the wanted cells were run, with the stored ones in place of the
    others."""
    stored = stored_batch(store, cells, code) if wanted and not all(wanted) else None
    return blob if stored is None else completed(stored, blob, np.frombuffer(wanted, dtype=bool))


def _stored(count: int, total: int) -> str:
    return f"{count} of {total} cells are stored; run it again to resume"


def _silent(done: int, total: int) -> None:
    """No progress is shown."""
