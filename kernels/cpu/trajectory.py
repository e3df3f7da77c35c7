"""Whole trajectories of a separable pair on the CPU: a tile of replicas × coordinates stays in
cache for all rounds.

`trajectory` makes one compiled loop of a method's rules, a pair's gradients and a law of noise. All
configurations of a grid share a tile's samples.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.arguments import Rules
from auxtheory.kernels.coordinate import levels_of
from auxtheory.kernels.cpu.draw import FILL, PER_BLOCK, aim
from auxtheory.kernels.cpu.tile import (
    ENERGY,
    SPREAD,
    TILE,
    WORK,
    Block,
    Generator,
    add_row,
    add_spread,
    apply_to_work,
    first_buffer,
    first_samples,
    load,
    one_step,
    plain_step,
    refresh_buffer,
    sample_refresh,
)
from auxtheory.kernels.jit import compiled, known
from auxtheory.random.counter import CURVATURE_LOCAL, LOCAL


class Place(NamedTuple):
    """The work of one thread: the number of the run's first replica, the first configuration, and
    the replicas [r0, r1)."""

    first_replica: int
    c0: int
    r0: int
    r1: int


def begin_round(
    rules: Any, generator: Any, plan: Any, levels: Any, work: Any, n: int, t: int
) -> None:
    """Compute the buffer of round t in every configuration."""
    round_ = plan.before + t
    tiles = work.tiles
    samples = work.samples
    if t > 1:
        sample_refresh(generator, plan, samples, n, round_, 0)
        for c in range(tiles.shape[0]):
            refresh_buffer(rules, tiles[c], samples, n, levels_of(levels, c))
        return
    for b in range(plan.B):
        sample_refresh(generator, plan, samples, n, round_, b)
        for c in range(tiles.shape[0]):
            first_samples(rules, tiles[c], samples, n, levels_of(levels, c), b)
    for c in range(tiles.shape[0]):
        first_buffer(rules, tiles[c], n, plan.B)


def local_steps(
    rules: Any,
    generator: Any,
    plan: Any,
    levels: Any,
    work: Any,
    block: Any,
    round_: int,
    local: Any,
) -> None:
    """Take the K local steps of a round in every configuration; ‖∇f‖² of each is added to local (K,
    C, rows), if it is not empty."""
    detailed = local.shape[0] > 0
    tiles = work.tiles
    samples = work.samples
    width = block.width
    n = block.rows * width
    fill = generator.fill
    for k in range(plan.K):
        if plan.local:
            fill(samples.local[:n], generator.lanes, round_, k * 8 + LOCAL)
        if plan.local_multiplicative:
            fill(samples.local_factor[:n], generator.lanes, round_, k * 8 + CURVATURE_LOCAL)
        for c in range(tiles.shape[0]):
            tile = tiles[c]
            if not plan.local_multiplicative and not detailed:
                plain_step(rules, tile, samples.local, n, levels_of(levels, c))
                continue
            one_step(rules, tile, samples, n, levels_of(levels, c))
            if detailed:
                for row in range(block.rows):
                    local[k, c, row] = add_row(local[k, c, row], tile, WORK + row * width, width)


def measure(rules: Any, tiles: Any, sums: Any, block: Any) -> None:
    """Add a tile's energy, gap, ‖∇f‖² and spread to sums (4, C, rows)."""
    rows = block.rows
    width = block.width
    n = rows * width
    for c in range(tiles.shape[0]):
        tile = tiles[c]
        for row in range(rows):
            sums[0, c, row] = add_row(sums[0, c, row], tile, ENERGY + row * width, width)
            sums[3, c, row] = add_row(sums[3, c, row], tile, SPREAD + row * width, width)
        apply_to_work(rules.value, tile, n)
        for row in range(rows):
            sums[1, c, row] = add_row(sums[1, c, row], tile, WORK + row * width, width)
        apply_to_work(rules.f, tile, n)
        for i in range(n):
            tile[WORK + i] *= tile[WORK + i]
        for row in range(rows):
            sums[2, c, row] = add_row(sums[2, c, row], tile, WORK + row * width, width)


