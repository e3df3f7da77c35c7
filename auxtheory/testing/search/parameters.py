"""The parameters of a search, and the pairs of one or two coordinates and the noises made from
them; `dense` makes those of dense cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.components import QuadraticComponents, spread
from auxtheory.testing.search.dense import (
    DENSE_ENTRIES,
    angle,
    axis,
    dense_pair,
    dense_pairs,
    directed_noise,
    eigen,
    turned,
)
from auxtheory.typing import FloatArray

Values: TypeAlias = Mapping[str, Any]  # numbers, or arrays over the configurations of a batch


@dataclass(frozen=True)
class Parameter:
    """A parameter of the search.

    Args:
        part: The part of a case to which it belongs.
        simple: The value where it is not searched, which is also the simplest one.
        low: The smallest value; of the positive ones on the scale "log or 0".
        high: The largest value.
        scale: How the unit interval is mapped to the range.
    """

    part: Literal["pair", "noise", "steps"]
    simple: float
    low: float
    high: float
    scale: Literal["log", "log or 0", "even", "whole"]

    def from_unit(self, u: FloatArray) -> FloatArray:
        """Values for u in the unit interval, parts of which are mapped to the ends, to the middle
        and to 0, so that corners are searched as often as the interior."""
        if self.scale == "even":
            v = np.clip((u - 0.1) / 0.8, 0.0, 1.0)
            return self.low + (self.high - self.low) * np.where(np.abs(v - 0.5) < 0.05, 0.5, v)
        if self.scale == "whole":
            return np.floor(self.low + np.minimum(u, 1 - 1e-12) * (self.high - self.low + 1))
        v = np.clip((u - 0.2) / 0.8, 0.0, 1.0) if self.scale == "log or 0" else u
        value = self.low * (self.high / self.low) ** np.clip((v - 0.05) / 0.75, 0.0, 1.0)
        return np.where(u < 0.2, 0.0, value) if self.scale == "log or 0" else value

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range."""
        if self.scale == "whole" and value != np.floor(value):
            return False
        return self.low <= value <= self.high or (value == 0 and self.scale == "log or 0")


# Levels in units of L and F0, so that for a bound of the right unit L = F0 = 1 is no restriction.
PARAMETERS: Mapping[str, Parameter] = {
    "L": Parameter("pair", 1.0, 1e-3, 1e3, "log"),
    "F0": Parameter("pair", 1.0, 1e-3, 1e3, "log"),
    "delta": Parameter("pair", 0.0, 1e-4, 10.0, "log or 0"),  # in L
    "zeta": Parameter("pair", 0.0, 1e-2, 1e2, "log or 0"),  # in √(LF₀)
    # r″ on the coordinate of curvature L, in δ; ±1 if it is the only coordinate.
    "gap": Parameter("pair", 1.0, -1.0, 1.0, "even"),
    # The share of ζ on that coordinate, and its sign.
    "bias": Parameter("pair", 1.0, -1.0, 1.0, "even"),
    "flat": Parameter("pair", 1.0, 1e-8, 1.0, "log"),  # the other coordinate's curvature, in L
    "flat_gap": Parameter("pair", 1.0, -1.0, 1.0, "even"),  # r″ there, in δ
    "flat_start": Parameter("pair", 1.0, 0.0, 1.0, "even"),  # the share of F₀ there
    # In a dense cell, in degrees: by how much the eigenvectors of r″ are turned, and the direction
    # of the noise from the flat coordinate.
    "gap_angle": Parameter("pair", 0.0, 0.0, 180.0, "even"),
    "sigma_f": Parameter("noise", 0.0, 1e-3, 1e3, "log or 0"),  # in √(LF₀)
    "sigma_h": Parameter("noise", 0.0, 1e-3, 1e3, "log or 0"),
    "correlation": Parameter("noise", 0.0, -1.0, 1.0, "even"),
    "s": Parameter("noise", 0.0, 1e-3, 1.0, "log or 0"),  # in L
    "noise_angle": Parameter("noise", 0.0, 0.0, 180.0, "even"),
    "step": Parameter("steps", 1.0, 1e-3, 1.0, "log"),  # in the largest η
    # log a, from the largest a (0) to the smallest (1)
    "momentum": Parameter("steps", 0.0, 0.0, 1.0, "even"),
    # Of bounds that take schedules: log τ/log T of the round τ up to which steps have other values,
    # η there relative to later, and the share of max(a, 1/t) in a there.
    "switch": Parameter("steps", 0.0, 0.0, 1.0, "even"),
    "early_eta": Parameter("steps", 1.0, 1e-3, 1e3, "log"),
    "early_a": Parameter("steps", 0.0, 0.0, 1.0, "even"),
}
SHAPES = "switch", "early_eta", "early_a"
# Parameters of a helper, for methods that do not use it; of f as a sum of components, δ and ζ are
# how much the components differ.
OF_HELPER = "delta", "zeta", "gap", "bias", "flat_gap", "gap_angle", "sigma_h", "correlation"
OF_COMPONENTS = "delta", "zeta"
NOISE = "sigma_f", "sigma_h", "correlation", "s", "noise_angle"
SECOND_COORDINATE = "flat", "flat_gap", "flat_start"  # parameters of a second coordinate
# Levels in units of L, and of √(LF₀).
CURVATURES = ("delta", "flat", "s")
GRADIENTS = ("zeta", "sigma_f", "sigma_h")
# Values of two coordinates, which replace their parameters.
PLAIN_ENTRIES = "x_flat", "x_steep", "r_flat", "r_steep", "b_flat", "b_steep"
ENTRIES = (*PLAIN_ENTRIES, *DENSE_ENTRIES)
ABSOLUTE = "absolute"  # a key of values whose levels are absolute, not in units of L and F₀


