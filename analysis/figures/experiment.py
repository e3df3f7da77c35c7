"""The figure of an experiment: held-out accuracy, loss and ‖∇f‖² of every method over rounds and
over price, with a column for each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from scipy.special import stdtrit

from auxtheory.analysis.canvas import Canvas, Entry, FigureOptions, Panels, log_ticks, open_canvas
from auxtheory.analysis.marks import PERCENT, coincidences, listed
from auxtheory.analysis.slopes import LEVEL
from auxtheory.analysis.style import Look, looks, wrapped
from auxtheory.errors import Checks
from auxtheory.experiments import Result
from auxtheory.experiments.evaluation import KEPT, error_of
from auxtheory.experiments.result import ACCURACY
from auxtheory.experiments.settings import Settings
from auxtheory.table import Row, Table
from auxtheory.typing import FloatArray

FLOOR = 1e-30  # the smallest value drawn on a logarithmic axis
HIGHEST = 0.9995  # the largest accuracy drawn, since the axis shows log(1 − accuracy)
TICKS = 0.1, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.999
AIM = 0.99  # the share of the best accuracy at which a line is drawn
UNIT = "E‖∇f(x)‖², in F²/X²"
GREY = "#777777"
AIMED: dict[str, Any] = {"color": GREY, "linestyle": (0, (1, 1.5)), "linewidth": 1.0}
PALE = 0.2
PANEL = 1.75  # inches of a panel's height
COLUMN = 2.35  # inches of a panel's width by default, with its part of the margins
MARKS = 7  # the markers of a curve


@dataclass(frozen=True)
class Shown:
    """A row of panels: a measure over an axis."""

    key: str
    measure: str
    error: str
    label: str


AXES = {"round": "rounds", "price": "price"}
ACCURACY_ROWS = tuple(Shown(key, ACCURACY, error_of(ACCURACY), "held-out accuracy") for key in AXES)
LOSS_ROW = Shown("price", "loss", error_of("loss"), "E f(x) in training, in F")
GRADIENT_ROWS = tuple(Shown(key, "grad_sq", "error", UNIT) for key in AXES)


def rows_of(table: Table) -> tuple[Shown, ...]:
    """The rows of panels; of results from before accuracy was measured, ‖∇f‖² alone."""
    if ACCURACY not in table.columns:
        return GRADIENT_ROWS
    return (*ACCURACY_ROWS, LOSS_ROW, GRADIENT_ROWS[1])


def experiment(result: Result, **options: Unpack[FigureOptions]) -> Figure:
    """Draw every method of an experiment, with a column for each case: held-out accuracy over
    rounds and over price, f and ‖∇f‖² on the training samples over price.

    Bands are 95 % intervals of the mean over the replicas, by Student's t. Accuracy is on a scale
    of log(1 − accuracy). The legend says over which values the steps of each method were tuned, and
    which curves coincide.

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
    rows = rows_of(table)
    look = {row["theorem"]: row["look"] for row in _looks(table)}
    shows = [f"{case}, {row.label} over {AXES[row.key]}" for row in rows for case in cases]
    width = max(5.0, 1.0 + COLUMN * len(cases))
    least = float(options.get("width", width)) / len(cases) - 1e-9
    canvas = open_canvas(options, look, Panels(shows=shows, least=least, height=PANEL), width=width)
    panels = np.array(canvas.axes, dtype=object).reshape(len(rows), len(cases))
    for shown, row in zip(rows, panels, strict=True):
        for panel, case in zip(row, cases, strict=True):
            _draw_case(panel, table.where(case=case), shown, canvas, result.settings.replicas)
            panel.set_xlabel(AXES[shown.key])
        _limit(list(row), table[shown.measure], shown.measure)
        row[0].set_ylabel(shown.label)
    for panel, case in zip(panels[0], cases, strict=True):
        known = _known(table.where(case=case).rows[0], result.settings.replicas)
        text = f"{case}\n{known}"
        room = canvas.width / len(cases) - 0.3
        panel.set_title(wrapped(text, room, canvas.small), fontsize=canvas.small)
    entries = [(_handle(canvas, name), canvas.name(name)) for name in canvas.names]
    keys = [(Patch(facecolor=GREY, alpha=PALE), _band(result.settings)), _price(result.settings)]
    if ACCURACY in table.columns:
        keys.append((Line2D([], [], **AIMED), f"{100 * AIM:g} % of the best held-out accuracy"))
    if "Naive" in canvas.names:
        alone = "Naive: steps on h alone, the helper's data"
        keys.append((Line2D([], [], linestyle="none"), alone))
    title = [result.heading or result.settings.title, _tuned(result)]
    return canvas.finish("\n".join([*title, *_coincide(table, canvas)]), entries, keys, columns=3)


