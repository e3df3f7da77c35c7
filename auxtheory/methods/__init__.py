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
