"""Certificates of theorems without noise: instance ≤ tight worst case ≤ bound on a grid, and stored
proofs that need no solver."""

from typing import Any

from auxtheory import renamed
from auxtheory.certify.grid import ALL, GridCell, cells
from auxtheory.certify.proofs import Stored, store, stored, stored_table
from auxtheory.certify.rows import sandwich, summary, text

__all__ = [
    "ALL",
    "GridCell",
    "Stored",
    "cells",
    "sandwich",
    "store",
    "stored",
    "stored_table",
    "summary",
    "text",
]


def __getattr__(name: str) -> Any:
    if name == "Cell":
        renamed.warn("auxtheory.certify.Cell", "auxtheory.certify.GridCell", stacklevel=2)
        return GridCell
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
