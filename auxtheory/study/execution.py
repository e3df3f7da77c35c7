"""Running a study: the batches that are missing, here or by an executor, each kept before it counts."""

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

from auxtheory.errors import Checks, whole
from auxtheory.files import as_path
from auxtheory.study import workers
from auxtheory.study.cells import measure
from auxtheory.study.definition import StudyError
from auxtheory.study.description import both, description, differences
from auxtheory.study.identity import code_version, identity
from auxtheory.study.plan import batches
from auxtheory.study.records import encode, finished
from auxtheory.study.results import Results, collected
from auxtheory.study.store import Store, in_memory, writing

if TYPE_CHECKING:
    import xarray as xr

    from auxtheory.study.definition import Study

log = logging.getLogger("auxtheory.study")
Progress = Callable[[int, int], None]
UNGUARDED = " (a script must call run below `if __name__ == '__main__':`)"
KINDS = 3  # of errors that are told one by one


def run(
    study: Study,
    path: str | Path | None,
    *,
    executor: Executor | None,
    processes: int | None,
    part: tuple[int, int],
    progress: Progress | None,
) -> Results:
    """See `Study.run`."""
    check(executor, processes, part, path, progress)
    processes, part = whole(processes), (whole(part[0]), whole(part[1]))
    own = identity(study)
    there = None if path is None else Path(path).absolute()  # whatever becomes the working folder
    kept: AbstractContextManager[Store] = closing(in_memory()) if path is None else writing(Path(path), own)
    with kept as store:
        done = _prepared(study, store, own)
        for note in store.notes:
            log.warning(note)
        with _executor(executor, processes) as chosen:
            _run(study, store, done, chosen, part, progress or _silent)
        return collected(store) if there is None else Results(partial(_read, there, own), tuple(store.notes))


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


def _prepared(study: Study, store: Store, own: str) -> set[range]:
    """Make sure that the file is this study's; the batches in it that need not be run again."""
    told, before = description(study), json.loads(store.meta.get("description", "{}"))
    if store.meta.get("identity", own) != own:
        raise StudyError(
            f"{store.path} holds another study (other {differences(before, told)}): keep this one in another file"
        )
    done, old, code = set(), 0, code_version()
    for cells, version, blob in store.batches():
        if version != code:
            old += 1
        elif finished(cells, blob):
            done.add(cells)
    if old:
        store.notes.append(f"{store.path}: {old} batches come from another version of the code and are run again")
    if old or store.damaged:
        store.forget(code)
    if before.get("code") == code:
        told["provenance"] = both(before["provenance"], told["provenance"])
    if told != before:
        store.describe({"identity": own, "description": json.dumps(told)})
    return done


@contextmanager
def _executor(executor: Executor | None, processes: int | None) -> Iterator[Executor | None]:
    """The caller's executor, left open, or a pool of our own."""
    if processes is None or processes == 1:
        yield executor
        return
    with workers.pool(processes) as own:
        yield own


def _run(
    study: Study, store: Store, done: set[range], executor: Executor | None, part: tuple[int, int], progress: Progress
) -> None:
    total, code, errors = study.grid.size, code_version(), dict[str, int]()
    before = count = sum(map(len, done))
    progress(count, total)
    missing = (cells for cells in islice(batches(study), part[0] - 1, None, part[1]) if cells not in done)

    def failed(message: str) -> None:
        if message == workers.ENDED and count == before:
            message += UNGUARDED
        if message not in errors:
            log.error("a batch was not run: %s", message)
        kind = message if message in errors or len(errors) < KINDS else "other errors, which the log has"
        errors[kind] = errors.get(kind, 0) + 1

    results = (
        ((cells, encode(*measure(study, cells))) for cells in missing) if executor is None
        else workers.spread(study, missing, executor, failed)
    )  # fmt: skip
    with closing(results):
        try:
            for cells, blob in results:
                store.add(cells, code, blob)
                count += len(cells)
                log.info("cells %d–%d done, %d of %d", cells.start, cells.stop - 1, count, total)
                progress(count, total)
        except sqlite3.Error as error:
            raise StudyError(f"cannot write {store.path}: {error}. {_kept(count, total)}") from error
    if errors:
        told = "; ".join(f"{message} ({n} batches)" if n > 1 else message for message, n in errors.items())
        raise StudyError(f"not every batch could be run: {told}. {_kept(count, total)}")


def _kept(count: int, total: int) -> str:
    return f"{count} of {total} cells are kept; run it again to go on"


def _silent(done: int, total: int) -> None:
    """No progress is shown."""
