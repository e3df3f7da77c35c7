"""What the adversary may choose, gene by gene, and the pairs and noises it makes of that: one or
two coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.typing import FloatArray

Values: TypeAlias = Mapping[str, Any]  # numbers, or arrays over the configurations of a batch


@dataclass(frozen=True)
class Gene:
    """One choice: its range, how the unit interval is laid over that, the value it has unless
    chosen, which is also the simplest, and the part of a case to which it belongs."""

    part: Literal["pair", "noise", "steps"]
    simple: float
    low: float
    high: float
    scale: Literal["log", "log or 0", "even"]

    def read(self, u: FloatArray) -> FloatArray:
        """From the unit interval to the range, a share of it for each end, for the middle or for 0:
        corners are to be met as often as what lies between."""
        if self.scale == "even":
            v = np.clip((u - 0.1) / 0.8, 0.0, 1.0)
            return self.low + (self.high - self.low) * np.where(np.abs(v - 0.5) < 0.05, 0.5, v)
        v = np.clip((u - 0.2) / 0.8, 0.0, 1.0) if self.scale == "log or 0" else u
        value = self.low * (self.high / self.low) ** np.clip((v - 0.05) / 0.75, 0.0, 1.0)
        return np.where(u < 0.2, 0.0, value) if self.scale == "log or 0" else value

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return self.low <= value <= self.high or (value == 0 and self.scale == "log or 0")


# Levels in units of L and F0, so that a bound of the right unit is searched at L = F0 = 1 without
# loss.
GENES: Mapping[str, Gene] = {
    "L": Gene("pair", 1.0, 1e-3, 1e3, "log"),
    "F0": Gene("pair", 1.0, 1e-3, 1e3, "log"),
    "delta": Gene("pair", 0.0, 1e-4, 10.0, "log or 0"),  # in L
    "zeta": Gene("pair", 0.0, 1e-2, 1e2, "log or 0"),  # in √(LF₀)
    # R″ on the coordinate of curvature L, in δ; ±1 where it is alone.
    "gap": Gene("pair", 1.0, -1.0, 1.0, "even"),
    "bias": Gene("pair", 1.0, -1.0, 1.0, "even"),  # the share of ζ on that coordinate, and its sign
    "flat": Gene("pair", 1.0, 1e-8, 1.0, "log"),  # the other coordinate's curvature, in L
    "flat_gap": Gene("pair", 1.0, -1.0, 1.0, "even"),  # r″ there, in δ
    "flat_start": Gene("pair", 1.0, 0.0, 1.0, "even"),  # the share of F₀ there
    "sigma_f": Gene("noise", 0.0, 1e-3, 1e3, "log or 0"),  # in √(LF₀)
    "sigma_h": Gene("noise", 0.0, 1e-3, 1e3, "log or 0"),
    "correlation": Gene("noise", 0.0, -1.0, 1.0, "even"),
    "s": Gene("noise", 0.0, 1e-3, 1.0, "log or 0"),  # in L
    "step": Gene("steps", 1.0, 1e-3, 1.0, "log"),  # in the largest η
    # Log a, from the largest (0) to the least (1).
    "momentum": Gene("steps", 0.0, 0.0, 1.0, "even"),
}
TWO = "flat", "flat_gap", "flat_start"  # what a second coordinate adds
# relative levels, in L and in √(LF₀)
CURVATURES = ("delta", "flat", "s")
GRADIENTS = ("zeta", "sigma_f", "sigma_h")
# Of two coordinates, in place of genes.
ENTRIES = "x_flat", "x_steep", "r_flat", "r_steep", "b_flat", "b_steep"
ABSOLUTE = "absolute"  # among values: the levels are absolute, not in units of L and F₀


def units(v: Values) -> tuple[Any, Any]:
    """What the levels of curvatures and of gradients are multiplied by."""
    return (1.0, 1.0) if ABSOLUTE in v else (v["L"], np.sqrt(v["L"] * np.asarray(v["F0"])))


def absolute(v: Values) -> dict[str, Any]:
    """The same case with absolute levels, and a gap that takes no dividing."""
    curvature, gradient = units(v)
    out = {name: float(value) for name, value in v.items()} | {ABSOLUTE: 1.0}
    out |= {name: float(v[name] * curvature) for name in CURVATURES}
    out |= {name: float(v[name] * gradient) for name in GRADIENTS}
    flat, steep = (float(gap) for gap in gaps(v, 2))
    return out | {"flat_gap": flat, "gap": steep}


def rescaled(v: Values, f: float, x: float) -> dict[str, Any]:
    """The same case with absolute levels in other units: values of f times `f`, lengths times
    `x`."""
    curvature = f / x**2
    factors = {"L": curvature, "F0": f, "eta": 1 / curvature}
    factors |= dict.fromkeys(CURVATURES, curvature) | dict.fromkeys(GRADIENTS, f / x)
    return {
        name: float(f"{value * factors[name]:.12g}") if name in factors else value
        for name, value in v.items()
    }


def entries(v: Values) -> dict[str, Any]:
    """The same case of two coordinates with each entry of x⁰, of r″ and of the bias's direction as
    a value."""
    v = v if ABSOLUTE in v else absolute(v)
    found = [*start(v, 2), *(v["delta"] * g for g in gaps(v, 2)), *bias(v, 2)]
    return {**v, **dict(zip(ENTRIES, _floats(found), strict=True))}


def genes_of(v: Values) -> dict[str, Any]:
    """The genes that such entries stand for, with absolute levels."""
    x, y, flat, steep, b, c = (float(v[name]) for name in ENTRIES)
    F0 = 0.5 * (v["flat"] * x**2 + v["L"] * y**2)
    delta = max(abs(flat), abs(steep))
    length = float(np.hypot(b, c))
    out = {name: value for name, value in v.items() if name not in ENTRIES}
    out |= {"F0": F0, "flat_start": 0.5 * v["flat"] * x**2 / (F0 or 1.0), "delta": delta}
    out |= {"gap": steep / delta, "flat_gap": flat / delta} if delta else {}
    return out | ({"bias": c / length} if length else {})


def gaps(v: Values, dim: int) -> list[Any]:
    """r″ of each coordinate, flat ones first, in δ; the largest is ±1."""
    if dim == 1:
        return [np.where(np.asarray(v["gap"]) < 0, -1.0, 1.0)]
    flat = np.asarray(v["flat_gap"], dtype=float)
    steep = np.asarray(v["gap"], dtype=float)
    largest = np.maximum(np.abs(flat), np.abs(steep))
    none = largest == 0
    return [np.where(none, 1.0, g / np.where(none, 1.0, largest)) for g in (flat, steep)]


def curvature_gaps(v: Values, dim: int) -> list[Any]:
    """r″ of each coordinate."""
    if dim == 2 and "r_flat" in v:
        return [v["r_flat"], v["r_steep"]]
    return [v["delta"] * units(v)[0] * g for g in gaps(v, dim)]


def spectrum(v: Values, dim: int) -> list[Any]:
    """The curvatures of f, flat ones first."""
    return [units(v)[0] * np.asarray(v["flat"]), v["L"] + 0.0 * v["flat"]] if dim == 2 else [v["L"]]


def start(v: Values, dim: int) -> list[Any]:
    """x⁰ of each coordinate, x* = 0."""
    if dim == 2 and "x_flat" in v:
        return [v["x_flat"], v["x_steep"]]
    share = np.asarray(v["flat_start"], dtype=float)
    shares = [share, 1.0 - share] if dim == 2 else [1.0]
    # a share of F⁰ along a flat coordinate would start at infinity: there such a coordinate starts
    # at 0
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


def pairs_of(v: Values, dim: int) -> QuadraticPair:
    """The pairs of a batch, as one grid."""
    gradient = units(v)[1]
    towards = bias(v, dim)
    length = np.sqrt(sum(np.square(part) for part in towards))
    whole = v["L"] + 0.0 * np.asarray(v["F0"])
    A, R, x, b = (
        np.stack(np.broadcast_arrays(*parts, whole)[:-1], axis=-1)
        for parts in (
            spectrum(v, dim),
            curvature_gaps(v, dim),
            start(v, dim),
            [v["zeta"] * gradient * g / np.where(length > 0, length, 1.0) for g in towards],
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


def pair_of(v: Values, dim: int) -> QuadraticPair:
    """One pair, made as a user would make it."""
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
        found = _floats(curvature_gaps(v, dim))
        helper["delta"] = max(map(abs, found))
        helper["gap"] = helper["delta"] and found
    helper = {name: value for name, value in helper.items() if value or name == "delta"}
    if v["zeta"]:
        helper["zeta"] = float(v["zeta"]) * gradient
        towards = _floats(bias(v, dim))
        helper |= {} if towards == [1.0] else {"bias": towards}
    return target.with_helper(**helper)


def noise_of(v: Values) -> Noise:
    """The noise, of one configuration or of a batch."""
    curvature, gradient = units(v)
    levels = (
        v["sigma_f"] * gradient,
        v["sigma_h"] * gradient,
        v["correlation"],
        v["s"] * np.asarray(curvature),
    )
    f, h, rho, s = (level if np.ndim(level) else float(level) for level in levels)
    return Gaussian(sigma_f=f, sigma_h=h, correlation=rho, s=s)


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values]
