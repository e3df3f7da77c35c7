"""SGD on convex and strongly convex f: constant and decreasing steps, last and average iterates."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