def _looks(table: Table) -> list[dict[str, Any]]:
    """The looks of the methods."""
    names = dict.fromkeys(table["method"].tolist())
    every = looks({"theorem": name, "method": name} for name in names)
    return [{"theorem": name, "look": look} for name, look in every.items()]


def _limit(row: Sequence[Axes], means: FloatArray, measure: str) -> None:
    """Give the panels of a row the same limits, which follow the means: an interval of few large
    values may go below 0, which a logarithmic axis cannot show."""
    for panel in row:
        panel.tick_params(labelleft=panel is row[0])
    if measure == ACCURACY:
        low, high = float(np.min(means)), min(float(np.max(means)), HIGHEST)
        for panel in row:
            panel.set_yscale("function", functions=(_stretched, _accuracy))
            panel.set_ylim(low - 0.02, 1 - 0.8 * (1 - high))
            panel.set_yticks([t for t in TICKS if low - 0.02 <= t <= 1 - 0.8 * (1 - high)])
            panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        return
    lowest = means[means > FLOOR].min(initial=np.inf)
    highest = np.fmax.reduce(means[np.isfinite(means)], initial=FLOOR)
    for panel in row:
        if lowest <= highest:
            panel.set_ylim(lowest / 3, highest * 2)
        if measure == LOSS_ROW.measure and lowest <= highest:
            panel.set_ylim(lowest / 1.1, highest * 1.1)
            log_ticks(panel.yaxis)


def _stretched(accuracy: FloatArray) -> FloatArray:
    return np.asarray(-np.log10(1 - np.minimum(accuracy, HIGHEST)))


def _accuracy(stretched: FloatArray) -> FloatArray:
    return np.asarray(1 - 10.0 ** -np.asarray(stretched))


def _draw_case(panel: Axes, rows: Table, shown: Shown, canvas: Canvas, replicas: int) -> None:
    """Draw all methods of one case over one axis, up to the end of the shortest."""
    key = shown.key
    names = [name for name in canvas.names if len(rows.where(method=name))]
    ends = {name: rows.where(method=name)[key][-1] for name in names}
    shortest = min(ends.values())
    accuracy = shown.measure == ACCURACY
    if accuracy:
        panel.axhline(AIM * float(np.max(rows[ACCURACY])), **AIMED)
    for place, name in enumerate(names):
        curve = rows.where(method=name)
        inside = int(np.sum(curve[key] <= shortest))
        y, error = curve[shown.measure], half_width(curve, replicas, shown.error)
        look = _line(canvas.looks[name], canvas)
        step = max(1, inside // MARKS)
        panel.plot(curve[key], np.maximum(y, FLOOR), **look, markevery=(place % step, step))
        band: dict[str, Any] = {"color": canvas.looks[name].colour, "alpha": PALE, "linewidth": 0}
        panel.fill_between(curve[key], np.maximum(y - error, FLOOR), y + error, **band)
    panel.set(xlim=(0, shortest))
    if not accuracy:
        panel.set_yscale("log")
    panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    panel.set_axisbelow(True)


def half_width(curve: Table, replicas: int, error: str = "error") -> FloatArray:
    """Half of the 95 % interval of each mean of so many replicas; the column `error` holds its
    standard error."""
    return np.asarray(stdtrit(replicas - 1, (1 + LEVEL) / 2) * curve[error])


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


def _tuned(result: Result) -> str:
    """Over which values the steps were tuned."""
    settings = result.settings
    aim = " by f at the end" if ACCURACY in result.table.columns else ""
    etas, momenta = settings.etas, settings.momenta
    ranges = f"{min(etas):g} ≤ ηL ≤ {max(etas):g}, {min(momenta):g} ≤ a ≤ {max(momenta):g}"
    return (
        f"η and a: best of {len(etas)} × {len(momenta)} ({ranges} or beyond){aim} on "
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


def _known(row: Row, replicas: int) -> str:
    """δ and the bias of a pair, for the title of its panel."""
    low = row["delta low"]
    high = row["delta"]
    delta = f"δ = {high:.2g}" if low == high else f"{low:.2g} ≤ δ ≤ {high:.2g}"
    if low != high and "delta region" in row:
        region, met = row["delta region"], row["delta met"]
        few = f"{min(KEPT, replicas)} runs of each method"
        delta += f", met {met:.2g} in runs,\n≤ {region:.2g} around {few}"
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
    title = f"{result.heading or settings.title}\n{_tuned(result)}"
    return canvas.finish(title, entries, [(bar, _band(settings)), _price(settings)])


def _shades(sizes: Sequence[int]) -> dict[int, str]:
    """AuxMOM's colour, the lighter the smaller the batch."""
    dark = np.array([0x00, 0x72, 0xB2]) / 255
    shares = np.linspace(0.45, 1.0, len(sizes))
    return {
        size: "#" + "".join(f"{round(255 * v):02x}" for v in 1 - share * (1 - dark))
        for size, share in zip(sorted(sizes), shares.tolist(), strict=True)
    }
