"""Pairs with clients, and one replica of a method with clients as a plain loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.engines.monte_carlo.client_sets import REPORTING, WORKING
from auxtheory.engines.monte_carlo.interpreter import CHOICE, STRIDE
from auxtheory.engines.monte_carlo.visits import OF_CLIENT
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Quadratic
from auxtheory.random.counter import Index
from auxtheory.random.subsets import subsets

Vector = Any
SEED = 11


def random_clients(dense: bool, N: int = 4, d: int = 3, **more: Any) -> Any:
    """Clients that differ in everything."""
    random = np.random.default_rng(5)
    if dense:
        roots = random.normal(size=(N, d, d))
        A = np.einsum("nij,nkj->nik", roots, roots) / d
    else:
        A = np.abs(random.normal(size=(N, d))) + 0.1
    return Quadratic.from_clients(A, random.normal(size=(N, d)), x0=np.ones(d), **more)


PAIRS = {
    "diagonal": random_clients(False),
    "dense": random_clients(True),
    "weighted": random_clients(False, weights=[0.4, 0.3, 0.2, 0.1]),
    "groups": random_clients(False, counts=[1, 3, 2, 1]),
}
LAWS: dict[str, Noise] = {
    "gaussian": Gaussian(sigma_f=0.7, sigma_h=0.3, correlation=0.4),
    "multiplicative": Gaussian(sigma_f=0.7, sigma_h=0.3, s=0.5),
    "signs": RandomSign(sigma_f=0.7, sigma_h=0.3, correlation=-0.6),
}


@dataclass
class Loop:
    """One replica: gradients and samples of every client, and who works."""

    pair: Any
    noise: Noise
    S: int
    replica: int

    def __post_init__(self) -> None:
        helpers = self.pair.helpers
        self.N = helpers.N
        self.groups = helpers.group_of
        self.p = helpers.weights[self.groups]
        self.centre = self.pair.minimiser

    def sets(self, t: int, site: int = WORKING) -> list[int]:
        """The clients of round t."""
        if self.S == self.N:
            return list(range(self.N))
        seed = (SEED + STRIDE * site) % 2**64
        return subsets((self.replica, self.replica + 1), t, CHOICE, seed, self.S, self.N)[
            0
        ].tolist()

    def reporting(self, t: int) -> list[int]:
        return self.sets(t, REPORTING)

    def f(self, x: Vector) -> Vector:
        A = self.pair.A[0]
        return (A * (x - self.centre)) if A.ndim == 1 else A @ (x - self.centre)

    def r(self, i: int, x: Vector) -> Vector:
        helpers, j = self.pair.helpers, self.groups[i]
        R, z = helpers.R[0, j], x - self.centre
        return (R * z if R.ndim == 1 else R @ z) + helpers.b[0, j]

    def h(self, i: int, x: Vector) -> Vector:
        return self.f(x) - self.r(i, x)

    def g_h(self, i: int, x: Vector, t: int, k: int, site: int = 0) -> Vector:
        """A sample of ∇h_i in a local step."""
        law = self.noise.local(self.index(i, t, k, site), "h", len(x))
        return self.noisy(self.h(i, x), x, law)

    def g_r(self, i: int, x: Vector, t: int, batch: int = 0) -> Vector:
        """A sample of ∇r_i in a refresh."""
        law = self.noise.refresh(self.index(i, t, batch, 0), "h", len(x))
        return self.noisy(self.r(i, x), x, law)

    def index(self, i: int, t: int, step: int, site: int) -> Index:
        seed = (SEED + OF_CLIENT * i + STRIDE * site) % 2**64
        return Index(seed, self.replica, self.replica + 1, t, step)

    def noisy(self, grad: Vector, x: Vector, law: Any) -> Vector:
        additive, curvature = law
        grad = grad if additive is None else grad + additive[0]
        return grad if curvature is None else grad + curvature[0] * (x - self.centre)

    def mean(self, clients: list[int], values: list[Vector]) -> Vector:
        p = self.p[clients]
        return sum(w * v for w, v in zip(p, values, strict=True)) / sum(p)

    def square(self, x: Vector) -> float:
        return float(self.f(x) @ self.f(x))


@dataclass
class Measured:
    """x after each round, and the means up to the last of ‖∇f‖² at local iterates, at their means,
    and at the starts of rounds."""

    path: Vector
    G: float
    G_avg: float
    G_x: float


def run_loop(loop: Loop, rule: Callable[..., Any], K: int, T: int, **parameters: Any) -> Measured:
    """A replica; rule(loop, **parameters) gives the start, the local step and the round's end."""
    begin, local, end = rule(loop, K=K, **parameters)
    x = loop.pair.x0[0]
    path, G, averages, starts = [], [], [], []
    for t in range(1, T + 1):
        clients = loop.sets(t)
        starts.append(loop.square(x))
        begin(t, x, clients)
        ys = [[x] for _ in clients]
        for i, y in zip(clients, ys, strict=True):
            for k in range(K):
                y.append(local(i, y[-1], x, t, k))
        for k in range(K):
            G.append(loop.mean(clients, [loop.square(y[k]) for y in ys]))
            averages.append(loop.square(loop.mean(clients, [y[k] for y in ys])))
        x = end(t, x, clients, [y[-1] for y in ys])
        path.append(x)
    return Measured(np.array(path), np.mean(G), np.mean(averages), np.mean(starts))


