"""From which step size on SGD on a finite sum of quadratics with one minimiser is unstable in the
mean square: the exact threshold, and simple bounds on both sides of it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from auxtheory.errors import Checks
from auxtheory.problems.components import QuadraticComponents
from auxtheory.typing import FloatArray

FLAT = 1e-10  # share of the largest eigenvalue up to which a direction counts as flat
HALVINGS = 200


class Thresholds(NamedTuple):
    """Step sizes of SGD with batches of b components, drawn with replacement; H the mean of A_i.

    Args:
        sufficient: 2/(max‖A_i‖/b + (1−1/b)‖H‖): up to it E‖x − x*‖² does not grow.
        exact: the least η at which E(I−ηA)X(I−ηA) does not shrink every X on the range of H.
        necessary: 2 tr H/(mean‖A_i‖_F²/b + (1−1/b)‖H‖_F²), at least the exact one.
        trace: 2/tr H, which is neither in general.
    """

    sufficient: float
    exact: float
    necessary: float
    trace: float


def thresholds(components: Any, b: float = 1) -> Thresholds:
    r"""The thresholds of the step size of SGD on quadratics with one common minimiser.

    X ↦ E(I−ηA)X(I−ηA) = X − ηS(X) + η²Q(X) with S(X) = HX + XH and Q(X) = E AXA is symmetric, and
    by Perron and Frobenius its spectral radius is its largest eigenvalue; so the exact threshold is
    min ⟨X, S(X)⟩/⟨X, Q(X)⟩, of which X = I is the necessary one.

    Args:
        components: The components of one pair of quadratics, `pair.components`.
        b: The number of components in a batch, at least 1.

    Returns:
        The thresholds, in X²/F.

    Raises:
        InputError: An argument is not allowed.

    Source: derived here; for finite sums also Mulayoff and Michaeli, arXiv 2306.07850.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.theorems.finite_sums import thresholds
        >>> a = [[2.0, 0.0], [0.0, 1.0]]  # of length 2 and 1, orthogonal
        >>> pair = at.Quadratic.from_components([[[4.0, 0], [0, 0]], [[0, 0], [0, 1.0]]])
        >>> limits = thresholds(pair.components)
        >>> limits.sufficient, round(limits.exact, 12), round(limits.necessary, 4), limits.trace
        (0.5, 0.5, 0.5882, 0.8)
    """
    checks = Checks()
    checks.instance("components", components, QuadraticComponents, "those of a quadratic pair")
    checks.number("b", b, low=1)
    if isinstance(components, QuadraticComponents) and len(components.A) > 1:
        checks.complain("components", components, "must be those of one pair, not of a grid")
    checks.done()
    A = matrices(components)
    H = np.mean(A, axis=0)
    norm = float(np.linalg.norm(H, 2))
    squares = float(np.mean(np.sum(A**2, axis=(1, 2)))) / b + (1 - 1 / b) * float(np.sum(H**2))
    largest = float(np.max(np.linalg.norm(A, 2, axis=(1, 2))))
    return Thresholds(
        sufficient=2 / (largest / b + (1 - 1 / b) * norm),
        exact=_exact(A, H, b),
        necessary=2 * float(np.trace(H)) / squares,
        trace=2 / float(np.trace(H)),
    )


def matrices(components: QuadraticComponents) -> FloatArray:
    """The A_i of one pair, (N, d, d)."""
    A = components.A[0]
    return np.asarray(A[..., None] * np.eye(A.shape[-1])) if components.diagonal else A


def _exact(A: FloatArray, H: FloatArray, b: float) -> float:
    """1/λ_max(S^{−½}QS^{−½}) on the range of H, in the basis of its eigenvectors."""
    values, vectors = np.linalg.eigh(H)
    kept = values > FLAT * values[-1]
    turned = vectors[:, kept].T @ A @ vectors[:, kept]
    eig = values[kept]
    d = len(eig)
    inverse_root = 1 / np.sqrt(eig[:, None] + eig[None, :])

    def product(M: FloatArray) -> FloatArray:
        """X ↦ MXM, as a matrix (d², d²)."""
        return np.einsum("...ij,...kl->...ikjl", M, M).reshape(*M.shape[:-2], d * d, d * d)

    Q = np.mean(product(turned), axis=0) / b + (1 - 1 / b) * product(np.diag(eig))
    scale = inverse_root.reshape(-1)
    return 1 / float(np.linalg.eigvalsh(scale[:, None] * Q * scale)[-1])


def spectral_radius(components: Any, eta: float, b: float = 1) -> float:
    """The factor by which E‖x − x*‖² changes in a step at last, if x⁰ has a part in every
    direction: the spectral radius of X ↦ E(I−ηA)X(I−ηA).

    Args:
        components: The components of one pair of quadratics.
        eta: η, in X²/F.
        b: The number of components in a batch.

    Returns:
        The factor.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.theorems.finite_sums import spectral_radius
        >>> pair = at.Quadratic.from_components([[4.0, 0.0], [0.0, 1.0]])
        >>> round(spectral_radius(pair.components, 0.5), 12)
        1.0
    """
    A = matrices(components)
    d = A.shape[-1]
    step = np.eye(d) - eta * A
    mean = np.eye(d) - eta * np.mean(A, axis=0)
    square = np.mean(np.einsum("nij,nkl->nikjl", step, step), axis=0)
    both = square / b + (1 - 1 / b) * np.einsum("ij,kl->ikjl", mean, mean)
    return float(np.max(np.abs(np.linalg.eigvalsh(both.reshape(d * d, d * d)))))


def isotropic_growth(components: Any, eta: float, b: float = 1) -> float:
    """E‖x¹ − x*‖²/‖x⁰ − x*‖² in the mean over all directions of x⁰: 1 − 2η tr H/d + η²E‖A‖_F²/d.

    For even T its T-th power is a lower bound of E‖x^T − x*‖²/‖x⁰ − x*‖² in the same mean, since
    the map is symmetric: ⟨I, M^T I⟩/d is a mean of T-th powers of eigenvalues.

    Args:
        components: The components of one pair of quadratics.
        eta: η, in X²/F.
        b: The number of components in a batch.

    Returns:
        The factor.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.theorems.finite_sums import isotropic_growth
        >>> pair = at.Quadratic.from_components([[2.0], [0.0]])
        >>> isotropic_growth(pair.components, 1.0)
        1.0
    """
    A = matrices(components)
    H = np.mean(A, axis=0)
    squares = np.mean(np.sum(A**2, axis=(1, 2))) / b + (1 - 1 / b) * np.sum(H**2)
    return float(1 - (2 * eta * np.trace(H) - eta**2 * squares) / len(H))


def gaussian_sum(eigenvalues: Any, eta: float, b: float = 1) -> float:
    """J = Σ (ηλ/b)/(2 − ηλ(1 + 1/b)) of f_i = ½(aᵀx)² with Gaussian a of covariance H; ∞ unless
    ηλ(1 + 1/b) < 2 for all eigenvalues λ of H.

    SGD is stable in the mean square if and only if J < 1. With label noise, E ε² = σ² and b = 1,
    its stationary excess risk is ½σ²J/(1−J).

    Args:
        eigenvalues: The eigenvalues of H, in F/X², shape (d,).
        eta: η, in X²/F.
        b: The number of samples in a batch.

    Returns:
        J, without unit.

    Source: derived here.

    Example:
        >>> from auxtheory.theorems.finite_sums import gaussian_sum
        >>> gaussian_sum([1.0], 0.5), gaussian_sum([1.0], 100.0)
        (0.5, inf)
    """
    steps = eta * np.asarray(eigenvalues, dtype=float)
    room = 2 - steps * (1 + 1 / b)
    return float(np.sum(steps / b / room)) if np.all(room > 0) else math.inf


def gaussian_threshold(eigenvalues: Any, b: float = 1) -> float:
    """The η at which J = 1: from it on SGD on Gaussian a is unstable in the mean square.

    Args:
        eigenvalues: The eigenvalues of H, in F/X², shape (d,), at least one above 0.
        b: The number of samples in a batch.

    Returns:
        η, in X²/F.

    Example:
        >>> from auxtheory.theorems.finite_sums import gaussian_threshold
        >>> round(gaussian_threshold([1.0]), 12)
        0.666666666667
    """
    low, high = 0.0, 2 / (float(np.max(eigenvalues)) * (1 + 1 / b))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if gaussian_sum(eigenvalues, middle, b) < 1 else (low, middle)
    return low
