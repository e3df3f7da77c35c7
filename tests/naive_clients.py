"""The methods with clients as plain loops over the clients, with their own random numbers: nothing is
taken from the library but the numbers A, R_i, b_i, x⁰, x* and p_i of a pair.

Every client makes its local steps in every round, and only those at work count, so that all replicas
run at once: arrays have the shape (replicas, d), and `work` says which clients of a replica are at
work, shape (replicas, N).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Problem:
    """f and its helpers h_i, one by one."""

    A: Array  # (d, d)
    R: Array  # (N, d, d)
    b: Array  # (N, d)
    x_star: Array
    x0: Array
    p: Array  # (N,)

    @property
    def N(self) -> int:
        return len(self.p)

    def f(self, x: Array) -> Array:
        return (x - self.x_star) @ self.A

    def r(self, i: int, x: Array) -> Array:
        return (x - self.x_star) @ self.R[i] + self.b[i]

    def h(self, i: int, x: Array) -> Array:
        return self.f(x) - self.r(i, x)

    def prox(self, i: int, v: Array, gamma: float) -> Array:
        """argmin_y h_i(y) + ‖y − v‖²/(2γ): (I + γH)(y − x*) = v − x* + γb."""
        H = self.A - self.R[i]
        z = np.linalg.solve(np.eye(len(H)) + gamma * H, (v - self.x_star + gamma * self.b[i]).T)
        return self.x_star + z.T


def problem(pair: Any, configuration: int = 0) -> Problem:
    """A pair's helpers, one by one in the order of its groups."""
    helpers = pair.helpers
    A, R = helpers.A[configuration], helpers.R[configuration]
    b = helpers.b[configuration]
    A = np.diag(A) if A.ndim == 1 else A
    R = np.array([np.diag(one) if one.ndim == 1 else one for one in R])
    group = np.repeat(np.arange(len(helpers.counts)), helpers.counts.astype(int))
    return Problem(
        A, R[group], b[group], pair.minimiser, pair.start[configuration], helpers.weights[group]
    )


@dataclass
class Sampler:
    """Stochastic gradients of replicas: n_f, n_h of one draw are correlated, and s ε ∘ (x − x*) is
    added to ∇f."""

    problem: Problem
    replicas: int
    seed: int = 0
    sigma_f: float = 0.0
    sigma_h: float = 0.0
    correlation: float = 0.0
    s: float = 0.0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def _normal(self) -> Array:
        return self.random.standard_normal((self.replicas, len(self.problem.x_star)))

    def h(self, i: int, *points: Array) -> list[Array]:
        """g_{h_i} at some points, one sample."""
        n = self.sigma_h / np.sqrt(len(self.problem.x_star)) * self._normal()
        return [self.problem.h(i, x) + n for x in points]

    def r(self, i: int, *points: Array) -> list[Array]:
        """g_{r_i} at some points, one sample."""
        first, rho = self._normal(), self.correlation
        second = rho * first + np.sqrt(1 - rho**2) * self._normal()
        n = (self.sigma_f * first - self.sigma_h * second) / np.sqrt(len(self.problem.x_star))
        curvature = self.s * self._normal()
        return [self.problem.r(i, x) + n + curvature * (x - self.problem.x_star) for x in points]

    def mean_r(self, i: int, x: Array, B: float) -> Array:
        """The mean of B samples of g_{r_i}."""
        if np.isinf(B):
            return self.problem.r(i, x) + 0 * x
        return sum(self.r(i, x)[0] for _ in range(int(B))) / B

    def chosen(self, S: int) -> Array:
        """S of N clients of each replica, without replacement."""
        order = np.argsort(self.random.random((self.replicas, self.problem.N)), axis=1)
        work = np.zeros(order.shape, dtype=bool)
        np.put_along_axis(work, order[:, :S], True, axis=1)
        return work

    def everyone(self) -> Array:
        return np.ones((self.replicas, self.problem.N), dtype=bool)


@dataclass
class Settings:
    """η, K, T, a, B, S and further parameters; η, K_i, τ and w may differ between the clients."""

    eta: Any
    K: int
    T: int
    S: int
    a: float = 1.0
    B: float = np.inf
    more: dict[str, Any] = field(default_factory=dict)

    def of(self, name: str, i: int, default: Any = None) -> Any:
        """The value of a parameter at client i."""
        value = self.eta if name == "eta" else self.more.get(name, default)
        return value[i] if np.ndim(value) else value