def fed_avg(loop: Loop, K: int, eta: float) -> Any:
    """K times y ← y − η g_i(y); x ← mean of y."""
    return (
        lambda t, x, clients: None,
        lambda i, y, x, t, k: y - eta * loop.g_h(i, y, t, k),
        lambda t, x, clients, ys: loop.mean(clients, ys),
    )


def scaffold(loop: Loop, K: int, eta: float) -> Any:
    """SCAFFOLD, option II, from controls 0."""
    zero = 0 * loop.centre
    c_i, c = [zero] * loop.N, [zero]

    def end(t: int, x: Vector, clients: list[int], ys: list[Vector]) -> Vector:
        changes = []
        for i, y in zip(clients, ys, strict=True):
            new = c_i[i] - c[0] + (x - y) / (eta * K)
            changes.append(new - c_i[i])
            c_i[i] = new
        c[0] = c[0] + loop.S / loop.N * loop.mean(clients, changes)
        return loop.mean(clients, ys)

    return (
        lambda t, x, clients: None,
        lambda i, y, x, t, k: y - eta * (loop.g_h(i, y, t, k) + c[0] - c_i[i]),
        end,
    )


def aux_mom(loop: Loop, K: int, eta: float, a: float, stale: bool) -> Any:
    """AuxMOM with a buffer for each helper, refreshed at those at work (stale), or at all."""
    m: list[Vector] = [None] * loop.N

    def begin(t: int, x: Vector, clients: list[int]) -> None:
        for i in range(loop.N) if t == 1 or not stale else clients:
            if t == 1:
                m[i] = (loop.g_r(i, x, t, 0) + loop.g_r(i, x, t, 1)) / 2
            else:
                m[i] = (1 - a) * m[i] + a * loop.g_r(i, x, t)

    return (
        begin,
        lambda i, y, x, t, k: y - eta * (loop.g_h(i, y, t, k) + m[i]),
        lambda t, x, clients, ys: loop.mean(clients, ys),
    )


def shared_mvr(loop: Loop, K: int, eta: float, a: float) -> Any:
    """AuxMVR with one estimate u of ∇f, of exact gradients at an independent choice of clients."""
    u: list[Vector] = [0 * loop.centre]
    previous: list[Vector] = [None]
    first = [True]

    def begin(t: int, x: Vector, clients: list[int]) -> None:
        if first[0]:
            u[0] = loop.mean(list(range(loop.N)), [loop.h(i, x) for i in range(loop.N)])
        else:
            at = loop.reporting(t)
            now = loop.mean(at, [loop.h(i, x) for i in at])
            then = loop.mean(at, [loop.h(i, previous[0]) for i in at])
            u[0] = now + (1 - a) * (u[0] - then)
        first[0] = False
        previous[0] = x

    return (
        begin,
        lambda i, y, x, t, k: y - eta * (loop.g_h(i, y, t, k) + (u[0] - loop.h(i, x))),
        lambda t, x, clients, ys: loop.mean(clients, ys),
    )
