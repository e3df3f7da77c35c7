"""Where batches are kept: one SQLite file, one writer, each batch with a checksum and the version of its code."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from auxtheory.study.definition import StudyError

FORMAT = "auxtheory study 1"
SUFFIX = ".study"
TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
    start INTEGER PRIMARY KEY, stop INTEGER NOT NULL, code TEXT NOT NULL,
    checksum BLOB NOT NULL, records BLOB NOT NULL);
"""


class Store:
    """The batches of one study. `meta` says which study it is; `notes` what was found wrong with the file.

    A batch counts once its transaction is on disk. A batch whose checksum does not fit is none: it is named in
    `notes`, and run again.
    """

    def __init__(self, path: Path | None, connection: sqlite3.Connection, notes: list[str]) -> None:
        self.path, self.connection, self.notes = path, connection, notes
        self.meta: dict[str, str] = dict(connection.execute("SELECT name, value FROM meta"))

    def add(self, cells: range, code: str, records: bytes) -> None:
        """Keep a batch; once this returns it survives whatever happens to this process or the machine."""
        row = cells.start, cells.stop, code, self._checksum(cells.start, cells.stop, code, records), records
        with self.connection:
            self.connection.execute("INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?)", row)

    def batches(self) -> Iterator[tuple[range, str, bytes]]:
        """The batches that are whole, in the order of their cells: cells, version of the code, records."""
        last, damaged = -1, []
        while True:
            try:
                row = self.connection.execute(
                    "SELECT * FROM batches WHERE start > ? ORDER BY start LIMIT 1", (last,)
                ).fetchone()
            except sqlite3.DatabaseError as error:
                self._note(f"cannot be read after cell {last} ({error})")
                break
            if row is None:
                break
            last, stop, code, checksum, records = row
            if self._checksum(last, stop, code, records) == checksum:
                yield range(last, stop), code, records
            else:
                damaged.append(f"{last}–{stop - 1}")
        if damaged:
            self._note(f"cells {', '.join(damaged)} are damaged (checksum)")

    def _note(self, text: str) -> None:
        note = f"{self.path}: {text}; they count as not run"
        if note not in self.notes:
            self.notes.append(note)

    def _checksum(self, start: Any, stop: Any, code: Any, records: Any) -> bytes:
        head = json.dumps([self.meta.get("identity"), start, stop, code]).encode()
        return hashlib.sha256(head + b"\0" + (records if isinstance(records, bytes) else b"")).digest()

    def describe(self, meta: dict[str, str]) -> None:
        """Say which study this is."""
        with self.connection:
            self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        self.meta |= meta

    def forget(self, code: str) -> None:
        """Drop the batches of every other version of the code."""
        with self.connection:
            self.connection.execute("DELETE FROM batches WHERE code != ?", (code,))

    def close(self) -> None:
        """Leave one file behind, without a journal beside it."""
        with suppress(sqlite3.Error):
            self.connection.execute("PRAGMA journal_mode = DELETE")
        self.connection.close()


def in_memory() -> Store:
    """A store that lasts as long as this process."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    return Store(None, connection, [])


@contextmanager
def writing(path: Path) -> Iterator[Store]:
    """The study's file to add to, made if there is none; StudyError if it cannot be, or if another process has it.

    A file that SQLite finds damaged is set aside, and what is whole of it carried over.
    """
    from filelock import FileLock, Timeout

    if path.suffix != SUFFIX:
        raise StudyError(f"cannot keep a study in {path}: the name must end in {SUFFIX}")
    if not path.parent.is_dir():
        raise StudyError(f"cannot write {path}: there is no folder {path.parent}")
    try:
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=0):
            store = _opened(path)
            try:
                yield store
            finally:
                store.close()
    except Timeout:
        raise StudyError(f"{path} is in use: another process is running this study") from None
    except sqlite3.Error as error:
        raise StudyError(f"cannot write {path}: {error}") from error
    except OSError as error:
        if error.filename is None or not os.fspath(error.filename).endswith(".lock"):
            raise
        raise StudyError(f"cannot write {path}: {error.strerror}") from error


def _opened(path: Path) -> Store:
    notes: list[str] = []
    if path.exists() and (wrong := damage(path)):
        aside = _aside(path)
        notes.append(f"{path}: {wrong}; set aside as {aside.name}, and what is whole of it is carried over")
        store = Store(path, _connected(path), notes)
        _carry_over(aside, store)
        return store
    return Store(path, _connected(path), notes)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLES)
    with connection:
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT,))
    return connection


@contextmanager
def reading(path: Path) -> Iterator[Store]:
    """The study's file to read, whether or not a process is at work on it; StudyError if it is none."""
    if not path.is_file():
        raise StudyError(f"cannot read {path}: there is no such file")
    if wrong := damage(path, whole=False):
        raise StudyError(f"cannot read {path}: {wrong}; `auxtheory study resume` saves what is whole of it")
    connection = _read_only(path)
    try:
        store = Store(path, connection, [])
        if "description" not in store.meta:
            raise StudyError(f"cannot read {path}: it holds no study yet")
        yield store
    finally:
        connection.close()


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing; in a folder that cannot be written the file is taken as it stands."""
    address = path.resolve().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=30)
    try:
        connection.execute("SELECT name FROM sqlite_master").fetchall()
    except sqlite3.OperationalError:
        connection.close()
        connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
    return connection


def damage(path: Path, *, whole: bool = True) -> str | None:
    """What is wrong with a file that should hold a study, or None; whole: look at every page of it."""
    try:
        connection = _read_only(path)
    except sqlite3.Error as error:
        return str(error)
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None  # a file that is empty, or whose first transaction never ended
        if not {"meta", "batches"} <= tables:
            return "it is no study, but another SQLite file"
        found = dict(connection.execute("SELECT name, value FROM meta")).get("format", FORMAT)
        if found != FORMAT:
            return f"its format is {found!r}, not {FORMAT!r}"
        checked = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if whole else "ok"
        return None if checked == "ok" else f"it is damaged ({checked.splitlines()[-1]})"
    except sqlite3.Error as error:
        return f"it is damaged or no study ({error})"
    finally:
        connection.close()


def _aside(path: Path) -> Path:
    """Rename a damaged file, with its journal, to the first free name."""
    number = next(i for i in range(1, 10**6) if not path.with_name(f"{path.name}.damaged-{i}").exists())
    aside = path.with_name(f"{path.name}.damaged-{number}")
    path.rename(aside)
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


def _carry_over(aside: Path, store: Store) -> None:
    """Copy what can be read of a damaged file and fits its checksum."""
    try:
        old = Store(aside, _read_only(aside), [])
    except sqlite3.Error:
        return
    if old.meta.get("format") == FORMAT:
        store.describe(old.meta)
        for cells, code, records in old.batches():
            store.add(cells, code, records)
    old.connection.close()
