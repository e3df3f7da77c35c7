"""A study's file survives whatever happens: kills at any moment, damage, no space, two processes.

AUXTHEORY_KILLS: how often a study is killed, 6 unless told; 25 are the full test.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from durable import ENVIRONMENT, ROOT, content, study

import auxtheory as at
from auxtheory import theorems
from auxtheory.problems import Quadratic
from auxtheory.study import Results, Study, StudyError
from auxtheory.study.running import execution
from auxtheory.study.running.compute import one_line
from auxtheory.study.storage import database, file
from auxtheory.study.storage.database import digest
from auxtheory.study.storage.file import writing

KILLS = int(os.environ.get("AUXTHEORY_KILLS", "6"))
CELLS = 150  # of the small study, in 30 batches


pytestmark = pytest.mark.usefixtures("in_small_batches")


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


# Damaged and foreign files.

ASIDE = "renamed to a.study.damaged-1"
MEND = ", and its intact batches are recovered"


def cut(at: int) -> Any:
    return lambda data: data[:at]


def flip(before: bytes, at: int, bit: int = 1) -> Any:
    """Flip a bit of the byte so far behind the start of these."""
    return lambda data: flipped(data, data.index(before) + at, bit)


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]


def sql(text: str) -> Any:
    return text


@dataclass(frozen=True)
class Fault:
    """What is done to a file; what is then said by who reads and by who runs; how many cells are
    not lost."""

    damage: Any
    reads: str
    runs: str
    kept: int


NO_DATABASE = "it is not a study (file is not a database)"
NO_DESCRIPTION = "its description is damaged (checksum mismatch)"
ANOTHER = "it is not a study, but another SQLite file"
ONE = "cells 5–9 are damaged (checksum mismatch); they count as not run"
MALFORMED = "it is damaged (database disk image is malformed)"
TABLES = "its schema is damaged"
FAULTS = {
    "empty": Fault(cut(0), "it does not hold a study yet", "", 0),
    "text": Fault(lambda _: b"theorem,K\n" * 999, NO_DATABASE, NO_DATABASE, 0),
    "zeros": Fault(lambda data: bytes(len(data)), NO_DATABASE, NO_DATABASE, 0),
    "a piece of the head": Fault(cut(50), MALFORMED, MALFORMED, 0),
    "a page short": Fault(cut(-4096), MALFORMED, MALFORMED, -1),
    "half": Fault(cut(45056), MALFORMED, MALFORMED, -1),
    "another database": Fault(
        sql("DROP TABLE batches; DROP TABLE meta; CREATE TABLE a (b)"), ANOTHER, ANOTHER, 0
    ),
    "another's tables": Fault(sql("DROP TABLE meta; CREATE TABLE meta (b)"), TABLES, TABLES, CELLS),
    "a column's name": Fault(flip(b"start INTEGER", 3), TABLES, TABLES, CELLS),
    "a column's kind": Fault(flip(b"PRIMARY KEY, stop", 0, 4), TABLES, TABLES, CELLS),
    "a table's name": Fault(flip(b"batchesbatches", 2), TABLES, TABLES, CELLS),
    "a word of the tables": Fault(flip(b"TABLE batches", 2), TABLES, TABLES, CELLS),
    "a letter of the tables that is none": Fault(
        flip(b"NOT NULL, code", 4, 128), TABLES, TABLES, CELLS
    ),
    "a row of the tables": Fault(flip(b"tablebatches", -4, 8), MALFORMED, MALFORMED, CELLS),
    "no tables": Fault(
        sql("DROP TABLE batches; DROP TABLE meta"), "it does not hold a study yet", "", 0
    ),
    "another format": Fault(
        sql("UPDATE meta SET value = 'auxtheory study 9' WHERE name = 'format'"),
        "its format is 'auxtheory study 9', not 'auxtheory study 1'",
        "its format is 'auxtheory study 9', not 'auxtheory study 1'",
        CELLS,
    ),
    "another axis": Fault(
        sql("UPDATE meta SET value = replace(value, '0.1', '0.3')"),
        NO_DESCRIPTION,
        NO_DESCRIPTION,
        CELLS,
    ),
    "another identity": Fault(
        sql("UPDATE meta SET value = 'x' WHERE name = 'identity'"),
        NO_DESCRIPTION,
        NO_DESCRIPTION,
        CELLS,
    ),
    "no description": Fault(sql("DELETE FROM meta"), NO_DESCRIPTION, NO_DESCRIPTION, CELLS),
    "records": Fault(
        sql("UPDATE batches SET records = zeroblob(9) WHERE start = 5"), ONE, ONE, CELLS - 5
    ),
    "records of others": Fault(
        sql(
            "UPDATE batches SET records = (SELECT records FROM batches WHERE start = 0) WHERE "
            "start = 5"
        ),
        ONE,
        ONE,
        CELLS - 5,
    ),
    "a checksum": Fault(
        sql("UPDATE batches SET checksum = x'' WHERE start = 5"), ONE, ONE, CELLS - 5
    ),
    "text that is none": Fault(
        sql("UPDATE batches SET code = CAST(x'ff41' AS TEXT) WHERE start = 5"), ONE, ONE, CELLS - 5
    ),
    "a number that is none": Fault(
        sql("UPDATE batches SET stop = x'00' WHERE start = 5"),
        ONE.replace("5–9", "from 5"),
        ONE.replace("5–9", "from 5"),
        CELLS - 5,
    ),
    "cells of others": Fault(
        sql("UPDATE batches SET start = -7 WHERE start = 5"),
        ONE.replace("5–9", "-7–9"),
        ONE.replace("5–9", "-7–9"),
        CELLS - 5,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_damaged_file_is_named_and_run_again(
    whole: Path, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of it is read as data, nothing else is lost, and the next run gives the same bits."""
    path = tmp_path / "a.study"
    fault = FAULTS[name]
    if isinstance(fault.damage, str):
        altered(path, fault.damage, whole)
    else:
        path.write_bytes(fault.damage(whole.read_bytes()))
    by_batch = fault.reads.endswith("not run")
    if by_batch:
        read = Results.open(path)
        assert read.notes == (f"{path}: {fault.reads}",) and read.counts == {
            "pass": CELLS - 5,
            "missing": 5,
        }
    else:
        nothing = "yet" in fault.reads or "not a study" in fault.reads
        hint = "" if nothing else "; `auxtheory study resume` recovers its intact batches"
        with pytest.raises(StudyError) as caught:
            Results.open(path)
        assert str(caught.value) == f"cannot read {path}: {fault.reads}{hint}"
    told = counts(path)
    line = fault.runs if by_batch else f"{fault.runs}; {ASIDE}{MEND if fault.kept else ''}"
    expected = [f"{path}: {line}"] if fault.runs else []
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"][
        :1
    ] == expected
    assert told[0] == fault.kept or (fault.kept < 0 and 0 < told[0] < CELLS)
    assert content(path) == content(whole) and Results.open(path).counts == {"pass": CELLS}
    assert path.with_name("a.study.damaged-1").exists() is (not by_batch and bool(fault.runs))


