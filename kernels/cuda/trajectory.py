"""Whole trajectories of a separable pair on a CUDA device: two coordinates to a thread, their state
in registers.

One launch runs all rounds of a phase. A block holds one or more rows (a configuration's replica
each) and goes through its coordinates; squared gradients are summed over the block by a tree of
fixed order, so that results do not depend on scheduling. The rules, gradients and laws are the same
functions as on the CPU.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.arguments import Rules
from auxtheory.kernels.coordinate import levels_of, refresh_noise, stochastic_gradient
from auxtheory.kernels.cuda.device import cuda, known
from auxtheory.kernels.cuda.draw import DRAW
from auxtheory.random.counter import CURVATURE_LOCAL, CURVATURE_R, F_SAMPLE, H_SAMPLE, LOCAL

THREADS = 128  # threads in a block
BLOCKS = 4096  # at most; each block goes over further rows in strides
# Indices of a thread's numbers, two of each.
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


class Generator(NamedTuple):
    """The functions that draw two neighbouring numbers, for the law and for its partner, and the
    key."""

    draw: Any
    draw_second: Any
    key: Any


class Counter(NamedTuple):
    """A thread's position in the counter: its block of coordinates, the replica's number, and the
    round."""

    block: Any
    replica: Any
    round: Any


class Place(NamedTuple):
    """The work of one thread: a configuration, a replica, two of `dim` coordinates from j on, and
    whether its row is in use."""

    c: int
    row: int
    j: int
    dim: int
    live: bool


def two_numbers(draw: Any, key: Any, counter: Any, step: Any) -> Any:
    """The numbers of two neighbouring coordinates for a step and oracle."""
    step = np.uint64(step)
    return draw(counter.block, counter.replica, counter.round, step, key[0], key[1])


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


def first_buffer(rules: Any, generator: Any, plan: Any, level: Any, v: Any, counter: Any) -> None:
    """The first buffer: the rule at a = 1 on the mean of B samples, or on ∇r(x⁰) if B = 0."""
    for step in range(plan.B):
        draw_refresh(generator, plan, v, counter, step)
        for i in range(2):
            noise = refresh_noise(rules.correlate, v[FIRST + i], v[SECOND + i], level)
            z = v[X + i] - v[CENTRE + i]
            factor = level.s_r * v[FACTOR + i]
            g = stochastic_gradient(rules.r, z, v[P + i], v[Q + i], v[S + i], noise, factor)
            v[M + i] = g if step == 0 else v[M + i] + g
    for i in range(2):
        z = v[X + i] - v[CENTRE + i]
        mean = v[M + i] / plan.B if plan.B else rules.r(z, v[P + i], v[Q + i], v[S + i])
        v[M + i] = rules.refresh(mean, mean, mean, 1.0)
        v[PREVIOUS + i] = v[X + i]


def next_buffer(rules: Any, generator: Any, plan: Any, level: Any, v: Any, counter: Any) -> None:
    """m ← refresh(m, g_r(x), g_r(x_prev), a) with one sample at both points."""
    draw_refresh(generator, plan, v, counter, 0)
    for i in range(2):
        noise = refresh_noise(rules.correlate, v[FIRST + i], v[SECOND + i], level)
        z = v[X + i] - v[CENTRE + i]
        z_prev = v[PREVIOUS + i] - v[CENTRE + i]
        factor = level.s_r * v[FACTOR + i]
        g = stochastic_gradient(rules.r, z, v[P + i], v[Q + i], v[S + i], noise, factor)
        g_prev = stochastic_gradient(rules.r, z_prev, v[P + i], v[Q + i], v[S + i], noise, factor)
        v[M + i] = rules.refresh(v[M + i], g, g_prev, level.a)
        v[PREVIOUS + i] = v[X + i]


def local_steps(rules: Any, generator: Any, plan: Any, level: Any, v: Any, counter: Any) -> None:
    """Take the K local steps of a round."""
    draw = generator.draw
    key = generator.key
    n0 = n1 = e0 = e1 = 0.0
    for k in range(plan.K):
        if plan.local:
            n0, n1 = two_numbers(draw, key, counter, k * 8 + LOCAL)
        if plan.local_multiplicative:
            e0, e1 = two_numbers(draw, key, counter, k * 8 + CURVATURE_LOCAL)
        for i in range(2):
            y = v[X + i]
            p = v[P + i]
            q = v[Q + i]
            w = v[S + i]
            z = y - v[CENTRE + i]
            g = rules.f(z, p, q, w)
            v[ENERGY + i] += g * g
            noise = level.scale_local * (n1 if i else n0)
            factor = level.s_local * (e1 if i else e0)
            gradient = stochastic_gradient(rules.h, z, p, q, w, noise, factor)
            v[X + i] = rules.local_step(y, gradient, v[M + i], level.eta)


def load(v: Any, state: Any, parameters: Any, centre: Any, place: Any) -> None:
    """Load a thread's two coordinates; past the end it works on zeros, whose results are not
    used."""
    for i in range(ROOM):
        v[i] = 0.0
    for i in range(2):
        k = place.j + i
        if k < place.dim:
            v[X + i] = state.x[place.c, place.row, k]
            v[CENTRE + i] = centre[k]
            v[P + i] = parameters[0, place.c, k]
            v[Q + i] = parameters[1, place.c, k]
            v[S + i] = parameters[2, place.c, k]


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


def thread_sum(function: Any, v: Any, place: Any, squared: bool) -> Any:
    """The sum over a thread's coordinates of a function of z, or of its square."""
    total = 0.0
    for i in range(2):
        if place.j + i < place.dim:
            value = function(v[X + i] - v[CENTRE + i], v[P + i], v[Q + i], v[S + i])
            total += value * value if squared else value
    return total


