"""The figures on the page that compare all theorems: one over each axis, with whole captions."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
from page_cases import NOISE, TARGET, Standin, every_status, results, said, small

from auxtheory import study
from auxtheory.analysis import page
from auxtheory.analysis.page.base import View
from auxtheory.analysis.page.comparisons import comparisons_of
from auxtheory.study import Results
from auxtheory.theorems import SGD, AuxMOM, AuxMVR, ExactCorrection, ExactCorrectionPL


def captions(text: str) -> list[str]:
    """The captions of the section, as text."""
    section = text[text.index('<section id="comparison"') :]
    section = section[: section.index("</section>")]
    found = re.findall(r"<figcaption>(.*?)</figcaption>", section, flags=re.DOTALL)
    plain = (re.sub(r"<sub>(.*?)</sub>", r"_\1", caption) for caption in found)
    return [html.unescape(caption).replace("\N{NO-BREAK SPACE}", " ") for caption in plain]


def test_a_figure_over_each_axis_with_all_theorems(plain: str) -> None:
    """The caption says what is drawn, over which cells, and what they have in common."""
    found = captions(plain)
    assert [caption.split(". ")[0] for caption in found] == [
        f"All theorems over {axis}" for axis in ("δ", "σ_f", "K", "T")
    ]
    assert found[0] == (
        "All theorems over δ. Lines are bounds and markers measured values, each the largest over "
        "σ_f, K and T. All 216 cells are drawn. L = 1, engine exact."
    )
    for drawing in comparisons_of(View(small())):
        (legend,) = drawing.figure.legends
        shown = [text.get_text() for text in legend.get_texts()]
        assert shown[:2] == ["AuxMOM", "SGD"]


def test_a_caption_counts_what_is_not_drawn(mixed: str) -> None:
    """By its status; and says what a ring is."""
    first = captions(mixed)[0]
    assert "a ring marks a violated cell" in first
    left = "1 diverged, 2 outside, 1 failed and 1 missing"
    assert f"211 of 216 cells are drawn; not drawn: {left}" in first


def test_bands_are_named() -> None:
    """Of a study of the library's theorems, with its own steps and without."""
    axes = {"delta": [0.1, 0.2], "K": 2, "T": 5}
    made = study.Study([ExactCorrection(), AuxMVR()], TARGET, **axes).run()
    assert isinstance(made, Results)
    (only,) = captions(page.build(made, name="a.study"))
    band = "a thin line is a lower bound for every step size of ExactCorrection on its class of "
    assert band in only and "what a better proof could gain" in only
    chosen = study.Study([SGD(), AuxMVR()], TARGET, NOISE, eta=[0.1, 0.2], a=0.5, K=1, T=5).run()
    assert "a lower bound at these steps of SGD" in captions(page.build(chosen, name="a.study"))[0]


def test_each_measure_has_its_own_figures() -> None:
    """G and f − inf f are not drawn on one axis."""
    theorems = [ExactCorrection(), ExactCorrectionPL(), AuxMOM()]
    made = study.Study(theorems, TARGET, delta=[0.1, 0.2], K=2, T=[5, 6]).run()
    firsts = [caption.split(". ")[0] for caption in captions(page.build(made, name="a.study"))]
    assert [first.split(", ")[0] for first in firsts] == [
        "All theorems over δ",
        "All theorems over T",
    ]
    assert all("mean squared gradient G" in first for first in firsts)


def test_a_single_theorem_is_compared_over_the_axes_that_its_figures_lack() -> None:
    """Such as B, and the steps alone."""
    over = {"delta": np.geomspace(0.01, 1, 3), "B": [1.0, 10.0, np.inf]}
    drawings = comparisons_of(View(results([AuxMOM()], **over)))
    assert [drawing.title for drawing in drawings] == ["AuxMOM over B"]
    one = results([AuxMOM()], delta=[0.01, 0.1])
    assert 'id="comparison"' not in page.build(one, name="a.study")


def test_many_theorems_have_panels() -> None:
    """Since seven lines cannot be told apart."""
    names = [f"Claim{i}" for i in range(7)]
    rows = [{**row, "theorem": name} for name in names for row in results([AuxMOM()], T=[5, 50])]
    described = [said(AuxMOM()) | {"name": name} for name in names]
    many = Standin(tuple(rows), theorems=described)
    (drawing,) = comparisons_of(View(many))
    assert len(drawing.figure.axes) == 7
    few = replace(many, rows=tuple(row for row in rows if row["theorem"] != "Claim6"))
    assert len(comparisons_of(View(few))[0].figure.axes) == 1


def test_no_cell_is_in_no_figure() -> None:
    """A study whose cells have no numbers has no section."""
    failed = [{**row, "status": "failed"} for row in every_status()]
    assert comparisons_of(View(replace(small(), rows=tuple(failed)))) == []
