"""Normalised and clipped methods, AdaGrad-norm, and (L₀, L₁)-smoothness."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.normalised.adagrad import AdaGradNorm, ProjectedAdaGradNorm
from auxtheory.theorems.normalised.auxmom import (
    NormalisedAuxMOM,
    NormalisedAuxMOMSmooth,
    NormalisedExactCorrection,
    NormalisedMomentum,
)
from auxtheory.theorems.normalised.clipped import ClippedGD
from auxtheory.theorems.normalised.exact_correction import ExactCorrectionGrowth

ALL: tuple[type[Theorem], ...] = (
    NormalisedAuxMOM,
    NormalisedAuxMOMSmooth,
    NormalisedExactCorrection,
    ExactCorrectionGrowth,
    NormalisedMomentum,
    ClippedGD,
    AdaGradNorm,
    ProjectedAdaGradNorm,
)

__all__ = [
    "ALL",
    "AdaGradNorm",
    "ClippedGD",
    "ExactCorrectionGrowth",
    "NormalisedAuxMOM",
    "NormalisedAuxMOMSmooth",
    "NormalisedExactCorrection",
    "NormalisedMomentum",
    "ProjectedAdaGradNorm",
]
