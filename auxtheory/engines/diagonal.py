"""Exact moments when Hessians are diagonal: every coordinate on its own, whole grids of configurations at once."""

from __future__ import annotations

import numpy as np

from auxtheory.engines.moments import Case, Moments
from auxtheory.units import FloatArray


class DiagonalMoments:
    """Commuting case: every coordinate has its own 3-vector and 3 × 3 matrix, held as arrays of shape (C, d)."""

    def __init__(self, case: Case, before: Moments | None = None) -> None:
        self.case = case
        z, zz = (case.z0 + 0.0, np.zeros_like(case.z0)) if before is None else before.second_moment()
        if not case.means:
            z, zz = np.zeros_like(z), zz + z * z
        self.z, self.u, self.p = z, np.zeros_like(z), z
        self.zz, self.zp, self.pp = zz + 0.0, zz, zz
        self.zu = self.uu = self.pu = np.zeros_like(z)
        self.sum_zz, self.sum_zu, self.sum_uu = (np.zeros_like(z) for _ in range(3))
        self.squares_zz, self.squares_zw, self.squares_ww = (np.zeros_like(z) for _ in range(3))
        self.rounds = 0
        # Whole arrays instead of columns: a broadcast product costs twice a contiguous one.
        self.m = case.rules.m + np.zeros_like(z)
        self.rR = case.rules.diff * case.R
        self.qR = case.rules.prev * case.R
        self.fresh = (case.rules.diff + case.rules.prev) ** 2 * case.noise_r + np.zeros_like(z)
        self.remembers = bool(np.any(case.rules.prev))
        self._collapse()

    def _collapse(self) -> None:
        """K local steps y ← αy + w + noise at once, with w = c·u + drift held fixed.

        E y_K = P E z + S E w and E y_K² = pp E z² + zw E zw + ww E w² + n; the *_sum are Σ over k < K of the same.
        """
        case, rules = self.case, self.case.rules
        alpha = rules.y + rules.g * (case.A - case.R)
        growth = alpha**2 + (rules.g * case.s_local) ** 2
        P, S = np.ones_like(alpha), np.zeros_like(alpha)
        four = (np.ones_like(alpha), np.zeros_like(alpha), np.zeros_like(alpha), np.zeros_like(alpha))
        sums = (np.zeros_like(alpha),) * 4
        for _ in range(case.K):
            sums = tuple(total + part for total, part in zip(sums, four, strict=True))  # type: ignore[assignment]
            zz, zw, ww, n = four
            four = (growth * zz, growth * zw + 2 * alpha * P, growth * ww + 2 * alpha * S + 1.0,
                    growth * n + case.noise_local)  # fmt: skip
            P, S = alpha * P, alpha * S + 1.0
        self.P, self.S = P, S
        c = rules.c
        self.g = c * S
        self.map_zz, self.map_zu, self.map_uu, self.map_n = four[0], c * four[1], c * c * four[2], four[3]
        self.total_zz, self.total_zw, self.total_ww, self.total_n = sums
        # Multiplicative noise turns a mean into covariance: what the moment map adds to the square of the mean.
        sampled = bool(np.any(case.s_local))
        self.mean_excess = (four[0] - P * P, four[1] - 2 * P * S, four[2] - S * S) if sampled else None

    def first_buffer(self) -> None:
        case = self.case
        first = case.rules.first
        raw = self.zz + self.z * self.z
        self.u = first * case.R * self.z + case.first_drift
        self.zu = first * case.R * self.zz
        self.uu = first**2 * (case.R**2 * self.zz + (case.noise_r + case.s_r**2 * raw) / case.B)

    def refresh(self) -> None:
        case, m, r, q = self.case, self.m, self.rR, self.qR
        zu = m * self.zu
        zu += r * self.zz
        inner = m * self.uu
        inner += r * self.zu
        if self.remembers:
            zu += q * self.zp
            inner += q * self.pu
        uu = m * inner
        uu += r * zu
        uu += self.fresh
        if self.remembers:
            pu = m * self.pu
            pu += r * self.zp
            pu += q * self.pp
            uu += q * pu
        if case.multiplicative:
            uu += case.s_r**2 * self._sampled(case.rules.diff, case.rules.prev)
        if case.means:
            self.u = m * self.u + r * self.z + q * self.p + case.refresh_drift
        self.zu, self.uu = zu, uu

    def _sampled(self, diff: FloatArray, prev: FloatArray) -> FloatArray:
        """E (diff·z + prev·p)², which multiplicative noise scales."""
        square = diff**2 * (self.zz + self.z * self.z)
        if self.remembers:
            square = square + 2 * diff * prev * (self.zp + self.z * self.p) + prev**2 * (self.pp + self.p * self.p)
        return np.asarray(square)

    def local_steps(self) -> None:
        zz, zu, uu = self.zz, self.zu, self.uu
        self.rounds += 1
        self.sum_zz += zz
        self.sum_zu += zu
        self.sum_uu += uu
        cross = self.P * zz
        cross += self.g * zu
        after = self.P * zu
        after += self.g * uu
        if self.mean_excess is None:
            self.zz = self.P * cross
            self.zz += self.g * after
        else:
            self.zz = self.map_zz * zz + self.map_zu * zu + self.map_uu * uu
        self.zz += self.map_n
        if self.remembers:
            self.zp, self.pp, self.pu = cross, zz, zu
        self.zu = after
        if self.case.means:
            self._move_means()

    def _move_means(self) -> None:
        z, w = self.z, self.case.rules.c * self.u + self.case.local_drift
        self.squares_zz += z * z
        self.squares_zw += z * w
        self.squares_ww += w * w
        if self.mean_excess is not None:
            self.zz += sum(e * v for e, v in zip(self.mean_excess, (z * z, z * w, w * w), strict=True))
        self.p, self.z = z, self.P * z + self.S * w

    def energy(self) -> FloatArray:
        c = self.case.rules.c
        squares = (
            self.total_zz * (self.sum_zz + self.squares_zz)
            + self.total_zw * (c * self.sum_zu + self.squares_zw)
            + self.total_ww * (c * c * self.sum_uu + self.squares_ww)
            + self.total_n * self.rounds
        )
        return np.asarray(np.sum(self.case.A**2 * squares, axis=-1))

    def gap(self) -> FloatArray:
        return np.asarray(0.5 * np.sum(self.case.A * (self.zz + self.z**2), axis=-1))

    def grad_sq(self) -> FloatArray:
        return np.asarray(np.sum(self.case.A**2 * (self.zz + self.z**2), axis=-1))

    def spread(self) -> FloatArray:
        return np.asarray(np.sum(self.zz + self.z**2, axis=-1))

    def second_moment(self) -> tuple[FloatArray, FloatArray]:
        return self.z, self.zz
