"""The table of cells on the page: its columns, its rows and their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auxtheory.analysis.page.base import Codes, View, coded, numbers, text
from auxtheory.analysis.selection import glyph
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.table import STATUSES, WRONG

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
    """The columns, and for each listed row its status and its texts; `total` rows are in the study,
    of which `wrong` are violated, failed or undecided."""

    columns: tuple[Column, ...]
    rows: list[tuple[str, list[str]]]
    total: int
    wrong: int

    @property
    def left_out(self) -> int:
        """The number of cells that are not listed."""
        return self.total - len(self.rows)

    @property
    def numbers(self) -> int:
        """The number of columns of numbers, after which that of errors begins."""
        return len(self.columns) - (self.columns[-1].key == "error")


def cells(view: View) -> Cells:
    """The table of a study: the worst cells first."""
    columns = tuple(_columns(view))
    order = listed(view)
    words = tuple(STATUSES)
    statuses = [words[code] for code in view.status[order].tolist()]
    texts = zip(*(_texts(view, column.key, order) for column in columns), strict=True)
    rows = list(zip(statuses, map(list, texts), strict=True))
    return Cells(columns=columns, rows=rows, total=len(view), wrong=int(np.sum(_wrong(view))))


def _wrong(view: View) -> NDArray[np.bool_]:
    """Which cells are violated, failed or undecided."""
    return np.isin(view.status, [tuple(STATUSES).index(status) for status in WRONG])


def listed(view: View) -> Codes:
    """The cells of the table, in order: all that are violated, failed or undecided, and then as
    many of each theorem, those of the largest measured/bound, so that each is there."""
    order = worst_first(view)
    if len(order) <= MAX_ROWS:
        return order
    wrong = int(np.sum(_wrong(view)))  # the first ones
    theorem = view.theorem[order[wrong:]]
    by_theorem = np.argsort(theorem, kind="stable")
    begin = np.searchsorted(theorem[by_theorem], theorem[by_theorem])
    rank = np.full(len(order), -1)
    rank[wrong:][by_theorem] = np.arange(len(theorem)) - begin
    return order[np.sort(np.argsort(rank, kind="stable")[:MAX_ROWS])]


def worst_first(view: View) -> Codes:
    """The cells by status, the most serious first, and then by measured/bound, the largest
    first."""
    ratios = numbers(view.table, "ratio")
    return np.lexsort((np.where(np.isnan(ratios), np.inf, -ratios), view.status))


def _columns(view: View) -> Iterator[Column]:
    statuses = coded(view.table, "status")[1]
    for key, choices in {"cell": [], "theorem": view.names, "status": statuses}.items():
        yield _column(key, numeric=key == "cell", filtered=len(choices) > 1, choices=tuple(choices))
    for key, axis in view.axes.items():
        yield _column(key, filtered=True, choices=axis.texts if len(axis) <= MAX_CHOICES else ())
    for key in ("measured", "se", "bound", "ratio", "p", "diverged", "eta", "a"):
        if key not in view.axes and _worth_showing(view, key):
            yield _column(key)
    if coded(view.table, "error")[1]:
        yield _column("error", numeric=False)


def _worth_showing(view: View, key: str) -> bool:
    """Whether a column has values other than missing ones and those that exact results always
    have."""
    values = numbers(view.table, key)
    known = ~np.isnan(values)
    if key == "p":
        known &= numbers(view.table, "replicas") > 0
    return bool(np.any(known & (values != 0) if key in ("se", "diverged") else known))


def _column(
    key: str, *, numeric: bool = True, filtered: bool = False, choices: tuple[str, ...] = ()
) -> Column:
    hint = GLOSSARY[key].meaning if key in GLOSSARY else HINTS.get(key, "")
    label = WORDS.get(key, glyph(key))
    return Column(
        key=key, label=label, hint=hint, numeric=numeric, filtered=filtered, choices=choices
    )


def _texts(view: View, key: str, cells: Codes) -> list[str]:
    """The entries of one column."""
    if key in view.axes:
        axis = view.axes[key]
        return [axis.text(code) for code in axis.codes[cells].tolist()]
    if key not in view.table.columns:
        return ["–"] * len(cells)
    return [text(value) for value in np.asarray(view.table[key])[cells].tolist()]
