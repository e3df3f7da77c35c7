"""Rounds of a correction buffer whose K local steps are one draw, on independent coordinates.

A tile of replicas × coordinates stays in cache for all rounds. A coordinate has z = x − x*, w = c
(m − ∇r(x*)) and p = x_prev − x*. A refresh is w ← m w + r z + q p + w₀ + noise, and the K local
steps after it z ← P z + S v + noise of the variance of all K, v being w and what a step adds to z.
Σ E y² over the points that they start from is a quadratic form of (z, v). The numbers of these
maps are rows of the tile; those of the exact recursion are computed in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels import propagation
from auxtheory.kernels.arguments import of_the_library
from auxtheory.kernels.coordinate import refresh_noise
from auxtheory.kernels.cpu.draw import FILL, MOST_AHEAD, PER_BLOCK, aim, cleared, room
from auxtheory.kernels.cpu.tile import Block, add_rows, copy, repeat, type_of_samples
from auxtheory.kernels.cpu.traced import wide
from auxtheory.kernels.jit import compiled, known
from auxtheory.random.counter import COLLAPSED, CURVATURE_R, F_SAMPLE, H_SAMPLE

# Numbers in one row of a tile, whose rows nearly fit a first-level cache; whole groups of a sum.
TILE = 256
# The rows of a tile: the state; the maps of a coordinate; and, from SUMS on, sums along the run.
STATE = "z", "w", "p", "work", "square"
MAPS = (
    "r",
    "q",
    "drift",
    "constant",
    "P",
    "S",
    "root",
    "variance",
    "more_zz",
    "more_zw",
    "more_ww",
    "total_zz",
    "total_zw",
    "total_ww",
)
# The maps of the first buffer, r and drift, follow those of MAPS; they are in no row.
SUMS = len(STATE) + len(MAPS)
Z, W, PAST, WORK, SQUARE, R, Q, DRIFT, CONSTANT, P, S, ROOT = (i * TILE for i in range(12))
VARIANCE, MORE_ZZ, MORE_ZW, MORE_WW, TOTAL_ZZ, TOTAL_ZW, TOTAL_WW = (
    i * TILE for i in range(12, SUMS)
)


class Plan(NamedTuple):
    """The integers of one phase: its number of rounds, the samples of the first buffer (0: exact),
    the rounds before it, and which samples are drawn (0 or 1): those of f or h, the second one, the
    multiplicative one, and that of the local steps, whose variance may depend on the state; whether
    z² is summed at every refresh rather than at the first of the run only."""

    T: int
    B: int
    before: int
    additive: int
    correlated: int
    multiplicative: int
    local: int
    local_multiplicative: int
    follow: int


# The numbers of a configuration, the columns of `levels`: m of the refresh; the factors of its
# additive noise in the first round and later; those of its multiplicative noise, of z in the first
# round, and of z and p later; and the levels of the samples.
LEVELS = "m", "first", "additive", "s_first", "s_z", "s_p", "scale_f", "scale_h", "rho", "rest"
M, FIRST_NOISE, NOISE, S_FIRST, S_Z, S_P, SCALE_F, SCALE_H, RHO, REST = range(len(LEVELS))


class Scales(NamedTuple):
    """The levels of the samples of one configuration."""

    scale_f: Any
    scale_h: Any
    rho: Any
    rest: Any


class Measures(NamedTuple):
    """What is measured: for each measure the weights of z² by coordinate (measures, C, d), and its
    source, a sum along the run or −1 for E z² at the end of a round; for each sum the weights of
    the rounds (T, sums), and whether it is over local iterates (1) or over the ends of rounds (0).

    The first sum is that of G, and the second that of z² at refreshes; both have no weights.
    """

    weights: Any
    source: Any
    by_round: Any
    local: Any


class Records(NamedTuple):
    """The recorded rounds of the phase, its first record, the measures at all records (measures,
    records, C, R), those at the end of the phase (measures, C, R), and x − x* (records or 0, C, R,
    d)."""

    rounds: Any
    first: int
    sums: Any
    totals: Any
    paths: Any


class Workspace(NamedTuple):
    """Working arrays of one thread: a tile for each configuration, samples, and lanes of the law
    and of its partner."""

    tiles: Any
    first: Any
    second: Any
    factor: Any
    lanes: Any
    lanes_second: Any


def workspace(count: int, sums: int, laws: tuple[str, str], key: tuple[Any, Any]) -> Workspace:
    """Working arrays for some configurations."""
    rows = SUMS + sums
    samples = [cleared(TILE, type_of_samples(laws)) for _ in range(3)]
    lanes = [room(law, [key]) for law in laws]
    for each in lanes:
        # A round takes one sample of each kind.
        each[MOST_AHEAD] = 1
    tiles = cleared(count * rows * TILE).reshape(count, rows * TILE)
    return Workspace(tiles, *samples, *lanes)


refreshed = known(propagation.mean_refreshed)
weighed = known(propagation.weighed)


def load(tile: Any, z: Any, maps: Any, c: int, block: Any) -> None:
    """Load a configuration's z (R, d) and the maps of its coordinates; sums begin at 0."""
    for row in range(block.rows):
        copy(tile, Z + row * block.width, z[block.row0 + row], block)
    for number in range(len(MAPS)):
        repeat(tile, (len(STATE) + number) * TILE, maps[number, c], block)
    tile[W:R] = 0.0
    tile[SUMS * TILE :] = 0.0


