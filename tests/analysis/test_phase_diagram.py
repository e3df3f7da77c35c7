"""Phase diagrams compare methods at equal price."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from figure_parts import legend, root
from tables import joined, law, priced

from auxtheory import methods, theorems
from auxtheory.analysis import (
    phase_diagram,
)
from auxtheory.analysis.figures.phase_diagram import phases, tints
from auxtheory.errors import InputError
from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.table import Table


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
        place: line.get_marker()
        for line in figure.axes[0].get_lines()
        for place in zip(line.get_xdata(), line.get_ydata(), strict=True)
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


def test_squares_without_a_place_are_counted() -> None:
    """At δ = 0 and without noise a phase diagram has none."""
    rows = [{**row, name: 0.0} for name in ("delta", "sigma_f") for row in priced()]
    title = phase_diagram(joined(priced(), Table(tuple(rows)))).axes[0].get_title()
    assert title.replace("\n", " ").endswith("engine exact, 5 of 11 cells not drawn")
    assert "by mean squared gradient G, in F²/X²" in title
    assert "not drawn" not in phase_diagram(priced()).axes[0].get_title()


def test_a_method_without_a_bound_is_in_the_phase_diagram() -> None:
    """A claim of ∞ promises nothing, and may be the cheapest all the same."""
    target = Quadratic(L=1.0, mu=0.5, dim=4)
    free = theorems.claim(
        float("inf"), method=methods.AuxMVR, steps=theorems.AuxMVR(), mean_square=True, name="Free"
    )
    axes: dict[str, Any] = {"delta": [0.01, 0.1], "sigma_f": [0.1, 10.0], "K": 5, "T": [30, 300]}
    cells = phases(Study([theorems.AuxMOM(), free], target, **axes).run())
    alone = phases(Study([theorems.AuxMOM(), theorems.AuxMVR()], target, **axes).run())
    assert "Free" in cells["theorem"] and cells["margin"] == pytest.approx(alone["margin"])


def test_methods_differ_in_lightness() -> None:
    """Black and grey among them; equally far apart, in the order of their colours."""
    colours = {"SGD": "#000000", "Naive": "#999999", "AuxMOM": "#0072B2", "AuxMVR": "#D55E00"}
    for count in range(1, 5):
        some = dict(list(colours.items())[:count])
        levels = {name: lightness(tint) for name, tint in tints(some).items()}
        ordered = sorted(levels.values())
        assert all(after - before > 0.2 for before, after in pairwise(ordered))
    assert sorted(levels, key=lambda name: levels[name]) == ["SGD", "AuxMOM", "AuxMVR", "Naive"]


def lightness(colour: Any) -> float:
    """As of a grey of this luminance."""
    grey = np.dot((0.2126, 0.7152, 0.0722), np.power(colour, 2.2))
    return float(1.16 * grey ** (1 / 3) - 0.16)


def test_a_marker_is_smaller_where_the_second_best_is_near() -> None:
    """By the three steps of the margin; lines are between methods alone."""
    figure = phase_diagram(priced())
    margins = {(row["delta/L"], row["sigma_f"]): row["margin"] for row in phases(priced())}
    largest = max(line.get_markersize() for line in figure.axes[0].get_lines())
    for line in figure.axes[0].get_lines():
        for place in zip(line.get_xdata(), line.get_ydata(), strict=True):
            part = 1.0 if margins[place] >= 2 else 0.65 if margins[place] >= 1.2 else 0.35
            assert line.get_markersize() == pytest.approx(part * largest)
    (borders,) = [each for each in figure.axes[0].collections if hasattr(each, "get_segments")]
    assert len(borders.get_segments()) == 2
    assert figure.axes[0].get_ylabel() == "noise σ$_f$, in F/X"
