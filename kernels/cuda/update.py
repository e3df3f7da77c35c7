"""The momentum update on a CUDA device for pairs whose gradients are computed outside compiled
code: a refresh and a local step.

Each is one pass over memory that draws its noise on the way, two coordinates to a thread; arrays
are (C, R, d), on any grid of blocks of (threads along coordinates, rows). Squared gradients are
summed over a row's threads by a tree of fixed order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.coordinate import elsewhere, levels_of, refresh_noise, stochastic_gradient
from auxtheory.kernels.cuda.device import cuda, known
from auxtheory.kernels.cuda.draw import DRAW, Counter, set_pair, two_numbers
from auxtheory.kernels.cuda.trajectory import THREADS
from auxtheory.random.counter import CURVATURE_LOCAL, CURVATURE_R, F_SAMPLE, H_SAMPLE, LOCAL

# Indices of a thread's samples, two of each.
FIRST, SECOND, FACTOR = range(0, 6, 2)
ROOM = 6


class Generator(NamedTuple):
    """The functions that draw two neighbouring numbers, for the law and for its partner, and the
    key."""

    draw: Any
    draw_second: Any
    key: Any


def draw_refresh(generator: Any, plan: Any, v: Any, counter: Any, step: int) -> None:
    """Draw the samples of one g_r; zeros where it has no noise."""
    draw = generator.draw
    key = generator.key
    if plan.additive:
        set_pair(v, FIRST, two_numbers(draw, key, counter, step * 8 + F_SAMPLE))
    if plan.correlated:
        second = two_numbers(generator.draw_second, key, counter, step * 8 + H_SAMPLE)
        set_pair(v, SECOND, second)
    if plan.multiplicative:
        set_pair(v, FACTOR, two_numbers(draw, key, counter, step * 8 + CURVATURE_R))


def two_samples(draw: Any, drawn: Any, key: Any, counter: Any, step: int) -> Any:
    """The samples of two neighbouring coordinates, or zeros."""
    if drawn:
        return two_numbers(draw, key, counter, step)
    return 0.0, 0.0


def refresh_one(
    rules: Any, plan: Any, level: Any, arrays: Any, centre: Any, v: Any, at: Any, i: int
) -> None:
    """m ← refresh(m, diff + n + sε z, diff_prev + n + sε z_prev, a) of one coordinate, whose
    samples are the i-th of their pair; at: (configuration, replica, coordinate)."""
    noise = refresh_noise(rules.correlate, v[FIRST + i], v[SECOND + i], level)
    z = z_prev = factor = 0.0
    if plan.multiplicative:
        factor = level.s_r * v[FACTOR + i]
        z = arrays.x[at] - centre[at[2]]
        z_prev = arrays.x_prev[at] - centre[at[2]]
    g = stochastic_gradient(elsewhere, z, arrays.diff[at], 0.0, 0.0, noise, factor)
    g_prev = stochastic_gradient(elsewhere, z_prev, arrays.diff_prev[at], 0.0, 0.0, noise, factor)
    arrays.m[at] = rules.refresh(arrays.m[at], g, g_prev, level.a)


def local_one(
    local_step: Any, level: Any, arrays: Any, z: Any, noise: Any, factor: Any, at: Any
) -> None:
    """y ← local_step(y, grad + n + sε z, m, η) of one coordinate; at: (configuration, replica,
    coordinate)."""
    g = stochastic_gradient(elsewhere, z, arrays.grad[at], 0.0, 0.0, noise, factor)
    arrays.y[at] = local_step(arrays.y[at], g, arrays.m[at], level.eta)


# As in `trajectory`, since the simulator replaces `cuda` only in the kernel's file.
def over_row(shared: Any, value: Any) -> Any:
    """The sum of a value over the threads of a row, in a tree of fixed order; every thread of the
    block calls it."""
    x = cuda.threadIdx.x
    half = cuda.blockDim.x // 2
    at = cuda.threadIdx.y * cuda.blockDim.x + x
    cuda.syncthreads()  # the sums of the last call have been read
    shared[at] = value
    cuda.syncthreads()
    while half:
        if x < half:
            shared[at] += shared[at + half]
        cuda.syncthreads()
        half //= 2
    return shared[at - x]


for _piece in (
    levels_of,
    refresh_noise,
    stochastic_gradient,
    elsewhere,
    draw_refresh,
    two_samples,
    refresh_one,
    local_one,
    over_row,
):
    known(_piece)


class RefreshRules(NamedTuple):
    """The functions of a refresh."""

    refresh: Any
    correlate: Any


class Step(NamedTuple):
    """A pass's position in the counter: the number of the first replica, the round, and the
    step."""

    first_replica: int
    round: int
    step: int


@cache
def refresh_pass(
    refresh: Callable[..., Any], correlate: Callable[..., Any], standard: str, second: str
) -> Any:
    """The kernel m ← refresh(m, g_r(x), g_r(x_prev), a), with one sample at both points."""
    for function in (refresh, correlate):
        known(function)
    draw = DRAW[standard]
    draw_second = DRAW[second]

    def over_rows(plan: Any, levels: Any, arrays: Any, centre: Any, key: Any, current: Any) -> None:
        rules = RefreshRules(refresh, correlate)
        generator = Generator(draw, draw_second, key)
        v = cuda.local.array(ROOM, np.float64)
        for i in range(2):
            v[FIRST + i] = v[SECOND + i] = v[FACTOR + i] = 0.0
        count, replicas, dim = arrays.m.shape
        index = cuda.blockIdx.x * cuda.blockDim.y + cuda.threadIdx.y
        while index < count * replicas:
            c = index // replicas
            row = index % replicas
            level = levels_of(levels, c)
            number = np.uint64(current.first_replica + row)
            for j in range(2 * cuda.threadIdx.x, dim, 2 * cuda.blockDim.x):
                counter = Counter(np.uint64(j // 2), number, np.uint64(current.round))
                draw_refresh(generator, plan, v, counter, current.step)
                for i in range(2):
                    if j + i < dim:
                        at = c, row, j + i
                        refresh_one(rules, plan, level, arrays, centre, v, at, i)
            index += cuda.gridDim.x * cuda.blockDim.y

    return cuda.jit(over_rows)


@cache
def local_pass(local_step: Callable[..., Any], standard: str) -> Any:
    """The kernel y ← local_step(y, g_h(y), m, η); ‖∇f(y)‖² into square (C, R), and added to
    energy."""
    known(local_step)
    draw = DRAW[standard]

    def over_rows(
        plan: Any,
        levels: Any,
        arrays: Any,
        squares: Any,
        centre: Any,
        key: Any,
        current: Any,
    ) -> None:
        shared = cuda.shared.array(THREADS, np.float64)
        count, replicas, dim = arrays.y.shape
        rows = cuda.blockDim.y
        additive = current.step * 8 + LOCAL
        curvature = current.step * 8 + CURVATURE_LOCAL
        for start in range(cuda.blockIdx.x * rows, count * replicas, cuda.gridDim.x * rows):
            live = start + cuda.threadIdx.y < count * replicas
            index = start + cuda.threadIdx.y if live else start
            c = index // replicas
            row = index % replicas
            level = levels_of(levels, c)
            number = np.uint64(current.first_replica + row)
            total = 0.0
            for j in range(2 * cuda.threadIdx.x, dim if live else 0, 2 * cuda.blockDim.x):
                counter = Counter(np.uint64(j // 2), number, np.uint64(current.round))
                n0, n1 = two_samples(draw, plan.local, key, counter, additive)
                e0, e1 = two_samples(draw, plan.local_multiplicative, key, counter, curvature)
                for i in range(2):
                    if j + i < dim:
                        at = c, row, j + i
                        total += arrays.grad_f[at] * arrays.grad_f[at]
                        z = arrays.y[at] - centre[j + i] if plan.local_multiplicative else 0.0
                        noise = level.scale_local * (n1 if i else n0)
                        factor = level.s_local * (e1 if i else e0)
                        local_one(local_step, level, arrays, z, noise, factor, at)
            total = over_row(shared, total)
            if live and cuda.threadIdx.x == 0:
                squares.square[c, row] = total
                squares.energy[c, row] += total

    return cuda.jit(over_rows)
