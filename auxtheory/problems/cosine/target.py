"""Cosine pairs: separable, non-convex, with prescribed L, δ, ζ, x⁰ and F0."""

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
from auxtheory.problems.cosine.pair import CosinePair, value
from auxtheory.problems.spectra import Gap, Spectrum, gap_and_direction, named_spectrum
from auxtheory.problems.target import Target
from auxtheory.typing import FloatArray

FARTHEST = 1e3  # the largest coordinate: the sine of large numbers loses digits


@dataclass(frozen=True, kw_only=True, eq=False)
class Cosine(Target):
    """f(x) = Σ lᵢ(1 − cos zᵢ), z = x − x* in radians: smooth, separable, non-convex, f* = 0 at x*.

    ∇f = l sin z, so L = max lᵢ. μ = 0: ∇f also vanishes at saddles and maxima, where a zᵢ is an odd
    multiple of π and f(x) > f*, so that f is Polyak–Łojasiewicz for no μ > 0. L, low and F0 may be
    arrays of one length C: a grid of configurations.

    Args:
        L: The largest lᵢ, in F.
        low: The smallest lᵢ, in F (default L/d).
        dim: d, the number of coordinates.
        spectrum: The lᵢ in (0, L]: "uniform", "geometric", "two-cluster", or the numbers, shape
            (d,).
        F0: f(x⁰) ≤ 2Σlᵢ, in F, taken at one angle z in all coordinates (default: at z = 2π/3, where
            f curves downwards, F0 = 3/2 Σlᵢ).
        x0: The start, in radians, shape (d,), instead of F0.
        x_star: The minimiser x*, in radians, one number or of shape (d,).

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> target = at.Cosine(L=2.0, dim=2)
        >>> target.amplitudes
        array([[1., 2.]])
        >>> print(target.with_helper(delta=0.1).constants().delta)
        0.1
    """

    rank: ClassVar[int] = 1

    L: Reals | None = None
    low: Reals | None = None
    dim: int | None = None
    spectrum: Spectrum = "uniform"
    F0: Reals | None = None
    x0: FloatArray | list[float] | None = None
    x_star: FloatArray | list[float] | float = 0.0

    def __post_init__(self) -> None:
        checks = Checks()
        object.__setattr__(self, "dim", whole(self.dim))
        spectrum = checked_spectrum(checks, self.spectrum, self.L, self.dim, above=True)
        object.__setattr__(self, "spectrum", spectrum)
        if self.low is not None:
            checks.number("low", self.low, above=True)
        if self.F0 is not None:
            check_quantity(checks, "F0", self.F0)
        check_grid(checks, L=self.L, low=self.low, F0=self.F0)
        if not checks.complaints:
            self._check_together(checks)
        checks.done()

    def _check_together(self, checks: Checks) -> None:
        """Check combinations of values, once each value is valid."""
        if not isinstance(self.spectrum, str):
            check_ends(checks, np.asarray(self.spectrum), L=self.L, low=self.low, dim=self.dim)
        elif self.low is not None:
            if np.any(np.asarray(self.low) > np.asarray(self.L)):
                checks.complain("low", self.low, f"must be at most L = {self.L}")
            elif self.coordinates == 1 and np.any(np.asarray(self.low) != np.asarray(self.L)):
                checks.complain("low", self.low, f"must equal L = {self.L} when dim = 1")
        check_vector(checks, "x0", self.x0, self.coordinates, FARTHEST)
        check_vector(checks, "x_star", self.x_star, self.coordinates, FARTHEST)
        if checks.complaints:
            return
        highest = 2 * np.sum(self.amplitudes, axis=-1)
        if self.x0 is not None:
            check_start(checks, self.x0, self.F0, self._start_suboptimality())
        elif self.F0 is not None and np.any(np.asarray(self.F0) > highest * (1 + 1e-12)):
            checks.complain(
                "F0", self.F0, f"must be at most 2Σl = {highest}, the largest value of f − inf f"
            )
        elif np.any(self._start_suboptimality() <= 0):
            checks.complain(
                "F0", self.F0, f"must be large enough to tell x0 from x_star = {self.x_star}"
            )

    @property
    def coordinates(self) -> int:
        """d, the number of coordinates."""
        return int(self.dim if isinstance(self.spectrum, str) else len(self.spectrum))  # type: ignore[arg-type]

    @property
    def amplitudes(self) -> FloatArray:
        """The lᵢ in ascending order of the spectrum's pattern, shape (C, d)."""
        if not isinstance(self.spectrum, str):
            return np.array(self.spectrum, dtype=float)[None]
        L = np.asarray(self.L, dtype=float)
        low = L / self.coordinates if self.low is None else np.asarray(self.low, dtype=float)
        return named_spectrum(self.spectrum, L, low, self.coordinates)

    def _start_suboptimality(self) -> FloatArray:
        return np.asarray(
            np.sum(value(self.start() - self.x_star, self.amplitudes, 0.0, 0.0), axis=-1)
        )

    def start(self) -> FloatArray:
        """The start x⁰.

        Returns:
            An array of shape (C, d), in radians.
        """
        if self.x0 is not None:
            return np.array(self.x0, dtype=float)[None]
        total = np.sum(self.amplitudes, axis=-1)
        F0 = 1.5 * total if self.F0 is None else np.asarray(self.F0, dtype=float)
        z = 2 * np.arcsin(np.sqrt(np.minimum(np.atleast_1d(F0 / (2 * total)), 1.0)))
        return z[:, None] * np.ones(self.coordinates) + self.x_star

    def with_helper(
        self,
        delta: Reals = 0.0,
        zeta: Reals = 0.0,
        *,
        gap: Gap = "signs",
        bias: FloatArray | list[float] | None = None,
    ) -> CosinePair:
        """The pair of f with h(x) = f(x) − Σ rᵢ(1 − cos zᵢ) − bᵀz, max |rᵢ| = δ and ‖b‖ = ζ.

        delta and zeta may be arrays over configurations, shape (C,).

        Args:
            delta: δ, in F/X².
            zeta: ζ, in F/X.
            gap: The rᵢ: "signs" for −δ, δ, −δ, …, "uniform" for even steps over [−δ, δ], or the
                numbers, shape (d,).
            bias: The direction of b, shape (d,); by default a coordinate on which a named gap is
                made to vanish (d ≥ 2), so that ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ² holds with this very ζ.

        Returns:
            The pair.

        Raises:
            InputError: Lists every bad value.
        """
        checks = Checks()
        check_helper(checks, self.coordinates, delta=delta, zeta=zeta, gap=gap, bias=bias)
        check_grid(checks, L=self.L, low=self.low, F0=self.F0, delta=delta, zeta=zeta)
        checks.done()
        arguments_of_h = {"delta": delta, "zeta": zeta, "gap": gap, "bias": bias}
        return self._pair(arguments_of_h)

    def _pair(self, arguments_of_h: dict[str, Any]) -> CosinePair:
        amplitudes = self.amplitudes
        x0 = self.start()
        delta, zeta = (
            np.atleast_1d(np.asarray(arguments_of_h[n], dtype=float))[:, None]
            for n in ("delta", "zeta")
        )
        r, direction = gap_and_direction(
            arguments_of_h["gap"], arguments_of_h["bias"], self.coordinates, delta
        )
        shape = max(len(v) for v in (amplitudes, delta, zeta, x0)), self.coordinates
        return CosinePair(
            amplitudes=np.broadcast_to(amplitudes, shape),
            r=np.broadcast_to(r, shape),
            b=np.broadcast_to(zeta * direction, shape),
            start=np.broadcast_to(x0, shape),
            minimiser=np.broadcast_to(np.asarray(self.x_star, dtype=float), (self.coordinates,)),
            description=f"{self!r}.with_helper({arguments(arguments_of_h, _HELPER_DEFAULTS)})",
            grid=any(
                np.ndim(v)
                for v in (
                    self.L,
                    self.low,
                    self.F0,
                    arguments_of_h["delta"],
                    arguments_of_h["zeta"],
                )
                if v is not None
            ),
        )

    @classmethod
    def draw(cls, choose: Choose) -> CosinePair:
        """A pair of the family, chosen by a strategy.

        Args:
            choose: Makes each choice.

        Returns:
            One pair.
        """
        d = choose.dim
        L = choose.amount("L")
        # In radians.
        start = [choose.share(0.1) * choose.among((1.0, -1.0, 3.0, -3.0)) for _ in range(d)]
        target = Cosine(L=L, dim=d, spectrum=choose.among(("uniform", "two-cluster")), x0=start)
        delta = choose.amount("delta", L)
        gaps: tuple[Any, ...] = ("signs", "uniform") if d > 1 else ("signs", [delta])
        return target.with_helper(delta, choose.amount("zeta"), gap=choose.among(gaps))


_HELPER_DEFAULTS = {"gap": "signs", "zeta": 0.0}
