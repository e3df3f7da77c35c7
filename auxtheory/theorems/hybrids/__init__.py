"""Two methods in one run, and methods between two others."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
