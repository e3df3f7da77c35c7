"""Figures of very many cells have few artists, short tables, and a cost that grows with the
cells."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from many_cells import cells_of
from tables import ROW, joined, law, steps

from auxtheory import analysis
from auxtheory.analysis import selection
from auxtheory.analysis.coding import coded, quantiles
from auxtheory.analysis.figures.phase_diagram import phases
from auxtheory.column_table import ColumnTable
from auxtheory.errors import Checks
from auxtheory.table import Table

FIGURES = sorted(analysis.FIGURES)
SOME = ("comparison", "measured-vs-predicted", "phase-diagram", "rate-vs-delta", "stability")


def points_in(figure: Any) -> int:
    """The points of all lines, collections and patches."""
    count = 0
    for axes in figure.axes:
        count += sum(len(line.get_xdata()) for line in axes.get_lines()) + len(axes.patches)
        for each in axes.collections:
            count += max(len(each.get_paths()), len(each.get_offsets()))
            count += sum(len(path.vertices) for path in each.get_paths()[:3])
    return count


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_has_a_mark_for_each_of_100_000_cells(name: str) -> None:
    """Nor a row of its numbers; the caption says how many cells there are."""
    table = cells_of(name, 100_000)
    figure = analysis.FIGURES[name](table)
    assert points_in(figure) < (60_000 if name in ("stability", "phase-diagram") else 9_000)
    numbers = analysis.numbers(name, table)
    assert all(len(each) < 40_000 for each in numbers.values())
    assert "rows" not in vars(table)


@pytest.mark.parametrize("name", SOME)
def test_memory_of_figures_grows_with_the_cells(name: str) -> None:
    """Five times as many cells take at most six times the memory."""
    peaks = []
    analysis.FIGURES[name](cells_of(name, 3_000))
    for size in (40_000, 200_000):
        table = cells_of(name, size)
        tracemalloc.start()
        analysis.FIGURES[name](table)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 6 * peaks[0]
    assert peaks[1] < 2000 * 200_000


def columns_of(table: Table) -> ColumnTable:
    """The same table with arrays."""
    return ColumnTable({name: table[name] for name in table.columns})


TABLES = {
    "law": law("delta", [0.1, 0.2, 0.3], lambda x: x, lambda x: 2 * x, K=4),
    "two": joined(
        law("T", [10, 20], lambda x: x, lambda x: 2 * x, theorem="SGD", method="SGD"),
        law("T", [10, 20], lambda x: x, lambda x: 2 * x, K=4, engine="numpy"),
        law("T", [10, 30], lambda x: x, lambda x: x / 2, K=8, status="violated"),
    ),
    "steps": steps(),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_rows_and_of_columns_are_selected_alike(name: str) -> None:
    """And as by a loop over the rows."""
    rows = TABLES[name]
    columns = columns_of(rows)
    single = {row["theorem"] for row in rows}
    single -= {row["theorem"] for row in rows if row.get("K", 1) != 1}
    for table in (rows, columns):
        assert selection.single_steps(table) == single
        for axis in selection.AXES:
            slow = {
                row[axis]
                for row in rows
                if row.get(axis) is not None
                and not (axis == "K" and row["theorem"] in single)
                and not (axis in ("eta", "a") and row["mode"] == "tuned")
            }
            assert selection.values(table, axis) == sorted(slow)
        drawable = selection.with_numbers(Checks(), table)
        judged = [r for r in rows if r["status"] != "outside" and r["measured"] < np.inf]
        assert drawable["measured"].tolist() == [row["measured"] for row in judged]
        four = analysis.pick(table, {"engine": "exact"})
        assert len(four) == sum(row["engine"] == "exact" for row in rows)
    assert selection.engines(rows) == selection.engines(columns)
    assert selection.caption(rows, ()) == selection.caption(columns, ())
    assert selection.measure_label(rows) == selection.measure_label(columns)


def test_rows_without_a_value_have_no_code() -> None:
    """Rows may lack a column, or hold None or NaN there."""
    table = Table(({"T": 1}, {"T": "one"}, {"T": None}, {"T": float("nan")}, {"K": 2}, {"T": 1}))
    codes, values = coded(table, "T")
    assert (codes.tolist(), values) == ([0, 1, -1, -1, -1, 0], [1, "one"])
    assert coded(table, "eta")[0].tolist() == [-1] * 6
    assert coded(columns_of(Table(table.rows[:1])), "T")[1] == [1]


def test_single_steps_are_picked_for_every_K() -> None:
    """Other theorems for the wanted one alone, numbers to six digits."""
    for table in (TABLES["two"], columns_of(TABLES["two"])):
        picked = analysis.pick(table, {"K": 4.000001})
        assert sorted(set(picked["theorem"].tolist())) == ["AuxMOM", "SGD"]
        assert len(picked) == 4


@pytest.mark.parametrize("method", ["linear", "inverted_cdf"])
def test_quantiles_of_groups_are_those_of_numpy(method: Any) -> None:
    """Groups of one, of two, of many, and one with NaN."""
    rng = np.random.default_rng(1)
    groups = np.repeat([3, 1, 2, 5], [1, 2, 40, 3])
    values = rng.normal(size=len(groups))
    values[-1] = np.nan
    found = quantiles(values, groups, (0.0, 0.05, 0.5, 0.95, 1.0), method=method)
    for i, group in enumerate((1, 2, 3, 5)):
        slow = np.quantile(values[groups == group], (0.0, 0.05, 0.5, 0.95, 1.0), method=method)
        assert found[:, i] == pytest.approx(slow, nan_ok=True)


def test_the_best_methods_are_those_of_a_loop_over_the_cells() -> None:
    """At random measured values, prices and K: as interpolated cell by cell."""
    rng = np.random.default_rng(2)
    rows = [
        ROW
        | {"theorem": name, "method": name, "delta": delta, "sigma_f": sigma, "K": K, "T": T}
        | {"calls_r": float(T * scale), "calls_h": 0.0, "measured": float(rng.uniform(0.1, 1))}
        for name, scale in (("AuxMOM", 1), ("SGD", 2))
        for delta in (0.1, 0.2)
        for sigma in (0.5, 1.0)
        for K in (2, 4)
        for T in (10, 30, 100)
    ]
    for cell in phases(Table(tuple(rows)), price=50.0):
        best: dict[str, float] = {}
        for name in ("AuxMOM", "SGD"):
            for K in (2, 4):
                runs = sorted(
                    (row["calls_r"], row["measured"])
                    for row in rows
                    if (row["theorem"], row["K"]) == (name, K)
                    and (row["delta"], row["sigma_f"]) == (cell["delta"], cell["sigma_f"])
                )
                spent, measured = np.log(np.array(runs).T)
                value = float(np.exp(np.interp(np.log(50.0), spent, measured)))
                best[name] = min(value, best.get(name, np.inf))
        assert cell["theorem"] == min(best, key=lambda name: best[name])
        for name, value in best.items():
            assert cell[f"measured {name}"] == value
