"""Figures of rates: measured values of each method and its theorem's bound over one axis, with
fitted and predicted slopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.canvas import FigureOptions, log_ticks, open_canvas
from auxtheory.analysis.selection import (
    Curve,
    caption,
    column,
    curves,
    glyph,
    measure_label,
    not_drawn,
)
from auxtheory.analysis.slopes import LEVEL, SHARE, NoWindow, Slope, fit, window
from auxtheory.analysis.style import Look, looks, pretty
from auxtheory.table import Row, Table

NAMES = {
    "delta": "Hessian similarity",
    "T": "rounds",
    "K": "local steps",
    "F0": "initial suboptimality",
    "sigma_r": "noise of a sample of ∇(f − h),",
    "zeta": "gradient bias",
}
GREY = "#777777"
FAINT = 0.35
THIN = 1.2
WIDE = 7.0
PALE = 0.22


def rate(table: Table, against: str = "delta", **options: Unpack[FigureOptions]) -> Figure:
    """Draw measured values and bounds over one axis on log-log scales, with slopes in the legend.

    Points are measured values, lines are bounds. Bars are ±2 standard errors; of several seeds each
    run is a faint point, and their median the full one. A bound is broad in the window of the
    slopes, where one term supplies at least 80 % of it and, over δ, δ ≤ L/K (`slopes.window`). The
    legend gives the slope of the measured values there (with the 95 % interval that sampling leaves
    of it), of the bound, and of that term alone (`slopes.Slope`). A violated bound has a ring.

    Args:
        table: the results of a study.
        against: the axis, a parameter of the study or "sigma_r" (see `curves.curves`).
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure.

    Raises:
        InputError: another axis has several values and must be selected, or fewer than two values
            of `against` above 0 have numbers.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=[0.01, 0.03, 0.1], K=4, T=100)
        >>> analysis.rate(study.run(), "delta").axes[0].get_xlabel()
        'Hessian similarity δ'
    """
    lines = curves(table, against)
    drawn = Table(tuple(row for curve in lines for row in curve.rows))
    canvas = open_canvas(options, looks(drawn))
    (axes,) = canvas.axes
    by_theorem = {curve.theorem: curve for curve in lines}
    lines = tuple(by_theorem[name] for name in canvas.names)
    ends = (min(curve.x[0] for curve in lines), max(curve.x[-1] for curve in lines))
    entries = []
    axes.set(xscale="log", yscale="log", xlabel=pretty(_axis(lines, against)))
    for curve in lines:
        handle = _draw(axes, curve, ends, canvas.looks[curve.theorem])
        entries.append((handle, canvas.name(curve.theorem) + _label(curve, against, lines)))
        _window(axes, curve, against, handle)
    _marks(axes, lines, against, canvas.small)
    axes.set_ylabel(measure_label(drawn))
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        log_ticks(axis)
    omitted = not_drawn(len(table) - len(drawn), len(table))
    title = caption(drawn, [against]) + omitted
    return canvas.finish(title, entries, _keys(lines, against), over=axes)


def rate_vs_delta(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw `rate` over the Hessian similarity δ.

    The knee δ = L/K is marked: above it δ, not L, decides the price of a round.

    Args:
        table: the results of a study over `delta`.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure over δ.

    Raises:
        InputError: as `rate` over "delta".

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=[0.01, 0.1], K=4, T=100)
        >>> analysis.rate_vs_delta(study.run()).axes[0].get_xlabel()
        'Hessian similarity δ'
    """
    return rate(table, "delta", **options)


def rate_vs_T(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw `rate` over the rounds T.

    Args:
        table: the results of a study over `T`.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure over T.

    Raises:
        InputError: as `rate` over "T".

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=0.05, K=4, T=[10, 100])
        >>> analysis.rate_vs_T(study.run()).axes[0].get_xlabel()
        'rounds T'
    """
    return rate(table, "T", **options)


def rate_vs_sigma_r(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw `rate` over the noise σ_r of a sample of ∇(f − h).

    A method whose refresh has no such noise is drawn over its own noise (see `curves.curves`).

    Args:
        table: the results of a study over one constant of the noise.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure over σ_r.

    Raises:
        InputError: as `rate` over "sigma_r".

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> noise = at.Gaussian()
        >>> study = at.Study(theorems, target, noise, delta=0.05, sigma_f=[0.1, 1.0], K=4, T=100)
        >>> len(analysis.rate_vs_sigma_r(study.run()).axes)
        1
    """
    return rate(table, "sigma_r", **options)