class Rule:
    """FedAvg, and what the other methods have in common."""

    def __init__(self, sampler: Sampler, settings: Settings) -> None:
        self.g = sampler
        self.pb = sampler.problem
        self.s = settings
        self.clients = range(self.pb.N)

    def mean(self, values: list[Array], work: Array) -> Array:
        """Σ p_i v_i / Σ p_i over the clients at work."""
        p = work * self.pb.p
        return np.einsum("ri,ird->rd", p / p.sum(axis=1, keepdims=True), np.array(values))

    def keep(self, old: Array, new: Array, i: int, work: Array) -> Array:
        """The new value of a variable of client i where it is at work."""
        return np.where(work[:, i, None], new, old)

    def begin(self, t: int, x: Array, work: Array) -> Array:
        """What happens before the local steps; returns x."""
        return x

    def local(self, i: int, y: Array, x: Array, t: int, k: int) -> Array:
        (g,) = self.g.h(i, y)
        return y - self.s.of("eta", i) * (g + self.correction(i, y, x))

    def correction(self, i: int, y: Array, x: Array) -> Array:
        return 0.0

    def end(self, t: int, x: Array, ys: list[Array], work: Array) -> Array:
        """The next x."""
        return self.mean(ys, work)


class ServerStep(Rule):
    def end(self, t: int, x: Array, ys: list[Array], work: Array) -> Array:
        return x + self.s.more.get("eta_g", 1.0) * (super().end(t, x, ys, work) - x)


class Exact(Rule):
    """m_i = ∇r_i(x)."""

    def correction(self, i: int, y: Array, x: Array) -> Array:
        return self.pb.r(i, x)


class OwnSteps(Exact):
    def local(self, i: int, y: Array, x: Array, t: int, k: int) -> Array:
        new = super().local(i, y, x, t, k)
        return new if k < self.s.of("K_i", i, np.inf) else y


class AuxMOM(Rule):
    """A buffer of each helper."""

    stale = False

    def begin(self, t: int, x: Array, work: Array) -> Array:
        if t == 1:
            self.m = [self.g.mean_r(i, x, self.s.B) for i in self.clients]
            self.x_i = [x for _ in self.clients]
            return x
        for i in self.clients:
            new = self.refreshed(i, x)
            at = work if self.stale else np.ones_like(work)
            self.m[i] = self.keep(self.m[i], new, i, at)
            self.x_i[i] = self.keep(self.x_i[i], x, i, at)
        return x

    def refreshed(self, i: int, x: Array) -> Array:
        (g,) = self.g.r(i, x)
        return (1 - self.s.a) * self.m[i] + self.s.a * g

    def correction(self, i: int, y: Array, x: Array) -> Array:
        return self.m[i]


class StaleAuxMOM(AuxMOM):
    stale = True


class AuxMVR(AuxMOM):
    def refreshed(self, i: int, x: Array) -> Array:
        now, then = self.g.r(i, x, self.x_i[i])
        return now + (1 - self.s.a) * (self.m[i] - then)


class StaleAuxMVR(AuxMVR):
    stale = True


class Shared(Rule):
    """u ≈ ∇f from exact ∇h_i at the clients that report."""

    reporting = "sampled"
    mvr = False

    def begin(self, t: int, x: Array, work: Array) -> Array:
        at = {
            "sampled": work,
            "independent": self.g.chosen(self.s.S),
            "all": self.g.everyone(),
        }[self.reporting]
        if t == 1:
            self.u = self.mean([self.pb.h(i, x) for i in self.clients], self.g.everyone())
        else:
            now = self.mean([self.pb.h(i, x) for i in self.clients], at)
            then = self.mean([self.pb.h(i, self.x_prev) for i in self.clients], at)
            a = self.s.a
            self.u = now + (1 - a) * (self.u - then) if self.mvr else (1 - a) * self.u + a * now
        self.x_prev = x
        return x

    def correction(self, i: int, y: Array, x: Array) -> Array:
        return self.u - self.pb.h(i, x)


class SharedIndependent(Shared):
    reporting = "independent"


class SharedAll(Shared):
    reporting = "all"


class SharedMVR(Shared):
    mvr = True


class SharedMVRIndependent(SharedMVR):
    reporting = "independent"


class SharedMVRAll(SharedMVR):
    reporting = "all"


class SharedDifferences(Rule):
    """One buffer of differences; the first one of the mean helper."""

    def begin(self, t: int, x: Array, work: Array) -> Array:
        if t == 1:
            mean = np.einsum("i,ide->de", self.pb.p, self.pb.R), self.pb.p @ self.pb.b
            one = Problem(
                self.pb.A, mean[0][None], mean[1][None], self.pb.x_star, self.pb.x0, np.ones(1)
            )
            everyone, self.g.problem = self.g.problem, one
            self.m = self.g.mean_r(0, x, self.s.B)
            self.g.problem = everyone
        else:
            new = self.mean([self.g.r(i, x)[0] for i in self.clients], work)
            self.m = (1 - self.s.a) * self.m + self.s.a * new
        return x

    def correction(self, i: int, y: Array, x: Array) -> Array:
        return self.m


