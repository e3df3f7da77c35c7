"""The figure of other measures of similarity: what its numbers say, and what it draws."""

from __future__ import annotations

import numpy as np
import pytest

import auxtheory as at
from auxtheory import analysis


@pytest.fixture(scope="module")
def table() -> at.Table:
    return analysis.similarity_table()


def test_each_measure_has_a_smaller_bound_than_delta(table: at.Table) -> None:
    """Otherwise the figure shows a measure that is not better on its pair."""
    assert set(table["status"].tolist()) == {"pass"}
    assert np.all(table["measured"] <= table["bound"] * (1 + 1e-9))
    last = {}
    for panel in dict.fromkeys(table["panel"].tolist()):
        one, other = (table.where(panel=panel, similarity=name) for name in ("δ", "other"))
        assert one["T"].tolist() == other["T"].tolist()
        last[panel] = one["bound"][-1] / other["bound"][-1]
        assert one["measured"][-1] > other["measured"][-1]
    assert list(last.values()) == [
        pytest.approx(2.58, rel=0.01),
        pytest.approx(49.4, rel=0.01),
        pytest.approx(2.6e11, rel=0.01),
        pytest.approx(41.8, rel=0.01),
    ]


def test_a_panel_has_two_bounds_and_two_sets_of_points(table: at.Table) -> None:
    figure = analysis.similarity(table, width=3.4)
    assert [len(axes.lines) for axes in figure.axes] == [4] * 4
    with pytest.raises(at.InputError, match="bound"):
        analysis.similarity(table.drop(["bound"]))
