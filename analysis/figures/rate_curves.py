"""What a figure of rates draws: points, intervals, bounds, windows of slopes and marks of its axis,
and the legend that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from auxtheory.analysis.bands import BAND as BAND_OF_CELLS
from auxtheory.analysis.bands import BINS, RINGS, SHARES, apart, bins, many, some, worst
from auxtheory.analysis.canvas import Canvas, Entry
from auxtheory.analysis.coding import coded, distinct, medians, quantiles, rows_with
from auxtheory.analysis.compared import lower_values
from auxtheory.analysis.marks import (
    FINE,
    PERCENT,
    Limits,
    arrow_keys,
    arrows,
    band_key,
    bars,
    coincidence_notes,
    half_widths,
    interval_name,
    point_name,
    ring,
    sampled,
)
from auxtheory.analysis.selection import Curve, abscissa, column, glyph
from auxtheory.analysis.slopes import SHARE, NoWindow, Slope, fit, window
from auxtheory.analysis.style import pretty
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.units import Unit
from auxtheory.measures.words import short
from auxtheory.table import JUDGED, Table
from auxtheory.typing import FloatArray

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
BAND = 0.12
SPREAD = 0.25
MANY = 4  # the most curves whose slopes are in words
MARGIN = 0.06  # of the height of the axes


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A figure of rates while it is drawn: its curves, in order, over the axis `against`."""

    canvas: Canvas
    axes: Axes
    lines: Sequence[Curve]
    against: str
    limits: Limits
    drawn: Table

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest x."""
        return min(curve.x[0] for curve in self.lines), max(curve.x[-1] for curve in self.lines)

    @property
    def brief(self) -> bool:
        """Whether the legend gives the numbers of slopes alone."""
        return self.canvas.narrow or len(self.lines) > MANY

    @cached_property
    def seeds(self) -> int:
        """The largest number of seeds of a theorem."""
        return max(len(np.unique(column(curve.rows, "seed"))) for curve in self.lines)

    @cached_property
    def dense(self) -> bool:
        """Whether there are too many cells to draw each."""
        return many(sum(len(curve.x) for curve in self.lines))

    @cached_property
    def fits(self) -> dict[str, Slope | NoWindow]:
        """The slope of each theorem."""
        return {curve.theorem: fit(curve, self.against) for curve in self.lines}

    def curves(self) -> list[Entry]:
        """Draw bound, window, points and intervals of every theorem; the legend's entries."""
        entries = []
        bands = self.bands
        for curve in self.lines:
            mark = self._mark(curve)
            self._bound(curve)
            if curve.theorem in bands:
                self._band(curve, bands[curve.theorem])
            self._points(curve, mark)
            line = self.canvas.looks[curve.theorem].line
            handle = Line2D([], [], **mark, linestyle=line, linewidth=THIN)
            entries.append((handle, self.canvas.name(curve.theorem) + self._slope(curve)))
        return entries

    def _mark(self, curve: Curve) -> dict[str, Any]:
        look = self.canvas.looks[curve.theorem]
        # Theorems on one method often measure the same.
        size = (5.5 if look.fill == "full" else 8.0) * self.canvas.scale
        return {
            "color": look.colour,
            "marker": look.marker,
            "fillstyle": look.fill,
            "markersize": size,
        }

    def _bound(self, curve: Curve) -> None:
        """Draw the bound, broader in the window of its slope."""
        look = self.canvas.looks[curve.theorem]
        x = curve.distinct
        bound = curve.medians("bound")
        shown = some(len(x)) if self.dense else slice(None)
        at, heights = x[shown], bound[shown]
        if len(x) == 1:
            at, heights = np.array(self.ends), np.repeat(bound, 2)
        self.axes.plot(at, heights, color=look.colour, linestyle=look.line, linewidth=THIN)
        chosen = window(curve, self.against)
        if not isinstance(chosen, NoWindow):
            # x is sorted, so that a window is a part of it.
            inside = np.flatnonzero(chosen[curve.starts])
            inside = inside[some(len(inside))] if self.dense else inside
            self.axes.plot(
                x[inside],
                bound[inside],
                color=look.colour,
                linewidth=WIDE * self.canvas.scale,
                alpha=PALE,
                solid_capstyle="butt",
                zorder=1,
            )

    @cached_property
    def bands(self) -> dict[str, FloatArray]:
        """The lower bounds of the theorems that have a band, at each distinct x: of several on one
        method, of the one with the smallest bound."""
        typical = dict[str, tuple[float, str]]()
        found = dict[str, FloatArray]()
        for curve in self.lines:
            lower = lower_values(curve.rows)
            if np.any(np.isfinite(lower)) and len(curve.distinct) > 1:
                found[curve.theorem] = curve.medians_of(lower)
                mine = (float(np.median(curve.rows["bound"])), curve.theorem)
                typical[curve.method] = min(typical.get(curve.method, (np.inf, "")), mine)
        kept = {name for _, name in typical.values()}
        return {name: values for name, values in found.items() if name in kept}

    def _band(self, curve: Curve, lower: FloatArray) -> None:
        """Draw what lies between a lower bound of the class and the bound, within the limits."""
        colour = self.canvas.looks[curve.theorem].colour
        x, upper = curve.distinct, curve.medians("bound")
        if self.dense:
            x, upper, lower = (each[some(len(x))] for each in (x, upper, lower))
        shown = np.where(lower > 0, np.maximum(lower, self.limits.low), np.nan)
        self.axes.fill_between(x, shown, upper, color=colour, alpha=BAND, linewidth=0, zorder=0.5)
        line = np.where(self.limits.inside(lower), lower, np.nan)
        self.axes.plot(x, line, color=colour, linewidth=FINE, zorder=1)

    def _points(self, curve: Curve, mark: Mapping[str, Any]) -> None:
        """Draw measured values within the limits, with intervals, and rings where violated."""
        rows = curve.rows
        measured = rows["measured"]
        here = self.limits.inside(measured)
        if self.dense:
            self._quantiles(curve, mark)
        else:
            self._each(curve, mark, here)
        bad = rows_with(rows, "status", ("violated",)) & here
        if np.any(bad):
            places = worst(measured / rows["bound"], bad) if self.dense else bad
            look = ring(11 * self.canvas.scale)
            self.axes.plot(curve.x[places], measured[places], **look, zorder=4)

    def _each(self, curve: Curve, mark: Mapping[str, Any], here: Any) -> None:
        """Draw the medians, and every run of several seeds or every interval."""
        measured = curve.rows["measured"]
        x = curve.distinct
        medians = curve.medians("measured")
        if self.seeds > 1:
            small = {**mark, "fillstyle": "full", "markeredgewidth": 0.5}
            small["markersize"] = 3 * self.canvas.scale
            self.axes.plot(curve.x[here], measured[here], **small, linestyle="none", alpha=FAINT)
        inside = self.limits.inside(medians)
        self.axes.plot(x[inside], medians[inside], **mark, linestyle="none", zorder=3)
        half = half_widths(curve.rows) * here
        if np.any(half > 0) and self.seeds == 1:
            look = self.canvas.looks[curve.theorem]
            bars(self.axes, curve.x, measured, half, color=look.colour, linewidth=1)

    def _quantiles(self, curve: Curve, mark: Mapping[str, Any]) -> None:
        """Draw the median and the band of the measured values in bins of x, within the limits."""
        found = binned(curve, self.ends)
        x, low, middle, high = (found[name] for name in ("x", "low", "median", "high"))
        within = np.clip([low, high], self.limits.low, self.limits.high)
        self.axes.fill_between(x, *within, color=mark["color"], alpha=SPREAD, linewidth=0, zorder=2)
        inside = self.limits.inside(middle)
        self.axes.plot(x[inside], middle[inside], **mark, linestyle="none", zorder=3)

    def beyond(self, away: Mapping[str, FloatArray]) -> list[Entry]:
        """Draw arrows for the cells beyond the limits, and for those that diverged, and fix the
        limits of the axis; their entries of the legend."""
        low, high = self.axes.get_ylim()
        # Half of a marker, and intervals beyond the limits up to twice the largest value.
        margin = max(2.0, (self.limits.high / self.limits.low) ** MARGIN)
        self.axes.set_ylim(max(low, self.limits.low / margin), min(high, self.limits.high * margin))
        size = 8 * self.canvas.scale
        above, below, largest = 0, 0, 0.0
        for curve in self.lines:
            measured = curve.rows["measured"]
            colour = self.canvas.looks[curve.theorem].colour
            high, low = measured > self.limits.high, measured < self.limits.low
            lost = away.get(curve.theorem, np.zeros(0))
            for places, up in (
                (np.concatenate([curve.x[high], lost]), True),
                (curve.x[low], False),
            ):
                shown = apart(places, *self.ends) if self.dense else places
                arrows(self.axes, shown, up=up, colour=colour, size=size)
            above += int(np.sum(high)) + len(lost)
            below += int(np.sum(low))
            beyond = np.inf if len(lost) else np.max(measured[high], initial=0.0)
            largest = max(largest, float(beyond))
        return arrow_keys(above, largest, below, size)

    def marks(self) -> None:
        """Draw the marks of one axis: the knee δ = L/K or K = L/δ, or the line ζ²."""
        K, delta, L = (
            max(float(np.max(column(curve.rows, name))) for curve in self.lines)
            for name in ("K", "delta", "L")
        )
        low, high = self.ends
        knees = {
            "delta": (L / max(K, 1), "δ = L/K"),
            "K": (L / delta if delta else np.inf, "K = L/δ"),
        }
        at, text = knees.get(self.against, (np.inf, ""))
        look: dict[str, Any] = {"color": GREY, "fontsize": self.canvas.small}
        if low < at < high:
            self.axes.axvline(at, color="#aaaaaa", linewidth=1.0, linestyle=":", zorder=0)
            # On the left of the line where it would leave the axes on the right.
            left = np.log(at / low) > 0.7 * np.log(high / low)
            self.axes.annotate(
                f"{text} " if left else f" {text}",
                (at, 0.02),
                xycoords=("data", "axes fraction"),
                ha="right" if left else "left",
                **look,
            )
        if self.against == "zeta":
            self._squares(look)

    def _squares(self, look: Mapping[str, Any]) -> None:
        """Draw the line ζ², from the smallest measured value on."""
        low, high = self.ends
        lowest, highest = self.axes.get_ylim()
        smallest = max(min(curve.rows["measured"].min() for curve in self.lines), 0)
        x = np.array([max(low, np.sqrt(smallest)), high])
        self.axes.plot(x, x**2, color="#aaaaaa", linewidth=1.0, zorder=0)
        at = float(np.sqrt(x[0] * x[-1]))
        self.axes.annotate("  ζ²", (at, at**2), ha="left", va="top", **look)
        self.axes.set_ylim(lowest, max(highest, 1.5 * x[-1] ** 2))

    def _slope(self, curve: Curve) -> str:
        alone = all(other.over == curve.over for other in self.lines)
        text = "" if curve.over == glyph(self.against) or alone else f" (over {curve.over})"
        if len(curve.distinct) == 1:
            return pretty(f"{text}, at {curve.over} = {curve.x[0]:g} alone")
        slope = self.fits[curve.theorem]
        return pretty(f"{text}: {slope.brief if self.brief else slope}")

    def keys(self) -> list[Entry]:
        """The entries of the legend for points and lines, independent of colour."""
        rows = self.drawn
        scale = self.canvas.scale
        keys: list[Entry] = []
        if self.dense:
            keys.append((point(5.5 * scale), "measured, median in a bin"))
            keys.append(
                (Patch(facecolor=GREY, alpha=SPREAD), f"{BAND_OF_CELLS} of the cells in a bin")
            )
        else:
            keys.append((point(5.5 * scale), point_name(rows, self.seeds)))
        if self.seeds > 1 and not self.dense:
            keys.append((point(3 * scale, alpha=FAINT), "single runs"))
        elif sampled(rows) and not self.dense:
            keys.append((point(7 * scale, marker="|"), interval_name(rows)))
        keys += [(line(linewidth=THIN), "bound"), *self._fit_keys()]
        if self.bands:
            keys.append(band_key(distinct(rows, "mode", "tuned") != ["tuned"]))
        violated = int(np.sum(rows_with(rows, "status", ("violated",))))
        if violated:
            some_of = ", some of them" if self.dense and violated > RINGS else ""
            keys.append((Line2D([], [], **ring(9 * scale)), f"violated{some_of}"))
        notes = coincidence_notes(self.lines, self.canvas.name)
        return [*keys, *((line(linestyle="none"), note) for note in notes)]

    def _fit_keys(self) -> list[Entry]:
        """The entries of the legend for the broad lines and the brackets of slopes."""
        fits = [slope for slope in self.fits.values() if isinstance(slope, Slope)]
        keys: list[Entry] = []
        if fits and self.brief:
            keys.append((line(linestyle="none"), "slope: measured (bound, dominant term)"))
        if fits:
            limit = next((f", {slope.limit}" for slope in fits if slope.limit), "")
            broad = line(linewidth=WIDE * self.canvas.scale, alpha=PALE)
            keys.append((broad, f"slopes: one term ≥ {SHARE} of the bound{limit}"))
        if any(slope.sampled for slope in fits):
            keys.append((line(linestyle="none"), f"[ ]: {PERCENT} interval of sampling"))
        return keys


