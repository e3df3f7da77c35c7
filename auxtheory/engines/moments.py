"""Mean and covariance of (x, x_prev, m) under an affine recursion, coordinate by coordinate or densely.

Everything is centred: z = x − x*, p = x_prev − x*, u = m − ∇r(x*). The K local steps of a round are collapsed in
closed form. Without a constant term the recursion of second moments is that of covariances, so the start is then
taken as a random vector of mean 0 with the same second moments, and no mean is carried at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from auxtheory.engines.recursion import Recursion
from auxtheory.posynomial import FloatArray


@dataclass(frozen=True, eq=False)
class Case:
    """One phase on a slice of C configurations; vectors (C, d), matrices (C, d) or (C, d, d), levels (C, 1)."""

    A: FloatArray
    R: FloatArray
    b: FloatArray
    z0: FloatArray
    x_star: FloatArray
    sigma_r: FloatArray
    s_r: FloatArray
    sigma_local: FloatArray
    s_local: FloatArray
    rules: Recursion
    K: int
    B: float
    means: bool  # whether some phase of the run adds a constant, so that means are carried apart from covariances

    @cached_property
    def multiplicative(self) -> bool:
        return bool(np.any(self.s_r) or np.any(self.s_local))

    @cached_property
    def refresh_drift(self) -> FloatArray:
        """The constant that a refresh adds to u."""
        return self.rules.drift * self.b

    @cached_property
    def local_drift(self) -> FloatArray:
        """The constant that a local step adds to z."""
        return self.rules.drift_x * self.x_star + self.rules.drift_b * self.b

    @cached_property
    def first_drift(self) -> FloatArray:
        return (self.rules.first - 1.0) * self.b

    @cached_property
    def drifts(self) -> bool:
        """Whether any constant enters this phase."""
        return any(bool(np.any(v)) for v in (self.refresh_drift, self.local_drift, self.first_drift))

    @property
    def noise_r(self) -> FloatArray:
        """Variance of one coordinate of the additive refresh noise."""
        return self.sigma_r**2 / self.z0.shape[-1]

    @property
    def noise_local(self) -> FloatArray:
        """Variance that one local step adds to one coordinate."""
        return (self.rules.g * self.sigma_local) ** 2 / self.z0.shape[-1]


class Moments(Protocol):
    """The state of the recursion and what can be read off it; each reading has shape (C,)."""

    def first_buffer(self) -> None: ...
    def refresh(self) -> None: ...
    def local_steps(self) -> None: ...
    def energy(self) -> FloatArray:
        """Σ E‖∇f(y)‖² over all local iterates so far."""

    def gap(self) -> FloatArray: ...
    def grad_sq(self) -> FloatArray: ...
    def spread(self) -> FloatArray: ...
    def second_moment(self) -> tuple[FloatArray, FloatArray]:
        """Mean and covariance of z."""


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


class DenseMoments:
    """Non-commuting case: the mean and the full covariance of the stacked vector (z, p, u), shape (C, 3d, 3d)."""

    def __init__(self, case: Case, before: Moments | None = None) -> None:
        self.case = case
        count, d = case.z0.shape
        self.d, eye = d, np.eye(d)
        z, zz = (case.z0, np.zeros((count, d, d))) if before is None else before.second_moment()
        self.mean = np.concatenate([z, z, np.zeros_like(z)], axis=-1)
        self.cov = np.zeros((count, 3 * d, 3 * d))
        for i in (0, d):
            for j in (0, d):
                self.cov[:, i : i + d, j : j + d] = zz
        self.total = np.zeros(count)
        m, diff, prev = (v[:, :, None] for v in (case.rules.m, case.rules.diff, case.rules.prev))
        self.F = self._stacked([[eye, 0, 0], [0, eye, 0], [diff * case.R, prev * case.R, m * eye]])
        self._collapse(eye)

    def _stacked(self, blocks: list[list[FloatArray | int]]) -> FloatArray:
        d, out = self.d, np.zeros((len(self.mean), 3 * self.d, 3 * self.d))
        for i, row in enumerate(blocks):
            for j, block in enumerate(row):
                out[:, i * d : (i + 1) * d, j * d : (j + 1) * d] = block
        return out

    def _collapse(self, eye: FloatArray) -> None:
        """K local steps at once: y_k = P_k z + S_k w + noise of covariance V_k; the energy as one quadratic form."""
        case, rules = self.case, self.case.rules
        y, g, c = (v[:, :, None] for v in (rules.y, rules.g, rules.c))
        alpha = y * eye + g * (case.A - case.R)
        P, S, V = eye + np.zeros_like(alpha), np.zeros_like(alpha), np.zeros_like(alpha)
        A2 = case.A @ case.A
        self.form = np.zeros((len(self.mean), 2 * self.d, 2 * self.d))
        self.form_noise = np.zeros(len(self.mean))
        for _ in range(case.K):
            step = np.concatenate([P, S], axis=-1)
            self.form += np.swapaxes(step, -1, -2) @ A2 @ step
            self.form_noise += np.sum(A2 * V, axis=(-1, -2))
            P, S = alpha @ P, alpha @ S + eye
            V = alpha @ V @ np.swapaxes(alpha, -1, -2) + case.noise_local[:, :, None] * eye
        self.S, self.V, self.c = S, V, c
        self.J = self._stacked([[P, 0, c * S], [eye, 0, 0], [0, 0, eye]])

    def _buffer_noise(self, sensitivity: FloatArray, additive: FloatArray) -> FloatArray:
        """Covariance of the refresh noise; sensitivity (C, 1, 2) weighs z and p in the multiplicative part."""
        d, case = self.d, self.case
        pair = self.cov[:, : 2 * d, : 2 * d] + self.mean[:, : 2 * d, None] * self.mean[:, None, : 2 * d]
        zz, zp, pp = (np.einsum("cii->ci", pair[:, i : i + d, j : j + d]) for i, j in ((0, 0), (0, d), (d, d)))
        w = sensitivity
        sampled = w[..., 0] ** 2 * zz + 2 * w[..., 0] * w[..., 1] * zp + w[..., 1] ** 2 * pp
        return (additive + case.s_r**2 * sampled)[:, :, None] * np.eye(d)

    def first_buffer(self) -> None:
        case, d = self.case, self.d
        first = case.rules.first[:, :, None]
        source = np.concatenate([first * case.R, np.zeros_like(case.R)], axis=-1)
        self.mean[:, 2 * d :] = (source[:, :, :d] @ self.mean[:, :d, None])[..., 0] + case.first_drift
        cross = source @ self.cov[:, : 2 * d, : 2 * d]
        noise = self._buffer_noise(np.concatenate([first, 0 * first], axis=-1), case.rules.first**2 * case.noise_r)
        self.cov[:, 2 * d :, : 2 * d], self.cov[:, : 2 * d, 2 * d :] = cross, np.swapaxes(cross, -1, -2)
        self.cov[:, 2 * d :, 2 * d :] = cross @ np.swapaxes(source, -1, -2) + noise / case.B

    def refresh(self) -> None:
        case, d = self.case, self.d
        diff, prev = case.rules.diff[:, :, None], case.rules.prev[:, :, None]
        additive = (case.rules.diff + case.rules.prev) ** 2 * case.noise_r
        noise = self._buffer_noise(np.concatenate([diff, prev], axis=-1), additive)
        self.mean = (self.F @ self.mean[..., None])[..., 0]
        self.mean[:, 2 * d :] += case.refresh_drift
        self.cov = self.F @ self.cov @ np.swapaxes(self.F, -1, -2)
        self.cov[:, 2 * d :, 2 * d :] += noise

    def local_steps(self) -> None:
        case, d = self.case, self.d
        pick = np.r_[0:d, 2 * d : 3 * d]
        c = case.rules.c[:, :, None]
        scale = np.concatenate([np.ones_like(self.mean[:, :d]), np.broadcast_to(c[..., 0], self.mean[:, :d].shape)], -1)
        mean = self.mean[:, pick] * scale
        mean[:, d:] += case.local_drift
        raw = self.cov[:, pick][:, :, pick] * scale[:, :, None] * scale[:, None, :] + mean[:, :, None] * mean[:, None]
        self.total += np.sum(self.form * raw, axis=(-1, -2)) + self.form_noise
        sampled = (case.rules.g * case.s_local) ** 2 * np.einsum("cii->ci", raw[:, :d, :d])
        self.mean = (self.J @ self.mean[..., None])[..., 0]
        self.mean[:, :d] += (self.S @ case.local_drift[..., None])[..., 0]
        self.cov = self.J @ self.cov @ np.swapaxes(self.J, -1, -2)
        self.cov[:, :d, :d] += self.V + sampled[:, :, None] * np.eye(d)

    def energy(self) -> FloatArray:
        return self.total.copy()

    def _raw(self) -> FloatArray:
        z, zz = self.second_moment()
        return zz + z[:, :, None] * z[:, None, :]

    def gap(self) -> FloatArray:
        return np.asarray(0.5 * np.sum(self.case.A * self._raw(), axis=(-1, -2)))

    def grad_sq(self) -> FloatArray:
        return np.asarray(np.sum((self.case.A @ self.case.A) * self._raw(), axis=(-1, -2)))

    def spread(self) -> FloatArray:
        return np.asarray(np.einsum("cii->c", self._raw()))

    def second_moment(self) -> tuple[FloatArray, FloatArray]:
        return self.mean[:, : self.d], self.cov[:, : self.d, : self.d]
