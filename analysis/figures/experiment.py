"""The figure of an experiment: ‖∇f‖² of every method over rounds and over price, with a column for
each case."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from auxtheory.analysis.style import entitle, legend_below, style
from auxtheory.errors import Checks
from auxtheory.experiments import Result
from auxtheory.table import Row, Table

ROWS = (("round", "rounds"), ("price", "price: gradients of f − h + {c_h:g} × those of h"))
FLOOR = 1e-30  # the smallest value drawn on a logarithmic axis


def experiment(result: Result) -> Figure:
    """Draw ‖∇f‖² of every method of an experiment over rounds and over price, with a column for
    each case.

    Bands are 95 % intervals over the replicas.

    Args:
        result: what `auxtheory.experiments.run` returns.

    Returns:
        The figure; of an experiment of kind "buffer", that of `buffer`.

    Raises:
        InputError: `result` is something else.
    """
    checks = Checks()
    checks.instance("result", result, Result, "what auxtheory.experiments.run returns")
    checks.done()
    if result.settings.kind == "buffer":
        return buffer(result)
    table = result.table
    cases = list(dict.fromkeys(table["case"].tolist()))
    figure = Figure(figsize=(1.2 + 3.0 * len(cases), 6.4), layout="constrained")
    panels = figure.subplots(2, len(cases), sharey=True, squeeze=False)
    for (key, label), row in zip(ROWS, panels, strict=True):
        for panel, case in zip(row, cases, strict=True):
            _draw_case(panel, table.where(case=case), key)
            panel.set_xlabel(label.format(c_h=result.settings.c_h))
        row[0].set_ylabel("E‖∇f(x)‖²")
    for panel, case in zip(panels[0], cases, strict=True):
        panel.set_title(f"{case}\n{_known(table.where(case=case).rows[0])}", fontsize="medium")
    # The limits follow the means: an interval of few large values may go below 0, which a
    # logarithmic axis cannot show.
    means = table["grad_sq"]
    lowest = means[means > FLOOR].min(initial=np.inf)
    highest = np.fmax.reduce(means, initial=FLOOR)
    if lowest <= highest < np.inf:
        panels[0, 0].set_ylim(lowest / 3, highest * 2)
    entitle(figure, result.heading or result.settings.title)
    legend_below(figure, panels[0, 0], columns=6)
    return figure


def _draw_case(panel: Axes, rows: Table, key: str) -> None:
    """Draw all methods of one case over one axis, up to the end of the shortest."""
    names = list(dict.fromkeys(rows["method"].tolist()))
    for name in names:
        _draw_method(panel, rows.where(method=name), key)
    shortest = min(rows.where(method=name)[key][-1] for name in names)
    panel.set(yscale="log", xlim=(0, shortest))
    panel.grid(visible=True, color="#dddddd", linewidth=0.6)


def _draw_method(panel: Axes, curve: Table, key: str) -> None:
    name = curve.rows[0]["method"]
    colour, marker = style(name)
    x = curve[key]
    y = curve["grad_sq"]
    error = 1.96 * curve["error"]
    panel.plot(
        x,
        np.maximum(y, FLOOR),
        color=colour,
        marker=marker,
        markersize=4,
        markevery=5,
        linewidth=1.4,
        label=name,
    )
    panel.fill_between(
        x, np.maximum(y - error, FLOOR), y + error, color=colour, alpha=0.2, linewidth=0
    )


def _known(row: Row) -> str:
    """δ and the bias of a pair, for the title of its panel."""
    low = row["delta low"]
    high = row["delta"]
    delta = f"δ = {high:.2g}" if low == high else f"{low:.2g} ≤ δ ≤ {high:.2g}"
    return f"{delta}, ‖∇r(x*)‖ = {row['bias']:.2g}"


def buffer(result: Result) -> Figure:
    """Draw ‖∇f‖² at one price over the local steps in a round.

    A panel for each batch size, a line for each size B of the first batch.
    """
    table = result.table
    settings = result.settings
    cases = list(dict.fromkeys(table["case"].tolist()))
    figure = Figure(figsize=(1.2 + 3.0 * len(cases), 3.8), layout="constrained")
    panels = figure.subplots(1, len(cases), sharey=True, squeeze=False)[0]
    for panel, case in zip(panels, cases, strict=True):
        for B, line, marker in zip(settings.Bs, ("-", "--", ":", "-."), "osD^", strict=False):
            rows = table.where(case=case, B=B)
            error = np.minimum(1.96 * rows["error"], 0.99 * rows["grad_sq"])
            panel.errorbar(
                rows["K"],
                rows["grad_sq"],
                error,
                color=style("AuxMOM")[0],
                linestyle=line,
                marker=marker,
                markersize=4,
                capsize=2,
                label=f"first batch B = {B}",
            )
        panel.set(xscale="log", yscale="log", xlabel="local steps K in a round", title=case)
        panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    panels[0].set_ylabel(f"E‖∇f(x)‖² at price {settings.budget:g}")
    entitle(figure, result.heading or settings.title)
    legend_below(figure, panels[0], columns=4)
    return figure
