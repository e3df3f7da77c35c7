"""The momentum update on the CPU for pairs whose gradients are computed outside compiled code: a
refresh and a local step.

Each is one pass over memory that draws its noise on the way, tile after tile, into a buffer that
stays in a first-level cache. Arrays are (C, R·d), row after row; all configurations of a grid share
a tile's samples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.arguments import Refresh, of_the_library
from auxtheory.kernels.coordinate import elsewhere, levels_of, refresh_noise, stochastic_gradient
from auxtheory.kernels.cpu.draw import FILL, PER_BLOCK, aim, cleared
from auxtheory.kernels.cpu.tile import TILE, Generator, sample_refresh
from auxtheory.kernels.jit import compiled, known
from auxtheory.random.counter import CURVATURE_LOCAL, LOCAL

LANES = 4  # sums of squares that are accumulated in parallel


class Where(NamedTuple):
    """The counter's round and step, the number of the first replica, and the replicas [r0, r1) of
    this call."""

    round: int
    step: int
    first_replica: int
    r0: int
    r1: int


class TileBuffers(NamedTuple):
    """A tile's random numbers, their factor of z, and x*; zeros where nothing is drawn."""

    first: Any
    second: Any
    factor: Any
    centre: Any


class Workspace(NamedTuple):
    """Working arrays of one thread: a tile's buffers, and the lanes that draw."""

    buffers: TileBuffers
    room: Any
    room_second: Any


def buffers() -> TileBuffers:
    """Allocate the buffers of one tile."""
    return TileBuffers(*(cleared(TILE) for _ in TileBuffers._fields))


def refresh_arrays(arrays: Any, c: int) -> Any:
    """The arrays of one configuration's refresh."""
    return Refresh(arrays.m[c], arrays.diff[c], arrays.diff_prev[c], arrays.x[c], arrays.x_prev[c])


def repeat_centre(out: Any, centre: Any, j0: int, width: int, rows: int) -> None:
    """Copy x* of a tile's coordinates into each row of out."""
    for row in range(rows):
        for j in range(width):
            out[row * width + j] = centre[j0 + j]


def refresh_tile(
    refresh: Any, correlate: Any, arrays: Any, buffers: Any, start: int, n: int, level: Any
) -> None:
    """m ← refresh(m, diff + n, diff_prev + n, a)."""
    for i in range(n):
        noise = refresh_noise(correlate, buffers.first[i], buffers.second[i], level)
        j = start + i
        diff = arrays.diff[j] + noise
        arrays.m[j] = refresh(arrays.m[j], diff, arrays.diff_prev[j] + noise, level.a)


def refresh_tile_multiplicative(
    refresh: Any, correlate: Any, arrays: Any, buffers: Any, start: int, n: int, level: Any
) -> None:
    """m ← refresh(m, diff + n + sε z, diff_prev + n + sε z_prev, a)."""
    for i in range(n):
        noise = refresh_noise(correlate, buffers.first[i], buffers.second[i], level)
        j = start + i
        factor = level.s_r * buffers.factor[i]
        z = arrays.x[j] - buffers.centre[i]
        z_prev = arrays.x_prev[j] - buffers.centre[i]
        g = stochastic_gradient(elsewhere, z, arrays.diff[j], 0.0, 0.0, noise, factor)
        g_prev = stochastic_gradient(
            elsewhere, z_prev, arrays.diff_prev[j], 0.0, 0.0, noise, factor
        )
        arrays.m[j] = refresh(arrays.m[j], g, g_prev, level.a)


def local_tile(
    local_step: Any, y: Any, grad: Any, m: Any, buffers: Any, start: int, n: int, level: Any
) -> None:
    """y ← local_step(y, grad + n, m, η)."""
    for i in range(n):
        j = start + i
        gradient = grad[j] + level.scale_local * buffers.first[i]
        y[j] = local_step(y[j], gradient, m[j], level.eta)


def local_tile_multiplicative(
    local_step: Any, y: Any, grad: Any, m: Any, buffers: Any, start: int, n: int, level: Any
) -> None:
    """y ← local_step(y, grad + n + sε z, m, η)."""
    for i in range(n):
        j = start + i
        z = y[j] - buffers.centre[i]
        noise = level.scale_local * buffers.first[i]
        factor = level.s_local * buffers.factor[i]
        g = stochastic_gradient(elsewhere, z, grad[j], 0.0, 0.0, noise, factor)
        y[j] = local_step(y[j], g, m[j], level.eta)


def sum_of_squares(g: Any, start: int, width: int) -> float:
    """Σ g² over a run of numbers, in LANES sums of fixed order."""
    s0 = s1 = s2 = s3 = 0.0
    whole = start + width // LANES * LANES
    for j in range(start, whole, LANES):
        s0 += g[j] * g[j]
        s1 += g[j + 1] * g[j + 1]
        s2 += g[j + 2] * g[j + 2]
        s3 += g[j + 3] * g[j + 3]
    for j in range(whole, start + width):
        s0 += g[j] * g[j]
    return (s0 + s1) + (s2 + s3)


