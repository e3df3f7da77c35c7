"""The pair of two quadratics with one expansion point: its gradients, exact constants and
certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.errors import Checks
from auxtheory.helper_role import ROLES
from auxtheory.problems.base import Certificate, Gradients, Separable
from auxtheory.problems.certificate import certificate
from auxtheory.problems.checks import arguments
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.problems.components import QuadraticComponents, spread
from auxtheory.problems.given import GivenPair
from auxtheory.problems.quadratic.bias import bias_map, diagonal_map, worst_bias
from auxtheory.problems.quadratic.certificate import measure
from auxtheory.problems.quadratic.diagonal_certificate import measure_diagonal
from auxtheory.problems.quadratic.sizes import Spread
from auxtheory.problems.quadratic.spread import (
    components_of,
    mean_of_helpers,
    repeated,
    spread_over,
)
from auxtheory.problems.region import Region
from auxtheory.problems.spectral import matches
from auxtheory.typing import Array, FloatArray, Helper

LARGEST_KAPPA = 1e49  # the largest κ, since 2κ² must be a β in range; larger ones count as ∞
FLAT = 1e-6  # share of L; smaller eigenvalues lose more than ten digits of 16 in a rounded matrix


def grad_f(z: Any, A: Any, R: Any, b: Any) -> Any:
    """∇f of one coordinate: Az."""
    return A * z


def grad_h(z: Any, A: Any, R: Any, b: Any) -> Any:
    """∇h of one coordinate: (A − R)z − b."""
    return (A - R) * z - b


def grad_r(z: Any, A: Any, R: Any, b: Any) -> Any:
    """∇r of one coordinate: Rz + b."""
    return R * z + b


def value(z: Any, A: Any, R: Any, b: Any) -> Any:
    """f − f* of one coordinate: ½Az²."""
    return 0.5 * (z * (A * z))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class QuadraticPair(GivenPair):
    """With z = x − x*: ∇f(x) = Az, ∇r(x) = Rz + b, ∇h = ∇f − ∇r; made by
    `Quadratic(...).with_helper(...)`.

    Args:
        start: x⁰, shape (C, d).
        minimiser: x*, shape (d,).
        description: The code that makes the pair.
        grid: Whether it is a grid of configurations.
        A: The Hessian of f, in F/X², shape (C, d) if diagonal, otherwise (C, d, d).
        R: The Hessian of r, in F/X², shape (C, d) if diagonal, otherwise (C, d, d).
        b: The gradient of r at x*, in F/X, shape (C, d).
        eigenvalues: The eigenvalues of A, in F/X², shape (C, d).
        gap_norm: δ, in F/X², shape (C,).
        basis: The eigenvectors of a dense A as columns, shape (d, d), in the order of
            `eigenvalues`; None if they are not known or do not agree with A.
        gap_eigenvalues: The eigenvalues of R in that basis, shape (C, d), if it is R's too; None if
            they are not known or do not agree with R.
        components: f as the mean of N quadratics; None if it is not one.
        helpers: several quadratic helpers of f, or the clients of which f is the mean; h is then
            their mean. None: h is the only one.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=2.0, mu=1.0, dim=2).with_helper(delta=0.1)
        >>> pair.A, pair.R
        (array([[1., 2.]]), array([[-0.1,  0. ]]))
    """

    exact: ClassVar[bool] = True

    A: FloatArray
    R: FloatArray
    b: FloatArray
    eigenvalues: FloatArray
    gap_norm: FloatArray
    basis: FloatArray | None = None
    gap_eigenvalues: FloatArray | None = None
    components: QuadraticComponents | None = field(default=None, metadata={"optional": True})
    helpers: QuadraticHelpers | None = field(default=None, metadata={"optional": True})

    def __post_init__(self) -> None:
        super().__post_init__()
        basis = self.basis
        gap = self.gap_eigenvalues
        if basis is not None and not matches(self.A, self.eigenvalues, basis):
            object.__setattr__(self, "basis", None)
        if gap is not None and (self.basis is None or not matches(self.R, gap, self.basis)):
            object.__setattr__(self, "gap_eigenvalues", None)

    def with_components(
        self, N: int, delta: float = 0.0, zeta: float = 0.0, *, seed: int = 0
    ) -> QuadraticPair:
        """This pair with f as the mean of N components: ∇f_i(x) = A_i (x − x*) + b_i.

        A_i = A ± D_i and b_i = ±v_i in opposite pairs, so that their means are A and 0; of an odd N
        the last component is f itself. D_i is diagonal if A is, and f_i is non-convex where δ
        exceeds an eigenvalue of A. The result's `components` has L_max and σ*.

        Args:
            N: The number of components.
            delta: ‖A_i − A‖ = ‖D_i‖, in F/X².
            zeta: ‖∇f_i(x*)‖ = ‖v_i‖, in F/X.
            seed: The seed of the D_i and v_i.

        Returns:
            The pair with components.

        Raises:
            InputError: Lists every bad value.
        """
        parts = spread(self.A, self.minimiser, N, delta, zeta, seed)
        defaults = {"delta": 0.0, "zeta": 0.0, "seed": 0}
        values = {"N": N, "delta": delta, "zeta": zeta, "seed": seed}
        description = f"{self.description}.with_components({arguments(values, defaults)})"
        return replace(self, components=parts, description=description)

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
        """This pair, whose h is f, with f as the mean of N clients; see `Quadratic.with_clients`.

        Args:
            N: The number of clients.
            delta: The δ_i.
            zeta: ζ, or the ζ_i.
            groups: Groups of identical clients.
            weights: The weight of one client of each group.
            delta_bar: δ̄.
            delta_A: δ_A.
            rotation: The seed of the eigenvectors of the R_i, or None.
            seed: The seed of signs and directions.

        Returns:
            The pair.

        Raises:
            InputError: Lists every bad value.
        """
        return self._spread(
            clients=True,
            N=N,
            delta=delta,
            zeta=zeta,
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
        """This pair, whose h is f, with N helpers; see `Quadratic.with_helpers`.

        Args:
            N: The number of helpers.
            delta: The δ_i.
            zeta: ζ, or the ζ_i.
            groups: Groups of identical helpers.
            weights: The weight of one helper of each group.
            delta_bar: δ̄.
            delta_A: δ_A.
            rotation: The seed of the eigenvectors of the R_i, or None.
            seed: The seed of signs and directions.

        Returns:
            The pair.

        Raises:
            InputError: Lists every bad value.
        """
        return self._spread(
            clients=False,
            N=N,
            delta=delta,
            zeta=zeta,
            groups=groups,
            weights=weights,
            delta_bar=delta_bar,
            delta_A=delta_A,
            rotation=rotation,
            seed=seed,
        )

    def _spread(self, *, clients: bool, **values: Any) -> QuadraticPair:
        """`with_clients` or `with_helpers`."""
        checks = Checks()
        if np.any(self.R) or np.any(self.b):
            checks.complain("pair", self, "must have h = f, since the helpers replace its h")
        checks.done()
        helpers, grid = spread_over(
            self.A, self.basis, self.minimiser, Spread(**values), clients=clients
        )
        text = arguments(values, {"delta": 0.0, "zeta": 0.0, "seed": 0})
        name = "with_clients" if clients else "with_helpers"
        return self.having(helpers, f"{self.description}.{name}({text})", grid=grid or self.grid)

    def having(self, helpers: QuadraticHelpers, description: str, *, grid: bool) -> QuadraticPair:
        """This pair with several helpers of f, whose mean h is.

        Args:
            helpers: The helpers; their A is that of f.
            description: The code that makes the pair.
            grid: Whether it is a grid of configurations.

        Returns:
            The pair.
        """
        R, b, norm = mean_of_helpers(helpers)
        C = len(helpers.A)
        turned = self.diagonal and helpers.A.ndim == 3
        return replace(
            self,
            start=repeated(self.start, C),
            A=helpers.A,
            R=R,
            b=b,
            eigenvalues=repeated(self.eigenvalues, C),
            gap_norm=norm,
            basis=np.eye(self.dim) if turned else self.basis,
            gap_eigenvalues=np.zeros((C, self.dim)) if helpers.clients else None,
            components=components_of(helpers),
            helpers=helpers,
            description=description,
            grid=grid,
        )

    @property
    def diagonal(self) -> bool:
        """Whether A and R are both diagonal, so that the coordinates are independent."""
        return self.A.ndim == 2

    def seen(self, helper: Helper) -> tuple[FloatArray, FloatArray]:
        """R and b with the helper that a method uses.

        Args:
            helper: "h" for the true helper, "f" for h := f (both 0), "none" for h = 0 (A and 0).

        Returns:
            R and b, in their shapes.
        """
        role = ROLES[helper]
        zeros = np.zeros_like(self.b)
        return role.r(self.R, self.A, np.zeros_like(self.R)), role.r(self.b, zeros, zeros)

    @property
    def separable(self) -> Separable | None:
        return (
            Separable(grad_f, grad_h, grad_r, value, (self.A, self.R, self.b))
            if self.diagonal
            else None
        )

    @property
    def strong_convexity(self) -> FloatArray:
        return np.asarray(np.min(self.eigenvalues, axis=-1))

    @property
    def weak_convexity(self) -> FloatArray:
        return np.zeros(len(self.x0))

    @property
    def hessian_lipschitz(self) -> FloatArray:
        return np.zeros(len(self.x0))

    def gradients(self, xp: Any = np) -> Gradients:
        separable = self.separable
        if separable is not None:
            return separable.gradients(self.minimiser, xp)
        A, R, b, centre = (
            xp.asarray(v) for v in (self.A, self.R, self.b[:, None, :], self.minimiser)
        )
        H = A - R
        curved = self._curved(xp)
        if curved is not None:
            return Gradients(
                f=lambda x: curved(x - centre),
                h=lambda x: curved(x - centre) - xp.matmul(x - centre, R) - b,
                r=lambda x: xp.matmul(x - centre, R) + b,
            )
        return Gradients(
            f=lambda x: xp.matmul(x - centre, A),
            h=lambda x: xp.matmul(x - centre, H) - b,
            r=lambda x: xp.matmul(x - centre, R) + b,
        )

    def _curved(self, xp: Any) -> Callable[[Array], Array] | None:
        """z ↦ Az in the eigenbasis, if A as a rounded matrix would lose its small eigenvalues."""
        positive = np.where(self.eigenvalues > 0, self.eigenvalues, np.inf)
        flat = np.any(np.min(positive, axis=-1) < FLAT * np.max(self.eigenvalues, axis=-1))
        if self.basis is None or not flat:
            return None
        basis = xp.asarray(self.basis)
        back = xp.asarray(self.basis.T.copy())
        values = xp.asarray(self.eigenvalues[:, None, :].copy())
        return lambda z: xp.matmul(xp.matmul(z, basis) * values, back)

    def gap(self, x: Array, xp: Any = np) -> Array:
        separable = self.separable
        if separable is not None:
            return separable.gap(x, self.minimiser, xp)
        z = x - xp.asarray(self.minimiser)
        if self.basis is None:
            return 0.5 * xp.sum(z * xp.matmul(z, xp.asarray(self.A)), axis=-1)
        turned = xp.matmul(z, xp.asarray(self.basis))
        return 0.5 * xp.sum(
            xp.asarray(self.eigenvalues[:, None, :].copy()) * turned * turned, axis=-1
        )

    def constants(self, helper: Helper = "h", region: Region | None = None) -> Constants:
        return self.seen_constants(
            helper,
            region=region,
            L=np.max(self.eigenvalues, axis=-1),
            mu=np.min(self.eigenvalues, axis=-1),
            F0=self.gap(self.start[:, None, :])[:, 0],
            of_r=lambda: (self.gap_norm, *self.bias()),
        )

    def bias(self) -> tuple[FloatArray, FloatArray]:
        """The smallest ζ with ‖Rz + b‖² ≤ β‖Az‖² + ζ² for all z, at a useful β.

        With κ² = sup ‖Rz‖²/‖Az‖²: if Rb = 0, β = κ² and ζ = ‖b‖. Otherwise β = κ if κ < 1 − 10⁻⁶
        (on one coordinate the best floor ζ²/(1 − β)), otherwise β = 2κ², and ζ² = ‖b‖² + bᵀC(βI −
        CᵀC)⁻¹Cᵀb with C = RA⁻¹. β = ∞ if R leaves A's range, or nearly (κ ≥ 10⁴⁹).

        Returns:
            β, without unit, and ζ, in F/X, shape (C,) each.
        """
        A = self.A
        R = self.R
        b = self.b
        if self.basis is not None and self.gap_eigenvalues is not None:
            A = self.eigenvalues
            R = self.gap_eigenvalues
            b = self.b @ self.basis
        size = np.max(np.abs(R.reshape(len(b), -1)), axis=-1)
        b2 = np.sum(b**2, axis=-1)
        # Products of R and b may overflow.
        direction = b / np.where(b2 > 0, np.sqrt(b2), 1.0)[:, None]
        scaled = R / np.where(size > 0, size, 1.0).reshape(-1, *(1,) * (R.ndim - 1))
        if R.ndim == 2:
            Rb = scaled * direction
            C, kappa = diagonal_map(A, R)
        else:
            spectra = [
                None if self.basis is None else (values, self.basis) for values in self.eigenvalues
            ]
            floor = 1e-13 if self.basis is None else 1e-100
            maps = [bias_map(*matrices, floor) for matrices in zip(A, R, spectra, strict=True)]
            Rb = np.squeeze(scaled @ direction[..., None], -1)
            kappa = np.array([norm for _, norm in maps])
        kappa = np.where(kappa < LARGEST_KAPPA, kappa, np.inf)
        aligned = np.linalg.norm(Rb, axis=-1) > 1e-14
        # κ = 1 may round to just below 1, where βI − CᵀC would be rounding alone.
        beta = np.where(aligned & (kappa < 1 - 1e-6), kappa, np.where(aligned, 2.0, 1.0) * kappa**2)
        more = np.zeros_like(beta)
        for i in np.flatnonzero(aligned & np.isfinite(kappa)):
            product = C[i] if R.ndim == 2 else maps[i][0]
            more[i] = (product.T @ b[i] if product.ndim == 2 else product * b[i]) @ worst_bias(
                product, b[i], beta[i]
            )
        return beta, np.sqrt(b2 + more)

    def certify(
        self,
        *,
        samples: int = 64,
        seed: int = 0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Certificate:
        """Measure L, μ, δ from Hessians rebuilt by gradient differences, (β, ζ) at sampled points
        and at the worst one, and F0 from f, and compare each with what is stated.

        Args:
            samples: The number of random points.
            seed: The seed of the points.
            progress: Called as progress(done, total) after each step of a part of the work; by
                default a line is logged from two seconds on.

        Returns:
            One check for each constant and configuration; true if all agree.
        """
        way = measure_diagonal if self.diagonal else measure
        return certificate(way, self, samples, seed, progress)
