"""What figures say of their marks: intervals and their names, limits that one diverging cell does
not stretch, and lines that coincide."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from scipy.special import stdtrit

from auxtheory.analysis.canvas import Entry
from auxtheory.analysis.selection import Curve, column
from auxtheory.analysis.slopes import ABOVE, LEVEL
from auxtheory.table import Table
from auxtheory.typing import FloatArray

PERCENT = f"{100 * LEVEL:g} %"
# Decades beyond the bounds, and below the medians too, that measured values may take of an axis.
UNDER = 6
# Bounds further than this many decades from all others, if they are few, do not count.
GAP = 6
FEW = 0.25
SAME = 0.01  # relative difference of values whose marks cover each other
EDGE = 0.985  # of the height of the axes: where arrows point to the edge
UP = r"$\uparrow$"
FINE = 0.7  # width of the line at the lower end of a band
BAND_GREY = "#777777"
DOWN = r"$\downarrow$"


def half_widths(rows: Table) -> FloatArray:
    """Half of each cell's 95 % interval by Student's t: t·se with replicas − 1 degrees of freedom;
    0 for exact values."""
    se = np.nan_to_num(column(rows, "se"))
    replicas = np.nan_to_num(column(rows, "replicas"))
    freedom = np.where(replicas >= 2, replicas - 1, np.inf)
    return np.asarray(np.where(se > 0, stdtrit(freedom, (1 + LEVEL) / 2) * se, 0.0))


def _with_error(rows: Table) -> NDArray[np.bool_]:
    """Which cells have an interval."""
    return np.nan_to_num(column(rows, "se")) > 0


def sampled(rows: Table) -> list[int]:
    """The numbers of replicas of the cells that have an interval."""
    numbers = np.nan_to_num(column(rows, "replicas"))[_with_error(rows)]
    return [int(number) for number in np.unique(numbers)]


def interval_name(rows: Table) -> str:
    """The name of the intervals, such as "95 % interval of 64 replicas"."""
    numbers = [number for number in sampled(rows) if number > 1]
    if not numbers:
        return f"{PERCENT} interval"
    few, many = numbers[0], numbers[-1]
    return f"{PERCENT} interval of {few if few == many else f'{few} to {many}'} replicas"


def point_name(rows: Table, seeds: int) -> str:
    """What the points are: exact values, means of replicas, or medians of seeds."""
    if seeds > 1:
        return f"measured, median of {seeds} seeds"
    with_error = _with_error(rows)
    if not np.any(with_error):
        return "measured, exact"
    exact = not np.all(with_error)
    return "measured, exact where there is no bar" if exact else "measured, mean"


def ring(size: float) -> dict[str, Any]:
    """The look of the ring around a violated cell."""
    return {
        "marker": "o",
        "color": "black",
        "markerfacecolor": "none",
        "markersize": size,
        "linestyle": "none",
    }


def band_key(chosen: bool) -> Entry:
    """The legend's entry for a band down to a lower bound; chosen: whether the steps are the
    user's."""
    which = "at these steps" if chosen else "for all steps"
    signs = (
        Patch(facecolor=BAND_GREY, alpha=0.16),
        Line2D([], [], color=BAND_GREY, linewidth=FINE),
    )
    return signs, f"down to a lower bound {which}"


