"""Proximal points of a logistic objective, by Newton's method to machine precision."""

from __future__ import annotations

import numpy as np

from auxtheory.errors import RefusedError
from auxtheory.problems.logistic.objective import BEND, LogisticLoss
from auxtheory.typing import FloatArray

MOST_STEPS = 100
ROUNDING = 4e-16  # relative to the terms of the gradient, of which it is the sum
# The share of the value below which a step of full length is taken: the value is rounded.
FINAL = 1e-12


def proximal(f: LogisticLoss, v: FloatArray, gamma: float) -> FloatArray:
    """argmin_y f(y) + ‖y − v‖²/(2γ).

    Args:
        f: The objective.
        v: The point, shape (d,).
        gamma: γ, in X²/F, above 0.

    Returns:
        The point, shape (d,).

    Raises:
        RefusedError: The function is not known to be convex.
    """
    if f.l2 + BEND[1] * f.nonconvex + 1 / gamma <= 0:
        raise RefusedError("a proximal step has no minimum: h_i + ‖·‖²/(2γ) is not convex")
    value, gradient = f.functions()
    y = np.array(v, dtype=float)
    for _ in range(MOST_STEPS):
        grad, pull = gradient(y), (y - v) / gamma
        total = grad + pull
        if np.linalg.norm(total) <= ROUNDING * (np.linalg.norm(grad) + np.linalg.norm(pull)):
            break
        step = np.linalg.solve(f.hessian(y) + np.eye(y.size) / gamma, total)
        fall = float(total @ step)
        here = float(value(y)) + float((y - v) @ (y - v)) / (2 * gamma)
        length = 1.0
        while fall > FINAL * abs(here):
            there = y - length * step
            if float(value(there)) + float((there - v) @ (there - v)) / (2 * gamma) <= here - (
                1e-4 * length * fall
            ):
                break
            length /= 2
        if np.all(y - length * step == y):
            break
        y = y - length * step
        if fall <= ROUNDING**2 * float(y @ y) / gamma:
            break
    return y
