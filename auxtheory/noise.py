"""Noise laws as functions of (seed, replica, round, step, oracle, coordinate), never a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.constants import Constants, Reals, check_grid
from auxtheory.draws import Draws, correlated_normal, correlated_sign
from auxtheory.errors import Checks, settled
from auxtheory.philox import normals, normals_single, signs, uniforms
from auxtheory.pretty import as_repr
from auxtheory.printing import described

Array: TypeAlias = Any
Helper: TypeAlias = Literal["h", "f", "none"]

# The last two words of the counter hold (round, step · 8 + oracle); the first two (block of
# coordinates, replica).
F_SAMPLE, H_SAMPLE, LOCAL, CURVATURE_R, CURVATURE_LOCAL = range(5)
MAX_STEP = 2**29
LEVELS = ("sigma_f", "sigma_h", "correlation", "s")


@dataclass(frozen=True)
class Index:
    """Where a sample stands: 64-bit seed, replica numbers [start, stop), round, step within the
    round."""

    seed: int
    start: int
    stop: int
    round: int
    step: int


@dataclass(frozen=True)
class Levels:
    """What one method meets of a law: the noise of its refresh and of its local steps (standard
    deviations).

    g_r(x; ξ) = ∇r(x) + s_r ε ∘ (x − x*) + n, E‖n‖² = σ_r²; local gradient: likewise with s_local,
    σ_local.
    """

    sigma_r: Reals
    s_r: Reals
    sigma_local: Reals
    s_local: Reals


@dataclass(frozen=True, kw_only=True, eq=False)
class Noise(ABC):
    """An additive law on g_f and g_h of levels σ_f, σ_h and correlation ρ, plus a multiplicative
    one of level s.

    g_f(x; ξ) = ∇f(x) + n_f + s ε ∘ (x − x*),  g_h(x; ξ) = ∇h(x) + n_h,  g_r = g_f − g_h with the
    same ξ; E‖n_f‖² = σ_f², E‖n_h‖² = σ_h², E⟨n_f, n_h⟩ = ρσ_fσ_h, so σ_r² = σ_f² + σ_h² − 2ρσ_fσ_h.
    σ in F/X, s in F/X²; E‖g_r(x;ξ) − g_r(y;ξ)‖² ≤ (δ² + s²)‖x−y‖², so s adds to δ in mean square,
    not to δ. The levels may be arrays over a grid of configurations, which then share their
    samples. A law of your own defines `standard` and `partner`; without `draws` it runs on the
    engine `numpy` only.
    """

    sigma_f: Reals = 0.0
    sigma_h: Reals = 0.0
    correlation: Reals = 0.0
    s: Reals = 0.0

    def __post_init__(self) -> None:
        checks = Checks()
        for name in ("sigma_f", "sigma_h", "s"):
            checks.number(name, getattr(self, name))
        checks.number("correlation", self.correlation, low=-1.0, high=1.0)
        check_grid(checks, **{name: getattr(self, name) for name in LEVELS})
        checks.done()
        for name in LEVELS:
            object.__setattr__(self, name, settled(getattr(self, name)))

    @abstractmethod
    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Array:
        """Independent coordinates of mean 0 and variance 1, shape (replicas, dim)."""

    @abstractmethod
    def partner(self, first: Array, index: Index, dim: int, xp: Any = np) -> Array:
        """Coordinates of the same law with correlation ρ to `first`, shape ([configurations,]
        replicas, dim)."""

    @property
    def draws(self) -> Draws | None:
        """How a compiled engine draws this law, if it can."""
        return None

    @property
    def sigma_r(self) -> Reals:
        """√(σ_f² + σ_h² − 2ρσ_fσ_h), as the root of a sum of squares, which rounding cannot make
        negative."""
        f, h, rho = (
            np.asarray(v, dtype=float) for v in (self.sigma_f, self.sigma_h, self.correlation)
        )
        value = np.hypot(f - h, np.sqrt(2 * (1 - rho)) * (np.sqrt(f) * np.sqrt(h)))
        return value if value.ndim else float(value)

    def levels(self, helper: Helper = "h", *, exact_refresh: bool = False) -> Levels:
        """The levels met with the true helper, with h := f (SGD on f), or with h = 0 (momentum on f
        alone)."""
        if helper == "f":
            return Levels(0.0, 0.0, self.sigma_f, self.s)
        sigma_local = self.sigma_h if helper == "h" else 0.0
        if exact_refresh:
            return Levels(0.0, 0.0, sigma_local, 0.0)
        return Levels(self.sigma_r if helper == "h" else self.sigma_f, self.s, sigma_local, 0.0)

    def constants(
        self,
        constants: Constants,
        helper: Helper = "h",
        *,
        exact_refresh: bool = False,
        mean_square: bool = False,
    ) -> Constants:
        """The constants of a pair seen by this helper, completed with the additive σ_f, σ_h, σ_r;
        mean_square: for a theorem whose δ is that of samples, to which s adds."""
        seen = self.levels(helper, exact_refresh=exact_refresh)
        delta = np.hypot(constants.delta, seen.s_r) if mean_square else np.asarray(constants.delta)
        return constants.replace(
            delta=delta if np.ndim(delta) else float(delta),
            sigma_f=self.sigma_f,
            sigma_h=seen.sigma_local,
            sigma_r=seen.sigma_r,
        )

    def refresh(
        self, index: Index, helper: Helper, dim: int, xp: Any = np
    ) -> tuple[Array, Array | None]:
        """(n, sε) of g_r at this index: its additive part and the factor of x − x* (None when s =
        0)."""
        own = _native(xp)
        additive = own.zeros((1, dim))
        if helper == "f":
            return xp.asarray(additive), None
        h = 0.0 if helper == "none" else self.sigma_h
        if np.any(self.sigma_f) or np.any(h):
            first = self.standard(index, F_SAMPLE, dim, own)
            additive = _scaled(first, self.sigma_f, dim, own)
            if np.any(h):
                additive = additive - _scaled(self.partner(first, index, dim, own), h, dim, own)
        return xp.asarray(additive), self._curvature(index, CURVATURE_R, dim, xp)

    def local(
        self, index: Index, helper: Helper, dim: int, xp: Any = np
    ) -> tuple[Array | None, Array | None]:
        """(n, sε) of a local step's gradient at this index; None where there is no noise."""
        own = _native(xp)
        seen = self.levels(helper)
        additive = None
        if np.any(seen.sigma_local):
            additive = xp.asarray(
                _scaled(self.standard(index, LOCAL, dim, own), seen.sigma_local, dim, own)
            )
        return additive, self._curvature(index, CURVATURE_LOCAL, dim, xp) if helper == "f" else None

    def refreshed(
        self,
        r: Callable[[Array], Array],
        points: list[Array],
        index: Index,
        helper: Helper,
        centre: Array,
        xp: Any,
    ) -> list[Array]:
        """g_r at each of the points, of shape ([C,] replicas, d), with one and the same sample."""
        additive, curvature = self.refresh(index, helper, points[0].shape[-1], xp)
        samples = [r(x) + additive for x in points]
        if curvature is None:
            return samples
        return [g + curvature * (x - centre) for g, x in zip(samples, points, strict=True)]

    def stepped(
        self,
        h: Callable[[Array], Array],
        y: Array,
        index: Index,
        helper: Helper,
        centre: Array,
        xp: Any,
    ) -> Array:
        """The stochastic gradient of a local step at y."""
        additive, curvature = self.local(index, helper, y.shape[-1], xp)
        grad = h(y)
        if additive is not None:
            grad = grad + additive
        return grad if curvature is None else grad + curvature * (y - centre)

    def _curvature(self, index: Index, oracle: int, dim: int, xp: Any) -> Array | None:
        if not np.any(self.s):
            return None
        own = _native(xp)
        return xp.asarray(per_configuration(self.s, own) * self.standard(index, oracle, dim, own))

    def __repr__(self) -> str:
        values = {name: np.asarray(getattr(self, name)) for name in LEVELS}
        given = ", ".join(
            f"{name}={value.tolist()!r}" for name, value in values.items() if np.any(value)
        )
        return f"at.{type(self).__name__}({given})"

    _repr_pretty_ = as_repr
    __str__ = described


