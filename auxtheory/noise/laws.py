"""Laws of noise, whose samples are functions of (seed, replica, round, step, oracle, coordinate)
rather than of a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np

from auxtheory.bounds.constants import Constants, Reals, check_grid
from auxtheory.errors import Checks, read_only
from auxtheory.helper_role import ROLES
from auxtheory.noise.covariance import (
    Law,
    apply,
    check_shape,
    covariance,
    cross_covariance,
    difference,
    filled,
    overlap,
    root_of,
)
from auxtheory.printing import as_repr, described
from auxtheory.random.counter import (
    CURVATURE_LOCAL,
    CURVATURE_R,
    F_SAMPLE,
    H_SAMPLE,
    LOCAL,
    Index,
    _counter,
)
from auxtheory.random.draws import Draws, correlated_normal, correlated_sign
from auxtheory.random.philox import normals, normals_single, signs, uniforms
from auxtheory.typing import Array, FloatArray, Helper

LEVELS = ("sigma_f", "sigma_h", "correlation", "s")
SHAPES = ("shape", "shape_h")


@dataclass(frozen=True)
class Levels:
    """The standard deviations of the noise in one method's refresh and in its local steps.

    g_r(x; ξ) = ∇r(x) + s_r ε ∘ (x − x*) + n, E‖n‖² = σ_r²; the local gradient likewise, with
    s_local and σ_local. Each is a number or an array over configurations, shape (C,).

    Args:
        sigma_r: Additive noise of the refresh, in F/X.
        s_r: Multiplicative noise of the refresh, in F/X².
        sigma_local: Additive noise of a local step, in F/X.
        s_local: Multiplicative noise of a local step, in F/X².

    Example:
        >>> import auxtheory as at
        >>> at.Gaussian(sigma_f=3.0, sigma_h=4.0).levels().sigma_r
        5.0
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
    E‖g_r(x;ξ) − g_r(y;ξ)‖² ≤ (δ² + s²)‖x−y‖², so s adds to δ in mean square, not to δ. The levels
    may be arrays over a grid of configurations, which then share their samples. A law of your own
    defines `standard` and `partner`; without `draws` it runs on the engine `numpy` only.

    Args:
        sigma_f: σ_f, in F/X, at least 0.
        sigma_h: σ_h, in F/X, at least 0.
        correlation: ρ, in [−1, 1].
        s: Level of the multiplicative noise, in F/X², at least 0.
        shape: Relative levels of the coordinates, shape (d,), or a covariance up to a factor, shape
            (d, d); None for the same level in every coordinate. n_f = σ_f S z with S Sᵀ = shape /
            tr(shape) (levels squared on the diagonal), so E‖n_f‖² = σ_f² stays true.
        shape_h: The shape of n_h; None if it is that of n_f. Where they differ, E⟨n_f, n_h⟩ =
            ρσ_fσ_h tr(S_f S_hᵀ).

    Raises:
        InputError: Lists every value out of range.

    Example:
        >>> import auxtheory as at
        >>> noise = at.Gaussian(sigma_f=1.0, sigma_h=0.6)
        >>> f"{noise.sigma_r:.4f}", isinstance(noise, at.Noise)
        ('1.1662', True)
    """

    sigma_f: Reals = 0.0
    sigma_h: Reals = 0.0
    correlation: Reals = 0.0
    s: Reals = 0.0
    shape: Any = field(default=None, metadata={"optional": True})
    shape_h: Any = field(default=None, metadata={"optional": True})

    def __post_init__(self) -> None:
        checks = Checks()
        for name in ("sigma_f", "sigma_h", "s"):
            checks.number(name, getattr(self, name))
        checks.number("correlation", self.correlation, low=-1.0, high=1.0)
        check_grid(checks, **{name: getattr(self, name) for name in LEVELS})
        for name in SHAPES:
            check_shape(checks, name, getattr(self, name))
        sizes = {len(v) for v in (self.shape, self.shape_h) if v is not None and np.ndim(v)}
        if not checks.complaints and len(sizes) > 1:
            checks.complain("shape_h", self.shape_h, "must have as many coordinates as shape")
        checks.done()
        for name in SHAPES:
            if getattr(self, name) is not None:
                array = np.array(getattr(self, name), dtype=float)
                array.flags.writeable = False
                object.__setattr__(self, name, array)
        for name in LEVELS:
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @classmethod
    def from_covariance(
        cls, S: Any, S_h: Any = None, *, correlation: Reals = 0.0, s: Reals = 0.0
    ) -> Self:
        """The law whose additive noise has these covariances: σ² = tr S, of the shape of S.

        Args:
            S: The covariance of n_f, in (F/X)²: variances of the coordinates, shape (d,), or a
                matrix, shape (d, d).
            S_h: That of n_h; None for σ_h = 0.
            correlation: ρ, in [−1, 1]; E⟨n_f, n_h⟩ = ρσ_fσ_h tr(S_f S_hᵀ) for the roots of the
                shapes.
            s: Level of the multiplicative noise, in F/X², at least 0.

        Returns:
            The law.

        Raises:
            InputError: Lists every value out of range.

        Example:
            >>> import auxtheory as at
            >>> noise = at.Gaussian.from_covariance([[2.0, 1.0], [1.0, 2.0]])
            >>> float(noise.sigma_f), noise.additive("f", 2).round(12).tolist()
            (2.0, [[2.0, 1.0], [1.0, 2.0]])
        """
        checks = Checks()
        check_shape(checks, "S", S)
        check_shape(checks, "S_h", S_h)
        checks.done()
        fields: dict[str, Any] = {"correlation": correlation, "s": s}
        for level, shape, value in (("sigma_f", "shape", S), ("sigma_h", "shape_h", S_h)):
            if value is not None:
                array = np.asarray(value, dtype=float)
                matrix = array.ndim == 2
                fields[level] = np.sqrt(np.trace(array) if matrix else np.sum(array))
                fields[shape] = array if matrix else np.sqrt(array)
        return cls(**fields)

    @abstractmethod
    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Array:
        """Independent coordinates of mean 0 and variance 1.

        Args:
            index: Seed, replicas, round and step.
            oracle: Which of the samples of this step: a number from 0 to 7.
            dim: d, the number of coordinates.
            xp: The array namespace, such as NumPy.

        Returns:
            An array of shape (replicas, d).
        """

    @abstractmethod
    def partner(self, first: Array, index: Index, dim: int, xp: Any = np) -> Array:
        """Coordinates of the same law with correlation ρ to `first`.

        Args:
            first: What `standard` returned, shape (replicas, d).
            index: Seed, replicas, round and step.
            dim: d, the number of coordinates.
            xp: The array namespace, such as NumPy.

        Returns:
            An array of shape (replicas, d), or (configurations, replicas, d) if ρ is an array.
        """

    @property
    def draws(self) -> Draws | None:
        """The `Draws` by which compiled engines draw this law; None if they cannot."""
        return None

    @property
    def sigma_r(self) -> Reals:
        """√(σ_f² + σ_h² − 2ρσ_fσ_h), in F/X, computed as the root of a sum of squares, which
        rounding cannot make negative.
        """
        f, h, rho = (
            np.asarray(v, dtype=float) for v in (self.sigma_f, self.sigma_h, self.correlation)
        )
        if self.shape_h is not None:
            rho = rho * overlap(*self.roots)
        value = np.hypot(f - h, np.sqrt(2 * (1 - rho)) * (np.sqrt(f) * np.sqrt(h)))
        return value if value.ndim else float(value)

    @property
    def shaped(self) -> bool:
        """Whether the additive noise differs from one coordinate or direction to another."""
        return self.shape is not None or self.shape_h is not None

    @property
    def shape_axes(self) -> int:
        """0 if all coordinates have the same level, 1 if they differ, 2 if a shape is a matrix."""
        return max(
            (shape.ndim for shape in (self.shape, self.shape_h) if shape is not None), default=0
        )

    @cached_property
    def roots(self) -> tuple[FloatArray | None, FloatArray | None]:
        """S_f and S_h, vectors (d,) or matrices (d, d); None for I/√d."""
        first = root_of(self.shape)
        return first, first if self.shape_h is None else root_of(self.shape_h)

    def additive(self, kind: Literal["f", "h", "r"], dim: int) -> FloatArray:
        """The covariance of the additive noise of one sample, in (F/X)².

        Args:
            kind: "f" for n_f, "h" for n_h, "r" for n_f − n_h of the same draw.
            dim: d, the number of coordinates.

        Returns:
            By `shape_axes`: 0, the variance of every coordinate, shape () or (C,) for a grid of
            levels; 1, that of each coordinate, shape ([C,] d); 2, a matrix, shape ([C,] d, d).
        """
        f, h = self._laws(dim)
        if kind == "r" and self.shaped:
            return difference(f, h, self.correlation, dim)
        return covariance({"f": f, "h": h, "r": Law(self.sigma_r, None)}[kind], dim)

    def cross(self, dim: int) -> FloatArray:
        """E n_f n_hᵀ, the covariance of the samples of f and of h of the same draw, in (F/X)².

        Args:
            dim: d, the number of coordinates.

        Returns:
            An array in the forms of `additive`; a matrix need not be symmetric.
        """
        return cross_covariance(*self._laws(dim), self.correlation, dim)

    def _laws(self, dim: int) -> tuple[Law, Law]:
        roots = (filled(root, dim, self.shape_axes) for root in self.roots)
        f, h = (
            Law(level, root)
            for level, root in zip((self.sigma_f, self.sigma_h), roots, strict=True)
        )
        return f, h

    def levels(self, helper: Helper = "h", *, exact_refresh: bool = False) -> Levels:
        """The levels of noise in a method that uses the helper.

        Args:
            helper: "h" for the true helper, "f" for h := f (SGD on f), "none" for h = 0 (momentum
                on f alone).
            exact_refresh: Whether the refresh uses ∇r, free of noise.

        Returns:
            The levels of the refresh and of the local steps.
        """
        role = ROLES[helper]
        return Levels(
            sigma_r=0.0 if exact_refresh else role.r(self.sigma_r, self.sigma_f, 0.0),
            s_r=0.0 if exact_refresh else role.r(self.s, self.s, 0.0),
            sigma_local=role.h(self.sigma_h, self.sigma_f, 0.0),
            s_local=role.h(0.0, self.s, 0.0),
        )

    def parts(self, helper: Helper = "h", *, exact_refresh: bool = False) -> tuple[Reals, Reals]:
        """The noise levels of the two samples, of f and of h, whose difference is a sample of g_r.

        Args:
            helper: which helper the method sees: "h", "f" or "none".
            exact_refresh: whether the method takes ∇r itself, without noise.

        Returns:
            The levels σ of f and of h, in F/X, 0 where there is no such sample; numbers, or arrays
            of shape (C,).
        """
        if exact_refresh:
            return 0.0, 0.0
        role = ROLES[helper]
        return role.r(self.sigma_f, self.sigma_f, 0.0), role.r(self.sigma_h, 0.0, 0.0)

    def constants(
        self,
        constants: Constants,
        helper: Helper = "h",
        *,
        exact_refresh: bool = False,
        mean_square: bool = False,
    ) -> Constants:
        """The constants of a pair, completed with the additive σ_f, σ_h, σ_r.

        Args:
            constants: The constants of the pair for the same `helper`.
            helper: As for `levels`.
            exact_refresh: As for `levels`.
            mean_square: Whether δ is that of samples, to which s adds: δ² + s²; of f's samples
                minus their mean, s, if h := f.

        Returns:
            The constants that a theorem about the method takes.
        """
        levels = self.levels(helper, exact_refresh=exact_refresh)
        # Where h is f, the samples that methods such as SVRG compare are those of f.
        s = ROLES[helper].r(levels.s_r, levels.s_r, levels.s_local)
        delta = np.hypot(constants.delta, s) if mean_square else np.asarray(constants.delta)
        return constants.replace(
            delta=delta if np.ndim(delta) else float(delta),
            sigma_f=self.sigma_f,
            sigma_h=levels.sigma_local,
            sigma_r=levels.sigma_r,
        )

    def refresh(
        self, index: Index, helper: Helper, dim: int, xp: Any = np
    ) -> tuple[Array, Array | None]:
        """The noise of g_r at this index: n and sε of g_r(x; ξ) = ∇r(x) + n + sε ∘ (x − x*).

        Args:
            index: Seed, replicas, round and step.
            helper: As for `levels`.
            dim: d, the number of coordinates.
            xp: The array namespace, such as NumPy.

        Returns:
            n and sε, of shape ([configurations,] replicas, d); sε is None if s = 0.
        """
        native = _native(xp)
        additive = native.zeros((1, dim))
        sigma_f, sigma_h = self.parts(helper)
        if np.any(sigma_f) or np.any(sigma_h):
            first = self.standard(index, F_SAMPLE, dim, native)
            additive = _scaled(first, sigma_f, self.roots[0], native)
            if np.any(sigma_h):
                partner = self.partner(first, index, dim, native)
                additive = additive - _scaled(partner, sigma_h, self.roots[1], native)
        s = self.levels(helper).s_r
        return xp.asarray(additive), self._curvature(s, index, CURVATURE_R, dim, xp)

    def local(
        self, index: Index, helper: Helper, dim: int, xp: Any = np
    ) -> tuple[Array | None, Array | None]:
        """The noise of a local step's gradient at this index: n and sε.

        Args:
            index: Seed, replicas, round and step.
            helper: As for `levels`.
            dim: d, the number of coordinates.
            xp: The array namespace, such as NumPy.

        Returns:
            n and sε, of shape ([configurations,] replicas, d); None where there is no noise.
        """
        native = _native(xp)
        levels = self.levels(helper)
        additive = None
        if np.any(levels.sigma_local):
            root = ROLES[helper].h(self.roots[1], self.roots[0], None)
            additive = xp.asarray(
                _scaled(self.standard(index, LOCAL, dim, native), levels.sigma_local, root, native)
            )
        return additive, self._curvature(levels.s_local, index, CURVATURE_LOCAL, dim, xp)

    def refreshed(
        self,
        r: Callable[[Array], Array],
        points: list[Array],
        index: Index,
        helper: Helper,
        centre: Array,
        xp: Any,
    ) -> list[Array]:
        """g_r at each of several points, with the same sample.

        Args:
            r: ∇r of the pair.
            points: Points, each of shape ([configurations,] replicas, d).
            index: Seed, replicas, round and step.
            helper: As for `levels`.
            centre: x*, shape (d,).
            xp: The array namespace, such as NumPy.

        Returns:
            The stochastic gradients, in the shapes of the points.
        """
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
        """The stochastic gradient of a local step.

        Args:
            h: The gradient of the helper.
            y: The local iterate, shape ([configurations,] replicas, d).
            index: Seed, replicas, round and step.
            helper: As for `levels`.
            centre: x*, shape (d,).
            xp: The array namespace, such as NumPy.

        Returns:
            The stochastic gradient, in the shape of y.
        """
        additive, curvature = self.local(index, helper, y.shape[-1], xp)
        grad = h(y)
        if additive is not None:
            grad = grad + additive
        return grad if curvature is None else grad + curvature * (y - centre)

    def _curvature(self, s: Reals, index: Index, oracle: int, dim: int, xp: Any) -> Array | None:
        if not np.any(s):
            return None
        native = _native(xp)
        return xp.asarray(per_configuration(s, native) * self.standard(index, oracle, dim, native))

    def __repr__(self) -> str:
        values = {name: np.asarray(getattr(self, name)) for name in LEVELS}
        arguments = ", ".join(
            f"{name}={value.tolist()!r}" for name, value in values.items() if np.any(value)
        )
        shapes = [
            f"{name}={value.tolist()!r}"
            for name in SHAPES
            if (value := getattr(self, name)) is not None
        ]
        return (
            f"at.{type(self).__name__}({', '.join([arguments, *shapes] if arguments else shapes)})"
        )

    _repr_pretty_ = as_repr
    __str__ = described


@dataclass(frozen=True, kw_only=True, eq=False)
class Gaussian(Noise):
    """Independent normal coordinates: n ~ N(0, σ²/d · I), ε ~ N(0, I).

    Args:
        sigma_f: σ_f, in F/X, at least 0.
        sigma_h: σ_h, in F/X, at least 0.
        correlation: ρ of n_f and n_h, in [−1, 1].
        s: Level of the multiplicative noise, in F/X², at least 0.
        shape: The levels (d,) or covariance (d, d) of n_f, up to a factor; see `Noise`.
        shape_h: The shape of n_h; None if it is that of n_f.
        bits: The number of bits of the uniforms that make a normal: 53, or 24 for faster ones in
            single precision (tails end at 5.77, and P(|n| > 5) is 2 % too small).

    Raises:
        InputError: Lists every value out of range.

    Example:
        >>> import auxtheory as at
        >>> at.Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.9)
        at.Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.9)
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
        if type(self) is not Gaussian or self.shaped:
            return None  # a subclass may draw differently
        name = "normals" if self.bits == 53 else "normals_single"
        return Draws(name, name, correlated_normal)


