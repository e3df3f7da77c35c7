"""The figure of all theorems of a study over one axis: bounds, the largest measured values, and
what lies between lower and upper bounds."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.canvas import Canvas, Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.coding import rows_with
from auxtheory.analysis.compared import Comparison, compare
from auxtheory.analysis.figures.tightness import diverged_note
from auxtheory.analysis.marks import FINE, band_key, ring
from auxtheory.analysis.selection import caption, glyph, measure_label, not_drawn
from auxtheory.analysis.style import Look, looks, named, pretty
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.measures.words import short
from auxtheory.table import Table

GREY = "#777777"
FAINT = "#cfcfcf"
BOUND = 1.3
PALE = 0.16
SIZE = 5.5
LEAST = 2.1  # the least width of a panel in inches
MIN_SHARE = 1e-9  # measured values below this share of every bound are not drawn
MAX_FACTOR = 30  # violations above this multiple of every bound are drawn at the edge
MAX_TICKS = 8  # the most labelled values of an axis that is not to scale
WORDS = {
    "delta": "Hessian similarity",
    "L": "smoothness",
    "mu": "Polyak–Łojasiewicz constant",
    "F0": "initial gap",
    "zeta": "gradient bias",
    "sigma_f": "noise of f",
    "sigma_h": "noise of h",
    "correlation": "correlation of the noise",
    "dim": "dimension",
    "K": "local steps",
    "T": "rounds",
    "B": "batch of the first buffer",
    "eta": "step size",
    "a": "momentum parameter",
}


def comparison(
    table: Table,
    against: str | None = None,
    *,
    panels: bool = False,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw all theorems of a study over one axis: the bound of each as a line, the largest measured
    value as a marker.

    Both are the largest over all cells at that value of the axis, so over every other axis; select
    cells to see fewer. A ring is around violated cells. The thin line is a lower bound on the
    method of a theorem of the library, for every step size (`auxtheory.lower_bounds`), or at the
    steps if they are chosen, and the band from there to the theorem's bound is what a better proof
    could gain; measured values of this study's problems may lie below it. An axis with text, ∞, or
    0 next to several orders of magnitude, is not to scale.

    Args:
        table: the results of a study.
        against: the axis, any parameter of the study or of its methods; by default the first with
            several values.
        panels: whether each theorem has a panel, with the other bounds in light grey.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure, with a logarithmic axis of values.

    Raises:
        InputError: `against` is no axis or has one value, no cell has numbers, or the theorems
            bound several measures.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM(), at.theorems.SGD()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=[0.01, 0.1], K=[1, 4], T=100)
        >>> analysis.comparison(study.run(), "delta").axes[0].get_xlabel()
        'Hessian similarity δ, in F/X²'
    """
    return draw(compare(table, against, panels), table, panels, options)


def draw(
    found: Comparison,
    table: Table,
    panels: bool,
    options: FigureOptions,
    title: str | None = None,
) -> Figure:
    """Draw what `compare` has found in the table, under another title if one is given."""
    look = looks(found.drawn)
    shape = Panels(shows=tuple(look), least=LEAST, ratio=0.85, sharex=True, sharey=True)
    canvas = open_canvas(options, look, shape if panels else None)
    limits = _limits(found)
    for axes, name in zip(canvas.axes, canvas.names, strict=panels):
        for other in canvas.names if panels else ():
            _bound(axes, found, other, Look(colour=FAINT, line="-"))
        for each in (name,) if panels else canvas.names:
            _draw(axes, found, each, canvas, limits)
        if panels:
            axes.set_title(canvas.name(name), fontsize=canvas.font)
        _frame(axes, found, limits, canvas)
    if panels and canvas.mine:
        canvas.figure.supylabel(measure_label(found.drawn), fontsize=canvas.font)
    return canvas.finish(
        _title(table, found, limits) if title is None else title,
        () if panels else [(_handle(canvas, name), canvas.name(name)) for name in canvas.names],
        _keys(found, limits),
        columns=2,
        over=None if panels else canvas.axes[0],
    )


def _limits(found: Comparison) -> tuple[float, float]:
    """The ends of the axis of values: all bounds, and measured values that are not far from
    them."""
    points = found.points
    bounds = points["bound"]
    kept = np.concatenate([bounds, points["lower"], points["measured"]])
    kept = kept[np.isfinite(kept) & (kept >= MIN_SHARE * bounds.min())]
    highest = max(min(kept.max(), MAX_FACTOR * bounds.max()), bounds.max())
    return kept.min() / 1.6, highest * 1.6


def _bound(axes: Axes, found: Comparison, name: str, look: Look) -> None:
    points = found.of(name)
    axes.plot(
        points["position"],
        points["bound"],
        color=look.colour,
        linestyle=look.line,
        linewidth=BOUND,
        zorder=1 if look.colour == FAINT else 2,
    )


