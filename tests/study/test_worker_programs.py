"""Workers that start from a user's program: own theorems, death, guards, what cannot be sent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from durable import ENVIRONMENT, ROOT, content, counts, ended
from own_theorems import THEIRS

pytestmark = pytest.mark.usefixtures("in_small_batches")

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
