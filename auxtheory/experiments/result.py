"""The result of an experiment, and its tables: at equal rounds and at equal price, and what an
accuracy takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auxtheory.experiments.evaluation import KEPT
from auxtheory.experiments.settings import Settings
from auxtheory.experiments.tuning import ETAS, MOMENTA, NO_STEP
from auxtheory.problems.region import SLACK
from auxtheory.table import Table, is_nan
from auxtheory.typing import FloatArray

ACCURACY = "held-out accuracy"
SHARES = (0.95, 0.99)  # of the best accuracy
FACTS = (
    *("delta low", "delta", "delta region", "delta met", "bias", "sigma ratio"),
    *("eta", "ηL", "ηL tried", "a", "a tried", "edge"),
)
NOT_REACHED = "—"


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The numbers of an experiment; prints as its summary.

    Args:
        settings: the settings.
        table: one row per case, method and recorded round.
        summary: one row per case and method, at equal rounds and at equal price.
        heading: the title, with the data and the classes.
        reached: one row per case and method: the rounds and the price after which it first reaches
            95 % and 99 % of the best accuracy, NaN if it does not.

    Example:
        >>> from auxtheory import experiments
        >>> result = experiments.run(experiments.settings("mislabelled"))  # doctest: +SKIP
        >>> print(result)  # doctest: +SKIP
    """

    settings: Settings
    table: Table
    summary: Table
    heading: str = ""
    reached: Table = field(default_factory=lambda: Table(()))

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """The tables, and how they are to be read."""
        lines = [str(self.summary), edges(self.summary)]
        if regions_differ(self.summary):
            lines.append(regions(self.settings.replicas))
        texts = ["\n".join(lines)]
        if len(self.reached):
            rows = [
                {k: NOT_REACHED if is_nan(v) else v for k, v in row.items()} for row in self.reached
            ]
            texts.append(f"{Table(tuple(rows))}\n{DEFINITION}")
        return "\n\n".join(texts)


DEFINITION = (
    "best: the largest held-out accuracy of any method at any recorded round of the case (means "
    "over replicas). Rounds and price: of the first recorded round where the mean is 95 % (99 %) "
    f"of it; {NOT_REACHED}: not reached."
)


def regions_differ(summary: Table) -> bool:
    """Whether δ depends on x in a case, so that a region has a δ of its own."""
    return "delta region" in summary.columns and bool(
        np.any(summary["delta low"] != summary["delta"])
    )


def regions(replicas: int) -> str:
    """What the columns `delta region` and `delta met` say."""
    return (
        f"delta region: certified around the recorded points of {min(KEPT, replicas)} of the "
        f"{replicas} replicas of each method with a helper, with {100 * SLACK:g} % of room; the "
        "others may leave that region. delta met: the largest ‖∇²r‖ at x⁰ and at the ends of some "
        "of these"
    )


def edges(summary: Table) -> str:
    """What the column `edge` says."""
    marks = {str(mark) for mark in summary["edge"].tolist()} - {"", "nan"}
    lines = []
    if marks - {NO_STEP}:
        lines.append(
            f"edge: the best value is the last that was tried of η ({ETAS[0]:g} ≤ ηL ≤ "
            f"{ETAS[1]:g}) or of a (from {MOMENTA[0]:g}); all others lie inside"
        )
    if NO_STEP in marks:
        lines.append(
            f"{NO_STEP}: f is least at the start, and larger at the end whatever the step; the row "
            "is that of the best step tried"
        )
    return "\n".join(lines) or "every best step lies inside the range that was tried"


def result_of(settings: Settings, table: Table, heading: str) -> Result:
    """The result with these rows; of kind "buffer" they are the summary."""
    if settings.kind == "buffer":
        return Result(settings, table, table, heading)
    complete = ACCURACY in table.columns
    reached = Table(tuple(reaching(table))) if complete else Table(())
    return Result(settings, table, Table(tuple(summary(table))), heading, reached)


def curves(table: Table) -> Iterator[tuple[Any, Table, dict[Any, Table]]]:
    """Each case with its rows, and with those of each method."""
    for case in dict.fromkeys(table["case"].tolist()):
        rows = table.where(case=case)
        names = dict.fromkeys(rows["method"].tolist())
        yield case, rows, {name: rows.where(method=name) for name in names}


def summary(table: Table) -> Iterator[dict[str, Any]]:
    """‖∇f‖² and accuracy of each case and method at equal rounds and at equal price: those that all
    of them reach."""
    for case, _, methods in curves(table):
        limits = {
            key: min(float(curve[key][-1]) for curve in methods.values())
            for key in ("round", "price")
        }
        for name, curve in methods.items():
            reached: dict[str, Any] = {}
            for key, limit in limits.items():
                last = _last(curve[key], limit)
                reached[f"at {key} {limit:g}"] = _at(curve, "grad_sq", last)
                reached[f"± ({key})"] = 1.96 * _at(curve, "error", last)
                if ACCURACY in curve.columns:
                    reached[f"accuracy at {key} {limit:g}"] = _at(curve, ACCURACY, last)
            facts = {k: curve.rows[-1][k] for k in FACTS if k in curve.columns}
            if "L" in curve.columns and "eta" in curve.columns:
                facts["ηL"] = float(curve["eta"][-1] * curve["L"][-1])
            facts = {k: facts[k] for k in FACTS if k in facts}
            yield {"case": case, "method": name, **reached, **facts}


def _last(along: FloatArray, limit: float) -> int:
    """The last record within the limit; −1 if there is none."""
    return int(np.sum(along <= limit * (1 + 1e-9))) - 1


def _at(curve: Table, name: str, place: int) -> float:
    return float(curve[name][place]) if place >= 0 else np.nan


def reaching(table: Table) -> Iterator[dict[str, Any]]:
    """The rounds and the price after which each method reaches shares of the best accuracy."""
    for case, rows, methods in curves(table):
        best = float(np.max(rows[ACCURACY]))
        for name, curve in methods.items():
            row = {"case": case, "method": name, "best": best}
            row["accuracy at the end"] = float(curve[ACCURACY][-1])
            for share in SHARES:
                there = np.flatnonzero(curve[ACCURACY] >= share * best)
                for key, plural in (("round", "rounds"), ("price", "price")):
                    value = float(curve[key][there[0]]) if there.size else np.nan
                    row[f"{plural} to {100 * share:g} %"] = value
            yield row
