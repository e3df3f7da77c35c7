"""Whole trajectories of a separable pair on the CPU: a tile of replicas × coordinates stays in
cache for all rounds.

`trajectory` makes one compiled loop of a method's rules, a pair's gradients and a law of noise. All
configurations of a grid share a tile's samples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from auxtheory.kernels.draw import FILL, PER_BLOCK, aim
from auxtheory.kernels.jit import compiled, known
from auxtheory.kernels.tile import (
    ENERGY,
    SPREAD,
    TILE,
    WORK,
    Block,
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
from auxtheory.noise import CURVATURE_LOCAL, LOCAL


def begin_round(
    refresh: Any,
    r: Any,
    correlate: Any,
    fill: Any,
    fill_second: Any,
    plan: Any,
    lv: Any,
    tiles: Any,
    samples: Any,
    n: int,
    lanes: Any,
    lanes_second: Any,
    t: int,
) -> None:
    """The buffer of round t in every configuration."""
    round_ = plan.before + t
    if t > 1:
        sample_refresh(fill, fill_second, plan, samples, n, lanes, lanes_second, round_, 0)
        for c in range(tiles.shape[0]):
            refresh_buffer(refresh, r, correlate, tiles[c], samples, n, lv, c)
        return
    for b in range(plan.B):
        sample_refresh(fill, fill_second, plan, samples, n, lanes, lanes_second, round_, b)
        for c in range(tiles.shape[0]):
            first_samples(r, correlate, tiles[c], samples, n, lv, c, b)
    for c in range(tiles.shape[0]):
        first_buffer(refresh, r, tiles[c], n, plan.B)


def local_steps(
    local_step: Any,
    f: Any,
    h: Any,
    fill: Any,
    plan: Any,
    lv: Any,
    tiles: Any,
    samples: Any,
    n: int,
    lanes: Any,
    round_: int,
    local: Any,
    rows: int,
    width: int,
) -> None:
    """The K local steps of a round in every configuration; ‖∇f‖² of each is added to local (K, C,
    rows), if it is not empty."""
    detailed = local.shape[0] > 0
    for k in range(plan.K):
        if plan.local:
            fill(samples.local[:n], lanes, round_, k * 8 + LOCAL)
        if plan.local_sampled:
            fill(samples.local_factor[:n], lanes, round_, k * 8 + CURVATURE_LOCAL)
        for c in range(tiles.shape[0]):
            if not plan.local_sampled and not detailed:
                plain_step(
                    local_step, f, h, tiles[c], samples.local, n, lv.eta[c], lv.scale_local[c]
                )
                continue
            one_step(local_step, f, h, tiles[c], samples, n, lv, c)
            if detailed:
                for row in range(rows):
                    local[k, c, row] = add_row(
                        local[k, c, row], tiles[c], WORK + row * width, width
                    )


def measure(f: Any, value: Any, tiles: Any, n: int, sums: Any, rows: int, width: int) -> None:
    """Add a tile's energy, gap, ‖∇f‖² and spread to sums (4, C, rows)."""
    for c in range(tiles.shape[0]):
        t = tiles[c]
        for row in range(rows):
            sums[0, c, row] = add_row(sums[0, c, row], t, ENERGY + row * width, width)
            sums[3, c, row] = add_row(sums[3, c, row], t, SPREAD + row * width, width)
        apply_to_work(value, t, n)
        for row in range(rows):
            sums[1, c, row] = add_row(sums[1, c, row], t, WORK + row * width, width)
        apply_to_work(f, t, n)
        for i in range(n):
            t[WORK + i] *= t[WORK + i]
        for row in range(rows):
            sums[2, c, row] = add_row(sums[2, c, row], t, WORK + row * width, width)


def begin(t: Any, state: Any, block: Any, parameters: Any, centre: Any) -> None:
    """Load every configuration's tile."""
    for c in range(t.shape[0]):
        x = state.x[block.c0 + c, block.row0 : block.row0 + block.rows]
        load(t[c], x, parameters[:, block.c0 + c], centre, block.j0, block.width, block.rows)


