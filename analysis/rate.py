"""Rates: what each method reaches over one axis, under its theorem's bound, with fitted and
predicted slopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.curves import MEASURES, Curve, caption, column, curves, glyph, not_drawn
from auxtheory.analysis.slopes import LEVEL, SHARE, NoWindow, Slope, fit, window
from auxtheory.analysis.style import Look, entitle, legend, looks, named, pretty
from auxtheory.result import Table

NAMES = {
    "delta": "Hessian similarity",
    "T": "rounds",
    "K": "local steps",
    "F0": "initial gap",
    "sigma_r": "noise of a sample of ∇(f − h),",
    "zeta": "gradient bias",
}
GREY = "#777777"
FAINT = 0.35
THIN = 1.2
WIDE = 7.0
PALE = 0.22


def rate(
    table: Table, against: str = "delta", *, width: float = 8.0, titled: bool = True
) -> Figure:
    """A study's Table → log-log figure over the axis `against`: points measured, lines bounds,
    slopes in the legend.

    Bars are ±2 standard errors; of several seeds every run is a faint point and their median the
    full one. A bound is broad in the window of the slopes, where one term supplies at least 80 % of
    it and, over δ, δ ≤ L/K (`slopes.window`): there the legend has the slope of the measured values
    (with the 95 % interval that sampling leaves of it), of the bound, and of that term alone
    (`slopes.Slope`). A violated bound has a ring. width: in inches, if the legend fits into it;
    titled: whether to write above what all cells have in common. x over sigma_r, and the
    errors: see `curves.curves`.
    """
    lines = curves(table, against)
    figure = Figure(figsize=(width, 0.6 * width + 0.2 * max(len(lines), 4)), layout="constrained")
    axes = figure.subplots()
    ends = (min(curve.x[0] for curve in lines), max(curve.x[-1] for curve in lines))
    entries = []
    drawn = Table(tuple(row for curve in lines for row in curve.rows))
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=pretty(f"{NAMES.get(against, '')} {glyph(against)}".strip()),
    )
    look = looks(drawn)
    for curve in lines:
        handle = _draw(axes, curve, ends, look[curve.theorem])
        entries.append((handle, _label(curve, against)))
        _window(axes, curve, against, handle)
    _marks(axes, lines, against)
    axes.set_ylabel(MEASURES.get(str(drawn.rows[0].get("measure", "G")), "measured"))
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    omitted = not_drawn(len(table) - len(drawn), len(table))
    legend(figure, entries, _keys(lines, against))
    entitle(figure, caption(drawn, [against]) + omitted, axes, shown=titled)
    return figure


def rate_vs_delta(table: Table) -> Figure:
    """`rate` over the Hessian similarity δ, with the knee δ = L/K, above which δ rather than L sets
    a round's price."""
    return rate(table, "delta")


def rate_vs_T(table: Table) -> Figure:
    """`rate` over the rounds T."""
    return rate(table, "T")


def rate_vs_sigma_r(table: Table) -> Figure:
    """`rate` over the noise σ_r of a sample of ∇(f − h); a method without it stands at its own
    noise (`curves`)."""
    return rate(table, "sigma_r")


def rate_vs_K(table: Table) -> Figure:
    """`rate` over the local steps K, with the knee K = L/δ; a method with single steps is a level
    line."""
    return rate(table, "K")


def rate_vs_F0(table: Table) -> Figure:
    """`rate` over the initial gap F₀."""
    return rate(table, "F0")


def _draw(axes: Axes, curve: Curve, ends: tuple[float, float], look: Look) -> Line2D:
    """Bound, points and bars of one theorem; the handle that stands for them in the legend."""
    rows = curve.rows
    x = curve.x
    mark: dict[str, Any] = {"color": look.colour, "marker": look.marker, "fillstyle": look.fill}
    # Theorems on one method often measure the same.
    mark["markersize"] = 5.5 if look.fill == "full" else 8.0
    bound = curve.medians("bound")
    level = len(np.unique(x)) == 1
    at, heights = (np.array(ends), np.repeat(bound, 2)) if level else (np.unique(x), bound)
    axes.plot(at, heights, color=look.colour, linestyle=look.line, linewidth=THIN)
    several = len(set(column(rows, "seed").tolist())) > 1
    measured = rows["measured"]
    if several:
        small = {**mark, "markersize": 3, "fillstyle": "full", "markeredgewidth": 0.5}
        axes.plot(x, measured, **small, linestyle="none", alpha=FAINT)
    axes.plot(np.unique(x), curve.medians("measured"), **mark, linestyle="none", zorder=3)
    error = 2 * np.nan_to_num(column(rows, "se"))
    if np.any(error > 0) and not several:
        down = np.minimum(error, 0.9 * measured)  # a log axis has no place for the rest
        axes.errorbar(
            x,
            measured,
            (down, error),
            linestyle="none",
            color=look.colour,
            capsize=2.5,
            linewidth=1,
        )
    bad = rows["status"] == "violated"
    if np.any(bad):
        axes.plot(
            x[bad],
            measured[bad],
            "o",
            color="black",
            markerfacecolor="none",
            markersize=11,
            zorder=4,
        )
    return Line2D([], [], **mark, linestyle=look.line, linewidth=THIN)


