"""The summary of a study, computed batch by batch: the number of cells of each status, the largest
measured/bound, and why cells failed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.printing import wrapped
from auxtheory.study.storage.database import Store
from auxtheory.study.storage.index import indexed
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
    index = indexed(store)
    words = list(index.vocabulary)
    errors = Counter[str]()
    for number, count in index.errors.items():
        errors[reason(words[number])] += count
    sizes = {
        name: len(description["axes"][name])
        for name in description["axes"]
        if name in description["several"]
    }
    axes = ", ".join(
        f"{name} ({n})" for name, n in {"theorem": len(description["theorems"]), **sizes}.items()
    )
    return Summary(
        title=description["title"],
        axes=axes,
        counts={n: index.counts[n] for n in MENTIONED if index.counts[n]},
        largest=index.largest,
        errors=dict(errors),
        passed_over=tuple(index.passed_over),
    )
