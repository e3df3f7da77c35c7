"""One tile of replicas × coordinates of one configuration, and the operations of a round on it.

A tile is one array whose rows of TILE numbers hold x, m, the pair's parameters and so on, so that a
compiler sees that they do not overlap. The rules, the gradients and the law of noise are arguments.
Sums over coordinates are taken in groups of fixed size and order, so that no result depends on the
tile.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from auxtheory.kernels.coordinate import refresh_noise, stochastic_gradient
from auxtheory.kernels.cpu.draw import cleared
from auxtheory.kernels.jit import known
from auxtheory.random.counter import CURVATURE_R, F_SAMPLE, H_SAMPLE

# Numbers in one row of a tile: ten rows of float64 and the samples fit a first-level cache.
TILE = 256
GROUP = 128  # coordinates in a group that is summed separately
X, M, ENERGY, PREVIOUS, P, Q, S, CENTRE, WORK, SPREAD = (i * TILE for i in range(10))
ROWS = 10


class Block(NamedTuple):
    """The position of a tile: the first configuration, the replicas and the coordinates."""

    c0: int
    row0: int
    rows: int
    j0: int
    width: int


class Samples(NamedTuple):
    """A tile's random numbers: those of a refresh, its partner and the factor of z; those of a
    local step and its factor."""

    first: Any
    second: Any
    factor: Any
    local: Any
    local_factor: Any


class Generator(NamedTuple):
    """The functions that fill a tile with random numbers, for the law and for its partner, and the
    lanes each draws from."""

    fill: Any
    fill_second: Any
    lanes: Any
    lanes_second: Any


class Workspace(NamedTuple):
    """Working arrays of one thread: a tile for each configuration, random numbers, and room for
    their lanes."""

    tiles: Any
    samples: Any
    room: Any
    room_second: Any


def samples() -> Samples:
    """Allocate samples, all 0, which stay 0 where nothing is drawn."""
    return Samples(*(cleared(TILE) for _ in Samples._fields))


def tiles(count: int, dtype: str) -> Any:
    """One tile for each configuration."""
    return cleared(count * ROWS * TILE, dtype).reshape(count, ROWS * TILE)


def load(tile: Any, x: Any, parameters: Any, centre: Any, block: Any) -> None:
    """Load a configuration's rows of one tile from x (rows, d) and the parameters (3, d)."""
    for row in range(block.rows):
        for j in range(block.width):
            i = row * block.width + j
            k = block.j0 + j
            tile[X + i] = x[row, k]
            tile[P + i] = parameters[0, k]
            tile[Q + i] = parameters[1, k]
            tile[S + i] = parameters[2, k]
            tile[CENTRE + i] = centre[k]
            tile[ENERGY + i] = 0.0
            tile[SPREAD + i] = 0.0
            tile[M + i] = 0.0


def sum_of_group(tile: Any, first: int, end: int) -> float:
    """Σ tile[first:end] in eight sums side by side, of fixed order."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = first + (end - first) // 8 * 8
    for j in range(first, whole, 8):
        s0 = s0 + tile[j]
        s1 = s1 + tile[j + 1]
        s2 = s2 + tile[j + 2]
        s3 = s3 + tile[j + 3]
        s4 = s4 + tile[j + 4]
        s5 = s5 + tile[j + 5]
        s6 = s6 + tile[j + 6]
        s7 = s7 + tile[j + 7]
    for j in range(whole, end):
        s0 += tile[j]
    return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))


def add_row(start: Any, tile: Any, offset: int, width: int) -> Any:
    """start + the sum of a row, group after group."""
    for group in range(0, width, GROUP):
        start += sum_of_group(tile, offset + group, offset + min(group + GROUP, width))
    return start


def sample_refresh(generator: Any, plan: Any, samples: Any, n: int, round_: int, step: int) -> None:
    """Draw the samples of one g_r for n coordinates."""
    fill = generator.fill
    fill_second = generator.fill_second
    if plan.additive:
        fill(samples.first[:n], generator.lanes, round_, step * 8 + F_SAMPLE)
    if plan.correlated:
        fill_second(samples.second[:n], generator.lanes_second, round_, step * 8 + H_SAMPLE)
    if plan.multiplicative:
        fill(samples.factor[:n], generator.lanes, round_, step * 8 + CURVATURE_R)


def first_samples(rules: Any, tile: Any, samples: Any, n: int, level: Any, b: int) -> None:
    """Add the b-th sample of g_r(x⁰) to the buffer's sum."""
    for i in range(n):
        noise = refresh_noise(rules.correlate, samples.first[i], samples.second[i], level)
        z = tile[X + i] - tile[CENTRE + i]
        factor = level.s_r * samples.factor[i]
        g = stochastic_gradient(rules.r, z, tile[P + i], tile[Q + i], tile[S + i], noise, factor)
        tile[M + i] = g if b == 0 else tile[M + i] + g


