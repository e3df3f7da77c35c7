"""The figure of one theorem: measured values and bounds over the rounds of its example."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from matplotlib.figure import Figure

from auxtheory.analysis.canvas import FigureOptions
from auxtheory.analysis.compared import compare
from auxtheory.analysis.examples import example_table
from auxtheory.analysis.figures.comparison import draw
from auxtheory.analysis.selection import caption, column, glyph
from auxtheory.errors import Checks
from auxtheory.table import Table
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import label_and_name


def theorem(one: Theorem, **options: Unpack[FigureOptions]) -> Figure:
    """Draw what a theorem's example measures, its bound and, where there is one, a lower bound over
    the rounds T.

    The band is between the bound and a lower bound of the same class (`auxtheory.lower_bounds`).

    Args:
        one: the theorem, which has an example.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure, with logarithmic axes.

    Raises:
        InputError: this is no theorem, or one without an example; or an option is wrong.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> analysis.theorem(at.theorems.SGD()).axes[0].get_xlabel()
        'rounds T'
    """
    checks = Checks()
    checks.instance("one", one, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    checks.done()
    return drawn_example(one, example_table(one), options)


# Constants that the title states where they are above 0.
STATED = ("L", "F0", "mu", "delta", "zeta", "sigma_f", "sigma_h")


def drawn_example(one: Theorem, table: Table, options: FigureOptions) -> Figure:
    """The figure of a theorem from what its example measures."""
    found = compare(table, "T")
    largest = float(np.max(found.drawn["measured"] / found.drawn["bound"]))
    head = f"{label_and_name(one)}: largest measured/bound {largest:.3g}"
    known = {name: column(table, f"known_{name}")[0] for name in STATED}
    constants = [f"{glyph(name)} = {value:g}" for name, value in known.items() if value > 0]
    problem = ", ".join([*constants, caption(found.drawn, ["T"])])
    return draw(found, table, False, options, f"{head}\n{problem}")
