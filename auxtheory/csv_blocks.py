"""Columns as CSV, some thousand rows at a time: floats with all their digits, as `repr` writes
them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

ROWS = 2**13  # rows of a block
# The text of all rows of a block, or of each.
Texts: TypeAlias = str | list[str]
# The texts of a column in the rows from a first to a last one, exclusive.
Block: TypeAlias = Callable[[int, int], Texts]


def blocks(names: Sequence[str], columns: Sequence[Block], rows: int) -> Iterator[str]:
    """The text of a table, a line for the names and one for each row, in pieces.

    Args:
        names: The names of the columns.
        columns: What gives the texts of each column.
        rows: The number of rows.
    """
    yield ",".join(map(_field, names)) + "\n"
    for start in range(0, rows if names else 0, ROWS):
        stop = min(start + ROWS, rows)
        texts = list(_merged(column(start, stop) for column in columns))
        if len(names) == 1:  # an empty line would be no row
            texts = [_lone(texts[0])]
        lists = [repeat(text, stop - start) if isinstance(text, str) else text for text in texts]
        yield "\n".join(map(",".join, zip(*lists, strict=True))) + "\n"


def _merged(columns: Iterable[Texts]) -> Iterator[Texts]:
    """The columns, neighbours that have one text in all rows joined to one."""
    before: list[str] = []
    for texts in columns:
        if isinstance(texts, str):
            before.append(texts)
            continue
        if before:
            yield ",".join(before)
            before = []
        yield texts
    if before:
        yield ",".join(before)


def _lone(texts: Texts) -> Texts:
    return (texts or '""') if isinstance(texts, str) else [text or '""' for text in texts]


def _field(text: str) -> str:
    """A text, in quotation marks if it has a character that would otherwise end it."""
    if not any(mark in text for mark in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def texts(values: NDArray[Any], *, fast: bool = False) -> list[str]:
    """The text of each value; fast: a library writes most floats, which pays off for many."""
    if values.dtype.kind == "f" and fast and _has_arrow():
        return _floats(values)
    if values.dtype.kind in "fiu":
        return list(map(repr, values.tolist()))
    return [_text(value) for value in values.tolist()]


def _text(value: Any) -> str:
    """The text of any value, as `csv` writes it."""
    if isinstance(value, str):
        return _field(value)
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | float):
        return "" if value is None else str(value)
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow([value, ""])
    return line.getvalue().removesuffix(",\n")


@cache
def _has_arrow() -> bool:
    return find_spec("pyarrow") is not None


def _floats(values: NDArray[Any]) -> list[str]:
    """The texts of floats; `pyarrow` has the digits of `repr`, but another form for whole, large
    and small numbers."""
    import pyarrow

    written: list[str] = pyarrow.array(values).cast(pyarrow.string()).to_pylist()
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        alike = (size >= 1e-4) & (size < 1e9) & (values != np.rint(values))
    for i in np.flatnonzero(~alike).tolist():
        written[i] = repr(float(values[i]))
    return written


def column(values: Callable[[slice], NDArray[Any]], *, fast: bool = False) -> Block:
    """A column whose values are read block by block."""

    def block(start: int, stop: int) -> Texts:
        part = values(slice(start, stop))
        alike = len(part) > 1 and part.dtype.kind in "fiuU" and np.all(part == part[0])
        if alike and (part.dtype.kind != "f" or part[0] != 0):  # the texts of 0 and −0 differ
            return texts(part[:1])[0]
        return texts(part, fast=fast)

    return block
