"""The constants along a run next to the nominal ones, which are suprema over all x and may be
attained where no iterate goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import Checks, numbers
from auxtheory.noise.laws import Noise
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Pair
from auxtheory.problems.delta import largest_curvature
from auxtheory.table import Table


def along(pair: Pair, points: Any, noise: Noise | None = None) -> Table:
    """Constants of a pair at given points, next to the nominal ones that hold at all x.

    L = max ‖∇²f‖, δ = max ‖∇²r‖, ζ = max √(‖∇r‖² − β‖∇f‖²)₊ with r = f − h and, for minibatches,
    the largest σ at the points. Norms of Hessians are computed by Lanczos iteration, from below.

    Args:
        pair: A single pair.
        points: The points, of shape (…, d), such as x^t of one configuration in a trace's `paths`.
        noise: The noise; rows for σ are added if it is an `at.Minibatch`.

    Returns:
        A row for each constant with its nominal value, the kind of that, and its value at the
        points, in the column `local`.

    Raises:
        InputError: Lists everything that is wrong with the arguments.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=0.1)
        >>> table = at.along(pair, [[0.0, 1.0], [1.0, 0.0]])
        >>> [row["constant"] for row in table]
        ['L', 'delta', 'zeta']
        >>> table["local"].round(6)
        array([1. , 0.1, 0. ])
    """
    checks = Checks()
    checks.instance("pair", pair, Pair, "a pair")
    checks.done()
    x = numbers(points)
    if x.ndim == 0 or x.shape[-1] != pair.dim or not x.size or not np.all(np.isfinite(x)):
        checks.complain("points", points, f"must be finite, of shape (…, {pair.dim})")
    if not pair.single:
        checks.complain("pair", pair, "must be one pair, not a grid")
    checks.done()
    x = x.reshape(-1, pair.dim)
    nominal = pair.constants()
    g = pair.gradients()
    f, r = (
        np.sum(np.broadcast_to(gradient(x[None]), (1, *x.shape))[0] ** 2, axis=-1)
        for gradient in (g.f, g.r)
    )
    beta = float(nominal.beta) if np.isfinite(nominal.beta) else 0.0
    local = {
        "L": max(largest_curvature(pair.hessian_at(point), pair.dim) for point in x),
        "delta": max(largest_curvature(pair.gap_at(point), pair.dim) for point in x),
        "zeta": float(np.sqrt(np.max(np.maximum(r - beta * f, 0.0)))),
    }
    rows = [_row(n, getattr(nominal, n), nominal.kinds[n], value) for n, value in local.items()]
    if isinstance(noise, Minibatch):
        variances = [noise.at(point) for point in x]
        for name in ("sigma_f", "sigma_h", "sigma_r"):
            largest = max(getattr(variance, name) for variance in variances)
            rows.append(_row(name, getattr(noise, name), "certified", largest))
    return Table(tuple(rows))


def _row(name: str, nominal: Any, kind: str, local: Any) -> dict[str, Any]:
    """The row of one constant."""
    return {"constant": name, "nominal": nominal, "kind": kind, "local": local}
