"""The exact recursion on coordinates that do not see each other, compiled: a tile of them runs all rounds within L1.

A lane is one coordinate of one configuration. Every lane does the arithmetic of `propagation` alone, and its sums are
taken in the order of the coordinates, so no result depends on how the configurations were cut into parts.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from auxtheory import propagation
from auxtheory.kernels.jit import compiled, known
from auxtheory.units import FloatArray

LANES = 128
PLAIN, REMEMBERING, FULL = range(3)

STATE = "z", "w", "p", "zz", "zw", "ww", "zp", "pp", "pw", "sum_zz", "sum_zw", "sum_ww"
REFRESH = "m", "r", "q", "n", "s_z", "s_p", "drift"
LOCAL = "A", "P", "S", "noise", "more_zz", "more_zw", "more_ww", "constant"
COLLAPSE = "alpha", "epsilon", "variance", "total_zz", "total_zw", "total_ww", "total_n"
TILE = np.dtype([(name, np.float64, LANES) for name in (*STATE, *REFRESH, *LOCAL, *COLLAPSE)])

refresh_terms, step_terms, one_more_step, squares = map(known, (
    propagation.refresh_terms, propagation.step_terms, propagation.one_more_step, propagation.squares,
))  # fmt: skip
refreshed, refreshed_remembering, mean_refreshed, sampled, moved, weighed = map(known, (
    propagation.refreshed, propagation.refreshed_remembering, propagation.mean_refreshed, propagation.sampled,
    propagation.moved, propagation.weighed,
))  # fmt: skip


class Levels(NamedTuple):
    """What a phase is made of, one number per configuration."""

    m: FloatArray
    diff: FloatArray
    prev: FloatArray
    first: FloatArray
    y: FloatArray
    g: FloatArray
    c: FloatArray
    noise_r: FloatArray
    s_r: FloatArray
    noise_local: FloatArray
    s_local: FloatArray


class Lanes(NamedTuple):
    """What a phase is made of, coordinate by coordinate: shape (C, d), or (1, d) where all configurations agree."""

    A: FloatArray
    R: FloatArray
    first_drift: FloatArray
    refresh_drift: FloatArray
    local_drift: FloatArray


def room() -> Any:
    """A tile, its rows at the start of cache lines."""
    memory = np.zeros(TILE.itemsize + 64, dtype=np.uint8)
    begin = -memory.ctypes.data % 64
    return memory[begin : begin + TILE.itemsize].view(TILE)


@compiled
def plain_round(t: Any, lanes: int) -> None:
    """One round of a recursion without x_prev and without means, by lanes: a refresh, the sums, K local steps."""
    for i in range(lanes):
        zz = t.zz[i]
        zw, ww = refreshed(t.m[i], t.r[i], t.n[i], zz, t.zw[i], t.ww[i])
        t.sum_zz[i] += zz
        t.sum_zw[i] += zw
        t.sum_ww[i] += ww
        _, t.zw[i], t.zz[i] = moved(t.P[i], t.S[i], t.noise[i], zz, zw, ww)
        t.ww[i] = ww


@compiled
def remembering_round(t: Any, lanes: int) -> None:
    """The same with x_prev."""
    for i in range(lanes):
        zz = t.zz[i]
        zw, ww, _ = refreshed_remembering(
            t.m[i], t.r[i], t.q[i], t.n[i], zz, t.zw[i], t.ww[i], t.zp[i], t.pp[i], t.pw[i]
        )
        t.sum_zz[i] += zz
        t.sum_zw[i] += zw
        t.sum_ww[i] += ww
        t.zp[i], t.zw[i], t.zz[i] = moved(t.P[i], t.S[i], t.noise[i], zz, zw, ww)
        t.pp[i] = zz
        t.pw[i] = zw
        t.ww[i] = ww


@compiled
def full_round(t: Any, lanes: int) -> None:
    """The same with x_prev, means, and multiplicative noise."""
    for i in range(lanes):
        z, p, zz, zp, pp = t.z[i], t.p[i], t.zz[i], t.zp[i], t.pp[i]
        zw, ww, _ = refreshed_remembering(t.m[i], t.r[i], t.q[i], t.n[i], zz, t.zw[i], t.ww[i], zp, pp, t.pw[i])
        ww += sampled(t.s_z[i], t.s_p[i], zz + z * z, zp + z * p, pp + p * p)
        w = mean_refreshed(t.m[i], t.r[i], t.q[i], t.drift[i], z, t.w[i], p)
        v = w + t.constant[i]
        square, product, other = zz + z * z, zw + z * v, ww + v * v
        t.sum_zz[i] += square
        t.sum_zw[i] += product
        t.sum_ww[i] += other
        crossed, after, moved_zz = moved(t.P[i], t.S[i], t.noise[i], zz, zw, ww)
        t.zz[i] = moved_zz + weighed(t.more_zz[i], t.more_zw[i], t.more_ww[i], square, product, other)
        t.zp[i], t.zw[i], t.ww[i] = crossed, after, ww
        t.pp[i], t.pw[i] = zz, zw
        t.z[i], t.p[i], t.w[i] = t.P[i] * z + t.S[i] * v, z, w


@compiled
def collapse(t: Any, lanes: int, K: int) -> None:
    """K local steps at once."""
    for i in range(lanes):
        t.P[i] = 1.0
        t.S[i] = t.more_zz[i] = t.more_zw[i] = t.more_ww[i] = t.noise[i] = 0.0
        t.total_zz[i] = t.total_zw[i] = t.total_ww[i] = t.total_n[i] = 0.0
    for _ in range(K):
        for i in range(lanes):
            P, S, more_zz, more_zw, more_ww, n = t.P[i], t.S[i], t.more_zz[i], t.more_zw[i], t.more_ww[i], t.noise[i]
            zz, zw, ww, one = squares(P, S, more_zz, more_zw, more_ww, n)
            t.total_zz[i] += zz
            t.total_zw[i] += zw
            t.total_ww[i] += ww
            t.total_n[i] += one
            t.P[i], t.S[i], t.more_zz[i], t.more_zw[i], t.more_ww[i], t.noise[i] = one_more_step(
                t.alpha[i], t.epsilon[i], t.variance[i], P, S, more_zz, more_zw, more_ww, n
            )


class Part(NamedTuple):
    """The lanes of a tile: configurations [row, row + rows), of each the coordinates [column, column + columns)."""

    row: int
    rows: int
    column: int
    columns: int


@known
def of(array: FloatArray, row: int, column: int) -> Any:
    """A coordinate of a configuration, or of what all configurations share."""
    return array[min(row, len(array) - 1), column]


@compiled
def set_refresh(t: Any, part: Part, levels: Levels, lanes: Lanes, B: float) -> None:
    """The terms of a refresh, or of the mean of B samples that is the first buffer (B = 0: a refresh)."""
    for j in range(part.row, part.row + part.rows):
        m, diff, prev, drifts = levels.m[j], levels.diff[j], levels.prev[j], lanes.refresh_drift
        variance, s = levels.noise_r[j], levels.s_r[j]
        if B:
            m, diff, prev, drifts = 0.0, levels.first[j], 0.0, lanes.first_drift
            variance, s = variance / B, s / math.sqrt(B)
        for k in range(part.columns):
            i, column = (j - part.row) * part.columns + k, part.column + k
            t.m[i], t.r[i], t.q[i], t.n[i], t.s_z[i], t.s_p[i], t.drift[i] = refresh_terms(
                m, diff, prev, levels.c[j], of(lanes.R, j, column), variance, s, of(drifts, j, column)
            )


@compiled
def start(t: Any, part: Part, levels: Levels, lanes: Lanes, z: FloatArray, zz: FloatArray, means: bool) -> None:
    """The state before the first round, and the terms of a local step."""
    for j in range(part.row, part.row + part.rows):
        for k in range(part.columns):
            i, column = (j - part.row) * part.columns + k, part.column + k
            mean, square = z[j, column], zz[j, column]
            if not means:
                mean, square = 0.0, square + mean * mean
            t.z[i] = t.p[i] = mean
            t.zz[i] = t.zp[i] = t.pp[i] = square
            t.w[i] = t.zw[i] = t.ww[i] = t.pw[i] = t.sum_zz[i] = t.sum_zw[i] = t.sum_ww[i] = 0.0
            A, R = of(lanes.A, j, column), of(lanes.R, j, column)
            t.A[i], t.constant[i], t.variance[i] = A, of(lanes.local_drift, j, column), levels.noise_local[j]
            t.alpha[i], t.epsilon[i] = step_terms(levels.y[j], levels.g[j], A, R, levels.s_local[j])


@compiled
def read(t: Any, part: Part, rounds: int, out: FloatArray) -> None:
    """Add these coordinates' share of Σ E‖∇f(y)‖², the gap, E‖∇f‖² and Σ E‖x − x*‖² to `out`, shape (4, C)."""
    for j in range(part.row, part.row + part.rows):
        energy = gap = grad_sq = spread = 0.0
        for k in range(part.columns):
            i = (j - part.row) * part.columns + k
            A, square = t.A[i], t.zz[i] + t.z[i] * t.z[i]
            sums = weighed(t.total_zz[i], t.total_zw[i], t.total_ww[i], t.sum_zz[i], t.sum_zw[i], t.sum_ww[i])
            energy += A * A * (sums + t.total_n[i] * rounds)
            gap += 0.5 * A * square
            grad_sq += A * A * square
            spread += t.sum_zz[i]
        out[0, j] += energy
        out[1, j] += gap
        out[2, j] += grad_sq
        out[3, j] += spread


