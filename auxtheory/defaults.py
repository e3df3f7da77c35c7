"""The default values that signatures, study files and the help of options share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

AUTO = "auto"  # the engine: the first that can run the case
SEED = 0
REPLICAS = 256
ROUNDS = (100, 1_000, 4_000)  # T
LOCAL_STEPS = 8  # K
FIRST_BATCH = math.inf  # B
FALSE_ALARM = 1e-4
EXAMPLES = 100_000  # cases that a search tries

# The prices of a gradient of f − h (or of f) and of a gradient of h.
PRICE_R = 1.0
PRICE_H = 0.1

# The problem of `validate` on one pair; μ is this share of L, or L itself in one dimension.
PROBLEM: Mapping[str, Any] = MappingProxyType({"L": 1.0, "dim": 32, "delta": 0.05})
MU_SHARE = 0.1

# The formats in which figures are written.
FIGURE_FORMATS = ("png", "svg", "pdf")

# The default study of the figure over δ, by the names of its options on the command line.
RATE_STUDY: Mapping[str, Any] = MappingProxyType(
    {
        "delta-min": 1e-3,
        "delta-max": 1.0,
        "points": 25,
        "K": 10,
        "T": 10_000,
        "dim": 64,
        "L": 1.0,
        "sigma-f": 1.0,
        "sigma-h": 0.0,
    }
)
