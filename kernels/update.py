"""The momentum update on the CPU for pairs whose gradients come from elsewhere: a refresh and a
local step.

Each is one pass over memory that draws its noise on the way, tile after tile, into a buffer that
stays in a first-level cache. Arrays are (C, R·d), row after row; all configurations of a grid share
a tile's samples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.coordinate import refresh_noise, sampled
from auxtheory.kernels.draw import FILL, PER_BLOCK, aim, cleared
from auxtheory.kernels.jit import compiled, known
from auxtheory.kernels.tile import TILE, sample_refresh
from auxtheory.noise import CURVATURE_LOCAL, LOCAL

LANES = 4  # sums of squares that a core adds to at once


class Where(NamedTuple):
    """The counter's round and step, the number of the first replica, and the replicas [r0, r1) to
    work on."""

    round: int
    step: int
    first_replica: int
    r0: int
    r1: int


class Buffers(NamedTuple):
    """A tile's random numbers, their factor of z, and x*; zeros where nothing is drawn."""

    first: Any
    second: Any
    factor: Any
    centre: Any


def buffers() -> Buffers:
    """Room for one tile."""
    return Buffers(*(cleared(TILE) for _ in Buffers._fields))


def given(z: Any, gradient: Any, q: Any, s: Any) -> Any:
    """A gradient that was computed elsewhere, in the place of a coordinate's first parameter."""
    return gradient


def repeat_centre(out: Any, centre: Any, j0: int, width: int, rows: int) -> None:
    """x* of a tile's coordinates, row after row."""
    for row in range(rows):
        for j in range(width):
            out[row * width + j] = centre[j0 + j]


def refresh_tile(
    refresh: Any,
    correlate: Any,
    m: Any,
    diff: Any,
    diff_prev: Any,
    b: Any,
    start: int,
    n: int,
    lv: Any,
    c: int,
) -> None:
    """m ← refresh(m, diff + n, diff_prev + n, a)."""
    scale_f = lv.scale_f[c]
    scale_h = lv.scale_h[c]
    rho = lv.rho[c]
    rest = lv.rest[c]
    a = lv.a[c]
    for i in range(n):
        noise = refresh_noise(correlate, b.first[i], b.second[i], scale_f, scale_h, rho, rest)
        j = start + i
        m[j] = refresh(m[j], diff[j] + noise, diff_prev[j] + noise, a)


def refresh_tile_sampled(
    refresh: Any,
    correlate: Any,
    m: Any,
    diff: Any,
    diff_prev: Any,
    x: Any,
    x_prev: Any,
    b: Any,
    start: int,
    n: int,
    lv: Any,
    c: int,
) -> None:
    """m ← refresh(m, diff + n + sε z, diff_prev + n + sε z_prev, a)."""
    scale_f = lv.scale_f[c]
    scale_h = lv.scale_h[c]
    rho = lv.rho[c]
    rest = lv.rest[c]
    a = lv.a[c]
    s = lv.s_r[c]
    for i in range(n):
        noise = refresh_noise(correlate, b.first[i], b.second[i], scale_f, scale_h, rho, rest)
        j = start + i
        factor = s * b.factor[i]
        z = x[j] - b.centre[i]
        z_prev = x_prev[j] - b.centre[i]
        g = sampled(given, z, diff[j], 0.0, 0.0, noise, factor)
        m[j] = refresh(m[j], g, sampled(given, z_prev, diff_prev[j], 0.0, 0.0, noise, factor), a)


def local_tile(
    local_step: Any, y: Any, grad: Any, m: Any, b: Any, start: int, n: int, eta: Any, scale: Any
) -> None:
    """y ← local_step(y, grad + n, m, η)."""
    for i in range(n):
        j = start + i
        y[j] = local_step(y[j], grad[j] + scale * b.first[i], m[j], eta)


def local_tile_sampled(
    local_step: Any,
    y: Any,
    grad: Any,
    m: Any,
    b: Any,
    start: int,
    n: int,
    eta: Any,
    scale: Any,
    s: Any,
) -> None:
    """y ← local_step(y, grad + n + sε z, m, η)."""
    for i in range(n):
        j = start + i
        g = sampled(
            given, y[j] - b.centre[i], grad[j], 0.0, 0.0, scale * b.first[i], s * b.factor[i]
        )
        y[j] = local_step(y[j], g, m[j], eta)


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


