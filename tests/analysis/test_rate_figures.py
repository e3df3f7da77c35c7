"""Figures of rates show the points, bounds, slopes and intervals of their tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from figure_parts import TABLES, X, legend, points, root
from tables import joined, law

from auxtheory import lower_bounds, theorems
from auxtheory.analysis import (
    floor_vs_zeta,
    numbers,
    rate,
    rate_vs_delta,
    rate_vs_K,
    rate_vs_T,
)
from auxtheory.bounds.constants import Constants
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.table import Table


def test_a_rate_draws_its_points_its_bound_and_both_slopes() -> None:
    """As given, whatever the order of the rows; and the knee where there is one."""
    table = law("delta", X, root, lambda d: d**0.75, K=10)
    figure = rate_vs_delta(Table(tuple(reversed(table.rows))))
    bound = figure.axes[0].get_lines()[0]
    x, y = points(figure)[0]
    assert list(x) == pytest.approx(list(X)) and list(y) == pytest.approx([root(v) for v in X])
    assert list(bound.get_ydata()) == pytest.approx([v**0.75 for v in X])
    assert legend(figure)[0] == "AuxMOM: slope 0.500 (bound 0.750, dominant term 3/4)"
    assert "slopes: one term ≥ 80 % of the bound, δ ≤ L/K" in legend(figure)
    assert not any("interval" in text for text in legend(figure)), "exact values have none"
    knee = [line for line in figure.axes[0].get_lines() if list(line.get_xdata()) == [0.1, 0.1]]
    assert len(knee) == 1 and "δ = L/K" in figure.axes[0].texts[0].get_text()
    broad = figure.axes[0].get_lines()[1]
    assert broad.get_linewidth() > 3 and broad.get_xdata().max() == pytest.approx(0.1)


def test_a_rate_without_a_window_says_so() -> None:
    """In the legend, and nothing is marked."""
    figure = rate_vs_delta(law("delta", X, root, root, share=0.5))
    assert legend(figure)[0] == "AuxMOM: no window: no term supplies 80 %"
    assert not any("slopes" in text for text in legend(figure))


def test_a_noisy_rate_shows_its_intervals() -> None:
    """The slope's in the legend, and bars at the points, above 0 even where they are wide."""
    figure = rate_vs_delta(law("delta", X, lambda d: d**0.5, root, se=0.02, replicas=16))
    slope, low, high = (float(t.strip("[,]")) for t in legend(figure)[0].split()[2:5])
    assert low < 0.5 == slope < high and "[ ]: 95 % interval of sampling" in legend(figure)
    assert "slopes: one term ≥ 80 % of the bound" in legend(figure), "no cell lies above δ = L/K"
    ends = np.array([segment[:, 1] for segment in figure.axes[0].collections[0].get_segments()])
    measured = points(figure)[0][1]
    half = 2.13145 * 0.02  # Student's t of 15 degrees of freedom
    assert ends[:, 1] == pytest.approx(measured + half)
    assert np.all(ends[:, 0] > 0) and ends[-1, 0] == pytest.approx(measured[-1] - half)
    assert "95 % interval of 16 replicas" in legend(figure)


def test_every_seed_is_a_faint_point_and_their_median_the_full_one() -> None:
    """Single runs are not hidden behind their mean."""
    table = joined(
        *(
            law("T", [10, 100, 1000], lambda T, s=s: s / T, lambda T: 9 / T, seed=s)
            for s in (1, 2, 6)
        )
    )
    figure = rate_vs_T(table)
    (faint_x, faint_y), (x, y) = points(figure)
    assert sorted(faint_y) == pytest.approx(
        sorted(s / T for s in (1, 2, 6) for T in (10, 100, 1000))
    )
    assert (list(x), list(y)) == ([10, 100, 1000], pytest.approx([0.2, 0.02, 0.002])) and len(
        faint_x
    ) == 9
    assert {"single runs", "measured, median of 3 seeds"} <= set(legend(figure))


