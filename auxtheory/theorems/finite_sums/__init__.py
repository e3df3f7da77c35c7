"""Finite sums: SVRG, SAGA, recursive gradients, coupled samples, stability."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
