"""S, how many clients work in each round: a step parameter with one rule, whole from 1 on, or ∞ for
all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import Checks, numbers

AT_WORK = "S"


def as_one_number(S: Any) -> Any:
    """S as a float where it is a number or an array of one value; any other S unchanged."""
    values = numbers(S)
    if values.size and np.all(values == values.flat[0]):
        return float(values.flat[0])
    return S


def check_at_work(checks: Checks, S: Any, N: int | None = None) -> float | None:
    """Check that S is a whole number from 1, to N where that is known, or ∞.

    Returns:
        S as a float; None where it is something else, which is a complaint.
    """
    number = as_one_number(S)
    if isinstance(number, float):
        whole = number >= 1 and number == np.floor(number)
        if number == np.inf or (whole and (N is None or number <= N)):
            return number
    limits = "of at least 1, or inf for all clients" if N is None else f"from 1 to N = {N}"
    checks.complain(AT_WORK, S, f"must be a whole number {limits}")
    return None
