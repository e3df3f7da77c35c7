"""Figures say what their tables say: the drawn data, the legends, the refusals, the files."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from tables import ROW, joined, law, priced, steps

from auxtheory import methods, theorems
from auxtheory.analysis import (
    FIGURES,
    floor_vs_zeta,
    measured_vs_predicted,
    numbers,
    phase_diagram,
    pick,
    rate,
    rate_vs_delta,
    rate_vs_K,
    rate_vs_T,
    stability,
    tightness,
    toy,
    toy_table,
)
from auxtheory.analysis.default_studies import STUDIES
from auxtheory.analysis.figures.phase_diagram import phases
from auxtheory.analysis.style import DASHES, STYLES, looks, save
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.table import Table

X = np.geomspace(1e-3, 1, 7)


def root(x: float) -> float:
    return 0.1 * x**0.5


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts() if text.get_text()]


def points(figure: Figure, marker: str = "o") -> Any:
    """The (x, y) of the lines without line that have this marker."""
    lines = [
        line
        for line in figure.axes[0].get_lines()
        if line.get_linestyle() == "None" and len(line.get_xdata())
    ]
    return [(line.get_xdata(), line.get_ydata()) for line in lines if line.get_marker() == marker]


TABLES: dict[str, Table] = {
    "rate-vs-delta": law("delta", X, root, root),
    "rate-vs-T": law("T", [10, 100, 1000], root, root),
    "rate-vs-sigma-r": law("sigma_f", X, root, root),
    "rate-vs-K": law("K", [1, 2, 4, 8], root, root, delta=0.5),
    "rate-vs-F0": law("F0", X, root, root),
    "floor-vs-zeta": law("zeta", X, lambda z: z**2, lambda z: 1.1 * z**2),
    "phase-diagram": priced(),
    "tightness": law("delta", X, root, lambda d: 0.2),
    "stability": steps(),
    "measured-vs-predicted": law("delta", X, root, lambda d: 0.2),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_writes_the_same_files_twice(name: str, tmp_path: Path) -> None:
    """PNG, SVG and PDF, none of them empty; and the numbers behind it, as CSV."""
    written = [save(FIGURES[name](TABLES[name]), tmp_path / end) for end in ("a", "b")]
    for first, second in zip(*written, strict=True):
        assert len(first.read_bytes()) > 3000 and first.read_bytes() == second.read_bytes(), (
            first.suffix
        )
    tables = numbers(name, TABLES[name])
    assert set(tables) == ({"", "-slopes"} if "rate" in name or "floor" in name else {""})
    for end, table in tables.items():
        table.to_csv(tmp_path / f"{end}.csv")
        assert len((tmp_path / f"{end}.csv").read_text().splitlines()) == len(table) + 1 > 1


def test_every_figure_has_a_study_of_its_own() -> None:
    """But rate-vs-delta, whose study has options."""
    assert {*STUDIES, "rate-vs-delta"} == set(FIGURES)


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
    broad = figure.axes[0].get_lines()[2]
    assert broad.get_linewidth() > 3 and broad.get_xdata().max() == pytest.approx(0.1)


def test_a_rate_without_a_window_says_so() -> None:
    """In the legend, and nothing is marked."""
    figure = rate_vs_delta(law("delta", X, root, root, share=0.5))
    assert legend(figure)[0] == "AuxMOM: no window: no term supplies 80 %"
    assert not any("slopes" in text for text in legend(figure))


def test_a_noisy_rate_shows_its_intervals() -> None:
    """The slope's in the legend, and ± 2 standard errors at the points, above 0 even where they are
    wide."""
    figure = rate_vs_delta(law("delta", X, lambda d: d**0.5, root, se=0.02, replicas=16))
    slope, low, high = (float(t.strip("[,]")) for t in legend(figure)[0].split()[2:5])
    assert low < 0.5 == slope < high and "[ ]: 95 % interval of sampling" in legend(figure)
    assert "slopes: one term ≥ 80 % of the bound" in legend(figure), "no cell lies above δ = L/K"
    ends = np.array([segment[:, 1] for segment in figure.axes[0].collections[0].get_segments()])
    measured = points(figure)[0][1]
    assert ends[:, 1] == pytest.approx(measured + 0.04)
    assert np.all(ends[:, 0] > 0) and ends[-1, 0] == pytest.approx(measured[-1] - 0.04)
    assert "± 2 standard errors" in legend(figure)


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
    assert {"single runs", "measured, median of the seeds"} <= set(legend(figure))


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
    """Outside, failed, missing, diverged, at δ = 0; a violated cell has a ring."""
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
        len(points(figure)[0][0]) == 7 and "5 of 12 cells not drawn" in figure.axes[0].get_title()
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


def test_methods_differ_in_grey() -> None:
    """Markers of all methods differ; where two colours are nearly as light, the dashes of their
    bounds differ too."""
    names = [name for name in STYLES if name not in ("ExactCorrectionNoise", "ExactCorrectionPL")]
    assert set(names) == set(DASHES)
    grey = {
        name: float(np.dot((0.2126, 0.7152, 0.0722), np.power(to_rgb(STYLES[name][0]), 2.2)))
        for name in names
    }
    for one, other in combinations(names, 2):
        assert STYLES[one][1] != STYLES[other][1]
        lightness = [116 * grey[name] ** (1 / 3) - 16 for name in (one, other)]
        assert abs(lightness[0] - lightness[1]) > 15 or DASHES[one] != DASHES[other], (one, other)


@pytest.mark.parametrize("method", [*DASHES, "Mine"])
def test_theorems_on_one_method_are_told_apart(method: str) -> None:
    """Six in the method's colour, the first filled, each with its own marker and line, in the
    legend as on the axes."""
    tables = [law("T", [1, 10], root, root, theorem=f"C{k}", method=method) for k in range(6)]
    figure = rate(joined(*tables), "T")
    handles = figure.legends[0].legend_handles[:6]
    look = looks(joined(*tables))
    assert [handle.get_marker() for handle in handles] == [each.marker for each in look.values()]
    assert (
        len({handle.get_marker() for handle in handles})
        == 6
        == len({str(each.line) for each in look.values()})
    )
    assert {handle.get_color() for handle in handles} == {look["C0"].colour}
    assert [handle.get_fillstyle() for handle in handles] == ["full"] + 5 * ["none"]
    assert {each.marker for name, each in look.items() if name != "C0"}.isdisjoint(
        mark for _, mark in STYLES.values()
    )


def test_theorems_on_one_method_have_their_own_marks_in_the_phase_diagram() -> None:
    """A marker a theorem, in the cells and in the legend."""
    rows = [{**row, "method": "AuxMOM"} if row["theorem"] == "SGD" else row for row in priced()]
    figure = phase_diagram(Table(tuple(rows)))
    assert len({line.get_marker() for line in figure.axes[0].get_lines()}) == 2


def renamed(table: Table, name: str) -> Table:
    return Table(
        tuple({**row, "theorem": name} if row["theorem"] == "AuxMOM" else row for row in table)
    )


def shown(figure: Figure) -> list[str]:
    """What its texts read once they are drawn."""
    figure.draw_without_rendering()
    return [text.get_text().replace(r"\$", "$") for text in figure.findobj(Text) if text.get_text()]


@pytest.mark.parametrize(
    ("figure", "name"),
    [
        *((name, "my__b_1 in $x^$ units") for name in FIGURES),
        ("rate-vs-T", "_own $a_1$"),
        ("rate-vs-T", "5 $"),
    ],
)
def test_names_are_drawn_as_they_are(figure: str, name: str) -> None:
    """No mathematical type in them, whatever signs they have, beside formulas that have it."""
    assert any(
        text.startswith(name) for text in shown(FIGURES[figure](renamed(TABLES[figure], name)))
    )


def test_a_name_stands_beside_a_formula() -> None:
    """Which keeps its subscripts."""
    table = joined(
        law("sigma_f", X, root, root, known_sigma_r=0.0),
        law("sigma_f", X, root, root, known_sigma_r=1.0, theorem="SGD"),
    )
    told = shown(FIGURES["rate-vs-sigma-r"](renamed(table, "a_b$c")))
    assert any(text.startswith("a_b$c (over σ$_f$)") for text in told)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_long_name_is_cut_in_the_middle(figure: str) -> None:
    """And the layout keeps all of it on the page (a layout that fails warns)."""
    drawn = FIGURES[figure](renamed(TABLES[figure], "start" + 170 * "W" + "end"))
    told = shown(drawn)
    assert any(text.startswith("startWW") and "…WW" in text and "WWend" in text for text in told)
    for text in drawn.findobj(Text):
        if "…" in text.get_text():
            box = text.get_window_extent()
            assert drawn.bbox.x0 <= box.x0 and box.x1 <= drawn.bbox.x1


def test_a_figure_refuses_what_it_cannot_draw() -> None:
    """Every axis of several values at once, with how to select; no such axis; another table
    altogether."""
    table = joined(
        *(law("delta", X, root, root, K=K, sigma_h=s) for K, s in ((2, 0.1), (3, 0.2))),
        law("delta", X, root, root, measure="gap", K=2, sigma_h=0.1),
    )
    with pytest.raises(InputError) as caught:
        rate_vs_delta(table)
    told = "K = [2, 3]: must be one value; select it, by .sel(K=2) or --where K=2"
    for text in (told, "sigma_h = [0.1, 0.2]", "'gap'"):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="delta > 0"):
        rate_vs_delta(law("T", [1, 2], root, root).where(T=1))
    for name, figure in FIGURES.items():
        with pytest.raises(InputError, match="must h"):
            figure(
                Table(
                    tuple({**row, "status": "failed", "measured": math.nan} for row in TABLES[name])
                )
            )
        with pytest.raises(InputError, match="lacks the columns theorem"):
            figure(Table(({"method": name, "round": 1, "gap": 0.5},)))


def test_pick_keeps_methods_of_single_steps_and_names_what_is_wrong() -> None:
    """K=10 leaves SGD in the comparison; numbers to 6 digits; all complaints at once."""
    table = joined(
        law("K", [1, 10], root, root, delta=0.1 + 1e-12),
        law("K", [1], root, root, theorem="SGD", delta=0.1),
    )
    picked = pick(table, {"K": 10.0, "delta": 0.1})
    assert [(row["theorem"], row["K"]) for row in picked] == [("AuxMOM", 10), ("SGD", 1)]
    assert {row["theorem"] for row in pick(table, {"theorem": "SGD"})} == {"SGD"}
    with pytest.raises(InputError) as caught:
        pick(table, {"detla": 1.0, "K": 3.0, "theorem": "S3"})
    for text in (
        "did you mean 'delta'",
        "K = 3.0: must be one of 1, 10",
        "theorem = 'S3': must be one of AuxMOM, SGD",
    ):
        assert text in str(caught.value)


def test_phases_compare_at_equal_price() -> None:
    """AuxMOM's δσ/√price against SGD's 0.1σ/√price: it wins below δ = 0.1, by their quotient;
    AuxMVR never."""
    cells = phases(priced())
    assert set(cells["price"]) == {1000.0} and len(cells) == 6
    for row in cells:
        best = "AuxMOM" if row["delta"] < 0.1 else "SGD"
        other = (
            0.1
            if row["delta"] == 0.08
            else 1.0
            if row["delta"] == 1.0
            else 2 * 2**0.5 * row["delta"]
        )
        assert row["theorem"] == best and row["measured SGD"] == pytest.approx(
            0.1 * row["sigma_f"] / 1000**0.5
        )
        assert row["margin"] == pytest.approx(other / min(row["delta"], 0.1))
    between = phases(priced(), price=200.0)
    assert between["measured AuxMOM"][0] == pytest.approx(0.01 * 0.5 / 200**0.5)


def test_the_best_local_steps_count_and_outside_cells_do_not() -> None:
    """AuxMVR at another K is best where AuxMOM's theorem does not apply."""
    lost = {"theorem": "AuxMOM", "delta": 0.01}
    rows = [
        {**row, "status": "outside"} if lost.items() <= row.items() else row for row in priced()
    ]
    good = [
        {**row, "K": 20, "measured": row["measured"] / 2}
        for row in rows
        if row["theorem"] == "AuxMVR"
    ]
    cells = phases(Table((*rows, *good)))
    assert [row["theorem"] for row in cells if row["delta"] == 0.01] == ["AuxMVR"] * 2
    assert cells["measured AuxMVR"][0] == pytest.approx(0.5 * 2 * 2**0.5 * 0.01 * 0.5 / 1000**0.5)
    assert "measured AuxMOM" not in cells.rows[0]


