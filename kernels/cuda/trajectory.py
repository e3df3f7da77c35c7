"""Whole trajectories of a separable pair on a CUDA device: two coordinates to a thread, their
numbers in registers.

One launch runs all rounds of a phase. A block holds one or more rows (a configuration's replica
each) and goes through its coordinates; measures are summed over the block by a tree of fixed order,
so that results do not depend on scheduling. The hooks are generated source whose lines are those of
the loop on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu.trajectory import at_round
from auxtheory.kernels.cuda.device import cuda, known
from auxtheory.kernels.cuda.draw import Counter, Drawing
from auxtheory.kernels.cuda.tile import TILE, X, add_spread

THREADS = 128  # threads in a block
BLOCKS = 4096  # at most; each block goes over further rows in strides


class Hooks(NamedTuple):
    """The functions of one phase on a thread's numbers: what loads them, the method's hooks, and
    the thread's part of a measure."""

    begin: Callable[..., Any]
    start: Callable[..., Any]
    refresh: Callable[..., Any]
    steps: Callable[..., Any]
    finish: Callable[..., Any]
    part: Callable[..., Any]


class Keys(NamedTuple):
    """The keys of the oracle calls and of the random choices, shape (number, 2) each."""

    calls: Any
    choices: Any


class Due(NamedTuple):
    """Measures after the recorded rounds of this phase, the first of which has index `first` in the
    arrays over all records: sums (measures, n, C, R) of energy, gap, ‖∇f‖², spread and further
    measures; which of these are the sums along the run."""

    rounds: Any
    first: int
    sums: Any
    along: Any


class Place(NamedTuple):
    """The work of one thread: a configuration, a replica and its number in the run, two of `dim`
    coordinates from j on, and whether its row is in use."""

    c: Any
    row: Any
    replica: Any
    j: Any
    dim: Any
    live: Any


def grid(rows: int, dim: int) -> tuple[int, tuple[int, int]]:
    """Blocks, and threads of each along coordinates (a power of two) and rows."""
    across = min(THREADS, 1 << max(0, (dim + 1) // 2 - 1).bit_length())
    down = THREADS // across
    return min(BLOCKS, -(-rows // down)), (across, down)


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


def measure(shared: Any, part: Any, v: Any, place: Any, number: Any, sums: Any) -> None:
    """Add the block's sum of a measure to its row's, in sums (C, R)."""
    total = over_block(shared, part(v, number, place.j, place.dim))
    if place.live and cuda.threadIdx.x == 0:
        sums[place.c, place.row] += total


def store(v: Any, x: Any, place: Any) -> None:
    """Write x of a thread's coordinates to the state (C, R, d)."""
    for i in range(TILE):
        if place.j + i < place.dim:
            x[place.c, place.row, place.j + i] = v[X + i]


for _piece in (at_round, over_block, measure, store):
    known(_piece)


def rounds_of(hooks: Hooks) -> Any:
    """The function that runs all rounds of one phase on a thread's coordinates."""
    _, first, following, steps, finish, part = hooks

    def over_rounds(
        plan: Any, numbers: Any, keys: Any, records: Any, v: Any, s: Any, shared: Any, place: Any
    ) -> None:
        c = place.c
        drawn = numbers.drawn
        levels = numbers.levels[c]
        record = 0
        for t in range(1, plan.T + 1):
            round_ = plan.before + t
            counter = Counter(np.uint64(place.j // TILE), place.replica, np.uint64(round_))
            drawing = Drawing(counter, keys.calls, keys.choices)
            weights = numbers.weights[round_ - 1]
            if t == 1:
                values, batches = at_round(numbers.start, t)
                first(v, s, drawing, drawn, values, c, batches, levels, weights)
            else:
                values, batches = at_round(numbers.refresh, t)
                following(v, s, drawing, drawn, values, c, batches, levels, weights)
            if plan.follow or round_ == 1:
                add_spread(v)
            values, batches = at_round(numbers.steps, t)
            steps(v, s, drawing, drawn, values, c, batches, levels, weights, plan.K)
            values, batches = at_round(numbers.finish, t)
            finish(v, s, drawing, drawn, values, c, batches, levels, weights)
            if record < records.rounds.size and records.rounds[record] == round_:
                at = records.first + record
                for number in range(records.sums.shape[0]):
                    measure(shared, part, v, place, number, records.sums[number, at])
                record += 1

    return known(over_rounds)


@cache
def trajectory(hooks: Hooks, rows: int, samples: int) -> Any:
    """The kernel of one phase, for a grid of any size of blocks of (threads along coordinates,
    rows); rows, samples: of a thread's numbers and of its samples."""
    begin = hooks.begin
    part = hooks.part
    over_rounds = rounds_of(hooks)
    numbers_of_a_thread = TILE * rows
    samples_of_a_thread = TILE * samples

    def phase(
        plan: Any, numbers: Any, keys: Any, state: Any, records: Any, pair: Any, first_replica: int
    ) -> None:
        shared = cuda.shared.array(THREADS, np.float64)
        v = cuda.local.array(numbers_of_a_thread, np.float64)
        s = cuda.local.array(samples_of_a_thread, np.float64)
        count, replicas, dim = state.x.shape
        down = cuda.blockDim.y
        for start in range(cuda.blockIdx.x * down, count * replicas, cuda.gridDim.x * down):
            live = start + cuda.threadIdx.y < count * replicas
            index = start + cuda.threadIdx.y if live else start
            c = index // replicas
            row = index % replicas
            for j0 in range(0, dim, TILE * cuda.blockDim.x):
                j = j0 + TILE * cuda.threadIdx.x if live else dim
                place = Place(c, row, np.uint64(first_replica + row), j, dim, live)
                begin(v, s, state.x, pair, c, row, j, dim)
                over_rounds(plan, numbers, keys, records, v, s, shared, place)
                store(v, state.x, place)
                for number in range(records.along.size):
                    along = records.along[number]
                    measure(shared, part, v, place, along, state.totals[number])

    return cuda.jit(phase)
