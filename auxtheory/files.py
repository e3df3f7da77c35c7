"""Reading and writing files: one-sentence reasons why a file cannot be read or written, and outputs
that are written completely or not at all.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from auxtheory.errors import Checks, FileError, shown

WORDS = {
    errno.ENOENT: "there is no such file",
    errno.EACCES: "there is no permission",
    errno.EPERM: "there is no permission",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of this path is a file, not a folder",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EFBIG: "it would be larger than the system allows",
    errno.ELOOP: "its links form a circle",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}
ALLOWED = {"read": "must be a file that can be read", "write": "must be a file that can be written"}
FOLDER = "must be a folder in which files can be written"


def cause(error: OSError, path: str | Path | None = None) -> str:
    """The cause of an OSError in words instead of its number; path is the file that was to be
    opened."""
    parent = os.path.dirname(path) if path is not None else ""
    if error.errno == errno.ENOENT and parent and not os.path.isdir(parent):
        return f"there is no folder {parent!r}"
    return WORDS.get(error.errno or 0) or error.strerror or str(error)


def described(error: OSError) -> str:
    """The file and the cause of an OSError that no other function has described."""
    if isinstance(error, FileError) or error.errno is None:
        return str(error)
    names = [_short(str(name)) for name in (error.filename, error.filename2) if name is not None]
    return (
        f"{' and '.join(names) or 'a file or standard output'} cannot be used: "
        f"{cause(error, error.filename)}"
    )


def as_path(checks: Checks, what: str, path: Any) -> Path | None:
    """A text or a path as a Path; None, with a complaint, if it is neither."""
    if isinstance(path, str | os.PathLike):
        text = os.fspath(path)
        if isinstance(text, str) and text.strip() and "\0" not in text:
            return Path(text)
    checks.complain(what, path, "must be the path of a file, as a text or a pathlib.Path")
    return None


def check_writable(checks: Checks, what: str, *paths: Any) -> None:
    """Complain of the first output that cannot be written, before the work begins whose result it
    is to hold.

    The check creates a file in the folder and removes it again. An existing file will be replaced,
    unless it is protected.
    """
    before = len(checks.complaints)
    for entry in paths:
        path = as_path(checks, what, entry)
        if path is not None:
            _complain(checks, what, path, ALLOWED["write"], _try_file)
        if len(checks.complaints) > before:
            return


def check_folder(checks: Checks, what: str, folder: Any) -> None:
    """Complain of a folder in which no file can be written."""
    path = as_path(checks, what, folder)
    if path is not None:
        _complain(checks, what, path, FOLDER, _try_folder)


def check_stem(checks: Checks, what: str, stem: Any, endings: Iterable[str]) -> None:
    """`check_writable` for STEM.png and the other endings."""
    path = as_path(checks, what, stem)
    if path is not None and not path.name:
        checks.complain(
            what, str(stem), "must be the beginning of a file's name, to which endings are added"
        )
    elif path is not None:
        check_writable(checks, what, *with_endings(path, endings))


def with_endings(stem: str | Path, endings: Iterable[str]) -> list[Path]:
    """The paths STEM.png and so on, one for each ending."""
    path = Path(stem)
    return [path.with_name(f"{path.name}.{ending}") for ending in endings]


def writable(what: str, *paths: Any) -> None:
    """Raise a FileError if some output cannot be written; see `check_writable`."""
    checks = Checks()
    check_writable(checks, what, *paths)
    if checks.complaints:
        raise FileError.listing(checks.complaints)


def writable_folder(what: str, folder: Any) -> Path:
    """The folder; FileError if no file can be written in it."""
    checks = Checks()
    check_folder(checks, what, folder)
    if checks.complaints:
        raise FileError.listing(checks.complaints)
    return Path(folder)


def read_bytes(what: str, path: Any) -> bytes:
    """The bytes of a file; FileError, about the argument `what`, if it cannot be read."""
    checks = Checks()
    checked = as_path(checks, what, path)
    checks.done()
    with failing(what, path, "read"):
        return Path(checked or "").read_bytes()


def read_text(what: str, path: Any) -> str:
    """The text of a file in UTF-8; FileError, about the argument `what`, if it cannot be read or is
    not UTF-8."""
    data = read_bytes(what, path)
    try:
        return data.decode("utf-8-sig")  # some editors put a byte order mark at the beginning
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"must be text in UTF-8, and has a byte 0x{data[error.start]:02x} in line {line}"
        raise FileError.listing([f"{what} = {shown(str(path))}: {wrong}"]) from None


def write(what: str, contents: Mapping[Path, str | bytes | Iterable[str]]) -> list[Path]:
    """Write all of these files or none: each is first written in its folder under another name,
    then all are moved into place.

    A content may be several texts, one written after the other. Existing files stay as they are if
    that fails; FileError, about the argument `what`, says why.
    """
    made: dict[Path, tuple[Path, Path]] = {}
    try:
        for path, content in contents.items():
            with failing(what, path, "write"):
                target = Path(os.path.realpath(path))
                # Write directly to a device or a pipe; a folder raises an error.
                if target.exists() and not target.is_file():
                    _fill(target, content)
                    continue
                _refuse_protected(target)
                new = target.with_name(f".{secrets.token_hex(8)}{target.suffix[:8]}")
                made[path] = new, target
                _fill(new, content)
                if target.exists():
                    shutil.copymode(target, new)
        for path, (new, target) in made.items():
            with failing(what, path, "write"):
                new.replace(target)
    finally:
        for new, _ in made.values():
            with suppress(OSError):
                new.unlink(missing_ok=True)
    return list(contents)


def _fill(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Write a content to a file."""
    with path.open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            for text in [content] if isinstance(content, str) else content:
                file.write(text.encode())


@contextmanager
def failing(what: str, path: Any, doing: str) -> Iterator[None]:
    """Turn an OSError in the block into a FileError about the argument `what`; doing is "read" or
    "write"."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        wrong = f"{ALLOWED[doing]}; {cause(error, os.fspath(path))}"
        raise FileError.listing([f"{what} = {_short(path)}: {wrong}"]) from error


def _complain(checks: Checks, what: str, path: Path, allowed: str, attempt: Any) -> None:
    try:
        attempt(path)
    except OSError as error:
        checks.complaints.append(f"{what} = {_short(path)}: {allowed}; {cause(error, path)}")


def _try_file(path: Path) -> None:
    """Raise an OSError if no file of this name can be written."""
    target = Path(os.path.realpath(path))
    with suppress(FileNotFoundError):
        target.stat()  # fails for a name that is too long, or in a folder that may not be entered
    if not path.name or target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "")
    _refuse_protected(target)
    if target.is_file() or not target.exists():
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "")
        _try_in(target.parent)


def _try_folder(path: Path) -> None:
    if not path.is_dir():
        raise OSError(0, "it is a file" if path.exists() else "there is no such folder")
    _try_in(path)


def _try_in(folder: Path) -> None:
    """Make a file in a folder, with a byte in it, since on a full disk empty files can be made."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            file.flush()
    except (PermissionError, FileNotFoundError) as error:
        raise OSError(0, f"no file can be made in the folder {_short(folder)}") from error


def _refuse_protected(target: Path) -> None:
    """Raise an OSError for a write-protected file, since moving another file into its place would
    succeed."""
    if target.exists() and not os.access(
        target, os.W_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        raise OSError(0, "the file that is there is protected")


def _short(path: Any) -> str:
    """A path as the user wrote it; only the two ends of a very long one."""
    text = repr(os.fspath(path))
    return text if len(text) <= 200 else f"{text[:90]}…{text[-90:]}"