def scales_of(level: Any) -> Any:
    """The levels of a sample of g_r as numbers, which a loop keeps in registers."""
    return Scales(level[SCALE_F], level[SCALE_H], level[RHO], level[REST])


def add_sample(
    correlate: Any, t: Any, first: Any, second: Any, factor: Any, n: int, level: Any
) -> None:
    """Add a sample of the first buffer to the sums of its noise."""
    scales = scales_of(level)
    for i in range(n):
        t[W + i] += refresh_noise(correlate, first[i], second[i], scales)
        t[PAST + i] += factor[i]


def begin_buffer(t: Any, r: Any, drift: Any, level: Any, B: int, block: Any) -> None:
    """The first buffer, w ← r z + w₀ + the mean of B samples of the noise."""
    for row in range(block.rows):
        for j in range(block.width):
            i = row * block.width + j
            z = t[Z + i]
            noise = level[FIRST_NOISE] * t[W + i] + level[S_FIRST] * t[PAST + i] * z
            t[W + i] = r[block.j0 + j] * z + drift[block.j0 + j] + noise / max(B, 1)
            t[PAST + i] = z


def refresh(correlate: Any, t: Any, first: Any, second: Any, n: int, level: Any) -> None:
    """w ← m w + r z + q p + w₀ + noise."""
    wide()
    m, factor, scales = level[M], level[NOISE], scales_of(level)
    for i in range(n):
        w = refreshed(m, t[R + i], t[Q + i], t[DRIFT + i], t[Z + i], t[W + i], t[PAST + i])
        t[W + i] = w + factor * refresh_noise(correlate, first[i], second[i], scales)


def refresh_multiplicative(t: Any, factor: Any, n: int, level: Any) -> None:
    """Add the multiplicative noise of a refresh to w."""
    s_z, s_p = level[S_Z], level[S_P]
    for i in range(n):
        t[W + i] += (s_z * t[Z + i] + s_p * t[PAST + i]) * factor[i]


def add_spread(t: Any, n: int) -> None:
    """Add z² to its sum."""
    for i in range(n):
        t[(SUMS + 1) * TILE + i] += t[Z + i] * t[Z + i]


