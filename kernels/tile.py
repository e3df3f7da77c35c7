"""One tile of replicas × coordinates of one configuration, and what a round does to it.

A tile is one array whose rows of TILE numbers hold x, m, the pair's parameters and so on, so that a
compiler sees that they do not overlap. The rules, the gradients and the law of noise come as
arguments: they are the library's own. Sums over coordinates are taken in groups of fixed size and
order, so that no result depends on the tile.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from auxtheory.kernels.coordinate import refresh_noise, refreshed, sampled
from auxtheory.kernels.draw import cleared
from auxtheory.kernels.jit import known
from auxtheory.noise import CURVATURE_R, F_SAMPLE, H_SAMPLE

# Numbers in one row of a tile: ten rows of float64 and the samples fit a first-level cache.
TILE = 256
GROUP = 128  # coordinates summed by themselves
X, M, ENERGY, PREVIOUS, P, Q, S, CENTRE, WORK, SPREAD = (i * TILE for i in range(10))
ROWS = 10


class Plan(NamedTuple):
    """One phase in whole numbers: its lengths, the rounds before it, and which samples it draws (0
    or 1)."""

    K: int
    T: int
    B: int  # 0: an exact first buffer
    before: int
    additive: int
    correlated: int
    sampled: int
    local: int
    local_sampled: int
    follow: int  # whether ‖z‖² is summed at every refresh, rather than at the first of the run only


class Levels(NamedTuple):
    """Step sizes and noise levels of each configuration, shape (C,): σ/√d, ρ and √(1 − ρ²), s."""

    eta: Any
    a: Any
    scale_f: Any
    scale_h: Any
    rho: Any
    rest: Any
    s_r: Any
    scale_local: Any
    s_local: Any


class State(NamedTuple):
    """What phases hand on: x (C, R, d), Σ‖∇f‖² over local iterates and Σ‖z‖² over refreshes, (C, R)
    each."""

    x: Any
    energy: Any
    spread: Any


class Due(NamedTuple):
    """What is measured after this phase's rounds, of which the first stands at `first` in the
    arrays over all records: sums (4, n, C, R) of energy, gap, ‖∇f‖² and spread."""

    rounds: Any
    first: int
    sums: Any


class Records(NamedTuple):
    """Due, and further ‖∇f(y_k)‖² at the round's local steps, (n, K or 0, C, R), and x, (n or 0, C,
    R, d)."""

    rounds: Any
    first: int
    sums: Any
    local: Any
    paths: Any


class Block(NamedTuple):
    """Where a tile stands: the first configuration, the replicas and the coordinates."""

    c0: int
    row0: int
    rows: int
    j0: int
    width: int


class Samples(NamedTuple):
    """A tile's random numbers: of a refresh, its partner and the factor of z; of a local step, and
    its factor."""

    first: Any
    second: Any
    factor: Any
    local: Any
    local_factor: Any


def samples() -> Samples:
    """Zeros, where nothing is ever drawn."""
    return Samples(*(cleared(TILE) for _ in Samples._fields))


def tiles(count: int, dtype: str) -> Any:
    """One tile for each configuration."""
    return cleared(count * ROWS * TILE, dtype).reshape(count, ROWS * TILE)


def load(t: Any, x: Any, parameters: Any, centre: Any, j0: int, width: int, rows: int) -> None:
    """A configuration's rows of one tile from x (rows, d) and the parameters (3, d)."""
    for row in range(rows):
        for j in range(width):
            i = row * width + j
            t[X + i] = x[row, j0 + j]
            t[P + i], t[Q + i], t[S + i] = (
                parameters[0, j0 + j],
                parameters[1, j0 + j],
                parameters[2, j0 + j],
            )
            t[CENTRE + i] = centre[j0 + j]
            t[ENERGY + i] = 0.0
            t[SPREAD + i] = 0.0
            t[M + i] = 0.0


