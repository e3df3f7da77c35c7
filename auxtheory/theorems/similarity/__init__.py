"""Other measures of how alike f and h are than δ: along a run, in another norm, relative to f or
h."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.similarity.along_the_run import AuxMOMRun, ExactCorrectionRun
from auxtheory.theorems.similarity.bregman import RelativeSmoothness
from auxtheory.theorems.similarity.diagonal import AuxMOMDiagonal, ExactCorrectionDiagonal
from auxtheory.theorems.similarity.quantities import in_norm as in_norm
from auxtheory.theorems.similarity.relative import ExactCorrectionRelative

ALL: tuple[type[Theorem], ...] = (
    ExactCorrectionRun,
    AuxMOMRun,
    ExactCorrectionDiagonal,
    AuxMOMDiagonal,
    ExactCorrectionRelative,
    RelativeSmoothness,
)

__all__ = [
    "ALL",
    "AuxMOMDiagonal",
    "AuxMOMRun",
    "ExactCorrectionDiagonal",
    "ExactCorrectionRelative",
    "ExactCorrectionRun",
    "RelativeSmoothness",
    "in_norm",
]
