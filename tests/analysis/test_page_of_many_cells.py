"""The page of a study with more cells than it lists: what it lists, and what it says of all."""

from __future__ import annotations

import html
import json
import re
import tracemalloc
import zlib
from base64 import b64decode
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import LOOK, chromium, driven
from page_cases import HOSTILE, NAN, Standin, every_status, results, said, small
from page_structure import Page

from auxtheory.analysis import coding, page
from auxtheory.analysis.page import base, cards, cells, spread, summary
from auxtheory.analysis.page.packed import BITS, INFINITE, NONE, SMALLEST, STEP, ZERO, packed
from auxtheory.column_table import ColumnTable
from auxtheory.table import JUDGED
from auxtheory.theorems import SGD, AuxMOM, AuxMVR


def with_texts() -> Standin:
    """Every status, and axes with ∞ and of texts."""
    made = results(
        [AuxMOM(), SGD()], delta=[0.0, 0.1, 0.2], B=[1.0, np.inf], engine=["numpy", "exact"]
    )
    changes: list[dict[str, Any]] = [
        {"status": "violated", "ratio": np.inf},
        {"status": "violated", "ratio": 1.5},
        {"status": "undecided", "ratio": 1.0},
        {"status": "failed", "ratio": NAN, "error": "no"},
        {"status": "missing", "ratio": NAN},
        {"status": "outside", "ratio": 7.0},
        {"status": "pass", "ratio": 0.0},
    ]
    rows = [dict(row) for row in made]
    return replace(
        made, rows=tuple(a | b for a, b in zip(rows, [*changes, *[{}] * 17], strict=True))
    )


@pytest.mark.parametrize("made", [every_status, with_texts])
def test_what_is_said_of_each_axis_agrees_with_a_loop_over_the_cells(made: Any) -> None:
    study = made()
    view = base.View(study)
    for theorem in ("AuxMOM", "SGD"):
        for found in spread.spreads_of(view, theorem):
            axis = view.axes[found.axis]
            for i, value in enumerate(axis.values):
                here = [
                    row for row in study if row["theorem"] == theorem and row[found.axis] == value
                ]
                counts = Counter(row["status"] for row in here)
                assert {n: c[i] for n, c in found.counts.items() if c[i]} == counts
                ratios = [
                    row["ratio"] for row in here if row["status"] in JUDGED and row["ratio"] >= 0
                ]
                expected = np.quantile(ratios, [0.05, 0.5, 0.95, 1.0], method="inverted_cdf")
                assert [*found.quantiles[:, i], found.largest[i]] == expected.tolist()
                assert found.labels[i] == axis.text(i)


def test_long_axes_are_listed_by_ranges_that_hold_every_cell() -> None:
    long = results([AuxMOM()], delta=np.geomspace(1e-3, 1, 2 * spread.MAX_VALUES + 1), T=[10, 20])
    view = base.View(long)
    found = {one.axis: one for one in spread.spreads_of(view, "AuxMOM")}["delta"]
    assert len(found.labels) == 27 and found.labels[0] == "0.001 … 0.001189"
    assert sum(found.counts["pass"]) == len(long) and set(found.counts) == {"pass"}
    assert found.log and found.labels[-1].endswith(" … 1")


def test_no_figure_over_axes_without_a_number() -> None:
    """Nor of a study without axes, or without cells of the theorem."""
    failed = replace(small(), rows=tuple({**row, "status": "failed"} for row in small()))
    spreads = spread.spreads_of(base.View(failed), "AuxMOM")
    assert spreads and spread.drawing_of(spreads, "AuxMOM", 108) is None
    one = base.View(results([AuxMOM()], delta=[0.1]))
    assert spread.spreads_of(one, "AuxMOM") == [] and spread.spreads_of(one, "other") == []
    assert spread.drawing_of([], "AuxMOM", 0) is None


