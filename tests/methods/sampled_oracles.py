"""Oracles of one replica, whose samples are drawn from the noise law by their index alone: what a
plain loop needs in order to make the same run as an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from naive import quadratic

from auxtheory.problems import CosinePair, LogisticPair, Pair, QuadraticPair
from auxtheory.random.counter import Index
from auxtheory.random.philox import uniforms

Vector = np.ndarray
STRIDE = 0x9E3779B97F4A7C15
CHOICES = 64, 5  # local steps draw their choices from this site on, with this oracle number


def gradient_of(pair: Pair) -> Callable[[Vector], Vector]:
    """∇f of one vector, written out by hand."""
    if isinstance(pair, QuadraticPair):
        return quadratic(pair).grad_f
    if isinstance(pair, CosinePair):
        return lambda x: pair.amplitudes[0] * np.sin(x - pair.minimiser)
    assert isinstance(pair, LogisticPair)
    return lambda x: np.mean([g(x) for g in parts_of(pair)], axis=0)


def helper_of(pair: Pair) -> Callable[[Vector], Vector]:
    """∇h of one vector, written out by hand."""
    if isinstance(pair, QuadraticPair):
        return quadratic(pair).grad_h
    if isinstance(pair, CosinePair):
        return lambda x: (pair.amplitudes[0] - pair.r[0]) * np.sin(x - pair.minimiser) - pair.b[0]
    return lambda x: pair.gradients().h(x[None, None])[0, 0]


def parts_of(pair: Pair) -> list[Callable[[Vector], Vector]]:
    """∇f_i of one vector for each component, written out by hand."""
    if isinstance(pair, QuadraticPair):
        parts = pair.components
        assert parts is not None
        matrices = [np.diag(A) if A.ndim == 1 else A for A in parts.A[0]]
        return [
            lambda x, A=A, b=b: A @ (x - pair.minimiser) + b
            for A, b in zip(matrices, parts.b[0], strict=True)
        ]
    assert isinstance(pair, LogisticPair)
    f = pair.f
    n = len(f.labels)
    return [
        lambda x, a=a, y=y, c=c: n * c * a * (1 / (1 + np.exp(-a @ x)) - y) + f.l2 * x
        for a, y, c in zip(f.features, f.labels, f.weights, strict=True)
    ]


class Oracles:
    """The samples of one replica.

    Args:
        pair: a pair of one configuration.
        noise: the noise law.
        seed: the seed of the run.
        replica: the number of the replica.
    """

    def __init__(self, pair: Pair, noise: Any, seed: int, replica: int) -> None:
        self.gradient = gradient_of(pair)
        self.parts = parts_of(pair) if pair.components is not None else []
        self.pair = pair
        self.noise = noise
        self.seed = seed
        self.replica = replica
        self.calls: list[float] = []
        self.helper_calls = 0

    def index(self, site: int, t: int, step: int) -> Index:
        """Where the sample of a call is."""
        seed = (self.seed + STRIDE * site) % 2**64
        return Index(seed, self.replica, self.replica + 1, t, step)

    def exact(self, x: Vector) -> Vector:
        """∇f(x)."""
        self.calls.append(1.0)
        return self.gradient(x)

    def local(self, points: Sequence[Vector], t: int, k: int) -> list[Vector]:
        """g_f of a local step's first call, with one sample at all points."""
        sample = self.noise.local(self.index(0, t, k), "f", points[0].size)
        return [self._with(x, sample) for x in points]

    def batch(self, x: Vector, t: int, size: int) -> Vector:
        """The mean of samples of g_f at the start of a round."""
        samples = [
            self._with(x, self.noise.refresh(self.index(0, t, b), "none", x.size))
            for b in range(size)
        ]
        return sum(samples[1:], samples[0]) / size

    def helper(self, x: Vector, t: int, k: int) -> Vector:
        """g_h of a local step's first call."""
        self.helper_calls += 1
        sample = self.noise.local(self.index(0, t, k), "h", x.size)
        return self._noisy(helper_of(self.pair)(x), x, sample)

    def _with(self, x: Vector, sample: Any) -> Vector:
        self.calls.append(1.0)
        return self._noisy(self.gradient(x), x, sample)

    def _noisy(self, gradient: Vector, x: Vector, sample: Any) -> Vector:
        additive, curvature = (np.zeros(x.size) if v is None else np.ravel(v) for v in sample)
        return gradient + additive + curvature * (x - self.pair.x_star)

    def refreshed(
        self, points: Sequence[Vector], t: int, size: int, *, call: int = 0, helper: Any = "h"
    ) -> list[Vector]:
        """The mean of samples of g_r, with the same samples at all points; `call` is its number
        among those of the hook. With the helper "none", r is f."""
        self.calls += [1.0] * (size * len(points))
        exact = [self.gradient(x) for x in points]
        if helper == "h":
            exact = [f - helper_of(self.pair)(x) for f, x in zip(exact, points, strict=True)]
        total: list[Vector] = [0 * x for x in points]
        for b in range(size):
            sample = self.noise.refresh(self.index(call, t, b), helper, points[0].size)
            total = [
                v + self._noisy(g, x, sample) for v, g, x in zip(total, exact, points, strict=True)
            ]
        return [v / size for v in total]

    def part(self, i: int, x: Vector) -> Vector:
        """∇f_i(x)."""
        self.calls.append(1 / len(self.parts))
        return self.parts[i](x)

    def uniform(self, number: int, t: int, k: int, site: int = CHOICES[0]) -> float:
        """The uniform number behind a random choice of a local step; of a refresh at site 0."""
        oracle = CHOICES[1]
        seed = (self.seed + STRIDE * (site + number)) % 2**64
        replicas = self.replica, self.replica + 1
        return float(uniforms(*replicas, t, k * 8 + oracle, seed, 1, np)[0, 0])

    def pick(self, number: int, t: int, k: int) -> int:
        """The number of a component."""
        return min(int(self.uniform(number, t, k) * len(self.parts)), len(self.parts) - 1)
