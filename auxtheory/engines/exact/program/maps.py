"""Affine maps of a state with noise, and what they do to its mean and covariance.

Leading axes are those of the form: (C, d) coordinate by coordinate, or (C,) with all coordinates in
one vector. A state is z, or z and 1: z̃ = (z, 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.typing import FloatArray


@dataclass(frozen=True, eq=False)
class Moments:
    """The mean (…, m) and the covariance (…, m, m) of a state."""

    mean: FloatArray
    cov: FloatArray

    @property
    def second(self) -> FloatArray:
        """E z̃ z̃ᵀ, (…, m + 1, m + 1)."""
        m = self.mean.shape[-1]
        out = np.ones((*self.mean.shape[:-1], m + 1, m + 1))
        out[..., :m, :m] = self.cov + self.mean[..., :, None] * self.mean[..., None, :]
        out[..., :m, m] = self.mean
        out[..., m, :m] = self.mean
        return out


@dataclass(frozen=True, eq=False)
class Point:
    """How the draw of one call acts at one of its points: z gains L (ε ∘ (R z̃ + n)), with L (…, m,
    e), R (…, e, m + 1), and n independent noise, by the variance of each entry (…, e)."""

    L: FloatArray
    R: FloatArray
    variance: FloatArray


@dataclass(frozen=True, eq=False)
class Map:
    """z ← M z + c + noise of covariance Q + the multiplicative draws, points of one call together.

    Args:
        M: (…, m_new, m).
        c: (…, m_new).
        Q: (…, m_new, m_new).
        draws: the points of each call with multiplicative noise.
    """

    M: FloatArray
    c: FloatArray
    Q: FloatArray
    draws: tuple[tuple[Point, ...], ...] = ()

    def __call__(self, state: Moments) -> Moments:
        """The moments after the map."""
        mean = _times(self.M, state.mean) + self.c
        cov = self.M @ state.cov @ _T(self.M) + self.Q
        if self.draws:
            second = state.second
            for points in self.draws:
                cov = cov + _multiplicative(points, second)
        return Moments(mean, (cov + _T(cov)) / 2)


def _multiplicative(points: Sequence[Point], second: FloatArray) -> FloatArray:
    """The covariance that the draws of one call add, which all its points share."""
    total: Any = 0.0
    for i, p in enumerate(points):
        for j, q in enumerate(points):
            between = np.einsum("...ea,...ab,...eb->...e", p.R, second, q.R)
            if i == j:
                between = np.maximum(between, 0.0) + p.variance
            total = total + (p.L * between[..., None, :]) @ _T(q.L)
    return np.asarray(total)


def mixture(maps: Sequence[tuple[Any, Map]], state: Moments) -> Moments:
    """The moments after one of several maps, each with its probability: a number, or one for each
    configuration."""
    if len(maps) == 1:
        return maps[0][1](state)
    after = [map_(state) for _, map_ in maps]
    shape = after[0].mean.ndim - 1

    def weight(p: Any) -> FloatArray:
        value = np.asarray(p, dtype=float)
        return value.reshape(value.shape + (1,) * shape) if value.ndim else value

    weights = [weight(p) for p, _ in maps]
    mean = np.asarray(sum(w * m.mean for w, m in zip(weights, after, strict=True)))
    cov: Any = 0.0
    for w, m in zip(weights, after, strict=True):
        off = m.mean - mean
        cov = cov + w[..., None] * (m.cov + off[..., :, None] * off[..., None, :])
    return Moments(mean, cov)


def _T(matrix: FloatArray) -> FloatArray:
    return np.swapaxes(matrix, -1, -2)


def _times(matrix: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray((matrix @ v[..., None])[..., 0])


@dataclass(frozen=True, eq=False)
class Repeated:
    """Several equal maps in a row, and sums of quadratic forms over the states they start from.

    Args:
        P: M̃ of all maps together, acting on z̃, (…, m + 1, m + 1).
        Q: the covariance that they add, (…, m, m).
        sums: for each form W (on z̃), the matrix S and the number q with Σ_k E z̃_kᵀ W z̃_k =
            tr(S E z̃ z̃ᵀ) + q, summed over the coordinates.
    """

    P: FloatArray
    Q: FloatArray
    sums: tuple[tuple[FloatArray, FloatArray], ...]

    @classmethod
    def of(cls, map_: Map, K: int, forms: Sequence[FloatArray]) -> Repeated:
        """K maps by doubling.

        Args:
            map_: a map without multiplicative draws.
            K: the number of maps.
            forms: the quadratic forms on z̃.

        Returns:
            The steps.
        """
        m = map_.M.shape[-1]
        P = np.zeros((*map_.M.shape[:-2], m + 1, m + 1))
        P[..., :m, :m] = map_.M
        P[..., :m, m] = map_.c
        P[..., m, m] = 1.0
        Q = np.broadcast_to(map_.Q, map_.M.shape)
        one = cls(P, Q, tuple((W, np.zeros(W.shape[:-2])) for W in forms))
        steps = one
        for digit in f"{K:b}"[1:]:
            steps = steps.then(steps)
            if digit == "1":
                steps = steps.then(one)
        return steps

    def then(self, other: Repeated) -> Repeated:
        """These steps followed by others."""
        m = self.Q.shape[-1]
        M = other.P[..., :m, :m]
        sums = []
        for (S, q), (S2, q2) in zip(self.sums, other.sums, strict=True):
            noise = np.sum(S2[..., :m, :m] * self.Q, axis=(-1, -2))
            sums.append((S + _T(self.P) @ S2 @ self.P, q + q2 + noise))
        return Repeated(other.P @ self.P, M @ self.Q @ _T(M) + other.Q, tuple(sums))

    @property
    def map(self) -> Map:
        """The steps as one map."""
        m = self.Q.shape[-1]
        return Map(self.P[..., :m, :m], self.P[..., :m, m], self.Q)


def valued(W: FloatArray, state: Moments) -> FloatArray:
    """E z̃ᵀ W z̃, (…): variance and mean apart, so that nothing cancels."""
    m = state.mean.shape[-1]
    variance = np.sum(W[..., :m, :m] * state.cov, axis=(-1, -2))
    full = np.concatenate([state.mean, np.ones((*state.mean.shape[:-1], 1))], axis=-1)
    of_mean = np.einsum("...a,...ab,...b->...", full, W, full)
    return np.asarray(np.maximum(variance, 0.0) + np.maximum(of_mean, 0.0))
