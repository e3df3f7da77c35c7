"""The head of the page: the outcome in one sentence, and one line per theorem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from auxtheory.analysis.page.base import Results, place, ratios, text
from auxtheory.study.results.summary import MENTIONED
from auxtheory.table import JUDGED, Row


@dataclass(frozen=True, kw_only=True)
class Tightness:
    """The number of cells of each status, and the distribution of measured/bound."""

    cells: int
    counts: Mapping[str, int]
    largest: str
    median: str
    where: str
    worst: Row | None
    bar: str  # the largest measured/bound, at most 1, as a share of a bar's width


def tightness(rows: Sequence[Row], axes: Mapping[str, Mapping[Any, str]]) -> Tightness:
    """The tightness of some rows; ratios are those of judged cells only."""
    counts = Counter(row["status"] for row in rows)
    with_ratio = ratios(rows)
    largest, worst = max(with_ratio, key=lambda pair: pair[0], default=(None, None))
    return Tightness(
        cells=len(rows),
        counts={status: counts[status] for status in MENTIONED},
        largest=text(largest),
        median=text(median(ratio for ratio, _ in with_ratio) if with_ratio else None),
        where=place(worst, axes) if worst else "",
        worst=worst,
        bar=f"{min(largest or 0.0, 1.0):.2f}",
    )


def headline(counts: Mapping[str, int]) -> tuple[str, str]:
    """The outcome, as a status and in words."""
    violated = counts["violated"]
    unsettled = sum(counts[status] for status in ("failed", "undecided", "missing"))
    if violated:
        return (
            "violated",
            f"{_cells(violated)} violate{'s' if violated == 1 else ''} the theorem’s bound",
        )
    if not any(counts[status] for status in JUDGED):
        return "undecided", "No cell was judged"
    if unsettled:
        return (
            "undecided",
            f"No bound is violated, but {_cells(unsettled)} {'is' if unsettled == 1 else 'are'} "
            "open",
        )
    return "pass", "No bound is violated"


def sentence(whole: Tightness) -> tuple[str, str]:
    """One sentence with the number of cells of each status and the largest measured/bound with its
    theorem, followed by its place."""
    counts = ", ".join(f"{whole.counts[status]:,} {status}" for status in MENTIONED)
    if whole.worst is None:
        return f"{_cells(whole.cells)}: {counts}; no measured/bound.", ""
    where = f" at {whole.where}." if whole.where else "."
    most = f"the largest measured/bound is {whole.largest}, of {whole.worst['theorem']}"
    return f"{_cells(whole.cells)}: {counts}; {most}", where


def constant(results: Results) -> list[tuple[str, str]]:
    """The columns with one value in all cells, except names and outcomes."""
    wanted = (
        "mode",
        "engine",
        "L",
        "mu",
        "F0",
        "delta",
        "zeta",
        "sigma_f",
        "sigma_h",
        "correlation",
        "s",
        "dim",
        "seed",
        "K",
        "T",
        "B",
        "replicas",
    )
    shared = []
    for name in wanted:
        values = {text(row[name]) for row in results if name in row} - {"–", ""}
        if len(values) == 1 and not (name == "replicas" and values == {"0"}):
            shared.append((name, values.pop()))
    return shared


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"
