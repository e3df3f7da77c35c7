"""Batches on other processes: pools, threads, Dask over TCP; workers that raise, die, or lose their
parent.

AUXTHEORY_KILLS: 25 for the full test of a killed Dask worker, on more cells.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from durable import ENVIRONMENT, ROOT, content, ended, study

from auxtheory.errors import InputError
from auxtheory.problems import Quadratic
from auxtheory.study import Results, Study, StudyError
from auxtheory.study.identity import code_version
from auxtheory.study.running import workers
from auxtheory.theorems.lookup import theorem_named

FULL = int(os.environ.get("AUXTHEORY_KILLS", "6")) >= 20
CELLS = 150


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


def counts(path: Path) -> list[int]:
    told: list[int] = []
    study(5).run(path, progress=lambda done, _: told.append(done))
    return told


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


OWN = '''
import os, sys, threading
import numpy as np
import auxtheory as at
from auxtheory.theorems.lookup import theorem_named
from auxtheory.study import Study, StudyError, plan

class Mine(at.theorems.AuxMOM):
    """Defined in the program itself."""

def dying(c, s):
    if np.any(np.asarray(c.delta) > 0.5):
        os._exit(3)
    return 10.0 + 0 * c.delta

if __name__ == "__main__":
    plan.MAX_CELLS = 6
    known = at.theorems.AuxMOM()
    lent = {"like": known, "steps": known, "check_units": False}
    there = theorem_named("own/theirs.py:Theirs")
    theorems = {
        "good": [Mine(), there, at.claim(lambda c, s: 10.0 + 0 * c.delta, name="Lambda", **lent)],
        "dying": [at.claim(dying, name="Dying", **lent)],
        "open": [at.claim(lambda c, s, lock=threading.Lock(): 10.0, name="Open", **lent)],
    }[sys.argv[1]]
    study = Study(theorems, at.Quadratic(L=1.0, mu=0.1, dim=4), delta=np.linspace(0, 1, 12), K=2, T=[3, 4])
    how = eval(sys.argv[3])
    try:
        print(study.run(sys.argv[2], **how).counts)
    except StudyError as error:
        print(error)
'''
THEIRS = '''
import auxtheory as at

FACTOR = 2

class Theirs(at.theorems.AuxMOM):
    """Defined in a file that no worker can import."""
    corollaries = tuple(at.Corollary(c.bound * FACTOR, case=c.case) for c in at.theorems.AuxMOM.corollaries)
    factor = property(lambda self: FACTOR)
'''


def own_program(folder: Path, which: str, name: str, how: str) -> tuple[str, str]:
    """What the program of a user's own prints."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "program.py").write_text(OWN)
    (folder / "own" / "theirs.py").write_text(THEIRS)
    done = subprocess.run(
        [sys.executable, "program.py", which, name, how],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip(), done.stderr


def test_theorems_of_a_users_own_reach_other_processes(tmp_path: Path) -> None:
    """Of the program, of a file, of a lambda: the same bits as without other processes."""
    for name, how in {"a.study": "{}", "b.study": "{'processes': 2}"}.items():
        assert own_program(tmp_path, "good", name, how) == ("{'pass': 72}", "")
    assert content(tmp_path / "a.study") == content(tmp_path / "b.study")


def test_a_worker_that_dies_costs_what_it_had_in_hand(tmp_path: Path) -> None:
    """A line with how much is kept; a run elsewhere goes on from there."""
    told, _ = own_program(tmp_path, "dying", "a.study", "{'processes': 2}")
    head = "not every batch could be run: a worker process ended unexpectedly"
    assert told.startswith(head) and told.endswith(
        " of 24 cells are stored; run it again to resume"
    )
    kept = sum(row[1] - row[0] for row in content(tmp_path / "a.study"))
    assert f". {kept} of 24" in told and kept <= 12


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    """Its workers would run it again from its beginning."""
    (tmp_path / "program.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\nimport durable\n"
        "try:\n    durable.study(2).run('a.study', processes=2)\nexcept Exception as e:\n    "
        "print(e)\n    raise"
    )
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert (
        "(a script must call run below `if __name__ == '__main__':`)"
        in done.stdout.splitlines()[-1]
    )


def test_what_cannot_be_sent_is_told(tmp_path: Path) -> None:
    """Before anything is run."""
    told, err = own_program(tmp_path, "open", "a.study", "{'processes': 2}")
    assert (
        told.startswith("the study cannot be sent to other processes: ")
        and "\n" not in told
        and err == ""
    )


PARENT = """
import os, signal, sys, time; sys.path.insert(0, "tests")
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import durable

def progress(done, size):
    print(done, flush=True)
    if done >= 10:
        time.sleep(60)  # until the signal comes, however late

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
    durable.small_batches()
    if sys.argv[2] == "forked":
        executor = ProcessPoolExecutor(2, get_context("fork"))
    how = {"executor": executor} if sys.argv[2] == "forked" else {"processes": 2}
    durable.study(5).run(sys.argv[1], progress=progress, **how)
"""


@pytest.mark.parametrize(
    ("which", "number"),
    [("own", signal.SIGKILL), ("own", signal.SIGINT), ("forked", signal.SIGKILL)],
)
def test_workers_end_when_their_parent_does(
    whole: Path, tmp_path: Path, which: str, number: signal.Signals
) -> None:
    """Killed or interrupted, also with a pool that is not ours and whose workers inherited the
    lock."""
    path = tmp_path / "a.study"
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script), str(path), which],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    while int(parent.stdout.readline() or 999) < 10:
        pass
    children = psutil.Process(parent.pid).children(recursive=True)
    assert len(children) >= 2
    if number == signal.SIGINT:
        os.killpg(parent.pid, number)  # as a terminal does
    else:
        parent.send_signal(number)
    _, err = parent.communicate(timeout=120)
    assert parent.returncode == -number and ended(children)
    if number == signal.SIGINT:
        assert err.strip().endswith("KeyboardInterrupt")
    assert counts(path)[0] >= 10 and content(path) == content(whole)


