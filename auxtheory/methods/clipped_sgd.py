"""SGD with gradients clipped by norm, normalised, or replaced by their signs. Source: Pascanu,
Mikolov, Bengio, arXiv 1211.5063; Nesterov 1984; Bernstein et al., arXiv 1802.04434.

Example:
    >>> import auxtheory as at
    >>> at.methods.ClippedSGD.not_affine is None, at.methods.SignSGD.not_elementwise is None
    (False, True)
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class ClippedSGD(Method):
    """x ← x − η min(1, c/‖g‖) g with g = g_f(x)."""

    helper = "f"
    units = MappingProxyType({"c": "F/X"})

    def step(o: Any, x: Any, *, eta: Any, c: Any) -> Any:
        g = o.f(x)
        return x - eta * o.minimum(1, c / o.norm(g)) * g


class ClippedGD(Method):
    """x ← x − h g and v ← √h g with g = g_f(x) and h = min(η, c_x/‖g‖); c_x, the longest step, is a
    length.

    ‖v‖² = min(η‖g‖², c_x‖g‖) is what the step gains to first order."""

    state = "x v"
    helper = "f"
    units = MappingProxyType({"c_x": "X"})

    def start(o: Any, x: Any, *, eta: Any) -> Any:
        return x, 0 * x / o.sqrt(eta)

    def step(o: Any, x: Any, v: Any, *, eta: Any, c_x: Any) -> Any:
        g = o.f(x)
        h = o.minimum(eta, c_x / o.norm(g))
        return x - h * g, o.sqrt(h) * g


class NormalisedSGD(Method):
    """x ← x − η g/‖g‖ with g = g_f(x); η in X; x stays where g = 0."""

    helper = "f"
    units = MappingProxyType({"eta": "X"})

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        g = o.f(x)
        size = o.norm(g)
        return x - eta * o.where(size > 0, g / size, 0)


class SignSGD(Method):
    """x ← x − η sign(g_f(x)); η in X."""

    helper = "f"
    units = MappingProxyType({"eta": "X"})

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * o.sign(o.f(x))
