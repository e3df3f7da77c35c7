"""The figure of the benchmark: for each group, bars of the speed relative to the group's reference
row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from auxtheory.analysis.canvas import Canvas, FigureOptions, Panels, open_canvas
from auxtheory.analysis.selection import check_table
from auxtheory.analysis.style import OTHER, Look, style, wrapped
from auxtheory.errors import Checks
from auxtheory.table import Table

# As rows that only draw numbers are named in `auxtheory.bench`, which stands above.
ALONE = "drawing alone: "
# The beginning of a row's name → its colour; colours differ in lightness, so that families are
# distinguishable in grey.
FAMILIES = {
    "engine": (style("AuxMVR")[0], "this library"),
    "JAX": (style("AuxMOM")[0], "JAX"),
    "PyTorch": (style("MVR")[0], "PyTorch"),
    "NumPy": (style("Naive")[0], "NumPy alone"),
    "loop": (style("Naive")[0], "NumPy alone"),
    ALONE: ("#e6e6e6", "drawing of random numbers alone"),
}
INK = "#222222"
FAINT = "#777777"
COLUMN = 6.95  # inches of a column of panels, by default
MIN_COLUMN = 5.8
# Inches of a manual layout, at texts of 10 points, in which all bars are equally high and panels
# are aligned below each other.
ROW = 0.235
HEAD = 0.5
FOOT = 0.5
RATES = 0.75


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Inches of the layout in columns of this width, with texts of this many points."""

    column: float
    font: float

    @property
    def unit(self) -> float:
        return self.font / 10

    @property
    def labels(self) -> float:
        return min(2.95, 0.42 * self.column)

    @property
    def rates(self) -> float:
        return RATES * self.unit

    @property
    def bars(self) -> float:
        return self.column - self.labels - self.rates - 0.1

    @property
    def narrow(self) -> bool:
        """Whether captions and some labels have two lines."""
        return self.column < MIN_COLUMN

    @property
    def head(self) -> float:
        return self.unit * (HEAD + 0.2 * self.narrow)

    @property
    def row(self) -> float:
        return self.unit * ROW * (1.25 if self.narrow else 1.0)

    def height(self, panel: Table) -> float:
        return self.head + self.row * len(panel) + self.unit * FOOT


