"""Running a study: the batches that are missing, here or by an executor, each kept before it
counts."""

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
from auxtheory.study.description import both, description, differences
from auxtheory.study.extension import Extension, extension, moved, replace_all, snapped
from auxtheory.study.identity import code_version, identities, identity
from auxtheory.study.plan import batches
from auxtheory.study.results.results import Results, collected
from auxtheory.study.running import workers
from auxtheory.study.storage.database import Store, in_memory, kept_in
from auxtheory.study.storage.file import writing
from auxtheory.study.storage.records import completed, lacking

if TYPE_CHECKING:
    import xarray as xr

    from auxtheory.study.design import Design

log = logging.getLogger("auxtheory.study")
Progress = Callable[[int, int], None]
UNGUARDED = " (a script must call run below `if __name__ == '__main__':`)"
OTHER = "`--out OTHER.study`, or another path in Python"
KINDS = 3  # of errors that are told one by one


def run(
    study: Design,
    path: str | Path | None,
    *,
    executor: Executor | None,
    processes: int | None,
    part: tuple[int, int],
    progress: Progress | None,
) -> Results:
    """See `Study.run`."""
    check(executor, processes, part, path, progress)
    processes = whole(processes)
    part = (whole(part[0]), whole(part[1]))
    there = None if path is None else Path(path).absolute()  # whatever becomes the working folder
    kept: AbstractContextManager[Store] = (
        closing(in_memory()) if path is None else writing(Path(path), *identities(study))
    )
    with kept as store:
        study = snapped(study, json.loads(store.meta.get("description", "{}")))
        own = identity(study)
        todo = _prepared(study, store, own)
        for note in store.notes:
            log.warning(note)
        with _executor(executor, processes) as chosen:
            _run(study, store, todo, chosen, part, progress or _silent)
        return (
            collected(store)
            if there is None
            else Results(partial(_read, there, own), tuple(store.notes))
        )


def _read(path: Path, own: str) -> xr.Dataset:
    found = Results.open(path).dataset
    if found.attrs["identity"] != own:
        raise StudyError(f"cannot read {path}: it holds another study now")
    return found


def check(executor: Any, processes: Any, part: Any, path: Any = None, progress: Any = None) -> None:
    """How to run it, checked."""
    checks = Checks()
    if path is not None:
        as_path(checks, "path", path)
    if progress is not None:
        checks.function("progress", progress, "(cells done, all cells)")
    if processes is not None:
        checks.whole("processes", processes)
        if executor is not None:
            checks.complain("processes", processes, "must be left out beside an executor")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        checks.complain("executor", executor, "must have the submit of concurrent.futures.Executor")
    if not isinstance(part, tuple | list) or len(part) != 2:
        checks.complain("part", part, "must be (i, n), the i-th of n parts")
    else:
        checks.whole("part[1]", part[1])
        checks.whole("part[0]", part[0])
        if not checks.complaints and part[0] > part[1]:
            checks.complain("part[0]", part[0], f"must be at most {part[1]}")
    checks.done()


def _prepared(study: Design, store: Store, own: str) -> dict[range, bytes]:
    """Make sure that the file is this study's, or make it so where its own was a part of this one;
    the batches that it holds, each with which of its cells are still to be run, a byte each, or
    none."""
    folder = None if store.path is None else store.path.absolute().parent
    told = description(study, folder)
    before = json.loads(store.meta.get("description", "{}"))
    code = code_version()
    old = 0
    open_ = dict[range, bytes]()
    for cells, version, blob in store.batches():
        if version == code:
            open_[cells] = still_open(cells, blob)
        old += version != code
    if old:
        store.notes.append(
            f"{store.path}: {old} batches come from another version of the code and are run again"
        )
    if before.get("code") == code:
        told["provenance"] = both(before["provenance"], told["provenance"])
    meta = {"identity": own, "description": json.dumps(told)}
    known = store.meta.get("identity", own)
    if known != own and known in identities(study):
        # Its batches are under the identity of before public names, which is in their checksums.
        replace_all(store, store.batches(), {"identity": own})
    elif known != own:
        grown = _grown(study, store, before, told)
        replace_all(store, moved(store, code, grown), meta)
        log.info(
            "the study in %s is part of this one: %d cells become %d",
            store.path,
            grown.old.grid.size,
            study.grid.size,
        )
        return {cells: still_open(cells, blob) for cells, _, blob in store.batches()}
    if old or store.damaged:
        store.forget(code)
    if told != before:
        store.describe(meta)
    return open_


