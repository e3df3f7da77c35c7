"""The figure of floors over ζ: the floor of methods that trust the helper grows with ζ², that of
the paper's methods does not."""

from __future__ import annotations

from typing import Unpack

from matplotlib.figure import Figure

from auxtheory.analysis.canvas import FigureOptions
from auxtheory.analysis.figures.rate import rate
from auxtheory.table import Table


def floor_vs_zeta(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw measured values and bounds over the gradient bias ζ, with the line ζ².

    Args:
        table: the results of a study over `zeta`, at two values above 0 or more.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The log-log figure over ζ.

    Raises:
        InputError: as `rate` over "zeta".

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.Naive()]
        >>> noise = at.Gaussian()
        >>> study = at.Study(theorems, target, noise, delta=0.05, zeta=[0.1, 1.0, 10.0], K=4, T=100)
        >>> analysis.floor_vs_zeta(study.run()).axes[0].get_xlabel()
        'gradient bias ζ, in F/X'
    """
    return rate(table, "zeta", **options)
