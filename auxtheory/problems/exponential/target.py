"""Exponential pairs: separable, convex, with f″ = L₀ + L₁|f′|, and prescribed L, δ, ζ and start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

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
from auxtheory.problems.exponential.pair import ExponentialPair, value
from auxtheory.problems.spectra import Gap, Spectrum, gap_and_direction, named_spectrum
from auxtheory.problems.target import Target
from auxtheory.typing import FloatArray

STEEPEST = float(np.exp(16.0))  # the largest L/L0
FARTHEST = 1e3  # the largest coordinate of x⁰ and x*
HALVINGS = 200
_HELPER_DEFAULTS = {"gap": "signs", "zeta": 0.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Exponential(Target):
    """f(x) = Σ lᵢ(e^|zᵢ| − 1 − |zᵢ|), z = x − x* in units of 1/L₁, from |zᵢ| = R = ln(L/L₀) on
    continued with constant curvature: smooth, separable, strongly convex, f* = 0 at x*.

    f″ = l + |f′| up to R, the fastest growth that ‖∇²f‖ ≤ L₀ + L₁‖∇f‖ allows, with L₀ = max l and
    L₁ = 1; beyond it is at most that. So f is L-smooth on all of R^d, and a run that stays within
    |zᵢ| ≤ R, such as descent from the default start, meets curvatures up to L. L, L0, low and F0
    may be arrays of one length C: a grid of configurations.

    Args:
        L: The largest curvature of f, up to e¹⁶L₀.
        L0: The largest curvature lᵢ at the minimiser, below L (default L/10).
        low: The smallest curvature lᵢ at the minimiser (default L0/d), which is μ.
        dim: d, the number of coordinates.
        spectrum: The lᵢ in (0, L0]: "uniform", "geometric", "two-cluster", or the numbers, shape
            (d,).
        F0: f(x⁰), in F, taken at one z in all coordinates (default: at z = R).
        x0: The start, shape (d,), instead of F0.
        x_star: The minimiser x*, one number or of shape (d,).

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Exponential(L=100.0, L0=1.0, dim=1).with_helper()
        >>> c = pair.constants()
        >>> print(f"{c.L:.4g} {c.mu:.4g} {c.F0:.4g}")
        100 1 94.39
    """

    rank: ClassVar[int] = 3

    L: Reals | None = None
    L0: Reals | None = None
    low: Reals | None = None
    dim: int | None = None
    spectrum: Spectrum = "uniform"
    F0: Reals | None = None
    x0: FloatArray | list[float] | None = None
    x_star: FloatArray | list[float] | float = 0.0

    def __post_init__(self) -> None:
        checks = Checks()
        object.__setattr__(self, "dim", whole(self.dim))
        check_quantity(checks, "L", self.L)
        if self.L0 is not None:
            checks.number("L0", self.L0, above=True)
        if not checks.complaints:
            self._check_growth(checks)
        largest = None if checks.complaints else self.largest
        spectrum = checked_spectrum(checks, self.spectrum, largest, self.dim, above=True)
        object.__setattr__(self, "spectrum", spectrum)
        if self.low is not None:
            checks.number("low", self.low, above=True)
        if self.F0 is not None:
            check_quantity(checks, "F0", self.F0)
        check_grid(checks, L=self.L, L0=self.L0, low=self.low, F0=self.F0)
        if not checks.complaints:
            self._check_together(checks)
        checks.done()

    def _check_growth(self, checks: Checks) -> None:
        largest, L = np.asarray(self.largest), np.asarray(self.L)
        if np.any(largest >= L) or np.any(largest * STEEPEST < L):
            checks.complain("L0", self.L0, f"must be below L = {self.L} and at least L/e^16")

    def _check_together(self, checks: Checks) -> None:
        """Check combinations of values, once each value is valid."""
        if not isinstance(self.spectrum, str):
            check_ends(
                checks, np.asarray(self.spectrum), L0=self.largest, low=self.low, dim=self.dim
            )
        elif self.low is not None:
            if np.any(np.asarray(self.low) > np.asarray(self.largest)):
                checks.complain("low", self.low, f"must be at most L0 = {self.largest}")
            elif self.coordinates == 1 and np.any(np.asarray(self.low) != self.largest):
                checks.complain("low", self.low, f"must equal L0 = {self.largest} when dim = 1")
        check_vector(checks, "x0", self.x0, self.coordinates, FARTHEST)
        check_vector(checks, "x_star", self.x_star, self.coordinates, FARTHEST)
        if checks.complaints:
            return
        if self.x0 is not None:
            check_start(checks, self.x0, self.F0, self._start_suboptimality())
        elif np.any(np.abs(self.start() - self.x_star) > FARTHEST):
            checks.complain("F0", self.F0, f"must be reached within {FARTHEST:g} of x_star")
        elif np.any(self._start_suboptimality() <= 0):
            checks.complain(
                "F0", self.F0, f"must be large enough to tell x0 from x_star = {self.x_star}"
            )

    @property
    def coordinates(self) -> int:
        """d, the number of coordinates."""
        return int(self.dim if isinstance(self.spectrum, str) else len(self.spectrum))  # type: ignore[arg-type]

    @property
    def largest(self) -> Any:
        """L₀, the largest curvature at the minimiser; a number or shape (C,)."""
        if self.L0 is not None:
            return self.L0
        if not isinstance(self.spectrum, str):
            return np.max(np.asarray(self.spectrum, dtype=float))
        return np.asarray(self.L, dtype=float) / 10

    @property
    def reach(self) -> FloatArray:
        """R = ln(L/L₀), shape (C,)."""
        return np.atleast_1d(np.log(np.asarray(self.L, dtype=float) / self.largest))

    @property
    def curvatures(self) -> FloatArray:
        """The lᵢ in ascending order of the spectrum's pattern, shape (C, d)."""
        if not isinstance(self.spectrum, str):
            return np.array(self.spectrum, dtype=float)[None]
        L0 = np.asarray(self.largest, dtype=float)
        low = L0 / self.coordinates if self.low is None else np.asarray(self.low, dtype=float)
        return named_spectrum(self.spectrum, L0, low, self.coordinates)

    def _start_suboptimality(self) -> FloatArray:
        z = self.start() - self.x_star
        return np.asarray(np.sum(value(z, self.curvatures, 0.0, self.reach[:, None]), axis=-1))

    def start(self) -> FloatArray:
        """The start x⁰.

        Returns:
            An array of shape (C, d).
        """
        if self.x0 is not None:
            return np.array(self.x0, dtype=float)[None]
        reach = self.reach
        z = reach
        if self.F0 is not None:
            share = np.atleast_1d(np.asarray(self.F0, dtype=float)) / np.sum(
                self.curvatures, axis=-1
            )
            z = _inverse(share, reach)
        return z[:, None] * np.ones(self.coordinates) + self.x_star

    def with_helper(
        self,
        delta: Reals = 0.0,
        zeta: Reals = 0.0,
        *,
        gap: Gap = "signs",
        bias: FloatArray | list[float] | None = None,
    ) -> ExponentialPair:
        """The pair of f with h(x) = f(x) − Σ qᵢ(e^|zᵢ| − 1 − |zᵢ|) − bᵀz, e^R max |qᵢ| = δ and ‖b‖
        = ζ; in each coordinate qᵢ or bᵢ is 0.

        delta and zeta may be arrays over configurations, shape (C,).

        Args:
            delta: δ, in F/X².
            zeta: ζ, in F/X.
            gap: The e^R qᵢ: "signs" for −δ, δ, −δ, …, "uniform" for even steps over [−δ, δ], or the
                numbers, shape (d,).
            bias: The direction of b, shape (d,); by default a coordinate on which a named gap is
                made to vanish (d ≥ 2).

        Returns:
            The pair.

        Raises:
            InputError: Lists every bad value.
        """
        checks = Checks()
        check_helper(checks, self.coordinates, delta=delta, zeta=zeta, gap=gap, bias=bias)
        check_grid(checks, L=self.L, L0=self.L0, low=self.low, F0=self.F0, delta=delta, zeta=zeta)
        checks.done()
        pair = self._pair({"delta": delta, "zeta": zeta, "gap": gap, "bias": bias})
        if np.any((pair.q != 0) & (pair.b != 0)):
            checks.complain("zeta", zeta, "must be 0, or the bias and the gap on other coordinates")
        checks.done()
        return pair

    def _pair(self, arguments_of_h: dict[str, Any]) -> ExponentialPair:
        low = self.curvatures
        x0 = self.start()
        reach = self.reach
        delta, zeta = (
            np.atleast_1d(np.asarray(arguments_of_h[n], dtype=float))[:, None]
            for n in ("delta", "zeta")
        )
        r, direction = gap_and_direction(
            arguments_of_h["gap"], arguments_of_h["bias"], self.coordinates, delta
        )
        shape = max(len(v) for v in (low, reach, delta, zeta, x0)), self.coordinates
        named = {name: getattr(self, name) for name in ("L", "L0", "low", "F0")} | arguments_of_h
        return ExponentialPair(
            low=np.broadcast_to(low, shape),
            q=np.broadcast_to(r * np.exp(-reach)[:, None], shape),
            b=np.broadcast_to(zeta * direction, shape),
            reach=np.broadcast_to(reach, shape[:1]),
            start=np.broadcast_to(x0, shape),
            minimiser=np.broadcast_to(np.asarray(self.x_star, dtype=float), (self.coordinates,)),
            description=f"{self!r}.with_helper({arguments(arguments_of_h, _HELPER_DEFAULTS)})",
            grid=any(
                np.ndim(v)
                for name, v in named.items()
                if v is not None and name not in ("gap", "bias")
            ),
        )

    @classmethod
    def draw(cls, choose: Choose) -> ExponentialPair:
        """A pair of the family, on at least two coordinates, chosen by a strategy.

        Args:
            choose: Makes each choice.

        Returns:
            One pair.
        """
        d = max(2, choose.dim)
        L = choose.amount("L")
        start = [choose.share(0.1) * choose.among((1.0, -1.0, 3.0, -3.0)) for _ in range(d)]
        target = Exponential(
            L=L,
            L0=L * choose.share(0.02, 0.9),
            dim=d,
            spectrum=choose.among(("uniform", "two-cluster")),
            x0=start,
        )
        delta = choose.amount("delta", L)
        return target.with_helper(
            delta, choose.amount("zeta"), gap=choose.among(("signs", "uniform"))
        )


def _inverse(share: FloatArray, reach: FloatArray) -> FloatArray:
    """The z > 0 at which f with l = 1 has these values, by halving an interval."""
    low, high = np.zeros(np.broadcast_shapes(share.shape, reach.shape)), np.sqrt(2 * share)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = value(middle, 1.0, 0.0, reach) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(high)