def _draw(
    axes: Axes, found: Comparison, name: str, canvas: Canvas, limits: tuple[float, float]
) -> None:
    """Draw the band, the bound, the markers and the rings of one theorem."""
    points = found.of(name)
    look = canvas.looks[name]
    x = points["position"]
    if name in found.classes:
        lower = points["lower"]
        axes.fill_between(x, lower, points["bound"], color=look.colour, alpha=PALE, linewidth=0)
        axes.plot(x, lower, color=look.colour, linewidth=FINE, linestyle="-", zorder=2)
    _bound(axes, found, name, look)
    mark = _mark(look, SIZE * canvas.scale) | {"linestyle": "none", "zorder": 3}
    top = limits[1] / 1.2
    measured = np.minimum(points["measured"], top)
    axes.plot(x, measured, **mark)
    bad = points["violated"] > 0
    if np.any(bad):
        worst = np.minimum(points["worst"][bad], top)
        axes.plot(x[bad], worst, **mark)
        axes.plot(x[bad], worst, **ring(11 * canvas.scale), zorder=4)


def _frame(axes: Axes, found: Comparison, limits: tuple[float, float], canvas: Canvas) -> None:
    """Scales, labels, ticks and grid."""
    axes.set(yscale="log", ylim=limits)
    left, bottom = canvas.sides(axes)
    axes.tick_params(labelbottom=bottom, labelleft=left)
    if left and not (canvas.mine and len(canvas.axes) > 1):
        axes.set_ylabel(measure_label(found.drawn))
    label = pretty(axis_label(found.against))
    if found.scale == "even":
        step = -(-len(found.values) // MAX_TICKS)
        ticks = range(0, len(found.values), step)
        texts = [written(found.values[i]) for i in ticks]
        long = max(map(len, texts)) * len(texts) > 12 * canvas.width
        turned: dict[str, Any] = {"rotation": 20, "ha": "right"} if long else {}
        axes.set_xticks(list(ticks), texts, **turned)
        label += " (not to scale)"
    else:
        axes.set_xscale(found.scale)
    axes.set_xlabel(label if bottom else "")
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def axis_label(axis: str) -> str:
    """An axis in words, with its symbol and its unit."""
    text = f"{WORDS.get(axis, '')} {glyph(axis)}".strip()
    unit = short(GLOSSARY[axis].unit) if axis in GLOSSARY else ""
    return f"{text}, in {unit}" if unit not in ("", "1") else text


def written(value: Any) -> str:
    """A value of an axis at its tick."""
    if isinstance(value, str):
        return named(value)
    return "∞" if value == np.inf else format(value, "g")


def _mark(look: Look, size: float) -> dict[str, Any]:
    return {
        "color": look.colour,
        "marker": look.marker,
        "fillstyle": look.fill,
        "markersize": size if look.fill == "full" else 1.45 * size,
    }


def _handle(canvas: Canvas, name: str) -> Line2D:
    look = canvas.looks[name]
    mark = _mark(look, SIZE * canvas.scale)
    return Line2D([], [], **mark, linestyle=look.line, linewidth=BOUND)


def _keys(found: Comparison, limits: tuple[float, float]) -> list[Entry]:
    """What the signs mean."""
    largest = "largest " if found.over else ""
    keys: list[Entry] = [
        (Line2D([], [], color=GREY, linewidth=BOUND), f"{largest}bound"),
        (Line2D([], [], color=GREY, marker="o", linestyle="none"), f"{largest}measured value"),
    ]
    if found.classes:
        keys.append(band_key(found.chosen))
    if np.any(found.points["violated"] > 0):
        beyond = np.any(found.points["worst"] > limits[1])
        text = "violated" + (" (at the upper edge: beyond it)" if beyond else "")
        keys.append((Line2D([], [], **ring(9)), text))
    return keys


def _title(table: Table, found: Comparison, limits: tuple[float, float]) -> str:
    """What is drawn, and what all cells have in common."""
    count = len(found.drawn)
    over = ", ".join(map(glyph, found.over))
    violated = (
        int(found.points["violated"].sum())
        if not found.level
        else int(np.sum(rows_with(found.drawn, "status", ("violated",))))
    )
    head = f"{count:,} cells" + (f", largest over {over}" if over else "")
    head += f", in bins of {glyph(found.against)}" if found.binned else ""
    head += f", {violated} violated" if violated else ""
    below = int(np.sum(found.points["measured"] < limits[0]))
    head += f", {below} values below the axis" if below else ""
    omitted = not_drawn(len(table) - count, len(table)) + diverged_note(table)
    return f"{head}{omitted}\n{caption(found.drawn, [found.against])}"
