"""What is wrong with a study's file, and saving what is whole of a damaged one."""

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
    read_only,
    told,
)

JOURNALS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file
NONE = "it is no study"  # so begins what is said of a file of which nothing can be saved
FOREIGN = f"{NONE}, but another SQLite file"
# The file's fault; else the machine's.
BROKEN = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Else SQLite reads nothing of a file cut short, or whose tables are damaged.
TOLERANT = "PRAGMA writable_schema = ON"
STRICT = "PRAGMA writable_schema = RESET"


def damage(path: Path, *, whole: bool = True) -> str | None:
    """What is wrong with a file that should hold a study, or None; whole: look at every page of it,
    as who writes."""
    try:
        with closing(read_only(path, TOLERANT)) as connection:
            tables = _tables(connection)
            if tables and not _as_made(connection):
                named = {"meta", "batches"} & {name for _, name, *_ in tables}
                return "what it says of its tables is damaged" if named else FOREIGN
            connection.execute(STRICT)
            if not _tables(connection):
                return None  # a file that is empty, or whose first transaction never ended
            meta = told(connection)
            if meta.get("format", FORMAT) != FORMAT:
                return f"its format is {meta['format']!r}, not {FORMAT!r}"
            used = len(meta) > 1 or connection.execute("SELECT 1 FROM batches LIMIT 1").fetchone()
            if used and meta.get("checksum") != digest(meta):
                return "its description is damaged (checksum)"
            if not whole:
                return None
            with path.open("rb") as file:
                if file.read(19)[18:] > b"\2":  # else SQLite says that it must not be written
                    return "its head is damaged (write version)"
            checked = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            return None if checked == "ok" else f"it is damaged ({checked.splitlines()[-1]})"
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code not in BROKEN:
            raise
        return f"{NONE if code == sqlite3.SQLITE_NOTADB else 'it is damaged'} ({error})"


def _as_made(connection: sqlite3.Connection) -> bool:
    """Whether a file says of its tables what a store does; others may follow, and auto_vacuum puts
    them elsewhere."""
    tables = _tables(connection)
    own = _own()
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0]:
        # Without the root page.
        tables, own = ([(*row[:3], *row[4:]) for row in rows] for rows in (tables, own))
    return tables[: len(own)] == own


def _tables(connection: sqlite3.Connection) -> list[Any]:
    """What a file says of its tables."""
    return connection.execute("SELECT * FROM sqlite_master ORDER BY rowid").fetchall()


def _own() -> list[Any]:
    """What a store says of them."""
    with closing(in_memory()) as store:
        return _tables(store.connection)


def mended(path: Path, identities: Sequence[str]) -> list[str]:
    """Set a damaged file aside and put what is whole of it in its place; what there is to tell of
    it.

    The new file is complete before the old one is moved. Whenever this is stopped, the next call
    goes on.
    """
    wrong = "it was damaged"
    carried = True
    notes = []
    part, whole = (path.with_name(f".{path.name}.{ending}") for ending in ("part", "whole"))
    if path.exists() and not whole.exists() and (found := damage(path)):
        wrong = found
        part.unlink(missing_ok=True)
        try:
            with closing(Store(part, connected(part, "DELETE"), [])) as store:
                _carry_over(path, store, identities)
                carried = "description" in store.meta or any(True for _ in store.batches())
            if not identities and not carried:
                end = "" if wrong.startswith(NONE) else "; run its study file or script again"
                raise StudyError(f"cannot mend {path}: {wrong}{end}")
            part.rename(whole)
        finally:
            part.unlink(missing_ok=True)
    if whole.exists():
        number = next(
            i for i in range(1, 10**6) if not path.with_name(f"{path.name}.damaged-{i}").exists()
        )
        aside = path.with_name(f"{path.name}.damaged-{number}")
        for ending in (*JOURNALS, ""):  # the file itself last, since by it the number is chosen
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
        whole.rename(path)
        saved = ", and what is whole of it is carried over" if carried else ""
        notes.append(f"{path}: {wrong}; set aside as {aside.name}{saved}")
    return notes


def _carry_over(path: Path, store: Store, identities: Sequence[str]) -> None:
    """Copy what can be read of a damaged file and fits its checksum."""
    try:
        connection = read_only(path, TOLERANT)
    except sqlite3.Error:
        return
    with closing(connection), closing(_restored(connection)) as restored:
        meta: dict[str, str] = {}
        # As it is, since tables may be other ones in another version.
        for one in (connection, restored):
            with suppress(sqlite3.Error):
                meta = told(one)
            sound = meta.get("checksum") == digest(meta)
            if sound and meta["format"] != FORMAT:
                raise StudyError(
                    f"cannot use {path}: another version of auxtheory made it (format "
                    f"{meta['format']!r})"
                )
        for own in (meta.get("identity"), *identities):
            old = Store(path, restored, [], {"identity": str(own)})
            if sound or any(True for _ in old.batches()):
                store.describe(meta if sound else {"identity": str(own)})
                return store.add_all(old.batches())


def _restored(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A damaged file as it is; if what it says of its tables is damaged, a copy in memory that says
    it as a store."""
    with suppress(sqlite3.Error):
        if _as_made(connection):
            return connection
    copy = in_memory().connection
    with suppress(sqlite3.Error):
        connection.backup(copy)
        copy.execute(TOLERANT)
        copy.execute("DELETE FROM sqlite_master")
        copy.executemany("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", _own())
        copy.execute(STRICT)
    return copy
