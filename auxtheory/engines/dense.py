"""Exact moments when Hessians do not commute: one covariance of all coordinates, in the eigenbasis of A.

The state is z = x − x*, D = x − x_prev and e = m − ∇r(x): the small things by themselves, so that a start along a flat
direction, where z is large and ∇f small, costs no digits. Means are carried apart from covariances for the same reason.
"""

from __future__ import annotations

import numpy as np

from auxtheory.engines.collapsed import Collapsed, transposed
from auxtheory.engines.moments import Case, Start
from auxtheory.units import FloatArray


class DenseMoments:
    """Non-commuting case: means (C, d) and the full covariance of the stacked vector (z, D, e), shape (C, 3d, 3d).

    With θ = g A + (y − 1) I + (c − g) R, K local steps move z by D = S q + noise, where q = θ z + c e + the drift.
    """

    def __init__(self, case: Case, start: Start) -> None:
        self.case = case
        count, d = case.z0.shape
        self.d = d
        self.z, zz = start
        self.D = np.zeros_like(self.z)
        self.e = np.zeros_like(self.z)
        self.cov = np.zeros((count, 3 * d, 3 * d))
        self.cov[:, :d, :d] = zz
        self.rounds = 0
        self.energy_of_means = np.zeros(count)
        self.covariances = np.zeros((count, 2 * d, 2 * d))  # of (z, e) before the local steps, summed over rounds
        self._collapse()

    def _collapse(self) -> None:
        case, rules, d = self.case, self.case.rules, self.d
        shift, g, c, mixed = (v[:, :, None] for v in (rules.drift_x, rules.g, rules.c, rules.drift_b))
        eye, A = np.eye(d), _diagonal(case.A)
        self.steps = Collapsed.make(shift * eye + g * (A - case.R), case.A, case.noise_local, case.K)
        self.theta = shift * eye + g * A + mixed * case.R
        moved = self.steps.S @ self.theta
        self.map = np.concatenate([
            np.concatenate([eye + moved, c * self.steps.S], axis=-1),
            np.concatenate([moved, c * self.steps.S], axis=-1),
        ], axis=-2)  # fmt: skip
        root = self.steps.energy
        self.root = np.concatenate([root[..., :d] + root[..., d:] @ self.theta, c * root[..., d:]], axis=-1)

    def _mixed(self, z: FloatArray, variance: FloatArray) -> FloatArray:
        """Σ over coordinates of independent noise of this variance (C, d) in the original axes, in the eigenbasis."""
        basis = self.case.basis
        if basis is None:
            return _diagonal(variance)
        return transposed(basis) @ (variance[:, :, None] * basis)

    def _squares(self, mean: FloatArray, cov: FloatArray) -> FloatArray:
        """E x_i² of each original coordinate i, of a vector known in the eigenbasis."""
        basis = self.case.basis
        if basis is None:
            return np.maximum(np.einsum("cii->ci", cov), 0.0) + mean**2
        own = np.einsum("cij,cij->ci", basis @ cov, basis)
        return np.maximum(own, 0.0) + (basis @ mean[..., None])[..., 0] ** 2

    def _buffer_noise(self, both: FloatArray, prev: FloatArray, batch: float) -> FloatArray:
        """Covariance of a refresh's noise, of g_r at x and at x_prev with these sums and weights, (C, 1)."""
        case, d = self.case, self.d
        noise = _diagonal(both**2 * case.noise_r / batch + np.zeros_like(self.z))
        if not np.any(case.s_r):
            return noise
        zz, zD, DD = self.cov[:, :d, :d], self.cov[:, :d, d : 2 * d], self.cov[:, d : 2 * d, d : 2 * d]
        w, v = both[:, :, None], prev[:, :, None]
        cov = w**2 * zz - w * v * (zD + transposed(zD)) + v**2 * DD
        return noise + self._mixed(self.z, case.s_r**2 / batch * self._squares(both * self.z - prev * self.D, cov))

    def first_buffer(self) -> None:
        rules = self.case.rules
        noise = self._buffer_noise(rules.first, np.zeros_like(rules.first), self.case.B)
        none = np.zeros_like(rules.first)
        self._refreshed(rules.first - 1.0, none, none, self.case.first_drift, noise)

    def refresh(self) -> None:
        rules = self.case.rules
        noise = self._buffer_noise(rules.both, rules.prev, 1.0)
        self._refreshed(rules.drift, -rules.kept, rules.m, self.case.refresh_drift, noise)

    def _refreshed(self, of_z: FloatArray, of_D: FloatArray, m: FloatArray, drift: FloatArray, noise: FloatArray) -> None:
        """e ← of_z R z + of_D R D + m e + drift + noise."""
        case, d = self.case, self.d
        parts = [(i, weight[:, :, None] * case.R) for i, weight in enumerate((of_z, of_D)) if np.any(weight)]
        e, row = m * self.e + drift, m[:, :, None] * self.cov[:, 2 * d :, :]
        for i, matrix in parts:
            e = e + (matrix @ (self.z, self.D)[i][..., None])[..., 0]
            row = row + matrix @ self.cov[:, i * d : (i + 1) * d, :]
        own = m[:, :, None] * row[..., 2 * d :] + noise
        for i, matrix in parts:
            own = own + row[..., i * d : (i + 1) * d] @ transposed(matrix)
        self.e = e
        self.cov[:, 2 * d :, : 2 * d] = row[..., : 2 * d]
        self.cov[:, : 2 * d, 2 * d :] = transposed(row[..., : 2 * d])
        self.cov[:, 2 * d :, 2 * d :] = own

    def local_steps(self) -> None:
        case, rules, d, steps = self.case, self.case.rules, self.d, self.steps
        pick = np.r_[0:d, 2 * d : 3 * d]
        cov = self.cov[:, pick[:, None], pick]
        pushed = rules.c * self.e + case.local_drift
        q = (self.theta @ self.z[..., None])[..., 0] + pushed
        self.rounds += 1
        self.energy_of_means += np.sum((steps.energy @ np.concatenate([self.z, q], axis=-1)[..., None]) ** 2, (-1, -2))
        self.covariances += cov
        noise = steps.V
        if np.any(case.s_local):
            squares = self._squares(self.z, cov[:, :d, :d])
            noise = noise + self._mixed(self.z, (rules.g * case.s_local) ** 2 * squares)
        half = self.map @ cov
        self.cov[:, : 2 * d, 2 * d :] = half[..., d:]
        self.cov[:, 2 * d :, : 2 * d] = transposed(half[..., d:])
        self.cov[:, : 2 * d, : 2 * d] = half @ transposed(self.map) + np.tile(noise, (2, 2))
        self.D = (steps.S @ q[..., None])[..., 0]
        self.z = (self.map[:, :d, :d] @ self.z[..., None] + steps.S @ pushed[..., None])[..., 0]

    def energy(self) -> FloatArray:
        of_noise = np.einsum("cij,cij->c", self.root @ self.covariances, self.root)
        return np.asarray(self.energy_of_means + np.maximum(of_noise, 0.0) + self.steps.energy_of_noise * self.rounds)

    @property
    def _square(self) -> FloatArray:
        """E z² of each eigenvector; rounding must not make a variance negative."""
        return np.maximum(np.einsum("cii->ci", self.cov[:, : self.d, : self.d]), 0.0) + self.z**2

    def gap(self) -> FloatArray:
        return np.asarray(0.5 * np.sum(self.case.A * self._square, axis=-1))

    def grad_sq(self) -> FloatArray:
        return np.asarray(np.sum(self.case.A**2 * self._square, axis=-1))

    def spread(self) -> FloatArray:
        return np.asarray(np.sum(self._square, axis=-1))

    def local_spreads(self) -> tuple[FloatArray, FloatArray]:
        raise NotImplementedError("multiplicative noise at several local points of a dense pair is refused")

    def second_moment(self) -> Start:
        return self.z, self.cov[:, : self.d, : self.d]


def _diagonal(values: FloatArray) -> FloatArray:
    """Diagonal matrices (C, d, d) of vectors (C, d)."""
    return values[:, :, None] * np.eye(values.shape[-1])
