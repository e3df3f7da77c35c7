"""The figure of the best method at equal price, over similarity and noise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from auxtheory.analysis.canvas import Canvas, Entry, FigureOptions, Panels, open_canvas
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
from auxtheory.analysis.style import looks, pretty
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.defaults import PRICE_H, PRICE_R
from auxtheory.errors import Checks
from auxtheory.measures.words import short
from auxtheory.study.grid import NOISE
from auxtheory.table import Table
from auxtheory.typing import FloatArray

# Factors of the margin, and the size of a marker from each on, relative to the largest.
MARGINS = ((2.0, 1.0), (1.2, 0.65), (1.0, 0.35))
SIZE = 7.0  # points of the largest marker, if there is room
ROOM = 120  # points of an axis for all markers
LIGHTEST, DARKEST = 0.9, 0.28  # the lightness of cells of different methods, from 0 to 1
WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue in the luminance

# (theorem, K) → (price, measured) at each T.
Points = dict[tuple[str, int], list[tuple[float, float]]]


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
    colours = np.ones((len(y), len(x), 3))
    best = np.full((len(y), len(x)), "", dtype=object)
    largest = min(SIZE, ROOM / max(len(x), len(y))) * canvas.scale
    for row in cells:
        i = int(np.searchsorted(y, row[noise]))
        j = int(np.searchsorted(x, row["delta/L"]))
        name = row["theorem"]
        best[i, j] = name
        colours[i, j] = fills[name]
        part = next(part for factor, part in MARGINS if row["margin"] >= factor)
        mark: dict[str, Any] = {"color": _ink(fills[name]), "fillstyle": canvas.looks[name].fill}
        axes.plot(x[j], y[i], canvas.looks[name].marker, **mark, markersize=part * largest)
    axes.pcolormesh(edges(x), edges(y, log), colours)
    axes.add_collection(_borders(edges(x), edges(y, log), best), autolim=False)
    axes.set(
        xscale="log", yscale="log" if log else "linear", xlabel="similarity over smoothness δ/L"
    )
    unit = f", in {short(GLOSSARY[noise].unit)}" if noise in GLOSSARY else ""
    axes.set_ylabel(pretty(f"noise {glyph(noise)}") + unit)
    first = cells.rows[0]
    title = f"best at price {first['price']:.4g} = "
    title += f"{c_r:g} × gradients of f − h + {c_h:g} × those of h\n"
    title += f"by {measure_label(table)}; "
    total = len({(row.get("delta"), row.get(noise)) for row in table})
    title += caption(table, ["delta", noise, "T"]) + not_drawn(total - len(cells), total)
    entries, keys = _legend(cells, canvas, fills)
    return canvas.finish(title, entries, keys, over=axes)


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


def _borders(x: FloatArray, y: FloatArray, best: NDArray[Any]) -> LineCollection:
    """Lines between cells of different methods, given by the borders of all cells."""
    rows, columns = best.shape
    lines = [
        [(x[j], y[i]), (x[j], y[i + 1])]
        for i in range(rows)
        for j in range(1, columns)
        if best[i, j] != best[i, j - 1]
    ]
    lines += [
        [(x[j], y[i]), (x[j + 1], y[i])]
        for i in range(1, rows)
        for j in range(columns)
        if best[i, j] != best[i - 1, j]
    ]
    return LineCollection(lines, colors="black", linewidths=1.1, capstyle="round")


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
    grid: dict[tuple[float, float], Points] = defaultdict(lambda: defaultdict(list))
    for row in cells:
        spent = c_r * row["calls_r"] + c_h * row["calls_h"]
        if row["delta"] > 0 and (row[noise] > 0 or noise == "correlation"):
            grid[row["delta"], row[noise]][row["theorem"], row.get("K", 1)].append(
                (spent, row["measured"])
            )
    spend = _price(checks, list(grid.values()), price)
    methods = {row["theorem"]: row.get("method", row["theorem"]) for row in cells}
    L = column(cells, "L", 1.0)[0]
    best_rows = []
    for (delta, level), runs in sorted(grid.items()):
        reached = _reached(runs, spend)
        if reached:
            head = {"delta": delta, "delta/L": delta / L, noise: level, "price": spend}
            best_rows.append(head | _best(reached, methods))
    return Table(tuple(best_rows))


def _price(checks: Checks, cells: list[Points], price: Any) -> float:
    """The price of the comparison, checked to lie within what every method spends somewhere."""
    spent: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        for (name, _), runs in cell.items():
            spent[name] += [each for each, _ in runs]
    if not spent:
        checks.complain(
            "table", f"{len(cells)} cells", "must hold cells with delta > 0 and noise > 0"
        )
    elif price is None:
        price = min(max(prices) for prices in spent.values())
    for name, prices in spent.items() if not checks.complaints else ():
        if not min(prices) <= price <= max(prices):
            allowed = (
                f"must be from {min(prices):g} to {max(prices):g}, what {name} spends with the "
                "table's T"
            )
            checks.complain("price", price, allowed)
    checks.done()
    return float(price)


def _reached(runs: Points, price: float) -> dict[str, float]:
    """What each method measures in one cell for this price, at its best K."""
    reached: dict[str, float] = {}
    for (name, _), points in runs.items():
        spent, measured = np.array(sorted(points)).T
        if spent[0] <= price * (1 + 1e-9) and price <= spent[-1] * (1 + 1e-9):
            value = float(np.exp(np.interp(np.log(price), np.log(spent), np.log(measured))))
            reached[name] = min(value, reached.get(name, np.inf))
    return reached


def _best(reached: Mapping[str, float], methods: Mapping[str, str]) -> dict[str, Any]:
    order = sorted(reached, key=lambda name: (reached[name], name))
    second = order[1] if len(order) > 1 else ""
    margin = reached[second] / reached[order[0]] if second else np.inf
    head = {"theorem": order[0], "method": methods[order[0]], "second": second, "margin": margin}
    return head | {f"measured {name}": reached[name] for name in sorted(reached)}
