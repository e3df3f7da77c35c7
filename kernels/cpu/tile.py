"""One tile of replicas × coordinates of one configuration, and the operations that need no method.

A tile is one array whose rows of TILE numbers hold x, the pair's parameters, sums and so on, so
that a compiler sees that they do not overlap. Sums over coordinates are taken in groups of fixed
size and order, so that no result depends on the tile.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from auxtheory.kernels.cpu.draw import cleared
from auxtheory.kernels.cpu.traced import LANE, Rows
from auxtheory.kernels.jit import known
from auxtheory.random.counter import CURVATURE_R, F_SAMPLE, H_SAMPLE

# Numbers in one row of a tile: the rows of float64 and the samples fit a first-level cache.
TILE = 512
GROUP = 128  # coordinates in a group that is summed separately
# The rows of every tile; those of further sums, constants and state variables follow.
X, ENERGY, SPREAD, WORK, P, Q, S, CENTRE = (i * TILE for i in range(8))
FURTHER = 8


class Block(NamedTuple):
    """The position of a tile: the first configuration, the replicas and the coordinates."""

    c0: int
    row0: int
    rows: int
    j0: int
    width: int


class Generator(NamedTuple):
    """The functions that fill a tile with random numbers, for the law and for its partner, and the
    lanes each draws from."""

    fill: Any
    fill_second: Any
    lanes: Any
    lanes_second: Any


class Drawing(NamedTuple):
    """What a tile's samples are drawn from: the lanes of all oracle calls, for the law and for its
    partner, the keys of the random choices, shape (choices, 2), and the number of the first
    replica."""

    lanes: Any
    lanes_second: Any
    keys: Any
    replica: Any


class Workspace(NamedTuple):
    """Working arrays of one thread: a tile for each configuration, rows of random numbers, and what
    they are drawn from."""

    tiles: Any
    samples: Any
    drawing: Drawing


def type_of_samples(laws: Collection[str]) -> Any:
    """The type of rows of samples: of single precision if all laws are; uniforms have 53 bits."""
    return np.float32 if set(laws) == {"normals_single"} else np.float64


def tiles(count: int, rows: int, dtype: str) -> Any:
    """One tile of some rows for each configuration."""
    return cleared(count * rows * TILE, dtype).reshape(count, rows * TILE)


def copy(tile: Any, start: int, numbers: Any, block: Any) -> None:
    """Copy the numbers (d,) of a tile's coordinates to a place of it."""
    # Slices, since a compiler cannot see that the sum of two indices is not negative.
    to = tile[start : start + block.width]
    coordinates = numbers[block.j0 : block.j0 + block.width]
    for j in range(block.width):
        to[j] = coordinates[j]


def repeat(tile: Any, offset: int, numbers: Any, block: Any) -> None:
    """Copy the numbers (d,) of a tile's coordinates into a row of it, for each replica."""
    for row in range(block.rows):
        copy(tile, offset + row * block.width, numbers, block)


def load(tile: Any, x: Any, pair: Any, c: int, plan: Any, block: Any) -> None:
    """Load the rows of configuration c of one tile from x (rows, d) and the pair; sums begin at
    0."""
    constants = FURTHER + plan.sums
    n = block.rows * block.width
    for row in range(block.rows):
        copy(tile, X + row * block.width, x[min(row, x.shape[0] - 1)], block)
    tile[ENERGY : ENERGY + n] = 0.0
    tile[SPREAD : SPREAD + n] = 0.0
    tile[FURTHER * TILE : constants * TILE] = 0.0
    for number in range(3):
        repeat(tile, P + number * TILE, pair.parameters[number, c], block)
    repeat(tile, CENTRE, pair.centre, block)
    for number in range(pair.constants.shape[0]):
        repeat(tile, (constants + number) * TILE, pair.constants[number], block)


def sum_of_group(tile: Any, first: int, end: int) -> float:
    """Σ tile[first:end] in eight sums side by side, of fixed order."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = first + (end - first) // 8 * 8
    for j in range(first, whole, 8):
        s0 = s0 + tile[j]
        s1 = s1 + tile[j + 1]
        s2 = s2 + tile[j + 2]
        s3 = s3 + tile[j + 3]
        s4 = s4 + tile[j + 4]
        s5 = s5 + tile[j + 5]
        s6 = s6 + tile[j + 6]
        s7 = s7 + tile[j + 7]
    for j in range(whole, end):
        s0 += tile[j]
    return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))


@intrinsic
def _sum_of_vectors(typing: Any, tile: Any, first: Any) -> Any:
    """The same for the numbers of a whole group."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rows = Rows(context, builder, signature.args[:1], args[:1])
        parts = [rows.load(0, args[1], j, 8).astype(np.float64) for j in range(0, GROUP, 8)]
        total = parts[0] + 0.0
        for part in parts[1:]:
            total = total + part
        s = [builder.extract_element(total.value, ir.Constant(LANE, j)) for j in range(8)]
        pairs = [builder.fadd(s[j], s[j + 4]) for j in (0, 2, 1, 3)]
        return builder.fadd(builder.fadd(*pairs[:2]), builder.fadd(*pairs[2:]))

    return types.float64(tile, types.intp), generate


sum_of_vectors: Any = _sum_of_vectors


def add_row(start: Any, tile: Any, offset: int, width: int) -> Any:
    """start + the sum of a row, group after group."""
    for group in range(0, width, GROUP):
        if group + GROUP <= width:
            start += sum_of_vectors(tile, offset + group)
        else:
            start += sum_of_group(tile, offset + group, offset + width)
    return start


def add_rows(sums: Any, tile: Any, offset: int, block: Any) -> None:
    """Add a tile's row of numbers at an offset, replica after replica, to sums (rows,)."""
    for row in range(block.rows):
        sums[row] = add_row(sums[row], tile, offset + row * block.width, block.width)


def sample_refresh(generator: Any, plan: Any, samples: Any, n: int, round_: int, step: int) -> None:
    """Draw the samples of one g_r for n coordinates."""
    fill = generator.fill
    fill_second = generator.fill_second
    if plan.additive:
        fill(samples.first[:n], generator.lanes, 0, round_, step * 8 + F_SAMPLE)
    if plan.correlated:
        fill_second(samples.second[:n], generator.lanes_second, 0, round_, step * 8 + H_SAMPLE)
    if plan.multiplicative:
        fill(samples.factor[:n], generator.lanes, 0, round_, step * 8 + CURVATURE_R)


def add_spread(tile: Any, n: int) -> None:
    """Add z² of each coordinate to its sum."""
    for i in range(n):
        z = tile[X + i] - tile[CENTRE + i]
        tile[SPREAD + i] += z * z


for _piece in (copy, repeat, load, sum_of_group, add_row, add_rows, sample_refresh, add_spread):
    known(_piece, inline=False)
