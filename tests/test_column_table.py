"""Tables of arrays: what a table of the same rows does, without a row object for each."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from auxtheory.column_table import ColumnTable, printed_alike
from auxtheory.printing import shown
from auxtheory.table import Table

COLUMNS: dict[str, Any] = {
    "ascending": np.arange(100),
    "constant": np.full(100, 0.25),
    "nearly": np.linspace(0.3, 0.300001, 100),
    "missing": np.full(100, np.nan),
    "some missing": np.where(np.arange(100) < 3, np.nan, 1.0),
    "zeros": np.where(np.arange(100) < 3, -0.0, 0.0),
    "negative zeros": np.full(100, -0.0),
    "infinite": np.full(100, np.inf),
    "text": np.array(["a", "b"], dtype=object)[np.arange(100) % 2],
    "one text": np.full(100, "pass", dtype=object),
    "wide": np.full(100, "pass"),
    "wide texts": np.array(["pass", "fail"])[np.arange(100) % 2],
    "flag": np.ones(100, dtype=bool),
    "spaces": np.array(["a b", "a\nb"], dtype=object)[np.arange(100) % 2],
}


def both(size: int = 100) -> tuple[ColumnTable, Table]:
    """A table of arrays, and one of the same rows."""
    table = ColumnTable({name: values[:size] for name, values in COLUMNS.items()})
    return table, Table(table.rows)


@pytest.mark.parametrize("size", [0, 1, 5, 100])
def test_it_prints_as_rows_do(size: int) -> None:
    table, rows = both(size)
    if size:
        assert str(table) == str(rows) and table._repr_html_() == rows._repr_html_()
        assert table.text(width=200, most=10, among=[50]) == rows.text(
            width=200, most=10, among=[50]
        )
    for name, values in COLUMNS.items():
        texts = {shown(value) for value in values[:size].tolist()}
        assert printed_alike(values[:size]) is (len(texts) == 1), name
        assert table._same(name) is (len(texts) == 1), name
        assert not size or rows._same(name) is (len(texts) == 1), name


def peak(work: Callable[[], Any]) -> int:
    """The bytes that some work holds at most."""
    tracemalloc.start()
    work()
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size


def test_printing_makes_no_row_objects() -> None:
    """A tenth of the bytes that one object for each row would take."""
    size = 100_000
    table = ColumnTable({"i": np.arange(size), "x": np.linspace(0, 1, size)})
    str(table)
    assert peak(lambda: str(table)) < 10 * size
    assert "rows" not in vars(table)
