"""Batches in other processes: any executor of `concurrent.futures`, and a pool of workers that end
with their parent."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Collection, Generator, Iterator
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
from auxtheory.study.running.compute import measure, one_line
from auxtheory.study.sources import user_modules
from auxtheory.study.storage.records import CELL, packed

if TYPE_CHECKING:
    from auxtheory.study.design import Design

log = logging.getLogger("auxtheory.study")
ENDED = "a worker process ended unexpectedly"
# Seconds without a result after which the executor is checked.
TIMEOUT = 30.0
MAX_PENDING = 64  # batches that an executor has at a time
# Bytes of the studies sent with them and of their results, unless workers would have nothing to do.
MAX_PENDING_BYTES = 2**26
MIN_SHARED = 2**14  # bytes of a study from which on Dask's workers get it once

# A batch, and for each of its cells a byte that says whether to run it; no bytes: all cells.
Task = tuple[range, bytes]
Done = tuple[Task, bytes]


@contextmanager
def pool(processes: int) -> Iterator[Executor]:
    """New worker processes, which end at once when this process ends, for whatever reason, or when
    the run is stopped."""
    context = get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(processes, context, _initialise, (reader,))
    try:
        yield executor
    except BaseException:
        writer.close()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
        writer.close()
        reader.close()


def _initialise(pipe: Any) -> None:
    # A terminal sends Ctrl-C to all processes; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_after(pipe)


def _end_after(pipe: Any) -> None:
    """End this process at once when the other end of a pipe is closed."""

    def watch() -> None:
        connection.wait([pipe])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@cache
def _end_with(parent: int) -> None:
    """End this process when its parent ends, if that has this process id."""
    process = parent_process()
    if process is not None and process.pid == parent:
        _end_after(process.sentinel)


def run_all(
    study: Design, batches: Iterator[Task], executor: Executor, failed: Callable[[str], None]
) -> Generator[Done, None, None]:
    """The batches as they are finished, at most `MAX_PENDING` and about `MAX_PENDING_BYTES` at a
    time; `failed` is called with the error of a batch that raised twice.

    Once the executor takes no more batches, those that it has are still collected. StudyError if
    the study cannot be sent to other processes.
    """
    parcel = _packed(study)
    shared = _shared(parcel, executor)
    pending = dict[Future[bytes], Task]()
    tried = set[Task]()

    def submitted(task: Task) -> bool:
        cells, wanted = task
        arguments = (
            parcel if task in tried else shared,
            code_version(),
            os.getpid(),
            task in tried,
            cells.start,
            cells.stop,
            wanted,
        )
        try:
            pending[executor.submit(_job, *arguments)] = task
        except Exception as error:  # the executor is broken or was shut down
            failed(_message(error))
            return False
        return True

    def lost(task: Task, error: BaseException) -> None:
        # Dask cancels batches whose study was lost with the workers that had it.
        ended = isinstance(error, BrokenExecutor) or (
            isinstance(error, CancelledError) and shared is parcel
        )
        if task in tried or ended:
            failed(_message(error))
        else:
            tried.add(task)
            submitted(task)

    try:
        for task in batches:
            if not submitted(task):
                break
            each = len(parcel) if shared is parcel else 0
            if _full(pending.values(), each, executor):
                yield from _collected(pending, executor, lost)
        while pending:
            yield from _collected(pending, executor, lost)
    finally:
        for future in pending:
            future.cancel()


def _shared(parcel: bytes, executor: Executor) -> Any:
    """A study as bytes or, for Dask, once on every worker if it is large: Dask keeps the last 1,000
    messages that it sent."""
    client = getattr(executor, "_client", None)
    if client is None or len(parcel) < MIN_SHARED:
        return parcel
    try:
        return client.scatter(parcel, broadcast=True)
    except Exception as error:  # such as no worker yet
        log.info("the study is sent with every batch: %s", one_line(error))
        return parcel


def _full(pending: Collection[Task], parcel: int, executor: Executor) -> bool:
    """Whether an executor has enough batches, each sent with so many bytes."""
    count = len(pending)
    size = count * parcel + CELL.itemsize * sum(len(cells) for cells, _ in pending)
    return count >= MAX_PENDING or (size >= MAX_PENDING_BYTES and count >= 2 * _workers(executor))


def _workers(executor: Executor) -> int:
    """The number of workers of an executor, as far as those of Python, MPI and Dask report it."""
    client = getattr(executor, "_client", None)
    if client is not None:
        return sum(client.nthreads().values())
    numbers = (getattr(executor, name, None) for name in ("num_workers", "_max_workers"))
    return next((number for number in numbers if isinstance(number, int)), 1)


def _collected(
    pending: dict[Future[bytes], Task],
    executor: Executor,
    lost: Callable[[Task, BaseException], None],
) -> Iterator[Done]:
    """The batches that are finished after the next wait; `lost` is called with those that
    failed."""
    done, _ = wait(pending, TIMEOUT, FIRST_COMPLETED)
    if not done:
        try:
            executor.submit(int)
        # The executor has ended, and not every executor then cancels its futures.
        except Exception as error:
            ended = CancelledError(f"the executor has ended ({one_line(error)})")
            for future in [*pending]:
                lost(pending.pop(future), ended)
    while done:
        future = done.pop()  # which is then forgotten, with its result
        task = pending.pop(future)
        failure = (
            CancelledError("the executor cancelled it")
            if future.cancelled()
            else future.exception()
        )
        if failure is None:
            yield task, future.result()
        else:
            lost(task, failure)


def _message(error: BaseException) -> str:
    return ENDED if isinstance(error, BrokenExecutor) else one_line(error)


def _packed(study: Design) -> bytes:
    """The study as bytes; definitions in a user's modules are included, since other processes may
    not be able to import them."""
    import cloudpickle

    by_value = [
        module
        for module in user_modules()
        if module.__name__ not in cloudpickle.list_registry_pickle_by_value()
    ]
    try:
        for module in by_value:
            cloudpickle.register_pickle_by_value(module)
        return bytes(cloudpickle.dumps(study))
    except Exception as error:  # a user's classes may raise anything
        raise StudyError(
            f"the study cannot be sent to other processes: {one_line(error)}"
        ) from error
    finally:
        for module in by_value:
            cloudpickle.unregister_pickle_by_value(module)


def _job(
    parcel: bytes, code: str, owner: int, retry: bool, start: int, stop: int, wanted: bytes = b""
) -> bytes:
    """Run one batch, or the wanted cells of it, in this process; `retry` only makes the second call
    another one, since some executors do not repeat a call."""
    if code_version() != code:
        raise StudyError(
            f"a worker has another version of auxtheory, {code_version()} instead of {code}"
        )
    _end_with(owner)
    return run_one(_unpacked(parcel), (range(start, stop), wanted))


def run_one(study: Design, task: Task) -> bytes:
    """The records of a batch, or of the wanted cells of it, run in this process."""
    cells, wanted = task
    return packed(*measure(study, cells, np.frombuffer(wanted, dtype=bool) if wanted else None))


@lru_cache(maxsize=2)
def _unpacked(parcel: bytes) -> Any:
    import cloudpickle

    return cloudpickle.loads(parcel)
