"""Hybrids: the helper alone first, then with a correction; and a correction that is damped.

Example:
    >>> import auxtheory as at
    >>> at.methods.NaiveThenExact.memory, at.methods.NaiveThenExact.whole
    (('m',), ('T1',))
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class NaiveThenExact(Method):
    """In rounds 1 … T₁ K times x ← x − η₁ g_h(x); then exact correction, m ← ∇r(x), with η."""

    state = "x m"
    whole = ("T1",)
    units = MappingProxyType({"eta1": "X^2/F"})

    def start(o: Any, x: Any, *, T1: Any) -> Any:
        return x, o.where(o.t > T1, o.r(x, exact=True), 0 * x)

    def refresh(o: Any, x: Any, m: Any, *, T1: Any) -> Any:
        return x, o.where(o.t > T1, o.r(x, exact=True), 0 * x)

    def step(o: Any, x: Any, m: Any, *, eta: Any, eta1: Any, T1: Any) -> Any:
        return x - o.where(o.t > T1, eta, eta1) * (o.h(x) + m), m


class NaiveThenAuxMOM(Method):
    """In rounds 1 … T₁ K times x ← x − η₁ g_h(x); then AuxMOM, with its own first buffer."""

    state = "x m"
    whole = ("T1",)
    units = MappingProxyType({"eta1": "X^2/F"})

    def start(o: Any, x: Any, *, T1: Any) -> Any:
        return x, o.where(o.t > T1, o.r(x, batch=o.B), 0 * x)

    def refresh(o: Any, x: Any, m: Any, *, a: Any, T1: Any) -> Any:
        first = o.where(o.t > T1, o.r(x, batch=o.B), 0 * x)
        return x, o.where(o.t > T1 + 1, (1 - a) * m + a * o.r(x), first)

    def step(o: Any, x: Any, m: Any, *, eta: Any, eta1: Any, T1: Any) -> Any:
        return x - o.where(o.t > T1, eta, eta1) * (o.h(x) + m), m


class DampedAuxMOM(Method):
    """m ← (1 − a) m + a θ g_r(x; ξ), from θ times a batch;  K times x ← x − η (g_h(x) + m)."""

    state = "x m"

    def start(o: Any, x: Any, *, theta: Any) -> Any:
        return x, theta * o.r(x, batch=o.B)

    def refresh(o: Any, x: Any, m: Any, *, a: Any, theta: Any) -> Any:
        return x, (1 - a) * m + a * theta * o.r(x)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m
