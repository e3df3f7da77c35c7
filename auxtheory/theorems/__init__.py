"""The theorems: each class has its statement and proof as docstring, and assumptions, bound and
step sizes as attributes. The whole proofs are in docs/reference/theorems.

Example:
    >>> import auxtheory as at
    >>> print(at.theorems.SGD().bound)
    2F₀/(ηT(2 − Lη)) + Lησ_f²/(2 − Lη)
"""

from auxtheory.theorems.auxmom import AuxMOM, SGDMomentum
from auxtheory.theorems.auxmvr import MVR, AuxMVR
from auxtheory.theorems.base import Corollary, Theorem, Unmet
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

__all__ = [
    "ALL",
    "MVR",
    "SGD",
    "AuxMOM",
    "AuxMVR",
    "Corollary",
    "ExactCorrection",
    "ExactCorrectionNoise",
    "ExactCorrectionPL",
    "Naive",
    "SGDMomentum",
    "Theorem",
    "Unmet",
    "claim",
]
