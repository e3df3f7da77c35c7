"""A study's file, opened to add batches or to read them, and repaired if it is damaged."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from auxtheory.errors import StudyError
from auxtheory.files import cause
from auxtheory.study.storage.database import SUFFIX, Store, connected, read_only
from auxtheory.study.storage.repair import NONE, damage, mended


@contextmanager
def writing(path: Path, *identities: str) -> Iterator[Store]:
    """The study's file to add to, made if there is none; StudyError if it cannot be, or if another
    process has it.

    A file that is damaged or foreign is set aside, and what is whole of it carried over;
    identities: those of the study, by which batches are known where the file itself cannot tell.
    """
    from filelock import FileLock, Timeout

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


@contextmanager
def reading(path: Path) -> Iterator[Store]:
    """The study's file to read, whether or not a process is at work on it; StudyError if it is
    none."""
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
