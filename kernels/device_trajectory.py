"""Whole trajectories of a separable pair on a CUDA device: two coordinates to a thread, their state
in registers.

One launch runs all rounds of a phase. A block holds one or more rows (a configuration's replica
each) and goes through its coordinates; squared gradients are summed over the block by a tree of
fixed order, so that results do not depend on scheduling. The rules, gradients and laws are the
library's own, as on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from auxtheory.kernels.coordinate import refresh_noise, refreshed, sampled
from auxtheory.kernels.device import cuda, known
from auxtheory.kernels.pairs import DRAW
from auxtheory.noise import CURVATURE_LOCAL, CURVATURE_R, F_SAMPLE, H_SAMPLE, LOCAL

THREADS = 128  # in a block
BLOCKS = 4096  # at most; more rows than these hold are reached in strides
# A thread's numbers, two of each.
X, M, PREVIOUS, ENERGY, P, Q, S, CENTRE, FIRST, SECOND, FACTOR = range(0, 22, 2)
ROOM = 22


def grid(rows: int, dim: int) -> tuple[int, tuple[int, int]]:
    """Blocks, and threads of each along coordinates (a power of two) and rows."""
    across = min(THREADS, 1 << max(0, (dim + 1) // 2 - 1).bit_length())
    down = THREADS // across
    return min(BLOCKS, -(-rows // down)), (across, down)


def set_pair(v: Any, at: int, values: Any) -> None:
    """Write two neighbouring numbers."""
    v[at], v[at + 1] = values[0], values[1]


def draw_refresh(
    draw: Any, draw_second: Any, plan: Any, v: Any, b: Any, number: Any, t: Any, step: int, k: Any
) -> None:
    """The samples of one g_r; zeros where there is none."""
    if plan.additive:
        set_pair(v, FIRST, draw(b, number, t, np.uint64(step * 8 + F_SAMPLE), k[0], k[1]))
    if plan.correlated:
        set_pair(v, SECOND, draw_second(b, number, t, np.uint64(step * 8 + H_SAMPLE), k[0], k[1]))
    if plan.sampled:
        set_pair(v, FACTOR, draw(b, number, t, np.uint64(step * 8 + CURVATURE_R), k[0], k[1]))


def first_buffer(
    refresh: Any,
    r: Any,
    correlate: Any,
    draw: Any,
    draw_second: Any,
    plan: Any,
    lv: Any,
    c: int,
    v: Any,
    b: Any,
    number: Any,
    t: Any,
    key: Any,
) -> None:
    """The rule at a = 1 on the mean of B samples, or on ∇r(x⁰) itself if B = 0."""
    for step in range(plan.B):
        draw_refresh(draw, draw_second, plan, v, b, number, t, step, key)
        for i in range(2):
            noise = refresh_noise(
                correlate,
                v[FIRST + i],
                v[SECOND + i],
                lv.scale_f[c],
                lv.scale_h[c],
                lv.rho[c],
                lv.rest[c],
            )
            z = v[X + i] - v[CENTRE + i]
            factor = lv.s_r[c] * v[FACTOR + i]
            g = sampled(r, z, v[P + i], v[Q + i], v[S + i], noise, factor)
            v[M + i] = g if step == 0 else v[M + i] + g
    for i in range(2):
        mean = (
            v[M + i] / plan.B
            if plan.B
            else r(v[X + i] - v[CENTRE + i], v[P + i], v[Q + i], v[S + i])
        )
        v[M + i] = refresh(mean, mean, mean, 1.0)
        v[PREVIOUS + i] = v[X + i]


def next_buffer(
    refresh: Any,
    r: Any,
    correlate: Any,
    draw: Any,
    draw_second: Any,
    plan: Any,
    lv: Any,
    c: int,
    v: Any,
    b: Any,
    number: Any,
    t: Any,
    key: Any,
) -> None:
    """m ← refresh(m, g_r(x), g_r(x_prev), a) with one sample at both points."""
    draw_refresh(draw, draw_second, plan, v, b, number, t, 0, key)
    for i in range(2):
        noise = refresh_noise(
            correlate,
            v[FIRST + i],
            v[SECOND + i],
            lv.scale_f[c],
            lv.scale_h[c],
            lv.rho[c],
            lv.rest[c],
        )
        z = v[X + i] - v[CENTRE + i]
        z_prev = v[PREVIOUS + i] - v[CENTRE + i]
        factor = lv.s_r[c] * v[FACTOR + i]
        v[M + i] = refreshed(
            refresh, r, v[M + i], z, z_prev, v[P + i], v[Q + i], v[S + i], noise, factor, lv.a[c]
        )
        v[PREVIOUS + i] = v[X + i]


def local_steps(
    local_step: Any,
    f: Any,
    h: Any,
    draw: Any,
    plan: Any,
    lv: Any,
    c: int,
    v: Any,
    b: Any,
    number: Any,
    t: Any,
    key: Any,
) -> None:
    """The K local steps of a round."""
    scale = lv.scale_local[c]
    s = lv.s_local[c]
    n0 = n1 = e0 = e1 = 0.0
    for k in range(plan.K):
        if plan.local:
            n0, n1 = draw(b, number, t, np.uint64(k * 8 + LOCAL), key[0], key[1])
        if plan.local_sampled:
            e0, e1 = draw(b, number, t, np.uint64(k * 8 + CURVATURE_LOCAL), key[0], key[1])
        for i in range(2):
            y = v[X + i]
            p = v[P + i]
            q = v[Q + i]
            w = v[S + i]
            z = y - v[CENTRE + i]
            g = f(z, p, q, w)
            v[ENERGY + i] += g * g
            gradient = sampled(h, z, p, q, w, scale * (n1 if i else n0), s * (e1 if i else e0))
            v[X + i] = local_step(y, gradient, v[M + i], lv.eta[c])


def load(v: Any, state: Any, parameters: Any, centre: Any, c: int, row: int, j: int) -> None:
    """A thread's two coordinates; past the end it works on zeros, whose results nobody reads."""
    for i in range(ROOM):
        v[i] = 0.0
    for i in range(2):
        if j + i < centre.size:
            v[X + i], v[CENTRE + i] = state.x[c, row, j + i], centre[j + i]
            v[P + i], v[Q + i], v[S + i] = (
                parameters[0, c, j + i],
                parameters[1, c, j + i],
                parameters[2, c, j + i],
            )


