"""Saving what is whole of a damaged study's file."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from auxtheory.study.definition import StudyError
from auxtheory.study.store import FORMAT, Store, connected, damage, digest, read_only, told

JOURNALS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file


def mended(path: Path, identity: str | None) -> list[str]:
    """Set a damaged file aside and put what is whole of it in its place; what there is to tell of it.

    The new file is complete before the old one is moved. Whenever this is stopped, the next call goes on.
    """
    wrong, carried, notes = "it was damaged", True, []
    part, whole = (path.with_name(f".{path.name}.{ending}") for ending in ("part", "whole"))
    if path.exists() and not whole.exists() and (found := damage(path)):
        wrong = found
        part.unlink(missing_ok=True)
        with closing(Store(part, connected(part, "DELETE"), [])) as store:
            _carry_over(path, store, identity)
            carried = "description" in store.meta or any(True for _ in store.batches())
        part.rename(whole)
    if whole.exists():
        number = next(i for i in range(1, 10**6) if not path.with_name(f"{path.name}.damaged-{i}").exists())
        aside = path.with_name(f"{path.name}.damaged-{number}")
        for ending in (*JOURNALS, ""):  # the file itself last, since by it the number is chosen
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
        whole.rename(path)
        saved = ", and what is whole of it is carried over" if carried else ""
        notes.append(f"{path}: {wrong}; set aside as {aside.name}{saved}")
    return notes


def _carry_over(path: Path, store: Store, identity: str | None) -> None:
    """Copy what can be read of a damaged file and fits its checksum."""
    try:
        connection = read_only(path, "PRAGMA writable_schema = ON")  # else SQLite reads nothing of a file cut short
    except sqlite3.Error:
        return
    with closing(connection):
        meta: dict[str, str] = {}
        with suppress(sqlite3.Error):
            meta = told(connection)
        sound = meta.get("checksum") == digest(meta)
        if sound and meta["format"] != FORMAT:
            raise StudyError(f"cannot use {path}: another version of auxtheory made it (format {meta['format']!r})")
        for own in (meta.get("identity"), identity):
            old = Store(path, connection, [], {"identity": str(own)})
            if sound or any(True for _ in old.batches()):
                store.describe(meta if sound else {"identity": str(own)})
                return store.add_all(old.batches())
        with suppress(sqlite3.Error):
            if identity is None and connection.execute("SELECT 1 FROM batches").fetchone():
                raise StudyError(f"cannot mend {path}: its description is damaged; run its study file or script again")

