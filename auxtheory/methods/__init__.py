"""The methods: `ALL` has AuxMOM, AuxMVR, exact correction and the naive method with their special
cases, `LIBRARY` these and the methods of the literature, `CLIENTS` those with clients or several
helpers, `EVERY` all of them.

Example:
    >>> import auxtheory as at
    >>> at.methods.ALL
    (at.methods.Naive, at.methods.ExactCorrection, at.methods.AuxMOM, at.methods.AuxMVR,
    at.methods.SGD, at.methods.SGDMomentum, at.methods.MVR)
"""

from auxtheory.methods.adagrad_norm import AdaGradNorm, ProjectedAdaGradNorm
from auxtheory.methods.adam import Adam
from auxtheory.methods.auxmom import AuxMOM, SGDMomentum
from auxtheory.methods.auxmvr import MVR, AuxMVR
from auxtheory.methods.averaged_sgd import AveragedSGD, WeightedAveragedSGD
from auxtheory.methods.base import Method, MethodType
from auxtheory.methods.bregman_gradient import BregmanGradient
from auxtheory.methods.clients.asynchronous import FedFix, MemorylessCompletion
from auxtheory.methods.clients.auxmom import ClientAuxMOM, StaleAuxMOM
from auxtheory.methods.clients.auxmvr import ClientAuxMVR, StaleAuxMVR
from auxtheory.methods.clients.exact_correction import (
    ClientExactCorrection,
    ClientExactCorrectionOwnSteps,
)
from auxtheory.methods.clients.mime import MimeMomentum, MimeMVR
from auxtheory.methods.clients.naive import ClientNaive, FedAvg, FedAvgServerStep
from auxtheory.methods.clients.proximal import DANE, FedProx, InexactDANE, InexactFedProx
from auxtheory.methods.clients.scaffold import (
    SCAFFOLD,
    LaggedSCAFFOLD,
    SCAFFOLDExactStart,
    SCAFFOLDOptionI,
    SCAFFOLDServerStep,
)
from auxtheory.methods.clients.shared_differences import SharedDifferences
from auxtheory.methods.clients.shared_estimate import (
    SharedMomentum,
    SharedMomentumAll,
    SharedMomentumIndependent,
    SharedMVR,
    SharedMVRAll,
    SharedMVRIndependent,
)
from auxtheory.methods.clipped_sgd import ClippedGD, ClippedSGD, NormalisedSGD, SignSGD
from auxtheory.methods.component_sgd import ComponentSGD
from auxtheory.methods.decreasing_steps import (
    InverseTimeAveragedSGD,
    InverseTimeSGD,
    LinearDecaySGD,
)
from auxtheory.methods.diagonal import DiagonalAuxMOM, DiagonalExactCorrection
from auxtheory.methods.exact_correction import ExactCorrection
from auxtheory.methods.expression import TextError
from auxtheory.methods.from_implementation import from_implementation
from auxtheory.methods.heavy_ball import HeavyBall
from auxtheory.methods.hybrid import DampedAuxMOM, NaiveThenAuxMOM, NaiveThenExact
from auxtheory.methods.monitored import MonitoredAuxMOM, MonitoredExactCorrection
from auxtheory.methods.naive import SGD, Naive, fine_tuning
from auxtheory.methods.nesterov import Nesterov, NesterovConvex, NesterovStronglyConvex
from auxtheory.methods.normalised import (
    NormalisedAuxMOM,
    NormalisedExactCorrection,
    NormalisedMomentum,
)
from auxtheory.methods.page import PAGE, AuxPAGE, AuxSPIDER
from auxtheory.methods.phases import Cost, Phase, Schedule
from auxtheory.methods.saga import SAGA
from auxtheory.methods.sarah import SARAH, SPIDER
from auxtheory.methods.svrg import LSVRG, SVRG
from auxtheory.methods.two_rules import from_rules

ALL: tuple[MethodType, ...] = (Naive, ExactCorrection, AuxMOM, AuxMVR, SGD, SGDMomentum, MVR)

