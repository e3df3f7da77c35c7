"""A study's damaged file is named and mended, and never reaches a result."""

from __future__ import annotations

import random
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from durable import altered, content, counts, study

from auxtheory.study import Results, StudyError
from auxtheory.study.storage.database import digest
from auxtheory.study.storage.file import writing

pytestmark = pytest.mark.usefixtures("in_small_batches")
CELLS = 150  # of the small study, in 30 batches

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
