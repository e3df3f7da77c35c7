"""Last iterates under the Polyak–Łojasiewicz inequality."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.polyak.auxmom import AuxMOMPL
from auxtheory.theorems.polyak.mvr import MVRPL
from auxtheory.theorems.polyak.naive import NaivePL
from auxtheory.theorems.polyak.sgd import SGDPL

ALL: tuple[type[Theorem], ...] = (SGDPL, NaivePL, AuxMOMPL, MVRPL)

__all__ = [
    "ALL",
    "MVRPL",
    "SGDPL",
    "AuxMOMPL",
    "NaivePL",
]