# The methods of the paper, then all others.
LIBRARY: tuple[MethodType, ...] = (
    *ALL,
    HeavyBall,
    Nesterov,
    NesterovConvex,
    NesterovStronglyConvex,
    AveragedSGD,
    WeightedAveragedSGD,
    SVRG,
    LSVRG,
    SAGA,
    SARAH,
    SPIDER,
    ClippedSGD,
    NormalisedSGD,
    SignSGD,
    AdaGradNorm,
    Adam,
    NaiveThenExact,
    NaiveThenAuxMOM,
    DampedAuxMOM,
    InverseTimeSGD,
    InverseTimeAveragedSGD,
    LinearDecaySGD,
    ClippedGD,
    ProjectedAdaGradNorm,
    NormalisedMomentum,
    NormalisedAuxMOM,
    NormalisedExactCorrection,
    ComponentSGD,
    AuxPAGE,
    PAGE,
    AuxSPIDER,
    BregmanGradient,
    DiagonalExactCorrection,
    DiagonalAuxMOM,
    MonitoredExactCorrection,
    MonitoredAuxMOM,
)

# The methods with clients, or with several helpers: a pair must have these.
CLIENTS: tuple[MethodType, ...] = (
    ClientNaive,
    ClientExactCorrection,
    ClientExactCorrectionOwnSteps,
    ClientAuxMOM,
    StaleAuxMOM,
    ClientAuxMVR,
    StaleAuxMVR,
    SharedMomentum,
    SharedMomentumIndependent,
    SharedMomentumAll,
    SharedMVR,
    SharedMVRIndependent,
    SharedMVRAll,
    SharedDifferences,
    FedAvg,
    FedAvgServerStep,
    SCAFFOLD,
    SCAFFOLDExactStart,
    SCAFFOLDServerStep,
    SCAFFOLDOptionI,
    LaggedSCAFFOLD,
    MimeMomentum,
    MimeMVR,
    FedProx,
    InexactFedProx,
    DANE,
    InexactDANE,
    FedFix,
    MemorylessCompletion,
)

EVERY: tuple[MethodType, ...] = (*LIBRARY, *CLIENTS)

__all__ = [
    "ALL",
    "CLIENTS",
    "DANE",
    "EVERY",
    "LIBRARY",
    "LSVRG",
    "MVR",
    "PAGE",
    "SAGA",
    "SARAH",
    "SCAFFOLD",
    "SGD",
    "SPIDER",
    "SVRG",
    "AdaGradNorm",
    "Adam",
    "AuxMOM",
    "AuxMVR",
    "AuxPAGE",
    "AuxSPIDER",
    "AveragedSGD",
    "BregmanGradient",
    "ClientAuxMOM",
    "ClientAuxMVR",
    "ClientExactCorrection",
    "ClientExactCorrectionOwnSteps",
    "ClientNaive",
    "ClippedGD",
    "ClippedSGD",
    "ComponentSGD",
    "Cost",
    "DampedAuxMOM",
    "DiagonalAuxMOM",
    "DiagonalExactCorrection",
    "ExactCorrection",
    "FedAvg",
    "FedAvgServerStep",
    "FedFix",
    "FedProx",
    "HeavyBall",
    "InexactDANE",
    "InexactFedProx",
    "InverseTimeAveragedSGD",
    "InverseTimeSGD",
    "LaggedSCAFFOLD",
    "LinearDecaySGD",
    "MemorylessCompletion",
    "Method",
    "MethodType",
    "MimeMVR",
    "MimeMomentum",
    "MonitoredAuxMOM",
    "MonitoredExactCorrection",
    "Naive",
    "NaiveThenAuxMOM",
    "NaiveThenExact",
    "Nesterov",
    "NesterovConvex",
    "NesterovStronglyConvex",
    "NormalisedAuxMOM",
    "NormalisedExactCorrection",
    "NormalisedMomentum",
    "NormalisedSGD",
    "Phase",
    "ProjectedAdaGradNorm",
    "SCAFFOLDExactStart",
    "SCAFFOLDOptionI",
    "SCAFFOLDServerStep",
    "SGDMomentum",
    "Schedule",
    "SharedDifferences",
    "SharedMVR",
    "SharedMVRAll",
    "SharedMVRIndependent",
    "SharedMomentum",
    "SharedMomentumAll",
    "SharedMomentumIndependent",
    "SignSGD",
    "StaleAuxMOM",
    "StaleAuxMVR",
    "TextError",
    "WeightedAveragedSGD",
    "fine_tuning",
    "from_implementation",
    "from_rules",
]
