"""A user's theorem that fails in some cells: the study files in this folder need it."""

from typing import Any

import auxtheory as at


def bound(c: Any, s: Any) -> Any:
    """The theorem's own right-hand side, doubled; unknown at the smallest δ."""
    if c.delta.min() < 0.02:
        raise ArithmeticError("no bound at such a small delta")
    return 4.0 * c.L * c.F0 / (s.eta * c.L * s.K * s.T) + c.sigma_f**2 * s.eta * c.L + c.zeta**2


mine = at.claim(
    bound,
    method=at.methods.Naive,
    steps=at.theorems.Naive(),
    name="Mine",
    check_units=False,
)
