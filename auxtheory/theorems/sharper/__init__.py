"""S0 to S4 with sharper constants; the present forms of ALL follow from them."""

from __future__ import annotations

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.sharper.auxmom import AuxMOMQuiet, AuxMOMSharp
from auxtheory.theorems.sharper.auxmvr import AuxMVRSharp, AuxMVRSimple
from auxtheory.theorems.sharper.exact_correction import (
    ExactCorrectionNoiseSharp,
    ExactCorrectionNoiseWide,
)
from auxtheory.theorems.sharper.momentum import SGDMomentumSharp
from auxtheory.theorems.sharper.mvr import MVRSharp
from auxtheory.theorems.sharper.naive import NaiveSharp

ALL: tuple[type[Theorem], ...] = (
    ExactCorrectionNoiseSharp,
    ExactCorrectionNoiseWide,
    NaiveSharp,
    AuxMOMSharp,
    AuxMOMQuiet,
    SGDMomentumSharp,
    AuxMVRSharp,
    AuxMVRSimple,
    MVRSharp,
)

__all__ = [
    "ALL",
    "AuxMOMQuiet",
    "AuxMOMSharp",
    "AuxMVRSharp",
    "AuxMVRSimple",
    "ExactCorrectionNoiseSharp",
    "ExactCorrectionNoiseWide",
    "MVRSharp",
    "NaiveSharp",
    "SGDMomentumSharp",
]
