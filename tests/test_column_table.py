"""Tables of arrays: what a table of the same rows does, without a row object for each."""

from __future__ import annotations

import errno
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auxtheory.column_table import ColumnTable, printed_alike
from auxtheory.errors import FileError
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


@pytest.mark.parametrize("size", [1, 100, 20_000])
def test_its_csv_is_that_of_rows(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Floats of every form, with a library and without, texts with marks in them, a lone column."""
    rng = np.random.default_rng(size)
    floats = rng.integers(0, 2**64, size=size, dtype=np.uint64).view(float)
    floats = np.where(
        rng.random(size) < 0.5, floats, rng.random(size) * 10.0 ** rng.integers(-6, 20)
    )
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 1e15, 1e16, 123456.0, 1e-5, 0.0001, 5e-324]
    texts = ["a", "a,b", 'a "b"', "a\nb", "", "δ"]
    columns = {
        "x": floats,
        "special": rng.choice(special, size=size),
        "whole, number": rng.integers(-9, 10**6, size=size),
        "one": np.full(size, 0.1),
        "zeros": np.where(np.arange(size) == size - 1, -0.0, 0.0),
        "text": rng.choice(np.array(texts, dtype=object), size=size),
        "wide": rng.choice(texts, size=size),
        "flag": rng.random(size) < 0.5,
        "any": np.array([[None, 1, 2.5, "x", True][i % 5] for i in range(size)], dtype=object),
    }
    for most in (10**9, 0):
        monkeypatch.setattr("auxtheory.column_table.MANY", most)
        table = ColumnTable(columns)
        assert table.csv_text() == Table(table.rows).csv_text()
        for name in columns:
            lone = table.take(slice(0, 50)).drop([other for other in columns if other != name])
            assert lone.csv_text() == Table(tuple(lone)).csv_text()
    assert ColumnTable({"a": np.zeros(0), "b": np.zeros(0)}).csv_text() == "a,b\n"


def test_csv_is_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the rows, the same memory; a file that cannot be finished is not begun."""
    sizes = []
    for size in (20_000, 200_000):
        table = ColumnTable({"i": np.arange(size), "x": np.linspace(0, 1, size)})
        table.to_csv(tmp_path / "a.csv")
        sizes.append(peak(lambda table=table: table.to_csv(tmp_path / "a.csv")))
    assert sizes[1] < sizes[0] + 500_000
    before = (tmp_path / "a.csv").read_bytes()

    def full(self: ColumnTable) -> Iterator[str]:
        yield "i,x\n"
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(ColumnTable, "csv_texts", full)
    with pytest.raises(FileError, match="the disk is full"):
        table.to_csv(tmp_path / "a.csv")
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [before]


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


def test_writing_into_a_column_leaves_the_table_as_it_is() -> None:
    """Whether the table is whole or some rows of another, and in its other columns too."""
    table = ColumnTable({"T": np.array([10, 20, 30]), "G": np.array([0.5, 0.25, 0.125])})
    for rows in (table, table.where(T=20), table.take(slice(None)), table.drop("T")):
        before = rows["G"].tolist()
        rows["G"][:] = -1
        assert rows["G"].tolist() == before
        assert rows.take([0])["G"].tolist() == before[:1]
    with pytest.raises(ValueError, match="read-only"):
        table.take([0]).arrays["G"][0] = -1  # type: ignore[attr-defined]
