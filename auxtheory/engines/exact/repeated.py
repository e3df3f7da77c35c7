"""Equal affine maps in a row by doubling, with sums of squares over the states they start from.

Leading axes are those of the state: (C,) with all coordinates in one vector of m numbers, or (C, d)
coordinate by coordinate. A state is z, or z and 1: z̃ = (z, 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from auxtheory.typing import FloatArray

# What one more doubling costs, and one advance of a covariance, in products of two matrices; with a
# root, a doubling costs DECOMPOSING more.
DOUBLING = 5
ADVANCE = 2
DECOMPOSING = 6
# Means that are advanced together: as many as they have numbers, within these limits.
TOGETHER = 16, 256


@dataclass(frozen=True, eq=False)
class Moments:
    """The mean (…, m) and the covariance (…, m, m) of a state."""

    mean: FloatArray
    cov: FloatArray


@dataclass(frozen=True, eq=False)
class Squares:
    """Σ E‖E_k z̃_k‖² over the states of some maps, as a function of the first: of its mean ‖root
    z̃‖², of its covariance Σ tr(W Σ), and q for the noise on the way.

    The mean goes through a root (…, r, m + 1), since its square loses what a difference of large
    entries leaves; root is None where means are summed otherwise.
    """

    root: FloatArray | None
    W: FloatArray
    q: FloatArray

    @classmethod
    def of(cls, root: FloatArray, q: FloatArray | float = 0.0) -> Squares:
        """Those of one state; q: what noise adds after it."""
        of_z = root[..., :-1]
        return cls(root, _T(of_z) @ of_z, q + np.zeros(root.shape[:-2]))

    def of_state(self, state: Moments) -> FloatArray:
        """The sum, (…)."""
        of_noise = np.sum(self.W * state.cov, axis=(-1, -2)) if np.any(state.cov) else 0.0
        of_mean = 0.0
        if self.root is not None:
            of_mean = np.sum(transformed(self.root, state.mean) ** 2, axis=-1)
        return np.asarray(np.maximum(of_noise, 0.0) + of_mean + self.q)


def squared(root: FloatArray, state: Moments) -> FloatArray:
    """E‖root z̃‖², (…): variance and mean apart, so that nothing cancels."""
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

    The diagonal of P is 1 + excess, since P loses what is small next to 1.

    Args:
        P: (…, m, m + 1).
        excess: the diagonal of P without 1, (…, m).
        Q: (…, m, m).
        sums: the sums.
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
        first = self.P[..., :-1]
        sums = []
        for mine, later in zip(self.sums, other.sums, strict=True):
            root = None
            if mine.root is not None and later.root is not None:
                root = _stacked(mine.root, _after(later.root, self.P))
            noise = np.sum(later.W * self.Q, axis=(-1, -2)) if noisy else 0.0
            W = mine.W + _symmetric(_T(first) @ later.W @ first)
            sums.append(Squares(root, W, mine.q + later.q + noise))
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
        sums = [each.of_state(state) for each in self.sums]
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
        sums = tuple(
            replace(each, root=None if each.root is None else np.where(seen, each.root, 0.0))
            for each in self.sums
        )
        return replace(self, P=np.where(seen, self.P, 0.0), sums=sums)


def along(
    one: Repeated, marks: Sequence[int], state: Moments
) -> Iterator[tuple[Moments, list[FloatArray]]]:
    """The moments after so many of the maps, and the sums so far, at each of `marks`.

    The maps are combined in twos as long as that saves products; the combined ones are kept only if
    there are several marks. Sums over means take one product for each of the states, many states at
    a time, or roots of the combined maps if that is less.
    """
    apart = [mark - before for mark, before in zip(marks, (0, *marks), strict=False)]
    one = one.within_reach(state)
    rooted = _rooted(marks[-1], one.excess.shape[-1])
    of_means = [0.0 * each.q for each in one.sums]
    if not rooted:
        in_turn = _means_in_turn(one, marks, state.mean)
        one = replace(one, sums=tuple(replace(each, root=None) for each in one.sums))
    top = _doublings(apart, DOUBLING + DECOMPOSING * rooted)
    level = 0
    levels = {0: one}
    totals = of_means
    for number, gap in enumerate(apart):
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
        if not rooted:
            of_means = [sums[number] for sums in in_turn]
        yield state, [a + b for a, b in zip(totals, of_means, strict=True)]


def _rooted(n: int, m: int) -> bool:
    """Whether roots of combined maps cost less than a product for each of n means of m numbers."""
    return 2 * n > DECOMPOSING * m * n.bit_length()


def _means_in_turn(one: Repeated, marks: Sequence[int], mean: FloatArray) -> list[list[FloatArray]]:
    """For each sum, what the means add to it up to each of the marks."""
    most = min(int(np.clip(mean.shape[-1], *TOGETHER)), marks[-1])
    z = mean[..., None]
    power = replace(one, sums=())
    while 2 * z.shape[-1] <= most:
        z = np.concatenate([z, power.P[..., :-1] @ z + power.P[..., -1:]], axis=-1)
        P, excess = power._joined(power)
        power = replace(power, P=P, excess=excess)
    out: list[list[FloatArray]] = [[] for _ in one.sums]
    totals = [0.0 * each.q for each in one.sums]
    together = z.shape[-1]
    for before in range(0, marks[-1], together):
        due = [mark - before - 1 for mark in marks if before < mark <= before + together]
        for i, each in enumerate(one.sums):
            assert each.root is not None
            squares = np.sum((each.root[..., :-1] @ z + each.root[..., -1:]) ** 2, axis=-2)
            so_far = totals[i][..., None] + np.cumsum(squares, axis=-1)
            out[i] += [so_far[..., k] for k in due]
            totals[i] = so_far[..., -1]
        z = power.P[..., :-1] @ z + power.P[..., -1:]
    return out


def _doublings(apart: Sequence[int], doubling: int) -> int:
    """The number of doublings that costs least."""

    def cost(top: int) -> int:
        low = (1 << top) - 1
        advances = sum((gap >> top) + (gap & low).bit_count() for gap in apart)
        return doubling * top + ADVANCE * advances

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
