"""Unbiased estimates of ‖∇f‖² of a logistic objective from samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from auxtheory.problems.logistic.batches import batch_products
from auxtheory.problems.logistic.loss import of_classes
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.typing import Array


def sampled_square(f: LogisticLoss, indices: Any, xp: Any = np) -> Callable[[Array], Array]:
    """(‖S‖² − Σ‖sᵢ‖²)/(m(m − 1)) + 2ρᵀS/m + ‖ρ‖², of points (C, R, d) to (C, R).

    The m samples of each replica, indices (R, m), are drawn independently and evenly; sᵢ = n cᵢ∇ℓᵢ,
    of which the mean over all n samples is ∇f − ρ, ρ is the regularisers' gradient, and S = Σ sᵢ.
    As E sᵢᵀsⱼ = ‖∇f − ρ‖² for i ≠ j, the mean of the estimate is ‖∇f‖².
    """
    n = len(f.labels)
    m = indices.shape[1]
    forward, back = batch_products(f.features, indices, xp)
    weights = xp.asarray((n * f.weights[indices])[:, None, :])
    marks = xp.asarray(np.moveaxis(f.marks[:, indices], 0, 1))
    lengths = xp.asarray(f.squared_lengths[indices][:, None, :])
    slopes, _ = of_classes(f.rows)

    def square(x: Array) -> Array:
        scores = forward(xp.reshape(x, (*x.shape[:-1], f.rows, -1)))
        factors = weights * slopes(scores, marks, xp)
        S = xp.reshape(back(factors), x.shape)
        single = xp.sum(factors * factors * lengths, axis=(-2, -1))
        between = (xp.sum(S * S, axis=-1) - single) / (m * (m - 1))
        rest = f.with_bends(xp.zeros_like(x), x)
        return between + 2 * xp.sum(rest * S, axis=-1) / m + xp.sum(rest * rest, axis=-1)

    return square
