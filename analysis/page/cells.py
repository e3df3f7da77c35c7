"""The table of cells on the page: its columns, its rows and their order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auxtheory.analysis.page.base import Results, plain, text
from auxtheory.analysis.selection import glyph
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.table import STATUSES, Row

MAX_ROWS = 15_000  # the most rows: the page stays below 3 MB and opens quickly
MAX_CHOICES = 100  # the most choices of a filter; other axes are filtered by typing a value
WORDS = {
    "cell": "Cell",
    "theorem": "Theorem",
    "status": "Status",
    "ratio": "ratio",
    "se": "± se",
    "error": "Error",
}
HINTS = {
    "measured": "what the theorem bounds, as it was measured",
    "bound": "what the theorem promises",
    "ratio": "measured/bound",
    "se": "standard error of the measured mean",
    "p": "the chance of such a mean, were the bound just attained",
    "diverged": "how many replicas diverged",
    "cell": "number of the cell in the study",
    "status": "; ".join(f"{status}: {text}" for status, text in STATUSES.items()),
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the table; `choices` are the values it can be filtered by."""

    key: str
    label: str
    hint: str
    numeric: bool
    filtered: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The columns, and for each listed row its status and its texts; `total` rows are in the
    study."""

    columns: tuple[Column, ...]
    rows: list[tuple[str, list[str]]]
    total: int

    @property
    def numbers(self) -> int:
        """The number of columns of numbers, after which that of errors begins."""
        return len(self.columns) - (self.columns[-1].key == "error")


def cells(results: Results, axes: Mapping[str, Mapping[Any, str]]) -> Cells:
    """The table of a study: the worst cells first."""
    columns = tuple(_columns(results, axes))
    order = sorted(results, key=_badness)[:MAX_ROWS]
    writers = [_writer(column, axes) for column in columns]
    rows = [(row["status"], [write(row) for write in writers]) for row in order]
    return Cells(columns=columns, rows=rows, total=len(results))


def _badness(row: Row) -> tuple[int, float]:
    ratio = plain(row.get("ratio"))
    return tuple(STATUSES).index(row["status"]), math.inf if ratio is None else -ratio


def _columns(results: Results, axes: Mapping[str, Mapping[Any, str]]) -> Iterator[Column]:
    for key in ("cell", "theorem", "status"):
        choices = tuple(dict.fromkeys(row[key] for row in results)) if key != "cell" else ()
        yield _column(key, numeric=key == "cell", filtered=len(choices) > 1, choices=choices)
    for key, values in axes.items():
        yield _column(
            key, filtered=True, choices=tuple(values.values()) if len(values) <= MAX_CHOICES else ()
        )
    for key in ("measured", "se", "bound", "ratio", "p", "diverged", "eta", "a"):
        if key not in axes and _worth_showing(results, key):
            yield _column(key)
    if any(row.get("error") for row in results):
        yield _column("error", numeric=False)


def _worth_showing(results: Results, key: str) -> bool:
    """Whether a column has values other than missing ones and those that exact results always
    have."""
    if key == "p":
        return any(row.get("replicas") and plain(row.get("p")) is not None for row in results)
    values = {plain(row.get(key)) for row in results}
    return bool(values - {None, 0} if key in ("se", "diverged") else values - {None})


def _column(
    key: str, *, numeric: bool = True, filtered: bool = False, choices: tuple[str, ...] = ()
) -> Column:
    hint = GLOSSARY[key].meaning if key in GLOSSARY else HINTS.get(key, "")
    label = WORDS.get(key, glyph(key))
    return Column(
        key=key, label=label, hint=hint, numeric=numeric, filtered=filtered, choices=choices
    )


def _writer(column: Column, axes: Mapping[str, Mapping[Any, str]]) -> Callable[[Row], str]:
    key = column.key
    if key not in axes:
        return lambda row: text(row.get(key))
    known = axes[key]
    return lambda row: known.get(plain(row.get(key)), "–")
