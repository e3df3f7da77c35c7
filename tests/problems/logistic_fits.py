"""Logistic objectives of given data, and random directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.problems import Logistic


def directions(seed: int, f: Logistic, count: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, f.dim)) / max(
        1.0, float(np.max(np.abs(f.features)))
    )


def fitted(A: Any, labels: Any, **more: Any) -> Logistic:
    return Logistic(features=A, labels=labels, **{"l2": 0.1, **more})