class Scaffold(Rule):
    """Option II, from controls 0."""

    exact_start = False

    def begin(self, t: int, x: Array, work: Array) -> Array:
        if t == 1:
            start = self.pb.h if self.exact_start else lambda i, x: 0 * x
            self.c_i = [start(i, x) for i in self.clients]
            self.c = self.mean(self.c_i, self.g.everyone())
        return x

    def correction(self, i: int, y: Array, x: Array) -> Array:
        return self.c - self.c_i[i]

    def control(self, i: int, y: Array, x: Array) -> Array:
        return self.c_i[i] - self.c + (x - y) / (self.s.of("eta", i) * self.s.K)

    def end(self, t: int, x: Array, ys: list[Array], work: Array) -> Array:
        new = [self.control(i, ys[i], x) for i in self.clients]
        change = self.mean([new[i] - self.c_i[i] for i in self.clients], work)
        self.c = self.c + self.s.S / self.pb.N * change
        self.c_i = [self.keep(self.c_i[i], new[i], i, work) for i in self.clients]
        return self.mean(ys, work)


class ScaffoldExactStart(Scaffold):
    exact_start = True


class ScaffoldServerStep(Scaffold):
    def end(self, t: int, x: Array, ys: list[Array], work: Array) -> Array:
        return x + self.s.more.get("eta_g", 1.0) * (super().end(t, x, ys, work) - x)


class LaggedScaffold(ScaffoldExactStart):
    def control(self, i: int, y: Array, x: Array) -> Array:
        return self.pb.h(i, x)


class ScaffoldOptionI(Rule):
    def begin(self, t: int, x: Array, work: Array) -> Array:
        self.c_i = [self.g.h(i, x)[0] for i in self.clients]
        self.c = self.mean(self.c_i, work)
        return x

    def correction(self, i: int, y: Array, x: Array) -> Array:
        return self.c - self.c_i[i]


class Mime(Rule):
    mvr = False

    def begin(self, t: int, x: Array, work: Array) -> Array:
        a = self.s.a
        pairs = [self.g.h(i, x, x if t == 1 else self.x_prev) for i in self.clients]
        now, then = (self.mean([pair[j] for pair in pairs], work) for j in (0, 1))
        if t == 1:
            self.u = now
        else:
            self.u = now + (1 - a) * (self.u - then) if self.mvr else (1 - a) * self.u + a * now
        self.x_prev = x
        return x

    def local(self, i: int, y: Array, x: Array, t: int, k: int) -> Array:
        now, then = self.g.h(i, y, x)
        return y - self.s.of("eta", i) * (now - then + self.u)


class MimeMVR(Mime):
    mvr = True


class FedProx(Rule):
    def local(self, i: int, y: Array, x: Array, t: int, k: int) -> Array:
        return self.pb.prox(i, x, self.s.of("gamma", i))


class InexactFedProx(Rule):
    def correction(self, i: int, y: Array, x: Array) -> Array:
        return (y - x) / self.s.of("gamma", i)


class DANE(Rule):
    def local(self, i: int, y: Array, x: Array, t: int, k: int) -> Array:
        gamma = self.s.of("gamma", i)
        return self.pb.prox(i, x - gamma * self.pb.r(i, x), gamma)


class InexactDANE(Rule):
    def correction(self, i: int, y: Array, x: Array) -> Array:
        return self.pb.r(i, x) + (y - x) / self.s.of("gamma", i)


class FedFix(Rule):
    """Client i starts in the rounds 1, 1 + τ_i, 1 + 2τ_i, …, and sends when it starts again."""

    def starts(self, i: int, t: int) -> bool:
        return (t - 1) % self.s.of("tau", i, 1) == 0

    def begin(self, t: int, x: Array, work: Array) -> Array:
        if t == 1:
            self.d = [0 * x for _ in self.clients]
            return x
        sent = [
            self.s.of("tau", i, 1) * self.d[i] if self.starts(i, t) else 0 * x for i in self.clients
        ]
        return x + self.s.more.get("eta_g", 1.0) * self.mean(sent, work)

    def local(self, i: int, y: Array, x: Array, t: int, k: int) -> Array:
        return super().local(i, y, x, t, k) if self.starts(i, t) else y

    def end(self, t: int, x: Array, ys: list[Array], work: Array) -> Array:
        for i in self.clients:
            if self.starts(i, t):
                self.d[i] = self.keep(self.d[i], ys[i] - x, i, work)
        return x