def sum_of_group(t: Any, first: int, end: int) -> float:
    """Σ t[first:end] in eight sums side by side, of fixed order."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = first + (end - first) // 8 * 8
    for j in range(first, whole, 8):
        s0 = s0 + t[j]
        s1 = s1 + t[j + 1]
        s2 = s2 + t[j + 2]
        s3 = s3 + t[j + 3]
        s4 = s4 + t[j + 4]
        s5 = s5 + t[j + 5]
        s6 = s6 + t[j + 6]
        s7 = s7 + t[j + 7]
    for j in range(whole, end):
        s0 += t[j]
    return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))


def add_row(start: Any, t: Any, offset: int, width: int) -> Any:
    """start + the sum of a row, group after group."""
    for group in range(0, width, GROUP):
        start += sum_of_group(t, offset + group, offset + min(group + GROUP, width))
    return start


def sample_refresh(
    fill: Any,
    fill_second: Any,
    plan: Any,
    samples: Any,
    n: int,
    lanes: Any,
    lanes_second: Any,
    round_: int,
    step: int,
) -> None:
    """The samples of one g_r."""
    if plan.additive:
        fill(samples.first[:n], lanes, round_, step * 8 + F_SAMPLE)
    if plan.correlated:
        fill_second(samples.second[:n], lanes_second, round_, step * 8 + H_SAMPLE)
    if plan.sampled:
        fill(samples.factor[:n], lanes, round_, step * 8 + CURVATURE_R)


def first_samples(
    r: Any, correlate: Any, t: Any, samples: Any, n: int, lv: Any, c: int, b: int
) -> None:
    """Add the b-th sample of g_r(x⁰) to the buffer's sum."""
    scale_f = lv.scale_f[c]
    scale_h = lv.scale_h[c]
    rho = lv.rho[c]
    rest = lv.rest[c]
    s = lv.s_r[c]
    for i in range(n):
        noise = refresh_noise(
            correlate, samples.first[i], samples.second[i], scale_f, scale_h, rho, rest
        )
        z = t[X + i] - t[CENTRE + i]
        g = sampled(r, z, t[P + i], t[Q + i], t[S + i], noise, s * samples.factor[i])
        t[M + i] = g if b == 0 else t[M + i] + g


def first_buffer(refresh: Any, r: Any, t: Any, n: int, B: int) -> None:
    """The rule at a = 1 on the mean of B samples, or on ∇r(x⁰) itself if B = 0."""
    for i in range(n):
        mean = t[M + i] / B if B else r(t[X + i] - t[CENTRE + i], t[P + i], t[Q + i], t[S + i])
        t[M + i] = refresh(mean, mean, mean, 1.0)
        t[PREVIOUS + i] = t[X + i]


def refresh_buffer(
    refresh: Any, r: Any, correlate: Any, t: Any, samples: Any, n: int, lv: Any, c: int
) -> None:
    """m ← refresh(m, g_r(x), g_r(x_prev), a) with one sample at both points."""
    scale_f = lv.scale_f[c]
    scale_h = lv.scale_h[c]
    rho = lv.rho[c]
    rest = lv.rest[c]
    s = lv.s_r[c]
    a = lv.a[c]
    for i in range(n):
        noise = refresh_noise(
            correlate, samples.first[i], samples.second[i], scale_f, scale_h, rho, rest
        )
        p = t[P + i]
        q = t[Q + i]
        w = t[S + i]
        z = t[X + i] - t[CENTRE + i]
        z_prev = t[PREVIOUS + i] - t[CENTRE + i]
        t[M + i] = refreshed(
            refresh, r, t[M + i], z, z_prev, p, q, w, noise, s * samples.factor[i], a
        )
        t[PREVIOUS + i] = t[X + i]


def plain_step(
    local_step: Any, f: Any, h: Any, t: Any, noise: Any, n: int, eta: Any, scale: Any
) -> None:
    """One local step, with additive noise only."""
    for i in range(n):
        y = t[X + i]
        p = t[P + i]
        q = t[Q + i]
        w = t[S + i]
        z = y - t[CENTRE + i]
        g = f(z, p, q, w)
        t[ENERGY + i] += g * g
        t[X + i] = local_step(y, h(z, p, q, w) + scale * noise[i], t[M + i], eta)


def one_step(
    local_step: Any, f: Any, h: Any, t: Any, samples: Any, n: int, lv: Any, c: int
) -> None:
    """The same with all noise there is; leaves (∇f)² of each coordinate in WORK."""
    eta = lv.eta[c]
    scale = lv.scale_local[c]
    s = lv.s_local[c]
    for i in range(n):
        y = t[X + i]
        p = t[P + i]
        q = t[Q + i]
        w = t[S + i]
        z = y - t[CENTRE + i]
        g = f(z, p, q, w)
        t[WORK + i] = g * g
        t[ENERGY + i] += g * g
        gradient = sampled(h, z, p, q, w, scale * samples.local[i], s * samples.local_factor[i])
        t[X + i] = local_step(y, gradient, t[M + i], eta)


def add_spread(t: Any, n: int) -> None:
    """Add z² of each coordinate to its sum."""
    for i in range(n):
        z = t[X + i] - t[CENTRE + i]
        t[SPREAD + i] += z * z


def apply_to_work(function: Any, t: Any, n: int) -> None:
    """A function of z into WORK."""
    for i in range(n):
        t[WORK + i] = function(t[X + i] - t[CENTRE + i], t[P + i], t[Q + i], t[S + i])


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
