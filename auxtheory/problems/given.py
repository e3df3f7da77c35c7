"""The base class of pairs with a given start and minimiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Kind
from auxtheory.helper_role import ROLES
from auxtheory.printing import as_repr, described
from auxtheory.problems.base import Certificate, Pair
from auxtheory.problems.certificate import certificate
from auxtheory.problems.certificate_sampled import measure_sampled
from auxtheory.problems.checks import check_role
from auxtheory.problems.region import Region
from auxtheory.typing import FloatArray, Helper


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GivenPair(Pair):
    """A pair made from its start and its minimiser: the base class for the pairs of a family.

    A subclass is a frozen dataclass with the methods `constants`, `gradients` and `gap`; everything
    else has a default. `length` is to be overridden if Hessians change over distances below 1:
    `certify` takes differences over a sixteenth of it. Where f and h are sums over coordinates, the
    property `separable` lets compiled engines run them.

    Args:
        start: x⁰, in X, shape (C, d).
        minimiser: x*, in X, shape (d,).
        description: The code that makes the pair, which is its repr; scripts and stored cases
            contain it.
        grid: Whether it is a grid of configurations; otherwise C = 1.

    Example:
        >>> from dataclasses import dataclass
        >>> import numpy as np
        >>> import auxtheory as at
        >>> @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
        ... class ParabolaPair(at.problems.GivenPair):
        ...     L: float
        ...     delta: float
        ...     def gradients(self, xp=np):
        ...         L, delta = self.L, self.delta
        ...         return at.problems.Gradients(
        ...             lambda x: L * x, lambda x: (L - delta) * x, lambda x: delta * x)
        ...     def gap(self, x, xp=np):
        ...         return self.L * xp.sum(x * x, axis=-1) / 2
        ...     def constants(self, helper="h"):
        ...         L = np.array([self.L])
        ...         beta = (self.delta / L) ** 2
        ...         F0 = self.gap(self.start[:, None])[:, 0]
        ...         return self.seen_constants(
        ...             helper, L=L, mu=L, F0=F0, of_r=lambda: (self.delta, beta, 0.0))
        >>> pair = ParabolaPair(L=2.0, delta=0.5, start=np.ones((1, 1)), minimiser=np.zeros(1),
        ...                     description="parabola", grid=False)
        >>> at.validate(at.theorems.ExactCorrection(), pair, K=2, T=3, engine="numpy").status
        'pass'
        >>> pair.certify().holds
        True
    """

    start: FloatArray
    minimiser: FloatArray
    description: str
    grid: bool

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                view = value.view()
                view.flags.writeable = False  # the constants are computed from these numbers
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

    def seen_constants(
        self,
        helper: Helper,
        *,
        L: FloatArray,
        mu: FloatArray,
        F0: FloatArray,
        of_r: Callable[[], tuple[Any, Any, Any]],
        kinds: Mapping[str, Kind] | None = None,
        region: Region | None = None,
    ) -> Constants:
        """The constants of a method that uses the helper in this role: δ, β and ζ are those of r
        for "h", (L, 1, 0) for "none", where r = f, and 0 for "f", where r = 0.

        Args:
            helper: "h", "f" or "none".
            L: L, in F/X², shape (C,).
            mu: μ, in F/X², shape (C,).
            F0: f(x⁰) − inf f, in F, shape (C,).
            of_r: A function that returns (δ, β, ζ) of r = f − h, each of shape (C,) or a number; it
                is called for "h" only.
            kinds: Which constants are "certified" bounds or an "estimate"; the others are exact.
            region: The region on which they hold, which is only checked; None: all x.

        Returns:
            The constants: arrays of shape (C,) for a grid, numbers for one pair.

        Raises:
            InputError: The role is not one of the three, or the region has another dimension.
        """
        check_role(helper, region, self.dim)
        role = ROLES[helper]
        zeros = np.zeros_like(L)
        of_f = (L, np.ones_like(L), zeros)
        delta, beta, zeta = of_r() if role.alpha else role.r(of_f, of_f, (zeros, zeros, zeros))
        constants = {"L": L, "mu": mu, "delta": delta, "beta": beta, "zeta": zeta, "F0": F0}
        values: dict[str, Any] = {
            name: np.array(np.broadcast_to(value, L.shape)) for name, value in constants.items()
        }
        if not self.grid:
            values = {name: float(value[0]) for name, value in values.items()}
        return Constants(**values, kinds={} if kinds is None else kinds)

    def certify(
        self,
        *,
        samples: int = 64,
        seed: int = 0,
        progress: Callable[[int, int], object] | None = None,
    ) -> Certificate:
        """Measure L, δ and μ from Hessians by gradient differences at 0, x*, x⁰ and random points,
        (β, ζ) there, and F0 by the gap at x⁰ over the lowest point that descents find, and compare
        each with what is stated.

        Args:
            samples: The number of random points.
            seed: The seed of the points.
            progress: Called as progress(done, total) after each step of a part of the work; by
                default a line is logged from two seconds on.

        Returns:
            One check for each constant and configuration; true if all agree.
        """
        return certificate(measure_sampled, self, samples, seed, progress)

    def __repr__(self) -> str:
        return self.description

    _repr_pretty_ = as_repr
    __str__ = described