def unpacked(text: str) -> dict[int, tuple[str, str, dict[str, str], int]]:
    """For each cell its theorem, status, axes as texts, and level, as the page's script finds
    them."""
    parts = json.loads(text)
    planes = np.frombuffer(zlib.decompress(b64decode(parts["data"])), dtype=np.uint8).astype(int)
    low, high = np.split(planes, 2)
    words = (np.cumsum(low + 256 * high) % 2**16).tolist()
    found = {}
    for grid in parts["grids"]:
        for place in np.ndindex(*grid["axes"].values()):
            word = words.pop(0)
            number = grid["first"] + int(np.dot(place, grid["strides"]))
            axes = {n: parts["axes"][n][i] for n, i in zip(grid["axes"], place, strict=True)}
            status = parts["statuses"][word >> BITS]
            found[number] = grid["theorem"], status, axes, word % 2**BITS
    assert not words
    return found


@pytest.mark.parametrize("made", [every_status, with_texts])
def test_every_cell_can_be_looked_up(made: Any) -> None:
    """Its place, its status, and measured/bound to 1 % if it was judged."""
    study = made()
    view = base.View(study)
    found = unpacked(packed(view))
    assert len(found) == len(study)
    for row in study:
        theorem, status, axes, level = found[row["cell"]]
        assert (theorem, status) == (row["theorem"], row["status"])
        assert axes == {name: base.text(row[name], axis.digits) for name, axis in view.axes.items()}
        ratio = row["ratio"]
        if row["status"] not in JUDGED or ratio != ratio:
            assert level == NONE
        elif not 0 < ratio < np.inf:
            assert level == (INFINITE if ratio else SMALLEST)
        else:
            assert abs(np.log(ratio) - (level - ZERO) * STEP) <= STEP / 2 * (1 + 1e-9)


def test_cells_that_are_no_grid_are_not_looked_up() -> None:
    """A row is missing, twice there, or has another number; or an axis has too many values."""
    rows = small().rows
    other = {**rows[3], "cell": 999}
    for wrong in (rows[1:], (*rows, rows[0]), (*rows[:3], other, *rows[4:])):
        assert packed(base.View(replace(small(), rows=tuple(wrong)))) == ""
    assert packed(base.View(small()))
    assert packed(base.View(Standin(()))) == ""


def test_a_theorem_that_ignores_an_axis_is_looked_up_without_it() -> None:
    rows = [{**row, "K": NAN} for row in results([SGD()], delta=[0.1, 0.2], T=[5, 6])]
    first = results([AuxMOM()], delta=[0.1, 0.2], T=[5, 6], K=[1, 2]).rows
    both = [*first, *({**row, "cell": 8 + i} for i, row in enumerate(rows))]
    found = unpacked(packed(base.View(Standin(tuple(both)))))
    assert found[9][2] == {"delta": "0.1", "T": "6"} and found[7][2]["K"] == "2"


