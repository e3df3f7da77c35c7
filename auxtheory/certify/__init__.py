"""The sandwich: instance ≤ tight worst case ≤ bound of a theorem without noise, and proofs that
need no solver."""

from auxtheory.certify.grid import ALL, Cell, cells
from auxtheory.certify.proofs import Stored, store, stored, stored_table
from auxtheory.certify.rows import sandwich, summary, text

__all__ = [
    "ALL",
    "Cell",
    "Stored",
    "cells",
    "sandwich",
    "store",
    "stored",
    "stored_table",
    "summary",
    "text",
]