def units(v: Values) -> tuple[Any, Any]:
    """The units of the levels of curvatures and of gradients."""
    return (1.0, 1.0) if ABSOLUTE in v else (v["L"], np.sqrt(v["L"] * np.asarray(v["F0"])))


def absolute(v: Values) -> dict[str, Any]:
    """The same case with absolute levels, and with relative gaps of which one is ±1."""
    curvature, gradient = units(v)
    out = {name: float(value) for name, value in v.items()} | {ABSOLUTE: 1.0}
    out |= {name: float(v[name] * curvature) for name in CURVATURES}
    out |= {name: float(v[name] * gradient) for name in GRADIENTS}
    flat, steep = (float(r) for r in relative_hessian_gaps(v, 2))
    return out | {"flat_gap": flat, "gap": steep}


def rescaled(v: Values, f: float, x: float) -> dict[str, Any]:
    """The same case, of absolute levels, in other units: values of f times `f`, lengths times
    `x`."""
    curvature = f / x**2
    factors = {"L": curvature, "F0": f, "eta": 1 / curvature}
    factors |= dict.fromkeys(CURVATURES, curvature) | dict.fromkeys(GRADIENTS, f / x)
    return {
        name: float(f"{value * factors[name]:.12g}") if name in factors else value
        for name, value in v.items()
    }


def entries(v: Values) -> dict[str, Any]:
    """The same case of two coordinates with each entry of x⁰, of r″ and of the directions of the
    bias and of the noise as an independent value."""
    v = v if ABSOLUTE in v else absolute(v)
    gaps = [v["delta"] * r for r in relative_hessian_gaps(v, 2)]
    more = {}
    if v.get("dense"):
        flat, across, steep = turned(gaps, v["gap_angle"])
        direction = _floats(axis(v["noise_angle"]))
        largest = max(map(abs, direction))
        more = {"r_cross": float(across), "n_flat": direction[0] / largest}
        more |= {"n_steep": direction[1] / largest}
        gaps = [flat, steep]
    numbers = _floats([*start(v, 2), *gaps, *bias(v, 2)])
    return {**v, **dict(zip(PLAIN_ENTRIES, numbers, strict=True)), **more}