@pytest.mark.parametrize("method", ["AuxMOM", "Naive"])
def test_single_runs_of_every_theorem_are_seen(method: str) -> None:
    """Of a hollow mark and of a cross, too: filled, and with an edge."""
    tables = [
        law("T", [10, 100], root, root, theorem=name, method=method, seed=s)
        for name in "AB"
        for s in (1, 2)
    ]
    lines = rate_vs_T(joined(*tables)).axes[0].get_lines()
    small = [
        line for line in lines if line.get_linestyle() == "None" and line.get_markersize() == 3
    ]
    assert len(small) == 2
    assert all(line.get_fillstyle() == "full" and line.get_markeredgewidth() > 0 for line in small)


def test_what_is_not_drawn_is_counted() -> None:
    """Outside, failed, missing, at δ = 0; one that diverged is an arrow, a violated one has a
    ring."""
    lost = (
        {"status": "outside"},
        {"status": "failed", "measured": math.nan},
        {"status": "missing"},
        {"measured": math.inf},
        {"delta": 0.0},
    )
    rows = law("delta", X, root, root).rows
    table = Table(
        (
            *rows[:-1],
            {**rows[-1], "status": "violated"},
            *({**rows[0], **change} for change in lost),
        )
    )
    figure = rate_vs_delta(table)
    assert (
        len(points(figure)[0][0]) == 7 and "4 of 12 cells not drawn" in figure.axes[0].get_title()
    )
    assert list(points(figure)[1][0]) == [1.0] and "violated" in legend(figure)


def test_a_method_with_single_steps_is_a_level_line_over_K() -> None:
    """Its bound reaches from end to end, and says where its point is."""
    single = law("K", [1], lambda K: 0.5, lambda K: 0.7, theorem="SGD", method="SGD")
    figure = rate_vs_K(joined(law("K", [1, 2, 4, 8], root, root, delta=0.5), single))
    lines = [line for line in figure.axes[0].get_lines() if line.get_marker() == "None"]
    line = next(line for line in lines if line.get_linestyle() == ":")
    assert list(line.get_xdata()) == [1, 8] and list(line.get_ydata()) == [0.7, 0.7]
    assert legend(figure)[1] == "SGD, at K = 1 alone"


def test_the_floor_has_the_line_of_squares() -> None:
    """ζ² beside the points, and naive's slope of 2."""
    figure = floor_vs_zeta(TABLES["floor-vs-zeta"])
    guide = figure.axes[0].get_lines()[-1]
    assert np.allclose(guide.get_ydata(), np.square(guide.get_xdata()))
    assert "slope 2.000" in legend(figure)[0]


def test_a_band_reaches_down_to_the_lower_bound_of_the_class() -> None:
    """Of AuxMOM and SGD; the CSV has its lower end; a theorem without a lower bound has no band."""
    kinds = [theorems.SGD(), theorems.AuxMOM(), theorems.AuxMVR()]
    target, T = Quadratic(L=1.0, mu=0.5, dim=4), [1000, 10_000]
    table = Study(kinds, target, Gaussian(sigma_f=0.3), delta=0.02, K=4, T=T).run()
    figure = rate(table, "T")
    ends = [np.array(each.get_paths()[0].vertices) for each in figure.axes[0].collections]
    bands = [each for each in ends if len(each) > 4]
    assert len(bands) == 2
    c = Constants(L=1.0, F0=1.0, delta=0.02, sigma_f=0.3, sigma_r=0.3)
    lowest = [min(each[each[:, 0] == T[1]][:, 1]) for each in bands]
    expected = [lower_bounds.SGD.value(c, T=T[1]), lower_bounds.AuxMOM.value(c, K=4, T=T[1])]
    assert lowest == pytest.approx([float(value) for value in expected])
    assert "down to a lower bound for all steps" in legend(figure)
    rows = numbers("rate-vs-T", table)[""]
    assert not any("lower" in row for row in rows.where(theorem="AuxMVR"))
    assert rows.where(theorem="SGD", T=T[1])["lower"][0] == pytest.approx(lowest[0])
