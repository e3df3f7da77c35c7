"""The interface of a study's results for the page, and how the page writes names and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from auxtheory.analysis.selection import axes_among, engines, glyph
from auxtheory.table import JUDGED, Row


class Results(Protocol):
    """The rows of a study, one per cell, with the title, provenance and theorems of the study."""

    @property
    def title(self) -> str: ...
    @property
    def provenance(self) -> Mapping[str, str]: ...
    @property
    def theorems(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def definition(self) -> str: ...
    @property
    def dataset(self) -> Any: ...
    def __iter__(self) -> Iterator[Row]: ...
    def __len__(self) -> int: ...


def plain(value: Any) -> Any:
    """A value of a row as a Python object; None for NaN."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def text(value: Any, digits: int = 4) -> str:
    """A value as the page shows it: "–" if missing, "∞", whole numbers in full, others to `digits`
    digits."""
    value = plain(value)
    if value is None:
        return "–"
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(value, float):
        mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return str(value)


def texts(values: Iterable[Any]) -> dict[Any, str]:
    """Every value with its text, in ascending order, with as few digits as distinguish them."""
    distinct = sorted(
        {plain(value) for value in set(values)} - {None}, key=lambda v: (isinstance(v, str), v)
    )
    for digits in range(4, 18):
        by_value = {value: text(value, digits) for value in distinct}
        if len(set(by_value.values())) == len(distinct):
            break
    return by_value


def ratios(rows: Iterable[Row]) -> list[tuple[float, Row]]:
    """measured/bound of the rows on which the theorem was judged, each with its row."""
    pairs = ((plain(row.get("ratio")), row) for row in rows if row["status"] in JUDGED)
    return [(ratio, row) for ratio, row in pairs if ratio is not None]


def axes_of(results: Results) -> dict[str, dict[Any, str]]:
    """The axes along which the study varies: for each, its values and their texts.

    Steps that theorems prescribe (mode tuned) vary with the cell, but are not axes.
    """
    tuned = any(row.get("mode") == "tuned" for row in results)
    columns = dict.fromkeys(name for row in results for name in row)
    names = [name for name in axes_among(columns) if not (tuned and name in ("eta", "a"))]
    by_axis = {name: texts(row.get(name) for row in results) for name in names}
    by_axis["engine"] = texts(engines(results))
    return {name: values for name, values in by_axis.items() if len(values) > 1}


def place(row: Row, axes: Mapping[str, Mapping[Any, str]]) -> str:
    """The place of a row in the study, such as "δ = 0.1, K = 10"."""
    values = ((name, plain(row.get(name))) for name in axes)
    parts = (f"{glyph(name)} = {axes[name][value]}" for name, value in values if value is not None)
    return ", ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def among(rows: Iterable[Row], name: str) -> str:
    """The range of one column: "–", one value, or "smallest … largest"."""
    values = [value for row in rows if (value := plain(row.get(name))) is not None]
    ends = [text(value) for value in (min(values), max(values))] if values else ["–"]
    return " … ".join(dict.fromkeys(ends))