@dataclass(frozen=True, kw_only=True, eq=False)
class Gaussian(Noise):
    """Independent normal coordinates: n ~ N(0, σ²/d · I), ε ~ N(0, I).

    bits: those of the uniforms behind a normal, 53, or 24 for faster ones computed in single
    precision (tails end at
    5.77, and P(|n| > 5) is 2 % too small).
    """

    bits: int = 53

    def __post_init__(self) -> None:
        checks = Checks()
        if not isinstance(self.bits, int) or self.bits not in (53, 24):
            checks.complain("bits", self.bits, "must be 53 or 24")
        checks.attempt(super().__post_init__)
        checks.done()

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Array:
        draw = normals if self.bits == 53 else normals_single
        return draw(*_counter(index, oracle), index.seed, dim, xp)

    def partner(self, first: Array, index: Index, dim: int, xp: Any = np) -> Array:
        rho = per_configuration(self.correlation, xp)
        if np.all(np.abs(np.asarray(self.correlation)) == 1):
            return rho * first
        return correlated_normal(
            first, self.standard(index, H_SAMPLE, dim, xp), rho, xp.sqrt(1 - rho * rho)
        )

    def __repr__(self) -> str:
        text = super().__repr__()
        return text if self.bits == 53 else f"{text[:-1]}, bits={self.bits})".replace("(, ", "(")

    @property
    def draws(self) -> Draws | None:
        if type(self) is not Gaussian:
            return None  # a law made of this one draws as it likes
        name = "normals" if self.bits == 53 else "normals_single"
        return Draws(name, name, correlated_normal)


class RandomSign(Noise):
    """Independent random signs ±σ/√d, so that ‖n_f‖ = σ_f and ‖n_h‖ = σ_h surely."""

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Array:
        return signs(*_counter(index, oracle), index.seed, dim, xp)

    def partner(self, first: Array, index: Index, dim: int, xp: Any = np) -> Array:
        second = uniforms(*_counter(index, H_SAMPLE), index.seed, dim, xp)
        return correlated_sign(first, second, per_configuration(self.correlation, xp), 0.0)

    @property
    def draws(self) -> Draws | None:
        if type(self) is not RandomSign:
            return None
        return Draws("signs", "uniforms", correlated_sign)


def _native(xp: Any) -> Any:
    """Where the numbers are drawn: on a CuPy device, else by NumPy (and converted, for other array
    libraries)."""
    return xp if xp.__name__.partition(".")[0] == "cupy" else np


def _counter(index: Index, oracle: int) -> tuple[int, int, int, int]:
    return index.start, index.stop, index.round, index.step * 8 + oracle


def per_configuration(level: Reals, xp: Any) -> Array:
    """A level as an array that broadcasts against (configurations, replicas, d)."""
    value = np.asarray(level, dtype=float)
    return xp.asarray(value.reshape((*value.shape, 1, 1)) if value.ndim else value)


def _scaled(standard: Array, sigma: Reals, dim: int, xp: Any) -> Array:
    return per_configuration(np.asarray(sigma) / np.sqrt(dim), xp) * standard
