"""Means over helpers or clients that are drawn without replacement."""

from __future__ import annotations

from typing import Any


def variance_of_mean(at_work: Any, N: Any, others: Any) -> Any:
    """The variance of the mean over those at work, in units of that of one.

    Args:
        at_work: How many are drawn, at most N; a number or an expression.
        N: How many there are.
        others: N − 1, or 1 for N = 1.

    Returns:
        (N − S)/(S(N − 1)), 0 if all are drawn.
    """
    return (N - at_work) / (at_work * others)
