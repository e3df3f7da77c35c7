"""The figure of all cells of a study: measured values against bounds."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.bands import many, worst
from auxtheory.analysis.canvas import Canvas, Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.coding import coded, rows_with
from auxtheory.analysis.figures.tightness import diverged_note, ratios
from auxtheory.analysis.marks import ring
from auxtheory.analysis.selection import caption, measure_label
from auxtheory.analysis.style import looks
from auxtheory.column_table import ColumnTable
from auxtheory.table import Table

LINES: tuple[tuple[float, Any], ...] = ((1.0, "-"), (10.0, "--"), (100.0, ":"))  # bound/measured
# Relative to the largest value: much smaller values would compress all others into a corner.
MIN_SHARE = 1e-12
MANY = 300  # the most cells of a panel that are drawn as points
MARKED = 300  # the most violated cells of a panel that are drawn
PER_DECADE = 12  # bins of the numbers of a density
BINS = 36  # hexagons of a density along the axis
LEAST = 2.1  # the least width of a panel in inches
# Light for one cell, dark for many, on paper without colour too.
DENSITY = "cividis_r"


def drawn_rows(cells: Table) -> tuple[Table, float]:
    """The rows that are drawn, and the value below which one is drawn only if it is violated."""
    floor = MIN_SHARE * min(cells["bound"].max(), cells["measured"].max())
    kept = (cells["measured"] >= floor) | rows_with(cells, "status", ("violated",))
    return (cells if np.all(kept) else cells.take(np.flatnonzero(kept))), float(floor)


def density(cells: Table) -> Table:
    """The number of `cells` of each theorem by the decades of bound and measured value: twelve bins
    a decade, from `bound_low` to `bound_high` and from `measured_low` to `measured_high`."""
    codes, names = coded(cells, "theorem")
    x, y = (
        np.floor(PER_DECADE * np.log10(cells[name])).astype(np.intp)
        for name in ("bound", "measured")
    )
    place = np.stack([codes, x, y])
    order = np.lexsort(place[::-1])
    place = place[:, order]
    new = np.any(place[:, 1:] != place[:, :-1], axis=0)
    begin = np.flatnonzero(np.append(True, new))
    violated = rows_with(cells, "status", ("violated",))[order]
    which, x, y = place[:, begin]
    return ColumnTable(
        {
            "theorem": np.array(names)[which],
            "bound_low": 10.0 ** (x / PER_DECADE),
            "bound_high": 10.0 ** ((x + 1) / PER_DECADE),
            "measured_low": 10.0 ** (y / PER_DECADE),
            "measured_high": 10.0 ** ((y + 1) / PER_DECADE),
            "cells": np.diff(np.append(begin, len(order))),
            "violated": np.add.reduceat(violated, begin, dtype=np.intp),
        }
    )


def measured_vs_predicted(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw measured values against bounds, a panel for each theorem with equal axes.

    Lines show measured = bound, bound/10 and bound/100; a cell above the first line is violated and
    has a ring. If a theorem has more than 300 cells, the panels show how many cells lie where,
    instead of points, but for violated cells (of very many, the 300 furthest above). Runs that
    diverged are not drawn, nor values below 10⁻¹² of the largest bound (or of the largest measured
    value, if that is less), unless they are violated.

    Args:
        table: the results of a study, over any axes.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        A log-log figure.

    Raises:
        InputError: no cell has a positive measured value inside its theorem.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM(), at.theorems.SGD()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=[0.01, 0.1], K=4, T=100)
        >>> analysis.measured_vs_predicted(study.run()).get_supylabel()
        'measured mean squared gradient G, in F²/X²'
    """
    cells = ratios(table)
    drawn, floor = drawn_rows(cells)
    look = looks(drawn)
    shape = Panels(shows=tuple(look), least=LEAST, ratio=0.95, sharex=True, sharey=True)
    canvas = open_canvas(options, look, shape)
    plotted = np.concatenate([drawn["bound"], drawn["measured"]])
    ends = (float(plotted.min()) / 2, float(plotted.max()) * 2)
    by_theorem = {name: drawn.where(theorem=name) for name in canvas.names}
    dense = max(map(len, by_theorem.values())) > MANY
    grids = [
        _panel(axes, by_theorem[name], name, canvas, ends, dense)
        for axes, name in zip(canvas.axes, canvas.names, strict=True)
    ]
    _label(canvas, drawn)
    if dense:
        most = max(float(grid.get_array().max()) for grid in grids)
        for grid in grids:
            grid.set_norm(LogNorm(1, max(most, 10)))
        bar = canvas.figure.colorbar(grids[0], ax=list(canvas.axes), aspect=40)
        bar.set_label("cells", size=canvas.font)
        bar.ax.tick_params(which="both", labelsize=canvas.small)
    count = int(np.sum(rows_with(cells, "status", ("violated",))))
    left = len(cells) - len(drawn)
    omitted = f", {left} below {floor:.1g} not drawn" if left else ""
    total = f"{len(cells):,}" if many(len(cells)) else len(cells)
    title = f"{total} cells, {count} violated{omitted}{diverged_note(table)}\n"
    alone = canvas.axes[0] if len(canvas.names) == 1 else None
    entries: list[Entry] = []
    if alone is not None:
        (name,) = canvas.names
        handle = Line2D([], [], **_mark(canvas, name), linestyle="none")
        entries = [(handle, canvas.name(name))]
    return canvas.finish(title + caption(cells, []), entries, _keys(count), columns=2, over=alone)


