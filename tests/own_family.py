"""A problem family of a user's own: sums of log cosh, one target class and one pair class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import auxtheory as at
from auxtheory.errors import Checks
from auxtheory.problems import Choose, GivenPair, Gradients
from auxtheory.typing import Helper


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LogCoshPair(GivenPair):
    """∇f = L tanh x, ∇r = R tanh x + b with R = (δ, 0, δ, …) and b = ζ on the second coordinate."""

    L: Any
    R: Any
    b: Any

    def constants(self, helper: Helper = "h") -> at.Constants:
        L = self.L[:, 0]
        delta = np.max(self.R, axis=-1)
        return self.seen_constants(
            helper,
            L=L,
            mu=np.zeros_like(L),
            F0=self.gap(self.start[:, None])[:, 0],
            of_r=lambda: (delta, (delta / L) ** 2, np.linalg.norm(self.b, axis=-1)),
            kinds={"mu": "certified", "beta": "certified"},
        )

    @property
    def length(self) -> float:
        return 0.125

    def gradients(self, xp: Any = np) -> Gradients:
        L, R, b = (xp.asarray(v[:, None, :]) for v in (self.L, self.R, self.b))
        return Gradients(
            lambda x: L * xp.tanh(x),
            lambda x: (L - R) * xp.tanh(x) - b,
            lambda x: R * xp.tanh(x) + b,
        )

    def gap(self, x: Any, xp: Any = np) -> Any:
        size = xp.abs(x)
        terms = size + xp.log1p(xp.exp(-2 * size)) - float(np.log(2))
        return xp.sum(xp.asarray(self.L[:, None, :]) * terms, axis=-1)


@dataclass(frozen=True, kw_only=True)
class LogCosh(at.Target):
    """f(x) = L Σ log cosh xᵢ, from x⁰ = (start, …, start), on at least two coordinates."""

    L: Any = 1.0
    dim: int = 2
    start: float = 1.0

    def __post_init__(self) -> None:
        checks = Checks()
        checks.number("L", self.L, above=True)
        checks.whole("dim", self.dim, low=2)
        checks.done()
        object.__setattr__(self, "start", float(self.start))

    def with_helper(self, delta: Any = 0.0, zeta: Any = 0.0) -> LogCoshPair:
        checks = Checks()
        checks.number("delta", delta)
        checks.number("zeta", zeta)
        checks.done()
        shape = np.broadcast_shapes(*(np.shape(v) for v in (self.L, delta, zeta)), (1,))
        L, d, z = (np.broadcast_to(v, shape)[:, None] for v in (self.L, delta, zeta))
        every = np.arange(self.dim)
        return LogCoshPair(
            L=L + 0.0 * every,
            R=d * (every != 1),
            b=z * (every == 1),
            start=np.full((*shape, self.dim), float(self.start)),
            minimiser=np.zeros(self.dim),
            description=f"{self!r}.with_helper(delta={np.asarray(delta).tolist()}, "
            f"zeta={np.asarray(zeta).tolist()})",
            grid=any(map(np.ndim, (self.L, delta, zeta))),
        )

    @classmethod
    def draw(cls, choose: Choose) -> LogCoshPair:
        L = choose.amount("L")
        target = cls(L=L, dim=choose.dim + 1)
        return target.with_helper(choose.amount("delta", L), choose.amount("zeta"))


SMALL = LogCosh(L=0.5, start=2.0)
