"""The figure of stability: measured values over the steps η and a, inside and outside the theorem's
range."""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from auxtheory.analysis.bands import blocks, many, worst
from auxtheory.analysis.canvas import FigureOptions, Panels, open_canvas
from auxtheory.analysis.coding import distinct, medians, rows_with, starts, together
from auxtheory.analysis.selection import (
    caption,
    check_table,
    column,
    edges,
    measure_label,
    one_value,
    values,
)
from auxtheory.analysis.style import looks, methods_of
from auxtheory.column_table import ColumnTable
from auxtheory.errors import Checks
from auxtheory.study.grid import STEPS
from auxtheory.table import Table
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
SIDE = 100  # the most fields along an axis, of very many cells
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
    dense = many(len(cells))
    for panel, name in zip(canvas.axes, canvas.names, strict=True):
        mesh = _draw(panel, mesh_of(cells.where(theorem=name)), LogNorm(low, high), dense=dense)
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
    if "violated" in distinct(cells, "status"):
        keys.append((Line2D([], [], color=WRONG, marker="x", linestyle="none"), "violated"))
    title = caption(cells, STEPS)
    if dense:
        title += f"; each field: the median of neighbours among {len(cells):,} cells"
    return canvas.finish(title, (), keys, columns=3)


def _checked(table: Table) -> Table:
    checks = Checks()
    check_table(checks, table, ("theorem", "status", "measured", *STEPS))
    if np.all(np.isnan(column(table, "a"))):
        methods = ", ".join(dict.fromkeys(methods_of(table).values()))
        allowed = "must have a momentum parameter a, since the figure is over η and a"
        checks.complain("method", methods, allowed)
        checks.done()
    kept = ~rows_with(table, "status", ("failed", "missing"))
    for name in STEPS:
        steps = column(table, name)
        kept &= (steps > 0) & (steps < np.inf)
    cells = table.take(np.flatnonzero(kept))
    for name in STEPS:
        if len(values(cells, name)) < 2:
            allowed = "must have several values, given to the study as an axis, with mode='unsafe'"
            checks.complain(name, values(cells, name), allowed)
    one_value(checks, cells, free=STEPS)
    checks.done()
    return cells


class Mesh(NamedTuple):
    """The fields of one theorem's panel, (a, η): the colours' values, NaN without one, whether they
    diverged, whether they are in the theorem's range, and the violated cells."""

    eta: FloatArray
    a: FloatArray
    shown: FloatArray
    diverged: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    violated: tuple[FloatArray, FloatArray]


def mesh_of(cells: Table) -> Mesh:
    """The fields of one theorem's cells: one for each cell or, of very many, one for a block of
    cells with the median of those that did not diverge, and what holds for half of them or more."""
    eta, a, measured = (column(cells, name) for name in ("eta", "a", "measured"))
    (x, j), (y, i) = (np.unique(v, return_inverse=True) for v in (eta, a))
    side = max(len(x), len(y)) if not many(len(cells)) else SIDE
    columns, rows = blocks(len(x), side), blocks(len(y), side)
    shape = int(rows[-1]) + 1, int(columns[-1]) + 1
    field = rows[i] * shape[1] + columns[j]
    gone = (np.nan_to_num(column(cells, "diverged")) > 0) | (measured == np.inf)
    count, lost, within = (
        np.bincount(field, weights=each, minlength=shape[0] * shape[1]).reshape(shape)
        for each in (np.ones(len(cells)), gone, ~rows_with(cells, "status", ("outside",)))
    )
    diverged = (count > 0) & (2 * lost >= count)
    shown = np.full(shape, np.nan)
    alive = ~gone
    shown.flat[np.unique(field[alive])] = medians(np.maximum(measured[alive], TINY), field[alive])
    shown[diverged] = np.nan
    violated = rows_with(cells, "status", ("violated",))
    places = worst(measured, violated) if many(len(cells)) else np.flatnonzero(violated)
    inside = (count > 0) & (2 * within >= count)
    return Mesh(
        edges(x)[np.append(starts(columns), len(x))],
        edges(y)[np.append(starts(rows), len(y))],
        shown,
        diverged,
        inside,
        (eta[places], a[places]),
    )


def fields(table: Table) -> Table:
    """The fields that the figure draws: the `eta` and `a` at their centres, the median of the
    `measured` values, and whether they `diverged` and are in the theorem's range, `inside`."""
    cells = _checked(table)
    parts = list[Table]()
    for name in distinct(cells, "theorem"):
        mesh = mesh_of(cells.where(theorem=name))
        x, y = (np.sqrt(each[1:] * each[:-1]) for each in (mesh.eta, mesh.a))
        eta, a = np.meshgrid(x, y)
        known = np.flatnonzero(mesh.diverged | np.isfinite(mesh.shown))
        columns = {"eta": eta, "a": a, "measured": mesh.shown}
        columns |= {"diverged": mesh.diverged, "inside": mesh.inside}
        here = {key: value.ravel()[known] for key, value in columns.items()}
        parts.append(ColumnTable({"theorem": np.full(len(known), name)} | here))
    return together(parts)


def _draw(panel: Axes, mesh: Mesh, norm: LogNorm, *, dense: bool) -> QuadMesh:
    """Draw one theorem's cells as a mesh, in which the hatching below shows those that diverged."""
    columns, rows = mesh.eta, mesh.a
    panel.plot(*mesh.violated, "x", color=WRONG, markersize=6)
    drawn = panel.pcolormesh(
        columns,
        rows,
        np.ma.masked_invalid(mesh.shown),
        norm=norm,
        cmap="cividis",
        edgecolors="face",
        linewidth=0.3,
        rasterized=dense,
    )  # no hair lines between cells
    for i, first, last in _runs(mesh.diverged) if dense else _each(mesh.diverged):
        corner = (columns[first], rows[i])
        size = (columns[last] - columns[first], rows[i + 1] - rows[i])
        panel.add_patch(Rectangle(corner, *size, **DIVERGED))
    for colour, width in (("white", 4.2), ("black", 1.8)):  # visible on any colour, and in grey
        sides = _outline(mesh.inside, columns, rows)
        panel.add_collection(
            LineCollection(sides, colors=colour, linewidths=width, capstyle="projecting", zorder=3)
        )
    panel.set(xlim=(columns[0], columns[-1]), ylim=(rows[0], rows[-1]))
    return drawn


def _each(fields: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """The row of each field that is True, and the columns where it begins and ends."""
    return [(int(i), int(j), int(j) + 1) for i, j in np.argwhere(fields)]


def _runs(fields: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """The same of fields next to each other in a row."""
    change = np.diff(np.pad(fields, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    begin, end = np.argwhere(change > 0), np.argwhere(change < 0)
    return [(int(i), int(j), int(k)) for (i, j), (_, k) in zip(begin, end, strict=True)]


def _outline(inside: NDArray[np.bool_], columns: FloatArray, rows: FloatArray) -> list[FloatArray]:
    """The borders between cells inside and outside the range."""
    padded = np.pad(inside, 1)
    i, j = np.nonzero(padded[1:-1, 1:] != padded[1:-1, :-1])
    upright = np.stack([columns[j], rows[i], columns[j], rows[i + 1]], axis=-1)
    i, j = np.nonzero(padded[1:, 1:-1] != padded[:-1, 1:-1])
    level = np.stack([columns[j], rows[i], columns[j + 1], rows[i]], axis=-1)
    return list(np.concatenate([upright, level]).reshape(-1, 2, 2))
