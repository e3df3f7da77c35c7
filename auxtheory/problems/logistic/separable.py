"""Logistic regression on data that a plane through 0 separates: inf f = 0 is not attained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from auxtheory.bounds.constants import Constants
from auxtheory.errors import Checks
from auxtheory.problems.base import Certificate, Gradients
from auxtheory.problems.given import GivenPair
from auxtheory.problems.logistic.features import longest
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.separation import CLEAR, margins
from auxtheory.problems.region import Region
from auxtheory.typing import Array, FloatArray, Helper

FAR = 40.0  # the least score at the far point of certificates, where f is below 1e-17
EXPLICIT = 64  # the most numbers of features that a repr writes out


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SeparablePair(GivenPair):
    """f(x) = Σ cᵢ ln(1 + exp(−yᵢaᵢᵀx)) of separable data, with h = f and x⁰ = 0; made by
    `separable_logistic`.

    No point minimises f: x* is at infinity.

    Args:
        start: x⁰ = 0, shape (1, d).
        minimiser: ∞ in every coordinate, shape (d,).
        description: The code that makes the pair.
        grid: False.
        f: The objective, without regulariser.
        direction: w* of length 1 that attains the margin, shape (d,).

    Example:
        >>> import auxtheory as at
        >>> pair = at.problems.separable_logistic([[3.0, 4.0]], [1])
        >>> round(pair.margin, 12), pair.reach, pair.direction
        (5.0, 5.0, array([0.6, 0.8]))
    """

    f: LogisticLoss
    direction: FloatArray

    @property
    def margin(self) -> float:
        """γ = min yᵢaᵢᵀw* > 0, in 1/X: the largest over all w* of length 1, up to rounding."""
        return float(np.min(margins(self.f, self.direction)))

    @cached_property
    def reach(self) -> float:
        """The largest ‖aᵢ‖, in 1/X."""
        return float(longest(self.f.features))

    @property
    def length(self) -> float:
        return 1 / self.reach

    @property
    def weak_convexity(self) -> FloatArray:
        return np.zeros(1)

    def gradients(self, xp: Any = np) -> Gradients:
        gradient = self.f.functions(xp)[1]
        return Gradients(gradient, gradient, lambda x: 0 * x)

    def gap(self, x: Array, xp: Any = np) -> Array:
        return self.f.functions(xp)[0](x)

    def constants(self, helper: Helper = "h", region: Region | None = None) -> Constants:
        return self.seen_constants(
            helper,
            region=region,
            L=np.array([self.f.smoothness[0]]),
            mu=np.zeros(1),
            F0=self.gap(self.start[:, None])[:, 0],
            of_r=lambda: (0.0, 0.0, 0.0),
            kinds={"mu": "certified"},
        )

    def certify(
        self,
        *,
        samples: int = 64,
        seed: int = 0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Certificate:
        """Measure L, δ and F0 as `Pair.certify` does, at points around x⁰ and far along w*.

        Args:
            samples: The number of random points.
            seed: The seed of the points.
            progress: Called as progress(done, total) after each step of a part of the work; by
                default a line is logged from two seconds on.

        Returns:
            One check for each constant; true if all agree.
        """
        far = replace(self, minimiser=FAR / self.margin * self.direction)
        return super(SeparablePair, far).certify(samples=samples, seed=seed, progress=progress)


def separable_logistic(features: Any, labels: Any, *, weights: Any = None) -> SeparablePair:
    """The pair of logistic regression without regulariser on separable data of two classes, from
    x⁰ = 0, with h = f.

    The margin is the distance of 0 from the convex hull of the yᵢaᵢ (its dual), found by
    non-negative least squares.

    Args:
        features: The aᵢ, shape (n, p), dense.
        labels: The classes, shape (n,): 0 and 1, or −1 and 1.
        weights: The cᵢ, in F, shape (n,), above 0; by default 1/n.

    Returns:
        The pair; inf f = 0.

    Raises:
        InputError: Lists every bad value; or no plane through 0 separates the classes.

    Example:
        >>> import auxtheory as at
        >>> pair = at.problems.separable_logistic([[1.0, 2.0], [1.0, -2.0]], [1, 1])
        >>> round(pair.margin, 12), pair.infimum_known
        (1.0, True)
    """
    f = LogisticLoss(features=features, labels=labels, weights=weights)
    checks = Checks()
    if scipy.sparse.issparse(f.features):
        checks.complain("features", features, "must be an array")
    if f.classes != 2:
        checks.complain("labels", labels, "must be two classes")
    if not np.all(f.weights > 0):
        checks.complain("weights", weights, "must be above 0")
    checks.done()
    signed = np.where(f.labels == 1, 1.0, -1.0)[:, None] * f.features
    direction = _direction(signed)
    scores = signed @ direction
    if not np.min(scores) > CLEAR * np.max(np.abs(scores)):
        checks.complain("labels", labels, "must be separable by a plane through 0")
        checks.done()
    few = f.features.size <= EXPLICIT
    table = repr(f.features.tolist()) if few else f"<array of shape {f.features.shape}>"
    marks = repr(f.labels.tolist()) if few else "…"
    more = "" if weights is None else f", weights={f.weights.tolist() if few else '…'!r}"
    return SeparablePair(
        start=np.zeros((1, f.dim)),
        minimiser=np.full(f.dim, np.inf),
        description=f"at.problems.separable_logistic({table}, {marks}{more})",
        grid=False,
        f=f,
        direction=direction,
    )


def _direction(signed: FloatArray) -> FloatArray:
    """The shortest vector of the convex hull of the rows, at length 1; 0 if it contains 0."""
    size = float(np.max(np.linalg.norm(signed, axis=1))) or 1.0
    system = np.vstack([signed.T / size, np.ones(len(signed))])
    target = np.append(np.zeros(signed.shape[1]), 1.0)
    shares, _ = scipy.optimize.nnls(system, target)
    shortest = shares @ signed
    length = float(np.linalg.norm(shortest))
    return shortest / length if length > 0 else shortest
