"""Other measures of similarity than δ: on a pair for each, bound and measured values over the
rounds of the theorem with δ and of that with the other measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from auxtheory.analysis.canvas import Entry, FigureOptions, Panels, open_canvas
from auxtheory.analysis.selection import check_table
from auxtheory.analysis.style import Look
from auxtheory.errors import Checks
from auxtheory.problems import Pair, Quadratic
from auxtheory.table import Table
from auxtheory.theorems import ExactCorrection, ExactCorrectionPL, Theorem
from auxtheory.theorems.similarity.along_the_run import ExactCorrectionRun
from auxtheory.theorems.similarity.bregman import RelativeSmoothness
from auxtheory.theorems.similarity.diagonal import ExactCorrectionDiagonal
from auxtheory.theorems.similarity.relative import ExactCorrectionRelative
from auxtheory.validation.validate import validate

LOOKS = {
    "δ": Look(colour="#555555", marker="s", line="--"),
    "other": Look(colour="#0072B2", marker="o", line="-"),
}
NAMES = {"δ": "theorem with δ", "other": "theorem with the measure of the panel"}
COLUMNS = ("panel", "measure", "similarity", "T", "measured", "bound", "eta")
ROUNDS = (1, 2, 3, 5, 10, 20, 50, 100)
FEW = (1, 2, 3, 4, 5, 6)


def similarity_table() -> Table:
    """Return bound and measured values over the rounds, with δ and with another measure of
    similarity.

    Along the run: exact correction, f − h curved along a flat axis alone. Of each coordinate: one
    coordinate of 16 has δ = 1. Relative to f: r between −0.1f and 0.1f, condition number 1,000.
    Relative to h: h between f/2 and 2f, condition number 1,000. There is no noise.

    Returns:
        A row for each panel, theorem and number of rounds.

    Example:
        >>> from auxtheory import analysis
        >>> table = analysis.similarity_table()
        >>> bool((table["measured"] <= table["bound"] * (1 + 1e-9)).all())
        True
    """
    return Table((*_along(), *_coordinates(), *_relative()))


def _along() -> list[dict[str, Any]]:
    case = ExactCorrectionRun().example()
    panel = "δ along the run"
    return [
        *_rows(panel, "δ", ExactCorrection(), case.pair, ROUNDS, K=case.K),
        *_rows(panel, "other", ExactCorrectionRun(), case.pair, ROUNDS, K=case.K, eta=0.35),
    ]


def _coordinates() -> list[dict[str, Any]]:
    """The start has f at its minimum along the coordinate with δ = 1, so that all other coordinates
    have one step, 49 times that of exact correction."""
    target = Quadratic(spectrum=[1.0] * 16, x0=[0.0, *[0.5] * 15])
    pair = target.with_helper(1.0, gap=[1.0] + [0.01] * 15)
    K = 100
    step = float(2 / (1 + np.sqrt(1 + 4 * 0.01**2 * 4 * K**2 / np.pi**2)))
    options = {"engine": "numpy", "replicas": 2}
    # It prescribes no steps, which its class fills in.
    kind: Any = ExactCorrectionDiagonal
    theorem: Theorem = kind()
    own = _rows("δ of each coordinate", "other", theorem, pair, ROUNDS, K=K, eta=step, **options)
    # Σ p_i (∂_i f)² is the step times ‖∇f‖².
    scaled = [row | {name: row[name] / step for name in ("measured", "bound")} for row in own]
    rows = _rows("δ of each coordinate", "δ", ExactCorrection(), pair, ROUNDS, K=K)
    return [*rows, *(row | {"measure": "G"} for row in scaled)]


def _relative() -> list[dict[str, Any]]:
    values = np.geomspace(1e-3, 1.0, 16)
    x0 = 1 / np.sqrt(values)
    signs = np.where(np.arange(16) % 2, 0.1, -0.1)
    K = 10_000
    plain = ExactCorrectionPL()
    of_f = Quadratic.from_matrices(values, (1 - signs) * values, x0=x0)
    of_h = Quadratic.from_matrices(values, values * np.geomspace(0.5, 2.0, 16), x0=x0)
    panels = (
        ("relative to f", ExactCorrectionRelative(), of_f),
        ("relative to h", RelativeSmoothness(), of_h),
    )
    return [
        row
        for panel, theorem, pair in panels
        for name, each in (("δ", plain), ("other", theorem))
        for row in _rows(panel, name, each, pair, FEW, K=K)
    ]


def _rows(
    panel: str, name: str, theorem: Theorem, pair: Pair, T: Sequence[int], **arguments: Any
) -> list[dict[str, Any]]:
    verdict = validate(theorem, pair, None, T=list(T), **arguments)
    head = {"panel": panel, "similarity": name, "theorem": theorem.name, "K": arguments["K"]}
    head["measure"] = "gap" if theorem.measure == "gap" else "G"
    shown = ("T", "measured", "bound", "eta", "status")
    return [head | {key: row[key] for key in shown} for row in verdict.table]


def similarity(table: Table, **options: Unpack[FigureOptions]) -> Figure:
    """Draw the rows of `similarity_table`: a panel per measure; lines are bounds, markers measured
    values.

    Args:
        table: what `similarity_table` returns.
        **options: where and how to draw, see `FigureOptions`.

    Returns:
        The figure.

    Raises:
        InputError: a column is missing.

    Example:
        >>> from auxtheory import analysis
        >>> len(analysis.similarity(analysis.similarity_table()).axes)
        4
    """
    check_table(Checks(), table, COLUMNS, "what similarity_table returns")
    panels = list(dict.fromkeys(table["panel"].tolist()))
    shape = Panels(shows=panels, least=2.4, ratio=0.9, tallest=2.5)
    canvas = open_canvas(options, LOOKS, shape)
    for axes, panel in zip(canvas.axes, panels, strict=True):
        rows = table.where(panel=panel)
        for name in canvas.names:
            curve = rows.where(similarity=name)
            look = canvas.looks[name]
            axes.plot(curve["T"], curve["bound"], color=look.colour, linestyle=look.line)
            marks: dict[str, Any] = {
                "marker": look.marker,
                "fillstyle": look.fill,
                "markersize": 4 * canvas.scale,
            }
            axes.plot(curve["T"], curve["measured"], color=look.colour, linestyle="none", **marks)
        gap = rows.rows[0]["measure"] == "gap"
        axes.set(yscale="log", xlabel="rounds T")
        axes.set_ylabel("f(x) − f*, in F" if gap else "G, in F²/X²")
        if not gap:
            axes.set_xscale("log")
        axes.set_title(f"{panel}, K = {rows.rows[0]['K']:,}", fontsize=canvas.font)
        axes.grid(visible=True, color="#dddddd", linewidth=0.6)
    entries: list[Entry] = [
        (Line2D([], [], color=look.colour, linestyle=look.line, marker=look.marker), NAMES[name])
        for name, look in canvas.looks.items()
    ]
    grey: dict[str, Any] = {"color": "#555555"}
    keys: list[Entry] = [
        (Line2D([], [], **grey), "bound"),
        (Line2D([], [], linestyle="none", marker="o", **grey), "measured, exact"),
    ]
    return canvas.finish("", entries, keys, columns=1)
