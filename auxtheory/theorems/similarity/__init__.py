"""Other measures of how alike f and h are than δ."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
