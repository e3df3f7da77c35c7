"""One coordinate's part of a round, shared by all compiled loops; the rules and gradients are
arguments."""

from __future__ import annotations

from typing import Any

from auxtheory.kernels.arguments import Levels
from auxtheory.kernels.jit import known


def levels_of(levels: Any, c: int) -> Any:
    """The step sizes and noise levels of one configuration."""
    return Levels(
        levels.eta[c],
        levels.a[c],
        levels.scale_f[c],
        levels.scale_h[c],
        levels.rho[c],
        levels.rest[c],
        levels.s_r[c],
        levels.scale_local[c],
        levels.s_local[c],
    )


def refresh_noise(correlate: Any, first: Any, second: Any, level: Any) -> Any:
    """The additive noise of g_r: n_f − n_h."""
    partner = correlate(first, second, level.rho, level.rest)
    return level.scale_f * first - level.scale_h * partner


def stochastic_gradient(
    gradient: Any, z: Any, p: Any, q: Any, s: Any, noise: Any, factor: Any
) -> Any:
    """A stochastic gradient: ∇ + n + sε z."""
    return (gradient(z, p, q, s) + noise) + factor * z


def elsewhere(z: Any, gradient: Any, q: Any, s: Any) -> Any:
    """A gradient that was computed outside the loop and is passed as the coordinate's first
    parameter."""
    return gradient


for _function in (levels_of, refresh_noise, stochastic_gradient, elsewhere):
    known(_function)
