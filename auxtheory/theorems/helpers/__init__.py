"""T1 to T5, T9 and T10: methods with several helpers of f, or with clients whose mean f is."""

from __future__ import annotations

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.helpers.auxmom import (
    ClientAuxMOM,
    ClientAuxMOMQuiet,
    ClientAuxMOMTuned,
)
from auxtheory.theorems.helpers.auxmom_sharp import (
    ClientAuxMOMSharp,
    StaleAuxMOMSharp,
)
from auxtheory.theorems.helpers.auxmvr import (
    ClientAuxMVR,
    ClientAuxMVRQuiet,
)
from auxtheory.theorems.helpers.auxmvr_sharp import (
    ClientAuxMVRSharp,
)
from auxtheory.theorems.helpers.exact_correction import (
    ClientExactCorrection,
    ClientExactCorrectionPL,
    ClientExactCorrectionSmallSteps,
)
from auxtheory.theorems.helpers.exact_correction_noise import (
    ClientExactCorrectionNoise,
    ClientExactCorrectionNoiseSharp,
    ClientExactCorrectionNoiseWide,
)
from auxtheory.theorems.helpers.naive import (
    ClientNaive,
)
from auxtheory.theorems.helpers.proximal import (
    Proximal,
    ProximalConvex,
    ProximalConvexHelpers,
    ProximalInexact,
)
from auxtheory.theorems.helpers.shared_differences import (
    SharedDifferences,
)
from auxtheory.theorems.helpers.shared_momentum import (
    SharedMomentum,
    SharedMomentumQuiet,
    SharedMomentumSharp,
)
from auxtheory.theorems.helpers.shared_mvr import (
    SharedMVR,
    SharedMVRQuiet,
    SharedMVRSharp,
)
from auxtheory.theorems.helpers.stale import (
    StaleAuxMOM,
)

ALL: tuple[type[Theorem], ...] = (
    ClientExactCorrection,
    ClientExactCorrectionSmallSteps,
    ClientExactCorrectionNoise,
    ClientExactCorrectionNoiseWide,
    ClientExactCorrectionNoiseSharp,
    ClientExactCorrectionPL,
    ClientNaive,
    ClientAuxMOM,
    ClientAuxMOMTuned,
    ClientAuxMOMQuiet,
    ClientAuxMOMSharp,
    SharedDifferences,
    ClientAuxMVR,
    ClientAuxMVRQuiet,
    ClientAuxMVRSharp,
    SharedMomentum,
    SharedMomentumQuiet,
    SharedMomentumSharp,
    SharedMVR,
    SharedMVRQuiet,
    SharedMVRSharp,
    StaleAuxMOM,
    StaleAuxMOMSharp,
    ProximalConvex,
    Proximal,
    ProximalConvexHelpers,
    ProximalInexact,
)

__all__ = [
    "ALL",
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
    "Proximal",
    "ProximalConvex",
    "ProximalConvexHelpers",
    "ProximalInexact",
    "SharedDifferences",
    "SharedMVR",
    "SharedMVRQuiet",
    "SharedMVRSharp",
    "SharedMomentum",
    "SharedMomentumQuiet",
    "SharedMomentumSharp",
    "StaleAuxMOM",
    "StaleAuxMOMSharp",
]