def sample_local(fill: Any, plan: Any, b: Any, n: int, lanes: Any, w: Any) -> None:
    """The samples of one local step."""
    if plan.local:
        fill(b.first[:n], lanes, w.round, w.step * 8 + LOCAL)
    if plan.local_sampled:
        fill(b.factor[:n], lanes, w.round, w.step * 8 + CURVATURE_LOCAL)


for _piece in (
    repeat_centre,
    refresh_tile,
    refresh_tile_sampled,
    local_tile,
    local_tile_sampled,
    sum_of_squares,
    add_squares,
    sample_local,
):
    known(_piece, inline=False)
known(given)


@cache
def refresh_pass(
    refresh: Callable[..., Any], correlate: Callable[..., Any], standard: str, second: str
) -> Any:
    """The compiled m ← refresh(m, g_r(x), g_r(x_prev), a) of the replicas [r0, r1), with one sample
    at both points."""
    functions = (refresh, correlate)
    for function in functions:
        known(function)
    fill = FILL[standard]
    fill_second = FILL[second]
    per_block = PER_BLOCK[standard]
    per_second = PER_BLOCK[second]

    def over_tiles(
        plan: Any,
        lv: Any,
        m: Any,
        diff: Any,
        diff_prev: Any,
        x: Any,
        x_prev: Any,
        centre: Any,
        b: Any,
        room: Any,
        room_second: Any,
        w: Any,
    ) -> None:
        dim = centre.size
        most = max(1, TILE // dim)
        for row0 in range(w.r0, w.r1, most):
            rows = min(most, w.r1 - row0)
            number = np.uint64(w.first_replica + row0)
            for j0 in range(0, dim, TILE):
                width = min(TILE, dim - j0)
                n = rows * width
                start = row0 * dim + j0
                lanes = aim(room, per_block, j0, width, number, rows)
                lanes_second = aim(room_second, per_second, j0, width, number, rows)
                sample_refresh(fill, fill_second, plan, b, n, lanes, lanes_second, w.round, w.step)
                if plan.sampled:
                    repeat_centre(b.centre, centre, j0, width, rows)
                for c in range(m.shape[0]):
                    if plan.sampled:
                        refresh_tile_sampled(
                            refresh,
                            correlate,
                            m[c],
                            diff[c],
                            diff_prev[c],
                            x[c],
                            x_prev[c],
                            b,
                            start,
                            n,
                            lv,
                            c,
                        )
                    else:
                        refresh_tile(
                            refresh, correlate, m[c], diff[c], diff_prev[c], b, start, n, lv, c
                        )

    return compiled(
        over_tiles, keep=all(function.__module__.startswith("auxtheory.") for function in functions)
    )


@cache
def local_pass(local_step: Callable[..., Any], standard: str) -> Any:
    """The compiled y ← local_step(y, g_h(y), m, η) of the replicas [r0, r1); ‖∇f(y)‖² into square
    (C, R), and added to energy."""
    known(local_step)
    fill = FILL[standard]
    per_block = PER_BLOCK[standard]

    def over_tiles(
        plan: Any,
        lv: Any,
        y: Any,
        grad_f: Any,
        grad: Any,
        m: Any,
        centre: Any,
        energy: Any,
        square: Any,
        b: Any,
        room: Any,
        w: Any,
    ) -> None:
        dim = centre.size
        most = max(1, TILE // dim)
        square[:, w.r0 : w.r1] = 0.0
        for row0 in range(w.r0, w.r1, most):
            rows = min(most, w.r1 - row0)
            number = np.uint64(w.first_replica + row0)
            for j0 in range(0, dim, TILE):
                width = min(TILE, dim - j0)
                n = rows * width
                start = row0 * dim + j0
                sample_local(fill, plan, b, n, aim(room, per_block, j0, width, number, rows), w)
                if plan.local_sampled:
                    repeat_centre(b.centre, centre, j0, width, rows)
                for c in range(y.shape[0]):
                    add_squares(square[c], grad_f[c], row0, rows, start, width)
                    eta = lv.eta[c]
                    scale = lv.scale_local[c]
                    if plan.local_sampled:
                        s = lv.s_local[c]
                        local_tile_sampled(
                            local_step, y[c], grad[c], m[c], b, start, n, eta, scale, s
                        )
                    else:
                        local_tile(local_step, y[c], grad[c], m[c], b, start, n, eta, scale)
        for c in range(y.shape[0]):
            for row in range(w.r0, w.r1):
                energy[c, row] += square[c, row]

    return compiled(over_tiles, keep=local_step.__module__.startswith("auxtheory."))
