"""A pair with several helpers as coefficients: of the server, and of one client of each group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auxtheory.engines.exact.program.evaluation import Problem, repeated
from auxtheory.engines.exact.program.forms import Algebra
from auxtheory.engines.exact.program.problem import coefficient_of, roots_of, turns
from auxtheory.engines.task import Task
from auxtheory.problems import QuadraticPair
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.problems.spectral import coordinates, decomposed, rounding
from auxtheory.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Federation:
    """What the server and the clients see.

    Args:
        server: the pair with its mean helper.
        client: the same with the helper of each group: configuration c of group j is in place
            j C + c.
        helpers: the clients.
        basis: the axes of the coordinates as columns, (C, d, d); None if those of the pair.
    """

    server: Problem
    client: Problem
    helpers: QuadraticHelpers
    basis: FloatArray | None = None

    @property
    def counts(self) -> FloatArray:
        """The number of clients in each group, shape (g,)."""
        return self.helpers.counts

    @property
    def weights(self) -> FloatArray:
        """The weight of one client of each group, shape (g,)."""
        return self.helpers.weights

    @property
    def groups(self) -> int:
        """The number of groups."""
        return len(self.counts)

    @property
    def N(self) -> int:
        """The number of clients."""
        return int(np.sum(self.counts))


def federation_of(task: Task) -> Federation:
    """The pair and the noise of a task as coefficients.

    Coordinates are apart where A and all R_i are diagonal or have the same eigenvectors.
    """
    pair = task.pair
    assert isinstance(pair, QuadraticPair) and pair.helpers is not None
    helpers = pair.helpers
    A, z0, x_star, b = pair.A, pair.x0 - pair.x_star, pair.x_star, pair.b
    R, R_i, b_i = pair.R, helpers.R, helpers.b
    dense = R_i.ndim == 4
    vectors = None
    if turns(task):
        A, vectors = _eigen(pair)
        z0, x_star, b, b_i = _turned_vectors(pair, vectors)
        R, R_i = _turned(R, vectors), _turned(R_i, vectors[:, None])
        dense = not (_is_diagonal(R_i) and _is_diagonal(R))
        if not dense:
            R, R_i = (np.einsum("...ii->...i", matrix) for matrix in (R, R_i))
    full = any(m.matrix is not None and m.matrix.ndim == 2 for m in task.extra)
    algebra = Algebra(
        pair.dim, dense or A.ndim == 3 or R.ndim == 3 or task.noise.shape_axes == 2 or full
    )
    server = Problem(
        algebra=algebra,
        count=task.count,
        A=coefficient_of(algebra, A, A.ndim - 1),
        R=coefficient_of(algebra, R, R.ndim - 1),
        x_star=np.broadcast_to(x_star, z0.shape),
        b=b,
        z0=z0,
        A_i=(),
        b_i=(),
        roots=roots_of(algebra, task.noise),
        s=algebra.number(task.noise.s),
    )
    client = _of_groups(server, R_i, b_i)
    return Federation(server=server, client=client, helpers=helpers, basis=vectors)


def _of_groups(server: Problem, R: FloatArray, b: FloatArray) -> Problem:
    """The problem of one client of each group."""
    algebra, count = server.algebra, server.count
    g = R.shape[1]

    def flat(value: FloatArray) -> FloatArray:
        whole = np.broadcast_to(value, (count, *value.shape[1:]))
        return np.ascontiguousarray(np.moveaxis(whole, 1, 0)).reshape(-1, *value.shape[2:])

    return replace(
        server.repeated(g),
        R=coefficient_of(algebra, flat(R), R.ndim - 2),
        b=flat(b),
        count=g * count,
    )


def part_of(federation: Federation, rows: slice, count: int) -> Federation:
    """Some of the configurations of a federation of `count`."""
    g = federation.groups
    places = np.arange(g * count).reshape(g, count)[:, rows].ravel()

    def cut(problem: Problem, of: Any, new: int) -> Problem:
        def each(value: FloatArray) -> FloatArray:
            return value[of] if len(value) > 1 else value

        return replace(
            problem,
            count=new,
            A=each(problem.A),
            R=each(problem.R),
            x_star=each(problem.x_star),
            b=each(problem.b),
            z0=each(problem.z0),
            s=each(problem.s),
            roots={kind: each(root) for kind, root in problem.roots.items()},
        )

    server = cut(federation.server, rows, len(range(*rows.indices(count))))
    client = federation.client
    if count > 1:
        client = cut(client, places, len(places))
    return replace(federation, server=server, client=client)


def mean_of_clients(federation: Federation) -> FloatArray:
    """∇r(x*) of the mean helper, next to each client's."""
    return repeated(federation.server.b, federation.groups)


def _eigen(pair: QuadraticPair) -> tuple[FloatArray, FloatArray]:
    if pair.basis is not None:
        return pair.eigenvalues, pair.basis[None]
    return decomposed(pair.A, pair.eigenvalues)


def _turned(matrix: FloatArray, vectors: FloatArray) -> FloatArray:
    if matrix.ndim == vectors.ndim - 1:
        matrix = matrix[..., None] * np.eye(matrix.shape[-1])
    turned = np.swapaxes(vectors, -1, -2) @ matrix @ vectors
    return np.asarray((turned + np.swapaxes(turned, -1, -2)) / 2)


def _turned_vectors(
    pair: QuadraticPair, vectors: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """x⁰ − x*, x*, ∇r(x*) and the ∇r_i(x*) in the basis."""
    assert pair.helpers is not None
    back = np.swapaxes(vectors, -1, -2)

    def turned(v: FloatArray) -> FloatArray:
        return np.asarray((back @ v[..., None])[..., 0])

    z = pair.x0 - pair.x_star
    rest = z - pair.x0
    # The rounding error of the difference is added back.
    lost = (pair.x0 - (z - rest)) - (pair.x_star + rest)
    x_star = turned(np.broadcast_to(pair.x_star, pair.x0.shape))
    b_i = np.asarray((back[:, None] @ pair.helpers.b[..., None])[..., 0])
    return coordinates(vectors, z) + turned(lost), x_star, turned(pair.b), b_i


def _is_diagonal(matrices: FloatArray) -> bool:
    """Whether matrices are diagonal up to rounding."""
    d = matrices.shape[-1]
    size = np.max(np.abs(matrices), axis=(-1, -2), keepdims=True)
    off = np.abs(matrices) * (1 - np.eye(d))
    return bool(np.all(off <= rounding(d) * size))