def test_each_theorem_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is wrong first, and as many of the others of each theorem, the tightest."""
    rows = [{**row, "ratio": row["ratio"] / (1 + i)} for i, row in enumerate(every_status())]
    view = base.View(replace(every_status(), rows=tuple(rows)))
    whole = cells.listed(view).tolist()
    assert len(whole) == 216
    monkeypatch.setattr(cells, "MAX_ROWS", 10)
    listed = cells.listed(view).tolist()
    assert listed[:4] == whole[:4] == [0, 1, 4, 2]
    tightest = {
        row["cell"]
        for theorem in ("AuxMOM", "SGD")
        for row in sorted(
            (row for row in rows if row["theorem"] == theorem and row["status"] == "pass"),
            key=lambda row: -row["ratio"],
        )[:3]
    }
    assert set(listed[4:]) == tightest
    assert listed[4:] == [cell for cell in whole if cell in tightest]
    monkeypatch.setattr(cells, "MAX_ROWS", 2)
    assert cells.listed(view).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("most", "words"),
    [
        (3, "Only the first 3 of 216 cells are listed: of the 4 that are violated"),
        (9, "Only the first 9 of 216 cells are listed: all 4 that are violated"),
    ],
)
def test_the_page_says_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch, most: int, words: str
) -> None:
    """Whatever the names are, the page is sound."""
    monkeypatch.setattr(cells, "MAX_ROWS", most)
    rows = tuple({**r, "theorem": HOSTILE} for r in every_status() if r["theorem"] == "AuxMOM")
    study = every_status()
    if most == 9:
        rows = study.rows
    else:
        rows = tuple({**r, "cell": i} for i, r in enumerate((*rows, *rows)))
        rows = tuple({**r, "seed": i // 108} for i, r in enumerate(rows))
        words = words.replace("of the 4", "of the 8")
        study = replace(study, theorems=[said(AuxMOM()) | {"name": HOSTILE}])
    text = page.build(replace(study, rows=rows), name="my.study")
    found = Page(text)
    assert not found.wrong and words in found.text and len(found.all("script")) == 1
    assert "auxtheory study export my.study rows.csv" in text
    assert "the line is the median of measured/bound" in found.text
    (data,) = re.findall(r'<template id="packed">(.*?)</template>', text, re.DOTALL)
    assert len(unpacked(html.unescape(data))) == 216


def arrays_of(count: int) -> Any:
    """A study of three theorems as columns, `count` values of δ each."""
    made = results([AuxMOM(), AuxMVR(), SGD()], delta=range(count), T=[10, 100], K=[1, 2, 3])
    columns = {name: made[name] for name in made.columns}

    class Many(ColumnTable):
        theorems = made.theorems

    return Many(columns)


def test_bytes_grow_as_the_cells() -> None:
    """At ten times the cells the memory is at most ten times as much, and what is looked up, which
    the page holds, at most ten times as long."""
    peaks, lengths = [], []
    for count in (100, 1000):
        study = arrays_of(count)
        tracemalloc.start()
        view = base.View(study)
        summary.tightness(view, view.all)
        found = cells.cells(view)
        assert len(found.rows) == min(18 * count, cells.MAX_ROWS)
        lengths.append(len(packed(view)))
        for theorem in ("AuxMOM", "AuxMVR", "SGD"):
            spread.spreads_of(view, theorem)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 10 * peaks[0] and 1000 < lengths[1] < 10 * lengths[0]


def test_remembered_codes_are_those_of_the_rows() -> None:
    """Of a table, of rows of it, and of rows of these."""
    columns = {
        "n": np.array([2.0, NAN, 1.0, 2.0, 3.0, 1.0]),
        "word": np.array(["b", "a", "", "a", "c", "b"], dtype=object),
        "same": np.full(6, 7),
    }
    table = coding.Remembering(columns)
    coding.coded(table, "n")
    mask = np.array([False, True, True, True, True, True])
    first, slow = table.take(mask), ColumnTable(columns).take(mask)
    assert table.take(slice(None)) is table and table.take(np.full(6, True)) is table
    assert table.take(slice(0, 6, 2))["n"].tolist() == [2.0, 1.0, 3.0]
    pairs = [(table, ColumnTable(columns)), (first, slow)]
    pairs += [(first.take([4, 0, 1]), slow.take([4, 0, 1])), (first.take([]), slow.take([]))]
    for found, expected in pairs:
        for name in (*columns, "none"):
            codes, values = coding.coded(found, name)
            again, same = coding.coded(expected, name)
            assert codes.tolist() == again.tolist() and values == same, name
            assert coding.coded(found, name)[0] is codes


def growing(most: int) -> Standin:
    """Of the cells with T = n, n have a measured/bound, the first two 0.1 and 0.9."""
    ratios = [0.1, 0.9, *np.random.default_rng(3).lognormal(size=most - 2).tolist()]
    made = results([AuxMOM()], delta=range(most), T=range(1, most + 1))
    judged = [
        {"ratio": ratios[row["delta"]]}
        if row["delta"] < row["T"]
        else {"ratio": NAN, "status": "failed"}
        for row in made
    ]
    return replace(made, rows=tuple(a | b for a, b in zip(made.rows, judged, strict=True)))


def test_medians_of_the_page_are_those_of_the_results() -> None:
    """Of two cells the smaller one, in the head, over an axis, and by the largest term."""
    rows = growing(2).rows
    view = base.View(replace(growing(2), rows=tuple(row for row in rows if row["T"] == 2)))
    assert summary.tightness(view, view.all).median == "0.1"
    assert cards._terms(view, view.all)[0].median == "0.1"
    (over,) = spread.spreads_of(base.View(growing(2)), "AuxMOM")[1:]
    assert over.rows[1][2] == ["0.1", "0.1", "0.9", "0.9"]


@chromium
def test_quantiles_of_the_script_are_those_of_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of 1 to 21 cells, up to the rounding of each measured/bound to 1 %."""
    monkeypatch.setattr(cells, "MAX_ROWS", 5)
    study = growing(21)
    script = (
        LOOK
        + """
    setTimeout(() => {
      id("over").value = "T"; id("over").dispatchEvent(new Event("change", {bubbles: true}));
      seen([...id("whole").querySelectorAll("tbody tr")].map((row) => [...row.cells].map((c) => c.textContent).slice(-4)));
    }, 500);
    """
    )
    shown = np.array(driven(page.build(study, name="my.study"), script, tmp_path), dtype=float)
    over = {one.axis: one for one in spread.spreads_of(base.View(study), "AuxMOM")}["T"]
    table = np.vstack([over.quantiles, over.largest]).T
    assert shown == pytest.approx(table, rel=0.011)
    levels = np.exp(np.rint(np.log(table) / STEP) * STEP)
    assert shown.tolist() == [[float(f"{value:.3g}") for value in line] for line in levels]


