"""How a compiled engine draws a law of noise: by which functions, and how a second sample is
correlated to a first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Draws:
    """A law as compiled engines draw it: the numbers that `standard` returns, the second ones that
    its partner needs (each a function of `philox`, by name), and partner = correlate(first, second,
    ρ, √(1 − ρ²))."""

    standard: str
    second: str
    correlate: Callable[[Any, Any, Any, Any], Any]


def correlated_normal(first: Any, second: Any, rho: Any, rest: Any) -> Any:
    """ρ first + √(1 − ρ²) second."""
    return rho * first + rest * second


def correlated_sign(first: Any, second: Any, rho: Any, rest: Any) -> Any:
    """`first` with probability (1 + ρ)/2, else its negative; second is uniform on [0, 1)."""
    return first * (1.0 - 2.0 * (second >= (1.0 + rho) * 0.5))
