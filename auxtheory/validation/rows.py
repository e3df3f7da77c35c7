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
from auxtheory.theorems import Theorem
from auxtheory.theorems.corollary import slope_of
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
# A squared rounding error, relative to the measure at the start: the exact engine's zero.
ZERO_ROUNDING = 1e-28
# Of the measure at the start: from here on a ratio is 0, since in some units the measure is.
VANISHED = 1e-100


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One run of a theorem's method, up to one number of rounds: its steps, what was measured, and
    the constants of the run. promised: in which configurations the theorem says anything of these
    steps, as far as its conditions do not tell, shape (C,); tailed: in which a sample's noise grows
    with ‖x − x*‖, shape (C,)."""

    constants: Constants
    steps: Steps
    trace: Trace
    promised: Any = True
    tailed: Any = False


def rows(theorem: Theorem, runs: Sequence[Run], false_alarm: float) -> list[dict[str, Any]]:
    """A row for each T and configuration."""
    T = np.array([run.steps.T for run in runs])
    judged = [columns(theorem, run, slopes=len(T) == 1) for run in runs]
    measured, bound = (np.stack([one[name] for one in judged]) for name in ("measured", "bound"))
    slopes = _slopes(T, measured)
    predicted = _slopes(T, bound)
    if len(T) == 1:
        predicted = judged[0]["predicted"][None]
    found = []
    for i, run in enumerate(runs):
        listed = {name: values.tolist() for name, values in judged[i].items()}
        for j in range(measured.shape[1]):
            row = {name: values[j] for name, values in listed.items()}
            row |= {"slope": slopes[i, j], "predicted": predicted[i, j]}
            row |= {"a": None if run.steps.a is None else row["a"]}
            configuration = {"configuration": j} if measured.shape[1] > 1 else {}
            status = {"status": "outside"} if row["outside"] else {}
            found.append(
                {"T": int(T[i]), **configuration, **{name: row[name] for name in ROW}, **status}
            )
    return decided(found, false_alarm)


def columns(theorem: Theorem, run: Run, *, slopes: bool = False) -> dict[str, Any]:
    """One run's measured values against what was promised, as columns over its configurations; with
    slopes, also the bound's own slope in T.

    outside: where the theorem promises nothing. p: the chance, were the bound just attained, of a
    mean as large as the measured one; NaN where nothing is promised; at most ½, so that it supports
    no `pass`, where few replicas of multiplicative noise carry the mean.
    """
    constants = run.constants
    steps = run.steps
    trace = run.trace
    measured, error = (values[0] for values in trace.measure(theorem.measure))
    values = constants.values() | steps.values()
    size = measured.shape
    inside = within(theorem, run, len(measured))
    which, formulas, bound = promise(theorem, run, inside)
    dominant = np.full(size, "", dtype=object)
    share = np.ones(size)
    for i in np.unique(which):
        here = which == i
        terms, shares = formulas[i].dominant(values)
        dominant[here], share[here] = (
            np.broadcast_to(found, size)[here] for found in (terms, shares)
        )
    with np.errstate(all="ignore"):
        start = largest(theorem, values)
        ratio = np.where((measured <= VANISHED * start) | np.isposinf(bound), 0.0, measured / bound)
        limit = bound + ZERO_ROUNDING * start
    # That the method meets: else one replica tells all.
    noisy = np.maximum(constants.sigma_h, constants.sigma_r) > 0
    replicas = np.where(noisy, trace.replicas or 0, 0)
    p = p_values(measured, error, trace.skewness(theorem.measure)[0], limit, replicas)
    few = np.asarray(run.tailed) & (effective_replicas(measured, error, trace.replicas) < np.inf)
    # Multiplicative noise without limit: no σ exists, so that the theorem promised nothing.
    unlimited = np.maximum(constants.sigma_f, constants.sigma_r) >= UNLIMITED
    more = {"predicted": _predicted(run, inside, which, formulas, bound)} if slopes else {}
    no_bound = ~inside & (bound < 0)  # as formulas may be outside of their range
    bound, ratio = (np.where(no_bound, np.nan, value) for value in (bound, ratio))
    cost = trace.costs[0]
    return {
        name: np.broadcast_to(value, size)
        for name, value in {
            "eta": steps.eta,
            "a": np.nan if steps.a is None else steps.a,
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
            "p": np.where(inside & ~unlimited, np.where(few, np.minimum(p, 0.5), p), np.nan),
        }.items()
    }


def within(theorem: Theorem, run: Run, size: int) -> NDArray[np.bool_]:
    """In which configurations the theorem promises something, by the constants of the run and its
    steps, shape (C,)."""
    steps = run.steps
    inside = applies(theorem, run.constants, size)
    if theorem.within_range_alone(steps):
        lengths = Lengths(K=steps.K, T=steps.T, B=steps.B)
        inside &= np.broadcast_to(
            fits(theorem, run.constants, steps.eta, steps.a, lengths, rtol=EDGE), (size,)
        )
    return inside & np.broadcast_to(run.promised, (size,))


def promise(theorem: Theorem, run: Run, inside: NDArray[np.bool_]) -> tuple[Any, Any, FloatArray]:
    """Which formula counts in each configuration, the formulas, and the bound, shape (C,)."""
    formulas, candidates = theorem.candidates(run.constants, run.steps, inside)
    flat = candidates.reshape(len(formulas), -1)
    which = np.broadcast_to(np.argmin(flat, axis=0), inside.shape)
    own = type(theorem).value is not Theorem.value
    bound = _own_value(theorem, run, inside) if own else np.min(flat, axis=0)
    return which, formulas, np.broadcast_to(bound, inside.shape)


def _own_value(theorem: Theorem, run: Run, inside: NDArray[np.bool_]) -> FloatArray:
    """What a theorem with a `value` of its own promises, asked for within the theorem alone."""
    found = np.full(inside.shape, np.nan)
    if np.any(inside):
        c = run.constants.values()
        s = {"eta": run.steps.eta, "a": run.steps.a}
        chosen = {
            name: value[inside] if np.ndim(value) else value for name, value in (c | s).items()
        }
        constants = run.constants.replace(**{name: chosen[name] for name in c})
        found[inside] = theorem.value(
            constants, run.steps.replace(eta=chosen["eta"], a=chosen["a"])
        )
    return found


def _predicted(
    run: Run, inside: NDArray[np.bool_], which: Any, formulas: Any, bound: FloatArray
) -> FloatArray:
    """The bound's own slope in T, of a single number of rounds, shape (C,)."""
    values = run.constants.values() | run.steps.values()
    slopes = np.full(inside.shape, np.nan)
    for i in np.unique(which):
        here = (which == i) & inside
        slope = slope_of(formulas[i], "T", values, here, bound)
        slopes[here] = np.broadcast_to(slope, inside.shape)[here]
    return slopes


def largest(theorem: Theorem, values: dict[str, Any]) -> Any:
    """The largest that the theorem's measure can be at the start: F₀, or 2LF₀ of ‖∇f‖²."""
    return values["F0"] * (1.0 if theorem.measure == "gap" else 2 * values["L"])


def _slopes(T: Any, values: FloatArray) -> FloatArray:
    """d log(values) / d log(T) by finite differences over neighbouring rows; NaN for a single
    row."""
    if len(T) == 1:
        return np.full(values.shape, np.nan)
    with np.errstate(all="ignore"):
        return np.asarray(np.gradient(np.log(values), np.log(T), axis=0))
