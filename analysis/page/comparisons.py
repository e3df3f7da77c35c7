"""The figures of the page that compare all theorems, one for each axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from auxtheory.analysis.page.base import View, coded
from auxtheory.analysis.page.figures import DRAWN, WIDTH, Drawing, listed, unbroken
from auxtheory.analysis.selection import glyph
from auxtheory.errors import InputError
from auxtheory.measures.words import words
from auxtheory.table import Table

MAX_TOGETHER = 6  # the most theorems in one panel


def comparisons_of(view: View) -> list[Drawing]:
    """A figure over every axis but the seed, for each measure; of a single theorem over the axes
    that its own figures lack."""
    axes = view.axes
    codes, measures = coded(view.table, "measure")
    drawings = list[Drawing]()
    for code, measure in enumerate(measures):
        table = view.table.take(codes == code if len(measures) > 1 else slice(None))
        single = len(coded(table, "theorem")[1]) == 1
        further = f", {words(measure).label}" if len(measures) > 1 else ""
        for axis in axes:
            drawn = axis in DRAWN or {"eta", "a"} <= set(axes)
            if axis != "seed" and not (single and drawn):
                panels = len(coded(table, "theorem")[1]) > MAX_TOGETHER
                drawings += _drawn(table, axis, further, panels=panels)
    return drawings


def _drawn(table: Table, axis: str, further: str, *, panels: bool) -> Iterator[Drawing]:
    """The figure over one axis; nothing if fewer than two of its values have numbers."""
    from auxtheory.analysis.compared import compare
    from auxtheory.analysis.figures.comparison import draw

    try:
        found = compare(table, axis, panels)
    except InputError:
        return
    figure = draw(found, table, panels, {"width": WIDTH, "titled": False})
    over = listed([glyph(name) for name in found.over])
    signs = ["Lines are bounds and markers measured values"]
    if over:
        signs[0] += f", each the largest over {over}"
    if found.classes:
        which = "at these steps" if found.chosen else "for every step size"
        methods = listed(list(dict.fromkeys(found.classes.values())))
        signs.append(
            f"a thin line is a lower bound {which} of {methods} on its class of problems, and the "
            "band above it is what a better proof could gain"
        )
    if any(found.points["violated"] > 0):
        signs.append("a ring marks a violated cell")
    common = str(figure.get_label()).partition("\n")[2]
    description = ". ".join(
        part for part in ("; ".join(signs), _cells(table, found.drawn), unbroken(common)) if part
    )
    names = coded(table, "theorem")[1]
    yield Drawing(
        theorem="All theorems" if len(names) > 1 else str(names[0]),
        about=f" over {glyph(axis)}{further}",
        description=description,
        figure=figure,
    )


def _cells(table: Table, drawn: Table) -> str:
    """How many cells are drawn, and why the others are not."""
    if len(drawn) == len(table):
        return f"All {len(table):,} cells are drawn"
    whole, part = _counts(table), _counts(drawn)
    left = {status: count - part.get(status, 0) for status, count in whole.items()}
    words: Mapping[str, str] = {"pass": "pass with a value of 0", "violated": "diverged"}
    others = listed([f"{count:,} {words.get(name, name)}" for name, count in left.items() if count])
    return f"{len(drawn):,} of {len(table):,} cells are drawn; not drawn: {others}"


def _counts(table: Table) -> dict[str, int]:
    """The number of cells of each status, in order of first appearance."""
    codes, statuses = coded(table, "status")
    return dict(zip(statuses, np.bincount(codes, minlength=len(statuses)).tolist(), strict=True))
