"""The problems on which the theorems on clients are shown, and those on which they are attained."""

from __future__ import annotations

from typing import Any

from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.case import Case


def usual(*, sigma_h: float = 0.3, mu: float = 0.2, delta: float = 0.1, **changed: Any) -> Case:
    """A quadratic in four coordinates as the mean of ten clients whose Hessians do not commute."""
    pair = Quadratic(L=1.0, mu=mu, dim=4).with_clients(N=10, delta=delta, zeta=0.2)
    arguments: dict[str, Any] = {"K": 8, "T": (10, 100, 1_000), "eta": 0.05, **changed}
    return Case(pair, Gaussian(sigma_h=sigma_h), **arguments)


def one_step(eta: float = 1.0) -> Case:
    """One step on f = ½x² with two clients that are f, and without noise."""
    pair = Quadratic.from_clients([[1.0], [1.0]], [[0.0], [0.0]], x0=[1.0])
    return Case(pair, K=1, T=1, eta=eta)