def rate_vs_K(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw `rate` over the local steps K.

    The knee K = L/δ is marked. A method with single steps is a level line.

    Args:
        table: the results of a study over `K`.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure over K.

    Raises:
        InputError: as `rate` over "K".

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> study = at.Study(theorems, target, at.Gaussian(), delta=0.05, K=[1, 4, 16], T=100)
        >>> analysis.rate_vs_K(study.run()).axes[0].get_xlabel()
        'local steps K'
    """
    return rate(table, "K", **options)


def rate_vs_F0(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw `rate` over the initial suboptimality F₀ = f(x⁰) − inf f.

    Args:
        table: the results of a study over `F0`.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure over F₀.

    Raises:
        InputError: as `rate` over "F0".

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=0.05, F0=[0.1, 1.0], K=4, T=100)
        >>> len(analysis.rate_vs_F0(study.run()).axes)
        1
    """
    return rate(table, "F0", **options)


def _draw(axes: Axes, curve: Curve, ends: tuple[float, float], look: Look) -> Line2D:
    """Draw bound, points and bars of one theorem; returns their handle for the legend."""
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
        down = np.minimum(error, 0.9 * measured)  # a log axis shows positive values only
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
    """Draw the bound again, broader, in the window of its slope."""
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


def _axis(lines: Sequence[Curve], against: str) -> str:
    """The label of the axis; noise other than σ_r, if all curves are over the same."""
    overs = {curve.over for curve in lines}
    if overs == {glyph(against)} or len(overs) > 1:
        return f"{NAMES.get(against, '')} {glyph(against)}".strip()
    return f"noise {overs.pop()}"


def _label(curve: Curve, against: str, lines: Sequence[Curve]) -> str:
    alone = all(other.over == curve.over for other in lines)
    text = "" if curve.over == glyph(against) or alone else f" (over {curve.over})"
    single = len(np.unique(curve.x)) == 1
    text += f", at {curve.over} = {curve.x[0]:g} alone" if single else f": {fit(curve, against)}"
    return pretty(text)


def _marks(axes: Axes, lines: Sequence[Curve], against: str, size: float) -> None:
    """Draw the marks of one axis: the knee δ = L/K or K = L/δ, or the line ζ²."""
    known = [row for curve in lines for row in curve.rows]
    K, delta, L = (max(row.get(name, 0.0) for row in known) for name in ("K", "delta", "L"))
    low = min(curve.x[0] for curve in lines)
    high = max(curve.x[-1] for curve in lines)
    knees = {"delta": (L / max(K, 1), "δ = L/K"), "K": (L / delta if delta else np.inf, "K = L/δ")}
    at, text = knees.get(against, (np.inf, ""))
    if low < at < high:
        axes.axvline(at, color="#aaaaaa", linewidth=1.0, linestyle=":", zorder=0)
        axes.annotate(
            f" {text}", (at, 0.02), xycoords=("data", "axes fraction"), fontsize=size, color=GREY
        )
    if against == "zeta":
        lowest, highest = axes.get_ylim()
        x = np.array(
            [max(low, np.sqrt(max(min(c.rows["measured"].min() for c in lines), 0))), high]
        )
        axes.plot(x, x**2, color="#aaaaaa", linewidth=1.0, zorder=0)
        at = float(np.sqrt(x[0] * x[-1]))
        axes.annotate("  ζ²", (at, at**2), fontsize=size + 1, color=GREY, ha="left", va="top")
        axes.set_ylim(lowest, max(highest, 1.5 * x[-1] ** 2))


def _keys(lines: Sequence[Curve], against: str) -> list[tuple[Line2D, str]]:
    """Legend entries for points and lines, independent of colour."""
    rows = [row for curve in lines for row in curve.rows]
    keys = [*_point_keys(lines, rows), (_line(linewidth=THIN), "bound"), *_fit_keys(lines, against)]
    if any(row["status"] == "violated" for row in rows):
        keys.append((_point(9, color="black", markerfacecolor="none"), "violated"))
    return keys


def _point_keys(lines: Sequence[Curve], rows: Sequence[Row]) -> list[tuple[Line2D, str]]:
    """Legend entries for the points and their bars."""
    if any(len(set(column(curve.rows, "seed").tolist())) > 1 for curve in lines):
        return [
            (_point(5.5), "measured, median of the seeds"),
            (_point(3, alpha=FAINT), "single runs"),
        ]
    keys = [(_point(5.5), "measured")]
    if any(row.get("se", 0) > 0 for row in rows):
        keys.append((_point(7, marker="|"), "± 2 standard errors"))
    return keys


def _fit_keys(lines: Sequence[Curve], against: str) -> list[tuple[Line2D, str]]:
    """Legend entries for the broad lines and the brackets of slopes."""
    fits = [slope for curve in lines if isinstance(slope := fit(curve, against), Slope)]
    keys = []
    if fits:
        limit = next((f", {slope.limit}" for slope in fits if slope.limit), "")
        text = f"slopes: one term ≥ {SHARE} of the bound{limit}"
        keys.append((_line(linewidth=WIDE, alpha=PALE), text))
    if any(slope.sampled for slope in fits):
        keys.append((_line(linestyle="none"), f"[ ]: {100 * LEVEL:g} % interval of sampling"))
    return keys


def _line(**look: Any) -> Line2D:
    return Line2D([], [], **({"color": GREY} | look))


def _point(size: float, **look: Any) -> Line2D:
    return _line(**({"marker": "o", "markersize": size, "linestyle": "none"} | look))
