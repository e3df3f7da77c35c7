"""Data of the compiled exact recursion: a tile of lanes, and the parameters of a phase."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.jit import known
from auxtheory.typing import FloatArray

LANES = 128
PLAIN, REMEMBERING, FULL = range(3)

STATE = "z", "w", "p", "zz", "zw", "ww", "zp", "pp", "pw", "sum_zz", "sum_zw", "sum_ww"
REFRESH = "m", "r", "q", "n", "s_z", "s_p", "drift"
LOCAL = "A", "P", "S", "noise", "more_zz", "more_zw", "more_ww", "constant"
COLLAPSE = (
    "excess",
    "slope",
    "alpha",
    "epsilon",
    "variance",
    "total_zz",
    "total_zw",
    "total_ww",
    "total_n",
)
POINT = "yy", "yw", "vv"
TILE = np.dtype(
    [(name, np.float64, LANES) for name in (*STATE, *REFRESH, *LOCAL, *COLLAPSE, *POINT)]
)


class Levels(NamedTuple):
    """The parameters of a phase that have one number per configuration."""

    m: FloatArray
    diff: FloatArray
    prev: FloatArray
    first: FloatArray
    y: FloatArray
    g: FloatArray
    c: FloatArray
    noise_r: FloatArray
    s_r: FloatArray
    noise_local: FloatArray
    s_local: FloatArray
    shift: FloatArray


class Lanes(NamedTuple):
    """The parameters of a phase that have one number per coordinate, shape (C, d), or (1, d) where
    all configurations agree."""

    A: FloatArray
    R: FloatArray
    first_drift: FloatArray
    refresh_drift: FloatArray
    local_drift: FloatArray


class Phase(NamedTuple):
    """One phase: which form of a round it needs, whether means are carried, its lengths (B = ∞: an
    exact first buffer), the rounds after which it is read off, and its terms."""

    form: int
    means: bool
    B: float
    K: int
    T: int
    marks: Any
    levels: Levels
    lanes: Lanes


class Moments(NamedTuple):
    """The mean z and the covariance zz of every coordinate, shape (C, d) each."""

    z: FloatArray
    zz: FloatArray


class Points(NamedTuple):
    """The rounds [first, last), or of a single round the points [begin, end) of its local steps."""

    first: int
    last: int
    begin: int
    end: int


class Spread(NamedTuple):
    """The number of points of a round at which E‖x − x*‖² is followed: none, x^{t−1}, or all K that
    local steps start from.

    Also the largest value of each configuration, shape (C,), and, if its coordinates do not fit
    into a tile, room for the sums over them at a block of points.
    """

    points: int
    largest: FloatArray
    sums: FloatArray


def room(tiles: int = 1) -> Any:
    """Allocate tiles whose rows begin with a cache line."""
    size = tiles * TILE.itemsize
    memory = np.zeros(size + 64, dtype=np.uint8)
    begin = -memory.ctypes.data % 64
    return memory[begin : begin + size].view(TILE)


class Part(NamedTuple):
    """The lanes of a tile: configurations [row, row + rows), of each the coordinates [column,
    column + columns)."""

    row: int
    rows: int
    column: int
    columns: int


@known
def entry(array: FloatArray, row: int, column: int) -> Any:
    """The entry of a configuration's coordinate, also in an array that all configurations share."""
    return array[min(row, len(array) - 1), column]