def _panel(
    axes: Axes, rows: Table, name: str, canvas: Canvas, ends: tuple[float, float], dense: bool
) -> Any:
    """Draw the cells of one theorem, and the lines; returns the hexagons of a density."""
    violated = rows_with(rows, "status", ("violated",))
    bad = worst(rows["measured"] / rows["bound"], violated, MARKED)
    points = bad if dense else np.arange(len(rows))
    axes.plot(
        rows["bound"][points],
        rows["measured"][points],
        **_mark(canvas, name),
        linestyle="none",
        alpha=0.75,
    )
    for factor, line in LINES:
        grey = {"color": "#777777", "linewidth": 1.0, "linestyle": line}
        axes.plot(ends, [end / factor for end in ends], zorder=0 if not dense else 3, **grey)
    if len(bad):
        size = 8 * canvas.scale
        axes.plot(rows["bound"][bad], rows["measured"][bad], **ring(size), zorder=4)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    axes.set_box_aspect(1)
    axes.grid(visible=True, which="major", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    if len(canvas.names) > 1:
        axes.set_title(f"{canvas.name(name)}\n{len(rows)} cells", fontsize=canvas.small)
    if not dense:
        return None
    low, high = np.log10(ends)
    return axes.hexbin(
        rows["bound"],
        rows["measured"],
        gridsize=BINS,
        xscale="log",
        yscale="log",
        extent=(low, high, low, high),
        mincnt=1,
        cmap=DENSITY,
        linewidths=0.1,
    )


def _mark(canvas: Canvas, name: str) -> dict[str, Any]:
    look = canvas.looks[name]
    mark: dict[str, Any] = {"color": look.colour, "marker": look.marker, "fillstyle": look.fill}
    return mark | {"markersize": 4 * canvas.scale, "markeredgewidth": 0.7}


def _label(canvas: Canvas, drawn: Table) -> None:
    """Label the axes: the outer ones of several panels."""
    words = measure_label(drawn)
    label = words if words == "measured" else f"measured {words}"
    unit = words.rpartition(", in ")[2] if ", in " in words else ""
    for axes in canvas.axes:
        left, bottom = canvas.sides(axes)
        axes.tick_params(labelleft=left, labelbottom=bottom)
        axes.set_xlabel("bound" + (f", in {unit}" if unit else "") if bottom else "")
        axes.set_ylabel(label if left and (len(canvas.axes) == 1 or not canvas.mine) else "")
    if canvas.mine and len(canvas.axes) > 1:
        canvas.figure.supylabel(label, fontsize=canvas.font)


def _keys(violated: int) -> list[Entry]:
    keys: list[Entry] = []
    for factor, line in LINES:
        text = "measured = bound" if factor == 1 else f"measured = bound/{factor:g}"
        keys.append((Line2D([], [], color="#777777", linewidth=1.0, linestyle=line), text))
    if violated:
        keys.append((Line2D([], [], **ring(8), zorder=4), "violated"))
    return keys