def end(tiles: Any, state: Any, block: Any) -> None:
    """Hand on x, the energy and the spread of a tile."""
    width = block.width
    row0 = block.row0
    for c in range(tiles.shape[0]):
        t = tiles[c]
        x = state.x[block.c0 + c]
        energy = state.energy[block.c0 + c]
        spread = state.spread[block.c0 + c]
        for row in range(block.rows):
            for j in range(width):
                x[row0 + row, block.j0 + j] = t[row * width + j]
            energy[row0 + row] = add_row(energy[row0 + row], t, ENERGY + row * width, width)
            spread[row0 + row] = add_row(spread[row0 + row], t, SPREAD + row * width, width)


def keep_paths(paths: Any, tiles: Any, block: Any) -> None:
    """x of every configuration into paths (C, R, d)."""
    for c in range(tiles.shape[0]):
        for i in range(block.rows * block.width):
            paths[block.c0 + c, block.row0 + i // block.width, block.j0 + i % block.width] = tiles[
                c, i
            ]


def over_rounds(
    refresh: Any,
    local_step: Any,
    f: Any,
    h: Any,
    r: Any,
    value: Any,
    correlate: Any,
    fill: Any,
    fill_second: Any,
    plan: Any,
    lv: Any,
    records: Any,
    tiles: Any,
    samples: Any,
    lanes: Any,
    lanes_second: Any,
    block: Any,
) -> None:
    """All rounds of one phase on one tile."""
    rows = block.rows
    width = block.width
    record = 0
    n = rows * width
    row0 = block.row0
    row1 = block.row0 + rows
    c0 = block.c0
    c1 = block.c0 + tiles.shape[0]
    for t in range(1, plan.T + 1):
        round_ = plan.before + t
        begin_round(
            refresh,
            r,
            correlate,
            fill,
            fill_second,
            plan,
            lv,
            tiles,
            samples,
            n,
            lanes,
            lanes_second,
            t,
        )
        if plan.follow or round_ == 1:
            for c in range(tiles.shape[0]):
                add_spread(tiles[c], n)
        due = record < records.rounds.size and records.rounds[record] == round_
        at = records.first + record
        local = records.local[at if due else 0, : plan.K if due else 0, c0:c1, row0:row1]
        local_steps(
            local_step, f, h, fill, plan, lv, tiles, samples, n, lanes, round_, local, rows, width
        )
        if due:
            measure(f, value, tiles, n, records.sums[:, at, c0:c1, row0:row1], rows, width)
            if records.paths.shape[0]:
                keep_paths(records.paths[at], tiles, block)
            record += 1


for _piece in (begin_round, local_steps, measure, begin, end, keep_paths, over_rounds):
    known(_piece, inline=False)


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
    """The compiled loop of one phase over the tiles of the replicas [r0, r1) and some
    configurations from c0 on; the replicas' numbers in the counter are from first_replica on."""
    functions = (refresh, local_step, f, h, r, value, correlate)
    for function in functions:
        known(function)
    fill = FILL[standard]
    fill_second = FILL[second]
    per_block = PER_BLOCK[standard]
    per_second = PER_BLOCK[second]

    def phase(
        plan: Any,
        lv: Any,
        state: Any,
        records: Any,
        parameters: Any,
        centre: Any,
        tiles: Any,
        samples: Any,
        room: Any,
        room_second: Any,
        first_replica: int,
        c0: int,
        r0: int,
        r1: int,
    ) -> None:
        dim = centre.size
        for j0 in range(0, dim, TILE):
            width = min(TILE, dim - j0)
            most = max(1, TILE // width)
            for row0 in range(r0, r1, most):
                rows = min(most, r1 - row0)
                block = Block(c0, row0, rows, j0, width)
                number = np.uint64(first_replica + row0)
                lanes = aim(room, per_block, j0, width, number, rows)
                lanes_second = aim(room_second, per_second, j0, width, number, rows)
                begin(tiles, state, block, parameters, centre)
                over_rounds(
                    refresh,
                    local_step,
                    f,
                    h,
                    r,
                    value,
                    correlate,
                    fill,
                    fill_second,
                    plan,
                    lv,
                    records,
                    tiles,
                    samples,
                    lanes,
                    lanes_second,
                    block,
                )
                end(tiles, state, block)

    return compiled(
        phase, keep=all(function.__module__.startswith("auxtheory.") for function in functions)
    )
