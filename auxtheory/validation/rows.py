"""The rows of a verdict: measured values, bounds, ratios and slopes for each T and
configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.engines import Trace
from auxtheory.errors import EDGE, UNLIMITED
from auxtheory.table import parameter_column, schedule_column
from auxtheory.theorems import Theorem
from auxtheory.theorems.corollary import slope_of
from auxtheory.theorems.measured import (
    formula_values,
    further,
    measure_of,
    scheduled_texts,
    step_values,
)
from auxtheory.theorems.step_range import Lengths, applies, fits
from auxtheory.typing import FloatArray
from auxtheory.validation.error_control import decided, effective_replicas, p_values

ROW = (
    "eta",
    "a",
    "measured",
    "se",
    "bound",
    "ratio",
    "dominant",
    "share",
    "slope",
    "predicted",
    "calls_r",
    "calls_h",
    "diverged",
    "replicas",
    "p",
)
# Values that count as 0 on the exact engine: a squared rounding error, relative to the measure at
# the start.
ZERO_ROUNDING = 1e-28
# Relative to the measure at the start; ratios of smaller values are 0, since the measure underflows
# in some units.
UNDERFLOW = 1e-100


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One run of a theorem's method up to one number of rounds, with the constants of the run.

    Args:
        constants: The constants of the run.
        steps: The steps, with T the number of rounds.
        trace: What was measured, with one record.
        promised: In which configurations the theorem applies to these steps, apart from its
            conditions, shape (C,).
        tailed: In which configurations the noise of a sample grows with ‖x − x*‖, shape (C,).
        left: In which configurations the run left the region of its constants, shape (C,).
    """

    constants: Constants
    steps: Steps
    trace: Trace
    promised: Any = True
    tailed: Any = False
    left: Any = False


def rows(theorem: Theorem, runs: Sequence[Run], false_alarm: float) -> list[dict[str, Any]]:
    """The rows of a verdict, one for each T and configuration, with statuses."""
    T = np.array([run.steps.T for run in runs])
    tables = [columns(theorem, run, slopes=len(T) == 1) for run in runs]
    measured, bound = (np.stack([one[name] for one in tables]) for name in ("measured", "bound"))
    slopes = _slopes(T, measured)
    predicted = _slopes(T, bound)
    if len(T) == 1:
        predicted = tables[0]["predicted"][None]
    result = []
    for i, run in enumerate(runs):
        listed = {name: values.tolist() for name, values in tables[i].items()}
        listed |= _chosen(theorem, run.steps, measured.shape[1])
        names = (*ROW[:2], *(name for name in listed if name not in tables[i]), *ROW[2:])
        for j in range(measured.shape[1]):
            row = {name: values[j] for name, values in listed.items()}
            row |= {"slope": slopes[i, j], "predicted": predicted[i, j]}
            row |= {"a": None if run.steps.a is None else row["a"]}
            configuration = {"configuration": j} if measured.shape[1] > 1 else {}
            status = {"status": "outside"} if row["outside"] else {}
            result.append(
                {"T": int(T[i]), **configuration, **{name: row[name] for name in names}, **status}
            )
    return decided(result, false_alarm)


def _chosen(theorem: Theorem, steps: Steps, size: int) -> dict[str, list[Any]]:
    """The columns of the further step parameters, those with defaults too, and the text of every
    schedule."""
    values = further(step_values(theorem.method, steps))
    chosen: dict[str, Any] = {}
    for name in theorem.method.parameters:
        column = parameter_column(name)
        if name in steps.scheduled:
            chosen |= {column: np.nan, schedule_column(column): scheduled_texts(steps, name)}
        elif name in values:
            chosen[column] = values[name]
    return {
        column: np.broadcast_to(value, (size,)).tolist()
        for column, value in chosen.items()
        if column not in ("eta", "a")
    }


def columns(theorem: Theorem, run: Run, *, slopes: bool = False) -> dict[str, Any]:
    """Measured values and bounds of one run as columns over its configurations, each of shape (C,).

    Args:
        theorem: The theorem.
        run: The run.
        slopes: Whether to add `predicted`, the slope of the bound in T.

    Returns:
        The columns by name. `outside`: where the theorem promises nothing. `p`: the probability of
        a mean as large as the measured one if the bound were attained; NaN where nothing is
        promised; at most ½, so that it supports no "pass", where few replicas of multiplicative
        noise dominate the mean.
    """
    constants = run.constants
    steps = run.steps
    trace = run.trace
    measured, error = (values[0] for values in trace.measure(measure_of(theorem)))
    values = formula_values(theorem.method, constants, steps)
    size = measured.shape
    inside = within(theorem, run, len(measured))
    which, formulas, bound = promise(theorem, run, inside)
    dominant = np.full(size, "", dtype=object)
    share = np.ones(size)
    for i in np.unique(which):
        mask = which == i
        terms, shares = formulas[i].dominant(values)
        dominant[mask] = np.broadcast_to(terms, size)[mask]
        share[mask] = np.broadcast_to(shares, size)[mask]
    with np.errstate(all="ignore"):
        start = initial_measure(theorem, values, trace.start)
        ratio = np.where(
            (measured <= UNDERFLOW * start) | np.isposinf(bound), 0.0, measured / bound
        )
        limit = bound + ZERO_ROUNDING * rounding_scale(theorem, run)
    # Without noise in the method, one replica is exact.
    noisy = np.maximum(constants.sigma_h, constants.sigma_r) > 0
    replicas = np.where(noisy, trace.replicas or 0, 0)
    p = p_values(measured, error, trace.skewness(measure_of(theorem))[0], limit, replicas)
    few = np.asarray(run.tailed) & (effective_replicas(measured, error, trace.replicas) < np.inf)
    # Noise that grows without limit: no σ exists, so that the theorem promises nothing.
    unlimited = np.maximum(constants.sigma_f, constants.sigma_r) >= UNLIMITED
    judged = inside & ~unlimited & ~np.asarray(run.left)
    more = {"predicted": _predicted(theorem, run, inside, which, formulas, bound)} if slopes else {}
    no_bound = ~inside & (bound < 0)  # formulas may be negative outside their range
    bound, ratio = (np.where(no_bound, np.nan, value) for value in (bound, ratio))
    cost = trace.costs[0]
    # A schedule has no single value.
    eta, a = (steps.values().get(name) for name in ("eta", "a"))
    return {
        name: np.broadcast_to(value, size)
        for name, value in {
            "eta": np.nan if eta is None else eta,
            "a": np.nan if a is None else a,
            "measured": measured,
            "se": error,
            "bound": bound,
            "ratio": ratio,
            "dominant": dominant,
            "share": share,
            "calls_r": cost.calls_r,
            "calls_h": cost.calls_h,
            "diverged": trace.diverged,
            "replicas": trace.replicas or 0,
            "outside": ~inside,
            "few": few & inside,
            **more,
            "p": np.where(judged, np.where(few, np.minimum(p, 0.5), p), np.nan),
        }.items()
    }


