"""Random configurations of the present methods, whose numbers tests/golden/methods keeps.

A configuration is a function of its number: all choices are made from uniform numbers of a seeded
generator, and runs go through public names alone, so that the numbers outlive the form in which
methods are written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import auxtheory as at

NUMBER = 500  # of configurations of the exact engine
MEASURES = "G", "gap", "grad_sq", "spread", "largest_spread"
SEED = 16
SINGLE = "SGD", "SGDMomentum", "MVR"  # methods that take no more than one local step
METHODS: dict[str, Any] = {method.name: method for method in at.methods.ALL} | {
    "FineTuning": at.methods.fine_tuning(2),
    "FineTuning late": at.methods.fine_tuning(40, eta_f=0.05),
    "FineTuning SGDMomentum": at.methods.fine_tuning(1, then=at.methods.SGDMomentum, eta_f=0.2),
    "FineTuning MVR": at.methods.fine_tuning(3, then=at.methods.MVR),
}
# η in units of 1/(L + δ): stable, at the edge, and diverging.
STEP_SIZES = 0.001, 0.01, 0.1, 0.3, 0.7, 1.0, 1.5, 2.0, 2.0, 2.02, 2.5, 10.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """What `at.Task` takes."""

    method: Any
    pair: Any
    noise: Any
    steps: at.Steps
    record: Sequence[int]


class Chooser:
    """Choices made from uniform numbers on [0, 1), the only ones whose bits NumPy keeps."""

    def __init__(self, *seed: int) -> None:
        self._random = np.random.default_rng(seed).random

    def chance(self, probability: float) -> bool:
        return bool(self._random() < probability)

    def among(self, values: Sequence[Any]) -> Any:
        return values[int(self._random() * len(values))]

    def real(self, low: float, high: float) -> float:
        """Uniform on [low, high], in steps of a millionth of it."""
        return low + (high - low) * round(self._random() * 1e6) / 1e6

    def whole(self, low: int, high: int) -> int:
        """From low to high, small numbers as likely as large ones."""
        return int(low * ((high + 1) / low) ** self._random())


def exact_case(number: int) -> Case:
    """One of the configurations of the exact engine, or a grid of up to three."""
    choose = Chooser(SEED, number)
    name = [*METHODS][number % len(METHODS)]
    dense = number % 5 >= 3
    d = 200 if number % 50 == 0 else choose.whole(1, 12)
    count = choose.among((1, 1, 2, 3))

    def level(probability: float, low: float, high: float) -> Any:
        """0, one number, or one for each configuration of the grid."""
        varies = count > 1 and choose.chance(0.4)
        value = np.array([choose.real(low, high) for _ in range(count if varies else 1)])
        return (value if varies else float(value[0])) if choose.chance(probability) else 0.0

    L = choose.real(0.2, 5.0)
    delta = level(0.8, 0.0, 1.5 * L)
    zeta = level(0.7, 0.0, 2.0)
    zeta = 1e6 * zeta if choose.chance(0.07) else zeta
    pair = _target(choose, L, d, dense).with_helper(
        delta,
        zeta,
        gap=choose.among(("signs", "uniform")) if d > 1 else "signs",
        rotation=choose.among((None, 4, 5)) if dense and d > 1 else None,
        bias=[choose.real(-1.0, 1.0) + 2.0 for _ in range(d)] if choose.chance(0.3) else None,
    )
    noise = (at.RandomSign if choose.chance(0.3) else at.Gaussian)(
        sigma_f=level(0.8, 0.0, 2.0),
        sigma_h=level(0.8, 0.0, 2.0),
        correlation=choose.among((0.0, -1.0, 1.0, choose.real(-1.0, 1.0))),
        s=level(0.4, 0.0, 1.0),
    )
    scale = 1 / (L + float(np.max(delta)))
    etas = np.array([scale * choose.among(STEP_SIZES) for _ in range(count)])
    T = choose.among((1, 2, choose.whole(3, 30), choose.whole(30, 300)))
    steps = at.Steps(
        eta=etas if count > 1 and choose.chance(0.5) else float(etas[0]),
        a=choose.among((1.0, level(1.0, 0.001, 1.0), level(1.0, 0.05, 1.0))),
        K=1 if name in SINGLE else choose.among((1, 2, 3, choose.whole(4, 30), choose.whole(30, 200))),
        T=T,
        B=choose.among((1, 3, 17, math.inf)),
    )
    record = sorted({1, min(T, 2), -(-T // 3), T})
    return Case(method=METHODS[name], pair=pair, noise=noise, steps=steps, record=record)


def _target(choose: Chooser, L: float, d: int, dense: bool) -> at.Quadratic:
    """A quadratic of largest eigenvalue L."""
    spectrum = choose.among(("uniform", "geometric", "two-cluster"))
    share = choose.among((0.001, 0.1, 0.5)) if spectrum == "geometric" else choose.among((0.0, 0.2))
    start = [choose.real(-3.0, 3.0) for _ in range(d)] if choose.chance(0.3) else None
    return at.Quadratic(
        L=L,
        mu=None if d == 1 else share * L,
        dim=d,
        spectrum=spectrum if d > 1 else "uniform",
        F0=choose.real(0.1, 20.0) if start is None else None,
        x0=start,
        x_star=choose.among((0.0, -1.5, [choose.real(-5.0, 5.0) for _ in range(d)])),
        rotation=choose.among((1, 2, 3)) if dense and d > 1 else None,
    )


def run_exact(case: Case, compiled: bool) -> dict[str, Any]:
    """The numbers of the exact engine: measures of shape (records, C), and calls of both
    oracles."""
    trace = at.run(
        case.method,
        case.pair,
        case.noise,
        case.steps,
        record=case.record,
        engine="exact",
        compiled=compiled,
    )
    return {name: getattr(trace, name) for name in MEASURES} | {
        "costs": [[cost.calls_r, cost.calls_h] for cost in trace.costs],
        "diverged": trace.diverged,
        "start": trace.start,
    }
