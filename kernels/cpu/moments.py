"""The exact recursion on independent coordinates, compiled: a tile of them runs all rounds within
the first-level cache.

A lane is one coordinate of one configuration. Each lane is computed separately by the formulas of
`propagation`, and sums are taken in the order of the coordinates, so results do not depend on how
the configurations are split.
"""

from __future__ import annotations

import math
from typing import Any

from auxtheory.kernels import propagation
from auxtheory.kernels.cpu.collapse import collapse
from auxtheory.kernels.cpu.lanes import (
    FULL,
    LANES,
    PLAIN,
    REMEMBERING,
    Lanes,
    Levels,
    Moments,
    Part,
    Phase,
    Points,
    Spread,
    entry,
    room,
)
from auxtheory.kernels.cpu.rounds import (
    add_spreads,
    follow_spread,
    followed_round,
    full_round,
    plain_round,
    remembering_round,
)
from auxtheory.kernels.jit import compiled, known
from auxtheory.typing import FloatArray

__all__ = [
    "FULL",
    "LANES",
    "PLAIN",
    "REMEMBERING",
    "Lanes",
    "Levels",
    "Moments",
    "Phase",
    "Spread",
    "collapse",
    "room",
    "run_apart",
    "run_phase",
]

refresh_terms, step_terms, weighed = map(
    known,
    (
        propagation.refresh_terms,
        propagation.step_terms,
        propagation.weighed,
    ),
)


@compiled
def set_refresh(t: Any, part: Part, phase: Phase, B: float) -> None:
    """Set the terms of a refresh (B = 0), or of the first buffer, the mean of B samples."""
    levels = phase.levels
    lanes = phase.lanes
    for j in range(part.row, part.row + part.rows):
        m = levels.m[j]
        diff = levels.diff[j]
        prev = levels.prev[j]
        drifts = lanes.refresh_drift
        variance = levels.noise_r[j]
        s = levels.s_r[j]
        if B:
            m = 0.0
            diff = levels.first[j]
            prev = 0.0
            drifts = lanes.first_drift
            variance = variance / B
            s = s / math.sqrt(B)
        for k in range(part.columns):
            i = (j - part.row) * part.columns + k
            column = part.column + k
            t.m[i], t.r[i], t.q[i], t.n[i], t.s_z[i], t.s_p[i], t.drift[i] = refresh_terms(
                m,
                diff,
                prev,
                levels.c[j],
                entry(lanes.R, j, column),
                variance,
                s,
                entry(drifts, j, column),
            )


@compiled
def set_start(t: Any, part: Part, phase: Phase, moments: Moments) -> None:
    """Set the state before the first round, and the terms of a local step."""
    levels = phase.levels
    lanes = phase.lanes
    for j in range(part.row, part.row + part.rows):
        for k in range(part.columns):
            i = (j - part.row) * part.columns + k
            column = part.column + k
            mean = moments.z[j, column]
            square = moments.zz[j, column]
            if not phase.means:
                square = square + mean * mean
                mean = 0.0
            t.z[i] = t.p[i] = mean
            t.zz[i] = t.zp[i] = t.pp[i] = square
            t.w[i] = t.zw[i] = t.ww[i] = t.pw[i] = t.sum_zz[i] = t.sum_zw[i] = t.sum_ww[i] = 0.0
            A = entry(lanes.A, j, column)
            R = entry(lanes.R, j, column)
            t.A[i], t.constant[i], t.variance[i] = (
                A,
                entry(lanes.local_drift, j, column),
                levels.noise_local[j],
            )
            t.slope[i], t.alpha[i], t.epsilon[i] = step_terms(
                levels.y[j], levels.shift[j], levels.g[j], A, R, levels.s_local[j]
            )


@compiled
def add_measures(t: Any, part: Part, rounds: int, every: bool, out: FloatArray) -> None:
    """Add these coordinates' share of Σ E‖∇f(y)‖², the gap, E‖∇f‖² and Σ E‖x − x*‖² to `out`, shape
    (5, C).

    every: whether that last sum is over every local iterate.
    """
    for j in range(part.row, part.row + part.rows):
        energy = gap = grad_sq = spread = 0.0
        for k in range(part.columns):
            i = (j - part.row) * part.columns + k
            A = t.A[i]
            square = max(t.zz[i], 0.0) + t.z[i] * t.z[i]
            sums = weighed(
                t.total_zz[i], t.total_zw[i], t.total_ww[i], t.sum_zz[i], t.sum_zw[i], t.sum_ww[i]
            )
            sums = max(sums + t.total_n[i] * rounds, 0.0)
            energy += A * A * sums
            gap += 0.5 * A * square
            grad_sq += A * A * square
            spread += sums if every else t.sum_zz[i]
        out[0, j] += energy
        out[1, j] += gap
        out[2, j] += grad_sq
        out[3, j] += spread