def thread_energy(v: Any, place: Any) -> Any:
    """The energy of a thread's coordinates."""
    first = v[ENERGY] if place.j < place.dim else 0.0
    return first + (v[ENERGY + 1] if place.j + 1 < place.dim else 0.0)


def measure(
    rules: Any, shared: Any, v: Any, place: Any, sums: Any, record: int, spread: Any
) -> None:
    """Add the block's energy, gap, ‖∇f‖² and spread to the sums of its row."""
    energy = over_block(shared, thread_energy(v, place))
    gap = over_block(shared, thread_sum(rules.value, v, place, False))
    grad_sq = over_block(shared, thread_sum(rules.f, v, place, True))
    spread = over_block(shared, spread)
    if place.live and cuda.threadIdx.x == 0:
        sums[0, record, place.c, place.row] += energy
        sums[1, record, place.c, place.row] += gap
        sums[2, record, place.c, place.row] += grad_sq
        sums[3, record, place.c, place.row] += spread


def store(shared: Any, v: Any, state: Any, place: Any, spread: Any) -> None:
    """Write x, the energy and the spread to the state."""
    for i in range(2):
        if place.j + i < place.dim:
            state.x[place.c, place.row, place.j + i] = v[X + i]
    energy = over_block(shared, thread_energy(v, place))
    spread = over_block(shared, spread)
    if place.live and cuda.threadIdx.x == 0:
        state.energy[place.c, place.row] += energy
        state.spread[place.c, place.row] += spread


def identity(z: Any, p: Any, q: Any, s: Any) -> Any:
    """z itself."""
    return z


for _piece in (
    set_pair,
    two_numbers,
    draw_refresh,
    first_buffer,
    next_buffer,
    local_steps,
    load,
    over_block,
    thread_sum,
    thread_energy,
    measure,
    store,
    identity,
):
    known(_piece)


@cache
def trajectory(functions: Rules, standard: str, second: str) -> Any:
    """The kernel of one phase, for a grid of any size of blocks of (threads along coordinates,
    rows)."""
    for function in functions:
        known(function)
    refresh, local_step, f, h, r, value, correlate = functions
    draw = DRAW[standard]
    draw_second = DRAW[second]

    def phase(
        plan: Any,
        levels: Any,
        state: Any,
        records: Any,
        pair: Any,
        key: Any,
        first_replica: int,
    ) -> None:
        rules = Rules(refresh, local_step, f, h, r, value, correlate)
        generator = Generator(draw, draw_second, key)
        shared = cuda.shared.array(THREADS, np.float64)
        v = cuda.local.array(ROOM, np.float64)
        count, replicas, dim = state.x.shape
        rows = cuda.blockDim.y
        for start in range(cuda.blockIdx.x * rows, count * replicas, cuda.gridDim.x * rows):
            live = start + cuda.threadIdx.y < count * replicas
            index = start + cuda.threadIdx.y if live else start
            c = index // replicas
            row = index % replicas
            level = levels_of(levels, c)
            for j0 in range(0, dim, 2 * cuda.blockDim.x):
                j = j0 + 2 * cuda.threadIdx.x if live else dim
                place = Place(c, row, j, dim, live)
                spread = 0.0
                record = 0
                load(v, state, pair.parameters, pair.centre, place)
                for t in range(1, plan.T + 1):
                    round_ = plan.before + t
                    number = np.uint64(first_replica + row)
                    counter = Counter(np.uint64(j // 2), number, np.uint64(round_))
                    if t == 1:
                        first_buffer(rules, generator, plan, level, v, counter)
                    else:
                        next_buffer(rules, generator, plan, level, v, counter)
                    if plan.follow or round_ == 1:
                        spread += thread_sum(identity, v, place, True)
                    local_steps(rules, generator, plan, level, v, counter)
                    if record < records.rounds.size and records.rounds[record] == round_:
                        measure(
                            rules, shared, v, place, records.sums, records.first + record, spread
                        )
                        record += 1
                store(shared, v, state, place, spread)

    return cuda.jit(phase)
