"""Equal affine maps in a row by doubling, with sums of squares over the states they start from.

Leading axes are those of the state: (C,) with all coordinates in one vector of m numbers, or (C, d)
coordinate by coordinate. A state is z, or z and 1: z̃ = (z, 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from auxtheory.typing import FloatArray

# What one more doubling costs, and one advance of a state, in products of two matrices.
DOUBLING = 10
ADVANCE = 3

# A root E (…, r, m + 1) and a number q (…): E‖E z̃‖² + q.
Squares: TypeAlias = tuple[FloatArray, FloatArray]


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


def squared(root: FloatArray, state: Moments) -> FloatArray:
    """E‖root z̃‖², (…): variance and mean apart, and the mean before it is squared, so that nothing
    cancels."""
    of_z = root[..., :-1]
    of_noise = np.sum((of_z @ state.cov) * of_z, axis=(-1, -2)) if np.any(state.cov) else 0.0
    of_mean = np.sum(transformed(root, state.mean) ** 2, axis=-1)
    return np.asarray(np.maximum(of_noise, 0.0) + of_mean)


def transformed(matrix: FloatArray, z: FloatArray) -> FloatArray:
    """The matrix (…, r, m + 1) times z̃, (…, r)."""
    return np.asarray((matrix[..., :-1] @ z[..., None])[..., 0] + matrix[..., -1])


@dataclass(frozen=True, kw_only=True, eq=False)
class Repeated:
    """n maps z ← P z̃ + noise of covariance Q as one, with sums of squares over the n states before
    them.

    Sums are kept as roots rather than as quadratic forms, and 1 + excess is the diagonal of P: a
    square loses what a difference of large entries leaves, and P what is small next to 1.

    Args:
        P: (…, m, m + 1).
        excess: the diagonal of P without 1, (…, m).
        Q: (…, m, m).
        sums: for each sum its `Squares`.
    """

    P: FloatArray
    excess: FloatArray
    Q: FloatArray
    sums: tuple[Squares, ...]

    @classmethod
    def power(cls, one: Repeated, n: int) -> Repeated:
        """n of the same maps."""
        many = one
        for digit in f"{n:b}"[1:]:
            many = many.then(many)
            if digit == "1":
                many = many.then(one)
        return many

    def then(self, other: Repeated) -> Repeated:
        """These maps followed by others."""
        M = other.P[..., :-1]
        noisy = bool(np.any(self.Q))
        P, excess = self._joined(other)
        Q = _symmetric(M @ self.Q @ _T(M)) + other.Q if noisy else other.Q
        sums = []
        for (root, q), (later, more) in zip(self.sums, other.sums, strict=True):
            of_z = later[..., :-1]
            noise = np.sum((of_z @ self.Q) * of_z, axis=(-1, -2)) if noisy else 0.0
            sums.append((_stacked(root, _after(later, self.P)), q + more + noise))
        return Repeated(P=P, excess=excess, Q=Q, sums=tuple(sums))

    def _joined(self, other: Repeated) -> tuple[FloatArray, FloatArray]:
        """P of these maps followed by others, and its diagonal without 1."""
        P = _after(other.P, self.P)
        diagonal = np.arange(P.shape[-2])
        first, then = self.P[..., :-1].copy(), other.P[..., :-1].copy()
        first[..., diagonal, diagonal] = then[..., diagonal, diagonal] = 0.0
        across = np.sum(then * _T(first), axis=-1)
        excess = self.excess + other.excess + self.excess * other.excess + across
        P[..., diagonal, diagonal] = np.where(
            np.abs(excess) < 0.5, 1.0 + excess, P[..., diagonal, diagonal]
        )
        return P, excess

    def __call__(self, state: Moments) -> tuple[Moments, list[FloatArray]]:
        """The moments after the maps, and the sums, (…) each."""
        sums = [squared(root, state) + q for root, q in self.sums]
        M = self.P[..., :-1]
        cov = _symmetric(M @ state.cov @ _T(M)) if np.any(state.cov) else state.cov
        return Moments(transformed(self.P, state.mean), cov + self.Q), sums

    def within_reach(self, state: Moments) -> Repeated:
        """The same on what a run from this state can reach: other entries stay exactly 0, and maps
        of them may overflow."""
        P = self.P[..., :-1] != 0
        cov = np.broadcast_to(state.cov, self.P[..., :-1].shape)
        reached = ((state.mean != 0) | (self.P[..., -1] != 0) | np.any(cov, axis=-1)) | np.any(
            self.Q, axis=-1
        )
        while True:
            wider = reached | np.any(P & reached[..., None, :], axis=-1)
            if np.array_equal(wider, reached):
                break
            reached = wider
        if np.all(reached):
            return self
        seen = np.concatenate([reached, np.ones_like(reached[..., :1])], axis=-1)[..., None, :]
        sums = tuple((np.where(seen, root, 0.0), q) for root, q in self.sums)
        return replace(self, P=np.where(seen, self.P, 0.0), sums=sums)


def along(
    one: Repeated, marks: Sequence[int], state: Moments
) -> Iterator[tuple[Moments, list[FloatArray]]]:
    """The moments after so many of the maps, and the sums so far, at each of `marks`.

    The maps are combined in twos as long as that saves products; the combined ones are kept only if
    there are several marks.
    """
    apart = [mark - before for mark, before in zip(marks, (0, *marks), strict=False)]
    top = _doublings(apart)
    level = 0
    levels = {0: one.within_reach(state)}
    totals = [np.zeros(q.shape) for _, q in one.sums]
    for gap in apart:
        for k in range(top + 1):
            if k > level:
                levels[k] = levels[k - 1].then(levels[k - 1])
                level = k
                if len(marks) == 1:
                    del levels[k - 1]
            times = gap >> top if k == top else gap >> k & 1
            for _ in range(times):
                state, sums = levels[k](state)
                totals = [total + value for total, value in zip(totals, sums, strict=True)]
        yield state, totals


def _doublings(apart: Sequence[int]) -> int:
    """The number of doublings that costs least."""

    def cost(top: int) -> int:
        low = (1 << top) - 1
        advances = sum((gap >> top) + (gap & low).bit_count() for gap in apart)
        return DOUBLING * top + ADVANCE * advances

    return min(range(max([1, *apart]).bit_length()), key=cost)


def _after(then: FloatArray, first: FloatArray) -> FloatArray:
    """The matrix (…, r, m + 1) of a map, or of a root, after another map."""
    product = then[..., :-1] @ first
    product[..., -1] += then[..., -1]
    return np.asarray(product)


def _stacked(root: FloatArray, later: FloatArray) -> FloatArray:
    """The root of the sum of two squares."""
    rows = np.concatenate([root, later], axis=-2)
    return np.asarray(np.linalg.qr(rows, mode="r") if rows.shape[-2] > rows.shape[-1] else rows)


def _T(matrix: FloatArray) -> FloatArray:
    return np.swapaxes(matrix, -1, -2)


def _symmetric(matrix: FloatArray) -> FloatArray:
    return (matrix + _T(matrix)) / 2
