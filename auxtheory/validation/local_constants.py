"""The constants that a run meets, beside the nominal ones: suprema over all x may lie where no
iterate goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import Checks, numbers
from auxtheory.noise.laws import Noise
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Pair
from auxtheory.problems.delta import curvature
from auxtheory.table import Table


def along(pair: Pair, points: Any, noise: Noise | None = None) -> Table:
    """L = max ‖∇²f‖, δ = max ‖∇²r‖, ζ = max √(‖∇r‖² − β‖∇f‖²)₊ and, of minibatches, the largest σ
    at the points, each beside what is stated of all x.

    points: of shape (…, d), such as x^t of one configuration in a trace's `paths`. Curvatures by
    Lanczos, from below.
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
    stated = pair.constants()
    g = pair.gradients()
    f, r = (
        np.sum(np.broadcast_to(gradient(x[None]), (1, *x.shape))[0] ** 2, axis=-1)
        for gradient in (g.f, g.r)
    )
    beta = float(stated.beta) if np.isfinite(stated.beta) else 0.0
    met = {
        "L": max(curvature(pair.hessian_product, point) for point in x),
        "delta": max(curvature(pair.gap_product, point) for point in x),
        "zeta": float(np.sqrt(np.max(np.maximum(r - beta * f, 0.0)))),
    }
    rows = [
        {"constant": n, "nominal": getattr(stated, n), "kind": stated.kinds[n], "met": v}
        for n, v in met.items()
    ]
    if isinstance(noise, Minibatch):
        found = [noise.at(point) for point in x]
        for name in ("sigma_f", "sigma_h", "sigma_r"):
            most = max(getattr(variances, name) for variances in found)
            rows.append(
                {
                    "constant": name,
                    "nominal": getattr(noise, name),
                    "kind": "certified",
                    "met": most,
                }
            )
    return Table(tuple(rows))
