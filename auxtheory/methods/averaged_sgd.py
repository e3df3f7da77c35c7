"""SGD with an average of its iterates, uniform or with weights that grow like jᵞ. Source: Polyak
and Juditsky 1992; Shamir and Zhang, arXiv 1212.1824.

The average is a state variable, at which measures can be taken: at.measures.gap("x_bar").

Example:
    >>> import auxtheory as at
    >>> at.methods.AveragedSGD.memory
    ('x_bar',)
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class AveragedSGD(Method):
    """In step j: x ← x − η g_f(x);  x_bar ← x_bar + (x − x_bar)/j (Polyak–Ruppert)."""

    state = "x x_bar"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, x_bar: Any, *, eta: Any) -> Any:
        j = (o.t - 1) * o.K + o.k + 1
        x = x - eta * o.f(x)
        return x, x_bar + (x - x_bar) / j


class WeightedAveragedSGD(Method):
    """In step j: x ← x − η g_f(x);  x_bar ← x_bar + (γ + 1)/(j + γ) (x − x_bar): weights ∝ jᵞ."""

    state = "x x_bar"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, x_bar: Any, *, eta: Any, gamma: Any) -> Any:
        j = (o.t - 1) * o.K + o.k + 1
        x = x - eta * o.f(x)
        return x, x_bar + (gamma + 1) / (j + gamma) * (x - x_bar)
