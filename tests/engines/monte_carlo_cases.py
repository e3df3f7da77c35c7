"""Pairs and laws for the NumPy engine, and its runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from engine_input import engine_input
from naive import FineTuning

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Quadratic, toy

T = 5
REPLICAS = 3
SEED = 11
GRID = np.array([0.2, 0.6])

METHODS: dict[str, Any] = {method.name: method for method in methods.ALL}
SCHEDULES = {
    "FineTuning": (methods.fine_tuning(2), FineTuning(rounds_on_h=2)),
    "FineTuning-momentum": (
        methods.fine_tuning(2, then=methods.SGDMomentum, eta_f=0.05),
        FineTuning(rounds_on_h=2, then="SGDMomentum", eta_f=0.05),
    ),
    "FineTuning-short": (methods.fine_tuning(9), FineTuning(rounds_on_h=T)),
}
PAIRS = {
    "diagonal": Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.3, 0.5),
    "dense": Quadratic(L=1.0, mu=0.1, dim=3, rotation=1, F0=2.0).with_helper(
        0.3, 0.5, rotation=2, bias=[1, -2, 3]
    ),
    "toy": toy(delta=0.4, zeta=1.5),
    "shifted": Quadratic(L=2.0, dim=3, x_star=[1.0, -2.0, 5.0], rotation=3).with_helper(0.3, 0.5),
    "grid": Quadratic(L=1.0, mu=0.1, dim=3, F0=GRID).with_helper(GRID, 0.5),
}
LAWS = {
    "gaussian": Gaussian(sigma_f=0.7, sigma_h=0.3, correlation=0.4),
    "multiplicative": Gaussian(sigma_f=0.7, sigma_h=0.3, s=0.5),
    "signs": RandomSign(sigma_f=0.7, sigma_h=0.3, correlation=-0.6),
    "signs-multiplicative": RandomSign(sigma_f=0.7, s=0.5),
    "grid": Gaussian(sigma_f=GRID, sigma_h=2 * GRID, correlation=-GRID, s=GRID),
}


def steps(method: Any, *, K: int = 3, B: float = math.inf, T: int = T, **changes: Any) -> Steps:
    K = 1 if getattr(method, "single_step", False) else K
    return Steps(**{"eta": 0.1, "a": 0.3, "K": K, "B": B, "T": T, **changes})


def run(method: Any, pair: Any, noise: Noise, s: Steps, **more: Any) -> Trace:
    more = {
        "replicas": REPLICAS,
        "record": range(1, s.T + 1),
        "keep_paths": True,
        "seed": SEED,
        **more,
    }
    xp = more.pop("xp", np)
    return numpy_engine.run(*engine_input(method, pair, noise, s, **more), xp=xp)


def close(got: Any, wanted: Any, rtol: float = 1e-12) -> None:
    wanted = np.asarray(wanted)
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol * float(np.max(np.abs(wanted))))
