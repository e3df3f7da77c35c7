"""Batches on other processes and threads: the same bits, and errors are reported."""

from __future__ import annotations

import re
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from durable import content, counts, study

from auxtheory.errors import InputError
from auxtheory.study import Results, StudyError
from auxtheory.study.identity import code_version
from auxtheory.study.running import workers

pytestmark = pytest.mark.usefixtures("in_small_batches")


class Odd(Executor):
    """Runs a batch where it is, except for one in so many, the first `times` that it is handed
    out."""

    def __init__(self, odd: Any, every: int = 7, times: int = 2) -> None:
        self.odd = odd
        self.every = every
        self.times = times

    def submit(self, function: Any, /, *args: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if args[4] // 5 % self.every == 1 and args[3] < self.times:
            self.odd(future)
        else:
            try:
                future.set_result(function(*args, **options))
            except Exception as error:
                future.set_exception(error)
        return future


def refused(path: Path, executor: Any) -> str:
    """The one line of a study that could not be finished."""
    with pytest.raises(StudyError) as caught:
        study(5).run(path, executor=executor)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_threads_and_processes_give_the_same_bits(whole: Path, tmp_path: Path) -> None:
    """A thread pool, a pool of our own."""
    with ThreadPoolExecutor(3) as threads:
        study(5).run(tmp_path / "a.study", executor=threads)
    study(5).run(tmp_path / "b.study", processes=2)
    assert content(tmp_path / "a.study") == content(tmp_path / "b.study") == content(whole)


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        (lambda f: f.set_exception(ValueError("a\nb")), "ValueError: a b (5 batches)"),
        (
            lambda f: f.set_exception(ValueError("x" * 10**6)),
            f"ValueError: {'x' * 387}… (5 batches)",
        ),
        (lambda f: f.set_exception(SystemExit(3)), "SystemExit: 3 (5 batches)"),
        (
            lambda f: f.cancel() and f.set_running_or_notify_cancel(),
            "CancelledError: the executor cancelled it (5 batches)",
        ),
    ],
)
def test_batches_whose_worker_raises_are_told_and_the_others_kept(
    whole: Path, tmp_path: Path, odd: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line, with how many cells are kept; the next run gives the same bits."""
    path = tmp_path / "a.study"
    end = "125 of 150 cells are stored; run it again to resume"
    assert refused(path, Odd(odd)) == f"not every batch could be run: {told}. {end}"
    assert len(caplog.records) == 1 and Results.open(path).counts == {"pass": 125, "missing": 25}
    assert counts(path)[0] == 125 and content(path) == content(whole)


def test_a_batch_that_raised_once_is_tried_again(whole: Path, tmp_path: Path) -> None:
    """As where an executor loses a result together with a worker."""
    study(5).run(
        tmp_path / "a.study", executor=Odd(lambda f: f.set_exception(OSError("lost")), times=1)
    )
    assert content(tmp_path / "a.study") == content(whole)


def test_many_kinds_of_errors_stay_one_line(tmp_path: Path) -> None:
    """Three are told, the others counted."""
    numbers = iter(range(99))
    told = refused(tmp_path / "a.study", Odd(lambda f: f.set_exception(KeyError(next(numbers))), 2))
    told = re.sub("KeyError: [0-9]+", "KeyError", told)
    kinds = "KeyError; KeyError; KeyError; other errors, which are in the log (12 batches)"
    assert (
        told
        == f"not every batch could be run: {kinds}. 75 of 150 cells are stored; run it again to resume"
    )


def test_an_executor_that_takes_no_more(whole: Path, tmp_path: Path) -> None:
    """What is under way is kept."""
    executor = ThreadPoolExecutor(1)
    submit = executor.submit
    path = tmp_path / "a.study"

    def submit_some(*args: Any) -> Any:
        if args[5] == 50:
            executor.shutdown(wait=False)
        return submit(*args)

    executor.submit = submit_some  # type: ignore[method-assign,assignment]
    told = "RuntimeError: cannot schedule new futures after shutdown"
    end = "50 of 150 cells are stored; run it again to resume"
    assert refused(path, executor) == f"not every batch could be run: {told}. {end}"
    assert counts(path)[0] == 50 and content(path) == content(whole)


def test_an_executor_that_ends_without_a_word(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Dask's does once its scheduler is gone: what was handed to it never comes back."""
    path = tmp_path / "a.study"
    executor = Odd(lambda future: None)
    submit = executor.submit

    def submit_or_end(function: Any, /, *args: Any) -> Any:
        if function is int:
            raise RuntimeError("closed")
        return submit(function, *args)

    executor.submit = submit_or_end  # type: ignore[method-assign,assignment]
    monkeypatch.setattr(workers, "TIMEOUT", 0.05)
    end = "125 of 150 cells are stored; run it again to resume"
    told = "CancelledError: the executor has ended (RuntimeError: closed) (5 batches)"
    assert refused(path, executor) == f"not every batch could be run: {told}. {end}"
    assert counts(path)[0] == 125 and content(path) == content(whole)


def test_a_worker_of_another_version_is_told(tmp_path: Path) -> None:
    """Its numbers would pass for those of this code."""
    executor = Odd(None, 999, 0)
    submit = executor.submit
    executor.submit = lambda job, parcel, code, *more: submit(job, parcel, "b", *more)  # type: ignore[method-assign]
    told = (
        f"StudyError: a worker has another version of auxtheory, {code_version()} instead of b "
        "(30 batches)"
    )
    end = "0 of 150 cells are stored; run it again to resume"
    assert refused(tmp_path / "a.study", executor) == f"not every batch could be run: {told}. {end}"


def test_bad_ways_to_run() -> None:
    """All of them at once."""
    for options, told in (
        ({"processes": 2, "executor": Odd(None)}, "must be left out where an executor is given"),
        ({"executor": 3}, "executor = 3: must have the submit of concurrent.futures.Executor"),
        ({"processes": 0}, "processes = 0: must be a whole number of at least 1"),
    ):
        with pytest.raises(InputError, match=told):
            study(2).run(**options)  # type: ignore[arg-type]


class Sharing(Executor):
    """Shares a study among its workers as Dask does, and cancels one batch in so many that are sent
    with the shared one."""

    def __init__(self, *, ready: bool = True) -> None:
        self._client = self
        self.ready = ready
        self.sent = list[int]()  # the bytes of the studies that were sent with batches
        self.pending = 0

    def nthreads(self) -> dict[str, int]:
        return {"a": 1, "b": 1}

    def scatter(self, parcel: bytes, *, broadcast: bool) -> list[bytes]:
        if not self.ready:
            raise TimeoutError("no workers")
        assert broadcast
        return [parcel]

    def submit(self, function: Any, /, *args: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        shared = isinstance(args[0], list)
        self.sent.append(0 if shared else len(args[0]))
        if shared and args[4] // 5 % 7 == 1:
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            parcel = args[0][0] if shared else args[0]
            future.set_result(function(parcel, *args[1:], **options))
        return future


@pytest.mark.parametrize(("least", "ready"), [(1, True), (1, False), (10**9, True)])
def test_a_large_study_is_sent_once(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int, ready: bool
) -> None:
    """Batches whose shared study was lost with its workers are sent with a copy of it; a small
    study, and one that cannot be shared, is sent with every batch."""
    monkeypatch.setattr(workers, "MIN_SHARED", least)
    path = tmp_path / "a.study"
    executor = Sharing(ready=ready)
    study(5).run(path, executor=executor)
    assert content(path) == content(whole)
    lost = 5 if least == 1 and ready else 30
    assert sum(size > 0 for size in executor.sent) == lost
    assert len(executor.sent) == (35 if lost == 5 else 30)


def test_results_that_wait_to_be_stored_are_bounded_by_bytes() -> None:
    """By number, and by bytes unless workers would have nothing to do."""
    cells = (range(100_000), b"")
    executor = Sharing()
    assert not workers._full([cells] * 3, 0, executor) and workers._full([cells] * 4, 0, executor)
    assert not workers._full([(range(9), b"")] * 63, 0, executor)
    assert workers._full([(range(9), b"")] * 64, 0, executor)
    assert workers._full([(range(9), b"")] * 8, 10**7, executor)
    with ThreadPoolExecutor(5) as threads:
        assert not workers._full([cells] * 9, 0, threads) and workers._full(
            [cells] * 10, 0, threads
        )
