"""The problems on which the sharper theorems are shown, and those on which they are attained."""

from __future__ import annotations

from typing import Any

from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.case import Case


def usual(K: int = 8, *, sigma_h: float = 0.1, T: Any = (10, 100, 1_000), **steps: Any) -> Case:
    """A quadratic in 16 coordinates with a helper at δ = L/20, or with itself as r if K = 1."""
    target = Quadratic(L=1.0, dim=16)
    pair = target.with_helper(delta=0.05) if K > 1 else target.with_helper()
    sigma_h = sigma_h if K > 1 else 0.0
    return Case(pair, Gaussian(sigma_f=1.0, sigma_h=sigma_h), K=K, T=T, **steps)


def one_step(*, alone: bool = False, **steps: Any) -> Case:
    """One step on f = ½x² with δ = 0, or without a helper, and without noise."""
    target = Quadratic(L=1.0, dim=1)
    pair = target.with_helper() if alone else target.with_helper(delta=0.0)
    return Case(pair, K=1, T=1, **steps)
