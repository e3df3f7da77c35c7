"""The methods: AuxMOM, AuxMVR, exact correction and the naive method, with their special cases and
schedules.

Example:
    >>> import auxtheory as at
    >>> at.methods.ALL
    (at.methods.Naive, at.methods.ExactCorrection, at.methods.AuxMOM, at.methods.AuxMVR,
    at.methods.SGD, at.methods.SGDMomentum, at.methods.MVR)
"""

from auxtheory.methods.auxmom import AuxMOM, SGDMomentum
from auxtheory.methods.auxmvr import MVR, AuxMVR
from auxtheory.methods.base import Method, MethodType
from auxtheory.methods.exact_correction import ExactCorrection
from auxtheory.methods.expression import TextError
from auxtheory.methods.naive import SGD, Naive, fine_tuning
from auxtheory.methods.phases import Cost, Phase, Schedule
from auxtheory.methods.two_rules import from_rules

ALL: tuple[MethodType, ...] = (Naive, ExactCorrection, AuxMOM, AuxMVR, SGD, SGDMomentum, MVR)

__all__ = [
    "ALL",
    "MVR",
    "SGD",
    "AuxMOM",
    "AuxMVR",
    "Cost",
    "ExactCorrection",
    "Method",
    "MethodType",
    "Naive",
    "Phase",
    "SGDMomentum",
    "Schedule",
    "TextError",
    "fine_tuning",
    "from_rules",
]
