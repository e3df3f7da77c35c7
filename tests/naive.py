"""The paper's pseudocode as plain loops: one replica at a time, one-dimensional vectors, nothing
taken from the library but the numbers A, R, b, x⁰, x* of a pair and its noise law, sampled one
index at a time.

    refresh    m ← momentum rule applied to g_r at x          (the buffer of round 1 is the mean of
    B samples) y ← x;     K times y ← y − η (g_h(y; fresh sample) + m);    x ← y
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auxtheory.noise.laws import Noise
from auxtheory.problems import QuadraticPair
from auxtheory.random.counter import Index

Vector = np.ndarray
# Every other method sees the true helper h.
HELPER = {"SGD": "f", "SGDMomentum": "none", "MVR": "none"}


@dataclass(frozen=True)
class Problem:
    """One pair of one configuration, as plain functions of one vector."""

    grad_f: Callable[[Vector], Vector]
    grad_h: Callable[[Vector], Vector]
    gap: Callable[[Vector], float]
    x0: Vector
    x_star: Vector


@dataclass(frozen=True)
class Replica:
    """One replica's outcome: G so far after each round, f(x^t) − f*, ‖∇f(x^t)‖² and x^t, for t = 1
    … T."""

    G: Vector
    gap: Vector
    grad_sq: Vector
    path: Vector


def quadratic(pair: QuadraticPair, configuration: int = 0) -> Problem:
    """∇f = Az, ∇h = (A − R)z − b and f − f* = ½zᵀAz with z = x − x*, written out by hand."""

    def row(array: Any) -> Any:
        return array[configuration if len(array) > 1 else 0]

    A = row(pair.A)
    R = row(pair.R)
    b = row(pair.b)
    x_star = pair.minimiser
    if A.ndim == 1:
        A = np.diag(A)
        R = np.diag(R)
    return Problem(
        grad_f=lambda x: A @ (x - x_star),
        grad_h=lambda x: A @ (x - x_star) - R @ (x - x_star) - b,
        gap=lambda x: 0.5 * float((x - x_star) @ A @ (x - x_star)),
        x0=row(pair.start),
        x_star=x_star,
    )


@dataclass(frozen=True)
class Settings:
    """The step sizes and lengths of one configuration."""

    eta: float
    K: int
    T: int
    a: float = 1.0
    B: float = math.inf


@dataclass(frozen=True)
class FineTuning:
    """Naive for `rounds_on_h` rounds, then the method `then` on f with K = 1 and step η_f (η if
    None)."""

    rounds_on_h: int
    then: str = "SGD"
    eta_f: float | None = None


def loop(
    method: str,
    problem: Problem,
    noise: Noise,
    settings: Settings,
    *,
    seed: int = 0,
    replica: int = 0,
    configuration: int = 0,
    phases: FineTuning | None = None,
) -> Replica:
    """Run one replica; `phases` are those of the method FineTuning."""
    sampler = Sampler(noise, problem, seed, replica, configuration)
    if phases is None:
        path, energies, counts = stretch(method, sampler, problem.x0, settings)
    else:
        on_h = replace(settings, T=phases.rounds_on_h)
        path, energies, counts = stretch("Naive", sampler, problem.x0, on_h)
        on_f = replace(
            settings,
            eta=settings.eta if phases.eta_f is None else phases.eta_f,
            K=1,
            T=settings.T - phases.rounds_on_h,
        )
        x = path[-1] if path else problem.x0
        more = stretch(phases.then, sampler, x, on_f, first=phases.rounds_on_h + 1)
        path = path + more[0]
        energies = energies + more[1]
        counts = counts + more[2]
    return Replica(
        G=np.cumsum(energies) / np.cumsum(counts),
        gap=np.array([problem.gap(x) for x in path]),
        grad_sq=np.array([problem.grad_f(x) @ problem.grad_f(x) for x in path]),
        path=np.array(path),
    )


def stretch(
    method: str, sampler: Sampler, x: Vector, settings: Settings, first: int = 1
) -> tuple[list[Vector], list[float], list[int]]:
    """T rounds of one method from x; `first` is the number of the first round. The pseudocode of
    the paper."""
    problem = sampler.problem
    eta = settings.eta
    a = settings.a
    B = settings.B
    path = []
    energies = []
    counts = []
    x_prev = x
    m = np.zeros_like(x)
    for t in range(first, first + settings.T):
        if method in ("Naive", "SGD"):
            m = np.zeros_like(x)
        elif method == "ExactCorrection":
            m = problem.grad_f(x) - problem.grad_h(x)
        elif t == first and math.isinf(B):
            m = sampler.grad_r(method, x)
        elif t == first:
            m = (
                sum((sampler.g_r(method, x, t, batch) for batch in range(int(B))), np.zeros_like(x))
                / B
            )
        elif method in ("AuxMOM", "SGDMomentum"):
            m = (1 - a) * m + a * sampler.g_r(method, x, t, 0)
        elif method in ("AuxMVR", "MVR"):
            m = sampler.g_r(method, x, t, 0) + (1 - a) * (m - sampler.g_r(method, x_prev, t, 0))
        else:
            raise ValueError(method)
        y = x
        energy = 0.0
        for k in range(settings.K):
            energy += float(problem.grad_f(y) @ problem.grad_f(y))
            y = y - eta * (sampler.g_h(method, y, t, k) + m)
        x_prev = x
        x = y
        path.append(x)
        energies.append(energy)
        counts.append(settings.K)
    return path, energies, counts


@dataclass(frozen=True)
class Sampler:
    """The stochastic gradients g_r and g_h of one replica: true gradients plus the noise law at one
    index."""

    noise: Noise
    problem: Problem
    seed: int
    replica: int
    configuration: int

    def grad_r(self, method: str, x: Vector) -> Vector:
        """∇r = ∇f − ∇h, or ∇f for the methods that see h = 0."""
        if method in ("SGDMomentum", "MVR"):
            return self.problem.grad_f(x)
        return self.problem.grad_f(x) - self.problem.grad_h(x)

    def g_r(self, method: str, x: Vector, t: int, batch: int) -> Vector:
        """∇r(x) + n + s ε ∘ (x − x*), the sample ξ of round t (of the first buffer: number
        `batch`)."""
        law = self.noise.refresh(self._index(t, batch), HELPER.get(method, "h"), len(x))
        return self._noisy(self.grad_r(method, x), x, law)

    def g_h(self, method: str, y: Vector, t: int, k: int) -> Vector:
        """The local step's stochastic gradient: of h; of f itself for SGD; none at all where h =
        0."""
        helper = HELPER.get(method, "h")
        grad = {"h": self.problem.grad_h, "f": self.problem.grad_f, "none": np.zeros_like}[helper](
            y
        )
        return self._noisy(grad, y, self.noise.local(self._index(t, k), helper, len(y)))

    def _index(self, t: int, step: int) -> Index:
        return Index(self.seed, self.replica, self.replica + 1, t, step)

    def _noisy(self, grad: Vector, x: Vector, law: tuple[Any, Any]) -> Vector:
        additive, curvature = (self._row(part) for part in law)
        if additive is not None:
            grad = grad + additive
        return grad if curvature is None else grad + curvature * (x - self.problem.x_star)

    def _row(self, samples: Any) -> Vector | None:
        """One replica's vector from ([configurations,] 1, d)."""
        if samples is None or samples.ndim == 2:
            return None if samples is None else samples[0]
        return samples[self.configuration if len(samples) > 1 else 0, 0]
