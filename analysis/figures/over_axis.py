"""Curves over one axis, in panels: measured values with markers, bounds as dashes of their colour.
The figures of the catalogue are drawn with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.canvas import Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.coding import rows_with
from auxtheory.analysis.selection import check_table, column
from auxtheory.analysis.style import looks
from auxtheory.errors import Checks
from auxtheory.table import Table

# Decades below the largest value that are drawn.
DEEPEST = 16


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure of the catalogue: the numbers, and what is drawn of them.

    The rows of the table have a column `curve` (a method, or what else is compared), the columns
    `x` and `panel`, and `measured` and `bound` (each NaN where there is none).

    Args:
        text: What it shows, a line of the help.
        make: Returns the table, within two seconds.
        x: The column of the horizontal axis.
        xlabel: Its label.
        ylabel: The label of the vertical axis.
        panel: The column whose values have a panel each; "" for one panel.
        title: The title of a panel, formatted with its value.
        logx: Whether the horizontal axis is logarithmic.
        logy: Whether the vertical axis is logarithmic.
        measured: What the markers show, a word of the legend.

    Example:
        >>> from auxtheory import analysis
        >>> analysis.CATALOGUE["hybrids"].x
        'delta'
    """

    text: str
    make: Callable[[], Table]
    x: str
    xlabel: str
    ylabel: str
    panel: str = ""
    title: str = "{}"
    logx: bool = True
    logy: bool = True
    measured: str = "exact"


def over_axis(drawing: Drawing, table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw a table of this shape.

    Args:
        drawing: What is drawn.
        table: What its `make` returns.
        **options: Where and how to draw, see `FigureOptions`.

    Returns:
        The figure.

    Raises:
        InputError: A column is missing.

    Example:
        >>> from auxtheory import analysis
        >>> drawing = analysis.CATALOGUE["hybrids"]
        >>> len(analysis.over_axis(drawing, drawing.make()).axes)
        3
    """
    needed = [drawing.x, "curve", "measured", "bound", *filter(None, [drawing.panel])]
    check_table(Checks(), table, needed, "the table of this figure")
    shown = list(dict.fromkeys(table[drawing.panel].tolist())) if drawing.panel else [None]
    titles = [drawing.title.format(value) if drawing.panel else "the figure" for value in shown]
    known = looks({"theorem": name, "method": name} for name in dict.fromkeys(table["curve"]))
    shape = Panels(shows=titles, least=2.2, ratio=1.1 if drawing.panel else 0.6, sharey=True)
    canvas = open_canvas(options, known, shape)
    for panel, value, title in zip(canvas.axes, shown, titles, strict=True):
        rows = table if value is None else table.take(rows_with(table, drawing.panel, (value,)))
        for name in canvas.names:
            _draw(panel, drawing, rows.take(rows_with(rows, "curve", (name,))), name, canvas)
        if drawing.logx:
            panel.set_xscale("log")
        if drawing.logy:
            panel.set(yscale="log", ylim=_limits(table))
        panel.set(xlabel=drawing.xlabel, ylabel=drawing.ylabel)
        if drawing.panel:
            panel.set_title(title, fontsize=canvas.font)
            panel.label_outer()
        panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    return canvas.finish("", _entries(canvas), _keys(drawing, table), columns=2)


def _draw(panel: Any, drawing: Drawing, rows: Table, name: str, canvas: Any) -> None:
    if not len(rows):
        return
    rows = rows.take(np.argsort(column(rows, drawing.x), kind="stable"))
    look = canvas.looks[name]
    x, measured, bound = (column(rows, each) for each in (drawing.x, "measured", "bound"))
    mark = {"marker": look.marker, "fillstyle": look.fill, "markersize": 4.5 * canvas.scale}
    panel.plot(x, measured, color=look.colour, linewidth=1.2, markevery=_every(len(x)), **mark)
    panel.plot(x, bound, color=look.colour, linewidth=1.2, linestyle="--")


def _every(count: int) -> int:
    """So that no curve has more than a dozen markers."""
    return max(1, count // 12)


def _limits(table: Table) -> tuple[float, float]:
    values = np.concatenate(
        [np.asarray(table[name], dtype=float) for name in ("measured", "bound")]
    )
    values = values[np.isfinite(values) & (values > 0)]
    top = float(np.max(values)) if len(values) else 1.0
    low = max(float(np.min(values)) if len(values) else 0.1, top * 10.0**-DEEPEST)
    return low / 2, top * 2


def _entries(canvas: Any) -> list[Entry]:
    return [
        (
            Line2D(
                [],
                [],
                color=each.colour,
                marker=each.marker,
                fillstyle=each.fill,
                markersize=4.5 * canvas.scale,
                linewidth=1.2,
            ),
            canvas.name(name),
        )
        for name, each in canvas.looks.items()
    ]


def _keys(drawing: Drawing, table: Table) -> list[Entry]:
    grey: dict[str, Any] = {"color": "#555555", "linewidth": 1.2}
    keys: list[Entry] = [(Line2D([], [], marker="o", markersize=4, **grey), drawing.measured)]
    if np.any(np.isfinite(np.asarray(table["bound"], dtype=float))):
        keys.append((Line2D([], [], linestyle="--", **grey), "bound"))
    return keys
