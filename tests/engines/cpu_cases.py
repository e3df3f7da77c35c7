"""Pairs, noise and settings for the compiled CPU engine, and how its results are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from engine_input import engine_input

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import cpu
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Quadratic, QuadraticPair

METHODS: dict[str, Any] = {m.name: m for m in methods.ALL} | {"FineTuning": methods.fine_tuning(2)}
LAWS: dict[str, Any] = {
    "gaussian": Gaussian,
    "gaussian-24": lambda **levels: Gaussian(**levels, bits=24),
    "signs": RandomSign,
}
MEASURES = "G", "gap", "grad_sq", "spread", "local_sq"
ERRORS = "G_se", "gap_se", "grad_sq_se", "local_sq_se"
T = 6


def level(C: int, low: float, high: float) -> Any:
    """A number, or a grid of C of them."""
    return np.linspace(low, high, C) if C > 1 else low


def quadratic(d: int, C: int = 1) -> QuadraticPair:
    ends = {"L": 1.0, "mu": 0.1} if d > 1 else {"L": 1.0}
    return Quadratic(**ends, dim=d, x_star=0.3).with_helper(
        level(C, 0.3, 0.1), 0.5, bias=np.linspace(1.0, 2.0, d)
    )


def loud(law: str, C: int = 1) -> Noise:
    """A law with every kind of noise there is."""
    return LAWS[law](
        sigma_f=level(C, 0.7, 0.2),
        sigma_h=level(C, 0.3, 0.9),
        correlation=level(C, 0.4, -0.8),
        s=level(C, 0.5, 0.0),
    )


def steps(method: Any, C: int = 1, *, K: int = 5, B: float = 3, T: int = T) -> Steps:
    """K = 5 is one pass of several steps and two single ones."""
    K = 1 if getattr(method, "single_step", False) else K
    return Steps(eta=level(C, 0.1, 0.3), a=level(C, 0.3, 0.8), K=K, B=B, T=T)


def both(case: tuple[Any, Any, Any, Any], **more: Any) -> tuple[Trace, Trace]:
    """The case on the engine cpu and on the engine numpy, with all that either can tell."""
    more = {
        "record": range(1, case[3].T + 1),
        "seed": 2**40 + 11,
        "keep_paths": True,
        "keep_local": True,
        **more,
    }
    return cpu.run(*engine_input(*case, **more)), numpy_engine.run(*engine_input(*case, **more))


def assert_bitwise(got: Any, wanted: Any, name: str = "") -> None:
    """Bitwise, so that −0 is not 0."""
    assert got.dtype == wanted.dtype == np.float64
    got, wanted = (np.ascontiguousarray(array).view(np.uint64) for array in (got, wanted))
    np.testing.assert_array_equal(got, wanted, err_msg=name)
