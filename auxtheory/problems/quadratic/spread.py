"""Several helpers of a quadratic, or its clients, with prescribed δ_i, δ̄, δ_A and ζ_i."""

from __future__ import annotations

import numpy as np

from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.problems.components import QuadraticComponents
from auxtheory.problems.quadratic.gaps import biases, gaps
from auxtheory.problems.quadratic.sizes import Spread, checked
from auxtheory.problems.spectra import hessian
from auxtheory.typing import FloatArray

FEW = 2**20  # the most numbers of the components that a pair with clients has


def spread_over(
    A: FloatArray,
    basis: FloatArray | None,
    minimiser: FloatArray,
    spread: Spread,
    *,
    clients: bool,
) -> tuple[QuadraticHelpers, bool]:
    """Helpers of a quadratic, or clients whose mean it is, and whether they are a grid.

    Args:
        A: The Hessian of f, in F/X², shape (C, d) or (C, d, d).
        basis: The eigenvectors of A as columns; None if they are the axes, or not known.
        minimiser: x*, in X, shape (d,).
        spread: What the helpers are to be.
        clients: Whether f is to be their mean.

    Raises:
        InputError: Lists every bad value.
    """
    sizes = checked(A, spread, clients)
    C = max(len(A), sizes.configurations)
    d = minimiser.size
    if A.ndim == 3 and basis is None:
        basis = np.asarray(np.linalg.eigh(A[0])[1])
    random = np.random.default_rng([int(clients), spread.seed])
    R = gaps(sizes, d, basis, random)
    b = biases(sizes, d, basis, random)
    if A.ndim == 2 and R.ndim == 4:
        A = hessian(A, None, True)
    helpers = QuadraticHelpers(
        A=repeated(A, C),
        R=repeated(R, C),
        b=repeated(b, C),
        minimiser=minimiser,
        counts=sizes.counts,
        weights=sizes.weights,
        order=np.arange(len(sizes.counts)) if sizes.single else None,
    )
    return helpers, sizes.grid


def repeated(values: FloatArray, C: int) -> FloatArray:
    """An array of one configuration for C of them."""
    return np.ascontiguousarray(np.broadcast_to(values, (C, *values.shape[1:])))


def mean_of_helpers(helpers: QuadraticHelpers) -> tuple[FloatArray, FloatArray, FloatArray]:
    """R and b of the mean helper, diagonal only if A is, and ‖R‖; 0 without rounding of clients."""
    R, b = helpers.mean
    if helpers.clients:
        R, b = np.zeros_like(R), np.zeros_like(b)
    if R.ndim == 2 and helpers.A.ndim == 3:
        R = hessian(R, None, True)
    if R.ndim == 2:
        return R, b, np.max(np.abs(R), axis=-1)
    values = np.linalg.eigvalsh(R)
    return R, b, np.asarray(np.maximum(values[:, -1], -values[:, 0]))


def components_of(helpers: QuadraticHelpers) -> QuadraticComponents | None:
    """f as the mean of its clients, one component for each; None if there are none, or many, or
    they differ in weight."""
    numbers = helpers.N * helpers.R[:, 0].size
    if not helpers.clients or not helpers.equal_weights or numbers > FEW:
        return None
    group = helpers.group_of
    return QuadraticComponents(
        A=helpers.hessians[:, group], b=-helpers.b[:, group], minimiser=helpers.minimiser
    )
