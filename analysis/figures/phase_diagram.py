"""The figure of the best method at equal price, over similarity and noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from auxtheory.analysis.bands import blocks, many
from auxtheory.analysis.canvas import Canvas, Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.coding import coded, starts
from auxtheory.analysis.selection import (
    caption,
    column,
    edges,
    glyph,
    measure_label,
    not_drawn,
    one_value,
    values,
    with_numbers,
)
from auxtheory.analysis.style import looks, methods_of, pretty
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.column_table import ColumnTable
from auxtheory.defaults import PRICE_H, PRICE_R
from auxtheory.errors import Checks
from auxtheory.measures.words import short
from auxtheory.study.grid import NOISE
from auxtheory.table import Table, is_nan
from auxtheory.typing import FloatArray

# Factors of the margin, and the size of a marker from each on, relative to the largest.
MARGINS = ((2.0, 1.0), (1.2, 0.65), (1.0, 0.35))
SIZE = 7.0  # points of the largest marker, if there is room
ROOM = 120  # points of an axis for all markers
LIGHTEST, DARKEST = 0.9, 0.28  # the lightness of cells of different methods, from 0 to 1
SIDE = 120  # the most fields along an axis
WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue in the luminance


def phase_diagram(
    table: Table,
    *,
    price: float | None = None,
    c_r: float = PRICE_R,
    c_h: float = PRICE_H,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw which method is best at equal price over similarity δ/L and noise.

    The best method has the least measured value at price = c_r·calls_r + c_h·calls_h, where
    `calls_r` and `calls_h` are the numbers of gradients of f (or f − h) and of h. Each method has a
    marker and a tint of its colour, and no two tints are equally light; the marker is larger the
    further the second best is behind. Lines separate the methods.

    Args:
        table: the results of a study over `delta`, one constant of the noise and several `T`.
        price: the budget of each method; by default the largest that every method reaches.
        c_r: the price of a gradient of f, or of f − h, above 0.
        c_h: the price of a gradient of h, above 0.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        A figure with one coloured cell for each (δ, noise).

    Raises:
        InputError: as `auxtheory.analysis.figures.phase_diagram.phases`.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM(), at.theorems.SGD()]
        >>> noise = at.Gaussian()
        >>> study = at.Study(theorems, target, noise, delta=[0.01, 0.1], sigma_f=[0.1, 1.0], K=4,
        ...     T=[30, 300])
        >>> analysis.phase_diagram(study.run()).axes[0].get_xlabel()
        'similarity over smoothness δ/L'
    """
    cells = phases(table, price=price, c_r=c_r, c_h=c_h)
    noise = cells.columns[2]
    x = np.unique(cells["delta/L"])
    y = np.unique(cells[noise])
    log = noise != "correlation"
    look = looks(cells)
    canvas = open_canvas(options, look, Panels(ratio=0.72))
    (axes,) = canvas.axes
    fills = tints({name: each.colour for name, each in canvas.looks.items()})
    names, best = _best_of_blocks(cells, noise, x, y)
    x_edges, y_edges = (
        edges(v, log=scale)[np.append(starts(blocks(len(v), SIDE)), len(v))]
        for v, scale in ((x, True), (y, log))
    )
    colours = np.array([*(fills[name] for name in names), np.ones(3)])[best]
    dense = many(len(cells))
    if not dense:
        _marks(axes, cells, noise, canvas, fills)
    axes.pcolormesh(x_edges, y_edges, colours, rasterized=dense)
    axes.add_collection(_borders(x_edges, y_edges, best, rasterized=dense), autolim=False)
    axes.set(
        xscale="log", yscale="log" if log else "linear", xlabel="similarity over smoothness δ/L"
    )
    unit = f", in {short(GLOSSARY[noise].unit)}" if noise in GLOSSARY else ""
    axes.set_ylabel(pretty(f"noise {glyph(noise)}") + unit)
    title = f"best at price {cells['price'][0]:.4g} = "
    title += f"{c_r:g} × gradients of f − h + {c_h:g} × those of h\n"
    title += f"by {measure_label(table)}; "
    (one, _), (two, _) = coded(table, "delta"), coded(table, noise)
    total = len(np.unique((one + 1) * (int(two.max()) + 2) + two + 1))
    title += caption(table, ["delta", noise, "T"]) + not_drawn(total - len(cells), total)
    if max(len(x), len(y)) > SIDE:
        title += (
            f"; most frequent of {len(cells):,} cells in {best.shape[1]} × {best.shape[0]} fields"
        )
    entries, keys = _legend(cells, canvas, fills)
    keys = keys if not dense else []
    return canvas.finish(title, entries, keys, over=axes)


