"""The theorems: each class has its statement and proof as docstring, and assumptions, bound and
step sizes as attributes. The whole proofs are in docs/reference/theorems.

`ALL` has those of the paper; `LIBRARY` these and the catalogue, a folder for each subject.

Example:
    >>> import auxtheory as at
    >>> print(at.theorems.SGD().bound)
    2F₀/(ηT(2 − Lη)) + Lησ_f²/(2 − Lη)
"""

from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.user_symbols import symbol
from auxtheory.theorems import (
    accelerated,
    convex,
    finite_sums,
    hybrids,
    normalised,
    polyak,
    schedules,
    sharper,
    similarity,
)
from auxtheory.theorems.auxmom import AuxMOM, SGDMomentum
from auxtheory.theorems.auxmvr import MVR, AuxMVR
from auxtheory.theorems.base import Corollary, Theorem, Unmet
from auxtheory.theorems.case import Case
from auxtheory.theorems.claims import claim
from auxtheory.theorems.exact_correction import ExactCorrection
from auxtheory.theorems.exact_correction_noise import ExactCorrectionNoise
from auxtheory.theorems.exact_correction_pl import ExactCorrectionPL
from auxtheory.theorems.naive import Naive
from auxtheory.theorems.sgd import SGD

ALL: tuple[type[Theorem], ...] = (
    SGD,
    ExactCorrection,
    ExactCorrectionNoise,
    ExactCorrectionPL,
    Naive,
    AuxMOM,
    AuxMVR,
    SGDMomentum,
    MVR,
)

# A folder of the catalogue for each subject, in the order in which they are listed.
SUBJECTS = (
    sharper,
    polyak,
    schedules,
    convex,
    accelerated,
    normalised,
    finite_sums,
    similarity,
    hybrids,
)
CATALOGUE: tuple[type[Theorem], ...] = tuple(kind for each in SUBJECTS for kind in each.ALL)
LIBRARY: tuple[type[Theorem], ...] = ALL + CATALOGUE

globals().update({kind.__name__: kind for kind in CATALOGUE})

__all__ = [
    *(kind.__name__ for kind in CATALOGUE),
    "ALL",
    "CATALOGUE",
    "DERIVED",
    "LIBRARY",
    "MVR",
    "SGD",
    "AuxMOM",
    "AuxMVR",
    "Case",
    "Corollary",
    "ExactCorrection",
    "ExactCorrectionNoise",
    "ExactCorrectionPL",
    "Naive",
    "SGDMomentum",
    "Theorem",
    "Unmet",
    "claim",
    "symbol",
    "symbols",
]
