"""Methods whose steps have a given length: momentum, AuxMOM and exact correction, normalised.

Source: derived here.

Example:
    >>> import auxtheory as at
    >>> at.methods.NormalisedAuxMOM.memory, at.methods.NormalisedMomentum.single_step
    (('m',), True)
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class NormalisedAuxMOM(Method):
    """m ← (1 − a) m + a g_r(x; ξ);  K times x ← x − η v/‖v‖ with v = g_h(x) + m; η in X; x stays
    where v = 0."""

    state = "x m"
    units = MappingProxyType({"eta": "X"})

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B)

    def refresh(o: Any, x: Any, m: Any, *, a: Any) -> Any:
        return x, (1 - a) * m + a * o.r(x)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        v = o.h(x) + m
        size = o.norm(v)
        return x - eta * o.where(size > 0, v / size, 0), m


class NormalisedMomentum(NormalisedAuxMOM):
    """SGD with normalised momentum: NormalisedAuxMOM with h = 0 and K = 1."""

    helper = "none"
    single_step = True


class NormalisedExactCorrection(Method):
    """m ← ∇r(x);  K times x ← x − η v/‖v‖ with v = g_h(x) + m; η in X; x stays where v = 0."""

    state = "x m"
    units = MappingProxyType({"eta": "X"})

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, exact=True)

    def refresh(o: Any, x: Any, m: Any) -> Any:
        return x, o.r(x, exact=True)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        v = o.h(x) + m
        size = o.norm(v)
        return x - eta * o.where(size > 0, v / size, 0), m
