"""The head of the page: the outcome in one sentence, and one line per theorem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from auxtheory.analysis.page.base import Codes, View, coded, median, text
from auxtheory.study.results.summary import MENTIONED, reason
from auxtheory.table import JUDGED, STATUSES

MAX_FAILURES = 10  # the most reasons why cells failed


@dataclass(frozen=True, kw_only=True)
class Tightness:
    """The number of cells of each status, and the distribution of measured/bound.

    worst: The number of the cell with the largest measured/bound, and its theorem.
    """

    cells: int
    counts: Mapping[str, int]
    largest: str
    median: str
    where: str
    worst: tuple[int, str] | None
    bar: str  # the largest measured/bound, at most 1, as a share of a bar's width


def tightness(view: View, cells: Codes) -> Tightness:
    """The tightness of some cells; ratios are those of judged cells only."""
    counts = np.bincount(view.status[cells], minlength=len(STATUSES)).tolist()
    by_status = dict(zip(STATUSES, counts, strict=True))
    known = cells[~np.isnan(view.ratio[cells])]
    ratios = view.ratio[known]
    worst = int(known[np.argmax(ratios)]) if len(known) else None
    largest = None if worst is None else view.ratio[worst]
    return Tightness(
        cells=len(cells),
        counts={status: by_status[status] for status in MENTIONED},
        largest=text(largest),
        median=text(median(ratios) if len(known) else None),
        where="" if worst is None else view.place(worst),
        worst=None
        if worst is None
        else (int(view.table["cell"][worst]), str(view.table["theorem"][worst])),
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
    most = f"the largest measured/bound is {whole.largest}, of {whole.worst[1]}"
    return f"{_cells(whole.cells)}: {counts}; {most}", where


def constant(view: View) -> list[tuple[str, str]]:
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
        values = _ends(view, name) - {"–", ""}
        if len(values) == 1 and not (name == "replicas" and values == {"0"}):
            shared.append((name, values.pop()))
    return shared


def failures(view: View) -> list[tuple[str, int]]:
    """The most frequent reasons why cells failed, each with the number of cells."""
    codes, errors = coded(view.table, "error")
    counts = Counter[str]()
    for error, count in zip(errors, np.bincount(codes[codes >= 0]).tolist(), strict=True):
        counts[reason(error)] += count
    return counts.most_common(MAX_FAILURES)


def _ends(view: View, name: str) -> set[str]:
    """The texts of a column's smallest and largest number, or of all its values."""
    if name not in view.table.columns or not len(view):
        return set()
    values = np.asarray(view.table[name])
    if values.dtype.kind not in "iuf":
        return {text(value) for value in coded(view.table, name)[1]}
    if np.all(np.isnan(values)):
        return set()
    return {text(np.nanmin(values)), text(np.nanmax(values))}


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"
