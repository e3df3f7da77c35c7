"""What figures draw of very many cells: quantiles in bins, and some of the lines and marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.analysis.coding import starts
from auxtheory.typing import FloatArray

MOST = 6000  # the most cells that are drawn one by one
BINS = 60  # of an axis
VERTICES = 300  # the most of a line
RINGS = 60  # the most marked cells of a theorem
SHARES = (0.05, 0.5, 0.95)
BAND = "5–95 %"


def many(cells: int) -> bool:
    """Whether there are more cells than are drawn one by one."""
    return cells > MOST


def bins(x: FloatArray, low: float, high: float, *, log: bool = True) -> NDArray[np.intp]:
    """The bin of each x between `low` and `high`, of `BINS` that are equally wide; the bins that
    hold an x are numbered from 0."""
    place, first, last = (np.log(v) if log else np.asarray(v, float) for v in (x, low, high))
    step = (last - first) / BINS or 1.0
    every = np.clip((place - first) / step, 0, BINS - 1).astype(np.intp)
    return np.asarray(np.unique(every, return_inverse=True)[1], dtype=np.intp)


def some(size: int, most: int = VERTICES) -> NDArray[np.intp]:
    """Indices of a line's points, evenly chosen, with both ends."""
    return np.unique(np.linspace(0, max(size - 1, 0), min(size, most)).round().astype(np.intp))


def worst(ratio: FloatArray, marked: NDArray[np.bool_], most: int = RINGS) -> NDArray[np.intp]:
    """The indices of the marked cells, of very many those of the largest ratios."""
    places = np.flatnonzero(marked)
    if len(places) <= most:
        return places
    return np.sort(places[np.argsort(-ratio[places], kind="stable")[:most]])


def apart(x: FloatArray, low: float, high: float) -> FloatArray:
    """One x of each bin."""
    ordered = np.sort(x)
    ordered = ordered[(ordered > 0) & np.isfinite(ordered)]
    return ordered[starts(bins(ordered, low, high))] if len(ordered) else ordered


def blocks(size: int, most: int) -> NDArray[np.intp]:
    """For each of so many consecutive values, the block that it is drawn in."""
    return np.arange(size) * min(size, most) // max(size, 1)


def note(cells: int) -> str:
    """What the caption says of bands."""
    return f"bands: {BAND} of {cells:,} cells"


def merged(several: Sequence[Any]) -> NDArray[Any]:
    """Values as an array: of numbers, or of objects if some are texts."""
    kinds = {type(value) for value in several}
    return np.array(several, dtype=object if len(kinds) > 1 else None)
