"""Measured against promised, row by row: ratios, slopes, and statuses whose false alarms are controlled together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from auxtheory.constants import Constants, Steps
from auxtheory.engines import Trace
from auxtheory.errors import LARGEST
from auxtheory.result import Table, Verdict
from auxtheory.theorems import Theorem
from auxtheory.units import FloatArray

Run: TypeAlias = tuple[Constants, Steps, Trace]

SLACK = 1e-9  # relative, on the exact engine
ROUNDING = 1e-28  # a squared rounding error, relative to the measure at the start: the exact engine's zero


def rows(theorem: Theorem, runs: Sequence[Run], false_alarm: float) -> list[dict[str, Any]]:
    """A row for each T and configuration."""
    T = np.array([steps.T for _, steps, _ in runs])
    measures = [trace.measure(theorem.measure) for *_, trace in runs]
    measured, error = np.stack([value[0] for value, _ in measures]), np.stack([se[0] for _, se in measures])
    with np.errstate(all="ignore"):
        bound = np.stack([np.broadcast_to(theorem.value(c, s), measured[0].shape) for c, s, _ in runs])
        ratio = np.where(measured == 0, 0.0, measured / bound)
    slopes, predicted = _slopes(T, measured), _slopes(T, bound)
    found = []
    for i, (c, s, trace) in enumerate(runs):
        for j in range(measured.shape[1]):
            values, formula = _one(c.values() | s.values(), j), theorem.formula(c, s, j)
            # Multiplicative noise without limit: no σ exists, so that the theorem promised nothing.
            unlimited = max(values["sigma_f"], values["sigma_r"]) >= LARGEST and s.mode != "unsafe"
            p = _p_value(measured[i, j], error[i, j], bound[i, j] + ROUNDING * largest(theorem, values), trace)
            found.append({
                "T": int(T[i]), **({"configuration": j} if measured.shape[1] > 1 else {}),
                "eta": values["eta"], "a": values["a"], "measured": measured[i, j], "se": error[i, j],
                "bound": bound[i, j], "ratio": ratio[i, j], "dominant": str(formula.dominant(values)),
                "share": _share(formula.parts(values)), "slope": slopes[i, j],
                "predicted": float(formula.slope("T", values)) if len(T) == 1 else predicted[i, j],
                "dear": trace.costs[0].dear, "cheap": trace.costs[0].cheap,
                "diverged": int(trace.diverged[j]), "replicas": trace.replicas or 0,
                "p": np.nan if unlimited else p,
            })  # fmt: skip
    return decided(found, false_alarm)


def _p_value(measured: float, error: float, bound: float, trace: Trace) -> float:
    """The chance, were the bound just attained, of a mean as large as the measured one; 0 or 1 where it is exact."""
    if np.isnan(bound) or np.isnan(measured):
        return float("nan")
    if not np.isfinite(measured):
        return 0.0  # a run that left the numbers kept no promise
    bound = max(bound, 0.0)  # (1 − ημ)^{KT} at ημ = 1 may round to below 0
    if trace.replicas is None or error == 0:
        return float(measured <= bound * (1 + SLACK))
    return float(stdtr(trace.replicas - 1, -(measured - bound * (1 + SLACK)) / error))


def decided(found: Sequence[dict[str, Any]], false_alarm: float) -> list[dict[str, Any]]:
    """The rows with statuses, of which any is wrongly `violated` (or any wrongly `pass`) with at most this chance.

    violated: Holm's procedure rejects measured ≤ bound; pass: it rejects measured ≥ bound; else undecided.
    """
    p = np.array([row["p"] for row in found], dtype=float)
    violated, passed = rejected(p, false_alarm), rejected(1 - p, false_alarm)
    status = np.where(violated, "violated", np.where(passed, "pass", "undecided"))
    return [{**row, "status": str(state)} for row, state in zip(found, status, strict=True)]


def rejected(p: FloatArray, false_alarm: float) -> NDArray[np.bool_]:
    """Which null hypotheses Holm's step-down procedure rejects (statsmodels), whatever their dependence; never at NaN.

    p-values of 0 and 1 are certainties, of exact runs, and take no share of the rate.
    """
    sure = p == 0
    open_ = ~(np.isnan(p) | sure | (p == 1))
    if np.any(open_):
        from statsmodels.stats.multitest import multipletests

        sure[open_] = multipletests(p[open_], alpha=false_alarm, method="holm")[0]
    return sure


def together(verdicts: Sequence[Verdict], false_alarm: float) -> list[Verdict]:
    """The same verdicts, decided anew so that the rate is that of all of their rows."""
    if not any(verdict.false_alarm for verdict in verdicts):
        return list(verdicts)
    found = iter(decided([dict(row) for verdict in verdicts for row in verdict.table], false_alarm))
    joint = [replace(v, table=Table(tuple(islice(found, len(v.table))))) for v in verdicts]
    return [replace(v, false_alarm=false_alarm, scope="all tables") if v.false_alarm else v for v in joint]


def _share(parts: FloatArray) -> float:
    """How much of the bound its largest term supplies."""
    total = float(np.sum(parts))
    return float(np.max(parts)) / total if 0 < total < np.inf else 1.0


def largest(theorem: Theorem, values: dict[str, Any]) -> Any:
    """The largest that the theorem's measure can be at the start: F₀, or 2LF₀ of ‖∇f‖²."""
    return values["F0"] * (1.0 if theorem.measure == "gap" else 2 * values["L"])


def _slopes(T: Any, values: FloatArray) -> FloatArray:
    """d log(values) / d log(T) by finite differences over neighbouring rows; NaN for a single row."""
    if len(T) == 1:
        return np.full(values.shape, np.nan)
    with np.errstate(all="ignore"):
        return np.asarray(np.gradient(np.log(values), np.log(T), axis=0))


def _one(values: dict[str, Any], j: int) -> dict[str, Any]:
    """The values of one configuration."""
    return {name: value[j] if np.ndim(value) else value for name, value in values.items()}