def local_steps(t: Any, sample: Any, n: int) -> None:
    """All local steps of a round, with noise of one variance; `work` becomes Σ E y², and `square`
    E z² after them."""
    wide()
    for i in range(n):
        z = t[Z + i]
        v = t[W + i] + t[CONSTANT + i]
        squares = weighed(t[TOTAL_ZZ + i], t[TOTAL_ZW + i], t[TOTAL_WW + i], z * z, z * v, v * v)
        t[WORK + i] = squares
        t[SUMS * TILE + i] += squares
        t[PAST + i] = z
        mean = t[P + i] * z + t[S + i] * v
        t[SQUARE + i] = mean * mean + t[VARIANCE + i]
        t[Z + i] = mean + t[ROOT + i] * sample[i]


def local_steps_multiplicative(t: Any, sample: Any, n: int) -> None:
    """The same with a variance that depends on the state."""
    for i in range(n):
        z = t[Z + i]
        v = t[W + i] + t[CONSTANT + i]
        zz, zw, ww = z * z, z * v, v * v
        squares = weighed(t[TOTAL_ZZ + i], t[TOTAL_ZW + i], t[TOTAL_WW + i], zz, zw, ww)
        more = weighed(t[MORE_ZZ + i], t[MORE_ZW + i], t[MORE_WW + i], zz, zw, ww)
        t[WORK + i] = squares
        t[SUMS * TILE + i] += squares
        t[PAST + i] = z
        variance = max(more + t[VARIANCE + i], 0.0)
        mean = t[P + i] * z + t[S + i] * v
        t[SQUARE + i] = mean * mean + variance
        t[Z + i] = mean + np.sqrt(variance) * sample[i]


def add_sums(t: Any, n: int, weights: Any, local: Any) -> None:
    """Add to the further sums: Σ E y² of the round, or E z² at its end."""
    for number in range(2, local.size):
        weight = weights[number]
        sum_ = (SUMS + number) * TILE
        if local[number]:
            for i in range(n):
                t[sum_ + i] += weight * t[WORK + i]
        else:
            for i in range(n):
                t[sum_ + i] += weight * t[SQUARE + i]


def measure(sums: Any, t: Any, weights: Any, sources: Any, block: Any) -> None:
    """Add the measures of a tile, of weights (measures, d), to sums (measures, rows)."""
    for number in range(sources.size):
        source = sources[number]
        for row in range(block.rows):
            for j in range(block.width):
                i = row * block.width + j
                square = t[SQUARE + i]
                if source >= 0:
                    square = t[(SUMS + source) * TILE + i]
                t[WORK + i] = weights[number, block.j0 + j] * square
        add_rows(sums[number], t, WORK, block)


def keep_path(path: Any, t: Any, block: Any) -> None:
    """Write a tile's z into path (R, d)."""
    for row in range(block.rows):
        for j in range(block.width):
            path[block.row0 + row, block.j0 + j] = t[Z + row * block.width + j]


known(scales_of)
for _piece in (
    load,
    add_sample,
    begin_buffer,
    refresh,
    refresh_multiplicative,
    add_spread,
    local_steps,
    local_steps_multiplicative,
    add_sums,
    measure,
    keep_path,
):
    known(_piece, inline=False)


def take_samples(
    correlate: Any, tiles: Any, work: Any, levels: Any, c0: int, n: int, t: int
) -> None:
    """Add the samples that were drawn to the first buffer of every configuration, or refresh its
    buffer with them."""
    for c in range(tiles.shape[0]):
        if t == 1:
            add_sample(correlate, tiles[c], work.first, work.second, work.factor, n, levels[c0 + c])
        else:
            refresh(correlate, tiles[c], work.first, work.second, n, levels[c0 + c])


def begin_steps(
    plan: Any, tiles: Any, factor: Any, levels: Any, maps: Any, block: Any, t: int
) -> None:
    """What follows the samples of a refresh, in every configuration."""
    n = block.rows * block.width
    for c in range(tiles.shape[0]):
        level = levels[block.c0 + c]
        if t == 1:
            of_first = maps[len(MAPS) :, block.c0 + c]
            begin_buffer(tiles[c], of_first[0], of_first[1], level, plan.B, block)
        elif plan.multiplicative:
            refresh_multiplicative(tiles[c], factor, n, level)
        if plan.follow or plan.before + t == 1:
            add_spread(tiles[c], n)