class Memoryless(Rule):
    """Client i goes on from s_i, and starts again where it is ready."""

    def begin(self, t: int, x: Array, work: Array) -> Array:
        if t == 1:
            self.s_i = [x for _ in self.clients]
        return x

    def local(self, i: int, y: Array, x: Array, t: int, k: int) -> Array:
        y = self.s_i[i] if k == 0 else y
        return y - self.s.of("eta", i) * self.g.h(i, y)[0]

    def end(self, t: int, x: Array, ys: list[Array], work: Array) -> Array:
        eta_g = self.s.more.get("eta_g", 1.0)
        d = [self.s.of("w", i, 1.0) * (ys[i] - self.s_i[i]) for i in self.clients]
        for i in self.clients:
            self.s_i[i] = self.keep(self.s_i[i], x + eta_g / self.s.S * d[i], i, work)
        return x + eta_g * self.mean(d, work)


RULES: dict[str, type[Rule]] = {
    "ClientNaive": Rule,
    "ClientExactCorrection": Exact,
    "ClientExactCorrectionOwnSteps": OwnSteps,
    "ClientAuxMOM": AuxMOM,
    "StaleAuxMOM": StaleAuxMOM,
    "ClientAuxMVR": AuxMVR,
    "StaleAuxMVR": StaleAuxMVR,
    "SharedMomentum": Shared,
    "SharedMomentumIndependent": SharedIndependent,
    "SharedMomentumAll": SharedAll,
    "SharedMVR": SharedMVR,
    "SharedMVRIndependent": SharedMVRIndependent,
    "SharedMVRAll": SharedMVRAll,
    "SharedDifferences": SharedDifferences,
    "FedAvg": Rule,
    "FedAvgServerStep": ServerStep,
    "SCAFFOLD": Scaffold,
    "SCAFFOLDExactStart": ScaffoldExactStart,
    "SCAFFOLDServerStep": ScaffoldServerStep,
    "SCAFFOLDOptionI": ScaffoldOptionI,
    "LaggedSCAFFOLD": LaggedScaffold,
    "MimeMomentum": Mime,
    "MimeMVR": MimeMVR,
    "FedProx": FedProx,
    "InexactFedProx": InexactFedProx,
    "DANE": DANE,
    "InexactDANE": InexactDANE,
    "FedFix": FedFix,
    "MemorylessCompletion": Memoryless,
}
# Step parameters that a method needs, besides η.
NEEDED: dict[str, dict[str, Any]] = {
    **{name: {"a": 0.4} for name in RULES if "Aux" in name or "Shared" in name or "Mime" in name},
    **{name: {"gamma": 0.7} for name in RULES if "Prox" in name or "DANE" in name},
    "FedAvgServerStep": {"eta_g": 1.5},
    "SCAFFOLDServerStep": {"eta_g": 0.8},
    "FedFix": {"eta_g": 0.6, "tau": 2},
    "MemorylessCompletion": {"eta_g": 0.6, "w": 0.9},
    "ClientExactCorrectionOwnSteps": {"K_i": 2},
}
SINGLE = "FedProx", "DANE"


@dataclass(frozen=True)
class Outcome:
    """Of each replica: x after the rounds, shape (T, replicas, d), and the means of ‖∇f‖² over the
    clients at work and their local iterates (G), over the means of these (G_avg), and over the
    rounds' starts (G_x), shape (replicas,)."""

    path: Array
    G: Array
    G_avg: Array
    G_x: Array
    grad_last: Array


def loop(name: str, sampler: Sampler, settings: Settings) -> Outcome:
    """Run a method with S of N clients in each round."""
    rule = RULES[name](sampler, settings)
    pb = sampler.problem

    def square(x: Array) -> Array:
        return np.sum(pb.f(x) ** 2, axis=1)

    x = np.tile(pb.x0, (sampler.replicas, 1))
    path, G, averages, starts = [], [], [], []
    for t in range(1, settings.T + 1):
        work = sampler.chosen(settings.S)
        starts.append(square(x))
        x = rule.begin(t, x, work)
        ys = [x for _ in range(pb.N)]
        for k in range(settings.K):
            p = work * pb.p
            G.append(np.sum(p * np.array([square(y) for y in ys]).T, axis=1) / p.sum(axis=1))
            averages.append(square(rule.mean(ys, work)))
            ys = [rule.local(i, ys[i], x, t, k) for i in range(pb.N)]
        x = rule.end(t, x, ys, work)
        path.append(x)
    means = (np.mean(values, axis=0) for values in (G, averages, starts))
    return Outcome(np.array(path), *means, square(x))
