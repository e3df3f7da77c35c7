"""The theorems: each class has its statement and proof as docstring, and assumptions, bound and
step sizes as attributes. The whole proofs are in docs/reference/theorems.

`ALL` has those of the paper; `LIBRARY` these and the catalogue, a folder for each subject.

Example:
    >>> import auxtheory as at
    >>> print(at.theorems.SGD().bound)
    2F₀/(ηT(2 − Lη)) + Lησ_f²/(2 − Lη)
"""

from auxtheory.bounds.added import ADDED, SHIPPED
from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.user_symbols import symbol
from auxtheory.theorems import (
    accelerated,
    clients,
    convex,
    finite_sums,
    helpers,
    hybrids,
    normalised,
    polyak,
    schedules,
    sharper,
    similarity,
)
from auxtheory.theorems.accelerated import (
    HeavyBallNoise,
    HeavyBallQuadratic,
    HeavyBallShortSteps,
    NesterovGap,
    NesterovQuadratic,
)
from auxtheory.theorems.auxmom import AuxMOM, SGDMomentum
from auxtheory.theorems.auxmvr import MVR, AuxMVR
from auxtheory.theorems.base import Corollary, Theorem, Unmet
from auxtheory.theorems.case import Case
from auxtheory.theorems.claims import claim
from auxtheory.theorems.clients import (
    SCAFFOLD,
    FedAvgQuadratic,
    FedAvgSampled,
    FedAvgSmooth,
    LaggedSCAFFOLD,
    LaggedSCAFFOLDStar,
    SCAFFOLDConvex,
    SCAFFOLDExactStart,
    SCAFFOLDOptionI,
    SCAFFOLDOptionISmooth,
    SCAFFOLDSmooth,
)
from auxtheory.theorems.convex import (
    PolyakRuppert,
    PolyakRuppertDistance,
    SGDConvex,
    SGDConvexLongSteps,
    SGDInverseTime,
    SGDLinearDecay,
    SGDStronglyConvex,
    SGDWeightedAverage,
)
from auxtheory.theorems.exact_correction import ExactCorrection
from auxtheory.theorems.exact_correction_noise import ExactCorrectionNoise
from auxtheory.theorems.exact_correction_pl import ExactCorrectionPL
from auxtheory.theorems.finite_sums import (
    LSVRG,
    PAGE,
    SAGA,
    SARAH,
    AuxPAGE,
    AuxSPIDER,
    ComponentSGD,
    CoupledAuxMOM,
    LogisticGD,
    LogisticGDClosed,
)
from auxtheory.theorems.helpers import (
    ClientAuxMOM,
    ClientAuxMOMQuiet,
    ClientAuxMOMSharp,
    ClientAuxMOMTuned,
    ClientAuxMVR,
    ClientAuxMVRQuiet,
    ClientAuxMVRSharp,
    ClientExactCorrection,
    ClientExactCorrectionNoise,
    ClientExactCorrectionNoiseSharp,
    ClientExactCorrectionNoiseWide,
    ClientExactCorrectionPL,
    ClientExactCorrectionSmallSteps,
    ClientNaive,
    Proximal,
    ProximalConvex,
    ProximalConvexHelpers,
    ProximalInexact,
    SharedDifferences,
    SharedMomentum,
    SharedMomentumQuiet,
    SharedMomentumSharp,
    SharedMVR,
    SharedMVRQuiet,
    SharedMVRSharp,
    StaleAuxMOM,
    StaleAuxMOMSharp,
)
from auxtheory.theorems.hybrids import DampedAuxMOM, HybridAuxMOM, HybridPL
from auxtheory.theorems.naive import Naive
from auxtheory.theorems.normalised import (
    AdaGradNorm,
    ClippedGD,
    ExactCorrectionGrowth,
    NormalisedAuxMOM,
    NormalisedAuxMOMSmooth,
    NormalisedExactCorrection,
    NormalisedMomentum,
    ProjectedAdaGradNorm,
)
from auxtheory.theorems.polyak import MVRPL, SGDPL, AuxMOMPL, NaivePL
from auxtheory.theorems.schedules import AuxMOMMean, AuxMOMSchedule, AuxMVRSchedule
from auxtheory.theorems.sgd import SGD
from auxtheory.theorems.sharper import (
    AuxMOMQuiet,
    AuxMOMSharp,
    AuxMVRSharp,
    AuxMVRSimple,
    ExactCorrectionNoiseSharp,
    ExactCorrectionNoiseWide,
    MVRSharp,
    NaiveSharp,
    SGDMomentumSharp,
)
from auxtheory.theorems.similarity import (
    AuxMOMDiagonal,
    AuxMOMRun,
    ExactCorrectionDiagonal,
    ExactCorrectionRelative,
    ExactCorrectionRun,
    RelativeSmoothness,
)

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
    helpers,
    clients,
)
CATALOGUE: tuple[type[Theorem], ...] = tuple(kind for each in SUBJECTS for kind in each.ALL)
LIBRARY: tuple[type[Theorem], ...] = ALL + CATALOGUE

