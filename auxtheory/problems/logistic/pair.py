"""The pair of a logistic objective and a helper made from another objective and a quadratic gap:
gradients and constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Kind
from auxtheory.errors import LARGEST, Checks
from auxtheory.helper_role import ROLES
from auxtheory.problems.base import Gradients
from auxtheory.problems.checks import check_role
from auxtheory.problems.components import Components
from auxtheory.problems.given import GivenPair
from auxtheory.problems.logistic.clients import ClientComponents, LogisticClients
from auxtheory.problems.logistic.components import LogisticComponents
from auxtheory.problems.logistic.features import longest
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.regional import Regional, lowest_floor, regional
from auxtheory.problems.logistic.scores import ScoreRegion, score_region
from auxtheory.problems.logistic.similarity import gradient_wander, hessian_gap, merged
from auxtheory.problems.region import SLACK, Region, checked_points, visited_ball
from auxtheory.typing import Array, FloatArray, Helper


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LogisticPair(GivenPair):
    """r = f − h = θ(f − g) + ½zᵀRz + bᵀz with z = x − x*, R diagonal; made by the methods of
    `Logistic`.

    Args:
        start: x⁰, shape (C, d).
        minimiser: x*, shape (d,), or the lowest point that a search found.
        description: The code that makes the pair.
        grid: Whether it is a grid of configurations.
        f: The objective.
        g: The objective that h goes towards.
        theta: θ in [0, 1], shape (C,).
        R: The diagonal of R, in F/X², shape (C, d).
        b: b, in F/X, shape (C, d).
        lowest: f(x*), in F.
        below: A certified lower bound of f, in F; equal to f(x*) if x* minimises f.
        helpers: The clients of which f is the mean; None if there are none.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> pair = f.with_helper(delta=0.05)
        >>> pair.infimum_known, float(pair.theta[0])
        (True, 0.0)
    """

    f: LogisticLoss
    g: LogisticLoss
    theta: FloatArray
    R: FloatArray
    b: FloatArray
    lowest: float
    below: float
    helpers: LogisticClients | None = field(default=None, metadata={"optional": True})

    @property
    def infimum_known(self) -> bool:
        return self.lowest == self.below

    @property
    def unique(self) -> bool:
        """Whether f is known to be stationary at x* alone."""
        return self.f.convexity > 0 or bool(getattr(self.f, "unique", False))

    def repeated(self, C: int) -> LogisticPair:
        """This pair as a grid of configurations that are all alike.

        Args:
            C: The number of configurations.

        Returns:
            The pair.
        """
        helpers = self.helpers
        return replace(
            self,
            theta=np.broadcast_to(self.theta[:1], (C,)),
            R=np.broadcast_to(self.R[:1], (C, self.dim)),
            b=np.broadcast_to(self.b[:1], (C, self.dim)),
            start=np.broadcast_to(self.start[:1], (C, self.dim)),
            grid=True,
            helpers=None if helpers is None else replace(helpers, count=C),
        )

    @property
    def length(self) -> float:
        # T²/(1 + t²) is far from a line within a distance of ¼.
        bent = self.f.nonconvex > 0 or self.g.nonconvex > 0
        steepest = max(longest(self.f.features), longest(self.g.features), 4.0 * bent)
        return 1 / steepest if steepest else 1.0

    @property
    def strong_convexity(self) -> FloatArray:
        return np.full(len(self.theta), max(self.f.convexity, 0.0))

    @property
    def weak_convexity(self) -> FloatArray:
        return np.full(len(self.theta), max(-self.f.convexity, 0.0))

    @property
    def components(self) -> Components | None:
        if self.helpers is not None:
            # A theorem about clients and one about components mean the same N.
            parts = ClientComponents(helpers=self.helpers, minimiser=self.minimiser)
            return parts if self.helpers.equal_weights else None
        return LogisticComponents(f=self.f, minimiser=self.minimiser, count=len(self.theta))

    @property
    def numbers_at_once(self) -> int:
        """The size of the arrays that a gradient has in memory for each point."""
        return max(self.f.scores_at_once, self.g.scores_at_once, self.dim)

    def gradients(self, xp: Any = np) -> Gradients:
        _, grad_f = self.f.functions(xp)
        _, grad_g = self.g.functions(xp)
        theta, R, b = (xp.asarray(v[:, None]) for v in (self.theta[:, None], self.R, self.b))
        centre = xp.asarray(self.minimiser)
        dialled = bool(np.any(self.R) or np.any(self.b))
        if self.g is self.f or not np.any(self.theta):
            return Gradients(
                grad_f, lambda x: grad_f(x) - (R * (x - centre) + b), lambda x: R * (x - centre) + b
            )
        if not dialled and np.all(self.theta == 1):
            return Gradients(grad_f, grad_g, lambda x: grad_f(x) - grad_g(x))

        def grad_r(x: Array) -> Array:
            return theta * (grad_f(x) - grad_g(x)) + (R * (x - centre) + b)

        return Gradients(grad_f, lambda x: grad_f(x) - grad_r(x), grad_r)

    def hessian_product(self, x: FloatArray, v: FloatArray, configuration: int = 0) -> FloatArray:
        return self.f.hessian_product(x, v)

    def gap(self, x: Array, xp: Any = np) -> Array:
        if self.infimum_known:
            return self.f.excess(self.minimiser, xp)(x)
        return self.f.functions(xp)[0](x) - self.below

    def gap_product(self, x: FloatArray, v: FloatArray, configuration: int = 0) -> FloatArray:
        return self.gap_at(x, configuration)(v)

    def hessian_at(
        self, x: FloatArray, configuration: int = 0
    ) -> Callable[[FloatArray], FloatArray]:
        return self.f.hessian_at(x)

    def gap_at(self, x: FloatArray, configuration: int = 0) -> Callable[[FloatArray], FloatArray]:
        theta = self.theta[configuration]
        R = self.R[configuration]
        if theta == 0 or self.g is self.f:
            return lambda v: R * v
        of_f, of_g = self.f.hessian_at(x), self.g.hessian_at(x)
        return lambda v: theta * (of_f(v) - of_g(v)) + R * v

    @cached_property
    def _apart(self) -> tuple[float, float]:
        """Bounds (low, high) of all eigenvalues of ∇²(f − g)."""
        return (
            (0.0, 0.0)
            if self.g is self.f or not np.any(self.theta)
            else hessian_gap(self.f, self.g)
        )

    @cached_property
    def _wander(self) -> float:
        """A bound on the distance of ∇(f − g) from its value at 0."""
        return gradient_wander(self.f, self.g) if any(self._apart) else 0.0

    @property
    def delta(self) -> FloatArray:
        """A bound on ‖∇²r(x)‖ at all x, shape (C,)."""
        low, high = (self.theta * end for end in self._apart)
        return np.maximum(
            np.abs(high + np.max(self.R, axis=-1)), np.abs(low + np.min(self.R, axis=-1))
        )

    @cached_property
    def _regional(self) -> dict[Region, Regional]:
        """The bounds on the last region that was asked for."""
        return {}

    def _on(self, region: Region) -> tuple[float, float, FloatArray]:
        """L, μ and δ on a region; δ of shape (C,)."""
        if region not in self._regional:
            self._regional.clear()
            self._regional[region] = regional(self.f, self._other, region, self.minimiser)
        bounds = self._regional[region]
        size = np.max(np.abs(self.R), axis=-1)
        gap = bounds.gap if any(self._apart) else 0.0
        return bounds.L, bounds.mu, np.minimum(self.theta * gap + size, self.delta)

    def _bias_on(self, region: Region) -> tuple[FloatArray, FloatArray]:
        """β and ζ such that ‖∇r‖² ≤ β‖∇f‖² + ζ² on a region: of three such pairs the one with the
        lowest floor ζ²/(1 − β).

        They are those at all x, and those of ‖∇r(x)‖ ≤ ‖∇r(c)‖ + δ‖x − c‖ with c the centre, β = 0,
        or with c = x*, if the region contains it, where ‖x − x*‖ ≤ ‖∇f(x)‖/μ.
        """
        _, mu, delta = self._on(region)
        beta, zeta = self.bias()
        at_centre, at_minimiser = self._sizes_of_r([region.centre, self.minimiser])
        choices = [(beta, zeta), (np.zeros_like(beta), at_centre + delta * region.radius)]
        if mu and bool(region.contains(self.minimiser)):
            kappa = delta / mu
            root = np.sqrt(np.where(kappa < 1, 1 - kappa, 1.0))
            choices.append((np.where(kappa < 1, kappa, np.inf), at_minimiser / root))
        return lowest_floor(choices)

    def _sizes_of_r(self, points: list[FloatArray]) -> FloatArray:
        """‖∇r‖ at some points, shape (points, C)."""
        x = np.broadcast_to(np.stack(points), (len(self.theta), len(points), self.dim))
        return np.asarray(np.linalg.norm(self.gradients().r(x) + np.zeros_like(x), axis=-1).T)

    @property
    def _other(self) -> LogisticLoss:
        """g, or f where h does not go towards g."""
        return self.g if np.any(self.theta) else self.f

    def region(self, points: Any, *, slack: float = SLACK) -> ScoreRegion:
        checks = Checks()
        x = checked_points(checks, points, self.dim)
        checks.number("slack", slack)
        checks.done()
        ball = visited_ball(x, slack=slack)
        g = self._other
        features = self.f.features if g is self.f else merged(self.f, g)[0]
        return score_region(features, self.f.rows, x, slack, ball)

    def constants(self, helper: Helper = "h", region: Region | None = None) -> Constants:
        """The constants: L exact for two classes; F0 exact, up to 10⁻¹², where inf f is known; δ
        exact where ∇²r does not depend on x, ζ where ∇r does not; μ = max{0, l2 − ν/2} and all
        others are certified bounds. In more than 1,500 coordinates a bound of a largest eigenvalue
        is one of random vectors, which fails with a probability of at most 10⁻⁹.

        Args:
            helper: "h" for the pair itself, "f" for h := f, "none" for h = 0.
            region: A region, such as `at.Ball(centre, radius)`, for L, δ, μ, β and ζ that are
                certified there instead of at all x, none above those at all x.

        Returns:
            The constants; arrays of shape (C,) for a grid.
        """
        check_role(helper, region, self.dim)
        role = ROLES[helper]
        low, high = self.f.smoothness
        zero = np.zeros(len(self.theta))
        F0 = float(self.gap(self.start[:1, None])[0, 0])
        mu = max(0.0, self.f.convexity)
        if region is not None:
            L, mu, delta = self._on(region)
            known = () if self.infimum_known else ("F0",)
            return self.seen_constants(
                helper,
                L=zero + L,
                mu=zero + mu,
                F0=zero + F0,
                of_r=lambda: (delta, *self._bias_on(region)),
                kinds={name: "certified" for name in ("L", "mu", "delta", "beta", "zeta", *known)},
            )
        exact = {
            "L": low == high,
            "F0": self.infimum_known,
            "delta": role.r(self._apart[0] == self._apart[1], low == high, True),
            "zeta": role.r(not any(self._apart) and not np.any(self.R), True, True),
            "mu": False,
            "beta": False,
        }
        kinds: dict[str, Kind] = {
            name: "exact" if known else "certified" for name, known in exact.items()
        }
        return self.seen_constants(
            helper,
            L=zero + high,
            mu=zero + mu,
            F0=zero + F0,
            of_r=lambda: (self.delta, *self.bias()),
            kinds=kinds,
        )

    def bias(self) -> tuple[FloatArray, FloatArray]:
        """β and ζ such that ‖∇r‖² ≤ β‖∇f‖² + ζ² at all x; of two such pairs the one with the lower
        floor ζ²/(1 − β).

        β = 0 and ζ = ‖∇r(0)‖ + θ sup‖∇(f−g)(x) − ∇(f−g)(0)‖ where ∇r is bounded; β = κ = δ/μ, ζ² =
        ‖∇r(x*)‖²/(1 − κ) where κ < 1, from ‖∇r(x)‖ ≤ ‖∇r(x*)‖ + δ‖x − x*‖ ≤ ‖∇r(x*)‖ + κ‖∇f(x)‖.
        Where neither holds, β = ∞, and ζ = ‖∇r(x*)‖ if f is stationary at x* alone; otherwise no ζ
        is known (10¹⁰⁰).

        Returns:
            β, without unit, and ζ, in F/X, shape (C,) each.
        """
        mu = max(0.0, self.f.convexity)
        delta = self.delta
        at_zero, at_minimiser = self._sizes_of_r([np.zeros(self.dim), self.minimiser])
        wander = self._wander
        bounded = ~np.any(self.R, axis=-1) & ((self.theta == 0) | np.isfinite(wander))
        far = np.where(
            bounded, at_zero + np.where(bounded, self.theta, 0.0) * min(wander, 1e300), np.inf
        )
        kappa = delta / mu if mu else np.where(delta == 0, 0.0, np.inf)
        near = kappa < 1
        root = np.sqrt(np.where(near, 1 - kappa, 1.0))
        close = near & (at_minimiser / root**2 <= far)
        beta = np.where(close, kappa, np.where(bounded, 0.0, np.inf))
        return beta, np.where(
            close,
            at_minimiser / root,
            np.where(bounded, far, at_minimiser if self.unique else LARGEST),
        )