def within(theorem: Theorem, run: Run, size: int) -> NDArray[np.bool_]:
    """Whether the theorem promises something in each configuration, for the constants and steps of
    a run, shape (C,)."""
    steps = run.steps
    inside = applies(theorem, run.constants, size)
    if theorem.within_range_alone(steps):
        lengths = Lengths(K=steps.K, T=steps.T, B=steps.B)
        inside &= np.broadcast_to(
            fits(
                theorem,
                run.constants,
                steps.eta,
                steps.a,
                lengths,
                parameters=steps.parameters,
                rtol=EDGE,
            ),
            (size,),
        )
    return inside & np.broadcast_to(run.promised, (size,))


def promise(theorem: Theorem, run: Run, inside: NDArray[np.bool_]) -> tuple[Any, Any, FloatArray]:
    """The index of the smallest formula in each configuration, the formulas, and the bound, shape
    (C,)."""
    formulas, candidates = theorem.candidates(run.constants, run.steps, inside)
    flat = candidates.reshape(len(formulas), -1)
    which = np.broadcast_to(np.argmin(flat, axis=0), inside.shape)
    overridden = type(theorem).value is not Theorem.value
    bound = _overridden_value(theorem, run, inside) if overridden else np.min(flat, axis=0)
    return which, formulas, np.broadcast_to(bound, inside.shape)


def _overridden_value(theorem: Theorem, run: Run, inside: NDArray[np.bool_]) -> FloatArray:
    """The bound of a theorem that overrides `value`, which is called only inside the theorem."""
    bound = np.full(inside.shape, np.nan)
    if np.any(inside):
        steps = {"eta": run.steps.eta, "a": run.steps.a, **run.steps.parameters}
        c, s = (
            {name: value[inside] if np.ndim(value) else value for name, value in values.items()}
            for values in (run.constants.values(), steps)
        )
        bound[inside] = theorem.value(run.constants.replace(**c), run.steps.replace(**s))
    return bound


def _predicted(
    theorem: Theorem,
    run: Run,
    inside: NDArray[np.bool_],
    which: Any,
    formulas: Any,
    bound: FloatArray,
) -> FloatArray:
    """The slope of the bound in T at a single number of rounds, shape (C,)."""
    values = formula_values(theorem.method, run.constants, run.steps)
    slopes = np.full(inside.shape, np.nan)
    for i in np.unique(which):
        mask = (which == i) & inside
        slope = slope_of(formulas[i], "T", values, mask, bound)
        slopes[mask] = np.broadcast_to(slope, inside.shape)[mask]
    return slopes


def initial_measure(theorem: Theorem, values: dict[str, Any], start: Any = 0.0) -> Any:
    """The largest value of the theorem's measure at the start: F₀, 2LF₀ for ‖∇f‖² and its root for
    ‖∇f‖, or `start`, the square of the distance, for ‖x − x*‖²; 0 for squares, of which nothing is
    known."""
    grad = 2 * values["L"] * values["F0"]
    known = {"gap": values["F0"], "grad": grad, "norm": np.sqrt(grad), "distance": start}
    return known.get(measure_of(theorem).form, 0.0)


def rounding_scale(theorem: Theorem, run: Run) -> Any:
    """A size that the theorem's measure has had on the way, relative to which it is rounded: at the
    start or, as ‖∇f‖² is at most K T G at each iterate, where the run went far away from it."""
    values = run.constants.values()
    start = initial_measure(theorem, values, run.trace.start)
    power = {"grad": 0, "gap": 1, "distance": 2}.get(measure_of(theorem).form)
    if power is None:
        return start
    with np.errstate(all="ignore"):
        far = np.max(run.trace.G, axis=0) * run.steps.K * run.steps.T / values["L"] ** power
    return np.fmax(start, np.where(np.isfinite(far), far, 0.0))


def _slopes(T: Any, values: FloatArray) -> FloatArray:
    """d log(values) / d log(T) by finite differences over neighbouring rows; NaN for a single
    row."""
    if len(T) == 1:
        return np.full(values.shape, np.nan)
    with np.errstate(all="ignore"):
        return np.asarray(np.gradient(np.log(values), np.log(T), axis=0))