def binned(curve: Curve, ends: tuple[float, float]) -> dict[str, FloatArray]:
    """The cells of a curve in bins of x: in each bin the number of `cells`, the median `x`, the
    quantiles `low`, `median` and `high` of the measured values, and the median `bound`."""
    groups = np.repeat(np.arange(len(curve.starts)), np.diff(np.append(curve.starts, len(curve.x))))
    if len(curve.starts) > BINS:
        groups = bins(curve.x, *ends)
    low, median, high = quantiles(curve.rows["measured"], groups, SHARES)
    return {
        "x": medians(curve.x, groups),
        "cells": np.bincount(groups).astype(float),
        "low": low,
        "median": median,
        "high": high,
        "bound": medians(curve.rows["bound"], groups),
    }


def diverged(table: Table, against: str, lines: Sequence[Curve]) -> dict[str, FloatArray]:
    """The x > 0 of each theorem's cells whose bound is finite and whose measured value is not."""
    bound = column(table, "bound")
    gone = rows_with(table, "status", JUDGED) & ~(column(table, "measured") < np.inf)
    lost = table.take(np.flatnonzero(gone & (bound > 0) & (bound < np.inf)))
    codes, names = coded(lost, "theorem")
    places = {}
    for curve in lines:
        if curve.theorem in names:
            mine = lost.take(np.flatnonzero(codes == names.index(curve.theorem)))
            x, _ = abscissa(mine, against)
            places[curve.theorem] = x[(x > 0) & np.isfinite(x)]
    return places


def axis_label(lines: Sequence[Curve], against: str) -> str:
    """The axis's label with its unit; noise other than σ_r, if all curves are over the same."""
    overs = {curve.over for curve in lines}
    unit = GLOSSARY[against].unit if against in GLOSSARY else Unit()
    suffix = "" if unit == Unit() else f", in {short(unit)}"
    if overs == {glyph(against)} or len(overs) > 1:
        return f"{NAMES.get(against, '')} {glyph(against)}".strip() + suffix
    return f"noise {overs.pop()}{suffix}"


def line(**look: Any) -> Line2D:
    return Line2D([], [], **({"color": GREY} | look))


def point(size: float, **look: Any) -> Line2D:
    return line(**({"marker": "o", "markersize": size, "linestyle": "none"} | look))
