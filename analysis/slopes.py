"""Slopes on log-log axes, fitted only where one term rules the bound; figures and reports take them from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from auxtheory.analysis.curves import Curve, column, curves
from auxtheory.result import Table
from auxtheory.units import FloatArray

WINDOW = 0.8  # the share of the bound that one term must supply
SHARE = f"{100 * WINDOW:g} %"
BEND = 0.1  # how far log(bound) may leave its fit in a window
FEWEST = 3  # values of x in a window
LEVEL = 0.95  # of the confidence intervals


@dataclass(frozen=True, kw_only=True)
class Slope:
    """A fit of log(measured) on log(x) over start ≤ x ≤ end, where `term` supplies at least 80 % of the bound.

    low, high: the ends of its 95 % interval (Student's t; of an exact run it says how straight the points are);
    points: runs that were fitted; predicted: the slope of the bound over the same cells.
    """

    slope: float
    low: float
    high: float
    points: int
    term: str
    predicted: float
    start: float
    end: float

    def __str__(self) -> str:
        digits = 2 if self.high - self.low >= 0.02 else 3

        def shown(value: float) -> str:
            return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")

        return f"slope {shown(self.slope)} [{shown(self.low)}, {shown(self.high)}], predicted {shown(self.predicted)}"


@dataclass(frozen=True)
class NoWindow:
    """Why there is no slope to fit."""

    reason: str

    def __str__(self) -> str:
        return f"no window: {self.reason}"


def slopes(table: Table, against: str = "delta") -> Table:
    """One row a theorem: its fit over the axis `against`, or in `reason` why there is none. Errors as `curves`."""
    return Table(tuple(
        {"theorem": curve.theorem, "method": curve.method, "against": against, **asdict(fit(curve, against))}
        for curve in curves(table, against)
    ))  # fmt: skip


def fit(curve: Curve, against: str) -> Slope | NoWindow:
    """The slope of a curve in its window: least squares over all of its runs there (statsmodels)."""
    chosen = window(curve, against)
    if isinstance(chosen, NoWindow):
        return chosen
    x = curve.x[chosen]
    slope, low, high = least_squares(x, curve.rows["measured"][chosen])
    predicted, *_ = least_squares(x, curve.rows["bound"][chosen])
    term = str(curve.rows["dominant"][chosen][0])
    return Slope(
        slope=slope, low=low, high=high, points=len(x), term=term, predicted=predicted, start=float(x[0]),
        end=float(x[-1]),
    )  # fmt: skip


def window(curve: Curve, against: str) -> NDArray[np.bool_] | NoWindow:
    """The stretch of x in which one and the same term supplies at least 80 % of the bound, and the bound is a power of
    x (a term may be a root of a sum, or an exponential); of several, that along which the bound goes farthest.

    Over δ it ends at L/K: above, and where δ nears the curvature itself, a quadratic does better than any function may.
    """
    rows = curve.rows
    strong = column(rows, "share") >= WINDOW
    if not np.any(strong):
        return NoWindow(f"no term supplies {SHARE}")
    if against == "delta":
        strong &= curve.x <= column(rows, "L", np.inf) / np.maximum(column(rows, "K", 1.0), 1) * (1 + 1e-12)
    terms, bound = {}, {}
    for x in np.unique(curve.x):
        here = curve.x == x
        names = set(rows["dominant"][here].tolist())
        terms[float(x)] = names.pop() if np.all(strong[here]) and len(names) == 1 else None
        bound[float(x)] = float(np.median(rows["bound"][here]))
    runs = [[x for x, _ in group] for term, group in groupby(terms.items(), key=lambda item: item[1]) if term]
    longest = max(map(len, runs), default=0)
    if longest < FEWEST:
        where = f", with {curve.over} ≤ L/K" if against == "delta" else ""
        return NoWindow(f"one term supplies {SHARE} at {longest} of {FEWEST} values needed{where}")
    straight = [part for run in runs for part in _straight(run, np.log([bound[x] for x in run]))]
    if not straight:
        return NoWindow(f"where one term supplies {SHARE}, the bound is no power of {curve.over}")
    first, last = max(straight, key=lambda ends: _worth(ends, bound))
    return (curve.x >= first) & (curve.x <= last)


def _straight(run: list[float], y: FloatArray) -> Iterator[tuple[float, float]]:
    """The stretches of a run, from each of its x as far as it goes, along which y is a line in log(x)."""
    x = np.log(run)
    for i in range(len(run) - FEWEST + 1):
        last = None
        for j in range(i + FEWEST, len(run) + 1):
            slope = np.polyfit(x[i:j] - x[i], y[i:j] - y[i], 1)[0]
            if np.ptp(y[i:j] - slope * x[i:j]) > 2 * BEND:
                break
            last = run[j - 1]
        if last is not None:
            yield run[i], last


def _worth(ends: tuple[float, float], bound: dict[float, float]) -> tuple[float, int, float]:
    """What makes one stretch better than another: how far the bound goes along it, its values of x, its width."""
    first, last = ends
    way = round(abs(float(np.log(bound[last] / bound[first]))), 6)
    return way, sum(first <= x <= last for x in bound), last / first


def least_squares(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    """The slope of log(y) on log(x), and the ends of its 95 % interval."""
    from statsmodels.regression.linear_model import OLS

    found = OLS(np.log(y), np.column_stack([np.ones(len(x)), np.log(x)])).fit()
    low, high = found.conf_int(1 - LEVEL)[1]
    slope, low, high = (round(float(value), 10) + 0.0 for value in (found.params[1], low, high))  # 1e-16 is 0
    return slope, low, high
