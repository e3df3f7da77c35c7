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
from auxtheory.study.storage.repair import NOT_A_STUDY, damage, repair

RECOVER = "`auxtheory study resume` recovers its intact batches"


@contextmanager
def writing(path: Path, *identities: str) -> Iterator[Store]:
    """Open or create a study's file to add batches; a damaged file is repaired first.

    A damaged file, or one that is not a study, is renamed, and its intact batches are copied to the
    new file.

    Args:
        path: The .study file.
        *identities: The identities of the study, which recognise its batches where the description
            in the file is damaged.

    Yields:
        The store.

    Raises:
        StudyError: The file cannot be written, or another process is running the study.
    """
    from filelock import FileLock, Timeout

    if path.suffix != SUFFIX:
        raise StudyError(f"cannot store a study in {path}: the name must end in {SUFFIX}")
    path = _writable(path)
    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(path.with_name(f".{path.name}.lock"), timeout=0))
            notes = repair(path, identities)
            store = stack.enter_context(closing(Store(path, connected(path), notes)))
            store.place = path.absolute(), path.stat()
        except Timeout:
            raise StudyError(f"{path} is in use: another process is running this study") from None
        except (OSError, NotImplementedError, sqlite3.Error) as error:
            raise StudyError(f"cannot write {path}: {_reason(error, path)}") from error
        try:
            yield store
        except sqlite3.Error as error:
            raise StudyError(f"cannot write {path}: {error}") from error


def _writable(path: Path) -> Path:
    """The path of a study's file with links resolved, so that a file has one lock; StudyError if it
    cannot be created."""
    try:
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "")
        if path.exists() and not path.is_file():
            raise _not_a_file(path)
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError) as error:  # no permission; links in a circle
        raise StudyError(f"cannot write {path}: {_reason(error, path)}") from error


def _not_a_file(path: Path) -> OSError:
    """The error for a path that exists and is not a file."""
    return OSError(errno.EISDIR, "") if path.is_dir() else OSError(0, "it is not a file")


def _reason(error: Exception, path: Path) -> str:
    """The reason why a study cannot be read or written, worded as in `auxtheory.files`."""
    return cause(error, path) if isinstance(error, OSError) else str(error)


@contextmanager
def reading(path: Path) -> Iterator[Store]:
    """Open a study's file to read, also while a process is running the study.

    Args:
        path: The .study file.

    Yields:
        The store, for `auxtheory.study.cell_again`.

    Raises:
        StudyError: The file cannot be read, or is not a study.

    Example:
        >>> from pathlib import Path
        >>> import auxtheory as at
        >>> from auxtheory.study import reading
        >>> target = at.Quadratic(L=1.0, dim=4)
        >>> study = at.Study([at.theorems.ExactCorrection()], target, delta=0.1, K=4, T=[10, 100])
        >>> print(study.run("a.study").counts)
        {'pass': 2}
        >>> with reading(Path("a.study")) as store:
        ...     print([cells for cells, _, _ in store.batches()])
        [range(0, 2)]
    """
    if path.suffix != SUFFIX:
        raise StudyError(f"cannot read {path}: the name of a study must end in {SUFFIX}")
    try:
        if not path.is_file():
            raise _not_a_file(path) if path.exists() else FileNotFoundError(errno.ENOENT, "")
    except OSError as error:
        raise StudyError(f"cannot read {path}: {_reason(error, path)}") from error
    try:
        if reason := damage(path, every_page=False):
            hint = "" if reason.startswith(NOT_A_STUDY) else f"; {RECOVER}"
            raise StudyError(f"cannot read {path}: {reason}{hint}")
        with closing(read_only(path)) as connection:
            store = None
            if connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
                store = Store(path, connection, [])
            if store is None or "description" not in store.meta:
                raise StudyError(f"cannot read {path}: it does not hold a study yet")
            yield store
    except sqlite3.Error as error:
        raise StudyError(f"cannot read {path}: {error}") from error