def _best_of_blocks(
    cells: Table, noise: str, x: FloatArray, y: FloatArray
) -> tuple[list[str], NDArray[np.intp]]:
    """The methods, and which of them is best in each field of the figure, (noise, δ), −1 where none
    is known: that of the cell, or the most frequent one of several cells."""
    codes, names = coded(cells, "theorem")
    rows, columns = blocks(len(y), SIDE), blocks(len(x), SIDE)
    shape = (int(rows[-1]) + 1, int(columns[-1]) + 1, len(names))
    i = rows[np.searchsorted(y, cells[noise])]
    j = columns[np.searchsorted(x, cells["delta/L"])]
    place = np.ravel_multi_index((i, j, codes), shape)
    count = np.bincount(place, minlength=int(np.prod(shape))).reshape(shape)
    return names, np.where(count.any(axis=-1), np.argmax(count, axis=-1), -1)


def _marks(
    axes: Axes, cells: Table, noise: str, canvas: Canvas, fills: Mapping[str, FloatArray]
) -> None:
    """Draw the marker of the best method in each cell, larger the further the second is behind."""
    x, y = cells["delta/L"], cells[noise]
    largest = min(SIZE, ROOM / max(len(np.unique(x)), len(np.unique(y)))) * canvas.scale
    above = [cells["margin"] >= factor for factor, _ in MARGINS]
    codes, names = coded(cells, "theorem")
    for k, name in enumerate(names):
        mark: dict[str, Any] = {"color": _ink(fills[name]), "fillstyle": canvas.looks[name].fill}
        for i, (_, part) in enumerate(MARGINS):
            here = (codes == k) & above[i] & ~np.any(above[:i], axis=0)
            if np.any(here):
                look = mark | {"markersize": part * largest, "linestyle": "none"}
                axes.plot(x[here], y[here], marker=canvas.looks[name].marker, **look)


def tints(colours: Mapping[str, Any]) -> dict[str, FloatArray]:
    """Each colour mixed with white or black so that all are equally far apart in lightness, which a
    reader sees without colour too; the order of their lightness is kept."""
    rgb = {name: np.array(to_rgb(colour)) for name, colour in colours.items()}
    ordered = sorted(rgb, key=lambda name: -_lightness(rgb[name]))
    levels = np.linspace(LIGHTEST, DARKEST, len(ordered))
    return {
        name: _at_lightness(rgb[name], float(level))
        for name, level in zip(ordered, levels, strict=True)
    }


