"""AuxMOM and MVR with step sizes that change from round to round."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