def parameters_of(v: Values) -> dict[str, Any]:
    """The parameters of a case given by its entries, with absolute levels."""
    x, y, flat, steep, b, c = (float(v[name]) for name in PLAIN_ENTRIES)
    F0 = 0.5 * (v["flat"] * x**2 + v["L"] * y**2)
    more = {}
    if "r_cross" in v:
        flat, steep, more["gap_angle"] = eigen(flat, float(v["r_cross"]), steep)
        more["noise_angle"] = angle(float(v["n_flat"]), float(v["n_steep"]))
    delta = max(abs(flat), abs(steep))
    length = float(np.hypot(b, c))
    out = {name: value for name, value in v.items() if name not in ENTRIES}
    out |= {"F0": F0, "flat_start": 0.5 * v["flat"] * x**2 / (F0 or 1.0), "delta": delta}
    out |= {"gap": steep / delta, "flat_gap": flat / delta} if delta else {}
    return out | more | ({"bias": c / length} if length else {})


def relative_hessian_gaps(v: Values, dim: int) -> list[Any]:
    """r″ of each coordinate in units of δ, the flat coordinate first; the largest is ±1."""
    if dim == 1:
        return [np.where(np.asarray(v["gap"]) < 0, -1.0, 1.0)]
    flat = np.asarray(v["flat_gap"], dtype=float)
    steep = np.asarray(v["gap"], dtype=float)
    largest = np.maximum(np.abs(flat), np.abs(steep))
    zero = largest == 0
    return [np.where(zero, 1.0, r / np.where(zero, 1.0, largest)) for r in (flat, steep)]


def hessian_gaps(v: Values, dim: int) -> list[Any]:
    """r″ of each coordinate."""
    if dim == 2 and "r_flat" in v:
        return [v["r_flat"], v["r_steep"]]
    return [v["delta"] * units(v)[0] * r for r in relative_hessian_gaps(v, dim)]


def spectrum(v: Values, dim: int) -> list[Any]:
    """The curvatures of f, the flat coordinate first."""
    return [units(v)[0] * np.asarray(v["flat"]), v["L"] + 0.0 * v["flat"]] if dim == 2 else [v["L"]]


def start(v: Values, dim: int) -> list[Any]:
    """x⁰ of each coordinate, x* = 0."""
    if dim == 2 and "x_flat" in v:
        return [v["x_flat"], v["x_steep"]]
    share = np.asarray(v["flat_start"], dtype=float)
    shares = [share, 1.0 - share] if dim == 2 else [1.0]
    # On a coordinate of curvature 0 a positive share of F₀ would need x⁰ = ∞: it starts at 0.
    return [
        np.sqrt(2 * v["F0"] * part / np.where(curvature > 0, curvature, np.inf))
        for part, curvature in zip(shares, spectrum(v, dim), strict=True)
    ]


def bias(v: Values, dim: int) -> list[Any]:
    """The direction of ∇h's bias, of length 1 unless its entries are given."""
    if dim == 2 and "b_flat" in v:
        return [v["b_flat"], v["b_steep"]]
    steep = np.asarray(v["bias"], dtype=float)
    return [np.sqrt(1.0 - steep**2), steep] if dim == 2 else [np.where(steep < 0, -1.0, 1.0)]


def _dense_parts(v: Values) -> tuple[list[Any], tuple[Any, Any, Any], list[Any], list[Any]]:
    """The spectrum, r″, x⁰ and the bias of a dense pair."""
    gaps = hessian_gaps(v, 2)
    entries_of_r = (gaps[0], v["r_cross"], gaps[1]) if "r_cross" in v else None
    direction = bias(v, 2)
    length = np.sqrt(sum(np.square(part) for part in direction))
    size = v["zeta"] * units(v)[1] / np.where(length > 0, length, 1.0)
    return (
        spectrum(v, 2),
        entries_of_r or turned(gaps, v["gap_angle"]),
        start(v, 2),
        [size * part for part in direction],
    )


