"""Batches on other processes: any executor of `concurrent.futures`, and a pool of our own that ends
with its parent."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from functools import cache, lru_cache
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.errors import StudyError
from auxtheory.study.identity import code_version
from auxtheory.study.running.compute import measure, told
from auxtheory.study.sources import users
from auxtheory.study.storage.records import packed

if TYPE_CHECKING:
    from auxtheory.study.design import Design

ENDED = "a worker process ended in the middle of its work"
# Seconds without a result, after which the executor is asked whether it still works.
PATIENCE = 30.0
AT_ONCE = 64  # batches handed to an executor before the first comes back

Task = tuple[range, bytes]  # a batch, and which of its cells to run, a byte each; none: all of them
Done = tuple[Task, bytes]


@contextmanager
def pool(processes: int) -> Iterator[Executor]:
    """Fresh processes, each of which ends at once when this one does, however it ends, or when its
    work is stopped."""
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    own = ProcessPoolExecutor(processes, context, _begin, (theirs,))
    try:
        yield own
    except BaseException:
        ours.close()
        raise
    finally:
        own.shutdown(cancel_futures=True)
        ours.close()
        theirs.close()


def _begin(pipe: Any) -> None:
    # A terminal sends it to all; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_after(pipe)


def _end_after(closed: Any) -> None:
    """End this process at once when the other end of a pipe is closed."""

    def watch() -> None:
        connection.wait([closed])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@cache
def _end_with(parent: int) -> None:
    """End this process when the one that started it ends, if that is the one of this number."""
    found = parent_process()
    if found is not None and found.pid == parent:
        _end_after(found.sentinel)


def spread(
    study: Design, batches: Iterator[Task], executor: Executor, failed: Callable[[str], None]
) -> Generator[Done, None, None]:
    """The batches as they get done, at most `AT_ONCE` under way; a batch that raised twice is told
    to `failed`.

    Once the executor takes no more, what is under way is still collected. StudyError if the study
    cannot be sent to other processes.
    """
    parcel = _packed(study)
    pending = dict[Future[bytes], Task]()
    tried = set[Task]()

    def handed_out(task: Task) -> bool:
        cells, wanted = task
        words = parcel, code_version(), os.getpid(), task in tried, cells.start, cells.stop, wanted
        try:
            pending[executor.submit(_job, *words)] = task
        except Exception as error:  # it broke, or was shut down
            failed(_why(error))
            return False
        return True

    def lost(task: Task, error: BaseException) -> None:
        if task in tried or isinstance(error, BrokenExecutor | CancelledError):
            failed(_why(error))
        else:
            tried.add(task)
            handed_out(task)

    try:
        for task in batches:
            if not handed_out(task):
                break
            if len(pending) >= AT_ONCE:
                yield from _collected(pending, executor, lost)
        while pending:
            yield from _collected(pending, executor, lost)
    finally:
        for future in pending:
            future.cancel()


def _collected(
    pending: dict[Future[bytes], Task],
    executor: Executor,
    lost: Callable[[Task, BaseException], None],
) -> Iterator[Done]:
    done, _ = wait(pending, PATIENCE, FIRST_COMPLETED)
    if not done:
        try:
            executor.submit(int)
        # It has ended, and not every executor then ends what it was given.
        except Exception as error:
            gone = CancelledError(f"the executor has ended ({told(error)})")
            for future in [*pending]:
                lost(pending.pop(future), gone)
    for future in done:
        task = pending.pop(future)
        failure = (
            CancelledError("the executor gave it up") if future.cancelled() else future.exception()
        )
        if failure is None:
            yield task, future.result()
        else:
            lost(task, failure)


def _why(error: BaseException) -> str:
    return ENDED if isinstance(error, BrokenExecutor) else told(error)


def _packed(study: Design) -> bytes:
    """The study as bytes; what is defined in a user's own modules goes by value, since others
    cannot import them."""
    import cloudpickle

    by_value = [
        module
        for module in users()
        if module.__name__ not in cloudpickle.list_registry_pickle_by_value()
    ]
    try:
        for module in by_value:
            cloudpickle.register_pickle_by_value(module)
        return bytes(cloudpickle.dumps(study))
    except Exception as error:  # whatever the parts of a user's own raise
        raise StudyError(f"the study cannot be sent to other processes: {told(error)}") from error
    finally:
        for module in by_value:
            cloudpickle.unregister_pickle_by_value(module)


def _job(
    parcel: bytes, code: str, owner: int, again: bool, start: int, stop: int, wanted: bytes = b""
) -> bytes:
    """Run one batch, or the wanted cells of it, wherever this is; again: some executors run no call
    twice."""
    if code_version() != code:
        raise StudyError(
            f"a worker has another version of auxtheory, {code_version()} instead of {code}"
        )
    _end_with(owner)
    return run_one(_unpacked(parcel), (range(start, stop), wanted))


def run_one(study: Design, task: Task) -> bytes:
    """The records of a batch, or of the wanted cells of it, here."""
    cells, wanted = task
    return packed(*measure(study, cells, np.frombuffer(wanted, dtype=bool) if wanted else None))


@lru_cache(maxsize=2)
def _unpacked(parcel: bytes) -> Any:
    import cloudpickle

    return cloudpickle.loads(parcel)