@compiled
def run_tile(
    t: Any, part: Part, form: int, B: float, K: int, T: int, marks: Any, levels: Levels, lanes: Lanes, out: FloatArray
) -> None:
    """All rounds of a phase on one tile, read off after the rounds in `marks`."""
    used, seen = part.rows * part.columns, 0
    padded = min(-(-used // 8) * 8, LANES)  # whole vectors: lanes beyond the last hold what was there before
    collapse(t, used, K)
    for round_ in range(1, T + 1):
        if round_ < 3:
            set_refresh(t, part, levels, lanes, B if round_ == 1 else 0.0)
        if form == PLAIN:
            plain_round(t, padded)
        elif form == REMEMBERING:
            remembering_round(t, padded)
        else:
            full_round(t, padded)
        if seen < len(marks) and round_ == marks[seen]:
            read(t, part, round_, out[:, seen])
            seen += 1


@compiled
def run_phase(
    tile: Any, form: int, means: bool, B: float, K: int, T: int, marks: Any,
    levels: Levels, lanes: Lanes, z: FloatArray, zz: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """One phase from mean z and covariance zz, shape (C, d), which it moves on; `out`: (4, records, C), zeros."""
    t, (count, d) = tile[0], z.shape
    pieces = -(-d // LANES)
    rows, columns = max(1, LANES // d), -(-d // pieces)
    for row in range(0, count, rows):
        for column in range(0, d, columns):
            part = Part(row, min(rows, count - row), column, min(columns, d - column))
            start(t, part, levels, lanes, z, zz, means)
            run_tile(t, part, form, B, K, T, marks, levels, lanes, out)
            for i in range(part.rows * part.columns):
                j, k = part.row + i // part.columns, part.column + i % part.columns
                z[j, k], zz[j, k] = t.z[i], t.zz[i]
