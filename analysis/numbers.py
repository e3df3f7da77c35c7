"""The numbers behind each figure of a study, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from auxtheory.analysis.bands import many
from auxtheory.analysis.coding import together
from auxtheory.analysis.compared import compare, lower_values
from auxtheory.analysis.figures.measured_vs_predicted import density, drawn_rows
from auxtheory.analysis.figures.phase_diagram import phases
from auxtheory.analysis.figures.rate_curves import binned
from auxtheory.analysis.figures.stability import fields
from auxtheory.analysis.figures.tightness import histogram, ratios
from auxtheory.analysis.selection import Curve, check_table, curves
from auxtheory.analysis.slopes import slopes
from auxtheory.column_table import ColumnTable
from auxtheory.errors import Checks
from auxtheory.table import Table

AXIS = {
    "rate-vs-delta": "delta",
    "rate-vs-T": "T",
    "rate-vs-sigma-r": "sigma_r",
    "rate-vs-K": "K",
    "rate-vs-F0": "F0",
    "floor-vs-zeta": "zeta",
}
FIGURES = (
    *AXIS,
    "phase-diagram",
    "tightness",
    "stability",
    "measured-vs-predicted",
    "comparison",
)


def numbers(figure: str, table: Table, **options: Any) -> dict[str, Table]:
    """Return the tables behind a figure of a study.

    Args:
        figure: the name of the figure, a key of `FIGURES`, such as "rate-vs-delta".
        table: the results of the study, as for the figure itself.
        **options: the options of the figure; of "phase-diagram" `price`, `c_r` and `c_h`, of
            "comparison" `against`.

    Returns:
        The tables by the end of the name of their file. "" holds the cells that are drawn, of a
        rate with their `x`, the `median` of the measured values there and a `lower` bound of the
        class if there is one, and of a comparison the largest values of each theorem; "-slopes"
        holds the fits of a rate. Of more than 6,000 cells "" holds what is drawn of them: the bins
        of a rate or a comparison, the counts of a density or a histogram, the fields of
        "stability".

    Raises:
        InputError: the name is unknown, or as the figure.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> noise = at.Gaussian(sigma_f=1.0)
        >>> study = at.Study(theorems, target, noise, delta=0.05, K=4, T=[10, 100, 1000])
        >>> tables = analysis.numbers("rate-vs-T", study.run())
        >>> sorted(tables), tables[""]["x"].tolist()
        (['', '-slopes'], [10.0, 100.0, 1000.0])
    """
    checks = Checks()
    checks.member("figure", figure, FIGURES)
    check_table(checks, table)
    checks.done()
    if figure in AXIS:
        against = AXIS[figure]
        lines = curves(table, against)
        return {"": _points(lines), "-slopes": slopes(table, against)}
    if figure == "phase-diagram":
        return {"": phases(table, **options)}
    if figure == "comparison":
        return {"": compare(table, options.get("against")).numbers()}
    if figure == "measured-vs-predicted":
        drawn, _ = drawn_rows(ratios(table))
        return {"": density(drawn) if many(len(drawn)) else drawn}
    if figure == "tightness":
        cells = ratios(table)
        return {"": histogram(cells) if many(len(cells)) else cells}
    return {"": fields(table) if many(len(table)) else table}


def _points(lines: Sequence[Curve]) -> Table:
    """The cells of curves with their x, the median there and a lower bound; of very many, what is
    drawn in bins of x."""
    if many(sum(len(curve.x) for curve in lines)):
        ends = min(curve.x[0] for curve in lines), max(curve.x[-1] for curve in lines)
        return together([_bins(curve, ends) for curve in lines])
    drawn = list[dict[str, Any]]()
    for curve in lines:
        size = np.diff(np.append(curve.starts, len(curve.x)))
        middle = np.repeat(curve.medians("measured"), size).tolist()
        lower = lower_values(curve.rows).tolist()
        for row, *numbers in zip(curve.rows, curve.x.tolist(), middle, lower, strict=True):
            more = dict(zip(("x", "median", "lower"), numbers, strict=True))
            drawn.append({**row, **{k: v for k, v in more.items() if not np.isnan(v)}})
    return Table(tuple(drawn))


def _bins(curve: Curve, ends: tuple[float, float]) -> Table:
    found = binned(curve, ends)
    size = len(found["x"])
    names = {"theorem": np.full(size, curve.theorem), "method": np.full(size, curve.method)}
    return ColumnTable(names | found)
