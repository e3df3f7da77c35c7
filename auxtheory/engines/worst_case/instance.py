"""The worst quadratic of a case, by the exact engine: f = ½lx² and r = ½ρx² with l in (0, L] and ρ
in [−δ, δ]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.engines import exact
from auxtheory.engines.task import Task
from auxtheory.engines.worst_case.client_run import SIGNS
from auxtheory.engines.worst_case.interpolation import WorstCaseSpec
from auxtheory.errors import RefusedError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import QuadraticPair
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.typing import FloatArray

SIDE = 33  # points on each side of the grid
ZOOMS = 8  # refinements around the best point, each to a 16th of both sides
MIN_CURVATURE = 1e-4  # the smallest curvature tried, in units of L


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A one-dimensional quadratic pair and its measure, in units L = F0 = 1.

    Args:
        value: the measure.
        start: f(x⁰) − f*.
        l: f″.
        rho: r″.
    """

    value: float
    start: float
    l: float  # noqa: E741
    rho: float


def largest(spec: WorstCaseSpec) -> Instance:
    """The largest measure among one-dimensional quadratics. In more dimensions with common axes F0
    splits among them and the measure is a mean of theirs, so that one dimension is enough."""
    low = spec.mu if spec.function_class in ("strongly convex", "PL") else MIN_CURVATURE
    ends = [(low, 1.0), (-spec.delta, spec.delta)]
    best = Instance(value=-np.inf, start=1.0, l=1.0, rho=0.0)
    box = list(ends)
    for _ in range(ZOOMS):
        bends, rho = (
            side.ravel() for side in np.meshgrid(*(np.linspace(*side, SIDE) for side in box))
        )
        values, starts = measured(spec, bends, rho)
        top = int(np.argmax(values))
        if values[top] > best.value:
            best = Instance(
                value=float(values[top]),
                start=float(starts[top]),
                l=float(bends[top]),
                rho=float(rho[top]),
            )
        step = [(high - low) / (SIDE - 1) for low, high in box]
        middle = (best.l, best.rho)
        box = [
            (max(m - s, lo), min(m + s, hi))
            for m, s, (lo, hi) in zip(middle, step, ends, strict=True)
        ]
    return best


def measured(
    spec: WorstCaseSpec, bends: FloatArray, rho: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The measure for each pair of curvatures f″ and r″, shape (C,), and f(x⁰) − f*, scaled so that
    the quantity bounded by F0 is 1."""
    one = np.ones((len(bends), 1))
    # Of two clients the mean is f itself.
    mean = 0 * rho if spec.N == len(SIGNS[2]) else rho
    pair = QuadraticPair(
        A=bends[:, None],
        R=mean[:, None],
        b=0 * one,
        start=np.sqrt(2 / bends)[:, None],
        minimiser=np.zeros(1),
        eigenvalues=bends[:, None],
        gap_norm=np.abs(mean),
        description="quadratics",
        grid=True,
        helpers=_helpers(spec, bends, rho),
    )
    further: dict[str, Any] = {
        name: PerRound(list(value)) if isinstance(value, tuple) else value
        for name, value in spec.parameters
    }
    given: dict[str, Any] = {"eta": spec.eta, "a": spec.a, "K": spec.K, "T": spec.T}
    if spec.zeta:
        raise RefusedError("quadratics with ‖∇r‖ ≤ ζ along a run are not searched")
    steps = Steps(**(given | further))
    task = Task(
        method=spec.method, pair=pair, noise=Gaussian(), steps=steps, measures=(spec.quantity,)
    )
    trace = exact.run(task)
    measure = trace.measure(spec.quantity)[0][-1]
    decrease = 1 - trace.gap[-1] if spec.decrease else np.ones(len(bends))
    with np.errstate(all="ignore"):
        start = np.where(decrease > 0, 1 / decrease, np.inf)
        return measure * start, start


def _helpers(spec: WorstCaseSpec, bends: FloatArray, rho: FloatArray) -> QuadraticHelpers | None:
    """The helper, or the two clients with r_2 = −r_1; None of a method without clients."""
    if not spec.N:
        return None
    signs = np.array(SIGNS[spec.N])
    R = (rho[:, None] * signs)[..., None]
    each = np.ones(spec.N)
    return QuadraticHelpers(
        A=bends[:, None], R=R, b=0 * R, minimiser=np.zeros(1), counts=each, weights=each / spec.N
    )
