"""Pairs of two coordinates whose Hessians do not commute, and noise along one direction.

The Hessian of f is diagonal. That of r has its eigenvectors turned by an angle, and the noise lies
along another one: measures are linear in the covariance of the noise, so that the worst one of a
given σ has rank one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.quadratic.bias import bias_map, worst_bias
from auxtheory.typing import FloatArray

ANGLES = "gap_angle", "noise_angle"
# Values of a dense pair and of its noise, which replace the angles.
DENSE_ENTRIES = "r_cross", "n_flat", "n_steep"


@dataclass(frozen=True, kw_only=True, eq=False)
class Directed(Gaussian):
    """Gaussian noise along one direction for each configuration, of which only the exact engine
    takes covariances.

    Args:
        direction: Unit vectors, shape (C, 2).
    """

    direction: FloatArray = field(default_factory=lambda: np.zeros((1, 2)))

    @property
    def shaped(self) -> bool:
        return True

    @property
    def shape_axes(self) -> int:
        return 2

    def additive(self, kind: Literal["f", "h", "r"], dim: int) -> FloatArray:
        level = {"f": self.sigma_f, "h": self.sigma_h, "r": self.sigma_r}[kind]
        return self._along(np.square(level))

    def cross(self, dim: int) -> FloatArray:
        return self._along(np.asarray(self.correlation) * self.sigma_f * self.sigma_h)

    def _along(self, size: Any) -> FloatArray:
        n = self.direction
        return np.asarray(np.reshape(size, (-1, 1, 1)) * n[:, :, None] * n[:, None, :])


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DenseBatch(QuadraticPair):
    """A grid of dense pairs with diagonal A, whose bias is found for all of them together."""

    def bias(self) -> tuple[FloatArray, FloatArray]:
        b = self.b
        positive = np.min(self.eigenvalues, axis=-1) > 0
        A = np.where(self.eigenvalues > 0, self.eigenvalues, 1.0)
        C = self.R / A[:, None, :]
        kappa = np.where(positive, np.linalg.norm(C, 2, axis=(-2, -1)), np.inf)
        for i in np.flatnonzero(~positive):  # f is flat there, and r may be too
            C[i], kappa[i] = self._flat_map(int(i))
        length = np.linalg.norm(b, axis=-1)
        size = np.max(np.abs(self.R), axis=(-2, -1))
        turned = np.linalg.norm((self.R @ b[..., None])[..., 0], axis=-1)
        aligned = turned > 1e-14 * np.where(size * length > 0, size * length, np.inf)
        beta = np.where(aligned & (kappa < 1 - 1e-6), kappa, np.where(aligned, 2.0, 1.0) * kappa**2)
        more = np.zeros(len(b))
        for i in np.flatnonzero(aligned & np.isfinite(kappa)):
            more[i] = (C[i].T @ b[i]) @ worst_bias(C[i], b[i], beta[i])
        return beta, np.sqrt(length**2 + more)

    def _flat_map(self, i: int) -> tuple[FloatArray, float]:
        C, kappa = bias_map(
            np.diag(self.eigenvalues[i]), self.R[i], (self.eigenvalues[i], np.eye(2))
        )
        full = np.zeros((2, 2))
        full[:, : C.shape[1]] = C
        return full, kappa


def axis(degrees: Any) -> list[Any]:
    """The unit vector at this angle from the flat coordinate; whole quarters are exact."""
    turned = np.asarray(degrees, dtype=float)
    quarters = np.round(turned / 90.0)
    rest = np.deg2rad(turned - 90.0 * quarters)
    flat, steep = np.cos(rest), np.sin(rest)
    odd = quarters % 2 == 1
    sign = np.where(quarters % 4 >= 2, -1.0, 1.0)
    return [sign * np.where(odd, -steep, flat), sign * np.where(odd, flat, steep)]


def turned(eigenvalues: list[Any], degrees: Any) -> tuple[Any, Any, Any]:
    """The entries (flat, across, steep) of the matrix with these eigenvalues whose first
    eigenvector is at this angle from the flat coordinate."""
    first, second = eigenvalues
    c, s = axis(degrees)
    return first * c**2 + second * s**2, (first - second) * c * s, first * s**2 + second * c**2


def eigen(flat: float, across: float, steep: float) -> tuple[float, float, float]:
    """`turned` backwards: both eigenvalues, and the angle from 0 to 180."""
    values, vectors = np.linalg.eigh([[flat, across], [across, steep]])
    # The eigenvector nearest to the flat coordinate comes first.
    near = int(np.argmax(np.abs(vectors[0])))
    return float(values[near]), float(values[1 - near]), angle(*vectors[:, near])


def angle(flat: float, steep: float) -> float:
    """The angle of a line through 0, from 0 to 180 degrees."""
    return float(np.rad2deg(np.arctan2(steep, flat)) % 180.0)


def dense_pairs(
    spectrum: list[Any], gap: tuple[Any, Any, Any], start: list[Any], bias: list[Any]
) -> QuadraticPair:
    """The pairs of a batch as one grid; the parts of each in the order flat, steep."""
    arrays = np.broadcast_arrays(*map(np.asarray, (*spectrum, *gap, *start, *bias)))
    parts = [np.ravel(part).astype(float) for part in arrays]
    A, b, x = (np.stack(pair, axis=-1) for pair in (parts[:2], parts[7:], parts[5:7]))
    flat, across, steep = parts[2:5]
    R = np.stack([np.stack([flat, across], -1), np.stack([across, steep], -1)], axis=-2)
    return DenseBatch(
        A=A[:, :, None] * np.eye(2),
        R=R,
        b=b,
        start=x,
        minimiser=np.zeros(2),
        eigenvalues=A,
        gap_norm=np.abs(flat + steep) / 2 + np.hypot((flat - steep) / 2, across),
        basis=np.eye(2),
        description="a batch of the adversary's",
        grid=True,
    )


def dense_pair(
    spectrum: list[float], gap: tuple[float, float, float], start: list[float], bias: list[float]
) -> QuadraticPair:
    """One dense pair, made as a user would make it."""
    flat, across, steep = gap
    H = [[spectrum[0] - flat, -across], [-across, spectrum[1] - steep]]
    H = [[float(f"{entry:.15g}") + 0.0 for entry in row] for row in H]
    A = [[spectrum[0], 0.0], [0.0, spectrum[1]]]
    return Quadratic.from_matrices(A, H, h_b=bias if any(bias) else None, x0=start)


def shape_along(flat: float, steep: float) -> list[Any]:
    """The `shape` of noise along one direction, a vector where that is a coordinate."""
    if not flat or not steep:
        return [float(bool(flat)), float(bool(steep))]
    return [[flat * flat, flat * steep], [flat * steep, steep * steep]]


def directed_noise(levels: dict[str, Any], direction: list[Any], *, single: bool) -> Noise:
    """Noise along one direction, of one case as a user would make it, or of a batch."""
    if single:
        return Gaussian(**levels, shape=shape_along(*map(float, direction)))
    n = np.stack(np.broadcast_arrays(*map(np.atleast_1d, direction)), axis=-1)
    return Directed(**levels, direction=n / np.linalg.norm(n, axis=-1, keepdims=True))
