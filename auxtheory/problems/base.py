"""The interface of every pair (f, h): start, constants, gradients, and a certificate that checks
the constants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.errors import Checks
from auxtheory.helper_role import ROLES
from auxtheory.problems.certified import Certificate as Certificate
from auxtheory.problems.certified import Check as Check
from auxtheory.problems.clients import Helpers
from auxtheory.problems.components import Components
from auxtheory.problems.region import SLACK, Region, checked_points, visited_ball
from auxtheory.typing import Array, FloatArray, Helper

Gradient: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True)
class Gradients:
    """∇f, ∇h and ∇r = ∇f − ∇h, each from and to an array of shape (configurations, replicas, d).

    Args:
        f: ∇f.
        h: ∇h.
        r: ∇r.

    Example:
        >>> import numpy as np
        >>> import auxtheory as at
        >>> gradients = at.toy(delta=0.5, zeta=0.0).gradients()
        >>> float(gradients.h(np.ones((1, 1, 1)))[0, 0, 0])
        1.5
    """

    f: Gradient
    h: Gradient
    r: Gradient

    def seen(self, helper: Helper, xp: Any) -> Gradients:
        """The gradients with the helper that a method uses.

        Args:
            helper: "h" for the true helper, "f" for h := f, "none" for h = 0.
            xp: The array namespace, such as NumPy.

        Returns:
            The gradients, in the same shapes.
        """
        role = ROLES[helper]
        zero = xp.zeros_like
        return Gradients(self.f, role.h(self.h, self.f, zero), role.r(self.r, self.f, zero))


@dataclass(frozen=True, eq=False)
class Growth:
    """‖∇²f(x)‖ ≤ L₀ + L₁‖∇f(x)‖ and ‖∇²r(x)‖ ≤ δ₀ + δ₁‖∇f(x)‖ at all x, r = f − h.

    Args:
        L0: L₀, in F/X², shape (C,).
        L1: L₁, in 1/X, shape (C,).
        delta0: δ₀, in F/X², shape (C,).
        delta1: δ₁, in 1/X, shape (C,).

    Example:
        >>> import auxtheory as at
        >>> at.Quadratic(L=2.0, dim=1).with_helper(delta=0.5).growth
        Growth(L0=array([2.]), L1=array([0.]), delta0=array([0.5]), delta1=array([0.]))
    """

    L0: FloatArray
    L1: FloatArray
    delta0: FloatArray
    delta1: FloatArray


def zero(z: Any, p: Any, q: Any, s: Any) -> Any:
    """The gradient of a function that a method does not use."""
    return 0.0 * z


@dataclass(frozen=True, eq=False)
class Separable:
    """f and r = f − h as sums over coordinates: ∇f, ∇h, ∇r and f − f* of one coordinate.

    The functions are elementwise in (z, p, q, s), z = x − x*, module-level, and of + − × ÷ and
    `elementary` alone, so that compiled engines can take them as they are.

    Args:
        f: ∇f.
        h: ∇h.
        r: ∇r.
        value: f − f*.
        parameters: p, q and s, each of shape (C, d).

    Example:
        >>> import auxtheory as at
        >>> separable = at.toy(delta=0.5, zeta=0.0).separable
        >>> [p.shape for p in separable.parameters]
        [(1, 1), (1, 1), (1, 1)]
    """

    f: Callable[[Any, Any, Any, Any], Any]
    h: Callable[[Any, Any, Any, Any], Any]
    r: Callable[[Any, Any, Any, Any], Any]
    value: Callable[[Any, Any, Any, Any], Any]
    parameters: tuple[FloatArray, FloatArray, FloatArray]

    def seen(self, helper: Helper) -> Separable:
        """The functions with the helper that a method uses.

        Args:
            helper: "h" for the true helper, "f" for h := f, "none" for h = 0.

        Returns:
            The functions, with h and r replaced.
        """
        role = ROLES[helper]
        return replace(self, h=role.h(self.h, self.f, zero), r=role.r(self.r, self.f, zero))

    def gradients(self, x_star: FloatArray, xp: Any) -> Gradients:
        """The gradients on arrays.

        Args:
            x_star: x*, shape (d,).
            xp: The array namespace, such as NumPy.

        Returns:
            ∇f, ∇h and ∇r of arrays of shape (C, R, d).
        """
        centre = xp.asarray(x_star)
        p, q, s = (xp.asarray(v[:, None, :]) for v in self.parameters)
        return Gradients(*(lambda x, g=g: g(x - centre, p, q, s) for g in (self.f, self.h, self.r)))

    def gap(self, x: Array, x_star: FloatArray, xp: Any) -> Array:
        """f(x) − f*.

        Args:
            x: Points, shape (C, R, d).
            x_star: x*, shape (d,).
            xp: The array namespace, such as NumPy.

        Returns:
            The values in F, shape (C, R).
        """
        p, q, s = (xp.asarray(v[:, None, :]) for v in self.parameters)
        return xp.sum(self.value(x - xp.asarray(x_star), p, q, s), axis=-1)


class Pair(ABC):
    """An expensive f and a cheap h on R^d whose constants are known; one pair, or a grid of
    configurations of it.

    Arrays have the configurations first: x0 has shape (C, d), with C = 1 for a single pair.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=3).with_helper(delta=0.1)
        >>> isinstance(pair, at.Pair), pair.x0.shape
        (True, (1, 3))
    """

    exact: ClassVar[bool] = False
    """Whether it is quadratic, so that the engine `exact` takes it."""

    @property
    @abstractmethod
    def dim(self) -> int:
        """d, the number of coordinates."""

    @property
    @abstractmethod
    def x0(self) -> FloatArray:
        """The start, shape (C, d)."""

    @property
    @abstractmethod
    def x_star(self) -> FloatArray:
        """A minimiser of f, shape (d,); the lowest point known where `infimum_known` is False."""

    @property
    def infimum_known(self) -> bool:
        """Whether inf f is known and `x_star` attains it. Otherwise F0 and `gap` count from a lower
        bound of inf f: both are upper bounds, and a theorem about f − inf f is refused, since no
        verdict on it could be trusted.
        """
        return True

    @property
    def single(self) -> bool:
        """Whether this is one pair rather than a grid (whose results keep their axis even at length
        1)."""
        return self.x0.shape[0] == 1

    @property
    def length(self) -> float:
        """A distance over which Hessians hardly change, in X: the scale of difference quotients and
        of the points at which constants are measured.
        """
        return 1.0

    @property
    def separable(self) -> Separable | None:
        """The pair as a sum over coordinates; None if it is not one."""
        return None

    @property
    def strong_convexity(self) -> FloatArray:
        """The largest m known for which f − ½m‖x‖² is convex, in F/X², shape (C,); 0 if f is not
        known to be strongly convex."""
        return np.zeros(len(self.x0))

    @property
    def weak_convexity(self) -> FloatArray:
        """The smallest ρ known for which f + ½ρ‖x‖² is convex, in F/X², shape (C,): 0 for a convex
        f; by default L, which always suffices."""
        return np.broadcast_to(np.asarray(self.constants().L, dtype=float), len(self.x0))

    @property
    def hessian_lipschitz(self) -> FloatArray:
        """A Lipschitz constant of ∇²f, in F/X³, shape (C,): 0 for a quadratic f; by default ∞."""
        return np.full(len(self.x0), np.inf)

    @property
    def growth(self) -> Growth:
        """How fast the curvatures of f and f − h grow with the gradient of f; by default L₀ = L and
        δ₀ = δ bound them everywhere, and L₁ = δ₁ = 0."""
        c = self.constants()
        L, delta = (np.broadcast_to(np.asarray(v, float), len(self.x0)) for v in (c.L, c.delta))
        return Growth(L, np.zeros_like(L), delta, np.zeros_like(L))

    @property
    def components(self) -> Components | None:
        """f as the mean of N components, whose gradients a method can take; None if it is not."""
        return None

    @property
    def helpers(self) -> Helpers | None:
        """Several helpers of f, or the clients of which f is the mean; None if there is one."""
        return None

    @abstractmethod
    def constants(self, helper: Helper = "h", region: Region | None = None) -> Constants:
        """The constants L, μ, δ, β, ζ and F0.

        Args:
            helper: "h" for the pair itself, "f" for h := f, "none" for h = 0.
            region: A convex region, such as `at.Ball(centre, radius)`, on which L, μ, δ, β and ζ
                need to hold; None: at all x. Pairs whose constants do not depend on it ignore it.

        Returns:
            The constants; arrays of shape (C,) for a grid.
        """

    def region(self, points: Any, *, slack: float = SLACK) -> Region:
        """A convex region that contains points, such as those of a run, with room to spare.

        Args:
            points: The points, shape (…, d), such as the `paths` of a trace.
            slack: How much larger it is than the points need, as a share of its size.

        Returns:
            A ball; of a logistic pair, the part of it in which the score of each sample keeps to
            the interval of the points, widened on both sides by the slack times its half-width,
            or times the mean half-width if that is larger.

        Raises:
            InputError: Lists every bad value.
        """
        checks = Checks()
        x = checked_points(checks, points, self.dim)
        checks.done()
        return visited_ball(x, slack=slack)

    @abstractmethod
    def gradients(self, xp: Any = np) -> Gradients:
        """The gradients on arrays of shape (C, R, d).

        Args:
            xp: The array namespace, such as NumPy.

        Returns:
            ∇f, ∇h and ∇r.
        """

    def hessian_product(self, x: FloatArray, v: FloatArray, configuration: int = 0) -> FloatArray:
        """∇²f(x) v; by default by differences of ∇f.

        Args:
            x: The point, shape (d,).
            v: The direction, shape (d,).
            configuration: The index of the configuration.

        Returns:
            The product, shape (d,).
        """
        return derivative(self.gradients().f, x, v, self.length, configuration)

    def gap_product(self, x: FloatArray, v: FloatArray, configuration: int = 0) -> FloatArray:
        """∇²r(x) v; by default by differences of ∇r.

        Args:
            x: The point, shape (d,).
            v: The direction, shape (d,).
            configuration: The index of the configuration.

        Returns:
            The product, shape (d,).
        """
        return derivative(self.gradients().r, x, v, self.length, configuration)

    def hessian_at(
        self, x: FloatArray, configuration: int = 0
    ) -> Callable[[FloatArray], FloatArray]:
        """∇²f(x) as a function of a direction, for many products at one point.

        Args:
            x: The point, shape (d,).
            configuration: The index of the configuration.

        Returns:
            v ↦ ∇²f(x) v, of shape (d,).
        """
        return lambda v: self.hessian_product(x, v, configuration)

    def gap_at(self, x: FloatArray, configuration: int = 0) -> Callable[[FloatArray], FloatArray]:
        """∇²r(x) as a function of a direction, for many products at one point.

        Args:
            x: The point, shape (d,).
            configuration: The index of the configuration.

        Returns:
            v ↦ ∇²r(x) v, of shape (d,).
        """
        return lambda v: self.gap_product(x, v, configuration)

    @abstractmethod
    def gap(self, x: Array, xp: Any = np) -> Array:
        """f(x) − inf f; see `infimum_known`.

        Args:
            x: Points, shape (C, R, d).
            xp: The array namespace, such as NumPy.

        Returns:
            The values in F, shape (C, R).
        """

    @abstractmethod
    def certify(
        self,
        *,
        samples: int = 64,
        seed: int = 0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Certificate:
        """Measure every stated constant from values and gradients alone, and compare.

        Args:
            samples: The number of random points.
            seed: The seed of the points.
            progress: Called as progress(done, total) after each step of a part of the work; by
                default a line is logged from two seconds on.

        Returns:
            One check for each constant and configuration; true if all agree.
        """


DIFFERENCES = (1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280)  # central, eighth order


def derivative(
    gradient: Gradient, x: FloatArray, v: FloatArray, length: float, configuration: int = 0
) -> FloatArray:
    """The derivative of a gradient at x along v by differences over a sixteenth of the length."""
    size = float(np.linalg.norm(v))
    if size == 0:
        return np.zeros_like(v)
    step = length / 16 / size
    shifts = np.array([k * sign for k, _ in DIFFERENCES for sign in (1, -1)])
    weights = np.array([w * sign for _, w in DIFFERENCES for sign in (1, -1)])
    points = (x + step * shifts[:, None] * v)[None]
    values = gradient(points)
    return np.asarray(weights @ values[configuration if len(values) > 1 else 0] / step)
