"""Constants of clients: their weak convexity, whether they are quadratics of equal weights, and how
much their gradients differ, at the start, relative to ∇f, and along a run.

Those of all helpers (N, δ_m, δ̄, δ_A, ℓ) are symbols of `auxtheory.bounds`, with values that the
pair knows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.along import symbol_at
from auxtheory.bounds.derived import library_symbol
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.user_symbols import symbol
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.theorems.drawn import variance_of_mean
from auxtheory.typing import FloatArray

ROUNDING = 1e-12  # share of the largest eigenvalue that counts as 0


def not_equal_clients(pair: Any) -> float:
    """0 if f is the mean of N clients of equal weights, otherwise ∞."""
    helpers = pair.helpers
    fits = helpers is not None and helpers.clients and helpers.equal_weights
    return 0.0 if fits else np.inf


def not_quadratic(pair: Any) -> float:
    """0 if f and all clients are quadratics, otherwise 1."""
    return 0.0 if isinstance(pair.helpers, QuadraticHelpers) else 1.0


def _bias(pair: Any) -> tuple[Any, Any]:
    """(β, ζ²) with ζ²(x) ≤ β‖∇f(x)‖² + ζ²; (∞, ∞) if there are none, or none known."""
    if not isinstance(pair.helpers, QuadraticHelpers):
        return np.inf, np.inf
    form, slope, level = pair.helpers.form
    diagonal = form.ndim == 2 and pair.helpers.A.ndim == 2
    bias = [
        _of_diagonal(*parts) if diagonal else _of_matrices(*parts)
        for parts in zip(pair.helpers.A, form, slope, level, strict=True)
    ]
    beta, zeta = np.array(bias).T
    return beta, zeta


def _of_diagonal(A: FloatArray, M: FloatArray, v: FloatArray, c: float) -> tuple[float, float]:
    return _of_matrices(np.diag(A), np.diag(M), v, c)


def _of_matrices(A: FloatArray, M: FloatArray, v: FloatArray, c: float) -> tuple[float, float]:
    """β with M ⪯ βA², and ζ² = c + vᵀ(βA² − M)⁺v; β is twice the least one where v ≠ 0."""
    if A.ndim == 1:
        A = np.diag(A)
    if M.ndim == 1:
        M = np.diag(M)
    values, vectors = np.linalg.eigh(A)
    flat = np.abs(values) <= ROUNDING * np.max(np.abs(values))
    turned, slope = vectors.T @ M @ vectors, vectors.T @ v
    if np.any(np.abs(turned[flat]) > ROUNDING * np.max(np.abs(M), initial=0.0)):
        return np.inf, np.inf
    W = turned[np.ix_(~flat, ~flat)] / np.outer(values[~flat], values[~flat])
    w = slope[~flat] / values[~flat]
    least = max(float(np.linalg.eigvalsh(W)[-1]), 0.0)
    if not np.any(np.abs(w) > 0):
        return least * (1 + ROUNDING), c
    beta = 2 * least * (1 + ROUNDING)
    return beta, c + float(w @ np.linalg.solve(beta * np.eye(len(w)) - W, w))


def relative_differences(pair: Any) -> Any:
    """β_c of ζ²(x) ≤ β_c‖∇f(x)‖² + ζ_c²; ∞ if there is none."""
    return _bias(pair)[0]


def remaining_differences(pair: Any) -> Any:
    """ζ_c of the same inequality; ∞ if there is none."""
    return np.sqrt(_bias(pair)[1])


def no_bound(pair: Any) -> float:
    """∞: what a run yields has no bound that holds for all runs."""
    return np.inf


def isotropic_level(pair: Any, noise: Any) -> Any:
    """√(d λ) of the largest variance λ of n_h along one direction."""
    if not noise.shape_axes:
        return noise.sigma_h
    covariance = noise.additive("h", pair.dim)
    matrix = noise.shape_axes == 2
    values = np.linalg.eigvalsh(covariance) if matrix else covariance
    return np.sqrt(pair.dim * np.max(values, axis=-1))


S = symbol("S", glyph="S", unit="1")
unequal = library_symbol(
    "unequal",
    glyph="unequal",
    unit="1",
    value=not_equal_clients,
    meaning="0 if f is the mean of N clients of equal weights, otherwise ∞",
)
curved = library_symbol(
    "curved",
    glyph="curved",
    unit="1",
    value=not_quadratic,
    meaning="0 if f and all clients are quadratics, otherwise 1",
)
beta_c = library_symbol(
    "beta_c",
    glyph="β_c",
    unit="1",
    value=relative_differences,
    meaning="differences of the clients that grow with ∇f: ζ²(x) ≤ β_c‖∇f(x)‖² + ζ_c²",
)
zeta_c = library_symbol(
    "zeta_c",
    glyph="ζ_c",
    unit="F/X",
    value=remaining_differences,
    meaning="differences of the clients where ∇f = 0: ζ²(x) ≤ β_c‖∇f(x)‖² + ζ_c²",
)
sigma_I = library_symbol(
    "sigma_I",
    glyph="σ_I",
    unit="F/X",
    value=isotropic_level,
    meaning="noise of h in any direction: its variance is at most σ_I²/d; σ_h if all are equal",
)
zeta_avg = symbol_at(
    "zeta_avg",
    glyph="ζ̄_avg",
    unit="F/X",
    value=no_bound,
    meaning="differences of the clients along the run: ζ̄_avg² is the mean of Eζ²(ȳ_k)",
    over="average",
)
zeta_x = symbol_at(
    "zeta_x",
    glyph="ζ̄_x",
    unit="F/X",
    value=no_bound,
    meaning="differences of the clients along the run: ζ̄_x² is the mean of Eζ²(x) over the starts",
    over="starts",
)

L, sigma_h, eta, K, rho, lam = symbols("L sigma_h eta K rho lambda_K")
N, delta_m, delta_bar, delta_A, ell, rho_h, zeta_0 = symbols(
    "N delta_m delta_bar delta_A ell rho_h zeta_0"
)

# Conditions
EQUAL = (unequal <= 0).saying(
    'f must be the mean of clients of equal weights (of split: weights="equal")'
)
QUADRATIC = (curved <= 0).saying("f and all clients must be quadratics")
QUADRATIC_OR_QUIET = (curved * sigma_h <= 0).saying(
    "f and all clients must be quadratics, or gradients without noise (σ_h = 0)"
)
CONVEX = (rho_h <= 0).saying("all clients must be convex")
EVERYONE = (N <= S).saying("all clients must work in every round: S = N")

# What runs of FedAvg and SCAFFOLD have in common.
# Clients at work in a round, their share, and the variance of a mean over them.
AT_WORK = minimum(S, N)
SHARE = AT_WORK / N
TAU = variance_of_mean(AT_WORK, N, maximum(N - 1, 1))
# A local step makes differences of clients at most so many times as long, and K of them.
EXPANSION = maximum(1 + eta * rho_h, eta * ell - 1)
LONGER = minimum(1 + eta * delta_m, EXPANSION)
LONGER_SMOOTH = minimum(1 + eta * (rho + delta_m), EXPANSION)


def growth(longer: Any) -> tuple[Any, Any]:
    """e₁, the growth of a difference in K local steps, and e₂, at least the mean of its squares."""
    return longer ** maximum(K - 2, 0), (1 + longer ** (2 * (K - 1))) / 2


# (Λ + δ̄): how far the mean of the ∇f_i(y_i) is from ∇f(ȳ), relative to the distances of y_i and ȳ.
LIPSCHITZ = (L + rho) / 2 + delta_bar
# Σ_{k<K} k²/K, and at least ν_K, the norm of the square of the strictly lower triangular matrix of
# ones, whose entries are at most those of (K−1)² times the double integral on piecewise constants.
Q1 = (K - 1) * (2 * K - 1) / 6
NU = minimum((K - 1) * maximum(K - 2, 0) / 2, 0.2845 * (K - 1) ** 2)
