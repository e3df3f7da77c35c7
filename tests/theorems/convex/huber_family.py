"""The Huber function: convex, f″ is L near the minimum and 0 elsewhere. Steps with a constant
gradient attain bounds that no quadratic attains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import auxtheory as at
from auxtheory.problems import GivenPair, Gradients
from auxtheory.typing import Helper


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HuberPair(GivenPair):
    """∇f = L·clip(x, ±corner), one coordinate; h = f."""

    L: Any
    corner: float

    def constants(self, helper: Helper = "h") -> at.Constants:
        return self.seen_constants(
            helper,
            L=self.L,
            mu=np.zeros_like(self.L),
            F0=self.gap(self.start[:, None])[:, 0],
            of_r=lambda: (0.0, 0.0, 0.0),
            kinds={"mu": "certified"},
        )

    @property
    def weak_convexity(self) -> Any:
        return np.zeros(1)

    def gradients(self, xp: Any = np) -> Gradients:
        def f(x: Any) -> Any:
            return self.L[0] * xp.clip(x, -self.corner, self.corner)

        return Gradients(f, f, lambda x: 0.0 * x)

    def gap(self, x: Any, xp: Any = np) -> Any:
        inner = xp.clip(x, -self.corner, self.corner)
        return xp.sum(self.L[0] * inner * (x - inner / 2), axis=-1)


def huber(slope: float, start: float, L: float = 1.0) -> HuberPair:
    """The Huber function whose largest slope is this, from x⁰ = start."""
    return HuberPair(
        L=np.array([L]),
        corner=slope / L,
        start=np.full((1, 1), start),
        minimiser=np.zeros(1),
        description=f"huber({slope}, {start}, {L})",
        grid=False,
    )