def test_a_phase_diagram_marks_each_cell_with_its_method() -> None:
    """A marker a method at the centres, and the counts in the legend."""
    figure = phase_diagram(priced())
    centres = {
        (line.get_xdata()[0], line.get_ydata()[0]): line.get_marker()
        for line in figure.axes[0].get_lines()
    }
    assert centres == {
        (d, s): "o" if d < 0.1 else "s" for d in (0.01, 0.08, 1.0) for s in (0.5, 5.0)
    }
    assert legend(figure)[:2] == ["AuxMOM: best in 4 of 6 cells", "SGD: best in 2 of 6 cells"]


def test_a_phase_diagram_lists_what_it_lacks() -> None:
    """Noise, δ, T, prices; and a price that some method does not spend."""
    with pytest.raises(InputError) as caught:
        phase_diagram(law("delta", [0.1], root, root), c_r=0.0, c_h=-1.0)
    for text in (
        "c_r = 0.0",
        "c_h = -1.0",
        "noise",
        "delta = [0.1]: must have several",
        "T = [100]: must have",
    ):
        assert text in str(caught.value)
    with pytest.raises(
        InputError, match=r"(?s)from 10 to 1000, what AuxMOM.*from 20 to 2000, what AuxMVR"
    ):
        phases(priced(), price=5.0)


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
        axes = measured_vs_predicted(table).axes[0]
        drawn = np.concatenate(
            [line.get_xydata() for line in axes.get_lines() if line.get_linestyle() == "None"]
        )
        low, high = axes.get_xlim()
        assert len(drawn) == count and axes.get_ylim() == (low, high)
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


