"""Figures of rates: measured values of each method and its theorem's bound over one axis, with
fitted and predicted slopes."""

from __future__ import annotations

from typing import Unpack

from matplotlib.figure import Figure

from auxtheory.analysis.bands import note
from auxtheory.analysis.canvas import FigureOptions, log_ticks, open_canvas
from auxtheory.analysis.coding import together
from auxtheory.analysis.figures.rate_curves import Plot, axis_label, diverged
from auxtheory.analysis.marks import limits
from auxtheory.analysis.selection import caption, curves, measure_label, not_drawn
from auxtheory.analysis.style import looks, pretty
from auxtheory.table import Table


def rate(table: Table, against: str = "delta", **options: Unpack[FigureOptions]) -> Figure:
    """Draw measured values and bounds over one axis on log-log scales, with slopes in the legend.

    Points are measured values, lines are bounds. Bars are 95 % intervals by Student's t over the
    replicas; exact values have none. Of several seeds each run is a faint point, and their median
    the full one. A band reaches from the bound down to a lower bound of its class
    (`auxtheory.lower_bounds`), once for each method. A bound is broad in the window of the slopes,
    where one term supplies at least 80 % of it and, over δ, δ ≤ L/K (`slopes.window`). The legend
    gives the slope of the measured values there (with the 95 % interval that sampling leaves of
    it), of the bound, and of that term alone (`slopes.Slope`); it says which curves coincide. A
    violated bound has a ring. Of more than 6,000 cells the points are medians in bins of the axis,
    with a band from the 5 % to the 95 % quantile. Values that would flatten all others, and cells
    that diverged, are arrows at the edge (`marks.limits`).

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
        'Hessian similarity δ, in F/X²'
    """
    lines = curves(table, against)
    drawn = together([curve.rows for curve in lines])
    canvas = open_canvas(options, looks(drawn))
    by_theorem = {curve.theorem: curve for curve in lines}
    lines = tuple(by_theorem[name] for name in canvas.names)
    away = diverged(table, against, lines)
    (axes,) = canvas.axes
    axes.set(xscale="log", yscale="log", xlabel=pretty(axis_label(lines, against)))
    plot = Plot(
        canvas=canvas, axes=axes, lines=lines, against=against, limits=limits(lines), drawn=drawn
    )
    entries = plot.curves()
    beyond = plot.beyond(away)
    plot.marks()
    axes.set_ylabel(measure_label(drawn))
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        log_ticks(axis)
    left = len(table) - len(drawn) - sum(map(len, away.values()))
    title = caption(drawn, [against]) + not_drawn(left, len(table))
    title += f"; {note(len(drawn))}" if plot.dense else ""
    return canvas.finish(title, entries, [*plot.keys(), *beyond], columns=2, over=axes)


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
        'Hessian similarity δ, in F/X²'
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
