"""Methods whose steps are normalised or clipped, and (L0, L1)-smoothness."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
