"""A study of many small batches, and the program that runs it to be killed: python durable.py FILE
KILLS …"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from auxtheory import theorems
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study, plan

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def small_batches(cells: int = 6) -> None:
    """Cut studies into batches of at most so many cells."""
    plan.MAX_CELLS = cells


def study(points: int = 25, **more: Any) -> Study:
    """30 cells for each of the points."""
    return Study(
        [theorems.AuxMOM(), theorems.AuxMVR(), theorems.SGD()],
        Quadratic(L=1.0, mu=0.1, dim=4),
        Gaussian(sigma_f=1.0),
        delta=np.geomspace(1e-3, 1, points),
        sigma_h=[0.0, 0.1],
        K=[2, 5],
        T=[5, 6, 9],
        **more,
    )


def content(path: Path) -> list[tuple[Any, ...]]:
    """Every batch of a study's file, byte for byte."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT start, stop, code, checksum, records FROM batches ORDER BY start"
        ).fetchall()


def ended(processes: list[psutil.Process], timeout: float = 60.0) -> bool:
    """Whether all of them end in time; one that only waits to be counted out has ended."""
    limit = time.monotonic() + timeout
    while any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    ):
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True


def tell(pipe: int, done: int, size: int) -> None:
    """Write down how many cells are kept."""
    os.write(pipe, b"%d " % done)


def killed(path: Path, kills: int, processes: int, seconds: float) -> list[list[int]]:
    """Run the study, killed at a random moment and run again, until it has been killed so often and
    is finished.

    A list for each run: the counts of cells that it told. With processes it is killed once they
    have begun. A study that is finished too early is begun anew. RuntimeError if a worker outlives
    its parent.
    """
    own = study()
    rng = random.Random(kills)
    runs = list[list[int]]()
    left = kills
    while True:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            own.run(path, processes=processes, progress=partial(tell, writer))
            os._exit(0)
        os.close(writer)
        told = b""
        if left:
            while processes > 1 and told.count(b" ") < 2 and (more := os.read(reader, 64)):
                told += more
            time.sleep(seconds * rng.random())
            workers = psutil.Process(child).children(recursive=True)
            os.kill(child, signal.SIGKILL)
            if not ended(workers):
                raise RuntimeError("a worker outlives its parent")
        finished = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        with open(reader, "rb") as pipe:
            runs.append([int(word) for word in (told + pipe.read()).split()])
        if finished and not left:
            return runs
        left -= not finished
        if finished:
            path.unlink()
            runs.append([0])


def altered(path: Path, script: str, whole: Path | None = None) -> None:
    """Run SQL on a file: on a copy of another one, if that is given."""
    if whole is not None:
        shutil.copy(whole, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def counts(path: Path, of: Study | None = None) -> list[int]:
    """Run the study on; how many cells were kept before, and after each batch."""
    told: list[int] = []
    (of or study(5)).run(path, progress=lambda done, _: told.append(done))
    return told


def program(text: str, *words: Any, **options: Any) -> subprocess.Popen[str]:
    """A Python process that runs this text, from the folder of the tests."""
    text = f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n{text}"
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, words)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


if __name__ == "__main__":
    small_batches()
    with tempfile.TemporaryDirectory() as folder:  # load everything before the first fork
        study(2).run(Path(folder, "a.study"))
    print(
        json.dumps(
            killed(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
        )
    )