def test_titles_name_the_constants_of_one_value() -> None:
    """Wherever cells are drawn together, and in the paper's figure."""
    table = law("delta", X, root, lambda d: 0.2, mu=0.5, K=7)
    for title in (
        tightness(table).get_suptitle(),
        measured_vs_predicted(table).axes[0].get_title(),
    ):
        assert title.splitlines()[1] == "L = 1, μ = 0.5, K = 7, T = 100, engine exact"
    assert toy(toy_table(K=3, T=20, a=0.2)).get_suptitle() == "K = 3, T = 20, a = 0.2"


def test_squares_without_a_place_are_counted() -> None:
    """At δ = 0 and without noise a phase diagram has none."""
    rows = [{**row, name: 0.0} for name in ("delta", "sigma_f") for row in priced()]
    title = phase_diagram(joined(priced(), Table(tuple(rows)))).axes[0].get_title()
    assert title.endswith("engine exact, 5 of 11 cells not drawn")
    assert "not drawn" not in phase_diagram(priced()).axes[0].get_title()


def test_the_medians_that_are_drawn_are_in_the_numbers() -> None:
    """Beside the single run, at its x; of one run they are the same."""
    table = joined(
        *(
            law("T", [10, 100, 1000], lambda T, s=s: s / T, lambda T: 9 / T, seed=s)
            for s in (1, 2, 6)
        )
    )
    found, (_, (x, y)) = numbers("rate-vs-T", table)[""], points(rate_vs_T(table))
    for row in found:
        assert (
            row["measured"] == row["seed"] / row["T"]
            and row["median"] == dict(zip(x, y, strict=True))[row["x"]]
        )
    single = numbers("rate-vs-T", table.where(seed=2))[""]
    assert list(single["median"]) == list(single["measured"])