# Dask, a scheduler and its workers as processes of their own, over TCP.


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The scheduler's address, and three workers."""
    folder = tmp_path_factory.mktemp("dask")
    told = folder / "scheduler.json"
    options = {"cwd": folder, "env": ENVIRONMENT, "stderr": subprocess.DEVNULL}
    python = [sys.executable, "-m", "distributed.cli.dask_"]

    def started(kind: str, *words: str) -> subprocess.Popen[bytes]:
        command = [
            *python[:2],
            python[2] + kind,
            *words,
            "--no-dashboard",
            "--scheduler-file",
            str(told),
        ]
        return subprocess.Popen(command, **options)  # type: ignore[call-overload,no-any-return]

    scheduler = started("scheduler", "--host", "127.0.0.1", "--port", "0")
    processes = [started("worker", "--no-nanny", "--nthreads", "1") for _ in range(3)]
    try:
        limit = time.monotonic() + 60
        while not told.exists() and time.monotonic() < limit:
            time.sleep(0.05)
        yield str(told), processes
    finally:
        for process in (*processes, scheduler):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_dask_with_a_killed_worker_gives_the_same_bits(
    cluster: Any, whole: Path, tmp_path: Path
) -> None:
    """Three workers over TCP, one of them killed in the middle of its work."""
    from distributed import Client

    file, processes = cluster
    path = tmp_path / "a.study"
    alone = tmp_path / "b.study"
    own = study(25 if FULL else 10)
    killed = list[int]()

    def progress(done: int, size: int) -> None:
        if not killed and done > size // 3:
            os.kill(processes[0].pid, signal.SIGKILL)
            killed.append(done)

    with Client(scheduler_file=file, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=60)
        assert all(
            address.startswith("tcp://")
            for address in client.scheduler_info(n_workers=-1)["workers"]
        )
        own.run(path, executor=client.get_executor(), progress=progress)
    assert processes[0].wait(60) == -signal.SIGKILL and killed[0] < own.grid.size
    own.run(alone)
    assert content(path) == content(alone)


@pytest.mark.slow
def test_a_theorem_of_a_users_file_reaches_dask(cluster: Any, tmp_path: Path) -> None:
    """Whose workers know nothing of the file."""
    from distributed import Client

    (tmp_path / "theirs_alone.py").write_text(THEIRS)
    theorem = theorem_named("theirs_alone.py:Theirs", folder=tmp_path)
    own = Study(
        [theorem], Quadratic(L=1.0, mu=0.1, dim=4), delta=[0.0, 0.1, 0.2, 0.5], K=2, T=[3, 4, 5, 6]
    )
    with Client(scheduler_file=cluster[0], timeout=60, set_as_default=False) as client:
        found = own.run(tmp_path / "a.study", executor=client.get_executor())
    own.run(tmp_path / "b.study")
    assert found.counts == {"pass": 16} and content(tmp_path / "a.study") == content(
        tmp_path / "b.study"
    )
    del sys.modules["theirs_alone"]


# MPI, started as mpi4py wants it: mpiexec python -m mpi4py.futures …

MPI = """
import os, signal, sys
import durable
from mpi4py.futures import MPIPoolExecutor

if __name__ == "__main__":
    durable.small_batches()
    with MPIPoolExecutor() as pool:
        worker = pool.submit(os.getpid).result()

        def progress(done, size):
            if sys.argv[2:] and done > size // 3:
                os.kill(worker, signal.SIGKILL)

        durable.study(5).run(sys.argv[1], executor=pool, progress=progress)
        print(pool.num_workers, worker != os.getpid())
"""


@pytest.mark.slow
def test_mpi_gives_the_same_bits(whole: Path, tmp_path: Path) -> None:
    """Two workers; where one is killed MPI ends all of them, and the study goes on from what it had
    kept."""
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    mpiexec = shutil.which(
        "mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    if mpiexec is None:
        pytest.skip("no mpiexec")
    (tmp_path / "own.py").write_text(MPI)
    root = {
        f"{own}_ALLOW_RUN_AS_ROOT{more}": "1"
        for own in ("OMPI", "PRTE")
        for more in ("", "_CONFIRM")
    }
    environment = {**ENVIRONMENT, **root, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    command = [
        mpiexec,
        "--oversubscribe",
        "-n",
        "3",
        sys.executable,
        "-m",
        "mpi4py.futures",
        str(tmp_path / "own.py"),
    ]

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    done = ran("a.study")
    assert (done.stdout, done.returncode) == ("2 True\n", 0), done.stderr
    assert content(tmp_path / "a.study") == content(whole)
    killed = ran("b.study", "kill")
    assert killed.returncode != 0 and not killed.stdout
    assert CELLS // 3 < counts(tmp_path / "b.study")[0] < CELLS
    assert content(tmp_path / "b.study") == content(whole)


def test_bad_ways_to_run() -> None:
    """All of them at once."""
    for options, told in (
        ({"processes": 2, "executor": Odd(None)}, "must be left out where an executor is given"),
        ({"executor": 3}, "executor = 3: must have the submit of concurrent.futures.Executor"),
        ({"processes": 0}, "processes = 0: must be a whole number of at least 1"),
    ):
        with pytest.raises(InputError, match=told):
            study(2).run(**options)  # type: ignore[arg-type]
