"""The figure of the benchmark: for each group, bars of the speed relative to the group's reference
row."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from auxtheory.analysis.selection import check_table
from auxtheory.analysis.style import OTHER, style
from auxtheory.bench.groups.drawing import ALONE
from auxtheory.errors import Checks
from auxtheory.table import Table

# The beginning of a row's name → its colour; colours differ in lightness, so that families are
# distinguishable in grey.
FAMILIES = {
    "engine": (style("AuxMVR")[0], "this library"),
    "JAX": (style("AuxMOM")[0], "JAX"),
    "PyTorch": (style("MVR")[0], "PyTorch"),
    "NumPy": (style("Naive")[0], "NumPy alone"),
    "loop": (style("Naive")[0], "NumPy alone"),
    ALONE: ("#e6e6e6", "drawing the numbers and nothing else"),
}
INK = "#222222"
FAINT = "#777777"
# Inches of a manual layout in which all bars are equally high and panels are aligned below each
# other.
ROW = 0.235
HEAD = 0.5
FOOT = 0.5
LEGEND = 0.6
LABELS = 2.95
BARS = 2.9
RATES = 0.75
SPACE = 0.35
COLUMN = LABELS + BARS + RATES + SPACE


def bench(table: Table) -> Figure:
    """Draw the speed ratios of a benchmark, one panel of horizontal bars per group.

    Args:
        table: the `table` of a benchmark's `Report`.

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
    columns = _columns(panels)
    width = COLUMN * len(columns)
    height = max(sum(map(_height, column)) for column in columns) + LEGEND
    figure = Figure(figsize=(width, height))
    for i, column in enumerate(columns):
        top = height
        for panel in column:
            left = i * COLUMN + LABELS
            bottom = top - HEAD - ROW * len(panel)
            bars = ROW * len(panel)
            _draw(
                figure.add_axes((left / width, bottom / height, BARS / width, bars / height)), panel
            )
            top -= _height(panel)
    drawn = dict.fromkeys(_family(row["variant"]) for row in timed)
    handles = [
        Patch(facecolor=colour, edgecolor=_edge(colour), label=label) for colour, label in drawn
    ]
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False)
    return figure


def _columns(panels: list[Table]) -> list[list[Table]]:
    """Panels in two columns, each panel in turn placed below the shorter column."""
    if len(panels) == 1:
        return [panels]
    columns: list[list[Table]] = [[], []]
    for panel in panels:
        min(columns, key=lambda column: sum(map(_height, column))).append(panel)
    return columns


def _height(panel: Table) -> float:
    return HEAD + ROW * len(panel) + FOOT


def _draw(axes: Axes, rows: Table) -> None:
    ratios = rows["ratio"]
    places = list(range(len(rows)))
    colours = [_family(name)[0] for name in rows["variant"].tolist()]
    edges = [_edge(colour) for colour in colours]
    # A log axis has no 0, so bars start at 1 and go to the right if faster, to the left if slower.
    axes.barh(
        places, ratios - 1.0, left=1.0, height=0.72, color=colours, edgecolor=edges, linewidth=0.6
    )
    axes.axvline(1.0, color=INK, linewidth=0.9)
    axes.set(xscale="log", ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlim(*_limits(ratios))
    for place, row in zip(places, rows, strict=True):
        slower = row["ratio"] < 1
        _write(
            axes,
            _times(row["ratio"]),
            (row["ratio"], place),
            (-4 if slower else 4, 0),
            "data",
            INK,
            right=slower,
        )
        rate = row["M steps/s"]
        coordinates = ("axes fraction", "data")
        _write(
            axes,
            f"{rate:,.{int(rate < 10)}f}",
            (1, place),
            (RATES * 72 - 4, 0),
            coordinates,
            FAINT,
            right=True,
        )
    labels = [name.removeprefix(ALONE) for name in rows["variant"].tolist()]
    axes.set_yticks(places, labels, fontsize="small")
    for label, name in zip(axes.get_yticklabels(), rows["variant"].tolist(), strict=True):
        label.set_color(FAINT if name.startswith(ALONE) else INK)
    _frame(axes, rows)


def _frame(axes: Axes, rows: Table) -> None:
    """Title, ticks and grid."""
    first = rows.rows[0]
    top = "axes fraction"
    _write(
        axes,
        first["group"],
        (0, 1),
        (-LABELS * 72 + 12, 22),
        top,
        INK,
        fontsize="large",
        fontweight="bold",
    )
    caption = f"{first['size']}  ·  times as fast as {first['to']}"
    _write(axes, caption, (0, 1), (-LABELS * 72 + 12, 8), top, FAINT)
    _write(axes, "M steps/s", (1, 1), (RATES * 72 - 4, 8), top, FAINT, right=True)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if _span(axes) < 50 else (1.0,)))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g}×" if value != 1 else "1")
    )
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="both", which="both", length=0, labelsize="small")
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
    right: bool = False,
    **more: Any,
) -> None:
    """Write a text at this offset, in points, from a place."""
    settings = {
        "fontsize": "small",
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
        **(settings | more),
    )


def _span(axes: Axes) -> float:
    low, high = axes.get_xlim()
    return float(high / low)


def _limits(ratios: np.ndarray) -> tuple[float, float]:
    """The ends of the axis, which hold all bars with space for the numbers."""
    low = min(1.0, float(np.min(ratios)))
    high = max(1.0, float(np.max(ratios)), 1.5)
    left = 0.5 if low < 1 else 0.1
    right = 0.5
    inch = (high / low) ** (1 / (BARS - left - right))
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
