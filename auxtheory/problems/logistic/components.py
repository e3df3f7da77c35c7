"""The components of a logistic objective: one for each sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.problems.components import Components
from auxtheory.problems.logistic.objective import BEND, LogisticLoss
from auxtheory.typing import Array, FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class LogisticComponents(Components):
    """f_i = n cᵢ ℓᵢ plus the regularisers, one for each of the n samples; their mean is f.

    Args:
        f: The objective.
        minimiser: x*, in X, shape (d,).
        count: C, the number of configurations.

    Example:
        >>> import numpy as np
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0, 0.0], [0.0, 1.0]], labels=[0, 1], l2=0.1)
        >>> f.with_helper().components.each(np.zeros((1, 1, 2)))[0, 0]
        array([[ 0.5,  0. ],
               [ 0. , -0.5]])
    """

    f: LogisticLoss
    minimiser: FloatArray
    count: int = 1

    @property
    def N(self) -> int:
        return len(self.f.labels)

    def gradient(self, chosen: Array, x: Array, xp: Any = np) -> Array:
        numbers = np.asarray(chosen.get() if hasattr(chosen, "get") else chosen)
        return self.f.sampled(numbers, xp)(x)

    def each(self, x: Array, xp: Any = np) -> Array:
        shape = (*x.shape[:-1], self.N, x.shape[-1])
        points = xp.reshape(xp.broadcast_to(x[..., None, :], shape), (-1, self.N, x.shape[-1]))
        return xp.reshape(self.f.sampled(np.arange(self.N)[:, None], xp)(points), shape)

    @property
    def L_max(self) -> FloatArray:
        samples = self.N * self.f.weights * self.f.squared_lengths
        most = float(np.max(samples)) * self.f.steepest
        return np.full(self.count, most + self.f.l2 + BEND[0] * self.f.nonconvex)

    @property
    def weak_convexity(self) -> FloatArray:
        return np.full(self.count, max(0.0, -self.f.convexity))

    @property
    def sigma_star(self) -> FloatArray:
        gradients = self.each(self.minimiser[None, None])[0, 0]
        return np.full(self.count, np.sqrt(np.mean(np.sum(gradients**2, axis=-1))))

    def __repr__(self) -> str:
        return f"<{self.N} samples as components>"