def test_a_file_that_cannot_be_mended_is_left_alone(whole: Path, tmp_path: Path) -> None:
    """Without the study's identity nothing tells its batches; a sound file of another version is
    not ours to change."""
    path = tmp_path / "a.study"
    for text, line in (
        (
            "UPDATE meta SET value = 'x' WHERE name = 'identity'",
            f"{NO_DESCRIPTION}; run its study file or script",
        ),
        (None, "another version of auxtheory made it (format 'auxtheory study 9')"),
    ):
        shutil.copy(whole, path)
        connection = sqlite3.connect(path)
        if text is None:
            meta = dict(connection.execute("SELECT name, value FROM meta")) | {
                "format": "auxtheory study 9"
            }
            rows = (meta | {"checksum": digest(meta)}).items()
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)
            connection.execute("ALTER TABLE batches ADD COLUMN another")
            connection.commit()
        else:
            connection.executescript(text)
        connection.close()
        before = path.read_bytes()
        with pytest.raises(StudyError) as caught, writing(path):
            pass
        assert line in str(caught.value) and path.read_bytes() == before
        assert not path.with_name("a.study.damaged-1").exists()
    shutil.copy(whole, path)


def test_bits_flipped_anywhere_never_reach_a_result(whole: Path, tmp_path: Path) -> None:
    """Twenty random places, half of them in the first pages, where the description is."""
    rng = random.Random(5)
    good = [repr(row) for row in Results.open(whole)]
    path = tmp_path / "a.study"
    data = whole.read_bytes()
    for _ in range(20):
        place = rng.randrange(len(data) if rng.random() < 0.5 else 12288)
        path.write_bytes(flipped(data, place, 1 << rng.randrange(8)))
        try:
            read = Results.open(path)
            assert all(
                row["status"] == "missing" or repr(row) == own
                for row, own in zip(read, good, strict=True)
            )
            assert bool(read.notes) is ("missing" in read.counts), place
        except StudyError as error:
            assert str(error).startswith(f"cannot read {path}: ") and "\n" not in str(error)
        study(5).run(path)
        assert content(path) == content(whole), place


