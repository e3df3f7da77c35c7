"""The order of the folders, which CONTRIBUTING.md shows, and how long files and functions may be.
`python tests/layers.py` prints the order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The files of the ground and, above them, the floors of folders. A file may import from the floors
# below its own and from its own folder; folders on one floor do not know each other.
GROUND = (
    "data",
    "defaults",
    "elementary",
    "errors",
    "files",
    "fingerprint",
    "helper_role",
    "latex",
    "machine",
    "columns",
    "printing",
    "progress",
    "renamed",
    "table",
    "column_table",
    "csv_blocks",
    "typing",
    "version",
)
FLOORS = (
    ("bounds", "random"),
    ("problems", "methods", "measures", "kernels"),
    ("noise", "implementations"),
    ("theorems", "lower_bounds", "engines", "conformance"),
    ("validation", "certify", "experiments"),
    ("study", "testing"),
    ("analysis",),
    ("bench",),
    ("cli",),
)
RANK = {name: 0 for name in GROUND} | {
    name: rank for rank, floor in enumerate(FLOORS, start=1) for name in floor
}
# The package itself, which loads names on first use, and what only starts or redirects.
ENTRANCES = ("", "__main__", "moved")

FILE_LINES = 400
FUNCTION_STATEMENTS = 40


def sources() -> Iterator[tuple[Path, str]]:
    """Path and text of every module of the package; links are followed, so of kernels/ and
    analysis/ too.
    """
    for folder, _, files in os.walk(ROOT / "auxtheory", followlinks=True):
        for path in sorted(Path(folder, file) for file in files if file.endswith(".py")):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def floors() -> str:
    """The floors as CONTRIBUTING.md shows them, the ground last."""
    numbered = list(enumerate(FLOORS, start=1))
    rows = [f"{number} {' · '.join(folders)}" for number, folders in reversed(numbered)]
    return "\n".join([*rows, f"  {' · '.join(GROUND)}"])


if __name__ == "__main__":
    print(floors())
