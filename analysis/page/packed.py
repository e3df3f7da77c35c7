"""The status and measured/bound of every cell in few bytes, in which the page's script looks cells
up.

The cells of a theorem are a grid over its axes. A cell is a number of 16 bits: its status above 13
bits for log(measured/bound) in steps of `STEP`. The longest axis varies fastest; the differences of
neighbours are then small, and compress well.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.analysis.page.base import Codes, View
from auxtheory.table import STATUSES
from auxtheory.typing import FloatArray

STEP = 0.01  # of log(measured/bound)
BITS = 13  # of a number, for measured/bound; the status is above
ZERO = 4096  # the number that stands for measured/bound = 1
NONE, SMALLEST, INFINITE = 0, 1, 2**BITS - 1
MAX_BYTES = 2_000_000  # the most bytes of all cells, as text
MAX_VALUES = 20_000  # the most values of all axes


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The cells of one theorem: its axes, the slowest first; the number of its first cell, and by
    how much the number grows from one value of an axis to the next."""

    theorem: str
    axes: Mapping[str, int]
    first: int
    strides: Sequence[int]


def packed(view: View) -> str:
    """All cells as JSON text; "" where they need too many bytes, or are no grids."""
    values = {name: list(axis.texts) for name, axis in view.axes.items() if len(axis) < MAX_VALUES}
    if len(values) < len(view.axes) or sum(map(len, values.values())) > MAX_VALUES:
        return ""
    grids = list[dict[str, Any]]()
    words = list[NDArray[np.uint16]]()
    for name in view.names:
        found = _grid(view, name)
        if found is None:
            return ""
        grid, order = found
        grids.append(vars(grid))
        words.append(_words(view.status[order], view.ratio[order]))
    data = _compressed(np.concatenate(words)) if words else ""
    if not data or len(data) > MAX_BYTES:
        return ""
    parts = {"statuses": list(STATUSES), "step": STEP, "bits": BITS, "zero": ZERO}
    return json.dumps(
        {**parts, "axes": values, "grids": grids, "data": data},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _grid(view: View, theorem: str) -> tuple[Grid, Codes] | None:
    """The grid of a theorem and its cells in order; None if they are no grid, or their numbers do
    not follow from it."""
    cells = view.of(theorem)
    names = [n for n, axis in view.axes.items() if axis.codes[cells[0]] >= 0]
    names.sort(key=lambda name: len(view.axes[name]))
    sizes = [len(view.axes[name]) for name in names]
    if prod(sizes) != len(cells):
        return None
    place = np.zeros(len(cells), dtype=np.int64)
    for name, size in zip(names, sizes, strict=True):
        codes = view.axes[name].codes[cells]
        if np.any(codes < 0):
            return None
        place = place * size + codes
    order = np.full(len(cells), -1)
    order[place] = cells
    if np.any(order < 0):
        return None
    numbers = np.asarray(view.table["cell"])[order].reshape(sizes)
    strides = [
        int(np.take(numbers, 1, axis=i).flat[0] - numbers.flat[0]) for i in range(len(sizes))
    ]
    expected = numbers.flat[0] + sum(
        stride * np.arange(size).reshape([-1 if i == j else 1 for j in range(len(sizes))])
        for i, (stride, size) in enumerate(zip(strides, sizes, strict=True))
    )
    if not np.array_equal(numbers, np.broadcast_to(expected, numbers.shape)):
        return None
    axes = dict(zip(names, sizes, strict=True))
    return Grid(theorem=theorem, axes=axes, first=int(numbers.flat[0]), strides=strides), order


def _words(status: NDArray[np.int8], ratio: FloatArray) -> NDArray[np.uint16]:
    """Each cell as a number of 16 bits."""
    with np.errstate(all="ignore"):
        level = np.rint(np.log(ratio) / STEP) + ZERO
    level = np.clip(level, SMALLEST, INFINITE - 1)
    level = np.where(np.isposinf(ratio), INFINITE, np.where(np.isnan(ratio), NONE, level))
    return np.asarray(level + status * 2.0**BITS, dtype=np.uint16)


def _compressed(words: NDArray[np.uint16]) -> str:
    """The differences of neighbours, all low bytes before all high bytes, as deflated base64."""
    differences = np.diff(words, prepend=np.uint16(0))
    planes = np.concatenate([differences & 0xFF, differences >> 8]).astype(np.uint8)
    return b64encode(zlib.compress(planes.tobytes(), 6)).decode()
