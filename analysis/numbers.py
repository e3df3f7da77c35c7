"""The numbers behind each figure of a study, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from auxtheory.analysis.compared import compare, lower_values
from auxtheory.analysis.figures.measured_vs_predicted import drawn_rows
from auxtheory.analysis.figures.phase_diagram import phases
from auxtheory.analysis.figures.tightness import ratios
from auxtheory.analysis.selection import Curve, check_table, curves
from auxtheory.analysis.slopes import slopes
from auxtheory.errors import Checks
from auxtheory.table import Row, Table

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
        class if there is one, and of a comparison the
        largest values of each theorem; "-slopes" holds the fits of a rate.

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
        drawn = [row for curve in curves(table, against) for row in _points(curve)]
        return {"": Table(tuple(drawn)), "-slopes": slopes(table, against)}
    if figure == "phase-diagram":
        return {"": phases(table, **options)}
    if figure == "comparison":
        return {"": compare(table, options.get("against")).numbers()}
    if figure == "measured-vs-predicted":
        return {"": drawn_rows(ratios(table))[0]}
    return {"": ratios(table) if figure == "tightness" else table}


def _points(curve: Curve) -> Iterator[Row]:
    medians = dict(
        zip(np.unique(curve.x).tolist(), curve.medians("measured").tolist(), strict=True)
    )
    lower = lower_values(curve.rows.rows).tolist()
    for row, x, low in zip(curve.rows, curve.x.tolist(), lower, strict=True):
        band = {} if np.isnan(low) else {"lower": low}
        yield {**row, "x": x, "median": medians[x], **band}