def add_squares(square: Any, grad_f: Any, row0: int, rows: int, start: int, width: int) -> None:
    """Add ‖∇f‖² over a tile's coordinates to its rows of square (R,)."""
    for row in range(rows):
        square[row0 + row] += sum_of_squares(grad_f, start + row * width, width)


def sample_local(fill: Any, plan: Any, buffers: Any, n: int, lanes: Any, where: Any) -> None:
    """Draw the samples of one local step."""
    if plan.local:
        fill(buffers.first[:n], lanes, 0, where.round, where.step * 8 + LOCAL)
    if plan.local_multiplicative:
        fill(buffers.factor[:n], lanes, 0, where.round, where.step * 8 + CURVATURE_LOCAL)


known(refresh_arrays)
for _piece in (
    repeat_centre,
    refresh_tile,
    refresh_tile_multiplicative,
    local_tile,
    local_tile_multiplicative,
    sum_of_squares,
    add_squares,
    sample_local,
):
    known(_piece, inline=False)


@cache
def refresh_pass(
    refresh: Callable[..., Any], correlate: Callable[..., Any], standard: str, second: str
) -> Any:
    """The compiled m ← refresh(m, g_r(x), g_r(x_prev), a) of the replicas [r0, r1), with one sample
    at both points."""
    for function in (refresh, correlate):
        known(function)
    fill = FILL[standard]
    fill_second = FILL[second]
    per_block = PER_BLOCK[standard]
    per_second = PER_BLOCK[second]

    # The arrays are separate arguments, which makes a short call a sixth faster: Numba inspects a
    # tuple of arrays at every call, which takes microseconds.
    def over_tiles(
        plan: Any,
        levels: Any,
        m: Any,
        diff: Any,
        diff_prev: Any,
        x: Any,
        x_prev: Any,
        centre: Any,
        work: Any,
        where: Any,
    ) -> None:
        arrays = Refresh(m, diff, diff_prev, x, x_prev)
        buffers = work.buffers
        dim = centre.size
        most = max(1, TILE // dim)
        for row0 in range(where.r0, where.r1, most):
            rows = min(most, where.r1 - row0)
            number = np.uint64(where.first_replica + row0)
            for j0 in range(0, dim, TILE):
                width = min(TILE, dim - j0)
                n = rows * width
                start = row0 * dim + j0
                aim(work.room, per_block, j0, width, number, rows)
                aim(work.room_second, per_second, j0, width, number, rows)
                generator = Generator(fill, fill_second, work.room, work.room_second)
                sample_refresh(generator, plan, buffers, n, where.round, where.step)
                if plan.multiplicative:
                    repeat_centre(buffers.centre, centre, j0, width, rows)
                for c in range(arrays.m.shape[0]):
                    one = refresh_arrays(arrays, c)
                    level = levels_of(levels, c)
                    if plan.multiplicative:
                        refresh_tile_multiplicative(
                            refresh, correlate, one, buffers, start, n, level
                        )
                    else:
                        refresh_tile(refresh, correlate, one, buffers, start, n, level)

    return compiled(over_tiles, keep=of_the_library(refresh, correlate))


@cache
def local_pass(local_step: Callable[..., Any], standard: str) -> Any:
    """The compiled y ← local_step(y, g_h(y), m, η) of the replicas [r0, r1); ‖∇f(y)‖² into square
    (C, R), and added to energy."""
    known(local_step)
    fill = FILL[standard]
    per_block = PER_BLOCK[standard]

    # The arrays are separate arguments, as in `refresh_pass`, with room for one law only.
    def over_tiles(
        plan: Any,
        levels: Any,
        y_rows: Any,
        grad_f: Any,
        grad_rows: Any,
        m_rows: Any,
        energy: Any,
        square: Any,
        centre: Any,
        buffers: Any,
        room: Any,
        where: Any,
    ) -> None:
        dim = centre.size
        most = max(1, TILE // dim)
        square[:, where.r0 : where.r1] = 0.0
        for row0 in range(where.r0, where.r1, most):
            rows = min(most, where.r1 - row0)
            number = np.uint64(where.first_replica + row0)
            for j0 in range(0, dim, TILE):
                width = min(TILE, dim - j0)
                n = rows * width
                start = row0 * dim + j0
                aim(room, per_block, j0, width, number, rows)
                sample_local(fill, plan, buffers, n, room, where)
                if plan.local_multiplicative:
                    repeat_centre(buffers.centre, centre, j0, width, rows)
                for c in range(square.shape[0]):
                    add_squares(square[c], grad_f[c], row0, rows, start, width)
                    y = y_rows[c]
                    grad = grad_rows[c]
                    m = m_rows[c]
                    level = levels_of(levels, c)
                    if plan.local_multiplicative:
                        local_tile_multiplicative(local_step, y, grad, m, buffers, start, n, level)
                    else:
                        local_tile(local_step, y, grad, m, buffers, start, n, level)
        for c in range(square.shape[0]):
            for row in range(where.r0, where.r1):
                energy[c, row] += square[c, row]

    return compiled(over_tiles, keep=of_the_library(local_step))
