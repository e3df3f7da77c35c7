"""Worst cases, solved once."""

from __future__ import annotations

from typing import Any

import auxtheory as at
from auxtheory.methods import (
    Method,
)

S1 = at.theorems.ExactCorrection()


def solved(
    method: Method,
    *,
    eta: float,
    K: int = 1,
    T: int = 1,
    a: float | None = None,
    **options: Any,
) -> at.WorstCase:
    """The worst case at these steps; `options` are constants, and options of `at.worst_case`."""
    constants = {"L": 1.0, "F0": 1.0, "delta": 0.0, "mu": 0.0}
    constants |= {name: options.pop(name) for name in constants if name in options}
    steps = at.Steps(eta=eta, a=a, K=K, T=T)
    return at.worst_case(method, at.Constants(**constants), steps, **options)


def tuned(K: int, delta: float) -> float:
    return float(S1.tune(at.Constants(L=1.0, F0=1.0, delta=delta), K, 1).eta)
