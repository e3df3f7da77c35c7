"""Batches on clusters: Dask over TCP and MPI."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from durable import ENVIRONMENT, ROOT, content, counts, study
from own_theorems import THEIRS

from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.theorems.lookup import theorem_named

pytestmark = pytest.mark.usefixtures("in_small_batches")

FULL = int(os.environ.get("AUXTHEORY_KILLS", "6")) >= 20
CELLS = 150


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
