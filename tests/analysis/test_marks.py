"""Intervals are named, marks differ in grey, one diverging cell flattens nothing, curves that
coincide are reported."""

from __future__ import annotations

import math
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from figure_parts import TABLES, X, legend, points, root
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy.stats import t as student
from tables import ROW, joined, law, steps

from auxtheory.analysis import (
    FIGURES,
    rate,
    rate_vs_delta,
    rate_vs_T,
    stability,
    tightness,
    toy,
    toy_table,
)
from auxtheory.analysis.figures.delta_prediction import MARKS
from auxtheory.analysis.marks import DOWN, UP, half_widths
from auxtheory.analysis.style import STYLES, looks, save
from auxtheory.table import Table


def changed(table: Table, place: int, **more: Any) -> Table:
    rows = list(table.rows)
    rows[place] = {**rows[place], **more}
    return Table(tuple(rows))


# -- intervals


@pytest.mark.parametrize("replicas", [2, 5, 64])
def test_bars_are_intervals_of_student(replicas: int) -> None:
    """Of 95 %, with one degree of freedom less than replicas; named in the legend."""
    table = law("T", [10, 100], root, lambda T: 9.0, se=0.01, replicas=replicas)
    half = student.ppf(0.975, replicas - 1) * 0.01
    assert half_widths(table) == pytest.approx([half, half])
    figure = rate_vs_T(table)
    assert f"95 % interval of {replicas} replicas" in legend(figure)
    assert "measured, mean" in legend(figure) and not any(
        "exact" in text for text in legend(figure)
    )
    ends = np.array([part[:, 1] for part in figure.axes[0].collections[0].get_segments()])
    assert ends[:, 1] == pytest.approx([root(10) + half, root(100) + half])


def test_exact_values_have_no_interval_and_say_so() -> None:
    exact = law("T", [10, 100], root, lambda T: 9.0)
    figure = rate_vs_T(exact)
    assert "measured, exact" in legend(figure) and not figure.axes[0].collections
    more = {"se": 0.01, "replicas": 16, "theorem": "SGD"}
    both = joined(exact, law("T", [10, 100], root, lambda T: 9.0, **more))
    assert {"measured, exact where there is no bar", "95 % interval of 16 replicas"} <= set(
        legend(rate_vs_T(both))
    )
    several = joined(both, law("T", [1000], root, lambda T: 9.0, **{**more, "replicas": 400}))
    assert "95 % interval of 16 to 400 replicas" in legend(rate_vs_T(several))


def test_medians_name_their_seeds() -> None:
    seeds = [law("T", [10, 100], lambda T, s=s: s / T, lambda T: 9 / T, seed=s) for s in range(5)]
    assert {"measured, median of 5 seeds", "single runs"} <= set(
        legend(rate_vs_T(joined(*seeds[1:], law("T", [10, 100], root, root, seed=9))))
    )


# -- in grey


def luminance(colour: Any) -> float:
    return float(np.dot((0.2126, 0.7152, 0.0722), np.power(to_rgb(colour), 2.2)))


def handles(figure: Figure) -> list[tuple[float, str, str]]:
    """What is left of the curves' looks in grey: luminance, marker, dashes."""
    lines = [
        line
        for line in figure.legends[0].legend_handles
        if line.get_marker() not in ("None", "", None, "|")
        and (line.get_color() not in ("#777777", "#444444"))
    ]
    return [
        (luminance(line.get_color()), str(line.get_marker()), repr(line._unscaled_dash_pattern))
        for line in lines
    ]


def many() -> Table:
    """All methods of the library, two theorems on one of them, and ten methods of a user."""
    names = [(name, name) for name in STYLES]
    names += [
        ("Second", "AuxMOM"),
        ("Third", "AuxMOM"),
        *((f"Mine{i}", f"My{i}") for i in range(10)),
    ]
    return joined(
        *(
            law("T", [10, 100], root, lambda T: 9.0, theorem=theorem, method=method)
            for theorem, method in names
        )
    )


@pytest.mark.parametrize(
    "draw", [lambda: rate(many(), "T"), lambda: toy(toy_table(T=12))], ids=["rate", "toy"]
)
def test_any_two_curves_differ_in_grey(draw: Any) -> None:
    """In marker or dashes; two that are about as light differ in their marker."""
    shown = handles(draw())
    assert len(shown) >= 3
    for one, other in combinations(shown, 2):
        assert one[1:] != other[1:]
        assert abs(one[0] - other[0]) > 0.02 or one[1] != other[1]


def test_marks_differ_in_grey() -> None:
    """Of kinds of pairs, and of a user's theorems: marker and dashes, as far as there are some."""
    assert len({marker for marker, _ in MARKS}) == len(MARKS)
    mine = [{"theorem": f"Mine{i}", "method": f"My{i % 20}"} for i in range(60)]
    pairs = [(look.marker, str(look.line)) for look in looks(mine).values()]
    assert len(set(pairs)) == 60
    few = [(look.marker, str(look.line)) for look in looks(mine[:6]).values()]
    assert len({marker for marker, _ in few}) == 6 == len({line for _, line in few})


# -- one diverging cell


