"""An experiment's figure: ‖∇f‖² of every method over rounds and over price, a column for each
case."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from auxtheory.analysis.style import entitle, style
from auxtheory.errors import Checks
from auxtheory.experiments import Result

ROWS = (("round", "rounds"), ("price", "price: dear gradients + {c_h:g} × cheap ones"))
FLOOR = 1e-30  # of what is drawn on a logarithmic axis


def experiment(result: Result) -> Figure:
    """A result of `auxtheory.experiments.run` → its figure; bands are 95 % intervals over
    replicas."""
    checks = Checks()
    checks.instance("result", result, Result, "what auxtheory.experiments.run returns")
    checks.done()
    table = result.table
    settings = result.settings
    if settings.kind == "buffer":
        return buffer(result)
    cases = list(dict.fromkeys(table["case"].tolist()))
    figure = Figure(figsize=(1.2 + 3.0 * len(cases), 6.4), layout="constrained")
    panels = figure.subplots(2, len(cases), sharey=True, squeeze=False)
    lowest = np.inf
    highest = FLOOR
    for (key, label), row in zip(ROWS, panels, strict=True):
        for panel, case in zip(row, cases, strict=True):
            rows = table.where(case=case)
            names = list(dict.fromkeys(rows["method"].tolist()))
            for name in names:
                curve = rows.where(method=name)
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
                lowest = min(lowest, y[y > FLOOR].min(initial=np.inf))
                highest = max(highest, y.max())
            furthest = min(rows.where(method=name)[key][-1] for name in names)
            panel.set(yscale="log", xlabel=label.format(c_h=settings.c_h), xlim=(0, furthest))
            panel.grid(visible=True, color="#dddddd", linewidth=0.6)
            if key == "round":
                first = rows.rows[0]
                low = first["delta low"]
                high = first["delta"]
                delta = f"δ = {high:.2g}" if low == high else f"{low:.2g} ≤ δ ≤ {high:.2g}"
                known = f"{delta}, ‖∇r(x*)‖ = {first['bias']:.2g}"
                panel.set_title(f"{case}\n{known}", fontsize="medium")
        row[0].set_ylabel("E‖∇f(x)‖²")
    # The limits follow the means: an interval of few large values may go below 0, which a
    # logarithmic axis cannot show.
    if lowest <= highest < np.inf:
        panels[0, 0].set_ylim(lowest / 3, highest * 2)
    entitle(figure, result.heading or settings.title)
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=6,
        fontsize="small",
    )
    return figure


def buffer(result: Result) -> Figure:
    """‖∇f‖² at one price over the local steps in a round: a panel for each size of the batches, a
    line for each B."""
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
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=4,
        fontsize="small",
    )
    return figure
