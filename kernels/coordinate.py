"""What a round does to one coordinate, for every compiled loop: the rules and gradients come as
arguments."""

from __future__ import annotations

from typing import Any

from auxtheory.kernels.jit import known


def refresh_noise(
    correlate: Any, first: Any, second: Any, scale_f: Any, scale_h: Any, rho: Any, rest: Any
) -> Any:
    """The additive noise of g_r: n_f − n_h."""
    return scale_f * first - scale_h * correlate(first, second, rho, rest)


def sampled(gradient: Any, z: Any, p: Any, q: Any, s: Any, noise: Any, factor: Any) -> Any:
    """A stochastic gradient: ∇ + n + sε z."""
    return (gradient(z, p, q, s) + noise) + factor * z


def refreshed(
    refresh: Any,
    r: Any,
    m: Any,
    z: Any,
    z_prev: Any,
    p: Any,
    q: Any,
    s: Any,
    noise: Any,
    factor: Any,
    a: Any,
) -> Any:
    """The buffer after a refresh with one sample at both points."""
    return refresh(
        m, sampled(r, z, p, q, s, noise, factor), sampled(r, z_prev, p, q, s, noise, factor), a
    )


for _function in (refresh_noise, sampled, refreshed):
    known(_function)
