"""Affine maps of a state with noise, and what they do to its mean and covariance.

Leading axes are those of the form: (C, d) coordinate by coordinate, or (C,) with all coordinates in
one vector. A state is z, or z and 1: z̃ = (z, 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.engines.exact.repeated import Moments, Repeated, Squares, transformed
from auxtheory.typing import FloatArray


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
        excess: the diagonal of M without 1, (…, m), where it is known to more digits than M.
    """

    M: FloatArray
    c: FloatArray
    Q: FloatArray
    draws: tuple[tuple[Point, ...], ...] = ()
    excess: FloatArray | None = None

    def __call__(self, state: Moments) -> Moments:
        """The moments after the map."""
        mean = _times(self.M, state.mean) + self.c
        cov = self.M @ state.cov @ _T(self.M) + self.Q
        if self.draws:
            for points in self.draws:
                cov = cov + multiplicative(points, state)
        return Moments(mean, (cov + _T(cov)) / 2)

    def repeated(self, roots: Sequence[FloatArray]) -> Repeated:
        """The map, which has no draws, once, with the sum of ‖root z̃‖² for each of the roots."""
        excess = self.excess
        if excess is None:
            excess = np.einsum("...ii->...i", self.M) - 1.0
        P = np.concatenate([self.M, self.c[..., None]], axis=-1)
        return Repeated(P=P, excess=excess, Q=self.Q, sums=tuple(map(Squares.of, roots)))


def multiplicative(points: Sequence[Point], state: Moments) -> FloatArray:
    """The covariance that the draws of one call add, which all its points share."""
    total: Any = 0.0
    means = [transformed(p.R, state.mean) for p in points]
    for i, p in enumerate(points):
        half = p.R[..., :-1] @ state.cov
        for j, q in enumerate(points):
            between = np.sum(half * q.R[..., :-1], axis=-1) + means[i] * means[j]
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
