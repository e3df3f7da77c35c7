"""Finite sums: f as the mean of N components f_i, whose gradients a method takes one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import Checks
from auxtheory.problems.spectra import orthogonal
from auxtheory.typing import Array, FloatArray

ROUNDING = 1e-13  # share of L_max up to which a negative eigenvalue counts as 0


class Components(ABC):
    """f = (1/N) Σ f_i: what a pair knows of its components.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> f.with_helper().components.N
        2
    """

    @property
    @abstractmethod
    def N(self) -> int:
        """The number of components."""

    @abstractmethod
    def gradient(self, chosen: Array, x: Array, xp: Any = np) -> Array:
        """The mean of ∇f_i over some components.

        Args:
            chosen: Their numbers for each replica, shape (R, n).
            x: Points, shape (C, R, d).
            xp: The array namespace, such as NumPy.

        Returns:
            An array of shape (C, R, d).
        """

    @abstractmethod
    def each(self, x: Array, xp: Any = np) -> Array:
        """∇f_i of all components.

        Args:
            x: Points, shape (C, R, d).
            xp: The array namespace, such as NumPy.

        Returns:
            An array of shape (C, R, N, d).
        """

    @property
    @abstractmethod
    def L_max(self) -> FloatArray:
        """A bound on the largest ‖∇²f_i‖ of all components, in F/X², shape (C,)."""

    @property
    def weak_convexity(self) -> FloatArray:
        """The smallest ρ known for which every f_i + ½ρ‖x‖² is convex, in F/X², shape (C,): 0 if
        all components are convex; by default L_max, which always suffices."""
        return self.L_max

    @property
    @abstractmethod
    def sigma_star(self) -> FloatArray:
        """σ* with σ*² = (1/N) Σ ‖∇f_i(x*)‖², in F/X, shape (C,)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class QuadraticComponents(Components):
    """∇f_i(x) = A_i (x − x*) + b_i with Σ b_i = 0; A is the mean of the A_i.

    Args:
        A: The A_i, in F/X², shape (C, N, d) if all are diagonal, otherwise (C, N, d, d).
        b: The b_i = ∇f_i(x*), in F/X, shape (C, N, d).
        minimiser: x*, in X, shape (d,).

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=2.0, mu=1.0, dim=2).with_components(N=4, delta=0.5, zeta=1.0)
        >>> pair.components.L_max, pair.components.sigma_star
        (array([2.5]), array([1.]))
    """

    A: FloatArray
    b: FloatArray
    minimiser: FloatArray

    def __post_init__(self) -> None:
        for name in ("A", "b", "minimiser"):
            view = np.asarray(getattr(self, name), dtype=float).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def N(self) -> int:
        return self.A.shape[1]

    @property
    def diagonal(self) -> bool:
        """Whether every A_i is diagonal."""
        return self.A.ndim == 3

    def gradient(self, chosen: Array, x: Array, xp: Any = np) -> Array:
        z = (x - xp.asarray(self.minimiser))[..., None, :]
        A = xp.asarray(self.A)[:, chosen]
        b = xp.asarray(self.b)[:, chosen]
        return xp.mean(_times(A, z, self.diagonal, xp) + b, axis=-2)

    def each(self, x: Array, xp: Any = np) -> Array:
        z = (x - xp.asarray(self.minimiser))[..., None, :]
        A = xp.asarray(self.A)[:, None]
        return _times(A, z, self.diagonal, xp) + xp.asarray(self.b)[:, None]

    @property
    def L_max(self) -> FloatArray:
        sizes = np.abs(self.A) if self.diagonal else np.linalg.norm(self.A, ord=2, axis=(-2, -1))
        return np.max(sizes.reshape(len(self.A), -1), axis=-1)

    @property
    def weak_convexity(self) -> FloatArray:
        values = self.A if self.diagonal else np.linalg.eigvalsh(self.A)
        least = np.min(values.reshape(len(self.A), -1), axis=-1)
        # Eigenvalues of a matrix of rank one are 0 up to rounding.
        return np.where(least < -ROUNDING * self.L_max, -least, 0.0)

    @property
    def sigma_star(self) -> FloatArray:
        return np.sqrt(np.mean(np.sum(self.b**2, axis=-1), axis=-1))

    def __repr__(self) -> str:
        return f"<{self.N} quadratic components>"


def _times(A: Array, z: Array, diagonal: bool, xp: Any) -> Array:
    """A_i z for matrices (…, n, d[, d]) and vectors (…, n or 1, d)."""
    return A * z if diagonal else xp.matmul(A, z[..., None])[..., 0]


def spread(
    A: FloatArray, minimiser: FloatArray, N: int, delta: float, zeta: float, seed: int
) -> QuadraticComponents:
    """Components around a quadratic: A_i = A ± D_i and b_i = ±v_i in opposite pairs, ‖D_i‖ = δ and
    ‖v_i‖ = ζ, so that their means are A and 0; of an odd N the last component is f itself.

    Args:
        A: The Hessian of f, in F/X², shape (C, d) if diagonal, otherwise (C, d, d).
        minimiser: x*, in X, shape (d,).
        N: The number of components.
        delta: δ, in F/X².
        zeta: ζ, in F/X.
        seed: The seed of the D_i and v_i.

    Returns:
        The components.

    Raises:
        InputError: Lists every bad value.
    """
    checks = Checks()
    N = checks.whole("N", N, low=1)
    seed = checks.whole("seed", seed, low=0)
    for name, value in (("delta", delta), ("zeta", zeta)):
        checks.number(name, value)
        if np.ndim(value):
            checks.complain(name, value, "must be one number")
        elif not checks.complaints and N == 1 and value:
            checks.complain(name, value, "must be 0 for N = 1, where f is its only component")
    checks.done()
    d = minimiser.size
    random = np.random.default_rng(seed)
    D = np.zeros((N, *A.shape[1:]))
    b = np.zeros((N, d))
    for i in range(0, N - 1, 2):
        signs = random.choice([-1.0, 1.0], size=d)
        v = random.standard_normal(d)
        b[i] = v * (zeta / np.linalg.norm(v))
        if A.ndim == 2:
            D[i] = delta * signs
        else:
            basis = orthogonal(d, int(random.integers(2**31)))
            turned = (basis * signs) @ basis.T
            D[i] = delta * (0.5 * (turned + turned.T))
        b[i + 1] = -b[i]
        D[i + 1] = -D[i]
    C = len(A)
    return QuadraticComponents(
        A=A[:, None] + D, b=np.broadcast_to(b, (C, *b.shape)), minimiser=minimiser
    )
