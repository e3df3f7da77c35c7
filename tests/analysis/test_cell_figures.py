"""Figures of single cells: tightness, stability, measured against predicted."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from figure_parts import TABLES, X, points, root
from tables import ROW, joined, law, steps

from auxtheory.analysis import (
    measured_vs_predicted,
    numbers,
    stability,
    tightness,
)
from auxtheory.errors import InputError
from auxtheory.table import Table


def test_tightness_counts_every_cell_and_marks_the_largest() -> None:
    """A panel a theorem; a mark at the largest ratio, which may be a violation."""
    bad = law(
        "T",
        [1, 2],
        lambda T: 1.5 / T,
        lambda T: 1.0,
        theorem="SGD",
        method="SGD",
        status="violated",
    )
    figure = tightness(joined(law("T", X, lambda T: T / 2, lambda T: 1.0), bad))
    assert [sum(patch.get_height() for patch in axes.patches) for axes in figure.axes] == [7, 2]
    marks = [
        [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() in "os"]
        for axes in figure.axes
    ]
    assert marks == [[0.5], [1.5]]
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["0.5", "1.5, violated"]


@pytest.mark.parametrize("largest", [0.3, 0.617, 0.7, 0.811, 0.9, 0.988, 1.0, 1.05, 2.0])
def test_no_line_crosses_the_number_at_the_mark_of_tightness(largest: float) -> None:
    """Neither that at 1 nor the axis."""
    figure = tightness(law("T", [0.1, largest], lambda T: T, lambda T: 1.0))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    box = axes.texts[0].get_window_extent()
    left = axes.get_window_extent().x0
    line = axes.transData.transform((1.0, 0.0))[0]
    assert left < box.x0 and not box.x0 <= line <= box.x1


def test_ratios_too_small_to_show_are_counted() -> None:
    """At the left end, and said."""
    (axes,) = tightness(law("T", [1e-9, 0.5], lambda T: T, lambda T: 1.0)).axes
    assert axes.patches[0].get_height() == 1 and "1 below" in axes.get_ylabel()


def test_stability_hatches_what_diverged_and_outlines_the_range() -> None:
    """The column of the largest η; a line round the cells of the first two."""
    figure = stability(joined(steps(), steps("AuxMVR")))
    axes = figure.axes[0]
    assert axes.get_title() == "AuxMOM" and figure.axes[1].get_title() == "AuxMVR"
    assert len(axes.patches) == 3 and all(patch.get_hatch() for patch in axes.patches)
    assert min(patch.get_x() for patch in axes.patches) == pytest.approx(10**0.5)
    drawn = axes.collections[0].get_array()
    assert np.ma.getmaskarray(drawn).sum() == 3 and drawn[0, 1] == pytest.approx(0.11)
    sides = axes.collections[1].get_segments()
    assert len(sides) == 2 * (2 + 3) and max(side[:, 0].max() for side in sides) == pytest.approx(
        10**-0.5
    )


def test_stability_wants_steps_as_axes() -> None:
    """Tuned steps are no axes; other axes must be selected."""
    with pytest.raises(InputError) as caught:
        stability(joined(law("delta", [0.1, 0.2], root, root)))
    for text in (
        "eta = []: must have several",
        "a = []: must have several",
        "delta = [0.1, 0.2]: must be one value",
    ):
        assert text in str(caught.value)


def test_measured_against_predicted() -> None:
    """Every cell at (bound, measured), the three lines, and what is too small left out and
    counted."""
    tiny = law("delta", [1.0], lambda d: 1e-20, lambda d: 1e-19)
    figure = measured_vs_predicted(joined(TABLES["measured-vs-predicted"], tiny))
    x, y = points(figure)[0]
    lines = figure.axes[0].get_lines()[1:]
    assert list(x) == [0.2] * 7 and list(y) == pytest.approx([root(v) for v in X])
    assert [round(line.get_xdata()[0] / line.get_ydata()[0]) for line in lines] == [1, 10, 100]
    assert "8 cells, 0 violated, 1 below" in figure.axes[0].get_title()


@pytest.mark.parametrize("bound", [1e-3, 1e-9, 1e15])
def test_every_cell_lies_on_the_axes(bound: float) -> None:
    """A bound that is broken by far has its points above the line, not beyond the edge; and one
    that is too weak."""
    broken = law(
        "delta",
        X,
        root,
        lambda d: bound,
        theorem="Mine",
        status="violated" if bound < 1 else "pass",
    )
    for table, count in ((broken, 7), (joined(TABLES["measured-vs-predicted"], broken), 14)):
        panels = measured_vs_predicted(table).axes
        drawn = np.concatenate(
            [
                line.get_xydata()
                for axes in panels
                for line in axes.get_lines()
                if line.get_linestyle() == "None" and line.get_color() != "black"
            ]
        )
        low, high = panels[0].get_xlim()
        assert len(drawn) == count and {axes.get_ylim() for axes in panels} == {(low, high)}
        assert np.all((low < drawn) & (drawn < high))


def test_a_violated_cell_is_drawn_however_small() -> None:
    """What is left out for being small keeps its bound."""
    tiny = law("delta", [1.0], lambda d: 1e-20, lambda d: 1e-21, status="violated")
    figure = measured_vs_predicted(joined(TABLES["measured-vs-predicted"], tiny))
    assert len(points(figure)[0][0]) == 8 and "8 cells, 1 violated\n" in figure.axes[0].get_title()
    small = law("delta", [1.0], lambda d: 1e-20, lambda d: 1e-21)
    both = joined(TABLES["measured-vs-predicted"], small)
    assert (
        len(numbers("measured-vs-predicted", both)[""])
        == 7
        == len(points(measured_vs_predicted(both))[0][0])
    )


def test_of_many_cells_the_density_is_drawn() -> None:
    """Every cell is counted; violated ones are points with rings."""
    many = law("T", np.geomspace(1, 1e4, 400), lambda T: 0.5 / T, lambda T: 1 / T)
    bad = law("T", [3.0], lambda T: 2 / T, lambda T: 1 / T, status="violated")
    figure = measured_vs_predicted(joined(many, bad))
    panel, bar = figure.axes
    (hexagons,) = panel.collections
    assert hexagons.get_array().sum() == 401 and bar.get_ylabel() == "cells"
    marks = [line for line in panel.get_lines() if line.get_linestyle() == "None"]
    assert [len(line.get_xdata()) for line in marks] == [1, 1]
    assert marks[1].get_color() == "black" and marks[0].get_xdata()[0] == pytest.approx(1 / 3)


@pytest.mark.parametrize("largest", [1.0, 4.5, 45.0, 4.5e4, 4.5e5, 4.5e8, 1e40])
def test_the_ticks_of_tightness_have_room(largest: float) -> None:
    """Two or more, whose numbers do not touch, however far the largest ratio is; beside a long
    name, too."""
    table = law("T", [0.3, largest], lambda T: T, lambda T: 1.0, theorem=40 * "x")
    figure = tightness(table)
    figure.draw_without_rendering()
    axis = figure.axes[-1].xaxis
    low, high = figure.axes[-1].get_xlim()
    places = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
    boxes = [
        label.get_window_extent()
        for place, label in places
        if low <= place <= high and label.get_text()
    ]
    assert len(boxes) >= 2
    assert all(left.x1 + 3 < right.x0 for left, right in pairwise(boxes))


def test_what_diverged_is_told_where_it_cannot_be_drawn() -> None:
    """A bound broken by divergence has no place on a log axis."""
    rows = [
        {**ROW, "measured": m, "bound": 1.0, "ratio": m, "status": s}
        for m, s in ((0.1, "pass"), (0.3, "pass"), (math.inf, "violated"))
    ]
    message = (
        "2 cells, 0 violated, 1 more violated by diverging, not drawn\nL = 1, T = 100, engine exact"
    )
    assert measured_vs_predicted(Table(tuple(rows))).axes[0].get_title() == message
    assert "1 more violated by diverging" in tightness(Table(tuple(rows))).get_suptitle()
