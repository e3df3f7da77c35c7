"""Figures: functions from a Table to a matplotlib Figure, one per file."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from matplotlib.figure import Figure

from auxtheory.analysis.canvas import FigureOptions
from auxtheory.analysis.catalogue import CATALOGUE
from auxtheory.analysis.field import field
from auxtheory.analysis.figures.cheapest import cheapest, cheapest_table
from auxtheory.analysis.figures.comparison import comparison
from auxtheory.analysis.figures.couplings import coupling_table, couplings
from auxtheory.analysis.figures.floor_vs_zeta import floor_vs_zeta
from auxtheory.analysis.figures.measured_vs_predicted import measured_vs_predicted
from auxtheory.analysis.figures.over_axis import Drawing, over_axis
from auxtheory.analysis.figures.phase_diagram import phase_diagram
from auxtheory.analysis.figures.rate import (
    rate,
    rate_vs_delta,
    rate_vs_F0,
    rate_vs_K,
    rate_vs_sigma_r,
    rate_vs_T,
)
from auxtheory.analysis.figures.similarity import similarity, similarity_table
from auxtheory.analysis.figures.stability import stability
from auxtheory.analysis.figures.theorem import theorem
from auxtheory.analysis.figures.thresholds import threshold_table, thresholds
from auxtheory.analysis.figures.tightness import tightness
from auxtheory.analysis.figures.toy import toy, toy_table
from auxtheory.analysis.numbers import numbers
from auxtheory.analysis.selection import pick
from auxtheory.analysis.slopes import slopes
from auxtheory.analysis.style import Look

__all__ = [
    "CATALOGUE",
    "FIGURES",
    "Drawing",
    "FigureOptions",
    "Look",
    "cheapest",
    "cheapest_table",
    "comparison",
    "coupling_table",
    "couplings",
    "field",
    "floor_vs_zeta",
    "measured_vs_predicted",
    "numbers",
    "over_axis",
    "phase_diagram",
    "pick",
    "rate",
    "rate_vs_F0",
    "rate_vs_K",
    "rate_vs_T",
    "rate_vs_delta",
    "rate_vs_sigma_r",
    "similarity",
    "similarity_table",
    "slopes",
    "stability",
    "theorem",
    "threshold_table",
    "thresholds",
    "tightness",
    "toy",
    "toy_table",
]

# The figures of a study by their names on the command line.
FIGURES: Mapping[str, Callable[..., Figure]] = MappingProxyType(
    {
        "rate-vs-delta": rate_vs_delta,
        "rate-vs-T": rate_vs_T,
        "rate-vs-sigma-r": rate_vs_sigma_r,
        "rate-vs-K": rate_vs_K,
        "rate-vs-F0": rate_vs_F0,
        "floor-vs-zeta": floor_vs_zeta,
        "phase-diagram": phase_diagram,
        "tightness": tightness,
        "stability": stability,
        "measured-vs-predicted": measured_vs_predicted,
        "comparison": comparison,
    }
)
