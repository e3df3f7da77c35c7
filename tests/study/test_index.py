"""What one pass over a store finds, against the cells that are read from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from auxtheory.study.storage.index import indexed
from auxtheory.study.storage.memory import Memory
from auxtheory.study.storage.records import FAILED, MEASURED, Words, blank, decode, encode

CELLS = 12


def batch(start: int, stop: int, error: str, ratio: float) -> tuple[range, str, bytes]:
    """Cells that failed with an error, the last of which was measured."""
    records, words = blank(stop - start), Words()
    records["state"] = FAILED
    records["error"] = words.number(error)
    records["state"][-1], records["error"][-1] = MEASURED, 0
    records["ratio"][-1], records["p"][-1] = ratio, 1.0
    return range(start, stop), "code", encode(records, words)


def winners(batches: list[tuple[range, str, bytes]]) -> Iterator[tuple[Any, str]]:
    """The record of each cell and its error: of several batches the one that starts last."""
    cells: dict[int, tuple[Any, str]] = {}
    for numbers, _, blob in sorted(batches, key=lambda item: item[0].start):
        records, words = decode(blob)
        cells |= {i: (r, words[r["error"]]) for i, r in zip(numbers, records, strict=True)}
    yield from cells.values()


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 6), (6, 12)],
        [(0, 6), (4, 9), (9, 12)],
        [(0, 12), (3, 5), (7, 8)],
        [(0, 8), (1, 12), (2, 4)],
        [(0, 5), (1, 5), (2, 5), (4, 7)],
    ],
)
@pytest.mark.parametrize("falling", [False, True])
def test_a_cell_in_several_batches_counts_once(spans: list[tuple[int, int]], falling: bool) -> None:
    """The errors, the largest measured/bound and the columns in use are those of the cells that
    are read."""
    ratios = [0.9 - 0.1 * i if falling else 0.1 + 0.1 * i for i in range(len(spans))]
    batches = [
        batch(*span, f"error {i}", r) for i, (span, r) in enumerate(zip(spans, ratios, strict=True))
    ]
    store = Memory()
    store.meta["description"] = json.dumps({"theorems": [{"shape": [CELLS]}], "false_alarm": 0.01})
    store.add_all(batches)
    index = indexed(store)
    cells = list(winners(batches))
    assert index.largest == np.fmax.reduce([record["ratio"] for record, _ in cells])
    words = list(index.vocabulary)
    errors = {words[number]: count for number, count in index.errors.items()}
    assert errors == Counter(error for _, error in cells if error)
    assert sum(index.counts.values()) == CELLS
    assert index.counts["failed"] == sum(errors.values())
    store.close()