def bench(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw the speed ratios of a benchmark, one panel of horizontal bars per group.

    Args:
        table: the `table` of a benchmark's `Report`.
        **options: where and how to draw, see `FigureOptions`; `ax` has one Axes for each group, and
            labels, colours and order are of the families in the legend.

    Returns:
        The figure, on logarithmic axes around 1.

    Raises:
        InputError: a column is missing, or no row has status "ok" and a ratio.
    """
    check_table(Checks(), table, ("group", "variant", "status"), "a benchmark's")
    timed = Table(tuple(row for row in table if row["status"] == "ok" and "ratio" in row))
    checks = Checks()
    if not len(timed):
        checks.complain("table", f"{len(table)} rows", "must hold a row with status ok and a ratio")
    checks.done()
    panels = [timed.where(group=name) for name in dict.fromkeys(row["group"] for row in timed)]
    look = {
        label: Look(colour=colour)
        for colour, label in dict.fromkeys(_family(row["variant"]) for row in timed)
    }
    shape = Panels(shows=[panel.rows[0]["group"] for panel in panels])
    canvas = open_canvas(options, look, shape, width=COLUMN * min(len(panels), 2))
    count = max(1, min(len(panels), 2, int(canvas.width / MIN_COLUMN))) if canvas.mine else 1
    sizes = Sizes(column=canvas.width / count, font=canvas.font)
    columns = _columns(panels, count, sizes)
    panels_height = max(sum(map(sizes.height, column)) for column in columns)
    handles = [
        (Patch(facecolor=each.colour, edgecolor=_edge(each.colour)), canvas.name(name))
        for name, each in canvas.looks.items()
    ]
    figure = replace(canvas, panels_height=panels_height).finish("", handles, columns=4)
    if canvas.mine:
        _arrange(figure, dict(zip(map(id, panels), canvas.axes, strict=True)), columns, sizes)
    for axes, panel in zip(canvas.axes, panels, strict=True):
        _draw(axes, panel, canvas, sizes)
    return figure


def _arrange(
    figure: Figure, places: Mapping[int, Axes], columns: Sequence[Sequence[Table]], sizes: Sizes
) -> None:
    """Put the axes of all panels below each other in their columns, above the legend."""
    legend = sum(each.get_window_extent().height for each in figure.legends) / figure.dpi
    width, height = figure.get_size_inches()
    room = height - legend - FOOT * sizes.unit * 0.3
    share = room / max(sum(map(sizes.height, column)) for column in columns)
    for i, column in enumerate(columns):
        top = height
        for panel in column:
            bars = share * sizes.row * len(panel)
            bottom = top - share * sizes.head - bars
            left = i * sizes.column + sizes.labels
            box = (left / width, bottom / height, sizes.bars / width, bars / height)
            places[id(panel)].set_position(box)
            top -= share * sizes.height(panel)


def _columns(panels: list[Table], count: int, sizes: Sizes) -> list[list[Table]]:
    """Panels in columns, each panel in turn placed below the shortest column."""
    columns: list[list[Table]] = [[] for _ in range(count)]
    for panel in panels:
        min(columns, key=lambda column: sum(map(sizes.height, column))).append(panel)
    return columns


def _draw(axes: Axes, rows: Table, canvas: Canvas, sizes: Sizes) -> None:
    ratios = rows["ratio"]
    places = list(range(len(rows)))
    colours = [canvas.looks[_family(name)[1]].colour for name in rows["variant"].tolist()]
    edges = [_edge(colour) for colour in colours]
    # A log axis has no 0, so bars start at 1 and go to the right if faster, to the left if slower.
    axes.barh(
        places, ratios - 1.0, left=1.0, height=0.72, color=colours, edgecolor=edges, linewidth=0.6
    )
    axes.axvline(1.0, color=INK, linewidth=0.9)
    axes.set(xscale="log", ylim=(len(rows) - 0.5, -0.5))
    low, high = _ends(rows)
    axes.hlines(places, low, high, color=INK, linewidth=0.9)
    axes.set_xlim(*_limits(np.array([*low, *high]), sizes))
    small = {"fontsize": canvas.small}
    for place, row in zip(places, rows, strict=True):
        slower = row["ratio"] < 1
        at = ((low if slower else high)[place], place)
        _write(axes, _times(row["ratio"]), at, (-4 if slower else 4, 0), "data", INK, slower, small)
        rate = f"{row['M steps/s']:,.{int(row['M steps/s'] < 10)}f}"
        away = (sizes.rates * 72 - 4, 0)
        _write(axes, rate, (1, place), away, ("axes fraction", "data"), FAINT, True, small)
    names = rows["variant"].tolist()
    labels = [name.removeprefix(ALONE) for name in names]
    room = sizes.labels - 0.12
    axes.set_yticks(places, [wrapped(label, room, canvas.small) for label in labels])
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set(color=FAINT if name.startswith(ALONE) else INK, fontsize=canvas.small)
        label.set_linespacing(0.9)
    _frame(axes, rows, canvas, sizes)


def _frame(axes: Axes, rows: Table, canvas: Canvas, sizes: Sizes) -> None:
    """Title, ticks and grid."""
    first = rows.rows[0]
    top = "axes fraction"
    left = -sizes.labels * 72 + 6
    small = {"fontsize": canvas.small}
    bold = {"fontsize": canvas.font + 1, "fontweight": "bold"}
    _write(axes, first["group"], (0, 1), (left, 72 * sizes.head - 14), top, INK, False, bold)
    between = "\n" if sizes.narrow else "  ·  "
    caption = f"{first['size']}{between}times as fast as {first['to']}"
    bottom = {**small, "va": "bottom"}
    _write(axes, caption, (0, 1), (left, 4 * sizes.unit), top, FAINT, False, bottom)
    right = (sizes.rates * 72 - 4, 8 * sizes.unit)
    _write(axes, "M steps/s", (1, 1), right, top, FAINT, True, small)
    axes.xaxis.set_major_locator(
        LogLocator(
            subs=(1.0, 2.0, 5.0) if _span(axes) < 50 else (1.0,), numticks=3 if sizes.narrow else 9
        )
    )
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g}×" if value != 1 else "1")
    )
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="both", which="both", length=0, labelsize=canvas.small)
    axes.tick_params(axis="x", labelcolor=FAINT)
    axes.grid(visible=True, axis="x", which="major", color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)


def _write(
    axes: Axes,
    text: str,
    at: tuple[float, float],
    points: tuple[float, float],
    coordinates: Any,
    colour: str,
    right: bool,
    more: Mapping[str, Any],
) -> None:
    """Write a text at this offset, in points, from a place."""
    settings = {
        "va": "center",
        "ha": "right" if right else "left",
        "color": colour,
    }
    axes.annotate(
        text,
        at,
        xytext=points,
        xycoords=coordinates,
        textcoords="offset points",
        annotation_clip=False,
        **(settings | dict(more)),
    )


def _ends(rows: Table) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the intervals of the ratios; the ratios where there is none, as in numbers stored
    by earlier versions."""
    ratios = rows["ratio"]
    ends = []
    for name, extreme in (("ratio low", np.fmin), ("ratio high", np.fmax)):
        known = [row.get(name, float("nan")) for row in rows]
        ends.append(extreme(np.asarray(known, dtype=float), ratios))
    return ends[0], ends[1]


def _span(axes: Axes) -> float:
    low, high = axes.get_xlim()
    return float(high / low)


def _limits(ratios: np.ndarray, sizes: Sizes) -> tuple[float, float]:
    """The ends of the axis, which hold all bars with space for the numbers."""
    low = min(1.0, float(np.min(ratios)))
    high = max(1.0, float(np.max(ratios)), 1.5)
    left = 0.5 * sizes.unit if low < 1 else 0.1
    right = 0.5 * sizes.unit
    inch = (high / low) ** (1 / (sizes.bars - left - right))
    return low / inch**left, high * inch**right


def _times(ratio: float) -> str:
    if ratio == 1:
        return "1"
    return f"{ratio:,.0f}×" if ratio >= 10 else f"{ratio:.1f}×" if ratio >= 1 else f"{ratio:.2f}×"


def _family(name: str) -> tuple[str, str]:
    families = (family for start, family in FAMILIES.items() if name.startswith(start))
    return next(families, (OTHER[0], "other"))


def _edge(colour: str) -> str:
    return "#999999" if colour == FAMILIES[ALONE][0] else colour
