"""A pair that is not quadratic, f = Σ l_i (1 − cos x_i) and h = f − ½ Σ r_i x_i² − bᵀx, for the
tests of refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
from naive import Problem

from auxtheory.bounds.constants import Constants
from auxtheory.problems import Certificate, Gradients, Pair
from auxtheory.typing import Helper


class Cosines(Pair):
    """∇f = l sin x and ∇r = r x + b, coordinate by coordinate."""

    dim = 3
    l = np.array([1.0, 0.5, 0.2])  # noqa: E741
    r = np.array([0.1, -0.05, 0.02])
    b = np.array([0.3, 0.0, -0.1])
    x0 = np.array([[1.0, -2.0, 0.5]])
    x_star = np.zeros(3)

    def constants(self, helper: Helper = "h") -> Constants:
        return Constants(L=1.0, F0=float(self.gap(self.x0[:, None])[0, 0]))

    def gradients(self, xp: Any = np) -> Gradients:
        l, r, b = (xp.asarray(v) for v in (self.l, self.r, self.b))  # noqa: E741
        return Gradients(
            f=lambda x: l * xp.sin(x), h=lambda x: l * xp.sin(x) - r * x - b, r=lambda x: r * x + b
        )

    def gap(self, x: Any, xp: Any = np) -> Any:
        return xp.sum(xp.asarray(self.l) * (1 - xp.cos(x)), axis=-1)

    def certify(self, *, samples: int = 64, seed: int = 0) -> Certificate:
        return Certificate(())

    def problem(self) -> Problem:
        """The same pair for the loop, written once more."""
        return Problem(
            grad_f=lambda x: self.l * np.sin(x),
            grad_h=lambda x: self.l * np.sin(x) - self.r * x - self.b,
            gap=lambda x: float(
                sum(li * (1 - np.cos(xi)) for li, xi in zip(self.l, x, strict=True))
            ),
            x0=self.x0[0],
            x_star=self.x_star,
        )
