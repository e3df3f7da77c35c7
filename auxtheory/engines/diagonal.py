"""Exact moments when Hessians are diagonal: every coordinate on its own, whole grids of configurations at once.

`DiagonalMoments` works on NumPy arrays; `compiled_phase` hands the same formulas to a kernel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from auxtheory import propagation as formulas
from auxtheory.engines.moments import Case, Start
from auxtheory.units import FloatArray


class DiagonalMoments:
    """Commuting case, in arrays of shape (C, d): every coordinate has its own 3-vector and 3 × 3 matrix.

    The state and its formulas are those of `propagation`.
    """

    def __init__(self, case: Case, start: Start) -> None:
        self.case, rules = case, case.rules
        z, zz = start
        if not case.means:
            z, zz = np.zeros_like(z), zz + z * z
        self.z, self.w, self.p = z, np.zeros_like(z), z
        self.zz, self.zp, self.pp = zz + 0.0, zz, zz
        self.zw = self.ww = self.pw = np.zeros_like(z)
        self.sum_zz, self.sum_zw, self.sum_ww = (np.zeros_like(z) for _ in range(3))
        self.rounds = 0
        self.sampled = bool(np.any(case.s_local))
        none, variance, s = 0.0 * rules.m, case.noise_r / case.B, case.s_r / math.sqrt(case.B)
        self.first = self._refresh_terms(none, rules.first, none, variance, s, case.first_drift)
        self.later = self._refresh_terms(rules.m, rules.diff, rules.prev, case.noise_r, case.s_r, case.refresh_drift)
        self._collapse()

    def _refresh_terms(self, m: Any, diff: Any, prev: Any, variance: Any, s: Any, drift: Any) -> list[FloatArray]:
        """Whole arrays instead of columns: a broadcast product costs twice a contiguous one."""
        terms = formulas.refresh_terms(m, diff, prev, self.case.rules.c, self.case.R, variance, s, drift)
        return [term + np.zeros_like(self.z) for term in terms]

    def _collapse(self) -> None:
        """K local steps at once, and the weights of their energy."""
        case, rules = self.case, self.case.rules
        alpha, epsilon = formulas.step_terms(rules.y, rules.g, case.A, case.R, case.s_local)
        zero = np.zeros_like(alpha)
        steps: tuple[FloatArray, ...] = (zero + 1.0, zero, zero, zero, zero, zero)
        self.total = [zero, zero, zero, zero]
        for _ in range(case.K):
            self.total = [t + part for t, part in zip(self.total, formulas.squares(*steps), strict=True)]
            steps = formulas.one_more_step(alpha, epsilon, case.noise_local, *steps)
        self.P, self.S, zz, zw, ww, self.noise = steps
        self.more = zz, zw, ww

    def first_buffer(self) -> None:
        self._refresh(*self.first)

    def refresh(self) -> None:
        self._refresh(*self.later)

    def _refresh(self, m: Any, r: Any, q: Any, n: Any, s_z: Any, s_p: Any, drift: Any) -> None:
        if self.case.remembers:
            self.zw, self.ww, self.pw = formulas.refreshed_remembering(
                m, r, q, n, self.zz, self.zw, self.ww, self.zp, self.pp, self.pw
            )
        else:
            self.zw, self.ww = formulas.refreshed(m, r, n, self.zz, self.zw, self.ww)
        if self.case.multiplicative:
            z, p = self.z, self.p
            self.ww = self.ww + formulas.sampled(s_z, s_p, self.zz + z * z, self.zp + z * p, self.pp + p * p)
        if self.case.means:
            self.w = formulas.mean_refreshed(m, r, q, drift, self.z, self.w, self.p)

    def local_steps(self) -> None:
        zz, zw, ww, z = self.zz, self.zw, self.ww, self.z
        self.rounds += 1
        raw = zz, zw, ww
        if self.case.means:
            v = self.w + self.case.local_drift
            raw = zz + z * z, zw + z * v, ww + v * v
            self.p, self.z = z, self.P * z + self.S * v
        self.sum_zz += raw[0]
        self.sum_zw += raw[1]
        self.sum_ww += raw[2]
        self.zp, self.zw, self.zz = formulas.moved(self.P, self.S, self.noise, zz, zw, ww)
        if self.sampled:
            self.zz = self.zz + formulas.weighed(*self.more, *raw)
        self.pp, self.pw = zz, zw

    def energy(self) -> FloatArray:
        zz, zw, ww, n = self.total
        sums = formulas.weighed(zz, zw, ww, self.sum_zz, self.sum_zw, self.sum_ww)
        return np.asarray(np.sum(self.case.A**2 * (sums + n * self.rounds), axis=-1))

    def gap(self) -> FloatArray:
        return np.asarray(0.5 * np.sum(self.case.A * (self.zz + self.z**2), axis=-1))

    def grad_sq(self) -> FloatArray:
        return np.asarray(np.sum(self.case.A**2 * (self.zz + self.z**2), axis=-1))

    def spread(self) -> FloatArray:
        return np.asarray(np.sum(self.zz + self.z**2, axis=-1))

    def second_moment(self) -> Start:
        return self.z, self.zz


def compiled_phase(case: Case, T: int, marks: Sequence[int], start: Start) -> tuple[FloatArray, Start]:
    """What `run_phase` does, compiled."""
    from auxtheory.kernels import moments as kernel

    def lanes(array: FloatArray) -> FloatArray:
        return np.array(array[:1] if array.strides[0] == 0 else array, dtype=float, order="C")

    rules, d = case.rules, case.z0.shape[-1]
    kind = kernel.FULL if case.means or case.sampled else kernel.REMEMBERING if case.remembers else kernel.PLAIN
    levels = (rules.m, rules.diff, rules.prev, rules.first, rules.y, rules.g, rules.c, case.noise_r, case.s_r,
              case.noise_local, case.s_local)  # fmt: skip
    drifts = (case.first_drift, case.refresh_drift, case.local_drift) if case.means else (np.zeros((1, d)),) * 3
    z, zz, out = np.array(start[0], order="C"), np.array(start[1], order="C"), np.zeros((4, len(marks), len(case.z0)))
    own = kernel.Lanes(*map(lanes, (case.A, case.R, *drifts)))
    kernel.run_phase(
        kernel.room(), kind, case.means, float(case.B), case.K, T, np.array(marks, dtype=np.int64),
        kernel.Levels(*(np.array(level[:, 0]) for level in levels)), own, z, zz, out,
    )  # fmt: skip
    return out, (z, zz)
