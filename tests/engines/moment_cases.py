"""Random cases for the exact recursion, and how two results are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from variants import variant

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.base import Trace
from auxtheory.methods.two_rules import rules_of
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair

MEASURES = "G", "gap", "grad_sq", "spread", "largest_spread"
OWN = (
    methods.from_rules(name="Damped", refresh=lambda m, d, p, a: (1 - a) * m + a * d / 2),
    methods.from_rules(name="Extrapolated", refresh=lambda m, d, p, a: d + a * (d - p)),
    methods.from_rules(
        name="Shrunk",
        refresh=rules_of(methods.AuxMOM).refresh,
        local_step=lambda y, g, m, eta: y - eta * (g + m) - eta * y / 10,
    ),
    variant(methods.SGD, "LocalSGD", single_step=False),
    methods.from_rules(
        name="HalfTrusted",
        refresh=rules_of(methods.AuxMVR).refresh,
        local_step=lambda y, g, m, eta: y - eta * (g + m / 2),
    ),
)
SCHEDULES = (methods.fine_tuning(2), methods.fine_tuning(3, then=methods.MVR, eta_f=0.2))
METHODS: dict[str, Any] = {method.name: method for method in (*methods.ALL, *OWN)} | {
    "FineTuning": SCHEDULES[0],
    "FineTuning-MVR": SCHEDULES[1],
}
RANGES = {
    "L": (0.5, 2.0),
    "F0": (0.1, 5.0),
    "delta": (0.0, 1.5),
    "zeta": (0.0, 2.0),
    "sigma_f": (0.0, 2.0),
    "sigma_h": (0.0, 2.0),
    "correlation": (-1.0, 1.0),
    "s": (0.0, 1.0),
    "eta": (0.01, 0.6),
    "a": (0.05, 1.0),
}

Case = tuple[Any, QuadraticPair, Noise, Steps]


def case(
    name: str,
    count: int,
    dim: int,
    grid: set[str],
    off: set[str],
    seed: int,
    x_star: float = 0.0,
    **lengths: Any,
) -> Case:
    """A case whose levels in `grid` differ from configuration to configuration, and those in `off`
    are 0; `lengths` are K, T and B."""
    generator = np.random.default_rng(seed)
    method = METHODS[name]
    v: dict[str, Any] = {}
    for level, (low, high) in RANGES.items():
        values = generator.uniform(low, high, count)
        v[level] = 0.0 if level in off else values if level in grid else float(values[0])
    f = Quadratic(L=v["L"], mu=None, dim=dim, F0=v["F0"], x_star=x_star)
    noise = Gaussian(**{level: v[level] for level in ("sigma_f", "sigma_h", "correlation", "s")})
    lengths = {"K": 3, "T": 8, "B": 2, **lengths}
    if getattr(method, "single_step", False):
        lengths["K"] = 1
    return (
        method,
        f.with_helper(v["delta"], v["zeta"]),
        noise,
        Steps(eta=v["eta"], a=v["a"], **lengths),
    )


def assert_same(one: Trace, two: Trace, rtol: float) -> None:
    np.testing.assert_array_equal(one.diverged, two.diverged)
    for name in MEASURES:
        np.testing.assert_allclose(
            getattr(one, name), getattr(two, name), rtol=rtol, atol=0, err_msg=name
        )


def assert_identical(one: Trace, two: Trace) -> None:
    for name in (*MEASURES, "diverged"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name
