"""Several helpers h_1 … h_N of f, or the clients of which f is the mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auxtheory.typing import Array, FloatArray

MEAN = 1e-12  # share of the largest entry up to which the mean of the ∇r_i counts as 0


class Helpers(ABC):
    """h_1 … h_N in g groups of identical ones, and r_i = f − h_i.

    A client i of federated learning is a helper h_i = f_i, and mean r_i = 0. Groups stand in an
    order that depends on what they are, not on how they were listed, so that a change of the order
    changes no number anywhere; `order` leads back.
    """

    @property
    @abstractmethod
    def counts(self) -> FloatArray:
        """The number of helpers in each group, whole numbers, shape (g,)."""

    @property
    @abstractmethod
    def weights(self) -> FloatArray:
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


@dataclass(frozen=True, kw_only=True, eq=False)
class QuadraticHelpers(Helpers):
    """∇r_i(x) = R_i (x − x*) + b_i, ∇h_i = ∇f − ∇r_i, ∇f(x) = A (x − x*).

    Args:
        A: The Hessian of f, in F/X², shape (C, d) if diagonal, otherwise (C, d, d).
        R: The R_i, in F/X², shape (C, g, d) if all are diagonal, otherwise (C, g, d, d).
        b: The b_i = ∇r_i(x*), in F/X, shape (C, g, d).
        minimiser: x*, in X, shape (d,).
        counts: The number of helpers in each group, shape (g,).
        weights: The weight of one helper of each group, shape (g,).
        order: The group, in this order, of each helper as it was listed, shape (N,); None if they
            were not listed one by one.
    """

    A: FloatArray
    R: FloatArray
    b: FloatArray
    minimiser: FloatArray
    counts: FloatArray
    weights: FloatArray
    order: FloatArray | None = field(default=None)

    @property
    def diagonal(self) -> bool:
        """Whether A and all R_i are diagonal."""
        return self.A.ndim == 2 and self.R.ndim == 3

    @property
    def clients(self) -> bool:
        share = (self.counts * self.weights)[(slice(None), *(None,) * (self.R.ndim - 2))]
        R = np.abs(np.sum(share * self.R, axis=1))
        b = np.abs(np.sum((self.counts * self.weights)[:, None] * self.b, axis=1))
        scale_R = np.max(np.abs(self.R)) + np.max(np.abs(self.A))
        return bool(np.max(R) <= MEAN * scale_R and np.max(b) <= MEAN * np.max(np.abs(self.b)))

    def gradient(self, group: Array, x: Array, xp: Any = np) -> Array:
        z = x - xp.asarray(self.minimiser)
        H = xp.asarray(_hessians(self.A, self.R))[:, group]
        b = xp.asarray(self.b)[:, group]
        return (H * z if H.ndim == 3 else xp.matmul(H, z[..., None])[..., 0]) - b


def _hessians(A: FloatArray, R: FloatArray) -> FloatArray:
    """A − R_i, diagonal where both are."""
    if A.ndim == 3 and R.ndim == 3:
        R = R[..., None] * np.eye(R.shape[-1])
    if A.ndim == 2 and R.ndim == 4:
        A = A[..., None] * np.eye(A.shape[-1])
    return np.asarray(A[:, None] - R)
