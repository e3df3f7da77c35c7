"""Derived constants: symbols of the library whose values are computed from a pair (and a noise)
only where a theorem names them.

Example:
    >>> import auxtheory as at
    >>> D0, eta, T = at.symbols("D0 eta T")
    >>> print(D0 / (2 * eta * T), at.theorems.DERIVED["D0"].meaning)
    D₀/(2ηT) squared distance of the start: ‖x⁰ − x*‖²
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.bounds.added import ADDED, AddedSymbol
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.bounds.units import unit_of


@dataclass(frozen=True)
class Derived(AddedSymbol):
    """A symbol of the library, with its meaning in words."""

    meaning: str = ""


DERIVED: dict[str, Derived] = {}


def library_symbol(
    name: str, *, glyph: str, unit: str, value: Callable[..., Any], meaning: str
) -> Posynomial:
    """A derived constant, as an expression to write bounds with.

    Args:
        name: its name in code.
        glyph: how it is printed.
        unit: its unit, such as "F/X^2".
        value: a module-level function of (pair), or of (pair, noise), that returns a number of at
            least 0 or ∞, or an array of shape (C,).
        meaning: what it is, in words and formulas.

    Returns:
        The expression.
    """
    derived = Derived(name, glyph, unit_of(unit), value, meaning)
    DERIVED[name] = ADDED[name] = derived
    return derived.symbol


def computed(function: Callable[..., Any], pair: Any, noise: Any) -> Any:
    """The value of a function of (pair), or of (pair, noise)."""
    return function(pair, noise) if takes_noise(function) else function(pair)


def takes_noise(function: Callable[..., Any]) -> bool:
    """Whether a function needs two arguments, a pair and a noise."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.kind in positional and p.default is p.empty]
    return len(needed) > 1


def initial_distance(pair: Any) -> Any:
    """‖x⁰ − x*‖²; ∞ if no minimiser is known."""
    if not pair.infimum_known:
        return np.inf
    return np.sum((pair.x0 - pair.x_star) ** 2, axis=-1)


def strong_convexity(pair: Any) -> Any:
    """The largest m known for which f − ½m‖x‖² is convex."""
    return pair.strong_convexity


def weak_convexity(pair: Any) -> Any:
    """The smallest ρ known for which f + ½ρ‖x‖² is convex."""
    return pair.weak_convexity


def hessian_lipschitz(pair: Any) -> Any:
    """A Lipschitz constant of ∇²f."""
    return pair.hessian_lipschitz


library_symbol(
    "D0",
    glyph="D₀",
    unit="X^2",
    value=initial_distance,
    meaning="squared distance of the start: ‖x⁰ − x*‖²",
)
library_symbol(
    "mu_sc",
    glyph="μ_sc",
    unit="F/X^2",
    value=strong_convexity,
    meaning="strong convexity: f − ½μ_sc‖x‖² is convex; 0 if f is not known to be",
)
library_symbol(
    "rho",
    glyph="ρ",
    unit="F/X^2",
    value=weak_convexity,
    meaning="weak convexity: f + ½ρ‖x‖² is convex; 0 for a convex f, L if no less is known",
)
library_symbol(
    "M",
    glyph="M",
    unit="F/X^3",
    value=hessian_lipschitz,
    meaning="∇²f is M-Lipschitz; 0 for a quadratic f, ∞ if unknown",
)
