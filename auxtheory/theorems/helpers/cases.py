"""The problems on which the theorems about several helpers are shown, and those on which they are
attained."""

from __future__ import annotations

from typing import Any

from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.case import Case


def usual(*, sigma_h: float = 0.0, refresh: float = 0.0, K: int = 8, **steps: Any) -> Case:
    """A quadratic in 16 coordinates with four helpers at δ_i ≤ L/20, of which two work."""
    pair = Quadratic(L=1.0, dim=16).with_helpers(N=4, delta=0.05)
    T = steps.pop("T", (10, 100, 1_000))
    noise = Gaussian(sigma_f=refresh, sigma_h=sigma_h)
    return Case(pair, noise, K=K, T=T, S=steps.pop("S", 2), **steps)


def federated(*, zeta: float = 0.1, sigma_h: float = 0.0, **steps: Any) -> Case:
    """A quadratic in two coordinates as the mean of three clients with constant differences, of
    which two work."""
    pair = Quadratic(L=1.0, dim=2).with_clients(N=3, zeta=zeta)
    noise = Gaussian(sigma_h=sigma_h)
    return Case(pair, noise, K=8, T=(10, 100), S=2, **steps)


def one_step(*, clients: bool = False, S: int = 2, **steps: Any) -> Case:
    """One step on f = ½x² with two helpers that are f, and without noise."""
    target = Quadratic(L=1.0, dim=1)
    pair = target.with_clients(N=2) if clients else target.with_helpers(N=2)
    return Case(pair, K=1, T=1, S=S, **steps)


def strongly_convex(*, zeta: float = 0.0, sigma_h: float = 0.0, **steps: Any) -> Case:
    """A quadratic in 16 coordinates with μ = L/10 and four helpers, of which two work."""
    pair = Quadratic(L=1.0, mu=0.1, dim=16).with_helpers(N=4, delta=0.02, zeta=zeta)
    chosen: dict[str, Any] = {"K": 8, "T": (10, 100, 1_000), "S": 2, **steps}
    return Case(pair, Gaussian(sigma_h=sigma_h), **chosen)


def constant_differences(**steps: Any) -> Case:
    """A quadratic in 16 coordinates with four helpers whose differences are constant, of which one
    works."""
    pair = Quadratic(L=1.0, dim=16).with_helpers(N=4, zeta=0.1)
    return Case(pair, Gaussian(sigma_f=1.0), K=8, T=(10, 100, 1_000), S=1, **steps)


def slow(*, curvature: float = 0.01, K: int = 1, eta: float = 1.0, **steps: Any) -> Case:
    """f = ½λx² and two helpers with r″ = −1, for so many rounds that f falls to 0."""
    A, H = [[curvature]], [[[curvature + 1.0]]] * 2
    pair = Quadratic.from_helpers(A, H, [0.0], x0=[1.0])
    return Case(pair, K=K, T=2_000, S=1, eta=eta, **steps)
