"""One momentum buffer of the differences f − h_i for all helpers. Source: arXiv 2206.00395, alg. 1,
with a random helper in each round (S = 1).

Example:
    >>> import auxtheory as at
    >>> at.methods.SharedDifferences.memory, at.methods.SharedDifferences.client_memory
    (('m',), ())
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class SharedDifferences(Method):
    """m ← (1 − a) m + a mean of g_{r_i}(x; ξ_i) over C.  Each helper of C, K times: y ← y − η
    (g_{h_i}(y) + m);  x ← mean of y over C.  At the start m is the mean of B samples of g_r(x⁰), r
    = f − h with the mean helper h."""

    state = "x m"
    reports_from = 2

    def start(o: Any, x: Any) -> Any:
        return x, o.r(x, batch=o.B)

    def report(o: Any, x: Any, m: Any) -> Any:
        return o.r(x)

    def collect(o: Any, x: Any, m: Any, diff: Any, *, a: Any) -> Any:
        return x, (1 - a) * m + a * diff

    def local(o: Any, y: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + m)
