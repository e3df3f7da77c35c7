"""What the reference says of all theorems together."""

from __future__ import annotations

from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "analysis" / "results"


def table() -> str:
    """The table of the field, as `auxtheory table --out analysis/results/table.md` wrote it."""
    return (RESULTS / "table.md").read_text(encoding="utf-8")
