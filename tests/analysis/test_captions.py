"""Captions are whole: within their figure however many constants they name, on the page on any
number of lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import chromium, driven, framed_in
from matplotlib.figure import Figure
from matplotlib.text import Text
from page_cases import Standin, said
from tables import law, priced, steps

from auxtheory.analysis import (
    measured_vs_predicted,
    page,
    phase_diagram,
    rate,
    stability,
    tightness,
    toy,
    toy_table,
)
from auxtheory.analysis.canvas import open_canvas
from auxtheory.analysis.selection import caption
from auxtheory.analysis.style import wrapped
from auxtheory.table import Table
from auxtheory.theorems import AuxMOM

MANY = {
    "mu": 0.12345678,
    "F0": 123456.789,
    "zeta": 0.0312345,
    "sigma_f": 1.2345e-5,
    "sigma_h": 0.98765,
    "correlation": -0.77777,
    "s": 0.000123,
    "dim": 123456,
    "B": 1000.0,
    "K": 7,
}
GIVEN = ("delta", "sigma_f", "K", "T", "eta", "a")


def with_many(table: Table, *varied: str) -> Table:
    """The table with a long number in every column that does not vary."""
    more = {name: value for name, value in MANY.items() if name not in varied}
    return Table(tuple({**row, **more, "engine": "exact"} for row in table))


def over_delta() -> Table:
    return with_many(law("delta", np.geomspace(1e-3, 1, 7), lambda d: 0.1 * d**0.5, lambda d: 0.2))


FIGURES: dict[str, Callable[[], Figure]] = {
    "rate": lambda: rate(over_delta()),
    "rate of the page": lambda: rate(over_delta(), width=6.0),
    "stability": lambda: stability(with_many(steps())),
    "tightness": lambda: tightness(over_delta()),
    "measured against predicted": lambda: measured_vs_predicted(over_delta()),
    "phase diagram": lambda: phase_diagram(with_many(priced(), "sigma_f", "K")),
    "toy": lambda: toy(toy_table(K=3, T=20, a=0.2)),
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_every_text_lies_within_its_figure(draw: Callable[[], Figure]) -> None:
    figure = draw()
    figure.draw_without_rendering()
    sides = [side for axes in figure.axes for side in (axes.xaxis, axes.yaxis)]
    # Some are not drawn.
    ticks = {id(label) for side in sides for label in side.get_ticklabels(which="both")}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in ticks:
            box = text.get_window_extent()
            assert figure.bbox.x0 - 1 <= box.x0 and box.x1 <= figure.bbox.x1 + 1, text.get_text()


def test_a_title_says_all_on_several_lines() -> None:
    """The words of one line, in their order; what belongs together stays together."""
    table = over_delta()
    title = rate(table, width=6.0).axes[0].get_title()
    wide = rate(table, width=30.0).axes[0].get_title()
    assert title.count("\n") >= 1 and title.split() == wide.split() and "\n" not in wide
    assert all(
        re.fullmatch(r"(\S+ = \S+ ?)*(engine ?)?(exact)?", line) for line in title.splitlines()
    )
    assert "σ$_f$ = 1.2345e-05" in title


def test_a_title_of_a_users_own_stays_within_its_figure() -> None:
    """However long, in words or in one; and a dollar is one."""
    for text in ("x" * 400, "a word " * 400, "costs $5 or $6, ", "one\ntwo", "no title"):
        figure = open_canvas({"width": 6.0}, {}).finish(text)
        figure.draw_without_rendering()
        assert figure.get_label() == text and figure.get_suptitle().count("\n") <= 5
        titles = [
            found for found in figure.findobj(Text) if found.get_text() == figure.get_suptitle()
        ]
        assert titles
        assert all(found.get_window_extent().width <= 6.0 * figure.dpi for found in titles)
    assert wrapped("one\ntwo", 3.0) == "one\ntwo" and wrapped("costs $5", 3.0) == r"costs \$5"
    assert wrapped("engine worst_case, σ_f = 1", 9.0) == "engine worst_case, σ$_f$ = 1"


def test_a_figure_can_go_without_a_title() -> None:
    figure = rate(over_delta(), titled=False)
    assert figure.axes[0].get_title() == "" and figure.get_label() == caption(
        over_delta(), ["delta"]
    )
    assert stability(with_many(steps()), titled=False).get_suptitle() == ""


# -- on the page
# -------------------------------------------------------------------------------------------


def results(**more: Any) -> Standin:
    rows = [
        {
            **row,
            "cell": i,
            "theorem": "AuxMOM",
            "p": 1.0,
            "error": "",
            "ratio": row["measured"] / row["bound"],
            **more,
        }
        for i, row in enumerate(over_delta())
    ]
    return Standin(tuple(rows), theorems=[said(AuxMOM())])


@pytest.fixture(scope="module")
def text() -> str:
    return page.build(results(), name="my.study")


def test_the_page_says_every_constant_below_the_figure(text: str) -> None:
    """Once, and nothing above the figure."""
    (found,) = re.findall(r"<figcaption>(.*?)</figcaption>", text, flags=re.DOTALL)
    plain = re.sub(r"<sub>(.*?)</sub>", r"_\1", found).replace("\N{NO-BREAK SPACE}", " ")
    constants = caption(over_delta(), ["delta"]).split(", ")
    assert len(constants) == len(MANY) + 3 and all(
        plain.count(constant) == 1 for constant in constants
    )
    (svg,) = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert "engine" not in re.sub("<title.*?</desc>", "", svg)


LOOK = """
const inside = document.querySelector("iframe").contentDocument;
const hidden = (element) => element.scrollWidth - element.clientWidth;
const box = (element) => { const r = element.getBoundingClientRect(); return [r.left, r.right]; };
seen({width: inside.documentElement.clientWidth,
      captions: [...inside.querySelectorAll("figcaption, caption > span")].map((c) => [...box(c), hidden(c)]),
      texts: [...inside.querySelectorAll("svg text")].map((t) => [...box(t), ...box(t.closest("svg"))])});
"""


@chromium
@pytest.mark.parametrize("width", [360, 390, 1040, 1280])
@pytest.mark.parametrize("printed", [False, True])
def test_no_caption_is_cut_in_a_browser(
    text: str, tmp_path: Path, width: int, printed: bool
) -> None:
    """Captions lie within the window, and every text of a figure within the figure, by the fonts of
    the browser."""
    shown = text.replace("@media print", "@media all") if printed else text
    out = driven(framed_in(shown, width), f"addEventListener('load', () => {{{LOOK}}});", tmp_path)
    assert out["captions"] and out["texts"]
    assert all(
        0 <= left and right <= out["width"] and more <= 0 for left, right, more in out["captions"]
    )
    assert all(first - 1 <= left and right <= last + 1 for left, right, first, last in out["texts"])
