"""Two methods in one run, and methods between two others."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.hybrids.damped import DampedAuxMOM
from auxtheory.theorems.hybrids.gradients import HybridAuxMOM
from auxtheory.theorems.hybrids.last_iterate import HybridPL

ALL: tuple[type[Theorem], ...] = (HybridPL, HybridAuxMOM, DampedAuxMOM)

__all__ = [
    "ALL",
    "DampedAuxMOM",
    "HybridAuxMOM",
    "HybridPL",
]
