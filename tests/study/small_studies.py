"""A small study and rows by `validate`."""

from __future__ import annotations

from typing import Any

from auxtheory import theorems
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study

TARGET = Quadratic(L=1.0, mu=0.2, dim=4)
NOISE = Gaussian(sigma_f=1.0)


def small(**changes: Any) -> Study:
    given: dict[str, Any] = {
        "delta": [0.01, 0.1, 1.0],
        "K": [2, 5],
        "T": [10, 20, 40],
        "title": "Small",
    }
    return Study(
        [theorems.AuxMOM(), theorems.SGD(), theorems.Naive()], TARGET, NOISE, **{**given, **changes}
    )
