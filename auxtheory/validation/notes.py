"""The notes of a verdict: conditions that do not hold, and why rows are undecided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import scipy

from auxtheory.table import JUDGED
from auxtheory.theorems import Theorem
from auxtheory.theorems.measured import measure_of
from auxtheory.validation.error_control import effective_replicas
from auxtheory.validation.rows import Run

MAX_REPLICAS = 2**22  # that an `error` may require


def unmet(theorem: Theorem, run: Run) -> Iterator[str]:
    """Every condition that does not hold for the constants of the run, with its value and limit."""
    yield from map(
        str,
        theorem.unmet(run.constants, run.steps if theorem.within_range_alone(run.steps) else None),
    )
    if not np.all(run.promised):
        yield (
            "the steps are not those that it prescribes for the constants of the run, and it says "
            "nothing about others"
        )


def undecided(
    theorem: Theorem, runs: Sequence[Run], rows: Sequence[Mapping[str, Any]], false_alarm: float
) -> list[str]:
    """Why rows are undecided, and which `error` would decide them."""
    open_ = [row for row in rows if row["status"] == "undecided"]
    if not open_:
        return []
    few = [text for run in runs for text in _few(theorem, run)]
    gone = [row for row in open_ if _left(runs, row)]
    unlimited = [
        row
        for row in open_
        if np.isnan(row["p"]) and np.isfinite(row["bound"]) and not _left(runs, row)
    ]
    notes = [f"undecided: {text}" for text in few]
    if gone:
        notes.append(f"undecided at {_lengths(gone)}: the run leaves the region")
    if unlimited:
        notes.append(
            f"undecided at {_lengths(unlimited)}: no σ bounds the noise of the run, and nothing "
            "is promised"
        )
    close = [row for row in open_ if row["replicas"] and not np.isnan(row["p"]) and row["p"] != 0.5]
    return [*notes, *([_wanted_error(close, rows, false_alarm)] if close else [])]


def _left(runs: Sequence[Run], row: Mapping[str, Any]) -> bool:
    """Whether the run of a row left the region of its constants."""
    left = np.ravel(next(run.left for run in runs if run.steps.T == row["T"]))
    return bool(left[row.get("configuration", 0) if len(left) > 1 else 0])


def _few(theorem: Theorem, run: Run) -> Iterator[str]:
    """A note if few replicas dominate a mean under multiplicative noise."""
    mean, error = (values[0] for values in run.trace.measure(measure_of(theorem)))
    sizes = np.where(run.tailed, effective_replicas(mean, error, run.trace.replicas), np.inf)
    if np.any(sizes < np.inf):
        effective = f"effectively {np.min(sizes):.3g} of {run.trace.replicas}"
        yield (
            f"at T = {run.steps.T} few replicas dominate the mean ({effective}), since the noise "
            "grows: it may be far too low"
        )


def _wanted_error(
    close: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], false_alarm: float
) -> str:
    """A note with the relative standard error at which these means, if they do not change, would
    differ from the bound significantly."""
    judged = sum(row["status"] in JUDGED for row in rows)
    sure = -float(scipy.special.ndtri(false_alarm / judged))
    distance = min(abs(row["measured"] - row["bound"]) / row["measured"] for row in close) / sure
    error = _rounded_down(0.8 * distance)
    head = f"undecided at {_lengths(close)}: too few replicas to tell the mean from the bound"
    variance = max(row["replicas"] * (row["se"] / row["measured"]) ** 2 for row in close)
    if not variance <= MAX_REPLICAS * error**2:
        return f"{head}, and more than {MAX_REPLICAS} would be needed"
    return f"{head}; error={error:g} would be enough if the means do not change"


def _rounded_down(value: float) -> float:
    """A number rounded down to one digit."""
    if not value > 0:
        return 0.0
    unit = 10.0 ** np.floor(np.log10(value))
    return float(f"{np.floor(value / unit) * unit:.1g}")


def _lengths(rows: Sequence[Mapping[str, Any]]) -> str:
    """The first few numbers of rounds of rows."""
    T = list(dict.fromkeys(row["T"] for row in rows))
    return "T = " + ", ".join(map(str, T[:5])) + (" …" if len(T) > 5 else "")
