"""SAGA: the last gradient of each component is kept. Source: Defazio, Bach, Lacoste-Julien, arXiv
1407.0202.

Example:
    >>> import auxtheory as at
    >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_components(N=10, delta=0.05, zeta=1.0)
    >>> steps = at.Steps(eta=0.3, K=10, T=40)
    >>> trace = at.run(at.methods.SAGA, pair, at.Gaussian(), steps, engine="numpy", replicas=20)
    >>> bool(trace.gap[0] < 1e-6)
    True
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class SAGA(Method):
    """i ← one of N;  x ← x − η (∇f_i(x) − g_i + mean(g_i));  g_i ← ∇f_i(x) as it was."""

    state = "x g_i"
    helper = "f"

    def start(o: Any, x: Any) -> Any:
        return x, o.f.each(x)

    def step(o: Any, x: Any, g_i: Any, *, eta: Any) -> Any:
        i = o.pick()
        g = o.f[i](x)
        return x - eta * (g - g_i[i] + o.mean(g_i)), o.put(g_i, i, g)
