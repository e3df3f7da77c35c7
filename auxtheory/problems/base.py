"""What every pair (f, h) offers: start, constants, gradients, and a certificate that checks the
constants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np

from auxtheory.constants import Constants
from auxtheory.noise import Array, Helper
from auxtheory.pretty import as_repr
from auxtheory.printing import described
from auxtheory.problems.certified import Certificate as Certificate
from auxtheory.problems.certified import Check as Check
from auxtheory.units import FloatArray

Gradient: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True)
class Gradients:
    """∇f, ∇h and ∇r = ∇f − ∇h, each from and to an array of shape (configurations, replicas, d)."""

    f: Gradient
    h: Gradient
    r: Gradient

    def seen(self, helper: Helper, xp: Any) -> Gradients:
        """The gradients with h := f ("f") or h = 0 ("none") in place of the true helper."""
        if helper == "f":
            return Gradients(self.f, self.f, xp.zeros_like)
        if helper == "none":
            return Gradients(self.f, xp.zeros_like, self.f)
        return self


@dataclass(frozen=True, eq=False)
class Separable:
    """f and r = f − h as sums over coordinates: ∇f, ∇h, ∇r and f − f* of one coordinate,
    elementwise functions of (z, p, q, s), z = x − x*, with three parameters of shape (C, d);
    module-level and of + − × ÷, so that compiled engines can take them as they stand."""

    f: Callable[[Any, Any, Any, Any], Any]
    h: Callable[[Any, Any, Any, Any], Any]
    r: Callable[[Any, Any, Any, Any], Any]
    value: Callable[[Any, Any, Any, Any], Any]
    parameters: tuple[FloatArray, FloatArray, FloatArray]

    def gradients(self, x_star: FloatArray, xp: Any) -> Gradients:
        """The gradients on arrays of shape (C, R, d)."""
        centre = xp.asarray(x_star)
        p, q, s = (xp.asarray(v[:, None, :]) for v in self.parameters)
        return Gradients(*(lambda x, g=g: g(x - centre, p, q, s) for g in (self.f, self.h, self.r)))

    def gap(self, x: Array, x_star: FloatArray, xp: Any) -> Array:
        """f(x) − f* for x of shape (C, R, d), shape (C, R)."""
        p, q, s = (xp.asarray(v[:, None, :]) for v in self.parameters)
        return xp.sum(self.value(x - xp.asarray(x_star), p, q, s), axis=-1)


class Pair(ABC):
    """A dear f and a cheap h on R^d whose constants are known; one pair, or a grid of
    configurations of it.

    Arrays carry the configurations first: x0 has shape (C, d), with C = 1 for a single pair.
    """

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
        """Whether inf f is known and `x_star` attains it. Else F0 and `gap` count from a lower
        bound of inf f: both are upper bounds, and a theorem about f − inf f is refused, since no
        verdict on it could be trusted."""
        return True

    @property
    def single(self) -> bool:
        """Whether this is one pair rather than a grid (whose results keep their axis even at length
        1)."""
        return self.x0.shape[0] == 1

    @property
    def length(self) -> float:
        """A distance over which Hessians hardly change: of difference quotients, and of points to
        look at."""
        return 1.0

    @property
    def separable(self) -> Separable | None:
        """The pair coordinate by coordinate, where it comes apart so."""
        return None

    @abstractmethod
    def constants(self, helper: Helper = "h") -> Constants:
        """L, μ, δ, β, ζ, F0 of the pair, or of the pair with h := f ("f") or h = 0 ("none")."""

    @abstractmethod
    def gradients(self, xp: Any = np) -> Gradients:
        """The gradients on arrays of the namespace xp."""

    def hessian_product(self, x: FloatArray, v: FloatArray, configuration: int = 0) -> FloatArray:
        """∇²f(x) v for x and v of shape (d,); here by differences of ∇f."""
        return derivative(self.gradients().f, x, v, self.length, configuration)

    def gap_product(self, x: FloatArray, v: FloatArray, configuration: int = 0) -> FloatArray:
        """∇²r(x) v for x and v of shape (d,); here by differences of ∇r."""
        return derivative(self.gradients().r, x, v, self.length, configuration)

    @abstractmethod
    def gap(self, x: Array, xp: Any = np) -> Array:
        """f(x) − inf f for x of shape (C, R, d), shape (C, R); see `infimum_known`."""

    @abstractmethod
    def certify(self, *, samples: int = 64, seed: int = 0) -> Certificate:
        """Measure every stated constant from values and gradients alone, and compare."""


DIFFERENCES = (1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280)  # of eighth order, central


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


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GivenPair(Pair):
    """A pair that holds its start (C, d), its minimiser (d,), a description, and whether it is a
    grid."""

    start: FloatArray
    minimiser: FloatArray
    description: str
    grid: bool

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                view = value.view()
                view.flags.writeable = False  # the constants are read off these numbers
                object.__setattr__(self, field.name, view)

    @property
    def dim(self) -> int:
        return self.minimiser.size

    @property
    def x0(self) -> FloatArray:
        return self.start

    @property
    def x_star(self) -> FloatArray:
        return self.minimiser

    @property
    def single(self) -> bool:
        return not self.grid

    def _named(self, L: FloatArray, **others: FloatArray) -> dict[str, Any]:
        """Constants, shape (C,) each, as arrays of a grid or the floats of one pair."""
        values = {
            name: np.array(np.broadcast_to(value, L.shape))
            for name, value in {"L": L, **others}.items()
        }
        return values if self.grid else {name: float(value[0]) for name, value in values.items()}

    def __repr__(self) -> str:
        return self.description

    _repr_pretty_ = as_repr
    __str__ = described
