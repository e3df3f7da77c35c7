"""Exact moments for diagonal Hessians, for each coordinate separately and for whole grids of
configurations at once.

`DiagonalMoments` works on NumPy arrays; `compiled_phase` uses the same formulas in a compiled loop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from auxtheory.engines.exact.moments import PhaseArrays, Start
from auxtheory.kernels import propagation
from auxtheory.typing import FloatArray

# Coordinates in a group that compiled code sums separately: `kernels.lanes.LANES`.
COLUMNS = 128
FOLLOWED_AT_ONCE = 2**12  # points of which compiled code keeps E‖x − x*‖² at a time


class DiagonalMoments:
    """Moments in the commuting case, as arrays of shape (C, d): a mean of 3 numbers and a 3 × 3
    covariance for each coordinate.

    The state and its formulas are those of `propagation`.
    """

    def __init__(self, arrays: PhaseArrays, start: Start) -> None:
        self.arrays = arrays
        rules = arrays.rules
        z, zz = start
        if not arrays.means:
            z, zz = np.zeros_like(z), zz + z * z
        self.z = z
        self.w = np.zeros_like(z)
        self.p = z
        self.zz = zz + 0.0
        self.zp = zz
        self.pp = zz
        self.zw = self.ww = self.pw = np.zeros_like(z)
        self.sum_zz, self.sum_zw, self.sum_ww = (np.zeros_like(z) for _ in range(3))
        self.rounds = 0
        self.multiplicative_local = bool(np.any(arrays.s_local))
        none = 0.0 * rules.m
        variance = arrays.noise_r / arrays.B
        s = arrays.s_r / math.sqrt(arrays.B)
        self.first = self._refresh_terms(none, rules.first, none, variance, s, arrays.first_drift)
        self.later = self._refresh_terms(
            rules.m, rules.diff, rules.prev, arrays.noise_r, arrays.s_r, arrays.refresh_drift
        )
        self._collapse()

    def _refresh_terms(
        self, m: Any, diff: Any, prev: Any, variance: Any, s: Any, drift: Any
    ) -> list[FloatArray]:
        """The terms of a refresh as whole arrays, since a broadcast product takes twice as long as
        a contiguous one."""
        terms = propagation.refresh_terms(
            m, diff, prev, self.arrays.rules.c, self.arrays.R, variance, s, drift
        )
        return [term + np.zeros_like(self.z) for term in terms]

    def _collapse(self) -> None:
        """K local steps at once, and the weights of their energy, by doubling."""
        arrays = self.arrays
        rules = self.arrays.rules
        excess, alpha, epsilon = propagation.step_terms(
            rules.y, rules.drift_x, rules.g, arrays.A, arrays.R, arrays.s_local
        )
        self.one_step = alpha, epsilon
        one = propagation.one_step(excess, alpha, epsilon, arrays.noise_local)
        steps = one
        for digit in f"{arrays.K:b}"[1:]:
            steps = _joined(steps, steps)
            if digit == "1":
                steps = _joined(steps, one)
        _, self.P, self.S, zz, zw, ww, self.noise, *self.total = steps
        self.more = zz, zw, ww

    def first_buffer(self) -> None:
        self._refresh(*self.first)

    def refresh(self) -> None:
        self._refresh(*self.later)

    def _refresh(self, m: Any, r: Any, q: Any, n: Any, s_z: Any, s_p: Any, drift: Any) -> None:
        if self.arrays.remembers:
            previous = self.zp, self.pp, self.pw
            self.zw, self.ww, self.pw = propagation.refreshed_remembering(
                m, r, q, n, self.zz, self.zw, self.ww, previous
            )
        else:
            self.zw, self.ww = propagation.refreshed(m, r, n, self.zz, self.zw, self.ww)
        if self.arrays.multiplicative:
            z = self.z
            p = self.p
            self.ww = self.ww + propagation.multiplicative(
                s_z, s_p, self.zz + z * z, self.zp + z * p, self.pp + p * p
            )
        if self.arrays.means:
            self.w = propagation.mean_refreshed(m, r, q, drift, self.z, self.w, self.p)

    def local_steps(self) -> None:
        zz = self.zz
        zw = self.zw
        ww = self.ww
        z = self.z
        self.rounds += 1
        raw = zz, zw, ww
        if self.arrays.means:
            v = self.w + self.arrays.local_drift
            raw = zz + z * z, zw + z * v, ww + v * v
            self.p = z
            self.z = self.P * z + self.S * v
        self.sum_zz += raw[0]
        self.sum_zw += raw[1]
        self.sum_ww += raw[2]
        if self.arrays.multiplicative and self.arrays.points > 1:
            self._follow_points(*raw)
        self.zp, self.zw, self.zz = propagation.moved(self.P, self.S, self.noise, zz, zw, ww)
        if self.multiplicative_local:
            self.zz = self.zz + propagation.weighed(*self.more, *raw)
        self.pp = zz
        self.pw = zw

    def _follow_points(self, yy: FloatArray, yw: FloatArray, ww: FloatArray) -> None:
        """Follow E y² to the last point at which a local step takes its gradient."""
        alpha, epsilon = self.one_step
        self.largest_of_round = summed(yy)
        for _ in range(1, self.arrays.K):
            yy, yw = propagation.next_point(alpha, epsilon, self.arrays.noise_local, yy, yw, ww)
            self.largest_of_round = np.maximum(self.largest_of_round, summed(yy))

    def energy(self) -> FloatArray:
        return summed(self.arrays.A**2 * self._squares())

    def _squares(self) -> FloatArray:
        """Σ E y² over all local iterates so far, which rounding may not make negative."""
        zz, zw, ww, n = self.total
        sums = propagation.weighed(zz, zw, ww, self.sum_zz, self.sum_zw, self.sum_ww)
        return np.maximum(sums + n * self.rounds, 0.0)

    @property
    def _square(self) -> FloatArray:
        return np.maximum(self.zz, 0.0) + self.z**2

    def gap(self) -> FloatArray:
        return 0.5 * summed(self.arrays.A * self._square)

    def grad_sq(self) -> FloatArray:
        return summed(self.arrays.A**2 * self._square)

    def spread(self) -> FloatArray:
        return summed(self.zz + self.z**2)

    def spread_sum(self, _: FloatArray) -> FloatArray:
        return summed(self.sum_zz)

    def local_spreads(self) -> tuple[FloatArray, FloatArray]:
        return summed(self._squares()), self.largest_of_round

    def second_moment(self) -> Start:
        return self.z, self.zz


def summed(values: FloatArray) -> FloatArray:
    """Sums over the last axis in the order of compiled code, so that both forms give the same bits.

    NumPy's sum takes another order from eight terms on, along the axis that lies together in
    memory. So values of shape (C, d) are transposed, which for one configuration changes nothing.
    """
    count, d = values.shape
    width = -(-d // -(-d // COLUMNS))
    total = np.zeros(count)
    for first in range(0, d, width):
        part = values[:, first : first + width]
        row_by_row = (
            np.cumsum(part, axis=-1)[:, -1]
            if count == 1
            else np.sum(np.array(part.T, order="C"), axis=0)
        )
        total = total + row_by_row
    return total


def _joined(first: tuple[Any, ...], then: tuple[Any, ...]) -> tuple[Any, ...]:
    """`propagation.joined`, with P from P − 1 where that is more accurate."""
    excess, P, *others = propagation.joined(first, then)
    return excess, np.where(np.abs(excess) < 0.5, 1.0 + excess, P), *others


def compiled_phase(
    arrays: PhaseArrays, T: int, marks: Sequence[int], start: Start
) -> tuple[FloatArray, Start]:
    """The compiled form of `run_phase`."""
    from auxtheory.kernels.cpu import moments

    def lanes(array: FloatArray) -> FloatArray:
        return np.array(array[:1] if array.strides[0] == 0 else array, dtype=float, order="C")

    rules = arrays.rules
    count, d = arrays.z0.shape
    form = (
        moments.FULL
        if arrays.means or arrays.follows_spread
        else moments.REMEMBERING
        if arrays.remembers
        else moments.PLAIN
    )
    levels = (
        rules.m,
        rules.diff,
        rules.prev,
        rules.first,
        rules.y,
        rules.g,
        rules.c,
        arrays.noise_r,
        arrays.s_r,
        arrays.noise_local,
        arrays.s_local,
        rules.drift_x,
    )
    drifts = (
        (arrays.first_drift, arrays.refresh_drift, arrays.local_drift)
        if arrays.means
        else (np.zeros((1, d)),) * 3
    )
    z = np.array(start[0], order="C")
    zz = np.array(start[1], order="C")
    out = np.zeros((5, len(marks), count))
    points = arrays.points if arrays.follows_spread else 0
    apart = points > 0 and d > moments.LANES
    spread = moments.Spread(
        points, np.zeros(count), np.zeros(min(T * points, FOLLOWED_AT_ONCE) if apart else 0)
    )
    phase = moments.Phase(
        form,
        arrays.means,
        float(arrays.B),
        arrays.K,
        T,
        np.array(marks, dtype=np.int64),
        moments.Levels(*(np.array(level[:, 0]) for level in levels)),
        moments.Lanes(*map(lanes, (arrays.A, arrays.R, *drifts))),
    )
    state = moments.Moments(z, zz)
    if apart:
        moments.run_apart(moments.room(-(-d // moments.LANES)), phase, spread, state, out)
    else:
        moments.run_phase(moments.room(), phase, spread, state, out)
    return out, (z, zz)