@compiled
def run_tile(t: Any, part: Part, phase: Phase, spread: Spread, out: FloatArray) -> None:
    """Run all rounds of a phase on one tile, with measures after the rounds in `marks`."""
    marks = phase.marks
    used = part.rows * part.columns
    record = 0
    # Whole vectors: lanes beyond the last hold old values.
    padded = min(-(-used // 8) * 8, LANES)
    collapse(t, used, phase.K)
    for round_ in range(1, phase.T + 1):
        if round_ < 3:
            set_refresh(t, part, phase, phase.B if round_ == 1 else 0.0)
        if phase.form == PLAIN:
            plain_round(t, padded)
        elif phase.form == REMEMBERING:
            remembering_round(t, padded)
        elif spread.points:
            followed_round(t, padded)
            follow_spread(t, part, spread, padded)
        else:
            full_round(t, padded)
        if record < len(marks) and round_ == marks[record]:
            add_measures(t, part, round_, spread.points > 1, out[:, record])
            for j in range(part.row, part.row + part.rows):
                out[4, record, j] = spread.largest[j]
            record += 1


@compiled
def run_points(
    t: Any, part: Part, phase: Phase, points: Points, spread: Spread, record: int, out: FloatArray
) -> None:
    """Run some rounds of one tile, or some points of a single round; `record` is the first mark not
    yet reached."""
    marks = phase.marks
    padded = min(-(-part.columns // 8) * 8, LANES)
    for round_ in range(points.first, points.last):
        if points.begin == 0:
            if round_ < 3:
                set_refresh(t, part, phase, phase.B if round_ == 1 else 0.0)
            followed_round(t, padded)
        first = (round_ - points.first) * spread.points
        add_spreads(t, part, spread, first, points.begin, points.end, padded)
        if points.end == spread.points and record < len(marks) and round_ == marks[record]:
            add_measures(t, part, round_, spread.points > 1, out[:, record])
            record += 1


@compiled
def record_largest(
    points: Points, j: int, marks: Any, record: int, spread: Spread, out: FloatArray
) -> int:
    """Record the largest sum so far at the rounds in `marks`; return the number of marks
    reached."""
    for round_ in range(points.first, points.last):
        first = (round_ - points.first) * spread.points
        for k in range(first, first + points.end - points.begin):
            spread.largest[j] = max(spread.largest[j], spread.sums[k])
        if points.end == spread.points and record < len(marks) and round_ == marks[record]:
            out[4, record, j] = spread.largest[j]
            record += 1
    return record


@compiled
def run_apart(tiles: Any, phase: Phase, spread: Spread, moments: Moments, out: FloatArray) -> None:
    """`run_phase` where E‖x − x*‖² is followed and the coordinates of a configuration do not fit
    into a tile: all its tiles finish a block of points before any begins the next, so that memory
    is bounded."""
    count, d = moments.z.shape
    room_for = len(spread.sums)
    columns = -(-d // len(tiles))
    at_once = min(room_for, spread.points)
    rounds_at_once = max(1, room_for // spread.points)
    for row in range(count):
        record = 0
        for piece in range(len(tiles)):
            part = Part(row, 1, piece * columns, min(columns, d - piece * columns))
            set_start(tiles[piece], part, phase, moments)
            collapse(tiles[piece], part.columns, phase.K)
        for first in range(1, phase.T + 1, rounds_at_once):
            last = min(first + rounds_at_once, phase.T + 1)
            for begin in range(0, spread.points, at_once):
                points = Points(first, last, begin, min(begin + at_once, spread.points))
                spread.sums[:] = 0.0
                for piece in range(len(tiles)):
                    part = Part(row, 1, piece * columns, min(columns, d - piece * columns))
                    run_points(tiles[piece], part, phase, points, spread, record, out)
                record = record_largest(points, row, phase.marks, record, spread, out)
        for i in range(d):
            moments.z[row, i] = tiles[i // columns].z[i % columns]
            moments.zz[row, i] = tiles[i // columns].zz[i % columns]


@compiled
def run_phase(tile: Any, phase: Phase, spread: Spread, moments: Moments, out: FloatArray) -> None:
    """Run one phase and update the mean and covariance of every coordinate; `out` is an array of
    zeros, shape (5, records, C)."""
    t = tile[0]
    count, d = moments.z.shape
    pieces = -(-d // LANES)
    rows = max(1, LANES // d)
    columns = -(-d // pieces)
    for row in range(0, count, rows):
        for column in range(0, d, columns):
            part = Part(row, min(rows, count - row), column, min(columns, d - column))
            set_start(t, part, phase, moments)
            run_tile(t, part, phase, spread, out)
            for i in range(part.rows * part.columns):
                j = part.row + i // part.columns
                k = part.column + i % part.columns
                moments.z[j, k] = t.z[i]
                moments.zz[j, k] = t.zz[i]
