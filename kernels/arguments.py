"""Arguments of compiled loops: values that belong together, as named tuples.

Named tuples are the only records that Numba compiles; the simulator and NumPy take them as they
are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from auxtheory.fingerprint import GENERATED, PACKAGE


class Rules(NamedTuple):
    """The functions of one phase: a method's rules, the gradients of a coordinate as the method
    sees them, f − f*, and the law that correlates two samples."""

    refresh: Callable[..., Any]
    local_step: Callable[..., Any]
    f: Callable[..., Any]
    h: Callable[..., Any]
    r: Callable[..., Any]
    value: Callable[..., Any]
    correlate: Callable[..., Any]

    @property
    def of_the_library(self) -> bool:
        """Whether all functions are defined in this package, so that their loop may be kept on
        disk."""
        return of_the_library(*self)


def of_the_library(*functions: Callable[..., Any]) -> bool:
    """Whether all these functions are defined in this package, or in a file that it generated; a
    compiled loop of other functions is not kept on disk."""
    return all(
        function.__module__ == GENERATED or function.__module__.startswith(f"{PACKAGE}.")
        for function in functions
    )


class Plan(NamedTuple):
    """The integers that describe one phase: its lengths, the rounds before it, and which samples it
    draws (0 or 1)."""

    K: int
    T: int
    B: int  # 0: an exact first buffer
    before: int
    additive: int
    correlated: int
    multiplicative: int
    local: int
    local_multiplicative: int
    follow: int  # whether ‖z‖² is summed at every refresh, rather than at the first of the run only


class Levels(NamedTuple):
    """Step sizes and noise levels: σ/√d, ρ and √(1 − ρ²), s. Arrays over the configurations, shape
    (C,), or the numbers of one configuration."""

    eta: Any
    a: Any
    scale_f: Any
    scale_h: Any
    rho: Any
    rest: Any
    s_r: Any
    scale_local: Any
    s_local: Any


class Refresh(NamedTuple):
    """The arrays of a refresh: m, which it changes, ∇r at x and at x_prev, x and x_prev."""

    m: Any
    diff: Any
    diff_prev: Any
    x: Any
    x_prev: Any


class LocalStep(NamedTuple):
    """The arrays of a local step: y, which it changes, ∇f(y), ∇h(y) and m."""

    y: Any
    grad_f: Any
    grad: Any
    m: Any


class Squares(NamedTuple):
    """Σ‖∇f‖² so far and ‖∇f(y)‖² of this step, shape (C, R) each."""

    energy: Any
    square: Any
