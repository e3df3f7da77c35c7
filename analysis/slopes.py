"""Slopes on log-log axes, fitted only where one term dominates the bound; figures and reports use
them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from auxtheory.analysis import straight
from auxtheory.analysis.coding import coded, starts
from auxtheory.analysis.selection import Curve, column, curves
from auxtheory.analysis.straight import MIN_VALUES as MIN_VALUES
from auxtheory.table import Table
from auxtheory.typing import FloatArray

WINDOW = 0.8  # the share of the bound that one term must have
SHARE = f"{100 * WINDOW:g} %"
ABOVE = 3  # decades: a value further above its bound has diverged
LEVEL = 0.95  # the level of the confidence intervals
LIMITS = {"delta": "δ ≤ L/K"}  # limits of the window, in addition to the share, by axis
FRACTION_TOLERANCE = 1e-7  # tolerance within which a slope counts as a fraction
MAX_DENOMINATOR = 12


@dataclass(frozen=True, kw_only=True)
class Slope:
    """Slopes on log-log axes by least squares over the same cells, start ≤ x ≤ end, where `term`
    supplies at least 80 %
    of the bound: of the measured values, of the bound, and of that term alone, which is the
    exponent that the bound's slope nears where the other terms vanish.

    The theorem says that the bound lies above, not that the slopes agree. low, high: the ends of
    the 95 % confidence interval of the slope (`interval`), NaN without sampling; points: the number
    of fitted runs; limit: the limit of the window other than the share, or ""; unlimited: the slope
    without that limit.
    """

    slope: float
    low: float
    high: float
    points: int
    term: str
    bound: float
    exponent: float
    start: float
    end: float
    limit: str
    unlimited: float

    @property
    def sampled(self) -> bool:
        """Whether there is an interval."""
        return not math.isnan(self.low)

    def __str__(self) -> str:
        slope, bound = self._shown()
        return f"slope {slope} (bound {bound}, dominant term {power(self.exponent)})"

    @property
    def brief(self) -> str:
        """The numbers alone: the slope with its interval, and in brackets that of the bound and of
        the term."""
        slope, bound = self._shown()
        return f"{slope} ({bound}, {power(self.exponent)})"

    def _shown(self) -> tuple[str, str]:
        """The slope with its interval, and the bound's, as texts."""
        digits = 2 if self.high - self.low >= 0.02 else 3

        def shown(value: float) -> str:
            return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")

        between = f" [{shown(self.low)}, {shown(self.high)}]" if self.sampled else ""
        return f"{shown(self.slope)}{between}", shown(self.bound)


@dataclass(frozen=True)
class NoWindow:
    """Why there is no slope to fit."""

    reason: str

    def __str__(self) -> str:
        return f"no window: {self.reason}"

    @property
    def brief(self) -> str:
        """The same in two words."""
        return "no window"


def slopes(table: Table, against: str = "delta") -> Table:
    """Return the fitted slope of each theorem over one axis, or why there is none.

    Args:
        table: the results of a study.
        against: the axis, a parameter of the study or "sigma_r".

    Returns:
        One row per theorem: the fields of `Slope`, or `reason` where no window can be fitted.

    Raises:
        InputError: as `rate`.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.ExactCorrection()]
        >>> study = at.Study(theorems, target, at.Gaussian(), delta=0.05, K=4, T=[10, 100, 1000])
        >>> analysis.slopes(study.run(), "T")["bound"].tolist()
        [-1.0]
    """
    return Table(
        tuple(
            {
                "theorem": curve.theorem,
                "method": curve.method,
                "against": against,
                **asdict(fit(curve, against)),
            }
            for curve in curves(table, against)
        )
    )


def fit(curve: Curve, against: str) -> Slope | NoWindow:
    """The slopes of a curve in its window, by least squares over all its runs there that have not
    diverged."""
    chosen = window(curve, against)
    if isinstance(chosen, NoWindow):
        return chosen
    free = window(curve, against, limited=False)
    unlimited = chosen if isinstance(free, NoWindow) else free
    rows = curve.rows
    # Values so far above the bound, which figures draw as arrows, follow no power.
    converged = rows["measured"] <= 10.0**ABOVE * rows["bound"]
    chosen, unlimited = chosen & converged, unlimited & converged
    if len(np.unique(curve.x[chosen])) < MIN_VALUES:
        return NoWindow(f"too few of {MIN_VALUES} values needed have not diverged")
    x = curve.x[chosen]
    bound = rows["bound"][chosen]
    slope = least_squares(x, rows["measured"][chosen])
    low, high = interval(curve, chosen, slope)
    limit = LIMITS.get(against, "")
    return Slope(
        slope=slope,
        low=low,
        high=high,
        points=len(x),
        term=str(rows["dominant"][chosen][0]),
        bound=least_squares(x, bound),
        exponent=least_squares(x, bound * column(rows, "share")[chosen]),
        start=float(x[0]),
        end=float(x[-1]),
        limit=limit if not np.array_equal(chosen, unlimited) else "",
        unlimited=least_squares(curve.x[unlimited], rows["measured"][unlimited]),
    )