def first_buffer(rules: Any, tile: Any, n: int, B: int) -> None:
    """The first buffer: the rule at a = 1 on the mean of B samples, or on ∇r(x⁰) if B = 0."""
    for i in range(n):
        z = tile[X + i] - tile[CENTRE + i]
        mean = tile[M + i] / B if B else rules.r(z, tile[P + i], tile[Q + i], tile[S + i])
        tile[M + i] = rules.refresh(mean, mean, mean, 1.0)
        tile[PREVIOUS + i] = tile[X + i]


def refresh_buffer(rules: Any, tile: Any, samples: Any, n: int, level: Any) -> None:
    """m ← refresh(m, g_r(x), g_r(x_prev), a) with one sample at both points."""
    for i in range(n):
        noise = refresh_noise(rules.correlate, samples.first[i], samples.second[i], level)
        p = tile[P + i]
        q = tile[Q + i]
        w = tile[S + i]
        z = tile[X + i] - tile[CENTRE + i]
        z_prev = tile[PREVIOUS + i] - tile[CENTRE + i]
        factor = level.s_r * samples.factor[i]
        g = stochastic_gradient(rules.r, z, p, q, w, noise, factor)
        g_prev = stochastic_gradient(rules.r, z_prev, p, q, w, noise, factor)
        tile[M + i] = rules.refresh(tile[M + i], g, g_prev, level.a)
        tile[PREVIOUS + i] = tile[X + i]


def plain_step(rules: Any, tile: Any, noise: Any, n: int, level: Any) -> None:
    """One local step, with additive noise only."""
    for i in range(n):
        y = tile[X + i]
        p = tile[P + i]
        q = tile[Q + i]
        w = tile[S + i]
        z = y - tile[CENTRE + i]
        g = rules.f(z, p, q, w)
        tile[ENERGY + i] += g * g
        gradient = rules.h(z, p, q, w) + level.scale_local * noise[i]
        tile[X + i] = rules.local_step(y, gradient, tile[M + i], level.eta)


def one_step(rules: Any, tile: Any, samples: Any, n: int, level: Any) -> None:
    """One local step with multiplicative noise; leaves (∇f)² of each coordinate in WORK."""
    for i in range(n):
        y = tile[X + i]
        p = tile[P + i]
        q = tile[Q + i]
        w = tile[S + i]
        z = y - tile[CENTRE + i]
        g = rules.f(z, p, q, w)
        tile[WORK + i] = g * g
        tile[ENERGY + i] += g * g
        noise = level.scale_local * samples.local[i]
        factor = level.s_local * samples.local_factor[i]
        gradient = stochastic_gradient(rules.h, z, p, q, w, noise, factor)
        tile[X + i] = rules.local_step(y, gradient, tile[M + i], level.eta)


def add_spread(tile: Any, n: int) -> None:
    """Add z² of each coordinate to its sum."""
    for i in range(n):
        z = tile[X + i] - tile[CENTRE + i]
        tile[SPREAD + i] += z * z


def apply_to_work(function: Any, tile: Any, n: int) -> None:
    """Write a function of z into WORK."""
    for i in range(n):
        z = tile[X + i] - tile[CENTRE + i]
        tile[WORK + i] = function(z, tile[P + i], tile[Q + i], tile[S + i])


for _piece in (
    load,
    sum_of_group,
    add_row,
    sample_refresh,
    first_samples,
    first_buffer,
    refresh_buffer,
    plain_step,
    one_step,
    add_spread,
    apply_to_work,
):
    known(_piece, inline=False)
