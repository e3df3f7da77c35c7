"""Exact moments when Hessians do not commute: one covariance of all coordinates, in the eigenbasis
of A.

The state is z = x − x*, D = x − x_prev and e = m − ∇r(x): small quantities are stored directly
rather than as differences, so that a start along a flat direction, where z is large and ∇f small,
loses no digits. Means are carried separately from covariances for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auxtheory.engines.exact.collapsed import Collapsed, transposed
from auxtheory.engines.exact.moments import PhaseArrays, Start
from auxtheory.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Refresh:
    """The refresh e ← G (z, D) + m e + drift + noise; G has shape (C, d, 2d), or is None if it is
    0, as for AuxMVR.

    The noise is additive, a covariance (C, d, d), and that of s_r ε ∘ (both x − prev D); levels are
    (C, 1).
    """

    G: FloatArray | None
    m: FloatArray
    drift: FloatArray
    additive: FloatArray
    diff_and_prev: FloatArray
    prev: FloatArray
    s: FloatArray

    @classmethod
    def of(cls, arrays: PhaseArrays, *, first: bool) -> Refresh:
        rules = arrays.rules
        none = 0.0 * arrays.rules.m
        batch = arrays.B if first else 1.0
        if first:
            of_z = rules.first - 1.0
            of_D = none
            m = none
            diff_and_prev = rules.first
            prev = none
            drift = arrays.first_drift
        else:
            of_z = rules.drift
            of_D = -rules.m_and_prev
            m = rules.m
            diff_and_prev = rules.diff_and_prev
            prev = rules.prev
            drift = arrays.refresh_drift
        weights = np.concatenate(
            [of_z[:, :, None] * arrays.R, of_D[:, :, None] * arrays.R], axis=-1
        )
        noise = arrays.noise_r
        additive = (
            diff_and_prev[:, :, None] ** 2 * noise / batch
            if noise.ndim == 3
            else diagonal(diff_and_prev**2 * noise / batch + np.zeros_like(arrays.z0))
        )
        return cls(
            G=weights if np.any(weights) else None,
            m=m,
            drift=drift,
            additive=additive,
            diff_and_prev=diff_and_prev,
            prev=prev,
            s=arrays.s_r / np.sqrt(batch),
        )


class DenseMoments:
    """Moments in the non-commuting case: means of z, D and e (C, d), covariances of (z, e) or (z,
    D), (C, 2d, 2d), and of e with them.

    With θ = g A + (y − 1) I + (c − g) R, K local steps move z by D = S (θ z + p) + noise, where p =
    c e + the drift.
    """

    def __init__(self, arrays: PhaseArrays, start: Start) -> None:
        self.arrays = arrays
        count, d = arrays.z0.shape
        self.d = d
        self.z, zz = start
        self.D = np.zeros_like(self.z)
        self.e = np.zeros_like(self.z)
        self.zD = np.zeros((count, 2 * d, 2 * d))
        self.zD[:, :d, :d] = zz
        self.zD_e = np.zeros((count, 2 * d, d))
        self.ee = np.zeros((count, d, d))
        self.ze = np.zeros((count, 2 * d, 2 * d))
        self.rounds = 0
        self.energy_of_means = np.zeros(count)
        # Σ over rounds of the moments of (z, e) before the local steps.
        self.covariances = np.zeros((count, 2 * d, 2 * d))
        self.multiplicative_r = bool(np.any(arrays.s_r))
        self.multiplicative_local = bool(np.any(arrays.s_local))
        self.first = Refresh.of(arrays, first=True)
        self.later = Refresh.of(arrays, first=False)
        self._collapse()

    def _collapse(self) -> None:
        """The maps of (z, p), or of (z, e), to (z, D) after K steps, and the roots of their
        energy."""
        arrays = self.arrays
        rules = self.arrays.rules
        d = self.d
        shift, g, mixed = (v[:, :, None] for v in (rules.drift_x, rules.g, rules.drift_b))
        eye = np.eye(d)
        A = diagonal(arrays.A)
        steps = Collapsed.make(
            shift * eye + g * (A - arrays.R), arrays.A, arrays.noise_local, arrays.K
        )
        theta = shift * eye + g * A + mixed * arrays.R
        moved = steps.S @ theta
        self.of_zp = np.concatenate(
            [
                np.concatenate([eye + moved, steps.S], axis=-1),
                np.concatenate([moved, steps.S], axis=-1),
            ],
            axis=-2,
        )
        root = steps.energy
        self.root_of_zp = np.concatenate(
            [root[..., :d] + root[..., d:] @ theta, root[..., d:]], axis=-1
        )
        scale = np.concatenate(
            [np.ones_like(arrays.z0), rules.c + np.zeros_like(arrays.z0)], axis=-1
        )[:, None, :]
        self.of_ze = scale * self.of_zp
        self.root_of_ze = scale * self.root_of_zp
        self.noise = np.tile(steps.V, (2, 2))
        self.energy_of_noise = steps.energy_of_noise

    def _in_the_basis(self, variance: FloatArray) -> FloatArray:
        """The covariance of independent noise of this variance (C, d) on the original axes, in the
        eigenbasis."""
        basis = self.arrays.basis
        return (
            diagonal(variance)
            if basis is None
            else transposed(basis) @ (variance[:, :, None] * basis)
        )

    def _squares(self, mean: FloatArray, cov: FloatArray) -> FloatArray:
        """E x_i² of each original coordinate i, of a vector known in the eigenbasis."""
        basis = self.arrays.basis
        if basis is None:
            return np.maximum(np.einsum("cii->ci", cov), 0.0) + mean**2
        variance = np.sum((basis @ cov) * basis, axis=-1)
        return np.maximum(variance, 0.0) + (basis @ mean[..., None])[..., 0] ** 2

    def _buffer_noise(self, rule: Refresh) -> FloatArray:
        if not self.multiplicative_r:
            return rule.additive
        d = self.d
        w = rule.diff_and_prev[:, :, None]
        v = rule.prev[:, :, None]
        zD = self.zD[:, :d, d:]
        cov = w**2 * self.zD[:, :d, :d] - w * v * (zD + transposed(zD)) + v**2 * self.zD[:, d:, d:]
        squares = self._squares(rule.diff_and_prev * self.z - rule.prev * self.D, cov)
        return rule.additive + self._in_the_basis(rule.s**2 * squares)

    def first_buffer(self) -> None:
        self._refresh(self.first)

    def refresh(self) -> None:
        self._refresh(self.later)

    def _refresh(self, rule: Refresh) -> None:
        d = self.d
        m = rule.m[:, :, None]
        self.e = rule.m * self.e + rule.drift
        e_zD = m * transposed(self.zD_e)
        ee = m * m * self.ee + self._buffer_noise(rule)
        if rule.G is not None:
            back = transposed(rule.G)
            self.e += (rule.G @ np.concatenate([self.z, self.D], axis=-1)[..., None])[..., 0]
            across = rule.G @ self.zD
            mixed = e_zD @ back
            ee += across @ back + mixed + transposed(mixed)
            e_zD = e_zD + across
        self.ee = ee
        self.ze[:, :d, :d] = self.zD[:, :d, :d]
        self.ze[:, d:, :d] = e_zD[..., :d]
        self.ze[:, :d, d:] = transposed(e_zD[..., :d])
        self.ze[:, d:, d:] = ee

    def local_steps(self) -> None:
        arrays = self.arrays
        d = self.d
        zp = np.concatenate([self.z, arrays.rules.c * self.e + arrays.local_drift], axis=-1)[
            ..., None
        ]
        self.rounds += 1
        self.energy_of_means += np.sum((self.root_of_zp @ zp) ** 2, axis=(-1, -2))
        self.covariances += self.ze
        half = self.of_ze @ self.ze
        self.zD = half @ transposed(self.of_ze) + self.noise
        if self.multiplicative_local:
            squares = self._squares(self.z, self.ze[:, :d, :d])
            self.zD += np.tile(
                self._in_the_basis((arrays.rules.g * arrays.s_local) ** 2 * squares), (2, 2)
            )
        # Rounding breaks the symmetry, and the refresh would feed the difference back: in some
        # stable runs it grows without bound.
        self.zD = (self.zD + transposed(self.zD)) / 2
        self.zD_e = half[..., d:]
        z_and_D = (self.of_zp @ zp)[..., 0]
        self.z = z_and_D[:, :d]
        self.D = z_and_D[:, d:]

    def energy(self) -> FloatArray:
        of_noise = np.einsum("cij,cij->c", self.root_of_ze @ self.covariances, self.root_of_ze)
        return np.asarray(
            self.energy_of_means + np.maximum(of_noise, 0.0) + self.energy_of_noise * self.rounds
        )

    @property
    def _square(self) -> FloatArray:
        """E z² of each eigenvector; rounding must not make a variance negative."""
        return np.maximum(np.einsum("cii->ci", self.zD[:, : self.d, : self.d]), 0.0) + self.z**2

    def gap(self) -> FloatArray:
        return np.asarray(0.5 * np.sum(self.arrays.A * self._square, axis=-1))

    def grad_sq(self) -> FloatArray:
        return np.asarray(np.sum(self.arrays.A**2 * self._square, axis=-1))

    def spread(self) -> FloatArray:
        return np.asarray(np.sum(self._square, axis=-1))

    def spread_sum(self, by_rounds: FloatArray) -> FloatArray:
        return by_rounds

    def local_spreads(self) -> tuple[FloatArray, FloatArray]:
        raise NotImplementedError(
            "multiplicative noise at several local points of a dense pair is refused"
        )

    def second_moment(self) -> Start:
        return self.z, self.zD[:, : self.d, : self.d]


def diagonal(values: FloatArray) -> FloatArray:
    """Diagonal matrices (C, d, d) of vectors (C, d)."""
    return values[:, :, None] * np.eye(values.shape[-1])
