"""Results of a study: dimensions, selection, tables, printing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from small_studies import TARGET, small

from auxtheory import theorems
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.problems import Quadratic
from auxtheory.study import Results, Study


def test_dimensions_labels_and_units(results: Results) -> None:
    """Axes of several values are dimensions in the order given, the others labels; units are those
    of the glossary."""
    found = results.dataset
    assert dict(found.sizes) == {"theorem": 3, "delta": 3, "K": 2, "T": 3}
    assert found["theorem"].values.tolist() == ["AuxMOM", "SGD", "Naive"]
    assert found["label"].values.tolist() == ["S3", "S0", "S2"] and found["B"].item() == np.inf
    assert found["delta"].attrs["units"] == str(GLOSSARY["delta"].unit)
    assert found["measured"].attrs["units"] == "F^2·X^-2"
    assert {"auxtheory", "numpy", "python", "processor", "code", "created"} <= set(
        results.provenance
    )
    assert (
        results.theorems[0]["statement"].startswith("AuxMOM, m ←")
        and results.theorems[2]["assumptions"]
    )


def test_selection_is_that_of_xarray(results: Results) -> None:
    """sel by label, isel by position; what comes out is still a table of rows."""
    part = results.sel(theorem="AuxMOM", K=5).isel(T=-1)
    assert (
        part["delta"].tolist() == [0.01, 0.1, 1.0]
        and set(part["T"]) == {40}
        and set(part["theorem"]) == {"AuxMOM"}
    )
    assert (
        part["measured"].tolist() == results.where(theorem="AuxMOM", K=5, T=40)["measured"].tolist()
    )
    assert len(results.sel(delta=0.0102, method="nearest")) == (2 + 1 + 2) * 3
    assert set(results.sel(K=5).where(theorem="SGD")["K"]) == {1}, (
        "SGD has no local steps, whatever K is"
    )
    assert np.array_equal(
        results.sel(K=2, theorem="SGD")["measured"], results.sel(K=5, theorem="SGD")["measured"]
    )
    assert results.sel(theorem=["SGD"]).theorems[0]["name"] == "SGD"
    assert len(results.isel(theorem=0, delta=0, K=0, T=0)) == 1


def test_a_frame_has_a_row_a_cell(results: Results) -> None:
    frame = results.to_pandas()
    assert len(frame) == len(results) == 18 + 9 + 18
    assert frame["cell"].is_unique and sorted(frame["cell"]) == list(range(45))
    outside = frame[frame["status"] == "outside"]
    assert set(outside["theorem"]) == {"Naive"} and outside["measured"].isna().all()
    assert (outside["known_beta"] >= 1).all()
    xr.testing.assert_identical(results.to_xarray(), results.dataset)


def test_results_are_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = small().run("x.study")
    monkeypatch.chdir("/")
    assert found.counts == small().run().counts


def test_nothing_selected_is_an_empty_table(results: Results) -> None:
    none = results.sel(theorem=[])
    assert len(none) == 0 and len(none.to_pandas()) == 0 and str(none) and none.counts == {}


def test_nearest_values_beside_a_theorem(results: Results) -> None:
    """Names have no nearest one, so they are selected exactly."""
    assert set(results.sel(theorem="AuxMOM", delta=0.09, method="nearest")["delta"]) == {0.1}


def test_cells_that_fail_alike_are_told_together() -> None:
    def bound(c: Any, s: Any) -> float:
        raise ZeroDivisionError("by zero")

    claim = theorems.claim(bound, like=theorems.SGD(), check_units=False, name="Mine")
    found = Study([claim], TARGET, sigma_f=np.linspace(0.1, 1, 12), eta=0.1, K=1, T=5).run()
    assert found.totals.failures == [
        "12 cells failed: bound(c, s) raised ZeroDivisionError: by zero"
    ]
    many = Study(
        [theorems.SGD()], Quadratic(L=1.0, mu=0.1, dim=3), mu=np.linspace(2, 3, 12), K=1, T=5
    ).run()
    assert (
        len(many.totals.failures) == 11 and many.totals.failures[-1] == "… and for 2 more reasons"
    )


def test_it_prints_short(results: Results) -> None:
    """A line of summary, then rows of both ends."""
    lines = str(results).splitlines()
    assert " ".join(map(str.strip, lines[:2])).startswith(
        "Small: 45 cells over theorem (3), delta (3), K (2), T (3): 39 pass, 6 outside; largest"
    )
    assert max(map(len, lines)) <= 80 and len(lines) < 45
    assert sum("more rows" in line for line in lines) == 1
    assert "xarray" in results._repr_html_()
