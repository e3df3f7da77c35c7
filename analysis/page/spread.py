"""measured/bound of all cells of a theorem over each axis: quantiles, the largest, and how many
cells have each status, as a table and a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.analysis.coding import quantiles
from auxtheory.analysis.page.base import Axis, Codes, View, text
from auxtheory.analysis.page.figures import WIDTH, Drawing, listed
from auxtheory.analysis.selection import glyph
from auxtheory.study.results.summary import MENTIONED
from auxtheory.table import STATUSES
from auxtheory.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_VALUES = 40  # the most values of an axis that are listed; of more, ranges are
MAX_PANELS = 6  # the most axes in a figure
COLUMNS = 3  # the most panels next to each other
HEIGHT = 2.0  # of a panel, in inches
SHARES = (0.05, 0.5, 0.95)
FAR = 5  # the least last/first of an axis for a logarithmic scale


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """The cells of a theorem over one axis.

    labels: The values, or ranges of consecutive values, that have cells; centres: their places on
    the axis; counts: the number of cells of each status; quantiles: those of measured/bound, shape
    (`SHARES`, labels), NaN without one; largest: the largest measured/bound.
    """

    axis: str
    labels: Sequence[str]
    centres: FloatArray
    counts: Mapping[str, Sequence[int]]
    quantiles: FloatArray
    largest: FloatArray
    log: bool

    @property
    def rows(self) -> list[tuple[str, list[int], list[str]]]:
        """Of each value: its text, the number of cells of each status, and the quantiles and the
        largest as texts."""
        numbers = np.vstack([self.quantiles, self.largest]).T.tolist()
        counts = zip(*self.counts.values(), strict=True)
        texts = ([text(value, 3) for value in row] for row in numbers)
        return list(zip(self.labels, map(list, counts), texts, strict=True))


def spreads_of(view: View, theorem: str) -> list[Spread]:
    """The cells of a theorem over every axis along which they vary, but the seed."""
    cells = view.of(theorem)
    cells = cells[np.argsort(view.ratio[cells], kind="stable")]
    several = {
        name: axis
        for name, axis in view.axes.items()
        if name != "seed" and len(cells) and np.any(axis.codes[cells] != axis.codes[cells[0]])
    }
    return [_spread(view, cells, name, axis) for name, axis in several.items()]


def _spread(view: View, cells: Codes, name: str, axis: Axis) -> Spread:
    """The cells, in ascending order of measured/bound, over one axis."""
    cells = cells[axis.codes[cells] >= 0]
    width = -(-len(axis) // MAX_VALUES)
    bins = -(-len(axis) // width)
    place = axis.codes[cells] // width
    kept = np.flatnonzero(np.bincount(place, minlength=bins))
    counts = np.bincount(place * len(STATUSES) + view.status[cells], minlength=bins * len(STATUSES))
    by_status = dict(zip(STATUSES, counts.reshape(bins, -1)[kept].T.tolist(), strict=True))
    ratio = view.ratio[cells]
    known = ~np.isnan(ratio)
    with_ratio = np.isin(kept, np.unique(place[known]))
    found = np.full((len(SHARES) + 1, len(kept)), np.nan)
    found[:, with_ratio] = quantiles(
        ratio[known], place[known], (*SHARES, 1.0), method="inverted_cdf"
    )
    ends = [(i * width, min((i + 1) * width, len(axis)) - 1) for i in kept.tolist()]
    numbers = _positions(axis)
    return Spread(
        axis=name,
        labels=[" … ".join(dict.fromkeys(map(axis.text, pair))) for pair in ends],
        centres=np.array([numbers[(first + last) // 2] for first, last in ends]),
        counts={n: by_status[n] for n in MENTIONED if any(by_status[n])},
        quantiles=found[:-1],
        largest=found[-1],
        log=numbers[0] > 0 and numbers[-1] >= FAR * numbers[0],
    )


def _positions(axis: Axis) -> FloatArray:
    """The places of the values: the numbers, or 1, 2, … if there are texts or ∞."""
    values: Sequence[Any] = axis.values
    even = any(isinstance(value, str) or not math.isfinite(value) for value in values)
    return np.array(range(1, len(values) + 1) if even else values, dtype=float)


def drawing_of(spreads: Sequence[Spread], theorem: str, cells: int) -> Drawing | None:
    """A figure with a panel for each axis; none without a measured/bound above 0."""
    from matplotlib.figure import Figure

    from auxtheory.analysis.canvas import log_ticks

    drawn = [one for one in spreads if np.any(one.largest > 0)][:MAX_PANELS]
    if not drawn:
        return None
    columns = min(COLUMNS, len(drawn))
    lines = math.ceil(len(drawn) / columns)
    figure = Figure(figsize=(WIDTH, HEIGHT * lines + 0.3), layout="constrained")
    panels = figure.subplots(lines, columns, sharey=True, squeeze=False)
    for panel in panels.flat[len(drawn) :]:
        panel.set_visible(False)
    for panel, one in zip(panels.flat, drawn, strict=False):
        _panel(panel, one)
    for line in panels:
        line[0].set_ylabel("measured/bound", fontsize=8)
        log_ticks(line[0].yaxis)
    return Drawing(
        theorem=theorem,
        about=f" over {listed([glyph(one.axis) for one in drawn])}",
        description=(
            f"All {cells:,} cells: the line is the median of measured/bound, the band holds 5–95 % "
            "of the cells at each value, dots are the largest, and crosses those above the bound"
        ),
        figure=figure,
    )


def _panel(axes: Axes, spread: Spread) -> None:
    from matplotlib.ticker import MaxNLocator

    from auxtheory.analysis.canvas import log_ticks
    from auxtheory.analysis.style import pretty

    low, median, high = np.where(np.isfinite(spread.quantiles), spread.quantiles, np.nan)
    largest = np.where(np.isfinite(spread.largest), spread.largest, np.nan)
    x = spread.centres
    axes.set(yscale="log", xscale="log" if spread.log else "linear")
    axes.fill_between(x, low, high, color="#0072B2", alpha=0.25, linewidth=0)
    axes.plot(x, median, color="#0072B2", linewidth=1.5)
    violated = np.array(spread.counts.get("violated", [0] * len(x))) > 0
    axes.plot(x[~violated], largest[~violated], ".", color="#0072B2", markersize=4)
    axes.plot(x[violated], largest[violated], "x", color="#D55E00", markersize=5)
    axes.axhline(1, color="#777777", linewidth=0.8, linestyle="--")
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", labelsize=8)
    axes.set_xlabel(pretty(glyph(spread.axis)), fontsize=8)
    if spread.log:
        log_ticks(axes.xaxis)
    elif len(x) <= COLUMNS + 1:
        axes.set_xticks(x, list(spread.labels))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