@chromium
def test_a_cell_that_is_not_listed_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the counts of all cells, over an axis too; a typed number becomes the nearest value."""
    monkeypatch.setattr(cells, "MAX_ROWS", 5)
    monkeypatch.setattr(cells, "MAX_CHOICES", 8)
    rows = [dict(row) for row in every_status()]
    rows[1]["ratio"] = 1.043
    study = replace(every_status(), rows=tuple(rows))
    text = page.build(study, name="my.study")
    script = (
        LOOK
        + """
    setTimeout(() => {
      const said = () => id("whole").firstElementChild.textContent, out = {all: said(), shown: rows().length};
      const table = () => [...id("whole").querySelectorAll("tr")].map((row) => [...row.cells].map((c) => c.textContent));
      choose("theorem", "SGD"); out.theorem = said(); out.count = id("count").textContent;
      id("over").value = "K"; id("over").dispatchEvent(new Event("change", {bubbles: true})); out.table = table();
      choose("delta", "0.0011"); choose("sigma_f", "0.1"); choose("K", "10"); choose("T", "100");
      out.one = said(); out.delta = id("filter-delta").value; out.command = id("command").textContent;
      out.hash = location.hash;
      choose("theorem", "AuxMOM"); choose("delta", "0.001"); choose("T", "1000"); choose("K", "1"); out.above = said();
      choose("theorem", ""); choose("sigma_f", ""); choose("K", "10"); choose("status", "missing"); out.none = said();
      seen(out);
    }, 500);
    """
    )
    out = driven(text, script, tmp_path)
    assert out["shown"] == 5 and out["count"] == "0 of 5 listed cells."
    assert out["all"].startswith("Of all cells, 216 match: 2 violated, 1 failed, 1 undecided, 209 ")
    assert out["theorem"].startswith("Of all cells, 108 match: 108 pass; measured/bound: median 0.")
    assert [row[:2] for row in out["table"]] == [["K", "pass"], ["1", "54"], ["10", "54"]]
    (row,) = (
        row
        for row in study
        if (row["theorem"], row["K"], row["T"], row["sigma_f"]) == ("SGD", 10, 100, 0.1)
        and row["delta"] == 1e-3
    )
    assert out["delta"] == "0.001" and out["hash"].endswith("&over=K")
    number, status, ratio = re.fullmatch(
        r"Cell (\d+): (\w+), measured/bound (\S+), to 1 %\.", out["one"]
    ).groups()
    assert (int(number), status) == (row["cell"], "pass") and out["command"].endswith(number)
    assert float(ratio) == pytest.approx(row["ratio"], rel=0.011)
    assert out["above"] == "Cell 1: violated, measured/bound 1.04, to 1 %."
    assert out["none"] == "No cell of the study matches."