def pairs_of(v: Values, dim: int, N: int = 1, *, dense: bool = False) -> QuadraticPair:
    """The quadratic pairs of a batch, as one grid; of N > 1 components that differ by δ and ζ,
    otherwise with a helper that does."""
    if dense and dim == 2:
        return dense_pairs(*_dense_parts(v))
    if N > 1:
        plain = pairs_of({**v, "delta": 0.0, "zeta": 0.0}, dim)
        return replace(plain, components=_components(plain, v, N))
    gradient = units(v)[1]
    direction = bias(v, dim)
    length = np.sqrt(sum(np.square(part) for part in direction))
    shape = v["L"] + 0.0 * np.asarray(v["F0"])
    A, R, x, b = (
        np.stack(np.broadcast_arrays(*parts, shape)[:-1], axis=-1)
        for parts in (
            spectrum(v, dim),
            hessian_gaps(v, dim),
            start(v, dim),
            [v["zeta"] * gradient * b / np.where(length > 0, length, 1.0) for b in direction],
        )
    )
    return QuadraticPair(
        A=A,
        R=R,
        b=b,
        start=x,
        minimiser=np.zeros(dim),
        eigenvalues=A,
        gap_norm=np.max(np.abs(R), axis=-1),
        description="a batch of the adversary's",
        grid=True,
    )


def _components(pair: QuadraticPair, v: Values, N: int) -> QuadraticComponents:
    """The components that `with_components(N, delta, zeta)` would give each pair of a grid."""
    curvature, gradient = units(v)
    count = len(pair.A)
    unit = spread(np.zeros((1, pair.dim)), pair.minimiser, N, 1.0, 1.0, 0)
    delta, zeta = (
        np.broadcast_to(np.asarray(v[name] * size, dtype=float), (count,))[:, None, None]
        for name, size in (("delta", curvature), ("zeta", gradient))
    )
    return QuadraticComponents(
        A=pair.A[:, None] + delta * unit.A, b=zeta * unit.b, minimiser=pair.minimiser
    )


def pair_of(v: Values, dim: int, N: int = 1, *, dense: bool = False) -> QuadraticPair:
    """One quadratic pair, made as a user would make it."""
    if dense and dim == 2:
        curvatures, of_r, x, b = _dense_parts(v)
        flat, across, steep = _floats(of_r)
        if across:
            return dense_pair(_floats(curvatures), (flat, across, steep), _floats(x), _floats(b))
        v = {**v, "r_flat": flat, "r_steep": steep}
    if N > 1:
        plain = pair_of({**v, "delta": 0.0, "zeta": 0.0}, dim)
        curvature, gradient = (float(unit) for unit in units(v))
        return plain.with_components(N, float(v["delta"]) * curvature, float(v["zeta"]) * gradient)
    L = float(v["L"])
    F0 = float(v["F0"])
    curvature, gradient = (float(unit) for unit in units(v))
    helper: dict[str, Any] = {"delta": float(v["delta"]) * curvature}
    if dim == 1:
        target = Quadratic(L=L, dim=1, F0=F0)
        if helper["delta"] and v["gap"] >= 0:
            helper["gap"] = [helper["delta"]]
    else:
        target = Quadratic(spectrum=_floats(spectrum(v, dim)), x0=_floats(start(v, dim)))
        gap = _floats(hessian_gaps(v, dim))
        helper["delta"] = max(map(abs, gap))
        helper["gap"] = helper["delta"] and gap
    helper = {name: value for name, value in helper.items() if value or name == "delta"}
    if v["zeta"]:
        helper["zeta"] = float(v["zeta"]) * gradient
        direction = _floats(bias(v, dim))
        helper |= {} if direction == [1.0] else {"bias": direction}
    return target.with_helper(**helper)


def noise_of(v: Values, *, dense: bool = False) -> Noise:
    """The noise, of one configuration or of a batch."""
    curvature, gradient = units(v)
    levels = (
        v["sigma_f"] * gradient,
        v["sigma_h"] * gradient,
        v["correlation"],
        v["s"] * np.asarray(curvature),
    )
    f, h, rho, s = (level if np.ndim(level) else float(level) for level in levels)
    by_name: dict[str, Any] = {"sigma_f": f, "sigma_h": h, "correlation": rho, "s": s}
    if dense and np.any(f + h):
        direction = [v["n_flat"], v["n_steep"]] if "n_flat" in v else axis(v["noise_angle"])
        single = not any(map(np.ndim, [f, h, rho, *direction]))
        return directed_noise(by_name, direction, single=single)
    return Gaussian(**by_name)


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values]
