"""SGD on a finite sum: one component, drawn anew in each step. Source: Robbins and Monro 1951.

Example:
    >>> import auxtheory as at
    >>> pair = at.Quadratic(L=1.0, dim=2).with_components(N=4, delta=0.5)
    >>> trace = at.run(at.methods.ComponentSGD, pair, at.Gaussian(), at.Steps(eta=0.5, K=1, T=9))
    >>> trace.engine
    'exact'
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class ComponentSGD(Method):
    """i ← one of N;  x ← x − η ∇f_i(x)."""

    helper = "f"

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * o.f[o.pick()](x)
