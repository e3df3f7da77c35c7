"""Mean and covariance of (x, x_prev, m) under an affine recursion, coordinate by coordinate or
densely.

Everything is centred, z = x − x*, and in the eigenbasis of A. The K local steps of a round are
collapsed by doubling. Coordinate by coordinate, without a constant term, the recursion of second
moments is that of covariances, so the start is then taken as a random vector of mean 0 with the
same second moments, and no mean is carried at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from auxtheory.engines.exact.recursion import Recursion
from auxtheory.typing import FloatArray

Start: TypeAlias = tuple[FloatArray, FloatArray]  # mean and covariance of z
PER_CONFIGURATION = (
    "A",
    "R",
    "b",
    "z0",
    "x_star",
    "basis",
    "sigma_r",
    "s_r",
    "sigma_local",
    "s_local",
    "shaped_r",
    "shaped_local",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Centred:
    """A pair in the eigenbasis of A. A: eigenvalues (C, d); R: (C, d) if it is diagonal too,
    otherwise (C, d, d); b, z0 = x⁰ − x* and x*: (C, d); basis: the eigenvectors (C, d, d) as
    columns, or None if they are the axes."""

    A: FloatArray
    R: FloatArray
    b: FloatArray
    z0: FloatArray
    x_star: FloatArray
    basis: FloatArray | None


@dataclass(frozen=True, kw_only=True, eq=False)
class PhaseArrays(Centred):
    """One phase on a slice of C configurations, with R and b as its method sees them; levels (C,
    1)."""

    sigma_r: FloatArray
    s_r: FloatArray
    sigma_local: FloatArray
    s_local: FloatArray
    rules: Recursion
    K: int
    B: float
    remembers: bool  # whether a refresh uses x_prev in any configuration of the run
    # Whether means are carried separately from covariances, as where some phase adds a constant.
    means: bool
    # Whether the spread is followed: some phase of the run has multiplicative noise.
    follows_spread: bool
    # The points of a round at which the spread is followed: x^{t−1}, or all K where local steps
    # have such noise.
    points: int
    # Covariances, in the basis, of additive noise that differs between coordinates or directions:
    # (C, d) or (C, d, d); None where sigma_r and sigma_local say everything.
    shaped_r: FloatArray | None = None
    shaped_local: FloatArray | None = None

    def part(self, rows: slice | NDArray[np.intp]) -> PhaseArrays:
        """The phase restricted to these configurations."""
        rules = Recursion(**{f.name: getattr(self.rules, f.name)[rows] for f in fields(Recursion)})
        selected: dict[str, Any] = {
            name: getattr(self, name)[rows]
            for name in PER_CONFIGURATION
            if getattr(self, name) is not None
        }
        return replace(self, rules=rules, **selected)

    @cached_property
    def multiplicative(self) -> bool:
        """Whether this phase has multiplicative noise."""
        return bool(np.any(self.s_r) or np.any(self.s_local))

    @cached_property
    def refresh_drift(self) -> FloatArray:
        """The constant that a refresh adds to u."""
        return self.rules.drift * self.b

    @cached_property
    def local_drift(self) -> FloatArray:
        """The constant that a local step adds to z."""
        return self.rules.drift_x * self.x_star + self.rules.drift_b * self.b

    @cached_property
    def first_drift(self) -> FloatArray:
        return (self.rules.first - 1.0) * self.b

    @cached_property
    def drifts(self) -> NDArray[np.bool_]:
        """Whether any constant enters this phase in each configuration, shape (C,)."""
        rules = self.rules
        b = np.any(self.b, axis=-1, keepdims=True)
        shifted = (rules.drift_x != 0) & np.any(self.x_star, axis=-1, keepdims=True)
        drifting = shifted | (b & ((rules.drift != 0) | (rules.first != 1) | (rules.drift_b != 0)))
        return np.broadcast_to(drifting, (len(self.z0), 1))[:, 0]

    @property
    def noiseless(self) -> NDArray[np.bool_]:
        """Whether each configuration has no noise; squares of its means then lose nothing where
        second moments cancel."""
        levels = np.broadcast_arrays(self.sigma_r, self.s_r, self.sigma_local, self.s_local)
        return np.broadcast_to(~np.any(levels, axis=0), (len(self.z0), 1))[:, 0]

    @property
    def noise_r(self) -> FloatArray:
        """Variance of one coordinate of the additive refresh noise, or its covariance."""
        if self.shaped_r is not None:
            return self.shaped_r
        return self.sigma_r**2 / self.z0.shape[-1]

    @property
    def noise_local(self) -> FloatArray:
        """Variance that one local step adds to one coordinate, or covariance."""
        if self.shaped_local is not None:
            g = self.rules.g
            return (g if self.shaped_local.ndim == 2 else g[:, :, None]) ** 2 * self.shaped_local
        return (self.rules.g * self.sigma_local) ** 2 / self.z0.shape[-1]


class Moments(Protocol):
    """The state of the recursion and its measures, of shape (C,) each."""

    def first_buffer(self) -> None: ...
    def refresh(self) -> None: ...
    def local_steps(self) -> None: ...
    def energy(self) -> FloatArray:
        """Σ E‖∇f(y)‖² over all local iterates so far."""

    def gap(self) -> FloatArray: ...
    def grad_sq(self) -> FloatArray: ...
    def spread(self) -> FloatArray: ...
    def spread_sum(self, by_rounds: FloatArray, /) -> FloatArray:
        """Σ E‖x^{t−1} − x*‖² over all rounds so far; by_rounds: summed up round by round."""

    def local_spreads(self) -> tuple[FloatArray, FloatArray]:
        """Σ E‖y − x*‖² over all local iterates so far, and the largest of the last round's."""

    def second_moment(self) -> Start:
        """Mean and covariance of z."""


def run_phase(
    make: Callable[[PhaseArrays, Start], Moments],
    arrays: PhaseArrays,
    T: int,
    marks: Sequence[int],
    start: Start,
) -> tuple[FloatArray, Start]:
    """Σ E‖∇f(y)‖², the gap, E‖∇f‖², Σ E‖x − x*‖² and its largest term after each of the rounds
    `marks`.

    Shape (5, marks, C). The sum is over x^{t−1}, or over all local iterates where these have
    multiplicative noise; it and the largest are 0 where nothing depends on them. Also returned: the
    mean and covariance of z at the end of the phase.
    """
    moments = make(arrays, start)
    rows = []
    total = np.zeros(len(arrays.z0))
    largest = np.zeros(len(arrays.z0))
    for t in range(1, T + 1):
        moments.first_buffer() if t == 1 else moments.refresh()
        if arrays.follows_spread and arrays.points == 1:
            spread = moments.spread()
            total = total + spread
            largest = np.maximum(largest, spread)
        moments.local_steps()
        if arrays.follows_spread and arrays.points > 1:
            total, largest_of_round = moments.local_spreads()
            largest = np.maximum(largest, largest_of_round)
        if t in marks:
            sums = (
                moments.spread_sum(total) if arrays.follows_spread and arrays.points == 1 else total
            )
            rows.append((moments.energy(), moments.gap(), moments.grad_sq(), sums, largest))
    return np.moveaxis(np.array(rows), 1, 0), moments.second_moment()