def test_a_head_that_must_not_be_written_is_mended(
    whole: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A write version that SQLite does not know: it can be read, and the next run sets it aside."""
    path = tmp_path / "a.study"
    path.write_bytes(flipped(whole.read_bytes(), 18, 64))
    assert Results.open(path).counts == {"pass": CELLS}
    assert counts(path) == [CELLS] and content(path) == content(whole)
    assert f"{path}: its header is damaged (write version); {ASIDE}{MEND}" in caplog.messages


def test_a_bit_of_the_journal_that_a_kill_left_costs_nothing(whole: Path, tmp_path: Path) -> None:
    """SQLite drops a journal from its first damaged frame on: no batch but the last may be there
    alone."""
    path = tmp_path / "a.study"
    left = tmp_path / "left.study"
    places = [0, 20, 60, 4000, -4000, -1]

    def progress(done: int, _: int) -> None:
        if done in (10, 75):
            for place in places:
                data = Path(f"{path}-wal").read_bytes()
                shutil.copy(path, left)
                Path(f"{left}-wal").write_bytes(flipped(data, range(len(data))[place], 4))
                assert sum(row[1] - row[0] for row in content(left)) == done

    study(5).run(path, progress=progress)
    assert content(path) == content(whole)


def test_what_holds_nothing_of_a_study_is_left_alone(tmp_path: Path) -> None:
    """To go on with it there is nothing: another program's database, a text."""
    path = tmp_path / "a.study"
    altered(
        path,
        "CREATE TABLE song (title); CREATE TABLE singer (name); INSERT INTO singer VALUES ('x')",
    )
    for text, line in ((None, ANOTHER), ("la la la", NO_DATABASE)):
        if text is not None:
            path.write_text(text)
        before = path.read_bytes()
        with pytest.raises(StudyError) as caught, writing(path):
            pass
        assert str(caught.value) == f"cannot repair {path}: {line}"
        assert path.read_bytes() == before
        assert {entry.name for entry in tmp_path.iterdir()} == {"a.study", ".a.study.lock"}


class Stop(BaseException):
    """As a kill: nothing below catches it."""


@pytest.mark.parametrize("step", range(4))
def test_a_stop_while_a_damaged_file_is_mended_loses_nothing(
    whole: Path, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each of the renamings, of the file with its journal; the next run goes on."""
    path = tmp_path / "a.study"
    altered(path, "UPDATE meta SET value = 'x' WHERE name = 'identity'", whole)
    Path(f"{path}-wal").touch()
    left = [step]
    rename = Path.rename

    def stopping(self: Path, target: Path) -> Path:
        if self.exists():
            left[0] -= 1
            if left[0] < 0:
                raise Stop
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stopping)
        with pytest.raises(Stop):
            study(5).run(path)
    assert counts(path) == [CELLS]
    assert content(path) == content(whole)
    assert {entry.name for entry in tmp_path.iterdir()} <= {
        "a.study",
        "a.study.damaged-1",
        "a.study.damaged-1-wal",
        ".a.study.lock",
    }


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


# No space, no permission.


def test_a_full_disk_stops_with_one_line(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SQLite meets it: what is kept stays, and with space again the study goes on."""
    path = tmp_path / "a.study"
    connected = database.connected

    def small(*words: Any) -> sqlite3.Connection:
        connection = connected(*words)
        connection.execute("PRAGMA max_page_count = 14")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(file, "connected", small)
        with pytest.raises(StudyError) as caught:
            study(5).run(path)
    kept = sum(row[1] - row[0] for row in content(path))
    assert 0 < kept < CELLS
    message = (
        f"cannot write {path}: database or disk is full. {kept} of 150 cells are stored; run "
        "it again to resume"
    )
    assert str(caught.value) == message
    assert counts(path)[0] == kept and content(path) == content(whole)


@pytest.mark.parametrize("size", [0, 4096, 60_000])
def test_a_limit_on_files_stops_with_one_line(whole: Path, tmp_path: Path, size: int) -> None:
    """As the system sets it, for the first byte of the file or in the middle of its batches."""
    path = tmp_path / "a.study"
    done = program(
        "import durable, resource, auxtheory.study as s; durable.small_batches()\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        "try:\n    durable.study(5).run(sys.argv[1])\nexcept s.StudyError as error:\n    "
        "print(error)",
        path,
    )
    out, err = done.communicate()
    kept = counts(path)[0]
    end = f" {kept} of 150 cells are stored; run it again to resume\n" if size > 4096 else "\n"
    assert (out, err) == (
        f"cannot write {path}: disk I/O error{'.' if size > 4096 else ''}{end}",
        "",
    )
    assert (kept > 0) is (size > 4096) and content(path) == content(whole)


def test_a_folder_that_cannot_be_written_can_be_read(tmp_path: Path, whole: Path) -> None:
    """By another user, since root may write everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.study")
        shutil.copy(whole, path)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        done = program(
            "import os, durable, filelock, auxtheory.study as s; durable.small_batches()\n"
            # Loads all that is needed.
            "s.Results.open(sys.argv[1]).counts, durable.study(2).run(sys.argv.pop())\n"
            "if os.geteuid() == 0:\n    os.setegid(65534), os.seteuid(65534)\n"
            "print(s.Results.open(sys.argv[1]).counts)\n"
            "for name in sys.argv[1:]:\n"
            "    try:\n        durable.study(5).run(name)\n    except s.StudyError as error:\n    "
            "    print(error)",
            path,
            Path(folder, "b.study"),
            tmp_path / "c.study",
        )
        out, err = done.communicate()
        Path(folder).chmod(0o755)
        refused = [
            f"cannot write {folder}/{name}: there is no permission"
            for name in ("a.study", "b.study")
        ]
        assert (out.splitlines(), err) == ([f"{{'pass': {CELLS}}}", *refused], "")
        assert path.read_bytes() == whole.read_bytes()


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


def test_places_where_no_study_can_be(tmp_path: Path) -> None:
    """A folder, a missing folder, another ending: each its line, and nothing is touched."""
    (tmp_path / "a.study").mkdir()
    for name, line in {
        "a.study": "cannot write {}: it is a folder",
        "b/a.study": "cannot write {}: there is no folder {parent!r}",
        "a.db": "cannot store a study in {}: the name must end in .study",
    }.items():
        path = tmp_path / name
        with pytest.raises(StudyError) as caught:
            study(2).run(path)
        assert str(caught.value) == line.format(path, parent=str(path.parent))
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.study"]
    circle = tmp_path / "circle.study"
    circle.symlink_to(circle)
    with pytest.raises(StudyError, match=re.escape(f"cannot write {circle}: ")):
        study(2).run(circle)


def test_a_folder_that_cannot_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system says it to others than root: one line from who reads and who runs."""
    path = tmp_path / "a.study"

    def refused(self: Path, **_: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refused)
        patch.setattr(Path, "is_file", refused)
        patch.setattr(Path, "is_dir", refused)
        for action, call in (("read", Results.open), ("write", study(2).run)):
            with pytest.raises(StudyError) as caught:
                call(path)
            assert str(caught.value) == f"cannot {action} {path}: there is no permission"


# A file that is moved while it is written.


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_gone_stops_the_run(whole: Path, tmp_path: Path, replaced: bool) -> None:
    """At the next batch, in one line; what was kept is where it was moved to, another's file as it
    was."""
    path = tmp_path / "a.study"
    moved = tmp_path / "b.study"

    def progress(done: int, _: int) -> None:
        if done == 20:
            path.rename(moved)
            if replaced:
                shutil.copy(whole, path)

    with pytest.raises(StudyError) as caught:
        study(5).run(path, progress=progress)
    assert (
        str(caught.value)
        == f"cannot write {path}: it was moved, deleted or replaced while the study ran"
    )
    assert path.exists() is replaced and (not replaced or path.read_bytes() == whole.read_bytes())
    assert sum(row[1] - row[0] for row in content(moved)) == 20


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
