"""A theorem made of a class body."""

from __future__ import annotations

from typing import Any

import auxtheory as at
from auxtheory import methods

L, F0, eta, K, T, sigma_f = at.symbols("L, F0, eta, K, T, sigma_f")
BOUND = 2 * F0 / (eta * K * T)
PAIR = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)


def made(**given: Any) -> type[at.Theorem]:
    """A class with these attributes and what SGD's rate needs beside them; None leaves one out."""
    usual = {
        "method": methods.SGD,
        "bound": BOUND,
        "step_range": (L * eta <= 1,),
        "assumptions": (sigma_f <= 0,),
    }
    return type("Mine", (at.Theorem,), {k: v for k, v in (usual | given).items() if v is not None})


def largest(self: Any, c: at.Constants, K: int, T: int, B: float) -> Any:
    return 1 / c.L


RULE = {"step_sizes": largest}
