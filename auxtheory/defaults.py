"""Defaults, once: signatures, study files and the help of options take them from here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

ROUNDS = (100, 1_000, 4_000)


LOCAL_STEPS = 8


# What is done where nothing else is said; signatures, study files and options take it from here.
AUTO = "auto"  # the first engine that can run the case


REPLICAS = 256


SEED = 0


FALSE_ALARM = 1e-4


FIRST_BATCH = math.inf  # B


EXAMPLES = 100_000  # cases that a search looks at


# Of a gradient of f − h, or of f, and of one of h.
PRICE_R = 1.0


PRICE_H = 0.1


# Of `validate` on one pair; μ is a share of L, on one coordinate L itself.
PROBLEM: Mapping[str, Any] = MappingProxyType({"L": 1.0, "dim": 32, "delta": 0.05})


MU_SHARE = 0.1
