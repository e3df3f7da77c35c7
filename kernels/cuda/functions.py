"""Functions of numbers in generated source for a GPU: on NumPy's numbers, as the simulator has
them, NumPy's, which do not raise; compiled, those of the device."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from auxtheory.kernels.jit import known, stands_for


def exp(x: Any) -> Any:
    """e^x."""
    return np.exp(x)


def log(x: Any) -> Any:
    """The natural logarithm of x."""
    return np.log(x)


@known
def sign_of(x: Any) -> Any:
    """The sign of x; NaN stays NaN."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else x))


stands_for(exp, lambda x: math.exp(x))
stands_for(log, lambda x: math.log(x))
