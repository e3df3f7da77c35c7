"""Several helpers h_1 … h_N of f, or the clients of which f is the mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from auxtheory.errors import Checks, RefusedError
from auxtheory.problems.groups import canonical_order, check_sizes
from auxtheory.typing import Array, FloatArray

MEAN = 1e-12  # share of the largest entry up to which the mean of the ∇r_i counts as 0
BLOCK = 2**22  # the most numbers of a temporary array over groups


class Helpers(ABC):
    """h_1 … h_N in g groups of identical ones, and r_i = f − h_i.

    A client i of federated learning is a helper h_i = f_i, and mean r_i = 0. Groups stand in an
    order that depends on what they are, not on how they were listed, so that a change of the order
    changes no number anywhere; `order` leads back.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=4).with_clients(N=6, delta=0.3, zeta=0.5)
        >>> pair.helpers.N, pair.helpers.clients, float(pair.helpers.delta_m[0])
        (6, True, 0.3)
    """

    exact: ClassVar[bool] = True
    """Whether the constants are exact; otherwise they are certified bounds."""
    counts: FloatArray
    """The number of helpers in each group, whole numbers, shape (g,)."""
    weights: FloatArray
    """The weight p of one helper of each group, shape (g,): Σ counts · weights = 1."""

    @property
    def N(self) -> int:
        """The number of helpers."""
        return int(np.sum(self.counts))

    @property
    def groups(self) -> int:
        """g, the number of groups."""
        return len(self.counts)

    @property
    def shares(self) -> FloatArray:
        """The weight of each group, counts · weights, shape (g,)."""
        return np.asarray(self.counts * self.weights)

    @property
    def equal_weights(self) -> bool:
        """Whether every helper has the weight 1/N."""
        return bool(np.all(self.weights == self.weights[0]))

    @property
    def group_of(self) -> Array:
        """The group of each helper, shape (N,)."""
        return np.repeat(np.arange(self.groups), self.counts.astype(int))

    @property
    @abstractmethod
    def clients(self) -> bool:
        """Whether f is the weighted mean of the h_i, so that they are clients."""

    @abstractmethod
    def gradient(self, group: Array, x: Array, xp: Any = np) -> Array:
        """∇h_i at a point for each replica.

        Args:
            group: The group of each replica's helper, shape (R,).
            x: Points, shape (C, R, d).
            xp: The array namespace, such as NumPy.

        Returns:
            An array of shape (C, R, d).
        """

    def prox(self, group: Array, v: Array, gamma: Any, xp: Any = np) -> Array:
        """argmin_y h_i(y) + ‖y − v‖²/(2γ) for each replica, to machine precision; by default there
        is no such step.

        Args:
            group: The group of each replica's helper, shape (R,).
            v: Points, shape (C, R, d).
            gamma: γ, in X²/F, a number or an array that broadcasts against v.
            xp: The array namespace, such as NumPy.

        Returns:
            An array of shape (C, R, d).

        Raises:
            RefusedError: There is no such step, or no minimum.
        """
        raise RefusedError(f"{type(self).__name__} has no proximal steps")

    @property
    @abstractmethod
    def deltas(self) -> FloatArray:
        """The δ_i of each group, the Lipschitz constant of ∇r_i, in F/X², shape (C, g)."""

    @property
    def delta_m(self) -> FloatArray:
        """δ_m, the largest δ_i, in F/X², shape (C,)."""
        return np.max(self.deltas, axis=-1)

    @property
    def delta_bar(self) -> FloatArray:
        """δ̄ with δ̄² = Σ p_i δ_i², in F/X², shape (C,)."""
        return _root_mean(self.shares, self.deltas)

    @property
    @abstractmethod
    def delta_A(self) -> FloatArray:
        """δ_A with Σ p_i ‖∇r_i(x) − ∇r_i(y)‖² ≤ δ_A²‖x − y‖², in F/X², shape (C,)."""

    @property
    @abstractmethod
    def ell(self) -> FloatArray:
        """ℓ: every h_i is ℓ-smooth, in F/X², shape (C,)."""

    @property
    @abstractmethod
    def weak_convexity(self) -> FloatArray:
        """The smallest ρ known for which every h_i + ½ρ‖x‖² is convex, in F/X², shape (C,): 0 if
        all are convex."""

    @abstractmethod
    def zetas(self, x: FloatArray) -> FloatArray:
        """‖∇r_i(x)‖ of each group.

        Args:
            x: Points, shape (C, R, d).

        Returns:
            The lengths in F/X, shape (C, R, g).
        """

    def zeta(self, x: FloatArray) -> FloatArray:
        """ζ(x) with ζ² = Σ p_i ‖∇r_i(x)‖².

        Args:
            x: Points, shape (C, R, d).

        Returns:
            The values in F/X, shape (C, R).
        """
        return _root_mean(self.shares, self.zetas(x))


def _root_mean(shares: FloatArray, values: FloatArray) -> FloatArray:
    """√Σ p_i v_i² of values of shape (…, g); one value that all have is returned as it is."""
    most = np.max(values, axis=-1)
    ratio = values / np.where(most > 0, most, 1.0)[..., None]
    same = np.all(ratio == 1.0, axis=-1)
    return np.asarray(most * np.where(same, 1.0, np.sqrt(ratio**2 @ shares)))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class QuadraticHelpers(Helpers):
    """∇r_i(x) = R_i (x − x*) + b_i, ∇h_i = ∇f − ∇r_i, ∇f(x) = A (x − x*).

    Groups may come in any order, and several times; they are sorted, and equal ones become one.

    Args:
        A: The Hessian of f, in F/X², shape (C, d) if diagonal, otherwise (C, d, d).
        R: The R_i, in F/X², shape (C, g, d) if all are diagonal, otherwise (C, g, d, d).
        b: The b_i = ∇r_i(x*), in F/X, shape (C, g, d).
        minimiser: x*, in X, shape (d,).
        counts: The number of helpers in each group, shape (g,).
        weights: The weight of one helper of each group, shape (g,).
        order: The group, in the order of the arrays, of each helper as it was listed, shape (N,);
            None if they were not listed one by one.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic.from_clients([[2.0], [0.0], [2.0]], x0=[1.0])
        >>> pair.helpers, pair.helpers.counts
        (<3 quadratic clients in 2 groups>, array([2., 1.]))
    """

    A: FloatArray
    R: FloatArray
    b: FloatArray
    minimiser: FloatArray
    counts: FloatArray
    weights: FloatArray
    order: Array | None = field(default=None)

    def __post_init__(self) -> None:
        checks = Checks()
        arrays = {
            # −0 becomes 0, so that equal groups have equal bytes.
            name: np.ascontiguousarray(np.asarray(getattr(self, name), dtype=float) + 0.0)
            for name in ("A", "R", "b", "minimiser", "counts", "weights")
        }
        check_sizes(checks, arrays["counts"], arrays["weights"])
        g, d = len(arrays["counts"]), arrays["minimiser"].size
        C = len(arrays["A"])
        for name, shapes in (
            ("A", ((C, d), (C, d, d))),
            ("R", ((C, g, d), (C, g, d, d))),
            ("b", ((C, g, d),)),
        ):
            if arrays[name].shape not in shapes:
                listed = " or ".join(map(str, shapes))
                checks.complain(f"shape of {name}", arrays[name].shape, f"must be {listed}")
        checks.done()
        R, b = (np.moveaxis(arrays[name], 1, 0) for name in ("R", "b"))
        first, group = canonical_order(R, b, arrays["weights"])
        counts = np.bincount(group, arrays["counts"], minlength=len(first))
        arrays["counts"] = counts.astype(float)
        arrays["weights"] = arrays["weights"][first]
        for name in ("R", "b"):
            arrays[name] = np.ascontiguousarray(arrays[name][:, first])
        order = self.order
        if order is not None:
            arrays["order"] = group[np.asarray(order, dtype=int)]
        for name, array in arrays.items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def diagonal(self) -> bool:
        """Whether A and all R_i are diagonal."""
        return self.A.ndim == 2 and self.R.ndim == 3

    @cached_property
    def clients(self) -> bool:
        """Whether f is the weighted mean of the h_i, so that they are clients."""
        mean_R, mean_b = self.mean
        scale = np.max(np.abs(self.R)) + np.max(np.abs(self.A))
        near = np.max(np.abs(mean_R)) <= MEAN * scale
        return bool(near and np.max(np.abs(mean_b)) <= MEAN * np.max(np.abs(self.b)))

    @cached_property
    def mean(self) -> tuple[FloatArray, FloatArray]:
        """Σ p_i R_i, shape (C, d) or (C, d, d), and Σ p_i b_i, shape (C, d)."""
        return tuple(np.tensordot(self.shares, v, (0, 1)) for v in (self.R, self.b))  # type: ignore[return-value]

    def gradient(self, group: Array, x: Array, xp: Any = np) -> Array:
        z = x - xp.asarray(self.minimiser)
        H = xp.asarray(self.hessians)[:, group]
        b = xp.asarray(self.b)[:, group]
        return (H * z if H.ndim == 3 else xp.matmul(H, z[..., None])[..., 0]) - b

    @cached_property
    def hessians(self) -> FloatArray:
        """A − R_i, diagonal where both are, shape (C, g, d) or (C, g, d, d)."""
        A, R = self.A, self.R
        if A.ndim == 3 and R.ndim == 3:
            R = R[..., None] * np.eye(R.shape[-1])
        if A.ndim == 2 and R.ndim == 4:
            A = A[..., None] * np.eye(A.shape[-1])
        return np.asarray(A[:, None] - R)

    @cached_property
    def deltas(self) -> FloatArray:
        """The δ_i = ‖R_i‖ of each group, in F/X², shape (C, g)."""
        return _norms(self.R, self.R.ndim == 3)

    @cached_property
    def delta_A(self) -> FloatArray:
        """δ_A with δ_A² = ‖Σ p_i R_iᵀR_i‖, in F/X², shape (C,)."""
        scale = self.delta_m
        unit = np.where(scale > 0, scale, 1.0)
        M = self._squares(unit)
        norm = np.max(M, axis=-1) if M.ndim == 2 else np.linalg.eigvalsh(M)[:, -1]
        # A square root of a sum of equal squares can round to above them.
        return np.asarray(np.minimum(scale * np.sqrt(np.maximum(norm, 0.0)), self.delta_bar))

    def _squares(self, unit: FloatArray) -> FloatArray:
        """Σ p_i R_iᵀR_i in multiples of unit², shape (C, d) or (C, d, d)."""
        total = np.zeros((len(self.R), *self.R.shape[2:]))
        size = max(1, BLOCK // max(1, total.size))
        unit = unit.reshape(-1, *(1,) * (self.R.ndim - 1))
        for i in range(0, self.groups, size):
            R = self.R[:, i : i + size] / unit
            share = self.shares[i : i + size]
            total += np.tensordot(share, R * R if R.ndim == 3 else R @ R, (0, 1))
        return total

    @property
    def form(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """M, v and c with ζ²(x* + z) = zᵀMz + 2vᵀz + c: M of shape (C, d) or (C, d, d), v of shape
        (C, d), c of shape (C,)."""
        Rb = self.R * self.b if self.R.ndim == 3 else (self.R @ self.b[..., None])[..., 0]
        return (
            self._squares(np.ones(len(self.R))),
            np.tensordot(self.shares, Rb, (0, 1)),
            np.sum(self.b**2, axis=-1) @ self.shares,
        )

    @cached_property
    def ell(self) -> FloatArray:
        """ℓ = the largest ‖A − R_i‖, in F/X², shape (C,)."""
        return np.max(_norms(self.hessians, self.hessians.ndim == 3), axis=-1)

    @cached_property
    def weak_convexity(self) -> FloatArray:
        """The smallest ρ for which every h_i + ½ρ‖x‖² is convex, in F/X², shape (C,)."""
        H = self.hessians
        least = np.min(H if H.ndim == 3 else np.linalg.eigvalsh(H), axis=(-1, -2))
        # Eigenvalues of a matrix of rank one are 0 up to rounding.
        return np.where(least < -1e-13 * self.ell, -least, 0.0)

    def zetas(self, x: FloatArray) -> FloatArray:
        z = x - self.minimiser
        lengths = []
        size = max(1, BLOCK // max(1, z.size))
        for i in range(0, self.groups, size):
            R, b = (v[:, i : i + size] for v in (self.R, self.b))
            product = (
                R[:, None] * z[:, :, None]
                if R.ndim == 3
                else np.einsum("cgij,crj->crgi", R, z, optimize=True)
            )
            lengths.append(np.linalg.norm(product + b[:, None], axis=-1))
        return np.concatenate(lengths, axis=-1)

    def __repr__(self) -> str:
        what = "clients" if self.clients else "helpers"
        return f"<{self.N} quadratic {what} in {self.groups} groups>"


def _norms(matrices: FloatArray, diagonal: bool) -> FloatArray:
    """‖M‖ of diagonal or symmetric matrices, shape (C, g)."""
    if diagonal:
        return np.max(np.abs(matrices), axis=-1)
    values = np.linalg.eigvalsh(matrices)
    return np.asarray(np.maximum(values[..., -1], -values[..., 0]))