def over_block(shared: Any, value: Any) -> Any:
    """The sum of a value over the threads of a row, in a tree of fixed order."""
    x = cuda.threadIdx.x
    across = cuda.blockDim.x
    start = cuda.threadIdx.y * across
    shared[start + x] = value
    cuda.syncthreads()
    half = across // 2
    while half:
        if x < half:
            shared[start + x] += shared[start + x + half]
        cuda.syncthreads()
        half //= 2
    total = shared[start]
    cuda.syncthreads()
    return total


def both(function: Any, v: Any, dim: int, j: int, squared: bool) -> Any:
    """The sum over a thread's coordinates of a function of z, or of its square."""
    total = 0.0
    for i in range(2):
        if j + i < dim:
            value = function(v[X + i] - v[CENTRE + i], v[P + i], v[Q + i], v[S + i])
            total += value * value if squared else value
    return total


def measure(
    f: Any,
    value: Any,
    shared: Any,
    v: Any,
    dim: int,
    j: int,
    sums: Any,
    at: int,
    c: int,
    row: int,
    live: bool,
    spread: Any,
) -> None:
    """Add the block's energy, gap, ‖∇f‖² and spread to the sums of its row."""
    energy = over_block(
        shared, (v[ENERGY] if j < dim else 0.0) + (v[ENERGY + 1] if j + 1 < dim else 0.0)
    )
    gap = over_block(shared, both(value, v, dim, j, False))
    grad_sq = over_block(shared, both(f, v, dim, j, True))
    spread = over_block(shared, spread)
    if live and cuda.threadIdx.x == 0:
        sums[0, at, c, row] += energy
        sums[1, at, c, row] += gap
        sums[2, at, c, row] += grad_sq
        sums[3, at, c, row] += spread


