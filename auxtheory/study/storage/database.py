"""Where batches are kept: one SQLite file, one writer, each batch with a checksum and the version
of its code."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from auxtheory.errors import StudyError
from auxtheory.files import cause

FORMAT = "auxtheory study 1"
SUFFIX = ".study"
TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS batches (start INTEGER PRIMARY KEY, stop INTEGER NOT NULL, code "
    "TEXT NOT NULL, "
    "checksum BLOB NOT NULL, records BLOB NOT NULL)",
)
NAMED = 8  # damaged batches that are named one by one
ROWS = "SELECT start, stop, code, checksum, records FROM batches"


class Store:
    """The batches of one study. `meta` says which study it is; `notes` what was found wrong with
    the file.

    A batch counts once its transaction is on disk. A batch whose checksum does not fit is none: it
    is named in `notes`, and run again.
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
            self.meta = told(connection) if meta is None else meta
        except BaseException:
            connection.close()
            raise
        self.damaged: dict[int, str] = {}  # batches by their first cell
        # Of a file to add to: where it is, and which it is.
        self.place: tuple[Path, os.stat_result] | None = None

    def add(self, cells: range, code: str, records: bytes) -> None:
        """Keep a batch; once this returns it survives whatever happens to this process or the
        machine.

        StudyError if the file is not in its place any more.
        """
        if self.place is not None and not _same(*self.place):
            raise StudyError(
                f"cannot write {self.path}: it was moved, deleted or replaced while the study ran"
            )
        self.add_all([(cells, code, records)])

    def add_all(self, batches: Iterable[tuple[range, str, bytes]]) -> None:
        """Keep all of them or, should that fail, none."""
        with self.connection:
            for cells, code, records in batches:
                row = (
                    cells.start,
                    cells.stop,
                    code,
                    self.checksum(cells.start, cells.stop, code, records),
                    records,
                )
                self.connection.execute(
                    "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?)", row
                )

    def batches(self) -> Iterator[tuple[range, str, bytes]]:
        """The batches that are whole, in the order of their cells: cells, version of the code,
        records."""
        for start, stop, code, checksum, records in self._rows():
            if self.checksum(start, stop, code, records) == checksum:
                yield range(start, stop), code, records
            else:
                self.damaged[start] = (
                    f"{start}–{stop - 1}" if isinstance(stop, int) else f"from {start}"
                )
        if self.damaged:
            cells = ", ".join([*self.damaged.values()][:NAMED])
            more = (
                f" and {len(self.damaged) - NAMED} more batches"
                if len(self.damaged) > NAMED
                else ""
            )
            self._note(f"cells {cells}{more} are damaged (checksum)")

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        """All rows that can be read: around a page that cannot be, those before it and then those
        behind it."""
        last = -(2**63)
        try:
            for row in self.connection.execute(f"{ROWS} ORDER BY start"):
                last = row[0]
                yield row
        except sqlite3.DatabaseError as error:
            self._note(f"there are cells after {max(last, 0)} that cannot be read ({error})")
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
        """Say which study this is."""
        whole = self.meta | meta
        whole["checksum"] = digest(whole)
        with self.connection:
            self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", whole.items())
        self.meta = whole

    def forget(self, code: str) -> None:
        """Drop the batches of every other version of the code, and the damaged ones that were
        found."""
        with self.connection:
            self.connection.execute("DELETE FROM batches WHERE code != ?", (code,))
            self.connection.executemany(
                "DELETE FROM batches WHERE start = ?", [(start,) for start in self.damaged]
            )

    def close(self) -> None:
        """Leave one file behind, without a journal beside it unless somebody reads it just now."""
        with suppress(sqlite3.Error):
            self.connection.execute("PRAGMA busy_timeout = 0")
            self.connection.execute("PRAGMA journal_mode = DELETE")
        self.connection.close()


def in_memory() -> Store:
    """A store that lasts as long as this process."""
    return Store(None, connected(":memory:"), [])


