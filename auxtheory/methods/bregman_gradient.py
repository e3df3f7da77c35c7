"""Bregman gradient method: each round minimises ⟨∇f(x), y⟩ + D_h(y, x)/γ over y, by K gradient
steps on that function. Source: Bauschke, Bolte, Teboulle 2017, "A descent lemma beyond Lipschitz
gradient continuity".

At γ = 1 it is exact correction.

Example:
    >>> import auxtheory as at
    >>> at.methods.BregmanGradient.memory, dict(at.methods.BregmanGradient.parameters)
    (('m',), {'gamma': 1.0, 'eta': None})
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class BregmanGradient(Method):
    """m ← γ ∇f(x) − ∇h(x);  K times x ← x − η (g_h(x) + m)."""

    state = "x m"

    def start(o: Any, x: Any, *, gamma: Any = 1.0) -> Any:
        return x, gamma * o.f(x, exact=True) - o.h(x, exact=True)

    def refresh(o: Any, x: Any, m: Any, *, gamma: Any = 1.0) -> Any:
        return x, gamma * o.f(x, exact=True) - o.h(x, exact=True)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m
