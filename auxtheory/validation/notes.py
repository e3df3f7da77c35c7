"""What a verdict says in addition to its rows: conditions that were broken, and why something could
not be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from auxtheory.table import JUDGED
from auxtheory.theorems import Theorem
from auxtheory.validation.error_control import effective_replicas
from auxtheory.validation.rows import Run

MOST = 2**22  # replicas that an `error` may ask for


def unmet(theorem: Theorem, run: Run) -> Iterator[str]:
    """Every broken condition with its value and limit, by the constants of the run."""
    yield from map(
        str,
        theorem.unmet(run.constants, run.steps if theorem.within_range_alone(run.steps) else None),
    )
    if not np.all(run.promised):
        yield (
            "the steps are not those that it prescribes for the constants of the run, of which "
            "alone it speaks"
        )


def undecided(
    theorem: Theorem, runs: Sequence[Run], rows: Sequence[Mapping[str, Any]], false_alarm: float
) -> list[str]:
    """Why rows are undecided, and which `error` would settle them."""
    open_ = [row for row in rows if row["status"] == "undecided"]
    if not open_:
        return []
    few = [text for run in runs for text in _few(theorem, run)]
    unlimited = [row for row in open_ if np.isnan(row["p"]) and np.isfinite(row["bound"])]
    notes = [f"undecided: {text}" for text in few]
    if unlimited:
        notes.append(
            f"undecided at {_lengths(unlimited)}: no σ bounds the noise of the run, and nothing "
            "is promised"
        )
    close = [row for row in open_ if row["replicas"] and not np.isnan(row["p"]) and row["p"] != 0.5]
    return [*notes, *([_settled(close, rows, false_alarm)] if close else [])]


def _few(theorem: Theorem, run: Run) -> Iterator[str]:
    """Where few replicas of multiplicative noise carry the mean."""
    mean, error = (values[0] for values in run.trace.measure(theorem.measure))
    sizes = np.where(run.tailed, effective_replicas(mean, error, run.trace.replicas), np.inf)
    if np.any(sizes < np.inf):
        told = f"{np.min(sizes):.3g} of {run.trace.replicas} replicas' worth"
        yield (
            f"at T = {run.steps.T} few replicas carry the mean ({told}), as where noise grows: "
            "it may be far too low"
        )


def _settled(
    close: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], false_alarm: float
) -> str:
    """The relative standard error at which means that stay where they are would be told from the
    bound."""
    judged = sum(row["status"] in JUDGED for row in rows)
    sure = -float(ndtri(false_alarm / judged))
    apart = min(abs(row["measured"] - row["bound"]) / row["measured"] for row in close) / sure
    error = _rounded_down(0.8 * apart)
    head = f"undecided at {_lengths(close)}: too few replicas to tell the mean from the bound"
    taken = max(row["replicas"] * (row["se"] / row["measured"]) ** 2 for row in close)
    if not taken <= MOST * error**2:
        return f"{head}, and more than {MOST} would be needed"
    return f"{head}; error={error:g} would, if the means stay where they are"


def _rounded_down(value: float) -> float:
    """A number to its first digit, no larger."""
    if not value > 0:
        return 0.0
    unit = 10.0 ** np.floor(np.log10(value))
    return float(f"{np.floor(value / unit) * unit:.1g}")


def _lengths(rows: Sequence[Mapping[str, Any]]) -> str:
    """The numbers of rounds of rows, the first few."""
    T = list(dict.fromkeys(row["T"] for row in rows))
    return "T = " + ", ".join(map(str, T[:5])) + (" …" if len(T) > 5 else "")
