"""What a study's file amounts to, batch by batch: statuses, the largest measured/bound, and why
cells failed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from auxtheory.printing import wrapped
from auxtheory.study.results.dataset import decoded
from auxtheory.study.storage.database import Store
from auxtheory.study.storage.records import MEASURED, PASSED_OVER, SAID
from auxtheory.table import CellStatus
from auxtheory.validation.error_control import rejected

LISTED = 10  # reasons why cells failed
# In the order of their mention.
MENTIONED: tuple[CellStatus, ...] = (
    "pass",
    "violated",
    "undecided",
    "outside",
    "failed",
    "missing",
)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many cells have each status, the largest measured/bound where something is promised, and
    errors by cells."""

    title: str
    axes: str
    counts: dict[str, int]
    largest: float
    errors: dict[str, int]
    passed_over: tuple[str, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """Why cells failed, and which engines were passed over, each from a line on that fits a
        screen."""
        over = [
            *self.passed_over[:LISTED],
            *(["… and more engines passed over"] if self.passed_over[LISTED:] else []),
        ]
        return [wrapped(line) for line in (*self.failures, *over)]

    @property
    def failures(self) -> list[str]:
        """A line for each reason why cells failed, the commonest first."""
        found = sorted(self.errors.items(), key=lambda item: -item[1])
        lines = [
            f"{count} cells failed: {error}" if count > 1 else f"1 cell failed: {error}"
            for error, count in found
        ]
        return (
            [*lines[:LISTED], f"… and for {len(lines) - LISTED} more reasons"]
            if len(lines) > LISTED
            else lines
        )

    @property
    def cells(self) -> int:
        return sum(self.counts.values())

    def __str__(self) -> str:
        told = ", ".join(
            f"{self.counts[status]} {status}" for status in MENTIONED if status in self.counts
        )
        largest = "" if np.isnan(self.largest) else f"; largest measured/bound {self.largest:.4g}"
        cells = "1 cell" if self.cells == 1 else f"{self.cells} cells"
        return f"{self.title or 'study'}: {cells} over {self.axes}: {told}{largest}"


def reason(error: str) -> str:
    """What cells that failed alike have in common: a bound of a user's own also tells the
    constants."""
    return error.partition(", at L = ")[0]


def tally(store: Store) -> Tally:
    """The tally of a store, of which no more than a batch, and a number for each cell, is in memory
    at once."""
    described: dict[str, Any] = json.loads(store.meta["description"])
    size = sum(prod(theorem["shape"]) for theorem in described["theorems"])
    p = np.full(size, np.nan)
    states = np.zeros(size, dtype=np.int8)
    largest = np.nan
    errors = Counter[str]()
    over = dict[str, None]()
    for cells, records, words in decoded(store):
        own = slice(cells.start, cells.stop)
        p[own], states[own] = records["p"], records["state"]
        largest = np.fmax(
            largest, np.fmax.reduce(records["ratio"][records["state"] == MEASURED], initial=np.nan)
        )
        errors.update(reason(words[number]) for number in records["error"] if number)
        over |= dict.fromkeys(word for word in words if word.startswith(PASSED_OVER))
    judged = p[states == MEASURED]
    alpha = described["false_alarm"]
    violated, passed = (int(np.sum(rejected(values, alpha))) for values in (judged, 1 - judged))
    found = Counter(
        {"violated": violated, "pass": passed, "undecided": len(judged) - violated - passed}
    )
    for state, status in SAID.items():
        found[status] += int(np.sum(states == state))
    sizes = {
        name: len(described["axes"][name])
        for name in described["axes"]
        if name in described["several"]
    }
    axes = ", ".join(
        f"{name} ({n})" for name, n in {"theorem": len(described["theorems"]), **sizes}.items()
    )
    return Tally(
        title=described["title"],
        axes=axes,
        counts={n: found[n] for n in MENTIONED if found[n]},
        largest=float(largest),
        errors=dict(errors),
        passed_over=tuple(over),
    )
