"""The helper alone, fine-tuning, exact correction and their hybrid over δ, for three biases ζ."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.analysis.figures.over_axis import Drawing
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Pair, Quadratic
from auxtheory.table import Table
from auxtheory.theorems import ExactCorrectionPL, Theorem
from auxtheory.theorems.hybrids import HybridPL

DELTAS = np.geomspace(0.01, 0.9, 12)
ZETAS = (1e-3, 1e-2, 1e-1)
K = 10
T = 60
DIM = 8


def pair_of(delta: float, zeta: float) -> Pair:
    """A quadratic whose helper differs where f is steep, so that β < 1, and is biased where f is
    flat."""
    spectrum = np.geomspace(0.01, 1.0, DIM)
    gap = np.where(spectrum == 1.0, delta, 0.0)
    return Quadratic(spectrum=spectrum, F0=1.0).with_helper(delta, zeta, gap=gap)


def hybrids_table() -> Table:
    """f(x^T) − f* of each method with K = 10 local steps and T = 60 rounds, without noise, with the
    bounds of S1-PL and of hybrid-PL.

    Naive steps and gradient descent on f have η = 1/L; fine-tuning is naive for half of the rounds.
    """
    rows = list[dict[str, Any]]()
    for zeta in ZETAS:
        for delta in DELTAS:
            pair = pair_of(float(delta), zeta)
            head = {"zeta": zeta, "delta": float(delta), "K": K, "T": T}
            rows += [head | row for row in _of_pair(pair)]
    return Table(tuple(rows))


def _of_pair(pair: Pair) -> list[dict[str, Any]]:
    unit = Steps(eta=1.0, K=K, T=T)
    hybrid = HybridPL()
    return [
        {"curve": "Naive", "measured": _gap(methods.Naive, pair, unit), "bound": np.nan},
        {
            "curve": "FineTuning",
            "measured": _gap(methods.fine_tuning(T // 2), pair, unit),
            "bound": np.nan,
        },
        {"curve": "ExactCorrection", **_tuned(ExactCorrectionPL(), pair)},
        {"curve": "hybrid", **_tuned(hybrid, pair)},
    ]


def _gap(method: Any, pair: Pair, steps: Steps) -> float:
    return float(run(method, pair, Gaussian(), steps, engine="exact").gap.item())


def _tuned(theorem: Theorem, pair: Pair) -> dict[str, float]:
    c = theorem.constants(pair, Gaussian())
    steps = theorem.tune(c, K, T)
    return {
        "measured": _gap(theorem.method, pair, steps),
        "bound": float(theorem.value(c, steps)),
    }


HYBRIDS = Drawing(
    text="naive, fine-tuning, exact correction and their hybrid over δ, for three biases ζ",
    make=hybrids_table,
    x="delta",
    xlabel="δ, in F/X²",
    ylabel="f(x) − f* after 60 rounds, in F",
    panel="zeta",
    title="ζ = {:g}",
)
