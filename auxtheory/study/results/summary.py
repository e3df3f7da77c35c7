"""The summary of a study, computed batch by batch: the number of cells of each status, the largest
measured/bound, and why cells failed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.printing import wrapped
from auxtheory.study.results.layout import Layout
from auxtheory.study.storage.database import Store
from auxtheory.study.storage.index import Index, indexed
from auxtheory.table import CellStatus

MAX_LISTED = 10  # reasons why cells failed
# Statuses in the order in which they are printed.
MENTIONED: tuple[CellStatus, ...] = (
    "pass",
    "violated",
    "undecided",
    "outside",
    "failed",
    "missing",
)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The number of cells of each status, the largest measured/bound inside the theorems, and why
    cells failed; prints on one line.

    Args:
        title: The title of the study.
        axes: The axes and their lengths, as printed.
        counts: The number of cells of each status that occurs.
        largest: The largest measured/bound; NaN if no theorem promises anything.
        errors: The number of failed cells for each reason.
        passed_over: The engines that were passed over, and why.
    """

    title: str
    axes: str
    counts: dict[str, int]
    largest: float
    errors: dict[str, int]
    passed_over: tuple[str, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """The reasons why cells failed and engines were passed over, one a line, wrapped to the
        width of a terminal."""
        passed_over = [
            *self.passed_over[:MAX_LISTED],
            *(["… and more engines passed over"] if self.passed_over[MAX_LISTED:] else []),
        ]
        return [wrapped(line) for line in (*self.failures, *passed_over)]

    @property
    def failures(self) -> list[str]:
        """A line for each reason why cells failed, the most frequent first."""
        errors = sorted(self.errors.items(), key=lambda item: -item[1])
        lines = [
            f"{count} cells failed: {error}" if count > 1 else f"1 cell failed: {error}"
            for error, count in errors
        ]
        return (
            [*lines[:MAX_LISTED], f"… and for {len(lines) - MAX_LISTED} more reasons"]
            if len(lines) > MAX_LISTED
            else lines
        )

    @property
    def cells(self) -> int:
        """The number of cells."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        counts = ", ".join(
            f"{self.counts[status]} {status}" for status in MENTIONED if status in self.counts
        )
        largest = "" if np.isnan(self.largest) else f"; largest measured/bound {self.largest:.4g}"
        cells = "1 cell" if self.cells == 1 else f"{self.cells} cells"
        return f"{self.title or 'study'}: {cells} over {self.axes}: {counts}{largest}"


def reason(error: str) -> str:
    """The part of an error that cells which failed for the same reason share: not the constants
    that an error in a user's bound lists."""
    return error.partition(", at L = ")[0]


def summarise(store: Store) -> Summary:
    """The summary of the cells in a store; only one batch, a byte for each cell, and the p-value
    of each sampled cell are in memory at once."""
    description: dict[str, Any] = json.loads(store.meta["description"])
    sizes = {name: len(description["axes"][name]) for name in Layout(description).dimensions}
    sizes = {"theorem": len(description["theorems"]), **sizes}
    return of_index(indexed(store), description["title"], sizes)


def of_index(index: Index, title: str, sizes: Mapping[str, int]) -> Summary:
    """The summary of the cells of an index.

    Args:
        index: The index.
        title: The title of the study.
        sizes: The lengths of its axes.
    """
    words = list(index.vocabulary)
    counts = Counter({words[number]: count for number, count in index.errors.items()})
    return summary(
        title, sizes, index.counts, counts, largest=index.largest, passed_over=index.passed_over
    )


def summary(
    title: str,
    sizes: Mapping[str, int],
    counts: Mapping[str, int],
    errors: Mapping[str, int],
    *,
    largest: float,
    passed_over: Sequence[str],
) -> Summary:
    """The summary with these numbers of cells for each status and each error."""
    reasons = Counter[str]()
    for error, count in errors.items():
        reasons[reason(error)] += count if error else 0
    return Summary(
        title=title,
        axes=", ".join(f"{name} ({size})" for name, size in sizes.items()),
        counts={status: counts[status] for status in MENTIONED if counts.get(status)},
        largest=largest,
        errors=dict(+reasons),
        passed_over=tuple(passed_over),
    )
