"""The numbers behind each figure of a study, as tables to write beside it."""

from __future__ import annotations

from typing import Any

from auxtheory.analysis.curves import curves
from auxtheory.analysis.phase_diagram import phases
from auxtheory.analysis.slopes import slopes
from auxtheory.analysis.tightness import ratios
from auxtheory.result import Table

AXIS = {"rate-vs-delta": "delta", "rate-vs-T": "T", "rate-vs-sigma-r": "sigma_r", "rate-vs-K": "K",
        "rate-vs-F0": "F0", "floor-vs-zeta": "zeta"}  # fmt: skip


def numbers(figure: str, table: Table, **options: Any) -> dict[str, Table]:
    """The tables behind a figure, given as to the figure itself, by the end of the name of their file.

    "" holds the cells that are drawn (with their x); "-slopes" the fits of a rate. InputError as the figure's.
    """
    if figure in AXIS:
        against = AXIS[figure]
        drawn = [
            {**row, "x": x} for curve in curves(table, against) for row, x in zip(curve.rows, curve.x, strict=True)
        ]
        return {"": Table(tuple(drawn)), "-slopes": slopes(table, against)}
    if figure == "phase-diagram":
        return {"": phases(table, **options)}
    return {"": ratios(table) if figure in ("tightness", "measured-vs-predicted") else table}
