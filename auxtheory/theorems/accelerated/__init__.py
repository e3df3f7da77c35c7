"""Heavy ball and Nesterov's method."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
