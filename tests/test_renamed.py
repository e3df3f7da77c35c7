"""Old names are read for one release, with a warning that says what to write."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tables import ROW, joined, law

import auxtheory as at
from auxtheory.analysis.figures.phase_diagram import phases
from auxtheory.bench import QUICK
from auxtheory.methods import Cost
from auxtheory.study.storage.records import CELL, FORMER_CELL, Words, blank, decode, encode
from auxtheory.table import Table

AuxMVR = at.methods.AuxMVR
ROOT = Path(__file__).resolve().parent.parent
OLD = {"dear": "calls_r", "cheap": "calls_h"}


def test_the_warning_of_a_column_points_at_the_line_that_names_it() -> None:
    table = Table(({"calls_r": 1.0},))
    for call in (lambda: table["dear"], lambda: table.where(dear=1.0), lambda: table.drop("dear")):
        with pytest.warns(DeprecationWarning, match="'calls_r'") as seen:
            call()
        assert seen[0].filename == __file__


def test_rows_can_be_asked_for_the_old_names() -> None:
    """Otherwise a loop over a table that read `row["dear"]` ends in a KeyError."""
    target = at.Quadratic(L=1.0, dim=1)
    results = at.Study([at.theorems.ExactCorrection()], target, K=1, T=[2, 3]).run()
    for rows in (results, results.rows, Table(({"calls_r": 2, "calls_h": 2},))):
        for row in rows:
            with pytest.warns(DeprecationWarning, match="'dear' is now 'calls_r'") as seen:
                assert row["dear"] == row["calls_r"]
            assert seen[0].filename == __file__
            with pytest.raises(KeyError, match="nothing"):
                _ = row["nothing"]
            assert "dear" not in row and "dear" not in dict(row)


@pytest.mark.parametrize(("old", "new"), OLD.items())
def test_old_names_of_a_cost(old: str, new: str) -> None:
    cost = Cost(3.0, 10.0)
    with pytest.warns(DeprecationWarning, match=f"Cost.{old} is now Cost.{new}"):
        assert getattr(cost, old) == getattr(cost, new)
    with pytest.warns(DeprecationWarning, match=f"{old}=… is now|{old}=…\\) is now {new}="):
        assert getattr(replace(cost, **{old: 7.0}), new) == 7.0


def test_old_names_of_the_sizes_of_a_benchmark() -> None:
    for old, new in (("least", "min_seconds"), ("most", "max_seconds")):
        with pytest.warns(DeprecationWarning, match=rf"Sizes\.{old} is now Sizes\.{new}"):
            assert getattr(QUICK, old) == getattr(QUICK, new)
        with pytest.warns(DeprecationWarning, match=new):
            assert getattr(replace(QUICK, **{old: 7.0}), new) == 7.0


def test_the_old_name_of_what_a_search_covered() -> None:
    tightest = at.testing.falsify(at.theorems.SGD(), examples=50)
    with pytest.warns(DeprecationWarning, match=r"Tightest\.searched is now Tightest\.coverage"):
        assert tightest.searched is tightest.coverage


@pytest.mark.parametrize(("old", "new"), OLD.items())
def test_old_names_of_columns(old: str, new: str) -> None:
    table = Table((ROW, ROW | {new: 7.0}))
    with pytest.warns(DeprecationWarning, match=new):
        assert np.array_equal(table[old], table[new])
    with pytest.warns(DeprecationWarning, match=new):
        assert len(table.where(**{old: 7.0})) == 1
    with pytest.warns(DeprecationWarning, match=new):
        assert new not in table.drop([old]).columns
    kept = Table(({old: 1.0},))
    assert kept[old] == [1.0], "a table of one's own may have a column of this name"


def level(value: float, delta: float) -> float:
    """The same for every δ."""
    return value


def test_a_table_with_old_columns_is_drawn() -> None:
    """Otherwise a table kept as CSV can no longer be compared by price."""
    parts = [
        law(
            "delta",
            [0.01, 0.1],
            partial(level, s / T),
            partial(level, 9.0),
            sigma_f=s,
            T=T,
            calls_r=T * 1.0,
        )
        for T in (10, 100)
        for s in (1.0, 2.0)
    ]
    table = joined(*parts)
    former = {new: old for old, new in OLD.items()}
    old = Table(tuple({former.get(k, k): v for k, v in row.items()} for row in table))
    with pytest.warns(DeprecationWarning, match="is now 'calls_"):
        assert phases(old).csv_text() == phases(table).csv_text()


def test_records_of_an_earlier_layout_are_read() -> None:
    records = blank(3)
    records["calls_r"] = [1.0, 2.0, 3.0]
    former = records.view(FORMER_CELL)
    assert "dear" in (former.dtype.names or ())
    read, _ = decode(encode(former, Words()))
    assert read.dtype == CELL and read.tobytes() == records.tobytes()


def test_a_study_of_an_earlier_layout_opens() -> None:
    results = at.Results.open(Path(__file__).parent / "data" / "before.study")
    assert np.all(results["calls_r"] > 0)
    with pytest.warns(DeprecationWarning, match="calls_h"):
        assert np.array_equal(results["cheap"], results["calls_h"])


def test_a_function_that_an_old_module_hides_can_be_called() -> None:
    """Otherwise importing `auxtheory.analysis.toy` breaks `auxtheory.analysis.toy(...)` everywhere."""
    code = (
        "from auxtheory.analysis.toy import toy_table\n"
        "import auxtheory.analysis\n"
        "print(type(auxtheory.analysis.toy(toy_table(T=2))).__name__)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "Figure\n"


def test_old_names_of_studies_are_read_for_one_release() -> None:
    """Otherwise scripts that read totals, rerun cells or read study files break without a word."""
    import auxtheory.study.toml as toml
    from auxtheory.study.rerun import CellRun

    target = at.Quadratic(L=1.0, dim=1)
    study = at.Study([at.theorems.ExactCorrection()], target, K=1, T=2)
    with pytest.warns(DeprecationWarning, match=r"Study\.compiled"):
        assert study.compiled is False
    results = study.run()
    with pytest.warns(DeprecationWarning, match=r"Results\.totals"):
        assert results.tally == results.totals
    with pytest.warns(DeprecationWarning, match="StudyFile"):
        assert toml.Given is toml.StudyFile
    verdict = at.validate(at.theorems.ExactCorrection(), target, K=1, T=2)
    cell = CellRun(verdict=verdict, status="pass", stored=1.0, changed={}, identical=True)
    with pytest.warns(DeprecationWarning, match="stored"):
        assert cell.kept == 1.0
    with pytest.warns(DeprecationWarning, match="identical"):
        assert cell.same
    with pytest.warns(DeprecationWarning, match="local"):
        assert at.along(target.with_helper(delta=0.0), [[1.0]])["met"][0] == pytest.approx(1.0)