def take_steps(plan: Any, tiles: Any, sample: Any, by: Any, n: int, t: int) -> None:
    """The local steps of every configuration."""
    for c in range(tiles.shape[0]):
        if plan.local_multiplicative:
            local_steps_multiplicative(tiles[c], sample, n)
        else:
            local_steps(tiles[c], sample, n)
        add_sums(tiles[c], n, by.by_round[t - 1], by.local)


def read_off(sums: Any, tiles: Any, by: Any, block: Any) -> None:
    """Add the measures of every configuration to sums (measures, C, R)."""
    for c in range(tiles.shape[0]):
        of_tile = sums[:, block.c0 + c, block.row0 : block.row0 + block.rows]
        measure(of_tile, tiles[c], by.weights[:, block.c0 + c], by.source, block)


def keep_points(points: Any, tiles: Any, block: Any) -> None:
    """Write z of every configuration into points (C, R, d)."""
    for c in range(tiles.shape[0]):
        keep_path(points[block.c0 + c], tiles[c], block)


# Inlined, since each call that takes many arrays costs a second of compiling.
for _several in (take_samples, begin_steps, take_steps, read_off, keep_points):
    known(_several)


@cache
def rounds(correlate: Callable[..., Any], standard: str, second: str) -> Any:
    """The compiled loop of one phase over the tiles of some replicas and configurations, for a law
    and its partner."""
    known(correlate)
    (fill, per_block), (fill_second, per_second) = (
        (FILL[law], PER_BLOCK[law]) for law in (standard, second)
    )

    def phase(
        plan: Any, levels: Any, maps: Any, by: Any, state: Any, records: Any, work: Any, place: Any
    ) -> None:
        first, tiles, c0, dim = work.first, work.tiles, place.c0, state.shape[2]
        for j0 in range(0, dim, TILE):
            width = min(TILE, dim - j0)
            most = max(1, TILE // width)
            for row0 in range(place.r0, place.r1, most):
                rows = min(most, place.r1 - row0)
                n, block = rows * width, Block(c0, row0, rows, j0, width)
                number = np.uint64(place.first_replica + row0)
                aim(work.lanes, per_block, j0, width, number, rows)
                aim(work.lanes_second, per_second, j0, width, number, rows)
                for c in range(tiles.shape[0]):
                    load(tiles[c], state[c0 + c], maps, c0 + c, block)
                record = 0
                for t in range(1, plan.T + 1):
                    round_ = plan.before + t
                    for b in range(plan.B if t == 1 else 1):
                        if plan.additive:
                            fill(first[:n], work.lanes, 0, round_, b * 8 + F_SAMPLE)
                        if plan.correlated:
                            second, lanes = work.second[:n], work.lanes_second
                            fill_second(second, lanes, 0, round_, b * 8 + H_SAMPLE)
                        if plan.multiplicative:
                            fill(work.factor[:n], work.lanes, 0, round_, b * 8 + CURVATURE_R)
                        take_samples(correlate, tiles, work, levels, c0, n, t)
                    begin_steps(plan, tiles, work.factor, levels, maps, block, t)
                    if plan.local:
                        fill(first[:n], work.lanes, 0, round_, COLLAPSED)
                    take_steps(plan, tiles, first, by, n, t)
                    if record < records.rounds.size and records.rounds[record] == round_:
                        at = records.first + record
                        read_off(records.sums[:, at], tiles, by, block)
                        if records.paths.shape[0]:
                            keep_points(records.paths[at], tiles, block)
                        record += 1
                read_off(records.totals, tiles, by, block)
                keep_points(state, tiles, block)

    return compiled(phase, keep=of_the_library(correlate))
