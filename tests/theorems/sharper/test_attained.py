"""Where the sharper theorems are attained, and slopes of the exact measure where one term rules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hard_cases import alone, pair, rank_one

import auxtheory as at
from auxtheory.theorems import sharper

ADD = at.Gaussian(sigma_f=1.0)


@pytest.mark.parametrize(
    ("c", "momentum", "step", "angles", "T", "ratio"),
    [
        (0.5, 0.1, 0.3, (2.147, 1.343), 2_000, 0.777),
        pytest.param(0.5, 1.65e-3, 0.078, (1.213, 1.169), 30_000, 0.956, marks=pytest.mark.slow),
        (0.9, 1e-2, 0.1, (0.963, 0.868), 5_000, 0.848),
    ],
)
def test_the_noise_of_s3_is_attained_by_pairs_that_do_not_commute(
    c: float, momentum: float, step: float, angles: tuple[float, float], T: int, ratio: float
) -> None:
    hard, noise = rank_one(c, momentum, step, angles)
    verdict = at.validate(sharper.AuxMOMQuiet(), hard, noise, K=1, T=T, eta=step, a=momentum)
    sharp = at.validate(sharper.AuxMOMSharp(), hard, noise, K=1, T=T, eta=step, a=momentum)
    assert verdict.status == sharp.status == "pass"
    assert verdict.ratio == pytest.approx(ratio, abs=2e-3) and verdict.ratio <= sharp.ratio * 1.001


def test_the_range_of_s3_cannot_be_wider() -> None:
    """c = 1.02: the spectral radius is above 1."""
    step, a, c = 0.002, 0.001, 1.02
    delta = math.sqrt(c * (1 - step)) * a / step
    curvature = 0.001
    # (x, m) with r″ = δ, h″ = λ − δ
    moved = np.array([[1 - step * (curvature - delta), -step], [0, 1]])
    refreshed = np.array([[1, 0], [a * delta, 1 - a]])
    radius = max(abs(np.linalg.eigvals(refreshed @ moved)))
    assert radius - 1 == pytest.approx(3e-6, rel=0.2)


@pytest.mark.parametrize(
    ("kind", "case", "steps", "T", "over", "slope"),
    [
        # a σ_r² and Lησ²: slopes in a and in η at stationarity
        (sharper.AuxMOMSharp, (pair(), ADD), {"eta": 1.0, "a": 0.04}, 5_000, "a", 1.0),
        (sharper.AuxMVRSharp, (pair(), ADD), {"eta": 1.0, "a": 0.04}, 5_000, "a", 1.0),
        (sharper.SGDMomentumSharp, (alone(), ADD), {"eta": 0.02, "a": 0.8}, 5_000, "eta", 1.0),
        (
            sharper.NaiveSharp,
            (pair(), at.Gaussian(sigma_h=1.0)),
            {"eta": 0.02},
            5_000,
            "eta",
            1.0,
        ),
    ],
    ids=lambda value: getattr(value, "label", ""),
)
def test_the_measure_has_the_exponents_of_the_noise(
    kind: Any, case: Any, steps: dict[str, float], T: int, over: str, slope: float
) -> None:
    """Bound and exact measure, at one step parameter and at 1.5 times it."""
    logs = []
    for factor in (1.0, 1.5):
        given = steps | {over: steps[over] * factor}
        verdict = at.validate(kind(), *case, K=1, T=T, **given)
        logs.append([math.log(verdict.table[name][0]) for name in ("measured", "bound")])
    found = (np.array(logs[1]) - logs[0]) / math.log(1.5)
    assert found == pytest.approx([slope, slope], abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sharper.ALL, ids=lambda kind: kind.label)
def test_a_long_search_refutes_nothing(kind: Any) -> None:
    found = at.testing.falsify(kind(), examples=10_000)
    assert 0.9 < found.ratio <= 1 + 1e-9
