"""The figure of an experiment: ‖∇f‖² of every method over rounds and over price, with a column for
each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.special import stdtrit

from auxtheory.analysis.canvas import Canvas, Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.marks import PERCENT, coincidences, listed
from auxtheory.analysis.slopes import LEVEL
from auxtheory.analysis.style import Look, looks, wrapped
from auxtheory.errors import Checks
from auxtheory.experiments import Result
from auxtheory.experiments.settings import Settings
from auxtheory.table import Row, Table
from auxtheory.typing import FloatArray

ROWS = (("round", "rounds"), ("price", "price"))
FLOOR = 1e-30  # the smallest value drawn on a logarithmic axis
UNIT = "E‖∇f(x)‖², in F²/X²"
GREY = "#777777"
PALE = 0.2
PANEL = 2.1  # inches of a panel's height
COLUMN = 2.35  # inches of a panel's width by default, with its part of the margins
MARKS = 7  # the markers of a curve


def experiment(result: Result, **options: Unpack[FigureOptions]) -> Figure:
    """Draw ‖∇f‖² of every method of an experiment over rounds and over price, with a column for
    each case.

    Bands are 95 % intervals of the mean over the replicas, by Student's t. The legend says over
    which values the steps of each method were tuned, and which curves coincide.

    Args:
        result: what `auxtheory.experiments.run` returns.
        **options: where and how to draw, see `FigureOptions`; with methods in place of theorems.

    Returns:
        The figure; of an experiment of kind "buffer", that of `buffer`.

    Raises:
        InputError: `result` is something else, or an option is wrong.
    """
    checks = Checks()
    checks.instance("result", result, Result, "what auxtheory.experiments.run returns")
    checks.done()
    if result.settings.kind == "buffer":
        return buffer(result, **options)
    table = result.table
    cases = list(dict.fromkeys(table["case"].tolist()))
    look = {row["theorem"]: row["look"] for row in _looks(table)}
    shows = [f"{case}, over {key}" for key, _ in ROWS for case in cases]
    width = max(5.0, 1.0 + COLUMN * len(cases))
    least = float(options.get("width", width)) / len(cases) - 1e-9
    shape = Panels(shows=shows, least=least, height=PANEL, sharey=True)
    canvas = open_canvas(options, look, shape, width=width)
    panels = np.array(canvas.axes, dtype=object).reshape(2, len(cases))
    for (key, label), row in zip(ROWS, panels, strict=True):
        for panel, case in zip(row, cases, strict=True):
            _draw_case(panel, table.where(case=case), key, canvas, result.settings.replicas)
            panel.set_xlabel(label)
            panel.tick_params(labelleft=panel is row[0])
        row[0].set_ylabel(UNIT)
    for panel, case in zip(panels[0], cases, strict=True):
        text = f"{case}\n{_known(table.where(case=case).rows[0])}"
        room = canvas.width / len(cases) - 0.3
        panel.set_title(wrapped(text, room, canvas.small), fontsize=canvas.small)
    _limit(panels[0, 0], table["grad_sq"])
    entries = [(_handle(canvas, name), canvas.name(name)) for name in canvas.names]
    keys = [(Patch(facecolor=GREY, alpha=PALE), _band(result.settings)), _price(result.settings)]
    title = [result.heading or result.settings.title, _tuned(result.settings)]
    return canvas.finish("\n".join([*title, *_coincide(table, canvas)]), entries, keys, columns=3)


def _looks(table: Table) -> list[dict[str, Any]]:
    """The looks of the methods."""
    names = dict.fromkeys(table["method"].tolist())
    every = looks({"theorem": name, "method": name} for name in names)
    return [{"theorem": name, "look": look} for name, look in every.items()]


def _limit(panel: Axes, means: FloatArray) -> None:
    """Let the limits follow the means: an interval of few large values may go below 0, which a
    logarithmic axis cannot show."""
    lowest = means[means > FLOOR].min(initial=np.inf)
    highest = np.fmax.reduce(means, initial=FLOOR)
    if lowest <= highest < np.inf:
        panel.set_ylim(lowest / 3, highest * 2)


def _draw_case(panel: Axes, rows: Table, key: str, canvas: Canvas, replicas: int) -> None:
    """Draw all methods of one case over one axis, up to the end of the shortest."""
    names = [name for name in canvas.names if len(rows.where(method=name))]
    ends = {name: rows.where(method=name)[key][-1] for name in names}
    shortest = min(ends.values())
    for place, name in enumerate(names):
        curve = rows.where(method=name)
        shown = int(np.sum(curve[key] <= shortest))
        _draw_method(panel, curve, key, canvas, max(1, shown // MARKS), place)
        y, error = curve["grad_sq"], half_width(curve, replicas)
        band: dict[str, Any] = {"color": canvas.looks[name].colour, "alpha": PALE, "linewidth": 0}
        panel.fill_between(curve[key], np.maximum(y - error, FLOOR), y + error, **band)
    panel.set(yscale="log", xlim=(0, shortest))
    panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    panel.set_axisbelow(True)


def _draw_method(
    panel: Axes, curve: Table, key: str, canvas: Canvas, step: int, place: int
) -> None:
    """Draw one curve; markers of different methods are at different places."""
    look = _line(canvas.looks[curve.rows[0]["method"]], canvas)
    y = np.maximum(curve["grad_sq"], FLOOR)
    panel.plot(curve[key], y, **look, markevery=(place % step, step))


def half_width(curve: Table, replicas: int) -> FloatArray:
    """Half of the 95 % interval of each mean of so many replicas; `error` is its standard error."""
    return np.asarray(stdtrit(replicas - 1, (1 + LEVEL) / 2) * curve["error"])


def _line(look: Look, canvas: Canvas) -> dict[str, Any]:
    return {
        "color": look.colour,
        "linestyle": look.line,
        "marker": look.marker,
        "fillstyle": look.fill,
        "markersize": 4.5 * canvas.scale,
        "linewidth": 1.3,
    }


def _handle(canvas: Canvas, name: str) -> Line2D:
    return Line2D([], [], **_line(canvas.looks[name], canvas))


def _band(settings: Settings) -> str:
    return f"{PERCENT} interval of {settings.replicas} replicas"


def _price(settings: Settings) -> Entry:
    text = f"price: gradients of f − h + {settings.c_h:g} × those of h"
    return Line2D([], [], linestyle="none"), text


def _tuned(settings: Settings) -> str:
    """Over which values the steps were tuned."""
    etas, momenta = settings.etas, settings.momenta
    ranges = f"{min(etas):g} ≤ ηL ≤ {max(etas):g}, {min(momenta):g} ≤ a ≤ {max(momenta):g}"
    return (
        f"η and a: best of {len(etas)} × {len(momenta)} ({ranges} or beyond) on "
        f"{settings.tuning_replicas} other replicas"
    )


def _coincide(table: Table, canvas: Canvas) -> list[str]:
    """Sentences about methods with the same curve in every case."""
    curves: Mapping[str, FloatArray] = {
        name: np.concatenate([rows["round"], rows["grad_sq"]])
        for name in canvas.names
        if len(rows := table.where(method=name))
    }
    return [
        f"{listed([canvas.name(each) for each in group])} coincide over the rounds"
        for group in coincidences(curves)
    ]


def _known(row: Row) -> str:
    """δ and the bias of a pair, for the title of its panel."""
    low = row["delta low"]
    high = row["delta"]
    delta = f"δ = {high:.2g}" if low == high else f"{low:.2g} ≤ δ ≤ {high:.2g}"
    return f"{delta}, ‖∇r(x*)‖ = {row['bias']:.2g}"


def buffer(result: Result, **options: Unpack[FigureOptions]) -> Figure:
    """Draw ‖∇f‖² at one price over the local steps in a round.

    A panel for each batch size, a line for each size B of the first batch.
    """
    table = result.table
    settings = result.settings
    cases = list(dict.fromkeys(table["case"].tolist()))
    marks = zip(settings.Bs, ("-", "--", ":", "-."), "osD^", strict=False)
    shades = _shades(settings.Bs)
    look = {
        f"first batch B = {B}": Look(colour=shades[B], line=line, marker=marker)
        for B, line, marker in marks
    }
    width = max(5.0, 1.0 + COLUMN * len(cases))
    least = float(options.get("width", width)) / len(cases) - 1e-9
    shape = Panels(shows=cases, least=least, height=1.2 * PANEL, sharey=True)
    canvas = open_canvas(options, look, shape, width=width)
    by_name = {f"first batch B = {B}": B for B in settings.Bs}
    for panel, case in zip(canvas.axes, cases, strict=True):
        for name in canvas.names:
            rows = table.where(case=case, B=by_name[name])
            error = np.minimum(half_width(rows, settings.replicas), 0.99 * rows["grad_sq"])
            panel.errorbar(
                rows["K"], rows["grad_sq"], error, capsize=2, **_line(canvas.looks[name], canvas)
            )
        panel.set(xscale="log", yscale="log", xlabel="local steps K in a round")
        panel.set_title(case, fontsize=canvas.font)
        panel.grid(visible=True, color="#dddddd", linewidth=0.6)
        panel.tick_params(labelleft=panel is canvas.axes[0])
    canvas.axes[0].set_ylabel(f"{UNIT}, at price {settings.budget:g}")
    entries = [(_handle(canvas, name), canvas.name(name)) for name in canvas.names]
    bar = Line2D([], [], color=GREY, marker="|", markersize=9, linestyle="none")
    title = f"{result.heading or settings.title}\n{_tuned(settings)}"
    return canvas.finish(title, entries, [(bar, _band(settings)), _price(settings)])


def _shades(sizes: Sequence[int]) -> dict[int, str]:
    """AuxMOM's colour, the lighter the smaller the batch."""
    dark = np.array([0x00, 0x72, 0xB2]) / 255
    shares = np.linspace(0.45, 1.0, len(sizes))
    return {
        size: "#" + "".join(f"{round(255 * v):02x}" for v in 1 - share * (1 - dark))
        for size, share in zip(sorted(sizes), shares.tolist(), strict=True)
    }
