"""Methods and theorems are told apart in figures, and named as they are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from figure_parts import TABLES, X, root
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from tables import joined, law, priced

from auxtheory.analysis import (
    FIGURES,
    phase_diagram,
    rate,
)
from auxtheory.analysis.style import DASHES, STYLES, looks
from auxtheory.table import Table


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
        Table(
            tuple(
                {**row, "known_sigma_r": row["sigma_f"]}
                for row in law("sigma_f", X, root, root, theorem="SGD")
            )
        ),
    )
    names = shown(FIGURES["rate-vs-sigma-r"](renamed(table, "a_b$c")))
    assert any(text.startswith("a_b$c (over σ$_f$)") for text in names)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_long_name_is_cut_in_the_middle(figure: str) -> None:
    """And the layout keeps all of it on the page (a layout that fails warns)."""
    drawn = FIGURES[figure](renamed(TABLES[figure], "start" + 170 * "W" + "end"))
    names = shown(drawn)
    assert any(text.startswith("startWW") and "…WW" in text and "WWend" in text for text in names)
    for text in drawn.findobj(Text):
        if "…" in text.get_text():
            box = text.get_window_extent()
            assert drawn.bbox.x0 <= box.x0 and box.x1 <= drawn.bbox.x1
