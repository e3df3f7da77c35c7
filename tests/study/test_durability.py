"""A study's file survives kills, other processes and failing cells."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from durable import ENVIRONMENT, ROOT, altered, content, counts, program, study

import auxtheory as at
from auxtheory import theorems
from auxtheory.problems import Quadratic
from auxtheory.study import Results, Study, StudyError
from auxtheory.study.running import execution
from auxtheory.study.running.compute import one_line
from auxtheory.study.storage import file

pytestmark = pytest.mark.usefixtures("in_small_batches")

KILLS = int(os.environ.get("AUXTHEORY_KILLS", "6"))
CELLS = 150  # of the small study, in 30 batches


# Killed.
@pytest.mark.parametrize(
    ("processes", "kills"),
    [pytest.param(1, KILLS, marks=pytest.mark.slow), (2, KILLS if KILLS > 6 else 2)],
)
def test_a_study_killed_at_random_moments_is_the_same_bit_for_bit(
    tmp_path: Path, processes: int, kills: int
) -> None:
    """SIGKILL of the process at any moment: what it had told is kept, workers end with it, the end
    is the same."""
    killed = tmp_path / "killed.study"
    alone = tmp_path / "alone.study"
    command = [sys.executable, "tests/durable.py", str(killed), str(kills), str(processes), "0.2"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    last = 0
    runs = [run for run in json.loads(done.stdout) if run]
    for first, *_, end in [[*run, run[-1]] for run in runs]:
        assert first >= last or first == 0 == end, "what had been told to be kept is not"
        last = end
    assert runs[-1][-1] == 750
    study().run(alone)
    assert content(killed) == content(alone)
    assert [
        path.name for path in tmp_path.iterdir() if path.suffix not in (".study", ".lock")
    ] == []


def test_another_study_and_another_version(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another study's file is left alone; batches of other code are run again, a new title only
    said again."""
    path = tmp_path / "a.study"
    shutil.copy(whole, path)
    with pytest.raises(StudyError) as caught:
        study(5, B=[4]).run(path)
    told = f"{path} holds cells that are not in this study (B = inf): add them, or store "
    assert (
        str(caught.value)
        == f"{told}this one in another file (`--out OTHER.study`, or another path in Python)"
    )
    assert study(5, title="again").run(path).title == "again" and content(path) == content(whole)
    with monkeypatch.context() as patch:
        patch.setattr(execution, "code_version", lambda: "other")
        told: list[int] = []
        results = study(5).run(path, progress=lambda done, _: told.append(done))
    assert results.notes == (
        f"{path}: 30 batches come from another version of the code and are run again",
    )
    assert told[0] == 0 and [(row[0], row[-1]) for row in content(path)] == [
        (r[0], r[-1]) for r in content(whole)
    ]


