"""A list of the files in an exported folder with their checksums, since Zarr reads a chunk that is
lost as empty and decodes some damaged ones."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

# Readers of Zarr ignore it.
LIST = ".auxtheory.json"


def seal(folder: Path) -> None:
    """Write the list of a folder's files into it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LIST)
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    (folder / LIST).write_text(json.dumps({"sha256": digests}, indent=0))


def broken(seal: Seal) -> str | None:
    """Which files of a folder are lost or damaged, in words; None if none is, or if nothing lists
    them."""
    if LIST not in seal.digests:
        return None
    try:
        digests = json.loads((seal.folder / LIST).read_bytes())["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return f"{LIST} is damaged"
    faults = []
    for name, digest in digests.items():
        if name not in seal.digests:
            faults.append(f"{name} is missing")
        elif seal.digests[name] != digest:
            faults.append(f"{name} is damaged (checksum mismatch)")
    if not faults:
        return None
    more = f", and {len(faults) - 1} more files are lost or damaged" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


@dataclass(eq=False)
class Seal:
    """The files of an open folder as they were at its opening.

    Args:
        folder: The folder.
        digests: The checksum of each file by its name in the folder.
        marks: What `stat` says of each file with this content.
    """

    folder: Path
    digests: dict[str, str]
    marks: dict[str, tuple[int, ...]]

    def changed(self, variable: str) -> str | None:
        """Which file of a variable, or of those that all share, is not what it was at the opening,
        in words; None if none is.

        Only a file with another size, time or number is read again."""
        shared = (name for name in self.digests if "/" not in name)
        own = (name for name in self.digests if name.startswith(f"{variable}/"))
        for name in (*shared, *own):
            path = self.folder / name
            try:
                mark = _mark(path)
                if mark == self.marks[name]:
                    continue
                if _digest(path) != self.digests[name]:
                    return f"{name} has changed since it was opened"
            except OSError:
                return f"{name} is missing"
            self.marks[name] = mark
        return None


def sealed(folder: Path) -> Seal:
    """The files of a folder as they are now, whether a list names them or not."""
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    marks = {name: _mark(path) for name, path in files.items()}
    return Seal(folder, {name: _digest(path) for name, path in files.items()}, marks)


def _mark(path: Path) -> tuple[int, ...]:
    stat = os.stat(path)
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
