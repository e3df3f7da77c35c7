"""Where SGD on components is stable: the factor of a step over η, with the exact threshold, the
simple ones, and 2/tr H."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.canvas import Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.selection import caption, check_table
from auxtheory.analysis.style import Look
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.errors import Checks
from auxtheory.measures import distance_last
from auxtheory.methods import ComponentSGD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.table import Table
from auxtheory.theorems import finite_sums

T = 200
LIMITS: dict[str, Any] = {"sufficient": ":", "exact": "-", "necessary": "--", "trace": "-."}
NAMES = {
    "sufficient": "2/L_max",
    "exact": "exact threshold",
    "necessary": "2 tr H/E‖a‖⁴",
    "trace": "2/tr H",
}
COLUMNS = ("components", "eta", "factor", "measured", *LIMITS)


def threshold_table(*, points: int = 30, T: int = T) -> Table:
    """Return the factor by which E‖x − x*‖² changes in a step of SGD on f_i = ½(a_iᵀx)², for three
    kinds of features in 4 dimensions, all of tr H = 2.

    Args:
        points: the number of step sizes, from 0.05 to 1.5.
        T: the number of steps of a run, at least 1.

    Returns:
        One row per kind and step size: `factor`, the spectral radius; `measured`,
        (E‖x^T − x*‖²/‖x⁰ − x*‖²)^{1/T} of the exact engine; and the thresholds.

    Raises:
        InputError: an argument is out of range.

    Example:
        >>> from auxtheory import analysis
        >>> table = analysis.threshold_table(points=2, T=3)
        >>> list(dict.fromkeys(table["components"].tolist()))
        ['equal norms', 'Gaussian norms', 'orthogonal']
    """
    checks = Checks()
    points = checks.whole("points", points, low=2)
    T = checks.whole("T", T, low=1)
    checks.done()
    rows = list[dict[str, Any]]()
    for name, features in kinds().items():
        pair = Quadratic.from_components(features[:, :, None] * features[:, None, :])
        limits = finite_sums.thresholds(pair.components)._asdict()
        for eta in np.linspace(0.05, 1.5, points).tolist():
            steps = Steps(eta=eta, K=1, T=T)
            trace = run(ComponentSGD, pair, Gaussian(), steps, measures=[distance_last])
            end = float(trace.measure(distance_last)[0][-1, 0])
            factor = finite_sums.spectral_radius(pair.components, eta)
            start = float(np.sum(pair.x0**2))
            measured = (end / start) ** (1 / T)
            row = {"components": name, "eta": eta, "T": T, "factor": factor, "measured": measured}
            rows.append(row | limits)
    return Table(tuple(rows))


def kinds() -> dict[str, Any]:
    """The features of each kind, (N, 4), scaled to tr H = 2."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((12, 4))
    every = {
        "equal norms": a / np.linalg.norm(a, axis=1, keepdims=True),
        "Gaussian norms": a,
        "orthogonal": np.diag([2.0, 1.0, 0.7, 0.5]),
    }
    return {name: v * np.sqrt(2 * len(v) / np.sum(v**2)) for name, v in every.items()}


def thresholds(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw the rows of `threshold_table`: a panel per kind of components, the spectral radius as a
    line, the runs as markers, and the thresholds as vertical lines.

    Args:
        table: what `threshold_table` returns.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure.

    Raises:
        InputError: a column is missing.

    Example:
        >>> from auxtheory import analysis
        >>> len(analysis.thresholds(analysis.threshold_table(points=2, T=3)).axes)
        3
    """
    check_table(Checks(), table, COLUMNS, "what threshold_table returns")
    names = list(dict.fromkeys(table["components"].tolist()))
    look = {"SGD on components": Look(colour="#0072B2", marker="o")}
    canvas = open_canvas(options, look, Panels(shows=names, least=2.2, ratio=1.0, sharey=True))
    (each,) = canvas.looks.values()
    for panel, name in zip(canvas.axes, names, strict=True):
        rows = table.where(components=name)
        panel.plot(rows["eta"], rows["factor"], color=each.colour, linewidth=1.4)
        panel.plot(
            rows["eta"],
            rows["measured"],
            linestyle="none",
            marker=each.marker,
            markersize=3.5 * canvas.scale,
            color=each.colour,
            markevery=2,
        )
        panel.axhline(1.0, color="#bbbbbb", linewidth=0.8, zorder=0)
        for limit, line in LIMITS.items():
            panel.axvline(rows[limit][0], linestyle=line, color="#444444", linewidth=1.1)
        panel.set(xlabel="step size η, tr H = 2", ylabel="factor of E‖x − x*‖²")
        panel.set(ylim=(0.6, 2.0), xlim=(0.0, 1.55))
        panel.set_title(name, fontsize=canvas.font)
        panel.label_outer()
    entries: list[Entry] = [
        (Line2D([], [], color=each.colour, linewidth=1.4), "spectral radius"),
        (
            Line2D([], [], color=each.colour, marker=each.marker, linestyle="none"),
            f"run of {int(table['T'][0])} steps",
        ),
    ]
    keys: list[Entry] = [
        (Line2D([], [], linestyle=line, color="#444444", linewidth=1.1), NAMES[limit])
        for limit, line in LIMITS.items()
    ]
    return canvas.finish(caption(table, ["components", "eta"]), entries, keys, columns=2)
