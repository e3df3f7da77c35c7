"""The noise laws, indices of samples, and how far a mean is from what it should be."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import strategies as st

from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.random.counter import (
    Index,
)

LAWS = {"Gaussian": Gaussian, "Gaussian24": partial(Gaussian, bits=24), "RandomSign": RandomSign}
each_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
MANY = Index(seed=2024, start=0, stop=4000, round=3, step=1)

indices = st.builds(
    lambda seed, start, count, round_, step: Index(seed, start, start + count, round_, step),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**31),
    st.integers(1, 20),
    st.integers(1, 2**31),
    st.integers(0, 2**28),
)


def apart(values: np.ndarray, mean: float) -> float:
    """How many standard errors the mean of independent values is from what it should be."""
    error = float(values.std(ddof=1)) / math.sqrt(values.size)
    # Rounding, for values that do not vary.
    return abs(float(np.mean(values)) - mean) / (error + 1e-13)
