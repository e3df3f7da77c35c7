"""A list of the files in an exported folder with their checksums, since Zarr reads a chunk that is
lost as empty and decodes some damaged ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

# Readers of Zarr ignore it.
LIST = ".auxtheory.json"


def seal(folder: Path) -> None:
    """Write the list of a folder's files into it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LIST)
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    (folder / LIST).write_text(json.dumps({"sha256": digests}, indent=0))


def broken(folder: Path) -> str | None:
    """Which files of a folder are lost or damaged, in words; None if none is, or if nothing lists
    them."""
    try:
        digests = json.loads((folder / LIST).read_bytes())["sha256"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return f"{LIST} is damaged"
    faults = []
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif _digest(path) != digest:
            faults.append(f"{name} is damaged (checksum mismatch)")
    if not faults:
        return None
    more = f", and {len(faults) - 1} more files are lost or damaged" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
