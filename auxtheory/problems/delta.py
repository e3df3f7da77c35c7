"""Two-sided estimate of a pair's δ: the certified upper bound, and a lower bound by Lanczos
iteration at points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import Checks
from auxtheory.printing import ROWS, ends
from auxtheory.problems.base import Pair
from auxtheory.problems.eigenvalues import ritz, settled_largest
from auxtheory.typing import FloatArray

SMALL = 64  # the most coordinates for which a Hessian is formed in full
SHORT = 15  # steps of a Lanczos process at each point
LONG = 400  # steps of one at the FINALISTS, where short processes find the largest norms
FINALISTS = 2


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DeltaEstimate:
    """lower ≤ δ ≤ upper for each configuration, in F/X².

    Args:
        lower: The largest ‖∇²r‖ at the points, shape (C,).
        upper: The stated bound, shape (C,).
        point: The point where the largest was found, shape (C, d).

    Example:
        >>> import auxtheory as at
        >>> print(at.estimate_delta(at.toy(delta=0.25, zeta=0.0)))
        0.25 ≤ δ ≤ 0.25
    """

    lower: FloatArray
    upper: FloatArray
    point: FloatArray

    def __str__(self) -> str:
        lines = [
            f"{low:.6g} ≤ δ ≤ {high:.6g}" for low, high in zip(self.lower, self.upper, strict=True)
        ]
        places = ends(len(lines))
        gap = (
            [f"… {len(lines) - len(places):,} more configurations …"]
            if len(places) < len(lines)
            else []
        )
        return "\n".join(
            [*(lines[i] for i in places[:ROWS]), *gap, *(lines[i] for i in places[ROWS:])]
        )

    def __repr__(self) -> str:
        return str(self)


def estimate_delta(
    pair: Pair, points: Any = None, *, samples: int = 16, seed: int = 0
) -> DeltaEstimate:
    """δ from both sides: the pair's stated bound, and the largest ‖∇²r(x)‖ by Lanczos over some
    points.

    Args:
        pair: The pair.
        points: Points to measure at, shape (points, d); by default x*, x⁰, 0 and random points.
        samples: The number of random points.
        seed: The seed of the random points and of Lanczos.

    Returns:
        Both bounds for each configuration, in F/X².

    Raises:
        InputError: Lists what is wrong with the arguments.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Cosine(L=1.0, dim=4).with_helper(delta=0.2)
        >>> estimate = at.estimate_delta(pair)
        >>> print(f"{estimate.lower[0]:.3f} {estimate.upper[0]:.3f}")
        0.200 0.200
    """
    checks = Checks()
    checks.instance("pair", pair, Pair, "a pair")
    samples = checks.whole("samples", samples, low=0)
    seed = checks.whole("seed", seed, low=0)
    checks.done()
    rng = np.random.default_rng(seed)
    if points is None:
        random = (
            rng.standard_normal((samples, pair.dim))
            * pair.length
            * np.resize([1.0, 4.0], samples)[:, None]
        )
        points = np.vstack(
            [np.zeros((1, pair.dim)), pair.x_star[None], pair.x0, pair.x_star + random]
        )
    points = np.asarray(points, dtype=float)
    if (
        points.ndim != 2
        or points.shape[1] != pair.dim
        or not np.all(np.isfinite(points))
        or not len(points)
    ):
        checks.complain("points", points, f"must be finite, of shape (points, {pair.dim})")
    checks.done()
    count = len(pair.x0)
    # ∇²r is a difference of two.
    d = pair.dim
    blur = 1e-14 * max(largest_curvature(pair.hessian_at(x), d, seed, SHORT) for x in points[:3])
    norms = np.array(
        [
            [largest_curvature(pair.gap_at(x, c), d, seed, SHORT) for x in points]
            for c in range(count)
        ]
    )
    # Long processes only where short ones find the largest norms.
    for c, places in enumerate(np.argsort(-norms, axis=1)[:, :FINALISTS]):
        for place in places:
            exact = largest_curvature(pair.gap_at(points[place], c), d, seed)
            norms[c, place] = max(norms[c, place], exact)
    upper = np.broadcast_to(np.asarray(pair.constants().delta, dtype=float), (count,))
    lower = np.maximum(norms.max(axis=1) - blur, 0.0)
    return DeltaEstimate(lower=lower, upper=upper, point=points[norms.argmax(axis=1)])


def largest_curvature(
    product: Callable[[FloatArray], FloatArray], d: int, seed: int = 0, steps: int = LONG
) -> float:
    """The largest |eigenvalue| of a symmetric operator, from its products; a lower bound, since no
    Ritz value exceeds it."""
    if d <= SMALL:
        H = np.stack([product(e) for e in np.eye(d)])
        return float(np.max(np.abs(np.linalg.eigvalsh((H + H.T) / 2))))
    start = np.random.default_rng(seed).standard_normal(d)
    if not np.any(product(start)):
        return 0.0
    return float(np.abs(ritz(product, start, settled_largest, steps).values[0]))