def bars(axes: Axes, x: FloatArray, y: FloatArray, half: FloatArray, **look: Any) -> None:
    """Draw the intervals y ± half; a logarithmic axis shows positive values only."""
    here = half > 0
    down = np.minimum(half[here], 0.9 * y[here])
    axes.errorbar(x[here], y[here], (down, half[here]), linestyle="none", capsize=2, **look)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The values that a logarithmic axis shows; others become arrows at its ends."""

    low: float
    high: float

    def inside(self, values: FloatArray) -> Any:
        """Which values are drawn in place."""
        return (values >= self.low) & (values <= self.high)


def limits(lines: Sequence[Curve]) -> Limits:
    """The range of bounds and measured values, without those that are far from all others.

    A measured value counts up to 10³ times the largest bound, and down to 10⁻⁶ of the smallest
    bound or median. Of bounds a quarter at most is left out, if 10⁶ is between them and the others.
    """
    bounds = _together(np.concatenate([curve.rows["bound"] for curve in lines]))
    medians = [float(np.median(curve.rows["measured"])) for curve in lines]
    measured = np.concatenate([curve.rows["measured"] for curve in lines])
    high = bounds.max() * 10.0**ABOVE
    low = min(bounds.min(), *(each for each in medians if each <= high)) / 10.0**UNDER
    shown = np.concatenate([bounds, measured[(measured >= low) & (measured <= high)]])
    return Limits(low=float(shown.min()), high=float(shown.max()))


def _together(values: FloatArray) -> FloatArray:
    """The values without a few that are far from all others."""
    ordered = np.sort(values)
    most = max(1, int(FEW * len(ordered))) if len(ordered) > 2 else 0
    gaps = np.diff(np.log10(ordered)) > GAP
    first, last = 0, len(ordered)
    for i in np.flatnonzero(gaps).tolist():
        if i + 1 <= most:
            first = i + 1
        elif len(ordered) - i - 1 <= most:
            last = min(last, i + 1)
    return ordered[first:last]


def arrows(axes: Axes, x: FloatArray, *, up: bool, colour: Any, size: float) -> None:
    """Draw arrows to the upper or lower end of the axes at these places."""
    if len(x):
        axes.plot(
            x,
            np.full(len(x), EDGE if up else 1 - EDGE),
            marker=UP if up else DOWN,
            color=colour,
            linestyle="none",
            markersize=size,
            markeredgewidth=0.3,
            transform=axes.get_xaxis_transform(),
            zorder=5,
        )


def arrow_keys(above: int, largest: float, below: int, size: float) -> list[Entry]:
    """A legend's entries for cells beyond the axis: their number and the largest value."""
    keys = list[Entry]()
    if above:
        value = f"up to {largest:.1g}" if math.isfinite(largest) else "diverged"
        keys.append((_arrow(UP, size), f"{_cells(above)} above the axis, {value}"))
    if below:
        keys.append((_arrow(DOWN, size), f"{_cells(below)} below the axis"))
    return keys


def _arrow(marker: str, size: float) -> Line2D:
    return Line2D([], [], color="#444444", marker=marker, linestyle="none", markersize=size)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"


def coincidences(curves: Mapping[str, FloatArray]) -> list[tuple[str, ...]]:
    """The groups of names whose values are the same, to a hundredth."""
    groups = list[list[str]]()
    for name, values in curves.items():
        for group in groups:
            first = curves[group[0]]
            if first.shape == values.shape and np.allclose(first, values, rtol=SAME, atol=0.0):
                group.append(name)
                break
        else:
            groups.append([name])
    return [tuple(group) for group in groups if len(group) > 1]


def listed(names: Sequence[str]) -> str:
    """The names as words: "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def coincidence_notes(lines: Sequence[Curve], name: Any) -> list[str]:
    """Sentences about curves whose marks cover each other; name: a function from theorems to their
    names in the figure."""
    measured = {c.theorem: np.concatenate([c.distinct, c.medians("measured")]) for c in lines}
    bounds = {c.theorem: np.concatenate([c.distinct, c.medians("bound")]) for c in lines}
    same = coincidences(measured)
    same_bounds = coincidences(bounds)
    notes = []
    for group in same:
        whole = group in same_bounds
        what = "" if whole else "measured values of "
        notes.append(f"{what}{listed([name(each) for each in group])} coincide")
    notes += [
        f"bounds of {listed([name(each) for each in group])} coincide"
        for group in same_bounds
        if group not in same
    ]
    return notes