def test_the_toy_figure() -> None:
    """Naive stops at ζ²/(2(1+δ)²), AuxMOM's curves for all ζ coincide, and all are drawn."""
    table = toy_table(T=100)
    for delta in (0.1, 1.0, 10.0):
        last = {
            row["zeta"]: row["gap"] for row in table.where(method="Naive", delta=delta, round=100)
        }
        assert last == pytest.approx(
            {z: z**2 / (2 * (1 + delta) ** 2) for z in (0.1, 1.0, 10.0)}, rel=1e-6
        )
        curves = [
            table.where(method="AuxMOM", delta=delta, zeta=z)["gap"] for z in (0.1, 1.0, 10.0)
        ]
        assert np.array_equal(curves[0], curves[1]) and np.array_equal(curves[0], curves[2])
    figure = toy(table)
    assert [len(axes.get_lines()) for axes in figure.axes] == [9, 9, 9]


def test_engines_are_not_mixed() -> None:
    """Two engines on one cell are two values of an axis; of different theorems they are not."""
    target = Quadratic(L=1.0, mu=0.2, dim=4)
    noise = Gaussian(sigma_f=1.0)
    both = Study(
        [theorems.AuxMOM()], target, noise, delta=[0.01, 0.1], K=2, T=5, engine=["exact", "numpy"]
    ).run()
    with pytest.raises(InputError, match=r"engine = \['exact', 'numpy'\]: must be one value"):
        rate_vs_delta(both)
    assert rate_vs_delta(both.sel(engine="exact"))