@contextmanager
def writing(path: Path, *identities: str) -> Iterator[Store]:
    """The study's file to add to, made if there is none; StudyError if it cannot be, or if another
    process has it.

    A file that is damaged or foreign is set aside, and what is whole of it carried over;
    identities: those of the study, by which batches are known where the file itself cannot tell.
    """
    from filelock import FileLock, Timeout

    from auxtheory.study.storage.repair import mended

    if path.suffix != SUFFIX:
        raise StudyError(f"cannot keep a study in {path}: the name must end in {SUFFIX}")
    path = _writable(path)
    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(path.with_name(f".{path.name}.lock"), timeout=0))
            notes = mended(path, identities)
            store = stack.enter_context(closing(Store(path, connected(path), notes)))
            store.place = path.absolute(), path.stat()
        except Timeout:
            raise StudyError(f"{path} is in use: another process is running this study") from None
        except (OSError, NotImplementedError, sqlite3.Error) as error:
            raise StudyError(f"cannot write {path}: {_wrong(error, path)}") from error
        try:
            yield store
        except sqlite3.Error as error:
            raise StudyError(f"cannot write {path}: {error}") from error


def _writable(path: Path) -> Path:
    """Where a study's file is or can be made, by its own name: one file, one lock."""
    try:
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "")
        if path.exists() and not path.is_file():
            raise _no_file(path)
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError) as error:  # no permission; links in a circle
        raise StudyError(f"cannot write {path}: {_wrong(error, path)}") from error


def _no_file(path: Path) -> OSError:
    """What is wrong with a path that is there and is not a file."""
    return OSError(errno.EISDIR, "") if path.is_dir() else OSError(0, "it is not a file")


def _wrong(error: Exception, path: Path) -> str:
    """Why a study cannot be read or written, in the words of `auxtheory.files`."""
    return cause(error, path) if isinstance(error, OSError) else str(error)


def _same(path: Path, file: os.stat_result) -> bool:
    """Whether this very file is there."""
    try:
        return os.path.samestat(path.stat(), file)
    except OSError:
        return False


def connected(path: Path | str, journal: str = "WAL") -> sqlite3.Connection:
    """A connection that adds to a file, which is made if there is none."""
    connection = sqlite3.connect(path, timeout=30)
    connection.text_factory = _text
    try:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = FULL")
        # SQLite drops a damaged journal without a word.
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


@contextmanager
def reading(path: Path) -> Iterator[Store]:
    """The study's file to read, whether or not a process is at work on it; StudyError if it is
    none."""
    from auxtheory.study.storage.repair import NONE, damage

    if path.suffix != SUFFIX:
        raise StudyError(f"cannot read {path}: the name of a study must end in {SUFFIX}")
    try:
        if not path.is_file():
            raise _no_file(path) if path.exists() else FileNotFoundError(errno.ENOENT, "")
    except OSError as error:
        raise StudyError(f"cannot read {path}: {_wrong(error, path)}") from error
    try:
        if wrong := damage(path, whole=False):
            hint = (
                ""
                if wrong.startswith(NONE)
                else "; `auxtheory study resume` saves what is whole of it"
            )
            raise StudyError(f"cannot read {path}: {wrong}{hint}")
        with closing(read_only(path)) as connection:
            store = None
            if connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
                store = Store(path, connection, [])
            if store is None or "description" not in store.meta:
                raise StudyError(f"cannot read {path}: it holds no study yet")
            yield store
    except sqlite3.Error as error:
        raise StudyError(f"cannot read {path}: {error}") from error


def read_only(path: Path, first: str = "", options: str = "mode=ro") -> sqlite3.Connection:
    """A connection that changes nothing; in a folder that cannot be written the file is taken as it
    stands."""
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
    """A text, also a damaged one."""
    return raw.decode(errors="replace")


def told(connection: sqlite3.Connection) -> dict[str, str]:
    """What a file says of itself."""
    return dict(connection.execute("SELECT name, value FROM meta"))


def digest(meta: dict[str, str]) -> str:
    """A checksum of what says which study it is."""
    items = sorted(((name, value) for name, value in meta.items() if name != "checksum"), key=repr)
    return hashlib.sha256(json.dumps(items, default=repr).encode()).hexdigest()