class RandomSign(Noise):
    """Independent random signs ±σ/√d, so that ‖n_f‖ = σ_f and ‖n_h‖ = σ_h surely.

    Args:
        sigma_f: σ_f, in F/X, at least 0.
        sigma_h: σ_h, in F/X, at least 0.
        correlation: ρ of n_f and n_h, in [−1, 1].
        s: Level of the multiplicative noise, in F/X², at least 0.
        shape: The levels (d,) or covariance (d, d) of n_f, up to a factor; see `Noise`. With a
            covariance the norms are σ_f and σ_h in the mean square alone.
        shape_h: The shape of n_h; None if it is that of n_f.

    Raises:
        InputError: Lists every value out of range.

    Example:
        >>> import auxtheory as at
        >>> at.RandomSign(sigma_f=2.0)
        at.RandomSign(sigma_f=2.0)
    """

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Array:
        return signs(*_counter(index, oracle), index.seed, dim, xp)

    def partner(self, first: Array, index: Index, dim: int, xp: Any = np) -> Array:
        second = uniforms(*_counter(index, H_SAMPLE), index.seed, dim, xp)
        return correlated_sign(first, second, per_configuration(self.correlation, xp), 0.0)

    @property
    def draws(self) -> Draws | None:
        if type(self) is not RandomSign or self.shaped:
            return None
        return Draws("signs", "uniforms", correlated_sign)


def _native(xp: Any) -> Any:
    """The namespace that draws the numbers: CuPy on its device; otherwise NumPy, whose arrays are
    then converted."""
    return xp if xp.__name__.partition(".")[0] == "cupy" else np


def per_configuration(level: Reals, xp: Any) -> Array:
    """A level as an array that broadcasts against (configurations, replicas, d)."""
    value = np.asarray(level, dtype=float)
    return xp.asarray(value.reshape((*value.shape, 1, 1)) if value.ndim else value)


def _scaled(standard: Array, sigma: Reals, root: FloatArray | None, xp: Any) -> Array:
    if root is not None:
        return per_configuration(sigma, xp) * apply(root, standard, xp)
    dim = standard.shape[-1]
    return per_configuration(np.asarray(sigma) / np.sqrt(dim), xp) * standard
