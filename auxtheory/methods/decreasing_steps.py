"""SGD whose steps decrease: like 1/j, with and without an average of the iterates, and linearly to
0 at the end of the run. Source: folklore; the linear decay: Defazio et al., arXiv 2310.07831.

Example:
    >>> import auxtheory as at
    >>> steps = at.Steps(eta=0.5, m=0.1, K=1, T=100)
    >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper()
    >>> trace = at.run(at.methods.InverseTimeSGD, pair, at.Gaussian(sigma_f=1.0), steps)
    >>> bool(trace.gap[0] < 1)
    True
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auxtheory.methods.base import Method


class InverseTimeSGD(Method):
    """In step j = 0, 1, …: x ← x − η/(1 + ηmj) g_f(x). The steps are 1/(m(j + t₀)) with t₀ =
    1/(ηm)."""

    helper = "f"
    units = MappingProxyType({"m": "F/X^2"})

    def step(o: Any, x: Any, *, eta: Any, m: Any) -> Any:
        j = (o.t - 1) * o.K + o.k
        return x - eta / (1 + eta * m * j) * o.f(x)


class InverseTimeAveragedSGD(Method):
    """In step j = 0, 1, …: x_bar ← mean of the iterates so far with weights w_j = j + t₀ − 1;  x ←
    x − η/(1 + ½ηmj) g_f(x). The steps are 2/(m(j + t₀)) with t₀ = 2/(ηm)."""

    state = "x x_bar"
    helper = "f"
    units = MappingProxyType({"m": "F/X^2"})

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, x_bar: Any, *, eta: Any, m: Any) -> Any:
        j = (o.t - 1) * o.K + o.k
        c = eta * m / 2
        # w_j/(w₀ + … + w_j), times c above and below so that m = 0 has equal weights.
        share = (1 - c + c * j) / ((j + 1) * (1 - c + c * j / 2))
        return x - eta / (1 + c * j) * o.f(x), x_bar + share * (x - x_bar)


class LinearDecaySGD(Method):
    """In step j = 1, …, n of n = KT: x ← x − η(1 − j/(n + 1)) g_f(x)."""

    helper = "f"

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        j = (o.t - 1) * o.K + o.k + 1
        return x - eta * (1 - j / (o.K * o.T + 1)) * o.f(x)
