"""The methods, one family a file: each a docstring recursion and its elementwise rules."""

from auxtheory.methods.auxmom import AuxMOM, SGDMomentum
from auxtheory.methods.auxmvr import MVR, AuxMVR
from auxtheory.methods.base import Cost, Method, Phase, Schedule
from auxtheory.methods.exact_correction import ExactCorrection
from auxtheory.methods.naive import SGD, Naive, fine_tuning

ALL: tuple[Method, ...] = (Naive, ExactCorrection, AuxMOM, AuxMVR, SGD, SGDMomentum, MVR)

__all__ = [
    "ALL",
    "MVR",
    "SGD",
    "AuxMOM",
    "AuxMVR",
    "Cost",
    "ExactCorrection",
    "Method",
    "Naive",
    "Phase",
    "SGDMomentum",
    "Schedule",
    "fine_tuning",
]
