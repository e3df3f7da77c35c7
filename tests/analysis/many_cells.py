"""Tables of columns with as many cells as asked, for each figure of a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from tables import ROW

from auxtheory.column_table import ColumnTable

METHODS = np.array(["AuxMOM", "AuxMVR", "SGD"])


def grid(axes: Mapping[str, Any], **more: Any) -> ColumnTable:
    """Three methods at all combinations of the values, one cell in a hundred violated."""
    flat = [np.tile(each.ravel(), 3) for each in np.meshgrid(*axes.values(), indexing="ij")]
    size = len(flat[0])
    code = np.repeat(np.arange(3), size // 3)
    rng = np.random.default_rng(0)
    bound = np.array([1.0, 0.7, 3.0])[code] * sum(np.sqrt(each) for each in flat)
    measured = bound * rng.uniform(0.1, 0.9, size)
    bad = rng.random(size) < 0.01
    measured[bad] = 1.5 * bound[bad]
    columns = {name: np.broadcast_to(np.array(value), (size,)) for name, value in ROW.items()}
    columns |= dict(zip(axes, flat, strict=True))
    columns |= {"theorem": METHODS[code], "method": METHODS[code]}
    columns |= {"measured": measured, "bound": bound, "ratio": measured / bound}
    columns |= {"status": np.where(bad, "violated", "pass")}
    return ColumnTable(
        columns | {name: np.broadcast_to(np.array(v), (size,)) for name, v in more.items()}
    )


def cells_of(figure: str, size: int) -> ColumnTable:
    """A table of about so many cells that the figure draws."""
    each = size // 3
    side = round(each**0.5)
    if figure == "stability":
        steps = {"eta": np.geomspace(0.01, 3, side), "a": np.geomspace(1e-3, 1, side)}
        return grid(steps, mode="unsafe")
    if figure == "phase-diagram":
        side = round((each / 3) ** 0.5)
        axes = {"delta": np.geomspace(1e-3, 1, side), "sigma_f": np.geomspace(0.01, 10, side)}
        table = grid(axes | {"T": np.array([10, 100, 1000])})
        return ColumnTable(dict(table.arrays) | {"calls_r": table["T"], "calls_h": table["T"]})
    if figure.startswith(("rate", "floor")):
        axis = {"floor-vs-zeta": "zeta", "rate-vs-sigma-r": "sigma_f"}.get(figure)
        axis = axis or figure.removeprefix("rate-vs-")
        return grid({axis: np.geomspace(1, 1e4, each // 4), "seed": np.arange(4)})
    return grid({"delta": np.geomspace(1e-3, 1, side), "zeta": np.geomspace(1e-3, 1, side)})
