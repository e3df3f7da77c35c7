"""Random configurations of the exact engine: diagonal and dense quadratic pairs, stable and
diverging."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from golden_cases import METHODS, SINGLE, Case, Chooser, costs, largest_deviation

import auxtheory as at

SEED = 16
MEASURES = "G", "gap", "grad_sq", "spread", "largest_spread"
# η in units of 1/(L + δ): stable, at the edge, and diverging.
STEP_SIZES = 0.001, 0.01, 0.1, 0.3, 0.7, 1.0, 1.5, 2.0, 2.0, 2.02, 2.5, 10.0
# The error of a square is at least the square of the error of its root, which is known to 1e-14.
FLOOR = 1e-28


def exact_case(number: int) -> Case:
    """The configuration of this number, or a grid of up to three."""
    choose = Chooser(SEED, number)
    name = [*METHODS][number % len(METHODS)]
    dense = number % 5 >= 3
    d = 200 if number % 50 == 0 else choose.whole(1, 12)
    count = choose.among((1, 1, 2, 3))
    L = choose.real(0.2, 5.0)
    delta = choose.level(count, 0.0, 1.5 * L, zero=0.2)
    zeta = choose.level(count, 0.0, 2.0, zero=0.3)
    pair = _target(choose, L, d, dense).with_helper(
        delta,
        1e6 * zeta if choose.chance(0.07) else zeta,
        gap=choose.among(("signs", "uniform")) if d > 1 else "signs",
        rotation=choose.among((None, 4, 5)) if dense and d > 1 else None,
        bias=choose.reals(d, 1.0, 3.0) if choose.chance(0.3) else None,
    )
    noise = (at.RandomSign if choose.chance(0.3) else at.Gaussian)(
        sigma_f=choose.level(count, 0.0, 2.0, zero=0.2),
        sigma_h=choose.level(count, 0.0, 2.0, zero=0.2),
        correlation=choose.among((0.0, -1.0, 1.0, choose.real(-1.0, 1.0))),
        s=choose.level(count, 0.0, 1.0, zero=0.6),
    )
    scale = 1 / (L + float(np.max(delta)))
    etas = scale * np.array([choose.among(STEP_SIZES) for _ in range(count)])
    local = choose.among((1, 2, 3, choose.whole(4, 30), choose.whole(30, 200)))
    T = choose.among((1, 2, choose.whole(3, 30), choose.whole(30, 300)))
    steps = at.Steps(
        eta=etas if count > 1 and choose.chance(0.5) else float(etas[0]),
        a=choose.among((1.0, choose.level(count, 0.001, 1.0), choose.level(count, 0.05, 1.0))),
        K=1 if name in SINGLE else local,
        T=T,
        B=choose.among((1, 3, 17, math.inf)),
    )
    record = sorted({1, min(T, 2), -(-T // 3), T})
    return Case(method=METHODS[name], pair=pair, noise=noise, steps=steps, record=record)


def _target(choose: Chooser, L: float, d: int, dense: bool) -> at.Quadratic:
    """A quadratic of largest eigenvalue L."""
    spectrum = choose.among(("uniform", "geometric", "two-cluster"))
    share = choose.among((0.001, 0.1, 0.5) if spectrum == "geometric" else (0.0, 0.2))
    start = choose.reals(d, -3.0, 3.0) if choose.chance(0.3) else None
    return at.Quadratic(
        L=L,
        mu=None if d == 1 else share * L,
        dim=d,
        spectrum=spectrum if d > 1 else "uniform",
        F0=choose.real(0.1, 20.0) if start is None else None,
        x0=start,
        x_star=choose.among((0.0, -1.5, choose.reals(d, -5.0, 5.0))),
        rotation=choose.among((1, 2, 3)) if dense and d > 1 else None,
    )


def run_exact(case: Case, *, compiled: bool) -> dict[str, Any]:
    """The numbers of the exact engine, as lists: measures of shape (records, C), the calls of both
    oracles at each record, and which configurations diverged."""
    trace = at.run(
        case.method,
        case.pair,
        case.noise,
        case.steps,
        record=case.record,
        engine="exact",
        compiled=compiled,
    )
    numbers = {name: getattr(trace, name).tolist() for name in MEASURES}
    return numbers | {"costs": costs(trace), "diverged": trace.diverged.tolist()}


def exact_deviations(new: dict[str, Any], old: dict[str, Any], start: Any) -> dict[str, float]:
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
    scales = dict.fromkeys(MEASURES, start)
    scales |= {"G": top, "grad_sq": top, "gap": np.sqrt(top * start)}
    return {
        name: largest_deviation(
            new[name], old[name], np.abs(np.nan_to_num(old[name])) + FLOOR * scales[name]
        )
        for name in MEASURES
    }
