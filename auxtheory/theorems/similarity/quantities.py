"""Constants of a pair that say how alike f and h are, next to δ: relative to ∇²f or ∇²h, in another
norm, and along a run.

On quadratics with the Hessians A of f, R of r = f − h and H = A − R of h they are extreme
eigenvalues of one matrix relative to another; on other pairs they are not known, and count as ∞ or
0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from auxtheory.bounds.along import symbol_along
from auxtheory.bounds.derived import library_symbol
from auxtheory.errors import Checks
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.typing import FloatArray

ROUNDING = 1e-12  # share of the largest eigenvalue that counts as 0
# By which α_h is rounded down: the factor of a round is 1 − α_h/β_h, and may be as small as its
# rounding.
DOWN = 1e-14


def matrices(pair: QuadraticPair) -> list[tuple[FloatArray, FloatArray]]:
    """(A, R) of each configuration, as full matrices."""
    count = len(pair.eigenvalues)

    def full(M: FloatArray) -> FloatArray:
        square = M[:, :, None] * np.eye(M.shape[-1]) if M.ndim == 2 else M
        return np.broadcast_to(square, (count, *square.shape[1:]))

    return list(zip(full(pair.A), full(pair.R), strict=True))


def relative_norm(R: FloatArray, A: FloatArray) -> float:
    """The smallest s with −sA ⪯ R ⪯ sA, for A ⪰ 0; ∞ if R leaves the range of A."""
    values, vectors = np.linalg.eigh(A)
    flat = values <= ROUNDING * values[-1]
    turned = vectors.T @ R @ vectors
    if np.any(np.abs(turned[flat]) > ROUNDING * np.max(np.abs(R), initial=0.0)):
        return np.inf
    roots = np.sqrt(values[~flat])
    ratio = turned[np.ix_(~flat, ~flat)] / np.outer(roots, roots)
    return float(np.max(np.abs(np.linalg.eigvalsh(ratio)), initial=0.0))


def relative_ends(A: FloatArray, H: FloatArray) -> tuple[float, float]:
    """The largest α and the smallest β with αH ⪯ A ⪯ βH; 0 and ∞ unless H ≻ 0."""
    values = np.linalg.eigvalsh(H)
    if values[0] <= ROUNDING * np.max(np.abs(values)):
        return 0.0, np.inf
    ratios = scipy.linalg.eigh(A, H, eigvals_only=True)
    return max(float(ratios[0]), 0.0), float(ratios[-1])


def relative_similarity(pair: Any) -> Any:
    """δ_r: the smallest s with −s∇²f ⪯ ∇²r ⪯ s∇²f."""
    if not isinstance(pair, QuadraticPair):
        return np.inf
    if pair.diagonal:
        with np.errstate(all="ignore"):
            ratio = np.where(pair.R == 0, 0.0, np.abs(pair.R) / pair.A)
        return np.max(ratio, axis=-1)
    return np.array([relative_norm(R, A) for A, R in matrices(pair)])


def _ends(pair: Any) -> FloatArray:
    """α, β, and the extreme eigenvalues of H, in each configuration: shape (4, C)."""
    if not isinstance(pair, QuadraticPair):
        return np.array([[0.0], [np.inf], [0.0], [np.inf]])
    if pair.diagonal:
        H = pair.A - pair.R
        low = np.min(H, axis=-1)
        with np.errstate(all="ignore"):
            ratio = pair.A / H
        ends = np.where(
            low > 0, [np.min(ratio, axis=-1), np.max(ratio, axis=-1)], [[0.0], [np.inf]]
        )
        return np.array([*ends, np.maximum(low, 0.0), np.max(np.abs(H), axis=-1)])
    columns = []
    for A, R in matrices(pair):
        values = np.linalg.eigvalsh(A - R)
        columns.append([*relative_ends(A, A - R), max(values[0], 0.0), np.max(np.abs(values))])
    return np.array(columns).T


def relative_convexity(pair: Any) -> Any:
    """α_h: the largest α with α∇²h ⪯ ∇²f."""
    return _ends(pair)[0] * (1 - DOWN)


def relative_smoothness(pair: Any) -> Any:
    """β_h: the smallest β with ∇²f ⪯ β∇²h."""
    return _ends(pair)[1]


def helper_convexity(pair: Any) -> Any:
    """μ_h: the smallest eigenvalue of ∇²h; 0 if it is negative or not known."""
    return _ends(pair)[2]


def helper_smoothness(pair: Any) -> Any:
    """L_h: the norm of ∇²h."""
    return _ends(pair)[3]


def helper_divergence(pair: Any) -> Any:
    """D_h(x*, x⁰) = h(x*) − h(x⁰) − ⟨∇h(x⁰), x* − x⁰⟩; ∞ if it is negative or not known."""
    if not isinstance(pair, QuadraticPair):
        return np.inf
    z = pair.x0 - pair.x_star
    H = pair.A - pair.R
    Hz = H * z if H.ndim == 2 else np.squeeze(H @ z[..., None], -1)
    value = np.sum(z * Hz, axis=-1) / 2
    return np.where(value >= 0, value, np.inf)


def coupling(pair: Any) -> Any:
    """0 if f and h are quadratics and sums over coordinates, otherwise ∞."""
    return 0.0 if isinstance(pair, QuadraticPair) and pair.diagonal else np.inf


def nominal_similarity(pair: Any) -> Any:
    """δ, which no ratio along a run exceeds."""
    return pair.constants("h").delta


def in_norm(pair: QuadraticPair, P: Any) -> QuadraticPair:
    """The pair in the norm ‖x‖_P = √(xᵀPx): in the coordinates P^½x, in which every theorem says of
    steps P⁻¹∇f what it says of steps η∇f at η = 1.

    Its L and δ are those in the norm: the largest |eigenvalues| of P^{−½}AP^{−½} and P^{−½}RP^{−½};
    its ‖∇f‖² is ∇fᵀP⁻¹∇f.

    Args:
        pair: a single quadratic pair.
        P: the diagonal of P, shape (d,), or P, shape (d, d): symmetric, positive definite.

    Returns:
        The pair, with the same f − f* at the start.

    Raises:
        InputError: lists what is wrong with the arguments.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(spectrum=[4.0, 1.0], x0=[1.0, 1.0]).with_helper(delta=0.0)
        >>> scaled = at.theorems.similarity.in_norm(pair, [4.0, 1.0])
        >>> scaled.constants().L, scaled.constants().F0 == pair.constants().F0
        (1.0, True)
    """
    checks = Checks()
    checks.instance("pair", pair, QuadraticPair, "a quadratic pair")
    checks.done()
    P = np.asarray(P, dtype=float)
    d = pair.dim
    if not pair.single:
        checks.complain("pair", pair, "must be one pair, not a grid")
    if P.shape not in ((d,), (d, d)) or not np.all(np.isfinite(P)):
        checks.complain("P", P, f"must be finite, of shape ({d},) or ({d}, {d})")
    checks.done()
    values, vectors = (P, None) if P.ndim == 1 else np.linalg.eigh((P + P.T) / 2)
    if not np.all(values > 0) or (P.ndim == 2 and not np.allclose(P, P.T, rtol=1e-12, atol=0)):
        checks.complain("P", P, "must be symmetric and positive definite")
    checks.done()
    [(A, R)] = matrices(pair)
    if vectors is None:
        root = np.sqrt(values)
        scaled = [M / np.outer(root, root) for M in (A, R)]
        x0, x_star, slope = root * pair.x0[0], root * pair.x_star, pair.b[0] / root
        if pair.diagonal:
            scaled = [np.diagonal(M) for M in scaled]
    else:
        root, inverse = (vectors * values**power @ vectors.T for power in (0.5, -0.5))
        scaled = [inverse @ M @ inverse for M in (A, R)]
        scaled = [(M + M.T) / 2 for M in scaled]
        x0, x_star, slope = root @ pair.x0[0], root @ pair.x_star, inverse @ pair.b[0]
    A, R = scaled
    H = A - R
    b, h_b = (M * x_star if M.ndim == 1 else M @ x_star for M in (A, H))
    return Quadratic.from_matrices(A, H, b, h_b=h_b + slope, x0=x0)


delta_run = symbol_along(
    "delta_run",
    glyph="δ_run",
    unit="F/X^2",
    value=nominal_similarity,
    meaning="similarity along the run: δ_run² = Σ E‖∇r(x) − ∇r(y)‖²/Σ E‖x − y‖² over pairs of it",
    ratio=("change", "move"),
)
delta_r = library_symbol(
    "delta_r",
    glyph="δ_r",
    unit="1",
    value=relative_similarity,
    meaning="relative similarity: −δ_r∇²f ⪯ ∇²r ⪯ δ_r∇²f; ∞ unless f and h are quadratics",
)
alpha_h = library_symbol(
    "alpha_h",
    glyph="α_h",
    unit="1",
    value=relative_convexity,
    meaning="relative strong convexity: α_h∇²h ⪯ ∇²f; 0 unless f and h are quadratics, h convex",
)
beta_h = library_symbol(
    "beta_h",
    glyph="β_h",
    unit="1",
    value=relative_smoothness,
    meaning="relative smoothness: ∇²f ⪯ β_h∇²h; ∞ unless f and h are quadratics, ∇²h ≻ 0",
)
mu_h = library_symbol(
    "mu_h",
    glyph="μ_h",
    unit="F/X^2",
    value=helper_convexity,
    meaning="the smallest eigenvalue of ∇²h; 0 if it is negative or not known",
)
L_h = library_symbol(
    "L_h",
    glyph="L_h",
    unit="F/X^2",
    value=helper_smoothness,
    meaning="smoothness of h: ∇h is L_h-Lipschitz; ∞ unless f and h are quadratics",
)
D_h = library_symbol(
    "D_h",
    glyph="D_h",
    unit="F",
    value=helper_divergence,
    meaning="Bregman distance of the start: h(x*) − h(x⁰) − ⟨∇h(x⁰), x* − x⁰⟩",
)
coupled = library_symbol(
    "coupled",
    glyph="coupled",
    unit="1",
    value=coupling,
    meaning="0 if f and h are quadratics and sums over coordinates, otherwise ∞",
)
