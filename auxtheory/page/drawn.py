"""The slopes and figures of a theorem: the one place where the page asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auxtheory.page.base import JUDGED, Results, axes_of, glyph, place, plain
from auxtheory.result import Row, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INCHES = (6.0, 4.5)  # what half of the page takes with texts still readable
FEWEST = 3  # values of an axis, to fit a slope


@dataclass(frozen=True, kw_only=True)
class Slope:
    """The slope of log(value) against log(axis): each as (estimate, low, high) of a 95 % interval."""

    axis: str
    where: str
    cells: int
    fitted: tuple[float, float, float]
    predicted: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure with its title and, for those who do not see it, what it shows."""

    title: str
    description: str
    figure: Figure


def slopes_of(results: Results, theorem: str) -> list[Slope]:
    """Slopes of measured and bound against every axis that varies, on one slice each."""
    axes = axes_of(results)
    found = []
    for axis in axes:
        rows = [row for row in _slice(results, theorem, axis, axes) if row["status"] in JUDGED and row[axis] > 0]
        if axis not in ("seed", "dim") and len({row[axis] for row in rows}) >= FEWEST:
            where = place(rows[0], {name: values for name, values in axes.items() if name != axis})
            found.append(Slope(axis=glyph(axis), where=where, cells=len(rows), fitted=_fit(rows, axis, "measured"),
                               predicted=_fit(rows, axis, "bound")))  # fmt: skip
    return found


def figures_of(results: Results, theorem: str) -> list[Drawing]:
    """Measured and bound against δ, if δ varies."""
    from auxtheory.analysis import rate_vs_delta

    axes = axes_of(results)
    rows = [row for row in _slice(results, theorem, "delta", axes) if row["status"] in JUDGED and row["delta"] > 0]
    if "delta" not in axes or len({row["delta"] for row in rows}) < FEWEST:
        return []
    where = place(rows[0], {name: values for name, values in axes.items() if name != "delta"})
    ends = f"δ from {axes['delta'][rows[0]['delta']]} to {axes['delta'][rows[-1]['delta']]}"
    figure = rate_vs_delta(Table(tuple(rows)))
    figure.set_size_inches(*INCHES)
    return [
        Drawing(
            title=f"{theorem}: measured value and bound against δ" + (f", at {where}" if where else ""),
            description=f"Points are measured, the line is the bound, over {len(rows)} cells with {ends}.",
            figure=figure,
        )
    ]


def _slice(results: Results, theorem: str, axis: str, axes: Mapping[str, Any]) -> Sequence[Row]:
    """The theorem's rows along one axis, at the middle value of every other, in the axis's order."""
    rows = [row for row in results if row["theorem"] == theorem and plain(row.get(axis)) is not None]
    for name in axes:
        values = sorted({row[name] for row in rows if plain(row.get(name)) is not None})
        if name != axis and values:
            rows = [row for row in rows if row.get(name) == values[len(values) // 2]]
    return sorted(rows, key=lambda row: float(row[axis]))


def _fit(rows: Sequence[Row], axis: str, value: str) -> tuple[float, float, float]:
    """A straight line through the logarithms by least squares, with Student's interval."""
    import numpy as np
    from scipy import stats

    x, y = (np.array([row[name] for row in rows], dtype=float) for name in (axis, value))
    fine = np.isfinite(y) & (y > 0)
    if len(set(x[fine])) < FEWEST:
        return (np.nan, np.nan, np.nan)
    line = stats.linregress(np.log(x[fine]), np.log(y[fine]))
    half = float(stats.t.ppf(0.975, int(np.sum(fine)) - 2)) * float(line.stderr)
    return float(line.slope), float(line.slope) - half, float(line.slope) + half
