"""The figure of tightness: histograms of measured/bound of a study for each theorem."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from auxtheory.analysis.canvas import Canvas, FigureOptions, Panels, open_canvas
from auxtheory.analysis.coding import coded, quantiles, rows_with
from auxtheory.analysis.selection import caption, column, with_numbers
from auxtheory.analysis.style import looks
from auxtheory.column_table import ColumnTable
from auxtheory.errors import Checks
from auxtheory.table import Table
from auxtheory.typing import FloatArray

BINS_PER_DECADE = 16
MAX_DECADES = 2  # decades that have room for 1, 2 and 5
MAX_TICKS = 5  # the most labelled powers of ten; of more, every second, third, …
MARGIN = 10**0.2  # space beyond the largest ratio
ROOM = 0.15  # share of an axis for the number at the mark
PANEL = 0.66  # inches of the height of a panel
MIN_RATIO = 1e-4  # smaller ratios are drawn here,
MAX_RATIO = 1e4  # and larger ones here
NEEDED = ("theorem", "status", "measured", "bound")


def ratios(table: Table) -> Table:
    """The cells inside their theorem that have a measured value and a bound; InputError if there
    are none."""
    checks = Checks()
    cells = with_numbers(checks, table, NEEDED)
    if not len(cells):
        checks.complain(
            "table",
            f"{len(table)} rows",
            "must hold a cell with a measured value > 0 inside a theorem",
        )
    checks.done()
    return cells


def diverged_note(table: Table) -> str:
    """The note about violated cells that diverged, which cannot be drawn."""
    gone = ~(column(table, "measured") < np.inf)
    count = int(np.sum(rows_with(table, "status", ("violated",)) & gone))
    return f", {count} more violated by diverging, not drawn" if count else ""


def tightness(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw a histogram of measured/bound for each theorem, with the largest ratio marked.

    Cells outside the range of a theorem, and cells that measure 0 or diverged, are left out. Ratios
    below 10⁻⁴ are drawn at 10⁻⁴, and those above 10⁴ at 10⁴, so that one of them does not flatten
    the others.

    Args:
        table: the results of a study, over any axes.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure, on one logarithmic axis.

    Raises:
        InputError: no cell has a positive measured value inside its theorem.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM(), at.theorems.SGD()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=[0.01, 0.1], K=4, T=100)
        >>> len(analysis.tightness(study.run()).axes)
        2
    """
    cells = ratios(table)
    bins = bins_of(cells["measured"] / cells["bound"])
    look = looks(cells)
    canvas = open_canvas(options, look, Panels(shows=tuple(look), height=PANEL, sharex=True))
    panels = canvas.axes
    for panel, name in zip(panels, canvas.names, strict=True):
        _draw(panel, cells.where(theorem=name), name, bins, canvas)
        panel.set(xscale="log", xlim=(bins[0], bins[-1] * MARGIN))
    panels[-1].set_xlabel("measured/bound")
    subs = (1.0, 2.0, 5.0) if len(bins) - 1 <= MAX_DECADES * BINS_PER_DECADE else (1.0,)
    panels[-1].xaxis.set_major_locator(LogLocator(subs=subs, numticks=MAX_TICKS))
    panels[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panels[-1].xaxis.set_minor_formatter(NullFormatter())
    title = f"{len(cells)} cells{diverged_note(table)}; the number is the largest measured/bound\n"
    return canvas.finish(title + caption(cells, []))


def bins_of(ratio: FloatArray) -> FloatArray:
    """The borders of the bins of a histogram of ratios."""
    low = min(
        np.floor(BINS_PER_DECADE * np.log10(max(ratio.min(), MIN_RATIO))) / BINS_PER_DECADE, -0.5
    )
    high = max(
        np.ceil(BINS_PER_DECADE * np.log10(min(ratio.max(), MAX_RATIO))) / BINS_PER_DECADE, 0.0
    )
    return np.asarray(10 ** np.linspace(low, high, round((high - low) * BINS_PER_DECADE) + 1))


def histogram(cells: Table) -> Table:
    """The number of `cells` of each theorem whose measured/bound is from `low` to `high`, with the
    ratios beyond the axis in its first and last bin, and the `largest` ratio of the theorem."""
    ratio = cells["measured"] / cells["bound"]
    bins = bins_of(ratio)
    codes, names = coded(cells, "theorem")
    size = len(bins) - 1
    place = np.clip(np.searchsorted(bins, ratio, side="right") - 1, 0, size - 1)
    largest = quantiles(ratio, codes, (1.0,))[0]
    return ColumnTable(
        {
            "theorem": np.repeat(np.array(names), size),
            "low": np.tile(bins[:-1], len(names)),
            "high": np.tile(bins[1:], len(names)),
            "cells": np.bincount(codes * size + place, minlength=size * len(names)),
            "largest": np.repeat(largest, size),
        }
    )


def _draw(panel: Axes, rows: Table, name: str, bins: np.ndarray, canvas: Canvas) -> None:
    look = canvas.looks[name]
    ratio = rows["measured"] / rows["bound"]
    panel.hist(
        np.clip(ratio, bins[0], bins[-1]),
        bins.tolist(),
        color=look.colour,
        alpha=0.85,
        edgecolor="white",
        linewidth=0.4,
    )
    top = panel.get_ylim()[1]
    largest = min(float(ratio.max()), float(bins[-1]))
    panel.axvline(1.0, color="#555555", linewidth=0.9, linestyle="--", zorder=0)
    panel.plot([largest, largest], [0, 1.2 * top], color="black", linewidth=0.9)
    panel.plot([largest], [1.2 * top], look.marker, color="black", markersize=6)
    text = f"{ratio.max():.3g}" + (
        ", violated" if np.any(rows_with(rows, "status", ("violated",))) else ""
    )
    # On the left where the line at 1 would cross it, unless the axis would.
    ends = np.log10([bins[0], largest, 1.0, bins[-1] * MARGIN])
    _, at, line, _ = (ends - ends[0]) / (ends[-1] - ends[0])
    left = ROOM < at <= line < at + ROOM
    panel.annotate(
        text,
        (largest, 1.2 * top),
        (-7 if left else 7, 0),
        textcoords="offset points",
        fontsize=canvas.small,
        va="center",
        ha="right" if left else "left",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )
    panel.set_ylim(0, 1.45 * top)
    below = int(np.sum(ratio < bins[0]))
    above = int(np.sum(ratio > bins[-1]))
    label = f"{canvas.name(name)}\n{len(rows)} cells" + (f", {below} below" if below else "")
    label += f", {above} above" if above else ""
    panel.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=canvas.small)
    panel.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    panel.tick_params(axis="y", labelsize=canvas.small)
    panel.spines[["top", "right"]].set_visible(False)
