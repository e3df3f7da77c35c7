"""The store of a study: one SQLite file with one writer, each batch with a checksum and the version
of the code that computed it."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from auxtheory.errors import StudyError

FORMAT = "auxtheory study 1"
SUFFIX = ".study"
TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS batches (start INTEGER PRIMARY KEY, stop INTEGER NOT NULL, code "
    "TEXT NOT NULL, "
    "checksum BLOB NOT NULL, records BLOB NOT NULL)",
)
MAX_NAMED = 8  # damaged batches that are listed one by one
SET_META = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
ROWS = "SELECT start, stop, code, checksum, records FROM batches"


class Store:
    """The batches of one study, with the study's description in `meta` and what was wrong with the
    file in `notes`.

    A batch counts once its transaction is on disk. A batch whose checksum does not match is left
    out, listed in `notes`, and run again.
    """

    def __init__(
        self,
        path: Path | None,
        connection: sqlite3.Connection,
        notes: list[str],
        meta: dict[str, str] | None = None,
    ) -> None:
        self.path = path
        self.connection = connection
        self.notes = notes
        try:
            self.meta = read_meta(connection) if meta is None else meta
        except BaseException:
            connection.close()
            raise
        self.damaged: dict[int, str] = {}  # batches by their first cell
        # The path and the identity of a file that batches are added to.
        self.place: tuple[Path, os.stat_result] | None = None

    def add(self, cells: range, code: str, records: bytes) -> None:
        """Store a batch; once this returns, the batch survives a crash of the process or of the
        machine.

        Raises:
            StudyError: The file was moved, deleted or replaced.
        """
        if self.place is not None and not _same(*self.place):
            raise StudyError(
                f"cannot write {self.path}: it was moved, deleted or replaced while the study ran"
            )
        self.add_all([(cells, code, records)])

    def add_all(self, batches: Iterable[tuple[range, str, bytes]]) -> None:
        """Store all of these batches or, if that fails, none."""
        with self.connection:
            for cells, code, records in batches:
                row = self.row(cells, code, records)
                self.connection.execute(
                    "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?)", row
                )

    def batches(self) -> Iterator[tuple[range, str, bytes]]:
        """The intact batches in the order of their cells: cells, version of the code, records."""
        return (row[:3] for row in self.intact())

    def intact(self) -> Iterator[tuple[range, str, bytes, bytes]]:
        """The intact batches in the order of their cells, with their checksums."""
        for start, stop, code, checksum, records in self._rows():
            if self.checksum(start, stop, code, records) == checksum:
                yield range(start, stop), code, records, checksum
            else:
                self.damaged[start] = (
                    f"{start}–{stop - 1}" if isinstance(stop, int) else f"from {start}"
                )
        if self.damaged:
            cells = ", ".join([*self.damaged.values()][:MAX_NAMED])
            more = (
                f" and {len(self.damaged) - MAX_NAMED} more batches"
                if len(self.damaged) > MAX_NAMED
                else ""
            )
            self._note(f"cells {cells}{more} are damaged (checksum mismatch)")

    def around(self, number: int) -> range | None:
        """The cells of the batch that holds a cell, found without reading the others."""
        row = self.connection.execute(
            "SELECT start, stop FROM batches WHERE start <= ? ORDER BY start DESC LIMIT 1",
            (number,),
        ).fetchone()
        return range(*row) if row is not None and number < row[1] else None

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        """All rows that can be read: those before a damaged page, then those after it."""
        last = -(2**63)
        try:
            for row in self.connection.execute(f"{ROWS} ORDER BY start"):
                last = row[0]
                yield row
        except sqlite3.DatabaseError as error:
            self._note(f"some cells after {max(last, 0)} cannot be read ({error})")
            with suppress(sqlite3.DatabaseError):
                yield from self.connection.execute(
                    f"{ROWS} WHERE start > ? ORDER BY start DESC", (last,)
                )

    def _note(self, text: str) -> None:
        note = f"{self.path}: {text}; they count as not run"
        if note not in self.notes:
            self.notes.append(note)

    def checksum(self, start: Any, stop: Any, code: Any, records: Any) -> bytes:
        """The checksum of a row of this study."""
        head = json.dumps([self.meta.get("identity"), start, stop, code], default=repr).encode()
        return hashlib.sha256(
            head + b"\0" + (records if isinstance(records, bytes) else b"")
        ).digest()

    def describe(self, meta: dict[str, str]) -> None:
        """Write the description of the study."""
        complete = self.complete(meta)
        with self.connection:
            self.connection.executemany(SET_META, complete.items())
        self.meta = complete

    def complete(self, meta: Mapping[str, str]) -> dict[str, str]:
        """The description with these entries replaced, and its checksum."""
        complete = {**self.meta, **meta}
        return {**complete, "checksum": digest(complete)}

    def row(self, cells: range, code: str, records: bytes) -> tuple[Any, ...]:
        """A batch as a row of the table."""
        checksum = self.checksum(cells.start, cells.stop, code, records)
        return cells.start, cells.stop, code, checksum, records

    def forget(self, code: str) -> None:
        """Delete the batches of other versions of the code, and damaged ones."""
        with self.connection:
            self.connection.execute("DELETE FROM batches WHERE code != ?", (code,))
            self.connection.executemany(
                "DELETE FROM batches WHERE start = ?", [(start,) for start in self.damaged]
            )

    def close(self) -> None:
        """Close the file and remove its journal, unless another process is reading."""
        with suppress(sqlite3.Error):
            self.connection.execute("PRAGMA busy_timeout = 0")
            self.connection.execute("PRAGMA journal_mode = DELETE")
        self.connection.close()


def in_memory() -> Store:
    """A store in memory."""
    return Store(None, connected(":memory:"), [])


def _same(path: Path, file: os.stat_result) -> bool:
    """Whether the path still leads to this file."""
    try:
        return os.path.samestat(path.stat(), file)
    except OSError:
        return False


def connected(path: Path | str, journal: str = "WAL") -> sqlite3.Connection:
    """A connection that can write; the file is created if there is none."""
    connection = sqlite3.connect(path, timeout=30)
    connection.text_factory = _text
    try:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = FULL")
        # Write at once to the file itself, since SQLite ignores a damaged journal silently.
        connection.execute("PRAGMA wal_autocheckpoint = 1")
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                connection.execute(table)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT,))
    except BaseException:
        connection.close()
        raise
    return connection


def read_only(path: Path, first: str = "", options: str = "mode=ro") -> sqlite3.Connection:
    """A connection that changes nothing; in a read-only folder the journal is ignored."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True, timeout=30)
    connection.text_factory = _text
    try:
        connection.execute(first)
        connection.execute("SELECT name FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        connection.close()
        if not isinstance(error, sqlite3.OperationalError) or "immutable" in options:
            raise
        return read_only(path, first, f"{options}&immutable=1")
    return connection


def _text(raw: bytes) -> str:
    """A text, with a replacement character for each damaged byte."""
    return raw.decode(errors="replace")


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """The description of the study in a file."""
    return dict(connection.execute("SELECT name, value FROM meta"))


def digest(meta: dict[str, str]) -> str:
    """The checksum of a description."""
    items = sorted(((name, value) for name, value in meta.items() if name != "checksum"), key=repr)
    return hashlib.sha256(json.dumps(items, default=repr).encode()).hexdigest()


def stored_batch(store: Store, cells: range, code: str | None = None) -> bytes | None:
    """The records of one batch of a version of the code, or of any; None if it is missing or
    damaged."""
    row = store.connection.execute(f"{ROWS} WHERE start = ?", (cells.start,)).fetchone()
    if (
        row is None
        or row[1] != cells.stop
        or (code is not None and row[2] != code)
        or store.checksum(row[0], row[1], row[2], row[4]) != row[3]
    ):
        return None
    return bytes(row[4])
