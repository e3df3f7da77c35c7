"""The momentum update on a CUDA device for pairs whose gradients come from elsewhere: a refresh and
a local step.

Each is one pass over memory that draws its noise on the way, two coordinates to a thread; arrays
are (C, R, d), on any grid of blocks of (threads along coordinates, rows). Squared gradients are
summed over a row's threads by a tree of fixed order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from auxtheory.kernels.coordinate import refresh_noise, sampled
from auxtheory.kernels.device import cuda, known
from auxtheory.kernels.device_trajectory import FACTOR, FIRST, ROOM, SECOND, THREADS, draw_refresh
from auxtheory.kernels.pairs import DRAW
from auxtheory.kernels.update import given
from auxtheory.noise import CURVATURE_LOCAL, LOCAL


def two_samples(
    draw: Any, drawn: Any, b: Any, number: Any, round_: Any, step: Any, key: Any
) -> Any:
    """The samples of two neighbouring coordinates, or zeros."""
    if drawn:
        return draw(b, number, round_, step, key[0], key[1])
    return 0.0, 0.0


def refresh_one(
    refresh: Any,
    correlate: Any,
    plan: Any,
    lv: Any,
    m: Any,
    diff: Any,
    diff_prev: Any,
    x: Any,
    x_prev: Any,
    centre: Any,
    v: Any,
    c: int,
    row: int,
    j: int,
    i: int,
) -> None:
    """m ← refresh(m, diff + n + sε z, diff_prev + n + sε z_prev, a) of coordinate j + i."""
    k = j + i
    noise = refresh_noise(
        correlate, v[FIRST + i], v[SECOND + i], lv.scale_f[c], lv.scale_h[c], lv.rho[c], lv.rest[c]
    )
    z = z_prev = factor = 0.0
    if plan.sampled:
        factor = lv.s_r[c] * v[FACTOR + i]
        z = x[c, row, k] - centre[k]
        z_prev = x_prev[c, row, k] - centre[k]
    g = sampled(given, z, diff[c, row, k], 0.0, 0.0, noise, factor)
    g_prev = sampled(given, z_prev, diff_prev[c, row, k], 0.0, 0.0, noise, factor)
    m[c, row, k] = refresh(m[c, row, k], g, g_prev, lv.a[c])


def local_one(
    local_step: Any,
    plan: Any,
    lv: Any,
    y: Any,
    grad: Any,
    m: Any,
    centre: Any,
    n: Any,
    e: Any,
    c: int,
    row: int,
    k: int,
) -> None:
    """y ← local_step(y, grad + n + sε z, m, η) of one coordinate."""
    z = y[c, row, k] - centre[k] if plan.local_sampled else 0.0
    g = sampled(given, z, grad[c, row, k], 0.0, 0.0, lv.scale_local[c] * n, lv.s_local[c] * e)
    y[c, row, k] = local_step(y[c, row, k], g, m[c, row, k], lv.eta[c])


# As in device_trajectory: the simulator swaps `cuda` in the file of the kernel alone.
def over_row(shared: Any, value: Any) -> Any:
    """The sum of a value over the threads of a row, in a tree of fixed order; every thread of the
    block calls it."""
    x = cuda.threadIdx.x
    half = cuda.blockDim.x // 2
    at = cuda.threadIdx.y * cuda.blockDim.x + x
    cuda.syncthreads()  # the last turn's sums have been read
    shared[at] = value
    cuda.syncthreads()
    while half:
        if x < half:
            shared[at] += shared[at + half]
        cuda.syncthreads()
        half //= 2
    return shared[at - x]


for _piece in (given, two_samples, refresh_one, local_one, over_row):
    known(_piece)


@cache
def refresh_pass(
    refresh: Callable[..., Any], correlate: Callable[..., Any], standard: str, second: str
) -> Any:
    """The kernel m ← refresh(m, g_r(x), g_r(x_prev), a), with one sample at both points."""
    for function in (refresh, correlate):
        known(function)
    draw = DRAW[standard]
    draw_second = DRAW[second]

    def over_rows(
        plan: Any,
        lv: Any,
        m: Any,
        diff: Any,
        diff_prev: Any,
        x: Any,
        x_prev: Any,
        centre: Any,
        key: Any,
        first_replica: int,
        round_: int,
        step: int,
    ) -> None:
        v = cuda.local.array(ROOM, np.float64)
        for i in range(2):
            v[FIRST + i] = v[SECOND + i] = v[FACTOR + i] = 0.0
        count, replicas, dim = m.shape
        place = cuda.blockIdx.x * cuda.blockDim.y + cuda.threadIdx.y
        while place < count * replicas:
            c = place // replicas
            row = place % replicas
            for j in range(2 * cuda.threadIdx.x, dim, 2 * cuda.blockDim.x):
                b = np.uint64(j // 2)
                number = np.uint64(first_replica + row)
                draw_refresh(draw, draw_second, plan, v, b, number, np.uint64(round_), step, key)
                for i in range(2):
                    if j + i < dim:
                        refresh_one(
                            refresh,
                            correlate,
                            plan,
                            lv,
                            m,
                            diff,
                            diff_prev,
                            x,
                            x_prev,
                            centre,
                            v,
                            c,
                            row,
                            j,
                            i,
                        )
            place += cuda.gridDim.x * cuda.blockDim.y

    return cuda.jit(over_rows)


@cache
def local_pass(local_step: Callable[..., Any], standard: str) -> Any:
    """The kernel y ← local_step(y, g_h(y), m, η); ‖∇f(y)‖² into square (C, R), and added to
    energy."""
    known(local_step)
    draw = DRAW[standard]

    def over_rows(
        plan: Any,
        lv: Any,
        y: Any,
        grad_f: Any,
        grad: Any,
        m: Any,
        centre: Any,
        energy: Any,
        square: Any,
        key: Any,
        first_replica: int,
        round_: int,
        step: int,
    ) -> None:
        shared = cuda.shared.array(THREADS, np.float64)
        count, replicas, dim = y.shape
        rows = cuda.blockDim.y
        t = np.uint64(round_)
        additive = np.uint64(step * 8 + LOCAL)
        curvature = np.uint64(step * 8 + CURVATURE_LOCAL)
        for start in range(cuda.blockIdx.x * rows, count * replicas, cuda.gridDim.x * rows):
            live = start + cuda.threadIdx.y < count * replicas
            place = start + cuda.threadIdx.y if live else start
            c = place // replicas
            row = place % replicas
            total = 0.0
            for j in range(2 * cuda.threadIdx.x, dim if live else 0, 2 * cuda.blockDim.x):
                b = np.uint64(j // 2)
                number = np.uint64(first_replica + row)
                n0, n1 = two_samples(draw, plan.local, b, number, t, additive, key)
                e0, e1 = two_samples(draw, plan.local_sampled, b, number, t, curvature, key)
                for i in range(2):
                    if j + i < dim:
                        total += grad_f[c, row, j + i] * grad_f[c, row, j + i]
                        local_one(
                            local_step,
                            plan,
                            lv,
                            y,
                            grad,
                            m,
                            centre,
                            n1 if i else n0,
                            e1 if i else e0,
                            c,
                            row,
                            j + i,
                        )
            total = over_row(shared, total)
            if live and cuda.threadIdx.x == 0:
                square[c, row] = total
                energy[c, row] += total

    return cuda.jit(over_rows)