@pytest.mark.parametrize(
    "more",
    [
        "PRAGMA auto_vacuum = 1; VACUUM",
        "CREATE INDEX i ON batches(code); VACUUM",
        "CREATE TABLE mine (x)",
        "ANALYZE",
        "CREATE VIEW v AS SELECT start FROM batches",
    ],
)
def test_what_others_add_to_a_file_is_no_damage(
    whole: Path, tmp_path: Path, more: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As tools for databases do; a row of batches that is missing is still run."""
    path = tmp_path / "a.study"
    altered(path, f"{more}; DELETE FROM batches WHERE start = 5", whole)
    assert Results.open(path).counts == {"pass": CELLS - 5, "missing": 5}
    assert counts(path) == [CELLS - 5, CELLS] and not caplog.records
    assert content(path) == content(whole) and not list(tmp_path.glob("*.damaged-*"))


def test_results_are_never_those_of_another_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file was put when the run began, whatever the folder is at its end; else an
    error."""
    for name in "ab":
        (tmp_path / name).mkdir()
    study(2, B=[4]).run(tmp_path / "b" / "x.study")
    monkeypatch.chdir(tmp_path / "a")
    found = study(2).run("x.study", progress=lambda done, all_: os.chdir(tmp_path / "b"))
    assert found.definition == study(2).run().definition
    later = study(2).run(tmp_path / "a" / "x.study")
    os.replace(tmp_path / "b" / "x.study", tmp_path / "a" / "x.study")
    with pytest.raises(StudyError, match=r"cannot read .*x\.study: it now holds another study"):
        _ = later.counts


# Two processes.
def test_two_processes_on_one_study_do_not_meet(whole: Path, tmp_path: Path) -> None:
    """The second is refused, by any name of the file; who reads sees what is kept; the first ends
    as if alone."""
    path = tmp_path / "a.study"
    alias = tmp_path / "b.study"
    alias.symlink_to(path)
    first = program(
        "import durable; durable.small_batches()\n"
        "durable.study(5).run(sys.argv[1], progress=lambda done, _: print(done, flush=True))",
        path,
    )
    assert first.stdout is not None
    for _ in range(4):
        first.stdout.readline()
    first.send_signal(signal.SIGSTOP)
    for name in (path, alias):
        with pytest.raises(StudyError) as caught:
            study(5).run(name)
        assert str(caught.value) == f"{path} is in use: another process is running this study"
    seen = Results.open(path)
    kept = seen.counts["pass"]
    assert seen.notes == () and 15 <= kept < CELLS and seen.counts["missing"] == CELLS - kept
    first.send_signal(signal.SIGCONT)
    out, err = first.communicate()
    assert (out.splitlines()[-1], err, first.returncode) == (str(CELLS), "", 0)
    assert content(path) == content(whole)


def test_a_stale_lock_and_a_reader_hinder_nobody(whole: Path, tmp_path: Path) -> None:
    """A lock file that a kill left is none; a file may be read for as long as one likes."""
    path = tmp_path / "a.study"
    (tmp_path / ".a.study.lock").write_text("1")
    with pytest.raises(KeyError):
        study(5).run(path, progress=lambda done, _: {}[done] if done > 20 else None)
    with file.reading(path) as other:
        assert next(other.batches()) is not None  # a cursor that stays open
        study(5).run(path)
    assert content(path) == content(whole)


# Cells that fail.
def run_counting(path: Path, own: Study) -> tuple[Results, list[int]]:
    told: list[int] = []
    return own.run(path, progress=lambda done, _: told.append(done)), told


@pytest.mark.parametrize(
    ("raises", "told"),
    [
        (ValueError("a\nb\x85c"), "ValueError: a b c"),
        (ValueError("x" * 10**7), f"ValueError: {'x' * 300}"),
        (ValueError("half a pair \ud800"), r"ValueError: half a pair \ud800"),
        (type("Silent", (Exception,), {"__str__": lambda self: 1 // 0})(), "ZeroDivisionError: "),
        (KeyError(), "KeyError"),
    ],
)
def test_a_cell_that_raises_is_told_and_run_again(
    tmp_path: Path, raises: Exception, told: str
) -> None:
    """In a user's own bound: the other cells are measured, and only its batch is run again."""

    def bound(c: Any, s: Any) -> Any:
        if np.any(np.asarray(c.delta) > 0.5):
            raise raises
        return 10.0 + 0 * c.delta

    known = theorems.AuxMOM()
    claim = at.claim(bound, like=known, steps=known, check_units=False)
    own = Study(
        [claim], Quadratic(L=1.0, mu=0.1, dim=4), delta=np.linspace(0, 1, 12), K=2, T=[3, 4]
    )
    path = tmp_path / "a.study"
    first, _ = run_counting(path, own)
    failed = [row for row in first if row["status"] == "failed"]
    assert all(len(row["error"]) <= 400 and len(row["error"].splitlines()) == 1 for row in failed)
    assert first.counts == {"pass": 12, "failed": 12} and all(
        told in row["error"] for row in failed
    )
    assert Results.open(path).counts == first.counts
    again, kept = run_counting(path, own)
    assert kept[0] == 12 and repr(list(again)) == repr(list(first))


def test_a_value_that_is_no_number_is_a_failed_cell(tmp_path: Path) -> None:
    """It says so, is no verdict, and the cells beside it are as they would be without it."""

    def study_of(weird: bool) -> Study:
        pair = Quadratic(L=1.0, mu=0.1, dim=4)
        return Study(
            [theorems.SGD()],
            pair,
            eta=[0.1, 1e3 if weird else 0.2],
            mode="unsafe",
            T=[3, 4000],
            K=1,
        )

    calm = study_of(False).run()
    weird = study_of(True).run(tmp_path / "a.study")
    same = [[row["measured"] for row in results if row["eta"] == 0.1] for results in (calm, weird)]
    assert same[0] == same[1]
    for row in weird:
        assert (row["status"] == "failed") is bool(np.isnan(row["measured"]))
        assert (row["error"] == "the measured value is not a number") is (row["status"] == "failed")


def test_an_error_of_who_shows_progress_stops_nothing_but_itself(
    whole: Path, tmp_path: Path
) -> None:
    """A pipe that nobody reads any more."""
    path = tmp_path / "a.study"

    def progress(done: int, _: int) -> None:
        if done >= 50:
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        study(5).run(path, progress=progress)
    assert counts(path)[0] == 50 and content(path) == content(whole)


def test_any_error_is_one_line() -> None:
    """Also one that has no text."""
    silent = type("Silent", (Exception,), {"__str__": lambda self: 1 // 0})
    assert (
        one_line(silent()) == "Silent"
        and one_line(KeyError()) == "KeyError"
        and one_line(SystemExit(3)) == "SystemExit: 3"
    )
    assert one_line(ValueError("x" * 10**7)) == f"ValueError: {'x' * 387}…"
