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
    delta: float = 0.0,
    mu: float = 0.0,
    L: float = 1.0,
    F0: float = 1.0,
    eta: float,
    K: int = 1,
    T: int = 1,
    a: float | None = None,
    **how: Any,
) -> at.WorstCase:
    constants = at.Constants(L=L, F0=F0, delta=delta, mu=mu)
    return at.worst_case(method, constants, at.Steps(eta=eta, a=a, K=K, T=T), **how)


def tuned(K: int, delta: float) -> float:
    return float(S1.tune(at.Constants(L=1.0, F0=1.0, delta=delta), K, 1).eta)
