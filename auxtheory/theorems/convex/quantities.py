"""Derived constants of quadratics with additive noise: what H⁻¹ makes of the start and of the
covariance Σ of the noise.

Example:
    >>> import auxtheory as at
    >>> from auxtheory.theorems.convex.quantities import inverse_trace
    >>> pair = at.Quadratic(spectrum=[0.5, 1.0], x0=[1.0, 0.0]).with_helper()
    >>> inverse_trace(pair, at.Gaussian(sigma_f=2.0))
    array([6.])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.derived import library_symbol
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, QuadraticPair
from auxtheory.typing import FloatArray


def eigenpairs(pair: QuadraticPair) -> tuple[FloatArray, FloatArray]:
    """The eigenvalues of H = ∇²f, shape (C, d), and its eigenvectors as columns (C, d, d)."""
    if pair.A.ndim == 2:
        return pair.A, np.broadcast_to(np.eye(pair.dim), (len(pair.A), pair.dim, pair.dim))
    values, vectors = np.linalg.eigh(pair.A)
    return values, vectors


def variances(vectors: FloatArray, noise: Noise) -> FloatArray:
    """The variance of the additive noise of g_f along each eigenvector, shape (C, d)."""
    dim = vectors.shape[-1]
    covariance = noise.additive("f", dim)
    if noise.shape_axes == 0:
        return np.asarray(covariance[..., None] * np.ones((len(vectors), dim)))
    if noise.shape_axes == 1:
        return np.asarray(np.sum(vectors**2 * covariance[..., None], axis=-2))
    return np.asarray(np.sum(vectors * (covariance @ vectors), axis=-2))


def _over(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Σ numerator/denominator over the coordinates, where 0/0 is 0, shape (C,)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        terms = np.where(numerator > 0, numerator / denominator, 0.0)
    return np.asarray(np.sum(terms, axis=-1))


def _trace(pair: Pair, noise: Noise, power: int) -> Any:
    """tr(H^−power Σ), Σ the covariance of the additive noise; ∞ if f is not quadratic."""
    if not isinstance(pair, QuadraticPair):
        return np.inf
    values, vectors = eigenpairs(pair)
    return _over(variances(vectors, noise), values**power)


def inverse_trace(pair: Pair, noise: Noise) -> Any:
    """tr(H⁻¹Σ)."""
    return _trace(pair, noise, 1)


def inverse_square_trace(pair: Pair, noise: Noise) -> Any:
    """tr(H⁻¹ΣH⁻¹)."""
    return _trace(pair, noise, 2)


def inverse_start(pair: Pair) -> Any:
    """‖H⁻¹(x⁰ − x*)‖²."""
    if not isinstance(pair, QuadraticPair):
        return np.inf
    values, vectors = eigenpairs(pair)
    z = np.einsum("cij,ci->cj", vectors, pair.x0 - pair.x_star)
    return _over(z**2, values**2)


def multiplicative_level(pair: Pair, noise: Noise) -> Any:
    """The level of the noise that grows with ‖x − x*‖."""
    return noise.s


tau_1 = library_symbol(
    "tau_1",
    glyph="τ₁",
    unit="F",
    value=inverse_trace,
    meaning="of a quadratic f, H = ∇²f, with noise of covariance Σ: tr(H⁻¹Σ)",
)
tau_2 = library_symbol(
    "tau_2",
    glyph="τ₂",
    unit="X^2",
    value=inverse_square_trace,
    meaning="of a quadratic f, H = ∇²f, with noise of covariance Σ: tr(H⁻¹ΣH⁻¹)",
)
H_start = library_symbol(
    "H_start",
    glyph="Θ₀",
    unit="X^6/F^2",
    value=inverse_start,
    meaning="of a quadratic f, H = ∇²f: ‖H⁻¹(x⁰ − x*)‖²",
)
s_f = library_symbol(
    "s_f",
    glyph="s_f",
    unit="F/X^2",
    value=multiplicative_level,
    meaning="level of the noise that grows with ‖x − x*‖; 0 if all noise is additive",
)
