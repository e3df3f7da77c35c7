"""The figure of stability: measured values over the steps η and a, inside and outside the theorem's
range."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from auxtheory.analysis.canvas import FigureOptions, Panels, open_canvas
from auxtheory.analysis.selection import (
    caption,
    check_table,
    column,
    edges,
    measure_label,
    one_value,
    values,
)
from auxtheory.analysis.style import looks
from auxtheory.errors import Checks
from auxtheory.study.grid import STEPS
from auxtheory.table import Row, Table
from auxtheory.typing import FloatArray

DIVERGED: dict[str, Any] = {
    "facecolor": "white",
    "hatch": "////",
    "edgecolor": "#999999",
    "linewidth": 0.0,
}
# The quotient of the largest and the smallest value with a colour of their own, and of the median
# and the smallest; all beyond have the last colour.
MAX_SPAN = 1e4
WRONG = "#D55E00"
PANEL = 2.6  # the least width of a panel in inches
TINY = float(np.finfo(float).tiny)


def stability(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw measured values over the steps η and a, a panel per theorem.

    Cells that diverged are hatched: any replica has diverged, or the mean is infinite. A line
    surrounds the cells in the range of the theorem. A cell without a number stays empty.

    Args:
        table: the results of a study over `eta` and `a` with mode="unsafe".
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure.

    Raises:
        InputError: `eta` or `a` has only one value, or another axis has several.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> noise = at.Gaussian(sigma_f=0.3)
        >>> study = at.Study(theorems, target, noise, delta=0.3, K=4, T=50, eta=[0.1, 1.0], a=[0.1,
        ...     1.0], mode="unsafe")
        >>> analysis.stability(study.run()).axes[0].get_xlabel()
        'step size η'
    """
    cells = _checked(table)
    measured = column(cells, "measured")
    alive = measured[np.isfinite(measured) & (measured > 0) & ~(column(cells, "diverged") > 0)]
    low = max(float(alive.min()), float(np.median(alive)) / MAX_SPAN) if len(alive) else 1.0
    high = low * min(max(float(alive.max(initial=0)) / low, 10.0), MAX_SPAN)
    look = looks(cells)
    shape = Panels(shows=tuple(look), least=PANEL, ratio=0.78, sharey=True)
    canvas = open_canvas(options, look, shape)
    for panel, name in zip(canvas.axes, canvas.names, strict=True):
        mesh = _draw(panel, cells.where(theorem=name), LogNorm(low, high))
        panel.set(xscale="log", yscale="log", xlabel="step size η")
        panel.set_title(canvas.name(name), fontsize=canvas.font)
        panel.set_ylabel("momentum parameter a")
        panel.label_outer()
    ends = bool(np.any(alive < low)), bool(np.any(alive > high))
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(ends, "neither")
    bar = canvas.figure.colorbar(mesh, ax=list(canvas.axes), extend=extend)
    bar.set_label(measure_label(cells), size=canvas.font)
    bar.ax.tick_params(which="both", labelsize=canvas.small)
    keys = [
        (Patch(**DIVERGED), "diverged"),
        (Line2D([], [], color="black", linewidth=1.8), "the theorem's range"),
    ]
    if "violated" in set(cells["status"].tolist()):
        keys.append((Line2D([], [], color=WRONG, marker="x", linestyle="none"), "violated"))
    return canvas.finish(caption(cells, STEPS), (), keys, columns=3)


def _checked(table: Table) -> Table:
    checks = Checks()
    check_table(checks, table, ("theorem", "status", "measured", *STEPS))
    if not any(row["a"] is not None and row["a"] == row["a"] for row in table):
        methods = ", ".join(dict.fromkeys(str(row.get("method", row["theorem"])) for row in table))
        allowed = "must have a momentum parameter a, since the figure is over η and a"
        checks.complain("method", methods, allowed)
        checks.done()
    cells = Table(
        tuple(
            row for row in table if row["status"] not in ("failed", "missing") and _has_steps(row)
        )
    )
    for name in STEPS:
        if len(values(cells, name)) < 2:
            allowed = "must have several values, given to the study as an axis, with mode='unsafe'"
            checks.complain(name, values(cells, name), allowed)
    one_value(checks, cells, free=STEPS)
    checks.done()
    return cells


def _has_steps(row: Row) -> bool:
    return all(row.get(name) is not None and 0 < row[name] < np.inf for name in STEPS)


def _draw(panel: Axes, cells: Table, norm: LogNorm) -> QuadMesh:
    """Draw one theorem's cells as a mesh, in which the hatching below shows those that diverged."""
    x = np.unique(cells["eta"])
    y = np.unique(cells["a"])
    shown = np.full((len(y), len(x)), np.nan)
    diverged = np.zeros_like(shown, dtype=bool)
    inside = np.zeros_like(shown, dtype=bool)
    for row in cells:
        at = int(np.searchsorted(y, row["a"])), int(np.searchsorted(x, row["eta"]))
        diverged[at] = row.get("diverged", 0) > 0 or row["measured"] == np.inf
        shown[at] = np.nan if diverged[at] else max(row["measured"], TINY)
        inside[at] = row["status"] != "outside"
        if row["status"] == "violated":
            panel.plot(row["eta"], row["a"], "x", color=WRONG, markersize=6)
    columns = edges(x)
    rows = edges(y)
    mesh = panel.pcolormesh(
        columns,
        rows,
        np.ma.masked_invalid(shown),
        norm=norm,
        cmap="cividis",
        edgecolors="face",
        linewidth=0.3,
    )  # no hair lines between cells
    for i, j in zip(*np.nonzero(diverged), strict=True):
        corner = (columns[j], rows[i])
        size = (columns[j + 1] - columns[j], rows[i + 1] - rows[i])
        panel.add_patch(Rectangle(corner, *size, **DIVERGED))
    for colour, width in (("white", 4.2), ("black", 1.8)):  # visible on any colour, and in grey
        sides = _outline(inside, columns, rows)
        panel.add_collection(
            LineCollection(sides, colors=colour, linewidths=width, capstyle="projecting", zorder=3)
        )
    panel.set(xlim=(columns[0], columns[-1]), ylim=(rows[0], rows[-1]))
    return mesh


def _outline(
    inside: NDArray[np.bool_], columns: FloatArray, rows: FloatArray
) -> list[list[tuple[float, float]]]:
    """The borders between cells inside and outside the range."""
    padded = np.pad(inside, 1)
    across = padded[1:-1, 1:] != padded[1:-1, :-1]
    upward = padded[1:, 1:-1] != padded[:-1, 1:-1]
    sides = [
        [(columns[j], rows[i]), (columns[j], rows[i + 1])]
        for i, j in zip(*np.nonzero(across), strict=True)
    ]
    sides += [
        [(columns[j], rows[i]), (columns[j + 1], rows[i])]
        for i, j in zip(*np.nonzero(upward), strict=True)
    ]
    return sides
