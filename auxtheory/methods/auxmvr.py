"""AuxMVR: momentum with variance reduction, the same sample at two points. Source: arXiv
2206.00395, alg. 2.

    m ← g_r(x; ξ) + (1 − a) (m − g_r(x_prev; ξ));   K times y ← y − η (g_h(y) + m)

With h = 0 and K = 1 it is MVR (STORM).

Example:
    >>> import auxtheory as at
    >>> at.methods.AuxMVR.refresh(1.0, 3.0, 2.0, 0.5)
    2.5
    >>> at.methods.MVR.helper, at.methods.MVR.single_step
    ('none', True)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auxtheory.methods.base import Method


def refresh(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← diff + (1 − a) (m − diff_prev)."""
    return diff + (1 - a) * (m - diff_prev)


AuxMVR = Method(name="AuxMVR", refresh=refresh, uses_a=True, calls_r=2)
MVR = replace(AuxMVR, name="MVR", helper="none", single_step=True)
