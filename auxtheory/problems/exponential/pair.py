"""The pair of two sums of exponential functions about one point: its gradients, exact constants and
certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.elementary import exp_slope, exp_tail, within
from auxtheory.problems.base import Certificate, Gradients, Growth, Separable
from auxtheory.problems.certificate import certificate
from auxtheory.problems.exponential.certificate import measure_secants
from auxtheory.problems.given import GivenPair
from auxtheory.problems.region import Region
from auxtheory.typing import Array, FloatArray, Helper


def grad_f(z: Any, low: Any, q: Any, signed_reach: Any) -> Any:
    """∇f of one coordinate: l times the slope."""
    return low * exp_slope(z, abs(signed_reach))


def grad_r(z: Any, low: Any, q: Any, signed_reach: Any) -> Any:
    """∇r of one coordinate: q times the slope, or the constant q where the reach has the sign −."""
    reach = abs(signed_reach)
    curved = 0.5 + 0.5 * (signed_reach / reach)
    return q * (curved * exp_slope(z, reach) + (1.0 - curved))


def grad_h(z: Any, low: Any, q: Any, signed_reach: Any) -> Any:
    """∇h of one coordinate."""
    reach = abs(signed_reach)
    curved = 0.5 + 0.5 * (signed_reach / reach)
    return (low - q * curved) * exp_slope(z, reach) - q * (1.0 - curved)


def value(z: Any, low: Any, q: Any, signed_reach: Any) -> Any:
    """f − f* of one coordinate: l(e^|z| − 1 − |z|) for |z| ≤ reach, continued by a parabola."""
    near = within(z, abs(signed_reach))
    size = abs(near)
    tail = exp_tail(size)
    ratio = 1.0 + size * tail
    beyond = z - near
    bend = 1.0 + size * ratio
    return low * (size * size * tail + beyond * (near * ratio + 0.5 * (bend * beyond)))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ExponentialPair(GivenPair):
    """With z = x − x* and the slope s(z) = ±(e^|z| − 1), linear from |z| = R on: ∇f = l s(z), ∇r =
    q s(z) or a constant b, ∇h = ∇f − ∇r; made by `Exponential(...).with_helper(...)`.

    Args:
        start: x⁰, in units of 1/L₁, shape (C, d).
        minimiser: x*, in units of 1/L₁, shape (d,).
        description: The code that makes the pair.
        grid: Whether it is a grid of configurations.
        low: The lᵢ, the curvatures of f at x*, shape (C, d).
        q: The curvatures of f − h at x*, shape (C, d); 0 where b is not.
        b: The constant gradient of f − h, shape (C, d); 0 where q is not.
        reach: R, shape (C,).

    Example:
        >>> import auxtheory as at
        >>> pair = at.Exponential(L=10.0, L0=1.0, dim=2).with_helper(delta=0.5)
        >>> pair.low, pair.q
        (array([[0.5, 1. ]]), array([[-0.05,  0.  ]]))
    """

    low: FloatArray
    q: FloatArray
    b: FloatArray
    reach: FloatArray

    @property
    def separable(self) -> Separable:
        constant = self.b != 0
        signed = np.where(constant, -1.0, 1.0) * self.reach[:, None]
        return Separable(
            grad_f, grad_h, grad_r, value, (self.low, np.where(constant, self.b, self.q), signed)
        )

    def gradients(self, xp: Any = np) -> Gradients:
        return self.separable.gradients(self.minimiser, xp)

    def gap(self, x: Array, xp: Any = np) -> Array:
        return self.separable.gap(x, self.minimiser, xp)

    @property
    def strong_convexity(self) -> FloatArray:
        return np.asarray(np.min(self.low, axis=-1))

    @property
    def weak_convexity(self) -> FloatArray:
        return np.zeros(len(self.low))

    @property
    def hessian_lipschitz(self) -> FloatArray:
        return np.asarray(np.max(self.low, axis=-1) * np.exp(self.reach))

    @property
    def growth(self) -> Growth:
        """L₀ = max l, L₁ = 1, δ₀ = max |q| and δ₁ = max |q|/l: f″ = l + |f′| and |r″| = |q| +
        (|q|/l)|f′| for |z| ≤ R, and at most that beyond."""
        q = np.abs(self.q)
        return Growth(
            np.max(self.low, axis=-1),
            np.ones(len(self.low)),
            np.max(q, axis=-1),
            np.max(q / self.low, axis=-1),
        )

    def constants(self, helper: Helper = "h", region: Region | None = None) -> Constants:
        """L = e^R max l, δ = e^R max |q|, μ = min l, ζ = ‖b‖ and F0, all exact on all of R^d; β =
        max (q/l)².

        Args:
            helper: "h" for the pair itself, "f" for h := f, "none" for h = 0.
            region: Ignored: the constants are those at all x.

        Returns:
            The constants; arrays of shape (C,) for a grid.
        """
        growth = np.exp(self.reach)
        ratio = np.max(np.abs(self.q) / self.low, axis=-1)
        return self.seen_constants(
            helper,
            region=region,
            L=np.max(self.low, axis=-1) * growth,
            mu=np.min(self.low, axis=-1),
            F0=self.gap(self.start[:, None, :])[:, 0],
            of_r=lambda: (
                np.max(np.abs(self.q), axis=-1) * growth,
                ratio**2,
                np.linalg.norm(self.b, axis=-1),
            ),
            kinds={"beta": "certified", "mu": "certified"},
        )

    def certify(
        self,
        *,
        samples: int = 64,
        seed: int = 0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Certificate:
        """Measure L and δ as the steepest secants of ∇f and ∇r along coordinates, μ and (β, ζ) at
        x*, x⁰, points of a line and random points, and F0 by integrating ∇f, and compare each with
        what is stated.

        Args:
            samples: The number of random points.
            seed: The seed of the points.
            progress: Called as progress(done, total) after each step of a part of the work; by
                default a line is logged from two seconds on.

        Returns:
            One check for each constant and configuration; true if all agree.
        """
        return certificate(measure_secants, self, samples, seed, progress)