def _lightness(colour: FloatArray) -> float:
    """L* of CIELAB from 0 to 1."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ WEIGHTS)
    return 1.16 * luminance ** (1 / 3) - 0.16 if luminance > 0.008856 else 9.033 * luminance


def _at_lightness(colour: FloatArray, level: float) -> FloatArray:
    """The colour mixed with white or black, of this lightness."""
    end = np.ones(3) if _lightness(colour) < level else np.zeros(3)
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        lightness = _lightness(colour + middle * (end - colour))
        low, high = (middle, high) if (lightness < level) == bool(end[0]) else (low, middle)
    return np.asarray(colour + high * (end - colour))


def _ink(colour: FloatArray) -> str:
    """The colour of a mark that is visible on this one, (red, green, blue) from 0 to 1."""
    return "black" if _lightness(colour) > 0.5 else "white"


def _borders(
    x: FloatArray, y: FloatArray, best: NDArray[np.intp], *, rasterized: bool
) -> LineCollection:
    """Lines between fields of different methods, given by the borders of all fields."""
    i, j = np.nonzero(best[:, 1:] != best[:, :-1])
    upright = np.stack([x[j + 1], y[i], x[j + 1], y[i + 1]], axis=-1)
    i, j = np.nonzero(best[1:] != best[:-1])
    level = np.stack([x[j], y[i + 1], x[j + 1], y[i + 1]], axis=-1)
    lines = np.concatenate([upright, level]).reshape(-1, 2, 2)
    look: dict[str, Any] = {"colors": "black", "linewidths": 1.1, "capstyle": "round"}
    return LineCollection(list(lines), **look, rasterized=rasterized)


def _legend(
    cells: Table, canvas: Canvas, fills: Mapping[str, FloatArray]
) -> tuple[list[Entry], list[Entry]]:
    """The entries of the methods that are best somewhere, and what the sizes mean."""
    entries = list[Entry]()
    for name in canvas.names:
        ink = _ink(fills[name])
        mark = Line2D([], [], color=ink, marker=canvas.looks[name].marker, linestyle="none")
        mark.set(markersize=4.0 * canvas.scale, fillstyle=canvas.looks[name].fill)
        count = len(cells.where(theorem=name))
        text = f"{canvas.name(name)}: best in {count} of {len(cells)} cells"
        entries.append(((Patch(facecolor=tuple(fills[name].tolist())), mark), text))
    (far, _), (near, _), _ = MARGINS
    texts = [
        f"second best at least {far:g}× as large",
        f"{near:g}× to {far:g}×",
        f"less than {near:g}×",
    ]
    keys: list[Entry] = [
        (
            Line2D([], [], color="black", marker="o", linestyle="none", markersize=part * SIZE),
            text,
        )
        for (_, part), text in zip(MARGINS, texts, strict=True)
    ]
    return entries, keys


def phases(
    table: Table,
    *,
    price: float | None = None,
    c_r: float = PRICE_R,
    c_h: float = PRICE_H,
) -> Table:
    """Return the best method of each cell (δ, noise) at one price, and by what factor it is best.

    price = c_r·calls_r + c_h·calls_h. Values between the prices of the runs are interpolated
    log-log; of several K the best of a method counts. margin = second best/best, inf where only one
    method reaches the price.

    Args:
        table: as of `phase_diagram`.
        price: as of `phase_diagram`.
        c_r: as of `phase_diagram`.
        c_h: as of `phase_diagram`.

    Returns:
        One row per cell: `delta`, `delta/L`, the noise, `price`, `theorem`, `method`, `second`,
        `margin`, and what each method measures.

    Raises:
        InputError: an axis is missing or not selected, or some method does not reach the price.
    """
    checks = Checks()
    checks.number("c_r", c_r, above=True)
    checks.number("c_h", c_h, above=True)
    if price is not None:
        checks.number("price", price, above=True)
    if isinstance(table, Table):
        table = table.current()
    cells = with_numbers(
        checks, table, ("theorem", "status", "measured", "T", "calls_r", "calls_h")
    )
    noise = next((name for name in NOISE if len(values(cells, name)) > 1), "")
    if not noise:
        checks.complain(
            "noise",
            [n for n in NOISE if n in table.columns],
            f"one of {', '.join(NOISE)} must vary",
        )
    for name in ("delta", "T"):
        if len(values(cells, name)) < 2:
            checks.complain(name, values(cells, name), "must have several values")
    one_value(checks, cells, free=("delta", noise, "T", "K"))
    checks.done()
    level = column(cells, noise)
    kept = (column(cells, "delta") > 0) & ((level > 0) | (noise == "correlation"))
    cells = cells.take(np.flatnonzero(kept))
    spent = c_r * column(cells, "calls_r") + c_h * column(cells, "calls_h")
    spend = _price(checks, cells, spent, price)
    return _phases(cells, noise, spent, spend)


def _price(checks: Checks, cells: Table, spent: FloatArray, price: Any) -> float:
    """The price of the comparison, checked to lie within what every method spends somewhere."""
    codes, names = coded(cells, "theorem")
    ranges = {
        name: (float(spent[codes == i].min()), float(spent[codes == i].max()))
        for i, name in enumerate(names)
    }
    if not ranges:
        checks.complain("table", "0 cells", "must hold cells with delta > 0 and noise > 0")
    elif price is None:
        price = min(most for _, most in ranges.values())
    for name, (least, most) in ranges.items() if not checks.complaints else ():
        if not least <= price <= most:
            allowed = f"must be from {least:g} to {most:g}, what {name} spends with the table's T"
            checks.complain("price", price, allowed)
    checks.done()
    return float(price)


def _phases(cells: Table, noise: str, spent: FloatArray, price: float) -> Table:
    """The best method of each cell (δ, noise)."""
    (delta, i), (level, j) = (
        np.unique(column(cells, name), return_inverse=True) for name in ("delta", noise)
    )
    codes, listed = coded(cells, "theorem")
    names = sorted(listed)
    codes = np.array([names.index(name) for name in listed], dtype=np.intp)[codes]
    place, measured = _at_price(cells, (i * len(level) + j) * len(names) + codes, spent, price)
    where, row = np.unique(place // len(names), return_inverse=True)
    reached = np.full((len(where), len(names)), np.inf)
    reached[row, place % len(names)] = measured
    every = np.arange(len(where))
    best = np.argmin(reached, axis=1)
    others = reached.copy()
    others[every, best] = np.inf
    second = np.argmin(others, axis=1)
    alone = np.isinf(others[every, second])
    methods = methods_of(cells)
    columns: dict[str, Any] = {
        "delta": delta[where // len(level)],
        "delta/L": delta[where // len(level)] / column(cells, "L", 1.0)[0],
        noise: level[where % len(level)],
        "price": np.full(len(where), price),
        "theorem": np.array(names)[best],
        "method": np.array([methods[name] for name in names])[best],
        "second": np.where(alone, "", np.array(names)[second]),
        "margin": np.where(alone, np.inf, others[every, second] / reached[every, best]),
    }
    for k, name in enumerate(names):
        columns[f"measured {name}"] = np.where(np.isinf(reached[:, k]), np.nan, reached[:, k])
    table = ColumnTable(columns)
    return table if many(len(table)) else _without_nan(table)


def _at_price(
    cells: Table, groups: NDArray[np.intp], spent: FloatArray, price: float
) -> tuple[NDArray[np.intp], FloatArray]:
    """The groups that reach the price, and what each measures there at its best K, log-log between
    its runs."""
    K, several = np.unique(np.nan_to_num(column(cells, "K", 1.0), nan=1.0), return_inverse=True)
    key = groups * len(K) + several
    order = np.lexsort((cells["measured"], spent, key))
    key, spent, measured = key[order], spent[order], cells["measured"][order]
    begin = starts(key)
    end = np.append(begin[1:], len(key)) - 1
    u, v, at = np.log(spent), np.log(measured), np.log(price)
    before = np.add.reduceat(u <= at, begin, dtype=np.intp) - 1
    low = begin + np.maximum(before, 0)
    high = np.minimum(low + 1, end)
    with np.errstate(all="ignore"):
        between = (v[high] - v[low]) / (u[high] - u[low]) * (at - u[low]) + v[low]
    flat = (before < 0) | (low == high) | (u[low] == at)
    value = np.exp(np.where(flat, v[low], between))
    reaching = (spent[begin] <= price * (1 + 1e-9)) & (price <= spent[end] * (1 + 1e-9))
    group = (key[begin] // len(K))[reaching]
    first = starts(group)
    least = np.minimum.reduceat(value[reaching], first) if len(first) else np.zeros(0)
    return group[first], least


def _without_nan(table: Table) -> Table:
    """The rows without the values that they lack."""
    return Table(
        tuple({name: value for name, value in row.items() if not is_nan(value)} for row in table)
    )
