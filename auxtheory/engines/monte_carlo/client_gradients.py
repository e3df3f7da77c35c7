"""The gradients of the helpers of a pair, on rows of points each with a helper of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.errors import RefusedError
from auxtheory.problems import Gradients, Pair
from auxtheory.problems.base import Gradient
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.typing import Array


class ClientGradients:
    """∇h_i and ∇r_i of the helpers of a pair.

    A row is a point (C, d) of an array (C, rows, d). Values at a row do not depend on the other
    rows, but for the order of the sums in a product of matrices.
    """

    def __init__(self, pair: Pair, xp: Any) -> None:
        assert pair.helpers is not None
        self.helpers = pair.helpers
        self.xp = xp
        self.f = pair.gradients(xp).f
        self.quadratic: QuadraticHelpers | None = None
        if type(pair.helpers) is QuadraticHelpers:
            self.quadratic = pair.helpers
            self.centre = xp.asarray(pair.helpers.minimiser)
            # As the pair computes ∇h, so that one helper has the same numbers.
            curved = getattr(pair, "_curved", None)
            self.through_f = curved is not None and not self.diagonal and curved(xp) is not None
        self.known: dict[int, Gradients] = {}
        self.solved: dict[Any, Array] = {}

    @property
    def diagonal(self) -> bool:
        """Whether ∇h_i and ∇r_i come apart into coordinates."""
        return self.quadratic is not None and self.quadratic.diagonal

    def of(self, group: int | Array) -> Gradients:
        """The gradients of the helpers of one group, or of the group of each row."""
        if isinstance(group, int):
            if group not in self.known:
                self.known[group] = self._of_group(group)
            return self.known[group]
        if self.diagonal:
            return self._coordinates(group)
        if self.quadratic is None:
            return self._any(group)
        return self._by_groups(group)

    def _of_group(self, group: int) -> Gradients:
        if self.diagonal:
            return self._coordinates(np.array([group]))
        return self._any(group) if self.quadratic is None else self._matrices(group)

    def _coordinates(self, group: Array) -> Gradients:
        assert self.quadratic is not None
        A = self.xp.asarray(self.quadratic.A[:, None])
        R, b = (self.xp.asarray(v[:, group]) for v in (self.quadratic.R, self.quadratic.b))
        H = A - R
        centre = self.centre
        return Gradients(self.f, lambda x: H * (x - centre) - b, lambda x: R * (x - centre) + b)

    def _matrices(self, group: int) -> Gradients:
        assert self.quadratic is not None
        A, R = (_square(v) for v in (self.quadratic.A, self.quadratic.R[:, group]))
        H, R = self.xp.asarray(A - R), self.xp.asarray(R)
        b = self.xp.asarray(self.quadratic.b[:, group, None])
        centre, matmul, f = self.centre, self.xp.matmul, self.f

        def h(x: Array) -> Array:
            z = x - centre
            return f(x) - matmul(z, R) - b if self.through_f else matmul(z, H) - b

        return Gradients(f, h, lambda x: matmul(x - centre, R) + b)

    def _any(self, group: int | Array) -> Gradients:
        helpers, xp, f = self.helpers, self.xp, self.f

        def h(x: Array) -> Array:
            return helpers.gradient(np.broadcast_to(group, x.shape[1]), x, xp)

        return Gradients(f, h, lambda x: f(x) - h(x))

    def _by_groups(self, group: Array) -> Gradients:
        """The rows of each group at once."""
        parts = [(self.of(int(j)), np.nonzero(group == j)[0]) for j in np.unique(group)]

        def over_parts(which: str) -> Gradient:
            def gradient(x: Array) -> Array:
                out = self.xp.empty_like(x)
                for gradients, rows in parts:
                    out[:, rows] = getattr(gradients, which)(x[:, rows])
                return out

            return gradient

        return Gradients(self.f, over_parts("h"), over_parts("r"))

    def prox(self, group: int | Array, v: Array, gamma: Any) -> Array:
        """argmin_y h_i(y) + ‖y − v‖²/(2γ) of the helper of one group, or of the group of each row.

        Raises:
            RefusedError: the function has no minimum.
        """
        if self.quadratic is None:
            groups = np.broadcast_to(group, v.shape[1])
            return self.helpers.prox(groups, v, gamma, self.xp)
        if self.diagonal:
            place = [group] if isinstance(group, int) else group
            A = self.xp.asarray(self.quadratic.A[:, None])
            R, b = (self.xp.asarray(a[:, place]) for a in (self.quadratic.R, self.quadratic.b))
            curvature = 1.0 + gamma * (A - R)
            _check_minimum(bool(self.xp.all(curvature > 0)))
            return self.centre + (v - self.centre + gamma * b) / curvature
        if isinstance(group, int):
            return self._solved(group, v, gamma)
        out = self.xp.empty_like(v)
        for j in np.unique(group):
            rows = np.nonzero(group == j)[0]
            size = gamma[rows[0], 0] if np.ndim(gamma) == 2 else gamma
            out[:, rows] = self._solved(int(j), v[:, rows], size)
        return out

    def _solved(self, group: int, v: Array, gamma: Any) -> Array:
        """The proximal point of one group, by its matrix, which is the same in every round."""
        assert self.quadratic is not None
        key = group, np.asarray(gamma).tobytes()
        if key not in self.solved:
            A, R = (_square(a) for a in (self.quadratic.A, self.quadratic.R[:, group]))
            curvature = np.eye(A.shape[-1]) + np.reshape(gamma, (-1, 1, 1)) * (A - R)
            _check_minimum(bool(np.all(np.linalg.eigvalsh(curvature) > 0)))
            self.solved[key] = self.xp.asarray(np.linalg.inv(curvature))
        b = self.xp.asarray(self.quadratic.b[:, group, None])
        return self.centre + self.xp.matmul(v - self.centre + gamma * b, self.solved[key])


def _check_minimum(there: bool) -> None:
    if not there:
        raise RefusedError("a proximal step has no minimum: h_i + ‖·‖²/(2γ) is not convex")


def _square(matrix: Array) -> Array:
    """A matrix (C, d, d), also of one whose diagonal alone is kept."""
    return matrix if matrix.ndim == 3 else matrix[..., None] * np.eye(matrix.shape[-1])
