"""Judging a user's samples: whether their mean is at most a bound, with the error control of
`validate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.defaults import FALSE_ALARM
from auxtheory.errors import Checks, shown
from auxtheory.table import Table
from auxtheory.validation.error_control import decided, effective_replicas, p_values
from auxtheory.validation.verdict import Verdict


def judge(samples: Any, bound: Any, *, false_alarm: float = FALSE_ALARM) -> Verdict:
    """Whether the expectation of measured values is at most a bound.

    The samples may come from any program: independent runs of your own implementation, a Trace
    of another library, an experiment. A mean is "violated" if it would be as large with a
    probability below the false-alarm rate were the bound attained, "pass" if it would be as small.

    Args:
        samples: one number for each independent run, shape (R,); or of several cells, (cells, R).
        bound: a number, or one for each cell, shape (cells,); ∞ promises nothing.
        false_alarm: the probability of any wrong "violated", and of any wrong "pass", over all
            cells.

    Returns:
        The verdict, a row for each cell.

    Raises:
        InputError: lists every argument that is wrong.

    Example:
        >>> import numpy as np
        >>> import auxtheory as at
        >>> gaps = np.random.default_rng(0).exponential(1.0, size=500)
        >>> at.judge(gaps, 1.3).status, at.judge(gaps, 0.7).status
        ('pass', 'violated')
    """
    checks = Checks()
    values = _array(checks, "samples", samples, "one number for each run, shape (R,) or (cells, R)")
    limit = _array(checks, "bound", bound, "a number, or one for each cell")
    checks.number("false_alarm", false_alarm, low=0.0, high=1.0, above=True)
    if not checks.complaints:
        values = values[None] if values.ndim == 1 else values
        if values.ndim != 2 or values.shape[-1] < 2:
            checks.complain("samples", samples, "must have at least two runs, (R,) or (cells, R)")
        elif limit.ndim > 1 or (limit.ndim == 1 and len(limit) != len(values)):
            checks.complain("bound", bound, f"must be a number or one for each of {len(values)}")
    checks.done()
    return _verdict(values, np.broadcast_to(limit, len(values)), false_alarm)


def _array(checks: Checks, name: str, value: Any, what: str) -> Any:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        checks.complain(name, shown(value), f"must be {what}")
        return np.zeros(2)
    if np.any(np.isnan(array)):
        checks.complain(name, value, "must not hold NaN; a run that diverged is ∞")
    return array


def _verdict(values: Any, limit: Any, false_alarm: float) -> Verdict:
    R = values.shape[-1]
    with np.errstate(all="ignore"):
        mean = np.mean(values, axis=-1)
        off = values - mean[:, None]
        variance = np.sum(off**2, axis=-1) / (R - 1)
        error = np.sqrt(variance / R)
        skew = np.where(variance > 0, np.mean(off**3, axis=-1) / variance**1.5, 0.0)
        p = p_values(mean, error, np.nan_to_num(skew), limit, np.full(len(values), R))
        few = effective_replicas(mean, error, R) < np.inf
        p = np.where(few, np.minimum(p, 0.5), p)
        ratio = np.where(np.isposinf(limit), 0.0, mean / limit)
    rows = [
        {
            **({"configuration": i} if len(values) > 1 else {}),
            "measured": float(mean[i]),
            "se": float(error[i]),
            "bound": float(limit[i]),
            "ratio": float(ratio[i]),
            "replicas": R,
            "diverged": int(np.sum(~np.isfinite(values[i]))),
            "p": float(p[i]),
        }
        for i in range(len(values))
    ]
    notes = (
        ("the mean hangs on a few runs: it supports no pass; give more samples",)
        if np.any(few)
        else ()
    )
    return Verdict(
        title=f"{len(values):,} × {R:,} samples against a bound"
        if len(values) > 1
        else f"{R:,} samples against a bound",
        table=Table(tuple(decided(rows, false_alarm))),
        engine="samples",
        mode="unsafe",
        notes=notes,
        false_alarm=false_alarm,
    )
