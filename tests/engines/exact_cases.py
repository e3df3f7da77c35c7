"""Pairs, noise and methods for the exact engine, and how its results are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from variants import variant

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.base import Trace
from auxtheory.methods.two_rules import rules_of
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Quadratic, QuadraticPair

MEASURES = "G", "gap", "grad_sq"
ADDITIVE = Gaussian(sigma_f=0.8, sigma_h=0.5, correlation=0.3)
MULTIPLICATIVE = RandomSign(sigma_f=0.8, sigma_h=0.5, correlation=-0.4, s=0.6)
TUNING = methods.fine_tuning(2)
TUNING_MOMENTUM = methods.fine_tuning(2, then=methods.SGDMomentum, eta_f=0.2)
METHODS: dict[str, Any] = {m.name: m for m in methods.ALL} | {
    "FineTuning": TUNING,
    "FineTuning-m": TUNING_MOMENTUM,
}
DIAGONAL = Quadratic(L=1.0, mu=0.2, dim=3).with_helper(0.4, 0.7)
DENSE = Quadratic(L=1.0, mu=0.2, dim=3, rotation=1, x_star=[1.0, -1.0, 2.0]).with_helper(
    0.4, 0.7, rotation=2, bias=[1, 1, -1]
)
PAIRS = {"diagonal": DIAGONAL, "dense": DENSE}


def steps(method: Any, **changes: Any) -> Steps:
    K = 1 if getattr(method, "single_step", False) else 4
    return Steps(**{"eta": 0.3, "a": 0.4, "K": K, "T": 6, "B": 3, **changes})


def flattened(pair: QuadraticPair) -> QuadraticPair:
    """The same diagonal pair, told as full matrices, which sends it to the dense engine."""
    return replace(
        pair, A=np.stack([np.diag(v) for v in pair.A]), R=np.stack([np.diag(v) for v in pair.R])
    )


def assert_same(
    one: Trace, two: Trace, rtol: float = 1e-12, fields: tuple[str, ...] = MEASURES
) -> None:
    for field in fields:
        np.testing.assert_allclose(
            getattr(one, field), getattr(two, field), rtol=rtol, atol=0, err_msg=field
        )


OWN = {
    "LocalSGD": variant(methods.SGD, "LocalSGD", single_step=False),
    "LocalMVR": variant(methods.MVR, "LocalMVR", single_step=False),
    "Damped": methods.from_rules(name="Damped", refresh=lambda m, d, p, a: (1 - a) * m + a * d / 2),
    "Extrapolated": methods.from_rules(
        name="Extrapolated", refresh=lambda m, d, p, a: d + a * (d - p)
    ),
    "Shrunk": methods.from_rules(
        name="Shrunk",
        refresh=rules_of(methods.AuxMOM).refresh,
        local_step=lambda y, g, m, eta: y - eta * (g + m) - eta * y / 10,
    ),
    "HalfTrusted": methods.from_rules(
        name="HalfTrusted",
        refresh=rules_of(methods.AuxMOM).refresh,
        local_step=lambda y, g, m, eta: y - eta * (g + m / 2),
    ),
}
KNOWN = {m.name: m for m in methods.ALL} | OWN

levels = st.sampled_from([0.0, 0.3, 1.0, 2.0])
