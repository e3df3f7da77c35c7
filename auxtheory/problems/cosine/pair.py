"""The pair of two sums of cosines about one point: its gradients, exact constants and
certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.elementary import sin
from auxtheory.problems.base import Certificate, Gradients, Separable
from auxtheory.problems.certificate import certificate
from auxtheory.problems.certificate_separable import measure_separable
from auxtheory.problems.given import GivenPair
from auxtheory.problems.region import Region
from auxtheory.typing import Array, FloatArray, Helper


def grad_f(z: Any, amplitude: Any, r: Any, b: Any) -> Any:
    """∇f of one coordinate: l sin z."""
    return amplitude * sin(z)


def grad_h(z: Any, amplitude: Any, r: Any, b: Any) -> Any:
    """∇h of one coordinate: (l − r) sin z − b."""
    return (amplitude - r) * sin(z) - b


def grad_r(z: Any, amplitude: Any, r: Any, b: Any) -> Any:
    """∇r of one coordinate: r sin z + b."""
    return r * sin(z) + b


def value(z: Any, amplitude: Any, r: Any, b: Any) -> Any:
    """f − f* of one coordinate: l(1 − cos z), computed as 2l sin²(z/2), which is accurate for small
    z."""
    half = sin(0.5 * z)
    return 2.0 * (half * (amplitude * half))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CosinePair(GivenPair):
    """With z = x − x*: ∇f(x) = l sin z, ∇r(x) = r sin z + b, ∇h = ∇f − ∇r; made by
    `Cosine(...).with_helper(...)`.

    Args:
        start: x⁰, in radians, shape (C, d).
        minimiser: x*, in radians, shape (d,).
        description: The code that makes the pair.
        grid: Whether it is a grid of configurations.
        amplitudes: The lᵢ of f, in F, shape (C, d).
        r: The amplitudes of f − h, in F, shape (C, d).
        b: The gradient of r at x*, in F/X, shape (C, d).

    Example:
        >>> import auxtheory as at
        >>> at.Cosine(L=1.0, dim=3).with_helper(delta=0.2).r
        array([[-0.2,  0. , -0.2]])
    """

    amplitudes: FloatArray
    r: FloatArray
    b: FloatArray

    @property
    def separable(self) -> Separable:
        return Separable(grad_f, grad_h, grad_r, value, (self.amplitudes, self.r, self.b))

    @property
    def hessian_lipschitz(self) -> FloatArray:
        return np.asarray(np.max(self.amplitudes, axis=-1))

    def gradients(self, xp: Any = np) -> Gradients:
        return self.separable.gradients(self.minimiser, xp)

    def gap(self, x: Array, xp: Any = np) -> Array:
        return self.separable.gap(x, self.minimiser, xp)

    def constants(self, helper: Helper = "h", region: Region | None = None) -> Constants:
        """L = max l, δ = max |r| and F0, all exact; μ = 0, since ∇f = 0 wherever sin z = 0,
        including maxima of f; β is one of many admissible values, and ζ the smallest for it.

        Args:
            helper: "h" for the pair itself, "f" for h := f, "none" for h = 0.
            region: Ignored: the constants are those at all x.

        Returns:
            The constants; arrays of shape (C,) for a grid.
        """
        L = np.max(self.amplitudes, axis=-1)
        return self.seen_constants(
            helper,
            region=region,
            L=L,
            mu=np.zeros_like(L),
            F0=self.gap(self.start[:, None, :])[:, 0],
            of_r=lambda: (np.max(np.abs(self.r), axis=-1), *self.bias()),
            kinds={"beta": "certified"},
        )

    def bias(self) -> tuple[FloatArray, FloatArray]:
        """The smallest ζ with ‖∇r‖² ≤ β‖∇f‖² + ζ² at all x, at the β of a quadratic pair.

        With κ = max |r|/l: if rb = 0, β = κ² and ζ = ‖b‖, otherwise β = κ if κ < 1 and 2κ² if not.
        With u = sin z, ζ² = Σ sup {(ru + b)² − βl²u² : |u| ≤ 1}, each attained at |u| = min{1,
        |rb|/(βl² − r²)}, ru of b's sign.

        Returns:
            β, without unit, and ζ, in F/X, shape (C,) each.
        """
        r = self.r
        b = self.b
        with np.errstate(over="ignore", invalid="ignore"):
            kappa = np.max(np.abs(r) / self.amplitudes, axis=-1)
            aligned = np.any((r != 0) & (b != 0), axis=-1)
            beta = np.where(aligned, np.where(kappa < 1, kappa, 2 * kappa**2), kappa**2)
            slack = beta[:, None] * self.amplitudes**2 - r**2
            cross = np.abs(r * b)
            u = np.where(cross < slack, cross / np.where(slack > 0, slack, 1.0), 1.0)
            excess = np.sum(b**2 + 2 * cross * u - slack * u**2, axis=-1)
        bounded = aligned & np.isfinite(beta)  # at β = ∞ only points with ∇f = 0 count
        return beta, np.where(
            bounded, np.sqrt(np.where(bounded, excess, 0.0)), np.linalg.norm(b, axis=-1)
        )

    def certify(
        self,
        *,
        samples: int = 64,
        seed: int = 0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Certificate:
        """Measure L, δ from Hessians at x*, x⁰ and random points, μ and (β, ζ) at these and at the
        worst point that a search finds, and F0 by integrating ∇f, and compare each with what is
        stated.

        Args:
            samples: The number of random points.
            seed: The seed of the points.
            progress: Called as progress(done, total) after each step of a part of the work; by
                default a line is logged from two seconds on.

        Returns:
            One check for each constant and configuration; true if all agree.
        """
        return certificate(measure_separable, self, samples, seed, progress)