def store(
    shared: Any, v: Any, state: Any, dim: int, j: int, c: int, row: int, live: bool, spread: Any
) -> None:
    """Hand on x, the energy and the spread."""
    for i in range(2):
        if j + i < dim:
            state.x[c, row, j + i] = v[X + i]
    energy = over_block(
        shared, (v[ENERGY] if j < dim else 0.0) + (v[ENERGY + 1] if j + 1 < dim else 0.0)
    )
    spread = over_block(shared, spread)
    if live and cuda.threadIdx.x == 0:
        state.energy[c, row] += energy
        state.spread[c, row] += spread


def identity(z: Any, p: Any, q: Any, s: Any) -> Any:
    """z itself."""
    return z


for _piece in (
    set_pair,
    draw_refresh,
    first_buffer,
    next_buffer,
    local_steps,
    load,
    over_block,
    both,
    measure,
    store,
    identity,
):
    known(_piece)


@cache
def trajectory(
    refresh: Callable[..., Any],
    local_step: Callable[..., Any],
    f: Callable[..., Any],
    h: Callable[..., Any],
    r: Callable[..., Any],
    value: Callable[..., Any],
    correlate: Callable[..., Any],
    standard: str,
    second: str,
) -> Any:
    """The kernel of one phase, for a grid of any size of blocks of (threads along coordinates,
    rows)."""
    for function in (refresh, local_step, f, h, r, value, correlate):
        known(function)
    draw = DRAW[standard]
    draw_second = DRAW[second]

    def phase(
        plan: Any,
        lv: Any,
        state: Any,
        records: Any,
        parameters: Any,
        centre: Any,
        key: Any,
        first_replica: int,
    ) -> None:
        shared = cuda.shared.array(THREADS, np.float64)
        v = cuda.local.array(ROOM, np.float64)
        count, replicas, dim = state.x.shape
        across = cuda.blockDim.x
        rows = cuda.blockDim.y
        for start in range(cuda.blockIdx.x * rows, count * replicas, cuda.gridDim.x * rows):
            live = start + cuda.threadIdx.y < count * replicas
            place = start + cuda.threadIdx.y if live else start
            c = place // replicas
            row = place % replicas
            number = np.uint64(first_replica + row)
            for j0 in range(0, dim, 2 * across):
                j = j0 + 2 * cuda.threadIdx.x if live else dim
                b = np.uint64(j // 2)
                spread = 0.0
                record = 0
                load(v, state, parameters, centre, c, row, j)
                for t in range(1, plan.T + 1):
                    round_ = np.uint64(plan.before + t)
                    if t == 1:
                        first_buffer(
                            refresh,
                            r,
                            correlate,
                            draw,
                            draw_second,
                            plan,
                            lv,
                            c,
                            v,
                            b,
                            number,
                            round_,
                            key,
                        )
                    else:
                        next_buffer(
                            refresh,
                            r,
                            correlate,
                            draw,
                            draw_second,
                            plan,
                            lv,
                            c,
                            v,
                            b,
                            number,
                            round_,
                            key,
                        )
                    if plan.follow or plan.before + t == 1:
                        spread += both(identity, v, dim, j, True)
                    local_steps(local_step, f, h, draw, plan, lv, c, v, b, number, round_, key)
                    if record < records.rounds.size and records.rounds[record] == plan.before + t:
                        measure(
                            f,
                            value,
                            shared,
                            v,
                            dim,
                            j,
                            records.sums,
                            records.first + record,
                            c,
                            row,
                            live,
                            spread,
                        )
                        record += 1
                store(shared, v, state, dim, j, c, row, live, spread)

    return cuda.jit(phase)
