"""The exponents of theory.md, from the exact engine at the theorems' own step sizes,
noise-dominated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auxtheory import theorems
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.validation.validate import validate

AT = {"T": 30_000, "delta": 0.03, "sigma_r": 3.0, "K": 10}
OTHER = {"T": 3_000, "delta": 0.01, "sigma_r": 1.0, "K": 40}
EXPECTED = {
    theorems.AuxMOM: {"T": -1 / 2, "delta": 1 / 2, "sigma_r": 1.0, "K": 0.0},
    theorems.AuxMVR: {"T": -2 / 3, "delta": 2 / 3, "sigma_r": 2 / 3, "K": 0.0},
}
CASES = [(kind, axis) for kind in EXPECTED for axis in AT]


def reached(kind: type[theorems.Theorem], values: dict[str, float]) -> tuple[float, float]:
    """(measured G, bound) on f = ½x² with a helper of gap δ."""
    pair = Quadratic(L=1.0, dim=1).with_helper(values["delta"])
    verdict = validate(
        kind(), pair, Gaussian(sigma_f=values["sigma_r"]), K=int(values["K"]), T=int(values["T"])
    )
    return float(verdict.table["measured"][0]), float(verdict.table["bound"][0])


@pytest.mark.parametrize(
    ("kind", "axis"), CASES, ids=lambda v: v if isinstance(v, str) else v.label
)
def test_slope(kind: type[theorems.Theorem], axis: str) -> None:
    """d log G / d log(axis) is the predicted exponent to 0.05."""
    here = reached(kind, AT)
    there = reached(kind, AT | {axis: OTHER[axis]})
    slopes = np.log(np.array(there) / np.array(here)) / np.log(OTHER[axis] / AT[axis])
    assert slopes == pytest.approx(EXPECTED[kind][axis], abs=0.05)


def test_the_slope_in_f0() -> None:
    """The fifth exponent, of F0: ½ and 2/3."""
    for kind, expected in ((theorems.AuxMOM, 1 / 2), (theorems.AuxMVR, 2 / 3)):
        values = []
        for F0 in (1.0, 3.0):
            pair = replace(Quadratic(L=1.0, dim=1), F0=F0).with_helper(0.1)
            values.append(
                validate(kind(), pair, Gaussian(sigma_f=3.0), K=10, T=10_000).table["measured"][0]
            )
        assert np.log(values[1] / values[0]) / np.log(3.0) == pytest.approx(expected, abs=0.05)
