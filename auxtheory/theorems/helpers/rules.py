"""Prescribed steps from their expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, lambda_K
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.posynomial import Posynomial, sqrt
from auxtheory.theorems.base import TINY
from auxtheory.theorems.helpers.symbols import B, T

# c′ = 1/√(BT)
FIRST_BATCH = 1 / sqrt(B * T)


def by_rule(
    rule: Mapping[str, Posynomial], c: Constants, K: int, T: int, B: float
) -> dict[str, Any]:
    """The step parameters of one case of `prescribed`."""
    values = c.values() | {"K": K, "T": T, "B": B, "lambda_K": lambda_K(K)}
    # All helpers work unless the constants say how many.
    values["S"] = np.minimum(values.get("S", np.inf), values["N"])
    steps: dict[str, Any] = {}
    for name, expression in rule.items():
        values[name] = steps[name] = expression.value(values)
    if "a" in steps:
        steps["a"] = np.maximum(steps["a"], TINY)
    return steps


def momentum(memory: Posynomial, first: Posynomial = FIRST_BATCH) -> Posynomial:
    """min{1, max{P, c′}}."""
    return minimum(1, maximum(memory, first))


def start(memory: Posynomial, first: Posynomial = FIRST_BATCH) -> Posynomial:
    """min{c′²/P, 2c′}, by which P + c′²/P at most exceeds P where a = max{P, c′}."""
    return minimum(first**2 / memory, 2 * first)
