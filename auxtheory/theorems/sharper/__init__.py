"""Sharper forms of the theorems on SGD, the naive method, AuxMOM and AuxMVR."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
