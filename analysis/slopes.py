"""Slopes on log-log axes, fitted only where one term rules the bound; figures and reports take them from here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from auxtheory.analysis.curves import Curve, column, curves
from auxtheory.result import Table
from auxtheory.units import FloatArray

WINDOW = 0.8  # the share of the bound that one term must supply
SHARE = f"{100 * WINDOW:g} %"
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
    """The longest stretch of x in which one and the same term supplies at least 80 % of the bound.

    Over δ it ends at L/K: above, and where δ nears the curvature itself, a quadratic does better than any function may.
    """
    rows = curve.rows
    strong = column(rows, "share") >= WINDOW
    if not np.any(strong):
        return NoWindow(f"no term supplies {SHARE}")
    if against == "delta":
        strong &= curve.x <= column(rows, "L", np.inf) / np.maximum(column(rows, "K", 1.0), 1) * (1 + 1e-12)
    terms = {}
    for x in np.unique(curve.x):
        here = curve.x == x
        names = set(rows["dominant"][here].tolist())
        terms[float(x)] = names.pop() if np.all(strong[here]) and len(names) == 1 else None
    runs = [[x for x, _ in group] for term, group in groupby(terms.items(), key=lambda item: item[1]) if term]
    longest = max(runs, key=lambda run: (len(run), run[-1] / run[0]), default=[])
    if len(longest) < FEWEST:
        where = f", with {curve.over} ≤ L/K" if against == "delta" else ""
        return NoWindow(f"one term supplies {SHARE} at {len(longest)} of {FEWEST} values needed{where}")
    return (curve.x >= longest[0]) & (curve.x <= longest[-1])


def least_squares(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    """The slope of log(y) on log(x), and the ends of its 95 % interval."""
    from statsmodels.regression.linear_model import OLS

    found = OLS(np.log(y), np.column_stack([np.ones(len(x)), np.log(x)])).fit()
    low, high = found.conf_int(1 - LEVEL)[1]
    slope, low, high = (round(float(value), 10) + 0.0 for value in (found.params[1], low, high))  # 1e-16 is 0
    return slope, low, high
