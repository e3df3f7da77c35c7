"""Clients of a logistic objective: each has rows of its data, or all rows with other labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import scipy

from auxtheory.problems.clients import Helpers
from auxtheory.problems.components import Components
from auxtheory.problems.logistic.features import DENSE, largest_eigenvalue
from auxtheory.problems.logistic.objective import BEND, LogisticLoss
from auxtheory.problems.logistic.proximal import proximal
from auxtheory.typing import Array, FloatArray


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LogisticClients(Helpers):
    """f = Σ p_i f_i, each f_i a logistic objective of its rows with weights that sum to those of f.

    Args:
        f: The objective.
        counts: The number of clients in each group, all 1.
        weights: The weight p_i of each client, shape (N,).
        parts: The f_i.
        same: Whether all f_i have the features and the Hessian of f, so that every δ_i is 0.
        count: C, the number of configurations.
        order: The client, in this order, of each as it was listed, shape (N,).
    """

    exact: ClassVar[bool] = False

    f: LogisticLoss
    counts: FloatArray
    weights: FloatArray
    parts: tuple[LogisticLoss, ...]
    same: bool = False
    count: int = 1
    order: Array | None = None

    @property
    def clients(self) -> bool:
        return True

    def gradient(self, group: Array, x: Array, xp: Any = np) -> Array:
        numbers = np.broadcast_to(
            np.asarray(group.get() if hasattr(group, "get") else group), x.shape[1:2]
        )
        if numbers.size == 0:
            return x
        order = np.argsort(numbers, kind="stable")
        ends = np.flatnonzero(np.diff(numbers[order], prepend=-1, append=self.groups))
        pieces = [
            self._gradients(int(numbers[order[a]]), xp)(x[:, order[a:b]])
            for a, b in pairwise(ends.tolist())
        ]
        joined = xp.concat(pieces, axis=1) if hasattr(xp, "concat") else xp.concatenate(pieces, 1)
        return joined[:, np.argsort(order)]

    def prox(self, group: Array, v: Array, gamma: Any, xp: Any = np) -> Array:
        numbers = np.broadcast_to(np.asarray(group), v.shape[1:2])
        points = np.asarray(v.get() if hasattr(v, "get") else v)
        lengths = np.broadcast_to(np.asarray(gamma, dtype=float), (*points.shape[:2], 1))
        out = np.empty_like(points)
        for c, r in np.ndindex(*points.shape[:2]):
            part = self.parts[int(numbers[r])]
            out[c, r] = proximal(part, points[c, r], float(lengths[c, r, 0]))
        return xp.asarray(out)

    def _gradients(self, i: int, xp: Any) -> Any:
        """∇f_i, whose arrays on the namespace are made once."""
        made = self._made.setdefault(xp.__name__, {})
        if i not in made:
            made[i] = self.parts[i].functions(xp)[1]
        return made[i]

    @cached_property
    def _made(self) -> dict[str, dict[int, Any]]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_made"}

    @cached_property
    def _grams(self) -> list[FloatArray] | None:
        """Σ c_j a_j a_jᵀ over the rows of each client, weighted as in f; None if they are large."""
        if self.f.features.shape[1] > DENSE:
            return None
        return [
            p * _gram(part.features, part.weights)
            for p, part in zip(self.weights, self.parts, strict=True)
        ]

    @cached_property
    def _sides(self) -> list[tuple[float, float, float]]:
        """Of each client the largest eigenvalues of Σ c_j a_j a_jᵀ over the rows of the others, and
        over its own as they weigh in f_i and as they weigh in f_i − f."""
        grams = self._grams
        tops: list[tuple[float, float, float]] = []
        total = None if grams is None else sum(grams[1:], grams[0])
        whole = largest_eigenvalue(self.f.features, self.f.weights)
        for i, (p, part) in enumerate(zip(self.weights, self.parts, strict=True)):
            if grams is None or total is None:
                rest, inside = whole, largest_eigenvalue(part.features, part.weights)
            else:
                rest = float(np.linalg.eigvalsh(total - grams[i])[-1])
                inside = float(np.linalg.eigvalsh(grams[i])[-1]) / p
            tops.append((rest, inside, (1 - p) * inside))
        return tops

    @cached_property
    def deltas(self) -> FloatArray:
        """Bounds on the δ_i: q max{λ_max(Σ over other rows), (1/p_i − 1) λ_max(Σ over own rows)},
        since the Hessian of a sample is between 0 and q aaᵀ; q = ¼ for two classes, otherwise ½."""
        if self.same or self.N == 1:
            return np.zeros((self.count, self.groups))
        ends = [max(rest, own) for rest, _, own in self._sides]
        return np.broadcast_to(self.f.steepest * np.array(ends), (self.count, self.groups))

    @cached_property
    def delta_A(self) -> FloatArray:
        """A bound on δ_A: with M_i = q Σ |c_j| a_j a_jᵀ over all rows as they weigh in f − f_i,
        ‖∇²r_i v‖² ≤ ‖M_i‖ vᵀM_i v, so that δ_A² ≤ ‖Σ p_i ‖M_i‖ M_i‖; at most δ̄."""
        grams = self._grams
        if grams is None or not np.any(self.deltas):
            return self.delta_bar
        total = sum(grams[1:], grams[0])
        bound = np.zeros_like(total)
        for p, gram in zip(self.weights, grams, strict=True):
            M = self.f.steepest * (total - gram + (1 / p - 1) * gram)
            bound += p * float(np.linalg.eigvalsh(M)[-1]) * M
        return np.minimum(np.sqrt(np.linalg.eigvalsh(bound)[-1]), self.delta_bar)

    @cached_property
    def ell(self) -> FloatArray:
        """A bound on ℓ: the largest q λ_max(Σ over own rows) + l2 + 2ν."""
        tops = [inside for _, inside, _ in self._sides]
        rest = self.f.l2 + BEND[0] * self.f.nonconvex
        return np.full(self.count, self.f.steepest * max(tops) + rest)

    @property
    def weak_convexity(self) -> FloatArray:
        """max{0, ν/2 − l2} in F/X², shape (C,)."""
        return np.full(self.count, max(0.0, -self.f.convexity))

    def zetas(self, x: FloatArray) -> FloatArray:
        f = self.f.functions()[1](x)
        return np.stack(
            [np.linalg.norm(f - part.functions()[1](x), axis=-1) for part in self.parts], axis=-1
        )

    def __repr__(self) -> str:
        return f"<{self.N} clients of {len(self.f.labels)} samples>"


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientComponents(Components):
    """f as the mean of its clients, of one weight.

    Args:
        helpers: The clients.
        minimiser: x*, in X, shape (d,).
    """

    helpers: Helpers
    minimiser: FloatArray

    @property
    def N(self) -> int:
        return self.helpers.N

    def gradient(self, chosen: Array, x: Array, xp: Any = np) -> Array:
        group = self.helpers.group_of
        numbers = np.asarray(chosen.get() if hasattr(chosen, "get") else chosen)
        return sum(self.helpers.gradient(group[some], x, xp) for some in numbers.T) / len(numbers.T)

    def each(self, x: Array, xp: Any = np) -> Array:
        group = self.helpers.group_of
        return xp.stack(
            [self.helpers.gradient(np.full(x.shape[1], i), x, xp) for i in group], axis=-2
        )

    @property
    def L_max(self) -> FloatArray:
        return self.helpers.ell

    @property
    def weak_convexity(self) -> FloatArray:
        return self.helpers.weak_convexity

    @property
    def sigma_star(self) -> FloatArray:
        return np.asarray(self.helpers.zeta(self.minimiser[None, None])[:, 0])

    def __repr__(self) -> str:
        return f"<{self.N} clients as components>"


def _gram(features: Any, weights: FloatArray) -> FloatArray:
    """Aᵀ diag(c) A as an array."""
    if scipy.sparse.issparse(features):
        product = features.T @ features.multiply(weights[:, None])
        return np.asarray(product.toarray())
    return np.asarray((features.T * weights) @ features)
