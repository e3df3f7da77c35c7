"""Runs of normalised AuxMOM with two-point noise, every branch enumerated by a plain loop; and the
exponents of its measure where one term rules."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.theorems.normalised.auxmom import drift_led

NORM = at.measures.norm(over="local")
SIGMA = 0.6


def gradient(z: float) -> float:
    """l(e^|z| − 1), of the sign of z, at l = 1."""
    return math.copysign(math.expm1(abs(z)), z)


def enumerated(x0: float, share: float, eta: float, a: float, K: int, T: int) -> float:
    """The exact mean of |f′| over the local iterates, ∇r = share·∇f plus ±σ."""
    branches = []
    for signs in itertools.product((1.0, -1.0), repeat=T - 1):
        x, m, total = x0, share * gradient(x0), 0.0
        for t in range(T):
            if t:
                m = (1 - a) * m + a * (share * gradient(x) + SIGMA * signs[t - 1])
            for _ in range(K):
                total += abs(gradient(x))
                v = (1 - share) * gradient(x) + m
                x -= eta * np.sign(v)
        branches.append(total / (K * T))
    return float(np.mean(branches))


def test_the_mean_over_all_branches() -> None:
    """Otherwise engine and theorem speak of another expectation; every branch is within the reach,
    where f is the exponential."""
    L0, share, K, T = 1.0, 0.1, 2, 7
    pair = at.Exponential(L=20.0, L0=L0, dim=1, x0=[1.0]).with_helper(delta=2.0, gap=[2.0])
    noise = at.RandomSign(sigma_f=SIGMA)
    exact = enumerated(1.0, share, 0.15, 0.5, K, T)
    steps: dict[str, Any] = {"eta": 0.15, "a": 0.5, "K": K, "T": T}
    method = at.methods.NormalisedAuxMOM
    trace = at.run(method, pair, noise, at.Steps(**steps), measures=[NORM], replicas=2_000)
    value, error = (v[0, 0] for v in trace.measure(NORM))
    assert 0 < error < 0.02 and abs(value - exact) < 5 * error
    theorem = theorems.NormalisedAuxMOM()
    bound = theorem.value(theorem.constants(pair, noise), at.Steps(**steps))
    assert exact <= bound < 10 * exact


def measured(pair: Any, **steps: Any) -> float:
    trace = at.run(
        at.methods.NormalisedAuxMOM,
        pair,
        at.Gaussian(),
        at.Steps(**steps),
        measures=[NORM],
        replicas=2,
    )
    return float(trace.measure(NORM)[0][0, 0])


def test_the_exponents_of_smoothness_and_drift() -> None:
    """Otherwise Lη/2 or δη(K−1) has another power of L, η or δ."""

    def slope(values: tuple[float, float], ends: tuple[float, float]) -> float:
        return math.log(ends[1] / ends[0]) / math.log(values[1] / values[0])

    across = [
        measured(at.Quadratic(L=L, dim=1, x0=[eta / 2]).with_helper(), eta=eta, a=1.0, K=1, T=20)
        for L, eta in ((1.0, 1.0), (3.0, 1.0), (1.0, 3.0))
    ]
    assert slope((1.0, 3.0), (across[0], across[1])) == pytest.approx(1, abs=0.05)
    assert slope((1.0, 3.0), (across[0], across[2])) == pytest.approx(1, abs=0.05)
    drifts = (10.0, 40.0)
    ends = [measured(drift_led(d, 0.01), eta=0.01, a=1.0, K=2, T=100) for d in drifts]
    assert slope(drifts, (ends[0], ends[1])) == pytest.approx(1, abs=0.05)
