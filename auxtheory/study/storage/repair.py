"""Finding damage in a study's file, and recovering the intact batches of a damaged one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from auxtheory.errors import StudyError
from auxtheory.study.storage.database import (
    FORMAT,
    Store,
    connected,
    digest,
    in_memory,
    read_meta,
    read_only,
)

JOURNALS = ("-wal", "-shm", "-journal")  # suffixes of the files that SQLite adds
# The beginning of messages about files from which nothing can be recovered.
NOT_A_STUDY = "it is not a study"
FOREIGN = f"{NOT_A_STUDY}, but another SQLite file"
# Error codes of faults in the file; other codes are faults of the machine.
BROKEN = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Without it, SQLite reads nothing of a truncated file or of one whose schema is damaged.
TOLERANT = "PRAGMA writable_schema = ON"
STRICT = "PRAGMA writable_schema = RESET"


def damage(path: Path, *, every_page: bool = True) -> str | None:
    """What is wrong with a file that should hold a study, or None; `every_page` also checks all
    pages, as is needed before writing."""
    try:
        with closing(read_only(path, TOLERANT)) as connection:
            tables = _tables(connection)
            if tables and not _as_made(connection):
                ours = {"meta", "batches"} & {name for _, name, *_ in tables}
                return "its schema is damaged" if ours else FOREIGN
            connection.execute(STRICT)
            if not _tables(connection):
                return None  # an empty file, or one whose first transaction did not finish
            meta = read_meta(connection)
            if meta.get("format", FORMAT) != FORMAT:
                return f"its format is {meta['format']!r}, not {FORMAT!r}"
            used = len(meta) > 1 or connection.execute("SELECT 1 FROM batches LIMIT 1").fetchone()
            if used and meta.get("checksum") != digest(meta):
                return "its description is damaged (checksum mismatch)"
            if not every_page:
                return None
            with path.open("rb") as file:
                if file.read(19)[18:] > b"\2":  # SQLite would say that it must not be written
                    return "its header is damaged (write version)"
            checked = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            return None if checked == "ok" else f"it is damaged ({checked.splitlines()[-1]})"
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code not in BROKEN:
            raise
        return f"{NOT_A_STUDY if code == sqlite3.SQLITE_NOTADB else 'it is damaged'} ({error})"


def _as_made(connection: sqlite3.Connection) -> bool:
    """Whether a file has the schema of a store; further tables may follow."""
    tables = _tables(connection)
    expected = _expected_tables()
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0]:
        # It moves the root pages, so that these are left out.
        tables, expected = ([(*row[:3], *row[4:]) for row in rows] for rows in (tables, expected))
    return tables[: len(expected)] == expected


def _tables(connection: sqlite3.Connection) -> list[Any]:
    """The schema of a file."""
    return connection.execute("SELECT * FROM sqlite_master ORDER BY rowid").fetchall()


def _expected_tables() -> list[Any]:
    """The schema of an empty store."""
    with closing(in_memory()) as store:
        return _tables(store.connection)


def repair(path: Path, identities: Sequence[str]) -> list[str]:
    """Rename a damaged file and put its intact batches in its place; the notes that say so.

    The new file is complete before the old one is renamed. Whenever this is stopped, the next call
    resumes.
    """
    reason = "it was damaged"
    recovered = True
    complete = path.with_name(f".{path.name}.whole")
    if path.exists() and not complete.exists() and (fault := damage(path)):
        reason = fault
        recovered = _recover(path, complete, identities, reason)
    if not complete.exists():
        return []
    number = next(
        i for i in range(1, 10**6) if not path.with_name(f"{path.name}.damaged-{i}").exists()
    )
    renamed = path.with_name(f"{path.name}.damaged-{number}")
    for ending in (*JOURNALS, ""):  # the file itself last, since the number depends on it
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(renamed.with_name(renamed.name + ending))
    complete.rename(path)
    end = ", and its intact batches are recovered" if recovered else ""
    return [f"{path}: {reason}; renamed to {renamed.name}{end}"]


def _recover(path: Path, complete: Path, identities: Sequence[str], reason: str) -> bool:
    """Write the intact batches of a damaged file to `complete`; whether there are any."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(Store(part, connected(part, "DELETE"), [])) as store:
            _copy_intact(path, store, identities)
            recovered = "description" in store.meta or any(True for _ in store.batches())
        if not identities and not recovered:
            end = "" if reason.startswith(NOT_A_STUDY) else "; run its study file or script again"
            raise StudyError(f"cannot repair {path}: {reason}{end}")
        part.rename(complete)
    finally:
        part.unlink(missing_ok=True)
    return recovered


def _copy_intact(path: Path, store: Store, identities: Sequence[str]) -> None:
    """Copy the batches of a damaged file whose checksums match."""
    try:
        connection = read_only(path, TOLERANT)
    except sqlite3.Error:
        return
    with closing(connection), closing(_restored(connection)) as restored:
        meta: dict[str, str] = {}
        # The file as it is comes first, since another version may have other tables.
        for source in (connection, restored):
            with suppress(sqlite3.Error):
                meta = read_meta(source)
            sound = meta.get("checksum") == digest(meta)
            if sound and meta["format"] != FORMAT:
                raise StudyError(
                    f"cannot use {path}: another version of auxtheory made it (format "
                    f"{meta['format']!r})"
                )
        for identity in (meta.get("identity"), *identities):
            old = Store(path, restored, [], {"identity": str(identity)})
            if sound or any(True for _ in old.batches()):
                store.describe(meta if sound else {"identity": str(identity)})
                return store.add_all(old.batches())


def _restored(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A damaged file as it is or, if its schema is damaged, a copy in memory with the schema of a
    store."""
    with suppress(sqlite3.Error):
        if _as_made(connection):
            return connection
    copy = in_memory().connection
    with suppress(sqlite3.Error):
        connection.backup(copy)
        copy.execute(TOLERANT)
        copy.execute("DELETE FROM sqlite_master")
        copy.executemany("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", _expected_tables())
        copy.execute(STRICT)
    return copy
