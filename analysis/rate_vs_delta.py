"""Rate against δ: what each method reaches, under its theorem's bound, with fitted and predicted slopes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from auxtheory.analysis.style import style
from auxtheory.errors import Checks
from auxtheory.result import Table

WINDOW = 0.8  # a slope is fitted where one term supplies at least this share of the bound


def rate_vs_delta(table: Table) -> Figure:
    """The Table of a `Study` over delta → log-log figure: points measured, line bound, slopes in the legend.

    Slopes are least-squares fits of log(value) on log(δ), for measured and bound alike, over the cells in which one
    and the same term supplies more than 80 % of the bound and δ ≤ L/K (all cells, marked *, where fewer than three).
    """
    kept = Table(tuple(row for row in table if row.get("status") != "outside" and row.get("delta", 0.0) > 0))
    checks = Checks()
    if not len(kept):
        checks.complain("table", f"{len(table)} rows", "must hold a cell with delta > 0 inside a theorem's assumptions")
    for name in ("L", "T", "K"):
        values = {row[name] for row in kept if name != "K" or row["K"] > 1}
        if len(values) > 1:
            checks.complain(name, sorted(values), "must be one value; select it with table.where(...)")
    checks.done()
    figure = Figure(figsize=(8.0, 5.2), layout="constrained")
    axes = figure.subplots()
    for name in dict.fromkeys(kept["theorem"].tolist()):
        _draw(axes, kept.where(theorem=name), name)
    _knee(axes, kept)
    axes.set(xscale="log", yscale="log", xlabel="Hessian similarity δ", ylabel="mean squared gradient G")
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(_caption(kept), fontsize="medium")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(3, len(labels) // 2), fontsize="small")
    return figure


def _draw(axes: Axes, rows: Table, name: str) -> None:
    colour, marker = style(name)
    order = np.argsort(rows["delta"])
    delta, measured, bound = rows["delta"][order], rows["measured"][order], rows["bound"][order]
    window, mark = _window(rows, order)
    fitted, predicted = _slope(delta[window], measured[window]), _slope(delta[window], bound[window])
    label = f"{name}, fitted slope {fitted:.2f}{mark}"
    axes.plot(delta, measured, linestyle="none", marker=marker, color=colour, markersize=5, label=label)
    axes.plot(delta, bound, color=colour, linewidth=1.3, label=f"its bound, predicted slope {predicted:.2f}{mark}")
    error = rows["se"][order]
    if np.any(error > 0):
        axes.errorbar(delta, measured, 2 * error, linestyle="none", color=colour, capsize=2)


def _window(rows: Table, order: np.ndarray) -> tuple[np.ndarray, str]:
    """The cells to fit: the longest-lasting dominant term, where its share is large."""
    dominant, share = rows["dominant"][order], rows["share"][order]
    # Above L/K, and where δ nears the curvature itself, a quadratic does better than any function may.
    strong = (share >= WINDOW) & (rows["delta"][order] <= rows["L"][order] / np.maximum(rows["K"][order], 1))
    if np.sum(strong) < 3:
        return np.ones(len(order), dtype=bool), " *"
    names, counts = np.unique(dominant[strong], return_counts=True)
    chosen = strong & (dominant == names[np.argmax(counts)])
    return (chosen, "") if np.sum(chosen) >= 3 else (np.ones(len(order), dtype=bool), " *")


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    fine = np.isfinite(y) & (y > 0)
    if np.sum(fine) < 2:
        return float("nan")
    return round(float(np.polyfit(np.log(x[fine]), np.log(y[fine]), 1)[0]), 4) + 0.0


def _knee(axes: Axes, rows: Table) -> None:
    """δ = L/K, above which the similarity rather than the smoothness sets the price of a round."""
    K = max(rows["K"].tolist(), default=1)
    L = rows["L"][0]
    if np.min(rows["delta"]) < L / K < np.max(rows["delta"]):
        axes.axvline(L / K, color="#bbbbbb", linewidth=1.0, linestyle=":", zorder=0)
        axes.annotate("  δ = L/K", (L / K, 0.02), xycoords=("data", "axes fraction"), fontsize="small", color="#777777")


def _caption(rows: Table) -> str:
    K, T = (sorted({int(v) for v in rows[name] if name == "T" or v > 1}) for name in ("K", "T"))
    shown = [f"K = {', '.join(map(str, K))}"] if K else []
    return ", ".join([f"L = {rows['L'][0]:g}", *shown, f"T = {', '.join(map(str, T))}, engine {rows['engine'][0]}"])
