"""Objects that print: long, of many terms, of many dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

import auxtheory as at
from auxtheory.study import Results

NOISE = at.Gaussian(sigma_f=1.0, sigma_h=0.3)


def long(count: int) -> Any:
    return at.Quadratic(spectrum=np.linspace(1.0, 0.001, count)).with_helper(delta=0.05)


def large() -> Results:
    kinds = [at.theorems.AuxMOM(), at.theorems.SGD()]
    return at.Study(
        kinds,
        at.Quadratic(L=1.0, dim=4),
        NOISE,
        delta=np.geomspace(1e-3, 1.0, 40),
        K=[1, 3, 10],
        sigma_f=np.linspace(0.1, 1.0, 25),
        T=[10, 20, 30],
        title="Large",
    ).run()
