"""Quadratic pairs, diagonal and dense, with prescribed L, μ, δ, ζ, x⁰ and F0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

import numpy as np

from auxtheory.bounds.constants import Reals, check_grid, check_quantity
from auxtheory.errors import Checks, whole
from auxtheory.problems.checks import (
    arguments,
    check_ends,
    check_helper,
    check_start,
    check_vector,
    checked_spectrum,
)
from auxtheory.problems.choose import Choose
from auxtheory.problems.quadratic.client_matrices import pair_from_clients, pair_from_helpers
from auxtheory.problems.quadratic.drawing import client_kinds_of, kinds_of
from auxtheory.problems.quadratic.matrices import (
    pair_from_components,
    pair_from_least_squares,
    pair_from_matrices,
)
from auxtheory.problems.quadratic.pair import QuadraticPair
from auxtheory.problems.spectra import (
    Gap,
    Spectrum,
    gap_and_direction,
    hessian,
    named_spectrum,
    orthogonal,
)
from auxtheory.problems.target import Target
from auxtheory.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Quadratic(Target):
    """f(x) = ½(x − x*)ᵀA(x − x*), A symmetric with eigenvalues from μ to L.

    L, mu and F0 may be arrays of one length C: a grid of configurations.

    Args:
        L: The largest eigenvalue, in F/X².
        mu: The smallest eigenvalue, in F/X²; by default 0, or L if d = 1.
        dim: d, the number of coordinates.
        spectrum: "uniform", "geometric" (needs μ > 0), "two-cluster" (half at μ, half at L), or the
            eigenvalues, shape (d,).
        F0: f(x⁰), in F, split evenly over the eigenvectors (default 1), except those whose
            eigenvalue is 0 or so small compared with L (1e-100; 1e-12 if rotated) that rounding
            would lose their part.
        x0: The start, shape (d,), instead of F0.
        x_star: The minimiser x*, one number or of shape (d,).
        rotation: None for a diagonal A, otherwise the seed of a random orthogonal basis.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=64).with_helper(delta=0.05, zeta=0.5)
        >>> print(pair.constants().delta, pair.constants().zeta)
        0.05 0.5
    """

    exact: ClassVar[bool] = True
    rank: ClassVar[int] = 0

    L: Reals | None = None
    mu: Reals | None = None
    dim: int | None = None
    spectrum: Spectrum = "uniform"
    F0: Reals | None = None
    x0: FloatArray | list[float] | None = None
    x_star: FloatArray | list[float] | float = 0.0
    rotation: int | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        object.__setattr__(self, "dim", whole(self.dim))
        object.__setattr__(
            self, "spectrum", checked_spectrum(checks, self.spectrum, self.L, self.dim)
        )
        for name in ("mu", "F0"):
            if getattr(self, name) is not None:
                check_quantity(checks, name, getattr(self, name))
        if self.rotation is not None:
            object.__setattr__(self, "rotation", checks.whole("rotation", self.rotation, low=0))
        check_grid(checks, L=self.L, mu=self.mu, F0=self.F0)
        if not checks.complaints:
            self._check_together(checks)
        checks.done()

    def _check_together(self, checks: Checks) -> None:
        """Check combinations of values, once each value is valid."""
        d = self.coordinates
        if isinstance(self.spectrum, str):
            L, mu = self._ends
            if np.any(mu > L):
                checks.complain("mu", self.mu, f"must be at most L = {self.L}")
            if d == 1 and np.any(mu != L):
                checks.complain("mu", self.mu, f"must equal L = {self.L} when dim = 1")
            if self.spectrum == "geometric" and np.any(mu == 0):
                checks.complain("mu", self.mu, "must be > 0 for a geometric spectrum")
        else:
            check_ends(checks, np.asarray(self.spectrum), L=self.L, mu=self.mu, dim=self.dim)
            if not np.any(self.spectrum):
                checks.complain("spectrum", self.spectrum, "must hold a positive eigenvalue")
        check_vector(checks, "x0", self.x0, d)
        check_vector(checks, "x_star", self.x_star, d)
        if not checks.complaints and self.x0 is not None:
            check_start(
                checks,
                self.x0,
                self.F0,
                self._suboptimality(np.asarray(self.x0, dtype=float)[None] - self.x_star),
            )

    @property
    def coordinates(self) -> int:
        """d, the number of coordinates."""
        return int(self.dim if isinstance(self.spectrum, str) else len(self.spectrum))  # type: ignore[arg-type]

    @property
    def _ends(self) -> tuple[FloatArray, FloatArray]:
        """(L, μ) of a named spectrum, μ filled in where it was left out."""
        L = np.asarray(self.L, dtype=float)
        if self.mu is None:
            return L, L if self.coordinates == 1 else np.zeros(())
        return L, np.asarray(self.mu, dtype=float)

    @property
    def eigenvalues(self) -> FloatArray:
        """The eigenvalues of A in ascending order of the spectrum's pattern, shape (C, d)."""
        if not isinstance(self.spectrum, str):
            return np.array(self.spectrum, dtype=float)[None]
        return named_spectrum(self.spectrum, *self._ends, self.coordinates)

    @property
    def basis(self) -> FloatArray | None:
        """The orthogonal basis of A's eigenvectors (as columns), None for the coordinate axes."""
        return None if self.rotation is None else orthogonal(self.coordinates, self.rotation)

    def _suboptimality(self, z: FloatArray) -> FloatArray:
        """f(x* + z) − f*, shape (C,)."""
        in_basis = z if self.basis is None else z @ self.basis
        return np.asarray(0.5 * np.sum(self.eigenvalues * in_basis**2, axis=-1))

    def start(self) -> FloatArray:
        """The start x⁰.

        Returns:
            An array of shape (C, d).
        """
        if self.x0 is not None:
            return np.array(self.x0, dtype=float)[None]
        eig = self.eigenvalues
        F0 = np.atleast_1d(np.asarray(1.0 if self.F0 is None else self.F0, dtype=float))[:, None]
        used = eig > (1e-100 if self.rotation is None else 1e-12) * np.max(
            eig, axis=-1, keepdims=True
        )
        share = 2 * F0 / np.sum(used, axis=-1, keepdims=True)
        z = np.where(used, np.sqrt(share / np.where(used, eig, 1.0)), 0.0)
        return (z if self.basis is None else z @ self.basis.T) + self.x_star

    def with_helper(
        self,
        delta: Reals = 0.0,
        zeta: Reals = 0.0,
        *,
        gap: Gap = "signs",
        rotation: int | None = None,
        bias: FloatArray | list[float] | None = None,
    ) -> QuadraticPair:
        """The pair of f with h(x) = f(x) − ½(x − x*)ᵀR(x − x*) − bᵀ(x − x*), ‖R‖ = δ and ‖b‖ = ζ.

        h is non-convex wherever R exceeds A. delta and zeta may be arrays over configurations,
        shape (C,).

        Args:
            delta: δ, in F/X².
            zeta: ζ, in F/X.
            gap: The eigenvalues of R: "signs" for −δ, δ, −δ, …, "uniform" for even steps over [−δ,
                δ], or the numbers, shape (d,).
            rotation: None if R has the eigenvectors of A, otherwise the seed of a separate basis.
            bias: The direction of b, shape (d,); by default an eigenvector on which a named gap is
                made to vanish (d ≥ 2), so that ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ² holds with this very ζ.

        Returns:
            The pair.

        Raises:
            InputError: Lists every bad value.
        """
        checks = Checks()
        check_helper(checks, self.coordinates, delta=delta, zeta=zeta, gap=gap, bias=bias)
        if rotation is not None:
            rotation = checks.whole("rotation", rotation, low=0)
        check_grid(checks, L=self.L, mu=self.mu, F0=self.F0, delta=delta, zeta=zeta)
        checks.done()
        arguments_of_h = {
            "delta": delta,
            "zeta": zeta,
            "gap": gap,
            "rotation": rotation,
            "bias": bias,
        }
        return self._pair(arguments_of_h)

    def with_components(
        self, N: int, delta: float = 0.0, zeta: float = 0.0, *, seed: int = 0
    ) -> QuadraticPair:
        """The pair of f as the mean of N quadratics, with h = f.

        `with_helper(…).with_components(…)` has another h.

        Args:
            N: The number of components.
            delta: ‖A_i − A‖, in F/X².
            zeta: ‖∇f_i(x*)‖, in F/X.
            seed: The seed of the components.

        Returns:
            The pair, with `components`.

        Raises:
            InputError: Lists every bad value.
        """
        return self.with_helper().with_components(N, delta, zeta, seed=seed)

    def with_clients(
        self,
        N: int | None = None,
        delta: Any = 0.0,
        zeta: Any = 0.0,
        *,
        groups: int | list[int] | None = None,
        weights: Any = None,
        delta_bar: Any = None,
        delta_A: Any = None,
        rotation: int | None = None,
        seed: int = 0,
    ) -> QuadraticPair:
        """The pair of f as the mean of N clients f_i, with r_i = f − f_i: ∇r_i(x) = R_i(x − x*) +
        b_i, whose means are 0.

        Args:
            N: The number of clients; it may be left out if `groups` lists them.
            delta: δ_i = ‖R_i‖, in F/X²: one number, the largest, or one for each client (each
                group), shape (g,); for configurations of shape (C, 1) or (C, g).
            zeta: ζ with ζ² the mean of ‖b_i‖², in F/X, or ‖b_i‖ of each; shapes as of delta.
            groups: Groups of identical clients: their number, or how many clients each has. By
                default every client is another.
            weights: The weight of one client (of one of each group), shape (g,); Σ over all
                clients is 1. By default 1/N.
            delta_bar: δ̄, with δ̄² the mean of δ_i²: the two first keep δ, the others are lowered.
                A number, or of shape (C,).
            delta_A: δ_A, with δ_A² the norm of the mean of R_i², below δ̄. A number, or of shape
                (C,); needs dim ≥ 3.
            rotation: None if all R_i have the eigenvectors of A, otherwise the seed of other ones,
                with which R_i and A, and R_i and R_j, do not commute.
            seed: The seed of signs and directions.

        Returns:
            The pair, with `helpers`, and with `components` if the clients are few and of one
            weight; h = f.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> target = at.Quadratic(L=1.0, mu=0.1, dim=64)
            >>> pair = target.with_clients(N=10**6, delta=0.3, zeta=0.5, groups=10)
            >>> pair.helpers
            <1000000 quadratic clients in 10 groups>
            >>> print(pair.helpers.delta_m, pair.helpers.zeta(pair.x_star[None, None])[0])
            [0.3] [0.5]
        """
        return self._alone().with_clients(
            N,
            delta,
            zeta,
            groups=groups,
            weights=weights,
            delta_bar=delta_bar,
            delta_A=delta_A,
            rotation=rotation,
            seed=seed,
        )

    def with_helpers(
        self,
        N: int | None = None,
        delta: Any = 0.0,
        zeta: Any = 0.0,
        *,
        groups: int | list[int] | None = None,
        weights: Any = None,
        delta_bar: Any = None,
        delta_A: Any = None,
        rotation: int | None = None,
        seed: int = 0,
    ) -> QuadraticPair:
        """The pair of f and N helpers h_i, with ∇f − ∇h_i = R_i(x − x*) + b_i; h is their mean.

        The R_i and b_i need not have the mean 0; N = 1 is `with_helper(delta, zeta)`.

        Args:
            N: The number of helpers; it may be left out if `groups` lists them.
            delta: δ_i = ‖R_i‖, in F/X², as of `with_clients`.
            zeta: ‖b_i‖, in F/X, as of `with_clients`.
            groups: Groups of identical helpers, as of `with_clients`.
            weights: The weights, as of `with_clients`.
            delta_bar: δ̄, as of `with_clients`.
            delta_A: δ_A, as of `with_clients`.
            rotation: The seed of the eigenvectors of the R_i, as of `with_clients`.
            seed: The seed of signs and directions.

        Returns:
            The pair, with `helpers`.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> target = at.Quadratic(L=1.0, mu=0.1, dim=8)
            >>> pair = target.with_helpers(N=3, delta=[0.1, 0.2, 0.4], zeta=0.5)
            >>> pair.helpers.deltas
            array([[0.2, 0.1, 0.4]])
        """
        return self._alone().with_helpers(
            N,
            delta,
            zeta,
            groups=groups,
            weights=weights,
            delta_bar=delta_bar,
            delta_A=delta_A,
            rotation=rotation,
            seed=seed,
        )

    def _alone(self) -> QuadraticPair:
        """The pair with h = f, which is written as f is."""
        return replace(self.with_helper(), description=repr(self))

    def _pair(self, arguments_of_h: dict[str, Any]) -> QuadraticPair:
        d = self.coordinates
        eig = self.eigenvalues
        x0 = self.start()
        delta = np.atleast_1d(np.asarray(arguments_of_h["delta"], dtype=float))[:, None]
        zeta = np.atleast_1d(np.asarray(arguments_of_h["zeta"], dtype=float))[:, None]
        rotation = arguments_of_h["rotation"]
        basis = self.basis if rotation is None else orthogonal(d, rotation)
        r, direction = gap_and_direction(arguments_of_h["gap"], arguments_of_h["bias"], d, delta)
        if arguments_of_h["bias"] is None and basis is not None:
            direction = basis @ direction
        count = max(len(v) for v in (eig, delta, zeta, x0))
        dense = self.rotation is not None or rotation is not None
        return QuadraticPair(
            A=hessian(np.broadcast_to(eig, (count, d)), self.basis, dense),
            R=hessian(np.broadcast_to(r, (count, d)), basis, dense),
            b=np.broadcast_to(zeta * direction, (count, d)).copy(),
            start=np.broadcast_to(x0, (count, d)).copy(),
            minimiser=np.broadcast_to(np.asarray(self.x_star, dtype=float), (d,)).copy(),
            eigenvalues=np.broadcast_to(eig, (count, d)),
            gap_norm=np.broadcast_to(np.max(np.abs(r), axis=-1), (count,)),
            basis=self.basis,
            gap_eigenvalues=np.broadcast_to(r, (count, d))
            if rotation in (None, self.rotation)
            else None,
            description=f"{self!r}.with_helper({arguments(arguments_of_h, _HELPER_DEFAULTS)})",
            grid=any(
                np.ndim(v)
                for v in (self.L, self.mu, self.F0, arguments_of_h["delta"], arguments_of_h["zeta"])
                if v is not None
            ),
        )

    @classmethod
    def from_matrices(
        cls, A: Any, H: Any = None, b: Any = None, *, h_b: Any = None, x0: Any = None
    ) -> QuadraticPair:
        """The pair f(x) = ½xᵀAx − bᵀx and h(x) = ½xᵀHx − h_bᵀx, its constants read off the spectra.

        Args:
            A: The Hessian of f, in F/X², shape (d, d), or (d,) for a diagonal; positive
                semidefinite.
            H: The Hessian of h, in F/X², as A; A by default. It need not be definite.
            b: The linear term of f, in F/X, shape (d,), in the range of A; 0 by default.
            h_b: The linear term of h, in F/X, shape (d,); b by default.
            x0: The start, in X, shape (d,); by default 0, or 1 everywhere if b = 0.

        Returns:
            The pair; x* is the minimiser of least norm.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> pair = at.Quadratic.from_matrices([2.0, 1.0], [1.5, 1.0], [2.0, 0.0])
            >>> print(pair.constants().L, pair.constants().delta, pair.constants().zeta)
            2.0 0.5 0.5773502691896257
        """
        return pair_from_matrices(A, H, b, h_b=h_b, x0=x0)

    @classmethod
    def from_components(cls, A: Any, b: Any = None, *, x0: Any = None) -> QuadraticPair:
        """The pair of f as the mean of f_i(x) = ½xᵀA_i x − b_iᵀx, with h = f.

        Args:
            A: The Hessians A_i, in F/X², shape (N, d, d), or (N, d) for diagonals; their mean is
                positive semidefinite.
            b: The linear terms b_i, in F/X, shape (N, d), whose mean is in the range of the mean
                Hessian; 0 by default.
            x0: The start, in X, shape (d,), as in `from_matrices`.

        Returns:
            The pair, with `components`.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> pair = at.Quadratic.from_components([[2.0, 0.0], [0.0, 1.0]])
            >>> pair.A, pair.components.L_max
            (array([[1. , 0.5]]), array([2.]))
        """
        return pair_from_components(A, b, x0=x0)

    @classmethod
    def from_clients(
        cls, A: Any, b: Any = None, *, counts: Any = None, weights: Any = None, x0: Any = None
    ) -> QuadraticPair:
        """The pair of f as the weighted mean of clients f_i(x) = ½xᵀA_i x − b_iᵀx, with h = f.

        Args:
            A: The Hessians A_i of all clients, or of one of each group, in F/X², shape (g, d, d),
                or (g, d) for diagonals; their mean is positive semidefinite.
            b: The linear terms b_i, in F/X, shape (g, d); 0 by default.
            counts: The number of identical clients in each group, shape (g,); 1 by default.
            weights: The weight of one client of each group, shape (g,); Σ counts · weights = 1. By
                default all are equal.
            x0: The start, in X, shape (d,), as in `from_matrices`.

        Returns:
            The pair, with `helpers`.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> pair = at.Quadratic.from_clients([[1.9], [0.1]], [[1.0], [-1.0]], x0=[1.0])
            >>> pair.A, pair.helpers.R[0, :, 0], pair.helpers.b[0, :, 0]
            (array([[1.]]), array([-0.9,  0.9]), array([ 1., -1.]))
        """
        return pair_from_clients(A, b, counts=counts, weights=weights, x0=x0)

    @classmethod
    def from_helpers(
        cls,
        A: Any,
        H: Any,
        b: Any = None,
        *,
        h_b: Any = None,
        counts: Any = None,
        weights: Any = None,
        x0: Any = None,
    ) -> QuadraticPair:
        """The pair of f(x) = ½xᵀAx − bᵀx and helpers h_i(x) = ½xᵀH_i x − h_b,iᵀx; h is their mean.

        Args:
            A: The Hessian of f, as in `from_matrices`.
            H: The Hessians H_i of all helpers, or of one of each group, in F/X², shape (g, d, d),
                or (g, d) for diagonals.
            b: The linear term of f, in F/X, shape (d,); 0 by default.
            h_b: The linear terms of the helpers, in F/X, shape (g, d); b by default.
            counts: The number of identical helpers in each group, as in `from_clients`.
            weights: The weights, as in `from_clients`.
            x0: The start, in X, shape (d,), as in `from_matrices`.

        Returns:
            The pair, with `helpers`.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> pair = at.Quadratic.from_helpers([2.0, 1.0], [[1.5, 1.0], [2.5, 1.2]])
            >>> print(pair.helpers.delta_m, pair.R)
            [0.5] [[ 0.  -0.1]]
        """
        return pair_from_helpers(A, H, b, h_b=h_b, counts=counts, weights=weights, x0=x0)

    @classmethod
    def from_least_squares(
        cls, X: Any, y: Any, *, helper: Any = None, l2: float = 0.0, x0: Any = None
    ) -> QuadraticPair:
        """The pair f(x) = ‖Xx − y‖²/(2n) + l2‖x‖²/2 and h, the same mean over the helper's rows.

        Args:
            X: Features, shape (n, d); any rank.
            y: Targets, shape (n,).
            helper: The rows of h: a number m for the first m, indices, a mask of shape (n,), or
                other data (X_h, y_h); all rows by default.
            l2: The weight of ‖x‖²/2, in F/X².
            x0: The start, in X, shape (d,); by default 0, or 1 everywhere if Xᵀy = 0.

        Returns:
            The pair; x* is the minimiser of least norm.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> pair = at.Quadratic.from_least_squares([[2.0], [0.0]], [2.0, 0.0], helper=1)
            >>> print(pair.constants().L, pair.constants().delta)
            2.0 2.0
        """
        return pair_from_least_squares(X, y, helper, l2, x0)

    def default(self, name: str) -> float | None:
        """The value of a field that is left out.

        Args:
            name: "L", "mu", "F0" or "dim".

        Returns:
            The value, in its unit; None if it depends on the other fields.
        """
        if not isinstance(self.spectrum, str):
            return None
        defaults = {"F0": 1.0 if self.x0 is None else None, "mu": 0.0 if self.dim != 1 else None}
        return defaults.get(name)

    @classmethod
    def kinds(cls) -> Mapping[str, Callable[[Choose], QuadraticPair]]:
        """The functions that draw a pair, by name.

        Returns:
            "quadratic" for diagonal pairs, "dense" for pairs with f, h or both rotated.
        """
        return kinds_of(cls)

    @classmethod
    def client_kinds(cls) -> Mapping[str, Callable[[Choose], QuadraticPair]]:
        """The functions that draw a pair with clients or several helpers, by name.

        Returns:
            "clients" and "helpers" for diagonal pairs, "dense-clients" and "dense-helpers" for
            pairs with f, the R_i or both rotated.
        """
        return client_kinds_of(cls)


def toy(*, delta: Reals, zeta: Reals, x0: float = 1.0) -> QuadraticPair:
    """The paper's toy pair in one dimension: f(x) = ½x², ∇h(x) = (1 + δ)x − ζ.

    Args:
        delta: δ, in F/X²; a number or an array over configurations.
        zeta: ζ, in F/X; a number or an array over configurations.
        x0: The start, in X.

    Returns:
        The pair.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> at.toy(delta=0.1, zeta=0.5).x0
        array([[1.]])
    """
    checks = Checks()
    target = checks.attempt(Quadratic, L=1.0, dim=1, x0=[x0])
    pair = checks.attempt((target or Quadratic(L=1.0, dim=1)).with_helper, delta, zeta)
    checks.done()
    return cast(QuadraticPair, pair)


_HELPER_DEFAULTS = {"gap": "signs", "zeta": 0.0}
