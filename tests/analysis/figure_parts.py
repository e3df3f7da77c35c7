"""What tests read from a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from tables import law, priced, steps

from auxtheory.table import Table

X = np.geomspace(1e-3, 1, 7)


def root(x: float) -> float:
    return 0.1 * x**0.5


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts() if text.get_text()]


def points(figure: Figure, marker: str = "o") -> Any:
    """The (x, y) of the lines without line that have this marker."""
    lines = [
        line
        for line in figure.axes[0].get_lines()
        if line.get_linestyle() == "None" and len(line.get_xdata())
    ]
    return [(line.get_xdata(), line.get_ydata()) for line in lines if line.get_marker() == marker]


TABLES: dict[str, Table] = {
    "rate-vs-delta": law("delta", X, root, root),
    "rate-vs-T": law("T", [10, 100, 1000], root, root),
    "rate-vs-sigma-r": law("sigma_f", X, root, root),
    "rate-vs-K": law("K", [1, 2, 4, 8], root, root, delta=0.5),
    "rate-vs-F0": law("F0", X, root, root),
    "floor-vs-zeta": law("zeta", X, lambda z: z**2, lambda z: 1.1 * z**2),
    "phase-diagram": priced(),
    "tightness": law("delta", X, root, lambda d: 0.2),
    "stability": steps(),
    "measured-vs-predicted": law("delta", X, root, lambda d: 0.2),
    "comparison": law("delta", X, root, lambda d: 0.2),
}
