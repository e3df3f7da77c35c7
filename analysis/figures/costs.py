"""The figure of `auxtheory bench growth`: the seconds of every operation at its sizes, a decade
apart, on one logarithmic axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.canvas import FigureOptions, Panels, open_canvas
from auxtheory.analysis.selection import check_table
from auxtheory.analysis.style import Look, style
from auxtheory.errors import Checks
from auxtheory.table import Table

NEEDED = "group", "operation", "along", "size", "status", "seconds", "wanted s", "limit s"
ROW = 0.165  # inches of a row
FOOT = 0.5
LEAST = 1e-4  # seconds; calls that take less are drawn there
GOOD, SLOW = "measured", "stopped"
INK = "#222222"
FAINT = "#777777"
LINES = "#dddddd"


def costs(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw what operations cost: a row for each, with a dot for the seconds at each of its sizes.

    Where costs grow like the size, the dots of a row are a decade apart; an arrow is a call that
    was stopped, and a bar the most that is wanted at the largest size.

    Args:
        table: the `table` of `Growth`.
        **options: where and how to draw, see `FigureOptions`; labels and colours are of the marks
            in the legend.

    Returns:
        The figure.

    Raises:
        InputError: a column is missing, or nothing was measured.
    """
    checks = Checks()
    check_table(checks, table, NEEDED, "of auxtheory bench growth")
    rows = list(table)
    if not any(row["status"] in ("ok", "slow") for row in rows):
        checks.complain("table", f"{len(table)} rows", "must hold a row with status ok or slow")
    checks.done()
    series: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        label = f"{row['operation']}, {row['along']}"
        series.setdefault((row["group"], label), []).append(row)
    groups = list(dict.fromkeys(group for group, _ in series))
    looks = {GOOD: Look(colour=style("AuxMVR")[0]), SLOW: Look(colour=style("AuxMOM")[0])}
    height = ROW * (len(series) + 1.5 * len(groups)) + FOOT
    canvas = open_canvas(options, looks, Panels(height=height), width=7.0)
    (axes,) = canvas.axes
    colours = {name: look.colour for name, look in canvas.looks.items()}
    place = 0.0
    places, names = [], []
    for group in groups:
        axes.annotate(
            group,
            (LEAST, place),
            fontsize=canvas.small,
            fontweight="bold",
            color=INK,
            va="center",
            annotation_clip=False,
        )
        place += 1
        for (of, label), some in series.items():
            if of == group:
                _draw(axes, place, some, colours, canvas.scale)
                places.append(place)
                names.append(label)
                place += 1
        place += 0.5
    axes.set_yticks(places, names, fontsize=canvas.small)
    axes.set(xscale="log", ylim=(place, -1), xlabel="seconds")
    axes.set_xlim(LEAST / 1.5, None)
    axes.tick_params(axis="both", which="both", length=0, labelsize=canvas.small)
    axes.grid(visible=True, axis="x", which="major", color=LINES, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    marks = [
        (_mark("o", colours[GOOD]), canvas.name(GOOD)),
        (_mark(">", colours[SLOW]), f"{canvas.name(SLOW)} there"),
        (_mark("|", INK), "the most that is wanted at the largest size"),
    ]
    return canvas.finish("", marks, columns=3)


def _draw(
    axes: Axes,
    place: float,
    rows: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
    scale: float,
) -> None:
    """The dots of one operation, larger ones for larger sizes, and what is wanted."""
    good = [(i, max(row["seconds"], LEAST)) for i, row in enumerate(rows) if row["status"] == "ok"]
    slow = [row["limit s"] for row in rows if row["status"] == "slow"]
    ends = [seconds for _, seconds in good] + slow
    if ends:
        axes.hlines(place, min(ends), max(ends), color=LINES, linewidth=1.2 * scale)
    for i, seconds in good:
        size = (2.2 + 1.2 * i) * scale
        axes.plot(seconds, place, "o", color=colours[GOOD], markersize=size, markeredgewidth=0)
    axes.plot(slow, [place] * len(slow), ">", color=colours[SLOW], markersize=5 * scale)
    wanted = rows[-1]["wanted s"]
    if wanted == wanted:
        axes.plot(wanted, place, "|", color=INK, markersize=8 * scale, markeredgewidth=1.3)


def _mark(marker: str, colour: str) -> Line2D:
    return Line2D([], [], marker=marker, color=colour, linestyle="", markersize=5)