SHIPPED.update(name for name, each in ADDED.items() if each.compute is None)

__all__ = [
    "ALL",
    "CATALOGUE",
    "DERIVED",
    "LIBRARY",
    "LSVRG",
    "MVR",
    "MVRPL",
    "PAGE",
    "SAGA",
    "SARAH",
    "SCAFFOLD",
    "SGD",
    "SGDPL",
    "AdaGradNorm",
    "AuxMOM",
    "AuxMOMDiagonal",
    "AuxMOMMean",
    "AuxMOMPL",
    "AuxMOMQuiet",
    "AuxMOMRun",
    "AuxMOMSchedule",
    "AuxMOMSharp",
    "AuxMVR",
    "AuxMVRSchedule",
    "AuxMVRSharp",
    "AuxMVRSimple",
    "AuxPAGE",
    "AuxSPIDER",
    "Case",
    "ClientAuxMOM",
    "ClientAuxMOMQuiet",
    "ClientAuxMOMSharp",
    "ClientAuxMOMTuned",
    "ClientAuxMVR",
    "ClientAuxMVRQuiet",
    "ClientAuxMVRSharp",
    "ClientExactCorrection",
    "ClientExactCorrectionNoise",
    "ClientExactCorrectionNoiseSharp",
    "ClientExactCorrectionNoiseWide",
    "ClientExactCorrectionPL",
    "ClientExactCorrectionSmallSteps",
    "ClientNaive",
    "ClippedGD",
    "ComponentSGD",
    "Corollary",
    "CoupledAuxMOM",
    "DampedAuxMOM",
    "ExactCorrection",
    "ExactCorrectionDiagonal",
    "ExactCorrectionGrowth",
    "ExactCorrectionNoise",
    "ExactCorrectionNoiseSharp",
    "ExactCorrectionNoiseWide",
    "ExactCorrectionPL",
    "ExactCorrectionRelative",
    "ExactCorrectionRun",
    "FedAvgQuadratic",
    "FedAvgSampled",
    "FedAvgSmooth",
    "HeavyBallNoise",
    "HeavyBallQuadratic",
    "HeavyBallShortSteps",
    "HybridAuxMOM",
    "HybridPL",
    "LaggedSCAFFOLD",
    "LaggedSCAFFOLDStar",
    "LogisticGD",
    "LogisticGDClosed",
    "MVRSharp",
    "Naive",
    "NaivePL",
    "NaiveSharp",
    "NesterovGap",
    "NesterovQuadratic",
    "NormalisedAuxMOM",
    "NormalisedAuxMOMSmooth",
    "NormalisedExactCorrection",
    "NormalisedMomentum",
    "PolyakRuppert",
    "PolyakRuppertDistance",
    "ProjectedAdaGradNorm",
    "Proximal",
    "ProximalConvex",
    "ProximalConvexHelpers",
    "ProximalInexact",
    "RelativeSmoothness",
    "SCAFFOLDConvex",
    "SCAFFOLDExactStart",
    "SCAFFOLDOptionI",
    "SCAFFOLDOptionISmooth",
    "SCAFFOLDSmooth",
    "SGDConvex",
    "SGDConvexLongSteps",
    "SGDInverseTime",
    "SGDLinearDecay",
    "SGDMomentum",
    "SGDMomentumSharp",
    "SGDStronglyConvex",
    "SGDWeightedAverage",
    "SharedDifferences",
    "SharedMVR",
    "SharedMVRQuiet",
    "SharedMVRSharp",
    "SharedMomentum",
    "SharedMomentumQuiet",
    "SharedMomentumSharp",
    "StaleAuxMOM",
    "StaleAuxMOMSharp",
    "Theorem",
    "Unmet",
    "claim",
    "symbol",
    "symbols",
]
