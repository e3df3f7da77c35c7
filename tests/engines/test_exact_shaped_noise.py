"""Noise with a shape on the exact engine: against plain loops that draw the normals themselves, for
each role of the helper, phases, schedules, multiplicative noise and a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from variants import variant

import auxtheory as at
from auxtheory import methods

VECTOR = np.array([1.0, 3.0, 0.2])
MATRIX = np.array([[2.0, 0.9, 0.0], [0.9, 1.0, -0.3], [0.0, -0.3, 0.5]])
OTHER = np.array([0.3, 1.0, 2.0])
SHAPES = {
    "levels": (VECTOR, None),
    "two levels": (VECTOR, OTHER),
    "matrix": (MATRIX, None),
    "matrix and levels": (MATRIX, OTHER),
}
PAIRS = {
    "diagonal": at.Quadratic(L=1.0, mu=0.2, dim=3, x_star=0.7).with_helper(delta=0.3, zeta=0.5),
    "dense": at.Quadratic(L=1.0, mu=0.2, dim=3, rotation=1).with_helper(
        delta=0.3, zeta=0.5, rotation=2
    ),
}
ETAS = np.array([0.1, 0.3])
REPLICAS = 4000
T, K = 5, 2


def root(shape: Any) -> Any:
    """S with S Sᵀ = Ŝ, of trace 1."""
    if shape.ndim == 1:
        return np.diag(shape) / np.linalg.norm(shape)
    values, vectors = np.linalg.eigh(shape / np.trace(shape))
    return vectors @ np.diag(np.sqrt(values)) @ vectors.T


def matrix(array: Any) -> Any:
    return np.diag(array[0]) if array.ndim == 2 else array[0]


class Loop:
    """AuxMOM with normals drawn here, for one configuration and many replicas."""

    def __init__(self, kind: str, noise: at.Gaussian, seed: int) -> None:
        pair = PAIRS[kind]
        self.A, self.R = matrix(pair.A), matrix(pair.R)
        self.b, self.x_star = pair.b[0], pair.minimiser
        self.x = np.tile(pair.x0[0], (REPLICAS, 1))
        self.noise = noise
        self.generator = np.random.default_rng(seed)
        self.S_f = root(np.asarray(noise.shape))
        self.S_h = self.S_f if noise.shape_h is None else root(np.asarray(noise.shape_h))
        self.energy: list[Any] = []

    def grad(self, kind: str, x: Any) -> Any:
        """A stochastic gradient of f, of h or of f − h, one sample."""
        noise = self.noise
        z = x - self.x_star
        first, second, eps = self.generator.normal(size=(3, *x.shape))
        rho = noise.correlation
        n_f = noise.sigma_f * first @ self.S_f.T
        n_h = noise.sigma_h * (rho * first + np.sqrt(1 - rho**2) * second) @ self.S_h.T
        curvature = noise.s * eps * z
        f = z @ self.A + n_f + curvature
        h = z @ (self.A - self.R) - self.b + n_h
        return {"f": f, "h": h, "r": f - h}[kind]

    def rounds(self, role: str, etas: Any, a: float) -> None:
        """Rounds of AuxMOM as the helper's role has it."""
        big, local = {"h": ("r", "h"), "none": ("f", ""), "f": ("", "f")}[role]
        m: Any = 0.0
        for t, eta in enumerate(etas):
            if big:
                fresh = self.grad(big, self.x)
                m = fresh if t == 0 else (1 - a) * m + a * fresh
            for _ in range(K):
                g = (self.x - self.x_star) @ self.A
                self.energy.append(np.sum(g * g, axis=-1))
                self.x = self.x - eta * (m + (self.grad(local, self.x) if local else 0.0))

    def gap(self) -> Any:
        z = self.x - self.x_star
        return 0.5 * np.sum(z * (z @ self.A), axis=-1)


def agree(samples: Any, value: float) -> None:
    error = np.std(samples) / np.sqrt(len(samples))
    assert abs(np.mean(samples) - value) < 4 * error


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("role", ["h", "none", "f"])
def test_each_role_of_the_helper(role: str, shape: str, kind: str) -> None:
    """Otherwise a covariance is that of another oracle, or is turned the wrong way; on a grid of
    step sizes, with a schedule and with multiplicative noise, that is with every form."""
    method = variant(methods.AuxMOM, f"With{role}", helper=role)
    first, second = SHAPES[shape]
    for s, schedule in ((0.0, False), (0.3, False), (0.2, True)):
        noise = at.Gaussian(
            sigma_f=0.8, sigma_h=0.5, correlation=0.6, s=s, shape=first, shape_h=second
        )
        eta = at.per_round(lambda t: 0.4 / t) if schedule else ETAS
        uses = {} if role == "f" and not method.uses_a else {"a": 0.4}
        steps = at.Steps(eta=eta, K=K, T=T, B=1, **uses)
        trace = at.run(method, PAIRS[kind], noise, steps, engine="exact")
        for c in range(1 if schedule else 2):
            loop = Loop(kind, noise, seed=7 + c)
            etas = 0.4 / np.arange(1, T + 1) if schedule else np.full(T, ETAS[c])
            loop.rounds(role, etas, 0.4)
            agree(loop.gap(), trace.gap[0, c])
            agree(np.mean(loop.energy, axis=0), trace.G[0, c])


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("shape", SHAPES)
def test_phases(shape: str, kind: str) -> None:
    """Training on h first, then on f, has the noise of h and then that of f."""
    first, second = SHAPES[shape]
    noise = at.Gaussian(sigma_f=0.8, sigma_h=0.5, shape=first, shape_h=second, s=0.2)
    steps = at.Steps(eta=0.2, K=K, T=T)
    trace = at.run(methods.fine_tuning(3), PAIRS[kind], noise, steps, engine="exact")
    loop = Loop(kind, noise, seed=3)
    for t in range(T):
        for _ in range(K if t < 3 else 1):
            loop.x = loop.x - 0.2 * loop.grad("h" if t < 3 else "f", loop.x)
    agree(loop.gap(), trace.gap[0, 0])


def test_a_grid_of_levels() -> None:
    """Levels that differ between configurations scale the same shape."""
    sigma = np.array([0.2, 1.0])
    for pair in PAIRS.values():
        for shape in (VECTOR, MATRIX):
            steps = at.Steps(eta=0.2, beta=0.5, K=K, T=T)
            grid = at.run(methods.HeavyBall, pair, at.Gaussian(sigma_f=sigma, shape=shape), steps)
            for c in range(2):
                noise = at.Gaussian(sigma_f=float(sigma[c]), shape=shape)
                one = at.run(methods.HeavyBall, pair, noise, steps, engine="exact")
                np.testing.assert_allclose(grid.G[:, c], one.G[:, 0], rtol=1e-12)
