"""Batches on other processes: any executor of `concurrent.futures`, and a pool of our own that ends with its parent."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from functools import lru_cache
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING, Any

from auxtheory.study.cells import measure, told
from auxtheory.study.definition import StudyError
from auxtheory.study.records import encode

if TYPE_CHECKING:
    from auxtheory.study.definition import Study

AT_ONCE = 64  # batches handed to an executor before the first comes back

Done = tuple[range, bytes]


def pool(processes: int) -> ProcessPoolExecutor:
    """Fresh processes, each of which ends at once when this one does, however it ends."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            connection.wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def spread(study: Study, batches: Iterator[range], executor: Executor, failed: Callable[[str], None]) -> Iterator[Done]:
    """The batches as they get done, at most `AT_ONCE` under way; a batch whose worker raised is told to `failed`.

    StudyError if the study cannot be sent to other processes.
    """
    parcel, pending = _packed(study), {}
    try:
        for cells in batches:
            pending[executor.submit(_job, parcel, cells.start, cells.stop)] = cells
            if len(pending) >= AT_ONCE:
                yield from _collected(pending, failed)
        while pending:
            yield from _collected(pending, failed)
    finally:
        for future in pending:
            future.cancel()


def _collected(pending: dict[Future[bytes], range], failed: Callable[[str], None]) -> Iterator[Done]:
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        cells = pending.pop(future)
        error = future.exception()
        if error is None:
            yield cells, future.result()
        else:
            failed(told(error))


def _packed(study: Study) -> bytes:
    """The study as bytes; what is defined in no module that others could import goes by value."""
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(study))
    except Exception as error:  # whatever the parts of a user's own raise
        raise StudyError(f"the study cannot be sent to other processes: {told(error)}") from error


def _job(parcel: bytes, start: int, stop: int) -> bytes:
    """Run one batch, in whatever process this is."""
    return encode(*measure(_unpacked(parcel), range(start, stop)))


@lru_cache(maxsize=2)
def _unpacked(parcel: bytes) -> Any:
    import cloudpickle

    return cloudpickle.loads(parcel)