def _window(axes: Axes, curve: Curve, against: str, look: Line2D) -> None:
    """The bound once more where its slope is taken, so that it stands out."""
    chosen = window(curve, against)
    if not isinstance(chosen, NoWindow):
        inside = np.isin(np.unique(curve.x), curve.x[chosen])
        broad: dict[str, Any] = {
            "linewidth": WIDE,
            "alpha": PALE,
            "solid_capstyle": "butt",
            "zorder": 1,
        }
        x = np.unique(curve.x)[inside]
        y = curve.medians("bound")[inside]
        axes.plot(x, y, color=look.get_color(), **broad)


def _label(curve: Curve, against: str) -> str:
    text = "" if curve.over == glyph(against) else f" (over {curve.over})"
    single = len(np.unique(curve.x)) == 1
    text += f", at {curve.over} = {curve.x[0]:g} alone" if single else f": {fit(curve, against)}"
    return named(curve.theorem) + pretty(text)


def _marks(axes: Axes, lines: Sequence[Curve], against: str) -> None:
    """What an axis has of its own: the knee δ = L/K or K = L/δ, or the line ζ²."""
    known = [row for curve in lines for row in curve.rows]
    K, delta, L = (max(row.get(name, 0.0) for row in known) for name in ("K", "delta", "L"))
    low = min(curve.x[0] for curve in lines)
    high = max(curve.x[-1] for curve in lines)
    knees = {"delta": (L / max(K, 1), "δ = L/K"), "K": (L / delta if delta else np.inf, "K = L/δ")}
    at, text = knees.get(against, (np.inf, ""))
    if low < at < high:
        axes.axvline(at, color="#aaaaaa", linewidth=1.0, linestyle=":", zorder=0)
        axes.annotate(
            f" {text}", (at, 0.02), xycoords=("data", "axes fraction"), fontsize="small", color=GREY
        )
    if against == "zeta":
        lowest, highest = axes.get_ylim()
        x = np.array(
            [max(low, np.sqrt(max(min(c.rows["measured"].min() for c in lines), 0))), high]
        )
        axes.plot(x, x**2, color="#aaaaaa", linewidth=1.0, zorder=0)
        at = float(np.sqrt(x[0] * x[-1]))
        axes.annotate("  ζ²", (at, at**2), fontsize="medium", color=GREY, ha="left", va="top")
        axes.set_ylim(lowest, max(highest, 1.5 * x[-1] ** 2))


def _keys(lines: Sequence[Curve], against: str) -> list[tuple[Line2D, str]]:
    """What points and lines of any colour mean."""
    rows = [row for curve in lines for row in curve.rows]
    several = any(len(set(column(curve.rows, "seed").tolist())) > 1 for curve in lines)

    def point(size: float, **more: Any) -> Line2D:
        return Line2D([], [], color=GREY, marker="o", markersize=size, linestyle="none", **more)

    keys = [(point(5.5), "measured, median of the seeds" if several else "measured")]
    if several:
        keys.append((point(3, alpha=FAINT), "single runs"))
    elif any(row.get("se", 0) > 0 for row in rows):
        keys.append(
            (
                Line2D([], [], color=GREY, marker="|", markersize=7, linestyle="none"),
                "± 2 standard errors",
            )
        )
    keys.append((Line2D([], [], color=GREY, linewidth=THIN), "bound"))
    fits = [found for curve in lines if isinstance(found := fit(curve, against), Slope)]
    if fits:
        broad = Line2D([], [], color=GREY, linewidth=WIDE, alpha=PALE)
        limit = next((f", {found.limit}" for found in fits if found.limit), "")
        keys.append((broad, f"slopes: one term ≥ {SHARE} of the bound{limit}"))
    if any(found.sampled for found in fits):
        keys.append(
            (Line2D([], [], linestyle="none"), f"[ ]: {100 * LEVEL:g} % interval of sampling")
        )
    if any(row["status"] == "violated" for row in rows):
        keys.append(
            (
                Line2D(
                    [],
                    [],
                    color="black",
                    marker="o",
                    markersize=9,
                    markerfacecolor="none",
                    linestyle="none",
                ),
                "violated",
            )
        )
    return keys
