"""Schedules (η_t, a_t) of AuxMOM and AuxMVR."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.schedules.auxmom import AuxMOMSchedule
from auxtheory.theorems.schedules.mean import AuxMOMMean
from auxtheory.theorems.schedules.mvr import AuxMVRSchedule

ALL: tuple[type[Theorem], ...] = (AuxMOMSchedule, AuxMOMMean, AuxMVRSchedule)

__all__ = [
    "ALL",
    "AuxMOMMean",
    "AuxMOMSchedule",
    "AuxMVRSchedule",
]
