"""The figure of all cells of a study: measured values against bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.figures.tightness import diverged_note, ratios
from auxtheory.analysis.selection import caption, measure_label
from auxtheory.analysis.style import entitle, legend, looks, named
from auxtheory.table import Table

LINES: tuple[tuple[float, Any], ...] = ((1.0, "-"), (10.0, "--"), (100.0, ":"))  # bound/measured
# Relative to the largest value: much smaller values would compress all others into a corner.
MIN_SHARE = 1e-12


def drawn_rows(cells: Table) -> tuple[Table, float]:
    """The rows that are drawn, and the value below which one is drawn only if it is violated."""
    floor = MIN_SHARE * min(cells["bound"].max(), cells["measured"].max())
    return Table(
        tuple(row for row in cells if row["measured"] >= floor or row["status"] == "violated")
    ), floor


def measured_vs_predicted(table: Table) -> Figure:
    """Draw measured values against bounds, a mark per theorem.

    Lines show measured = bound, bound/10 and bound/100; a cell above the first line is violated.
    Runs that diverged are not drawn, nor values below 10⁻¹² of the largest bound (or of the largest
    measured value, if that is less), unless they are violated.

    Args:
        table: the results of a study, over any axes.

    Returns:
        A log-log figure.

    Raises:
        InputError: no cell has a positive measured value inside its theorem.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM(), at.theorems.SGD()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=[0.01, 0.1], K=4, T=100)
        >>> analysis.measured_vs_predicted(study.run()).axes[0].get_ylabel()
        'measured mean squared gradient G, in F²/X²'
    """
    cells = ratios(table)
    drawn, floor = drawn_rows(cells)
    figure = Figure(figsize=(6.6, 6.6), layout="constrained")
    axes = figure.subplots()
    entries: list[tuple[Line2D, str]] = []
    for name, look in looks(drawn).items():
        rows = drawn.where(theorem=name)
        mark: dict[str, Any] = {"color": look.colour, "marker": look.marker, "linestyle": "none"}
        mark |= {"fillstyle": look.fill, "alpha": 0.75, "markeredgewidth": 0.7}
        axes.plot(rows["bound"], rows["measured"], **mark, markersize=4)
        entries.append((Line2D([], [], **mark, markersize=6), named(name)))
    label = measure_label(drawn)
    plotted = np.concatenate([drawn["bound"], drawn["measured"]])
    ends = np.array([plotted.min() / 2, plotted.max() * 2])
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="bound",
        ylabel=label if label == "measured" else f"measured {label}",
        xlim=ends,
        ylim=ends,
        aspect="equal",
    )
    keys = []
    for factor, line in LINES:
        axes.plot(ends, ends / factor, color="#777777", linewidth=1.0, linestyle=line, zorder=0)
        text = "measured = bound" if factor == 1 else f"measured = bound/{factor:g}"
        keys.append((Line2D([], [], color="#777777", linewidth=1.0, linestyle=line), text))
    axes.grid(visible=True, which="major", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    count = int(np.sum(cells["status"] == "violated"))
    left = len(cells) - len(drawn)
    omitted = f", {left} below {floor:.1g} not drawn" if left else ""
    title = f"{len(cells)} cells, {count} violated{omitted}{diverged_note(table)}\n"
    legend(figure, entries, keys, columns=2)
    entitle(figure, title + caption(cells, []), axes)
    return figure