def still_open(cells: range, blob: bytes) -> bytes:
    """Which cells of a batch are to be run, a byte each; none if all of them are done."""
    found = lacking(cells, blob)
    return found.tobytes() if np.any(found) else b""


def _grown(study: Design, store: Store, before: dict[str, Any], told: dict[str, Any]) -> Extension:
    """The file's study as a part of this one; StudyError, and the file as it was, where it is
    none."""
    there = f"keep this one in another file ({OTHER})"
    found = extension(study, before, store.meta.get("identity")) if before else None
    if found is None:
        raise StudyError(
            f"{store.path} holds another study (other {differences(before, told)}): {there}"
        )
    if found.lost:
        raise StudyError(
            f"{store.path} holds cells that this study leaves out ({', '.join(found.lost)}), and "
            "does not "
            f"drop them: leave them in, or {there}"
        )
    return found


@contextmanager
def _executor(executor: Executor | None, processes: int | None) -> Iterator[Executor | None]:
    """The caller's executor, left open, or a pool of our own."""
    if processes is None or processes == 1:
        yield executor
        return
    with workers.pool(processes) as own:
        yield own


def _run(
    study: Design,
    store: Store,
    todo: dict[range, bytes],
    executor: Executor | None,
    part: tuple[int, int],
    progress: Progress,
) -> None:
    total = study.grid.size
    code = code_version()
    errors = dict[str, int]()
    before = count = sum(len(cells) - sum(wanted) for cells, wanted in todo.items())
    progress(count, total)
    mine = (
        (cells, todo.get(cells)) for cells in islice(batches(study), part[0] - 1, None, part[1])
    )
    missing = ((cells, wanted or b"") for cells, wanted in mine if wanted != b"")

    def failed(message: str) -> None:
        if message == workers.ENDED and count == before:
            message += UNGUARDED
        if message not in errors:
            log.error("a batch was not run: %s", message)
        kind = (
            message
            if message in errors or len(errors) < KINDS
            else "other errors, which the log has"
        )
        errors[kind] = errors.get(kind, 0) + 1

    results = (
        ((task, workers.run_one(study, task)) for task in missing)
        if executor is None
        else workers.spread(study, missing, executor, failed)
    )
    with closing(results):
        try:
            for (cells, wanted), blob in results:
                store.add(cells, code, _whole(store, cells, code, wanted, blob))
                count += sum(wanted) if wanted else len(cells)
                log.info("cells %d–%d done, %d of %d", cells.start, cells.stop - 1, count, total)
                progress(count, total)
        except sqlite3.Error as error:
            raise StudyError(
                f"cannot write {store.path}: {error}. {_kept(count, total)}"
            ) from error
    if errors:
        told = "; ".join(
            f"{message} ({n} batches)" if n > 1 else message for message, n in errors.items()
        )
        raise StudyError(f"not every batch could be run: {told}. {_kept(count, total)}")


def _whole(store: Store, cells: range, code: str, wanted: bytes, blob: bytes) -> bytes:
    """A batch of which some cells were run now, with those that were kept before."""
    kept = kept_in(store, cells, code) if wanted and not all(wanted) else None
    return blob if kept is None else completed(kept, blob, np.frombuffer(wanted, dtype=bool))


def _kept(count: int, total: int) -> str:
    return f"{count} of {total} cells are kept; run it again to go on"


def _silent(done: int, total: int) -> None:
    """No progress is shown."""
