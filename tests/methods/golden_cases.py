"""Random configurations of the present methods, whose numbers tests/golden/methods keeps.

A configuration is a function of its number: all choices are made from uniform numbers of a seeded
generator, and runs go through public names alone, so that the numbers outlive the form in which
methods are written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import auxtheory as at

FOLDER = Path(__file__).parents[1] / "golden" / "methods"
MEASURES = "G", "gap", "grad_sq", "spread", "largest_spread"
SEED = 16
RTOL = 1e-12
# The error of a square is at least the square of the error of its root, which is known to 1e-14.
FLOOR = 1e-28
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
    """The numbers of the exact engine, as lists: measures of shape (records, C), and the calls of
    both oracles at each record."""
    trace = at.run(
        case.method,
        case.pair,
        case.noise,
        case.steps,
        record=case.record,
        engine="exact",
        compiled=compiled,
    )
    return {name: getattr(trace, name).tolist() for name in MEASURES} | {
        "costs": [[cost.calls_r, cost.calls_h] for cost in trace.costs],
        "diverged": trace.diverged.tolist(),
    }


def deviation(new: dict[str, Any], old: dict[str, Any], start: Any) -> dict[str, float]:
    """By how much each measure differs at most, relative to its value and at least `FLOOR` of its
    scale in this configuration; ∞ if not the same values are finite.

    Args:
        new: what `run_exact` returns.
        old: likewise.
        start: ‖x⁰ − x*‖², shape (C,).

    Returns:
        A number for each measure.
    """
    top = np.max(np.nan_to_num(old["G"], posinf=0.0), axis=0)
    scales = dict.fromkeys(MEASURES, start) | {
        "G": top,
        "grad_sq": top,
        "gap": np.sqrt(top * start),
    }
    return {
        name: _relative(np.array(new[name]), np.array(old[name]), FLOOR * scales[name])
        for name in MEASURES
    }


def _relative(new: Any, old: Any, floor: Any) -> float:
    finite = np.isfinite(old)
    if not np.array_equal(finite, np.isfinite(new)):
        return math.inf
    new = np.where(finite, new, 1.0)
    old = np.where(finite, old, 1.0)
    return float(np.max(np.abs(new - old) / (np.abs(old) + floor + np.finfo(float).tiny)))


def start_of(case: Case) -> Any:
    """‖x⁰ − x*‖², shape (C,) or (1,)."""
    return np.sum((case.pair.x0 - case.pair.x_star) ** 2, axis=-1)


def stored(name: str) -> list[dict[str, Any]]:
    """The rows of a file of tests/golden/methods."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return rows
