"""Gradient descent, exact correction and normalised methods where curvature grows with the
gradient, over the largest curvature on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory import measures, methods
from auxtheory.analysis.figures.over_axis import Drawing
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Exponential, Pair
from auxtheory.table import Table
from auxtheory.theorems import SGD, ExactCorrection, Theorem
from auxtheory.theorems.normalised.auxmom import NormalisedAuxMOM, NormalisedExactCorrection
from auxtheory.theorems.normalised.exact_correction import ExactCorrectionGrowth
from auxtheory.typing import FloatArray

CURVATURES = np.geomspace(3.0, 3e4, 9)
SHARE = 0.1
K = 4
T = 200
# The momentum of normalised AuxMOM, whose prescribed one is 1 without noise.
MOMENTUM = 0.5
NORM = measures.norm(over="local")


def pair_of(curvatures: FloatArray = CURVATURES) -> Pair:
    """f = e^|x| − 1 − |x| from where its curvature is each of these, h = 0.9 f."""
    target = Exponential(L=curvatures, L0=1.0, dim=1)
    return target.with_helper(SHARE * curvatures, gap="signs")


def growth_table() -> Table:
    """The mean of ‖∇f‖ over 200 rounds of 4 local steps without noise, with its bounds; those on G
    bound it by the root."""
    pair = pair_of()
    rows = list[dict[str, Any]]()
    for name, theorem, root in (
        ("SGD", SGD(), True),
        ("ExactCorrection", ExactCorrection(), True),
        ("ExactCorrectionGrowth", ExactCorrectionGrowth(), True),
        ("NormalisedExactCorrection", NormalisedExactCorrection(), False),
        ("NormalisedAuxMOM", NormalisedAuxMOM(), False),
    ):
        steps, bound = _tuned(theorem, pair)
        trace = run(
            theorem.method, pair, Gaussian(), steps, measures=[NORM], engine="numpy", replicas=2
        )
        measured = trace.measure(NORM)[0][-1]
        for L, value, limit in zip(CURVATURES, measured, bound, strict=True):
            limit = float(np.sqrt(limit)) if root else float(limit)
            row = {"curve": name, "L": float(L), "K": steps.K, "T": T}
            rows.append(row | {"measured": float(value), "bound": limit})
    return Table(tuple(rows))


def _tuned(theorem: Theorem, pair: Pair) -> tuple[Steps, FloatArray]:
    """The prescribed steps; of normalised AuxMOM those of exact correction, short enough for its
    momentum."""
    c = theorem.constants(pair, Gaussian())
    local = 1 if theorem.method.single_step else K
    steps = theorem.tune(c, local, T)
    if theorem.method is methods.NormalisedAuxMOM:
        short = steps.eta * MOMENTUM
        steps = Steps(eta=short, a=MOMENTUM, K=local, T=T)
        theorem.require(c, steps)
    return steps, theorem.value(c, steps)


GROWTH = Drawing(
    text="normalised methods, exact correction and descent where curvature grows",
    make=growth_table,
    x="L",
    xlabel="largest curvature on the way over that at the minimum, L/L₀",
    ylabel="mean of ‖∇f‖ over 200 rounds, in F/X",
)