def begin(tiles: Any, state: Any, block: Any, pair: Any) -> None:
    """Load the tile of every configuration."""
    for c in range(tiles.shape[0]):
        x = state.x[block.c0 + c, block.row0 : block.row0 + block.rows]
        load(tiles[c], x, pair.parameters[:, block.c0 + c], pair.centre, block)


def end(tiles: Any, state: Any, block: Any) -> None:
    """Write x, the energy and the spread of a tile to the state."""
    width = block.width
    row0 = block.row0
    for c in range(tiles.shape[0]):
        tile = tiles[c]
        x = state.x[block.c0 + c]
        energy = state.energy[block.c0 + c]
        spread = state.spread[block.c0 + c]
        for row in range(block.rows):
            for j in range(width):
                x[row0 + row, block.j0 + j] = tile[row * width + j]
            energy[row0 + row] = add_row(energy[row0 + row], tile, ENERGY + row * width, width)
            spread[row0 + row] = add_row(spread[row0 + row], tile, SPREAD + row * width, width)


def keep_paths(paths: Any, tiles: Any, block: Any) -> None:
    """Write x of every configuration into paths (C, R, d)."""
    for c in range(tiles.shape[0]):
        for i in range(block.rows * block.width):
            row = block.row0 + i // block.width
            paths[block.c0 + c, row, block.j0 + i % block.width] = tiles[c, i]


def over_rounds(
    rules: Any, generator: Any, plan: Any, levels: Any, records: Any, work: Any, block: Any
) -> None:
    """Run all rounds of one phase on one tile."""
    tiles = work.tiles
    record = 0
    n = block.rows * block.width
    row0 = block.row0
    row1 = block.row0 + block.rows
    c0 = block.c0
    c1 = block.c0 + tiles.shape[0]
    for t in range(1, plan.T + 1):
        round_ = plan.before + t
        begin_round(rules, generator, plan, levels, work, n, t)
        if plan.follow or round_ == 1:
            for c in range(tiles.shape[0]):
                add_spread(tiles[c], n)
        due = record < records.rounds.size and records.rounds[record] == round_
        at = records.first + record
        local = records.local[at if due else 0, : plan.K if due else 0, c0:c1, row0:row1]
        local_steps(rules, generator, plan, levels, work, block, round_, local)
        if due:
            measure(rules, tiles, records.sums[:, at, c0:c1, row0:row1], block)
            if records.paths.shape[0]:
                keep_paths(records.paths[at], tiles, block)
            record += 1


for _piece in (begin_round, local_steps, measure, begin, end, keep_paths, over_rounds):
    known(_piece, inline=False)


@cache
def trajectory(functions: Rules, standard: str, second: str) -> Any:
    """The compiled loop of one phase over the tiles of some replicas and configurations: its
    arguments are those of `phase`."""
    for function in functions:
        known(function)
    refresh, local_step, f, h, r, value, correlate = functions
    fill = FILL[standard]
    fill_second = FILL[second]
    per_block = PER_BLOCK[standard]
    per_second = PER_BLOCK[second]

    def phase(
        plan: Any, levels: Any, pair: Any, state: Any, records: Any, work: Any, place: Any
    ) -> None:
        # Built inside the loop, since compiled code cannot hold a tuple of functions from outside.
        rules = Rules(refresh, local_step, f, h, r, value, correlate)
        dim = pair.centre.size
        for j0 in range(0, dim, TILE):
            width = min(TILE, dim - j0)
            most = max(1, TILE // width)
            for row0 in range(place.r0, place.r1, most):
                rows = min(most, place.r1 - row0)
                block = Block(place.c0, row0, rows, j0, width)
                number = np.uint64(place.first_replica + row0)
                lanes = aim(work.room, per_block, j0, width, number, rows)
                lanes_second = aim(work.room_second, per_second, j0, width, number, rows)
                generator = Generator(fill, fill_second, lanes, lanes_second)
                begin(work.tiles, state, block, pair)
                over_rounds(rules, generator, plan, levels, records, work, block)
                end(work.tiles, state, block)

    return compiled(phase, keep=functions.of_the_library)
