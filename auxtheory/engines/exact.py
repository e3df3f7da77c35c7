"""Engine `exact`: the expectation itself, by propagating mean and covariance; no seed, no sampling error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.constants import Steps
from auxtheory.engines.base import AnyMethod, Trace, column, configurations, costs_at, provenance, recorded, start_of
from auxtheory.engines.dense import DenseMoments
from auxtheory.engines.diagonal import DiagonalMoments
from auxtheory.engines.moments import Case, Moments
from auxtheory.engines.recursion import Recursion, not_affine
from auxtheory.errors import RefusedError
from auxtheory.methods import Phase
from auxtheory.noise import Noise
from auxtheory.problems import Pair, QuadraticPair
from auxtheory.units import FloatArray

name = "exact"
DTYPES = ("float64",)
NUMBERS_AT_ONCE = 8192  # numbers in one array of the state: the whole state then stays in a core's cache


def refuses(method: AnyMethod, pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why mean and covariance do not close on this case, or None."""
    if not isinstance(pair, QuadraticPair):
        return f"exact needs a quadratic pair, and {type(pair).__name__} is not one"
    for phase in method.phases(steps):
        a = 1.0 if phase.steps.a is None else float(np.ravel(phase.steps.a)[0])
        reason = not_affine(phase.method, a, float(np.ravel(phase.steps.eta)[0]))
        if reason:
            return reason
        if np.any(noise.levels(phase.method.helper).s_local):
            if not pair.diagonal and phase.steps.K > 1:
                return "exact follows multiplicative noise in the local steps of a dense pair only at K = 1"
            if phase.method.local_step(1.0, 0.0, 0.0, 1.0) != 1.0:
                return f"exact needs local steps that move with their origin under multiplicative noise: {phase.method}"
    return None


def run(
    method: AnyMethod, pair: Pair, noise: Noise, steps: Steps, *, record: Sequence[int] | None = None
) -> Trace:
    """The exact expectations at each recorded round. RefusedError with the reason if it cannot."""
    reason = refuses(method, pair, noise, steps)
    if reason or not isinstance(pair, QuadraticPair):
        raise RefusedError(reason)
    rounds, phases = recorded(steps, record), method.phases(steps)
    count = configurations(pair, noise, steps)
    size = max(1, NUMBERS_AT_ONCE // pair.dim) if pair.diagonal else count
    parts = [slice(i, min(i + size, count)) for i in range(0, count, size)]
    with np.errstate(all="ignore"):
        measured = np.concatenate([_run_part(phases, pair, noise, rounds, count, p) for p in parts], axis=-1)
    bad = ~np.all(np.isfinite(measured), axis=0)
    G, gap, grad_sq, spread = np.where(bad, np.inf, measured)
    zero = np.zeros_like(G)
    return Trace(
        engine=name, rounds=rounds, G=G, gap=gap, grad_sq=grad_sq, spread=spread, start=start_of(pair, count),
        G_se=zero, gap_se=zero, grad_sq_se=zero, costs=costs_at(phases, rounds),
        diverged=bad[-1].astype(float), replicas=None, provenance=provenance(name),
    )  # fmt: skip


def _run_part(
    phases: tuple[Phase, ...], pair: QuadraticPair, noise: Noise, rounds: tuple[int, ...], count: int, part: slice
) -> FloatArray:
    """One slice of the configurations; G, gap, ‖∇f‖² and spread, shape (4, records, configurations)."""
    rows: list[Any] = []
    energy, iterates, met, seen, before = np.zeros(()), 0, np.zeros(()), 0, 0
    moments: Moments | None = None
    cases = [case_of(phase, pair, noise, count, part) for phase in phases]
    means, sampled = any(case.drifts for case in cases), bool(np.any(noise.s))
    for phase, case in zip(phases, cases, strict=True):
        kind = DiagonalMoments if pair.diagonal else DenseMoments
        moments = kind(replace(case, means=means), moments)
        for t in range(1, phase.steps.T + 1):
            moments.first_buffer() if t == 1 else moments.refresh()
            if sampled or t + before == 1:
                met = met + moments.spread()
                seen += 1
            moments.local_steps()
            if t + before in rounds:
                total = energy + moments.energy()
                G = total / (iterates + t * phase.steps.K)
                rows.append((G, moments.gap(), moments.grad_sq(), met / seen))
        energy = energy + moments.energy()
        iterates, before = iterates + phase.steps.T * phase.steps.K, before + phase.steps.T
    return np.moveaxis(np.array(rows), 1, 0)


def case_of(phase: Phase, pair: QuadraticPair, noise: Noise, count: int, part: slice) -> Case:
    """Everything the recursion needs for these configurations, as arrays with the configurations first."""
    helper, steps = phase.method.helper, phase.steps
    R, b = pair.seen(helper)
    levels = noise.levels(helper, exact_refresh=phase.method.exact_refresh)

    def rows(array: FloatArray) -> FloatArray:
        return np.broadcast_to(array, (count, *array.shape[1:]))[part]

    def level(value: Any) -> FloatArray:
        return column(value, count)[part]

    a = level(1.0 if steps.a is None else steps.a)
    return Case(
        A=rows(pair.A), R=rows(R), b=rows(b), z0=rows(pair.x0 - pair.x_star), x_star=pair.x_star,
        sigma_r=level(levels.sigma_r), s_r=level(levels.s_r),
        sigma_local=level(levels.sigma_local), s_local=level(levels.s_local),
        rules=Recursion.read(phase.method, a, level(steps.eta)), K=steps.K, B=float(steps.B),
        means=True,
    )  # fmt: skip