@pytest.mark.parametrize("value", [1e300, 1e12, math.inf, math.nan])
@pytest.mark.parametrize("place", [0, 3, 6])
def test_one_diverging_cell_does_not_flatten_the_others(value: float, place: int) -> None:
    """It is an arrow at the upper edge, and counted in the legend."""
    table = law("delta", X, root, lambda d: d**0.75)
    low, high = rate_vs_delta(table).axes[0].get_ylim()
    figure = rate_vs_delta(changed(table, place, measured=value, status="violated"))
    bottom, top = figure.axes[0].get_ylim()
    assert low / 2 < bottom and top < 2 * high
    ((x, y),) = points(figure, UP)
    assert list(x) == pytest.approx([X[place]]) and 0.9 < y[0] <= 1
    what = f"up to {value:.1g}" if value < math.inf else "diverged"
    assert f"1 cell above the axis, {what}" in legend(figure)
    assert "not drawn" not in figure.axes[0].get_title()


def test_values_far_below_are_arrows_too() -> None:
    table = law("delta", X, root, lambda d: d**0.75)
    figure = rate_vs_delta(changed(changed(table, 1, measured=1e-200), 2, measured=1e-100))
    ((x, _),) = points(figure, DOWN)
    assert list(x) == pytest.approx(X[1:3]) and "2 cells below the axis" in legend(figure)
    assert figure.axes[0].get_ylim()[0] > 1e-5


def test_curves_that_span_many_decades_are_whole() -> None:
    """Bounds and values that rise by 10²⁰, without a leap."""
    figure = rate(law("F0", np.geomspace(1e-10, 1e10, 21), lambda F: F / 3, lambda F: F), "F0")
    assert not points(figure, UP) and not points(figure, DOWN)
    assert len(points(figure)[0][0]) == 21


def test_a_bound_that_leaps_is_no_measure_of_the_axis() -> None:
    table = changed(law("delta", X, root, root), 6, bound=1e200)
    assert rate_vs_delta(table).axes[0].get_ylim()[1] < 1e5


def test_other_figures_are_not_flattened() -> None:
    """Tightness draws 1e300 at its end, with its number; stability keeps its colours."""
    (axes,) = tightness(
        changed(law("T", X, lambda T: T / 2, lambda T: 1.0), 0, measured=1e300)
    ).axes
    assert axes.get_xlim()[1] < 1e5 and axes.texts[0].get_text() == "1e+300"
    assert "1 above" in axes.get_ylabel()
    tiny = stability(changed(steps(), 0, measured=1e-200)).axes[0].collections[0]
    assert tiny.norm.vmin > 1e-6


# -- coincidence


def test_curves_that_coincide_are_reported() -> None:
    """Both marks, measured values alone, and bounds alone."""
    first = law("T", [10, 100], root, lambda T: 9.0)
    same = {"theorem": "SGD", "method": "SGD"}
    for table, note in (
        (law("T", [10, 100], root, lambda T: 9.0, **same), "AuxMOM and SGD coincide"),
        (law("T", [10, 100], root, root, **same), "measured values of AuxMOM and SGD coincide"),
        (
            law("T", [10, 100], lambda T: 2.0, lambda T: 9.0, **same),
            "bounds of AuxMOM and SGD coincide",
        ),
    ):
        assert [text for text in legend(rate_vs_T(joined(first, table))) if "coincide" in text] == [
            note
        ]
    third = law("T", [10, 100], root, lambda T: 9.0, theorem="MVR", method="MVR")
    three = joined(first, law("T", [10, 100], root, lambda T: 9.0, **same), third)
    assert "mine, SGD and MVR coincide" in legend(rate(three, "T", labels={"AuxMOM": "mine"}))
    apart = law("T", [10, 100], lambda T: 1.1 * root(T), lambda T: 8.0, **same)
    assert not any("coincide" in text for text in legend(rate_vs_T(joined(first, apart))))


def test_the_toy_reports_which_lines_coincide() -> None:
    """AuxMOM's do not depend on ζ; of a single ζ there is nothing to report."""
    assert "AuxMOM: lines of all ζ coincide" in legend(toy(toy_table(T=20)))
    alone = toy(toy_table(T=20, zetas=[1.0]))
    assert not any("coincide" in text for text in legend(alone))


# -- files


@pytest.mark.parametrize("name", FIGURES)
def test_files_are_fit_for_a_journal(name: str, tmp_path: Path) -> None:
    """PDF and PS with fonts of Type 42, SVG with texts on request, the same bytes each time."""
    figure = FIGURES[name](TABLES[name])
    pdf, svg, ps = save(figure, tmp_path / "a", ("pdf", "svg", "ps"), svg_text=True)
    # Type 42 fonts are TrueType programs within composite fonts; Type 3 fonts are procedures.
    data = pdf.read_bytes()
    assert b"/CIDFontType2" in data and b"/Type3" not in data
    assert b"/FontType 42" in ps.read_bytes() and b"/FontType 3 " not in ps.read_bytes()
    second = FIGURES[name](TABLES[name])
    (_, again) = save(second, tmp_path / "b", ("pdf", "svg"), svg_text=True)
    text = svg.read_text()
    assert text == again.read_text() and re.search(r"<text[^>]*>", text)
    (paths,) = save(second, tmp_path / "c", ("svg",))
    assert not re.search(r"<text[^>]*>", paths.read_text())


def test_rows_without_replicas_are_drawn() -> None:
    """A table of another origin may have no column of replicas: its interval is the normal one."""
    rows = [{k: v for k, v in ROW.items() if k != "replicas"} | {"T": T, "se": 0.1} for T in (1, 2)]
    assert half_widths(Table(tuple(rows))) == pytest.approx(1.96 * 0.1, rel=1e-3)
    assert "95 % interval" in legend(rate_vs_T(Table(tuple(rows))))
