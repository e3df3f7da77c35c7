"""Constants of several helpers that bounds on them name, computed from a pair.

Example:
    >>> import auxtheory as at
    >>> pair = at.Quadratic(L=1.0, mu=0.5, dim=4).with_helpers(N=3, delta=0.0, zeta=0.2)
    >>> at.theorems.DERIVED["zeta_b"].compute(pair), at.theorems.DERIVED["zeta_h"].compute(pair)
    (array([0.2]), array([0.17806478]))
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.bounds.derived import library_symbol
from auxtheory.problems import Pair, QuadraticPair
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.problems.similarity_of_helpers import (
    average_similarity,
    dissimilarity_at_the_start,
)
from auxtheory.typing import FloatArray


def _of_each(pair: Pair) -> tuple[FloatArray, FloatArray, FloatArray]:
    """β_i and ζ_i of each group, shape (C, g), and the groups' shares."""
    helpers = pair.helpers
    if helpers is None:
        c = pair.constants()
        return np.atleast_1d(c.beta)[:, None], np.atleast_1d(c.zeta)[:, None], np.ones(1)
    if not isinstance(pair, QuadraticPair) or not isinstance(helpers, QuadraticHelpers):
        return np.full((1, 1), np.inf), np.full((1, 1), np.inf), np.ones(1)
    dense = pair.A.ndim == 3 and helpers.R.ndim == 3
    R = helpers.R[..., None] * np.eye(pair.dim) if dense else helpers.R
    # Batches of a search have eigenvalues in another order, and a bias that relies on it.
    alone = [
        QuadraticPair.bias(
            replace(
                pair,
                R=R[:, i],
                b=helpers.b[:, i],
                basis=None,
                gap_eigenvalues=None,
                helpers=None,
            )
        )
        for i in range(helpers.groups)
    ]
    beta, zeta = (np.stack(values, axis=-1) for values in zip(*alone, strict=True))
    return beta, zeta, helpers.shares


def largest_bias(pair: Pair) -> Any:
    """β_m: ‖∇r_i(x)‖² ≤ β_m‖∇f(x)‖² + ζ_i² for every helper."""
    return np.max(_of_each(pair)[0], axis=-1)


def mean_bias(pair: Pair) -> Any:
    """ζ_b: ζ_b² is the mean of the ζ_i² that belong to β_m."""
    _, zeta, shares = _of_each(pair)
    return np.sqrt(zeta**2 @ shares)


def differences_of_helpers(pair: Pair) -> Any:
    """ζ_h: ζ_h² is the mean of sup ‖∇r_i − ∇r̄‖²; ∞ unless the ∇r_i differ by constants."""
    helpers = pair.helpers
    if helpers is None or helpers.N == 1:
        return 0.0
    if not isinstance(helpers, QuadraticHelpers):
        return np.inf
    same = np.all(helpers.R == helpers.R[:, :1], axis=tuple(range(1, helpers.R.ndim)))
    off = helpers.b - np.tensordot(helpers.shares, helpers.b, (0, 1))[:, None]
    return np.where(same, np.sqrt(np.sum(off**2, axis=-1) @ helpers.shares), np.inf)


def constant_dissimilarity(pair: Pair) -> Any:
    """ζ of helpers whose differences are constant; ∞ of others, for which only a run yields it."""
    constant = np.asarray(average_similarity(pair)) == 0
    return np.where(constant, dissimilarity_at_the_start(pair), np.inf)


def not_equal_weights(pair: Pair) -> float:
    """0 if every helper has the weight 1/N, otherwise 1."""
    return 0.0 if pair.helpers is None or pair.helpers.equal_weights else 1.0


uneven = library_symbol(
    "uneven",
    glyph="uneven",
    unit="1",
    value=not_equal_weights,
    meaning="0 if every helper has the weight 1/N, otherwise 1",
)
library_symbol(
    "beta_m",
    glyph="β_m",
    unit="1",
    value=largest_bias,
    meaning="relative bias of all helpers: ‖∇f − ∇h_i‖² ≤ β_m‖∇f‖² + ζ_i²",
)
library_symbol(
    "zeta_b",
    glyph="ζ_b",
    unit="F/X",
    value=mean_bias,
    meaning="absolute bias of the helpers, for that β_m: ζ_b² is the mean of ζ_i²",
)
library_symbol(
    "zeta_h",
    glyph="ζ_h",
    unit="F/X",
    value=differences_of_helpers,
    meaning="differences of the helpers: ζ_h² is the mean of sup ‖∇h_i − ∇h‖², h their mean",
)
library_symbol(
    "zeta_run",
    glyph="ζ_run",
    unit="F/X",
    value=constant_dissimilarity,
    meaning="dissimilarity along any run, ζ_run² ≥ ζ²(x): known before it for constant ∇f − ∇h_i",
)
library_symbol(
    "zeta_max",
    glyph="ζ_max",
    unit="F/X",
    value=constant_dissimilarity,
    meaning="largest dissimilarity along the run: that of the starts of rounds",
)
