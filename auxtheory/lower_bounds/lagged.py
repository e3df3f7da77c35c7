"""What no step size of lagged SCAFFOLD gets below: N identical clients, whose controls are old."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from auxtheory.errors import Checks
from auxtheory.problems import Pair, Quadratic


def lagged_total(N: int, S: int, step: float, T: float = math.inf) -> float:
    """sT·G_x/(2F₀) of lagged SCAFFOLD on N identical clients ½ℓx², K = 1, at ℓs = `step`.

    The second moments of x, of the mean control and of the controls around it are a linear system
    of four numbers. At T = ∞ it tends to ½ + m²/4, m = ℓs√N/S, as ℓs → 0 and S ≪ √N: x is gone
    before the controls are refreshed, which then are noise of variance ℓ²(x⁰)²/S for N/S rounds. So
    G_x ≥ (1−o(1)) √2 (√N/S) ℓF₀/T for every step, T ≫ N/S, against 12.6 times √N/S in the tuned
    bound of T8-star.

    Args:
        N: clients.
        S: clients at work in a round.
        step: ℓs = ℓη.
        T: rounds; ∞ for the limit.

    Returns:
        The number, ∞ if the run diverges.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> [round(at.lower_bounds.lagged_total(10**6, 1, m / 1000), 4) for m in (0.5, 1.0, 2.0)]
        [0.5625, 0.7503, 1.502]
    """
    checks = Checks()
    N = checks.whole("N", N, low=1)
    S = checks.whole("S", S, low=1, high=2**53 if checks.complaints else N)
    checks.number("step", step, above=True)
    T = checks.whole("T", T, low=1, infinite=True)
    checks.done()
    M = _round(N, S, float(step))
    start = np.array([1.0, 1.0, 1.0, 0.0])
    if math.isfinite(T):
        whole = np.eye(5)
        whole[:4, :4], whole[4, 0] = M, 1.0
        total = np.linalg.matrix_power(whole, int(T)) @ np.append(start, 0.0)
        return float(step * total[4])
    if np.max(np.abs(np.linalg.eigvals(M))) >= 1:
        return math.inf
    return float(step * np.linalg.solve(np.eye(4) - M, start)[0])


def _round(N: int, S: int, s: float) -> Any:
    """What a round makes of E x², E x c̄, E c̄² and E mean (c_i − c̄)²; x⁺ = (1−s)x + s ē, c̄⁺ = c̄ +
    p(x − c̄ − ē), ē the mean of c_i − c̄ over those at work."""
    p = S / N
    tau = 0.0 if N == 1 else (N - S) / (S * (N - 1))
    return np.array(
        [
            [(1 - s) ** 2, 0, 0, s**2 * tau],
            [(1 - s) * p, (1 - s) * (1 - p), 0, -s * p * tau],
            [p**2, 2 * p * (1 - p), (1 - p) ** 2, p**2 * tau],
            [p - p**2, -2 * p * (1 - p), p * (1 - p), 1 - p - p**2 * tau],
        ]
    )


def identical_clients(N: int, ell: float = 1.0, F0: float = 0.5) -> Pair:
    """N clients ½ℓx² in one dimension, at which lagged SCAFFOLD reaches its lower bound.

    Args:
        N: clients.
        ell: ℓ, in F/X².
        F0: f(x⁰), in F.

    Returns:
        The pair, with one group of clients.

    Raises:
        InputError: Lists every bad value.

    Example:
        >>> import auxtheory as at
        >>> at.lower_bounds.identical_clients(10**6).helpers.N
        1000000
    """
    checks = Checks()
    checks.whole("N", N, low=1)
    checks.number("ell", ell, above=True)
    checks.number("F0", F0, above=True)
    checks.done()
    return Quadratic.from_clients([[ell]], counts=[N], x0=[math.sqrt(2 * F0 / ell)])