def power(exponent: float) -> str:
    """An exponent as a simple fraction, otherwise with three decimals."""
    near = Fraction(exponent).limit_denominator(MAX_DENOMINATOR)
    text = str(near) if abs(float(near) - exponent) <= FRACTION_TOLERANCE else f"{exponent:.3f}"
    return text.replace("-", "−")


def window(curve: Curve, against: str, *, limited: bool = True) -> NDArray[np.bool_] | NoWindow:
    """The range of x in which the same term has at least 80 % of the bound, and the bound is a
    power of x (a term may be a root of a sum, or an exponential); of several such ranges, the one
    in which the bound varies most.

    Over δ it ends at L/K unless `limited` is False, since above, and where δ approaches the
    curvature, quadratics converge faster than the worst function.
    """
    rows = curve.rows
    strong = column(rows, "share") >= WINDOW
    if not np.any(strong):
        return NoWindow(f"no term supplies {SHARE}")
    limited = limited and against in LIMITS
    if limited:
        strong &= curve.x <= column(rows, "L", np.inf) / np.maximum(column(rows, "K", 1.0), 1) * (
            1 + 1e-12
        )
    terms = _terms(curve, strong)
    begin = starts(terms)
    end = np.append(begin[1:], len(terms))
    ruled = terms[begin] >= 0
    longest = max((end - begin)[ruled].tolist(), default=0)
    if longest < MIN_VALUES:
        where = f", with {LIMITS[against]}" if limited else ""
        return NoWindow(
            f"one term supplies {SHARE} at {longest} of {MIN_VALUES} values needed{where}"
        )
    x, bound = curve.distinct, curve.medians("bound")
    long = ruled & (end - begin >= MIN_VALUES)
    best = max(
        (straight.best(x[i:j], bound[i:j], i) for i, j in zip(begin[long], end[long], strict=True)),
        key=lambda found: found.worth,
    )
    if best.first < 0:
        return NoWindow(
            f"where one term supplies {SHARE}, the bound is not a power of {curve.over}"
        )
    return (curve.x >= x[best.first]) & (curve.x <= x[best.last])


def _terms(curve: Curve, strong: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The code of the term that has enough of the bound in all cells at each distinct x; −1 where
    there is none."""
    codes, _ = coded(curve.rows, "dominant")
    ruling = np.logical_and.reduceat(strong, curve.starts)
    low = np.minimum.reduceat(codes, curve.starts)
    same = low == np.maximum.reduceat(codes, curve.starts)
    return np.where(ruling & same, low, -1)


def least_squares(x: FloatArray, y: FloatArray) -> float:
    """The slope of log(y) on log(x)."""
    return round(float(_weights(x) @ np.log(y)), 10) + 0.0  # slopes such as 1e-16 become 0


def _weights(x: FloatArray) -> FloatArray:
    """The weights c of log(y) in the slope of least squares, Σ cᵢ log(yᵢ)."""
    from_mean = np.log(x) - np.mean(np.log(x))
    return np.asarray(from_mean / np.sum(from_mean**2))


def interval(curve: Curve, chosen: NDArray[np.bool_], slope: float) -> tuple[float, float]:
    """The 95 % confidence interval of a slope over the chosen runs; NaN without sampling, or for a
    single sample.

    With several seeds, the slopes of the seeds are independent, which gives Student's t. With one
    seed the cells share their noise, so that errors may depend on each other in any way, and the
    bound is Σ |cᵢ| errorᵢ, by the triangle inequality.
    """
    rows = curve.rows
    x = curve.x[chosen]
    replicas, measured, seeds = (
        column(rows, name)[chosen] for name in ("replicas", "measured", "seed")
    )
    if not np.any(replicas > 0):
        return math.nan, math.nan
    each = _by_seed(x, measured, seeds)
    if len(each) > 1:
        wide = float(np.std(each, ddof=1)) / math.sqrt(len(each))
        n = float(len(each))
    else:
        errors = np.nan_to_num(column(rows, "se")[chosen]) / measured
        wide = float(np.abs(_weights(x)) @ errors)
        n = float(np.min(replicas[replicas > 0]))
    if n < 2 or not wide > 0:
        return math.nan, math.nan
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * wide
    return round(slope - half, 10) + 0.0, round(slope + half, 10) + 0.0


def _by_seed(x: FloatArray, y: FloatArray, seeds: FloatArray) -> list[float]:
    """The slope of each seed that has a run at every x."""
    order = np.lexsort((x, seeds))
    x, y, seeds = x[order], y[order], seeds[order]
    begin = starts(seeds)
    new = np.ones(len(x), dtype=bool)
    new[1:] = (x[1:] != x[:-1]) | (seeds[1:] != seeds[:-1])
    complete = np.add.reduceat(new, begin, dtype=np.intp) == len(np.unique(x))
    end = np.append(begin[1:], len(x))
    return [
        least_squares(x[i:j], y[i:j])
        for i, j in zip(begin[complete].tolist(), end[complete].tolist(), strict=True)
    ]
