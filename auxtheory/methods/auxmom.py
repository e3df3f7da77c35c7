"""AuxMOM: the correction is a momentum average of stochastic gradients of f − h. Source: arXiv
2206.00395, alg. 1.

    m ← (1 − a) m + a g_r(x; ξ);   K times y ← y − η (g_h(y) + m)

With h = 0 and K = 1 it is SGD with momentum.

Example:
    >>> import auxtheory as at
    >>> at.methods.AuxMOM.refresh(1.0, 3.0, 0.0, 0.5)
    2.0
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auxtheory.methods.base import Method


def refresh(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← (1 − a) m + a diff."""
    return (1 - a) * m + a * diff


AuxMOM = Method(name="AuxMOM", refresh=refresh, uses_a=True)
SGDMomentum = replace(AuxMOM, name="SGDMomentum", helper="none", single_step=True)
