"""Exact moments when Hessians do not commute: one covariance of all coordinates."""

from __future__ import annotations

import numpy as np

from auxtheory.engines.moments import Case, Start
from auxtheory.units import FloatArray


class DenseMoments:
    """Non-commuting case: the mean and the full covariance of the stacked vector (z, p, u), shape (C, 3d, 3d)."""

    def __init__(self, case: Case, start: Start) -> None:
        self.case = case
        count, d = case.z0.shape
        self.d, eye = d, np.eye(d)
        z, zz = start
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

    def second_moment(self) -> Start:
        return self.mean[:, : self.d], self.cov[:, : self.d, : self.d]