def test_a_method_without_a_bound_is_in_the_phase_diagram() -> None:
    """A claim of ∞ promises nothing, and may be the cheapest all the same."""
    target = Quadratic(L=1.0, mu=0.5, dim=4)
    free = theorems.claim(
        float("inf"), method=methods.AuxMVR, steps=theorems.AuxMVR(), mean_square=True, name="Free"
    )
    axes: dict[str, Any] = {"delta": [0.01, 0.1], "sigma_f": [0.1, 10.0], "K": 5, "T": [30, 300]}
    found = phases(Study([theorems.AuxMOM(), free], target, **axes).run())
    alone = phases(Study([theorems.AuxMOM(), theorems.AuxMVR()], target, **axes).run())
    assert "Free" in found["theorem"] and found["margin"] == pytest.approx(alone["margin"])


def test_the_caption_has_what_is_no_axis() -> None:
    """Levels of the noise and constants of the target, which all cells have in common."""
    study = Study(
        [theorems.AuxMOM()],
        Quadratic(L=1.0, mu=0.2, dim=4),
        Gaussian(sigma_f=0.5, sigma_h=0.1),
        delta=[0.01, 0.1],
        K=2,
        T=5,
    )
    title = rate_vs_delta(study.run()).axes[0].get_title()
    assert all(part in title for part in ("μ = 0.2", "= 0.5", "= 0.1", "d = 4"))


def test_what_diverged_is_told_where_it_cannot_be_drawn() -> None:
    """A bound broken by divergence has no place on a log axis."""
    rows = [
        {**ROW, "measured": m, "bound": 1.0, "ratio": m, "status": s}
        for m, s in ((0.1, "pass"), (0.3, "pass"), (math.inf, "violated"))
    ]
    told = (
        "2 cells, 0 violated, 1 more violated by diverging, not drawn\nL = 1, T = 100, engine exact"
    )
    assert measured_vs_predicted(Table(tuple(rows))).axes[0].get_title() == told
    assert "1 more violated by diverging" in tightness(Table(tuple(rows))).get_suptitle()
