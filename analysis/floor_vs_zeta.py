"""The floor of methods that trust the helper: it grows with ζ², that of the paper's methods does
not."""

from __future__ import annotations

from matplotlib.figure import Figure

from auxtheory.analysis.rate import rate
from auxtheory.result import Table


def floor_vs_zeta(table: Table) -> Figure:
    """A study's Table over zeta → log-log figure of measured values and bounds, with the line ζ²
    beside them."""
    return rate(table, "zeta")
