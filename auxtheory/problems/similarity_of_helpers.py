"""Constants of several helpers, or of clients, as symbols of the library; one helper counts as
N = 1.

Example:
    >>> import auxtheory as at
    >>> delta_m, eta, K = at.symbols("delta_m eta K")
    >>> print(delta_m * eta * K <= 1, at.theorems.DERIVED["delta_m"].meaning)
    δ_mηK ≤ 1 largest similarity of all helpers h_i: every ∇(f − h_i) is δ_m-Lipschitz
"""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.derived import library_symbol
from auxtheory.problems.base import Pair
from auxtheory.problems.quadratic.pair import QuadraticPair
from auxtheory.typing import FloatArray


def number_of_helpers(pair: Pair) -> float:
    """N: the number of helpers or clients; without several of them, of components."""
    if pair.helpers is not None:
        return float(pair.helpers.N)
    return 1.0 if pair.components is None else float(pair.components.N)


def largest_similarity(pair: Pair) -> Any:
    """δ_m; δ of one helper."""
    return pair.constants().delta if pair.helpers is None else pair.helpers.delta_m


def mean_similarity(pair: Pair) -> Any:
    """δ̄; δ of one helper."""
    return pair.constants().delta if pair.helpers is None else pair.helpers.delta_bar


def average_similarity(pair: Pair) -> Any:
    """δ_A; δ of one helper."""
    return pair.constants().delta if pair.helpers is None else pair.helpers.delta_A


def similarity_of_samples(pair: Pair, noise: Any) -> Any:
    """δ_A of samples: to δ_A² the noise that grows with ‖x − x*‖ adds s²."""
    s = 0.0 if noise is None else noise.levels("h").s_r
    return np.hypot(average_similarity(pair), s)


def smoothness_of_helpers(pair: Pair) -> Any:
    """ℓ; of one helper ‖∇²h‖ where it is known, otherwise L + δ."""
    if pair.helpers is not None:
        return pair.helpers.ell
    if isinstance(pair, QuadraticPair):
        H = pair.A - pair.R
        return np.max(np.abs(H if pair.diagonal else np.linalg.eigvalsh(H)), axis=-1)
    c = pair.constants()
    return np.asarray(c.L) + c.delta


def weak_convexity_of_helpers(pair: Pair) -> Any:
    """ρ of all h_i; of one helper what its Hessian shows, otherwise ρ + δ."""
    if pair.helpers is not None:
        return pair.helpers.weak_convexity
    if isinstance(pair, QuadraticPair):
        H = pair.A - pair.R
        values = H if pair.diagonal else np.linalg.eigvalsh(H)
        least = np.min(values, axis=-1)
        rounding = 1e-13 * np.max(np.abs(values), axis=-1)
        return np.where(least < -rounding, -least, 0.0)
    return pair.weak_convexity + pair.constants().delta


def dissimilarity(pair: Pair, x: FloatArray) -> FloatArray:
    """ζ(x): the root of the mean of ‖∇f − ∇h_i‖² at a point of each configuration.

    Args:
        pair: A pair with one helper or several.
        x: The points, shape (C, d) or (1, d).

    Returns:
        The values in F/X, shape (C,).

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=4).with_clients(N=6, delta=0.3, zeta=0.5)
        >>> print(at.problems.dissimilarity(pair, pair.x_star[None]))
        [0.5]
    """
    points = np.broadcast_to(x, (len(pair.x0), pair.dim))[:, None]
    if pair.helpers is not None:
        return pair.helpers.zeta(points)[:, 0]
    values = pair.gradients().r(points) + np.zeros_like(points)
    return np.asarray(np.linalg.norm(values[:, 0], axis=-1))


def dissimilarity_at_the_minimiser(pair: Pair) -> Any:
    """ζ(x*); ∞ if no minimiser is known."""
    return dissimilarity(pair, pair.x_star[None]) if pair.infimum_known else np.inf


def dissimilarity_at_the_start(pair: Pair) -> Any:
    """ζ(x⁰)."""
    return dissimilarity(pair, pair.x0)


library_symbol(
    "N",
    glyph="N",
    unit="1",
    value=number_of_helpers,
    meaning="number of helpers or clients; of a pair with one helper, of components of f",
)
library_symbol(
    "delta_m",
    glyph="δ_m",
    unit="F/X^2",
    value=largest_similarity,
    meaning="largest similarity of all helpers h_i: every ∇(f − h_i) is δ_m-Lipschitz",
)
library_symbol(
    "delta_bar",
    glyph="δ̄",
    unit="F/X^2",
    value=mean_similarity,
    meaning="mean similarity of the helpers: δ̄² is the mean of δ_i²",
)
library_symbol(
    "delta_A",
    glyph="δ_A",
    unit="F/X^2",
    value=average_similarity,
    meaning="average similarity: the mean of ‖∇r_i(x) − ∇r_i(y)‖² is at most δ_A²‖x − y‖²",
)
library_symbol(
    "delta_AS",
    glyph="δ_AS",
    unit="F/X^2",
    value=similarity_of_samples,
    meaning="average similarity of samples of ∇r_i, as δ_A: the noise that grows counts too",
)
library_symbol(
    "ell",
    glyph="ℓ",
    unit="F/X^2",
    value=smoothness_of_helpers,
    meaning="smoothness of the helpers or clients: every ∇h_i is ℓ-Lipschitz",
)
library_symbol(
    "rho_h",
    glyph="ρ_h",
    unit="F/X^2",
    value=weak_convexity_of_helpers,
    meaning="weak convexity of the helpers or clients: every h_i + ½ρ_h‖x‖² is convex",
)
library_symbol(
    "zeta_bar",
    glyph="ζ̄",
    unit="F/X",
    value=dissimilarity_at_the_minimiser,
    meaning="dissimilarity at x*: ζ̄² is the mean of ‖∇r_i(x*)‖²",
)
library_symbol(
    "zeta_0",
    glyph="ζ₀",
    unit="F/X",
    value=dissimilarity_at_the_start,
    meaning="dissimilarity at the start: ζ₀² is the mean of ‖∇r_i(x⁰)‖²",
)
