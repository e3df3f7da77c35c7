"""The statuses of rows: p-values of sampled means, and Holm's procedure over all rows of a table or
of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from auxtheory.table import Table
from auxtheory.typing import FloatArray
from auxtheory.validation.verdict import Verdict

SLACK = 1e-9  # relative tolerance, on the exact engine
# The effective number of replicas that a mean of growing noise needs: this share of all replicas,
# within these limits.
MIN_EFFECTIVE = 25
MAX_EFFECTIVE = 200
EFFECTIVE_SHARE = 1 / 5


def p_values(
    measured: FloatArray, error: FloatArray, skew: FloatArray, bound: FloatArray, replicas: Any
) -> FloatArray:
    """The probability of a mean as large as the measured one if the bound were attained: by
    Student's t or by its correction for the skewness of the sample (Hall, On the removal of
    skewness by transformation, 1992), taking the one closer to ½.

    With n equal replicas it is 2^{1−n} or 1 − 2^{1−n}, as for n equal tosses of a fair coin; with 0
    replicas the mean is exact.
    """
    # (1 − ημ)^{KT} at ημ = 1 rounds to < 0
    bound = np.maximum(bound, 0.0) * (1 + SLACK)
    n = np.maximum(replicas, 2)
    with np.errstate(all="ignore"):
        t = (measured - bound) / error
        tilt = skew * t / np.sqrt(n)
        hall = t * (1 + tilt / 3 + tilt**2 / 27) + skew / (6 * np.sqrt(n))
        smaller = np.clip(hall, np.minimum(t, 0.0), np.maximum(t, 0.0))
        sampled = scipy.special.stdtr(n - 1, -np.where(np.isnan(hall), t, smaller))
        exact = np.asarray(replicas) == 0
        equal = np.where(exact, 0.0, 0.5 ** (n - 1.0))
        p = np.where((error == 0) | exact, np.where(measured <= bound, 1.0 - equal, equal), sampled)
    p = np.where(np.isfinite(measured), p, 0.0)  # an infinite mean violates every bound
    # An infinite bound promises nothing.
    return np.where(np.isfinite(bound) & ~np.isnan(measured), p, np.nan)


def effective_replicas(mean: FloatArray, error: FloatArray, replicas: int | None) -> FloatArray:
    """(Σ x)²/Σ x², the effective number of replicas of a mean, where it is so small that larger
    values may be missing from the sample; ∞ elsewhere, and where nothing was sampled."""
    if not replicas:
        return np.full(np.shape(mean), np.inf)
    with np.errstate(all="ignore"):
        size = replicas / (1 + replicas * (error / mean) ** 2)
    needed = max(MIN_EFFECTIVE, min(EFFECTIVE_SHARE * replicas, MAX_EFFECTIVE))
    return np.where((size < needed) & (error > 0) & np.isfinite(mean), size, np.inf)


def rejected(p: FloatArray, false_alarm: float) -> NDArray[np.bool_]:
    """Whether Holm's step-down procedure rejects each null hypothesis: of m ordered p-values the
    first ones, as long as the i-th is at most α/(m − i + 1). Their dependence is arbitrary; NaN is
    never rejected.

    p-values of 0 and 1 come from exact runs and do not count in m.
    """
    sure = p == 0
    open_ = np.flatnonzero(~(np.isnan(p) | sure | (p == 1)))
    order = open_[np.argsort(p[open_], kind="stable")]
    small = p[order] <= false_alarm / np.arange(len(order), 0, -1)
    sure[order[: len(order) if np.all(small) else np.argmin(small)]] = True
    return sure


def statuses(p: FloatArray, false_alarm: float) -> NDArray[np.str_]:
    """The statuses for these p-values: "violated" where Holm's procedure rejects measured ≤ bound,
    "pass" where it rejects measured ≥ bound, "undecided" otherwise."""
    violated = rejected(p, false_alarm)
    passed = rejected(1 - p, false_alarm)
    return np.where(violated, "violated", np.where(passed, "pass", "undecided"))


def decided(rows: Sequence[dict[str, Any]], false_alarm: float) -> list[dict[str, Any]]:
    """The rows with statuses; the probability that any is wrongly "violated" (or any wrongly
    "pass") is at most `false_alarm`. A row outside the theorem stays "outside"."""
    status = statuses(np.array([row["p"] for row in rows], dtype=float), false_alarm)
    outside = [row.get("status") == "outside" for row in rows]
    return [
        {**row, "status": "outside" if out else str(state)}
        for row, state, out in zip(rows, status, outside, strict=True)
    ]


def together(verdicts: Sequence[Verdict], false_alarm: float) -> list[Verdict]:
    """The same verdicts with new statuses, so that the false-alarm rate is that of all rows
    together."""
    if not any(verdict.false_alarm for verdict in verdicts):
        return list(verdicts)
    rows = iter(decided([dict(row) for verdict in verdicts for row in verdict.table], false_alarm))
    joint = [replace(v, table=Table(tuple(islice(rows, len(v.table))))) for v in verdicts]
    return [
        replace(v, false_alarm=false_alarm, scope="all tables") if v.false_alarm else v
        for v in joint
    ]
