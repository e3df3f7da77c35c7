"""How compiled engines draw a law of noise: the functions of `philox`, and how a second sample is
correlated with the first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Draws:
    """A law as compiled engines draw it: the names of the functions of `philox` for the numbers of
    `standard` and for the second numbers that the partner needs, and partner = correlate(first,
    second, ρ, √(1 − ρ²))."""

    standard: str
    second: str
    correlate: Callable[[Any, Any, Any, Any], Any]


def correlated_normal(first: Any, second: Any, rho: Any, rest: Any) -> Any:
    """ρ first + √(1 − ρ²) second."""
    return rho * first + rest * second


def correlated_sign(first: Any, second: Any, rho: Any, rest: Any) -> Any:
    """`first` with probability (1 + ρ)/2, otherwise its negative; second is uniform on [0, 1)."""
    return first * (1.0 - 2.0 * (second >= (1.0 + rho) * 0.5))
