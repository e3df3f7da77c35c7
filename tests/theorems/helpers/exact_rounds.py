"""Second moments of the methods with several helpers on quadratics, by enumeration of the helpers at
work: independent of the engines.

The state of a run is z = (1, x, the x before, buffers). A round is, for each choice of helpers, an
affine map of z with noise, so that E zzᵀ follows a linear recursion.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

Matrix = Any


@dataclass(frozen=True, kw_only=True)
class Helped:
    """f(x) = ½xᵀAx, ∇r_i(x) = R_i x + b_i, and the noise of one sample.

    Args:
        A: the Hessian of f, (d, d).
        R: the R_i, (N, d, d).
        b: the b_i, (N, d).
        x0: the start, (d,).
        sigma_h: of the local gradients, per helper, along `axis_h`.
        sigma_r: of the additive refresh noise, along `axis_r`.
        S: maps S_i of the multiplicative refresh noise w S_i x, Ew² = 1, (N, d, d).
        common: whether all helpers meet the same refresh noise.
        axis_h: the direction of the local noise, (d,), of length 1.
        axis_r: the direction of the refresh noise, (d,), of length 1.
    """

    A: Matrix
    R: Matrix
    b: Matrix
    x0: Matrix
    sigma_h: float = 0.0
    sigma_r: float = 0.0
    S: Matrix = None
    common: bool = False
    axis_h: Matrix = None
    axis_r: Matrix = None

    @property
    def N(self) -> int:
        return len(self.R)

    @property
    def d(self) -> int:
        return len(self.A)

    def axis(self, name: str) -> Matrix:
        value = getattr(self, name)
        return np.eye(self.d)[0] if value is None else np.asarray(value, dtype=float)

    @property
    def constants(self) -> dict[str, float]:
        """L, ρ, δ_m, δ̄, δ_A, and δ_A of the samples."""
        of_each = np.array([np.linalg.norm(R, 2) for R in self.R])
        squares = np.mean(np.transpose(self.R, (0, 2, 1)) @ self.R, axis=0)
        samples = squares
        if self.S is not None:
            samples = squares + np.mean(np.transpose(self.S, (0, 2, 1)) @ self.S, axis=0)
        return {
            "L": float(np.linalg.norm(self.A, 2)),
            "rho": max(0.0, -float(np.linalg.eigvalsh(self.A)[0])),
            "delta_m": float(np.max(of_each)),
            "delta_bar": float(np.sqrt(np.mean(of_each**2))),
            "delta_A": math.sqrt(np.linalg.norm(squares, 2)),
            "delta_samples": math.sqrt(np.linalg.norm(samples, 2)),
        }


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The step parameters: η, K, T, a, B, S, and S_r of the shared estimates."""

    eta: float
    K: int
    T: int
    a: float = 1.0
    B: float = math.inf
    S: int = 1
    eta_i: Matrix = None
    K_i: Matrix = None


@dataclass
class Result:
    """G, F₀ as f(x⁰) − E f(x^T), and what was measured at the round starts."""

    G: float
    descent: float
    # of each round: mean_i E‖noise of a sample at x^{t-1}‖², and E ζ²(x^{t-1})
    refresh: list[float] = field(default_factory=list)
    zeta2: list[float] = field(default_factory=list)
    last: float = 0.0
    gap: float = 0.0


class State:
    """The places of the variables in z."""

    def __init__(self, d: int, buffers: int) -> None:
        self.d, self.n = d, 1 + (2 + buffers) * d
        self.one = np.zeros((1, self.n))
        self.one[0, 0] = 1.0

    def row(self, k: int) -> Matrix:
        """The map from z to x (0), the x before (1), or buffer k − 2."""
        rows = np.zeros((self.d, self.n))
        rows[:, 1 + k * self.d : 1 + (k + 1) * self.d] = np.eye(self.d)
        return rows

    def constant(self, vector: Matrix) -> Matrix:
        return np.asarray(vector, dtype=float)[:, None] @ self.one


@dataclass
class Event:
    """One choice with its probability: z ↦ Φz + noise of the refresh, and the local steps after."""

    share: float
    refresh: Matrix
    # maps whose products with w, Ew² = 1, are added
    noises: list[Matrix]
    local: Matrix
    local_noise: Matrix
    # G of the round as a quadratic form of the refreshed z, and the part of the noise
    weight: Matrix
    extra: float


def subsets(N: int, S: int) -> Iterator[tuple[int, ...]]:
    return combinations(range(N), S)


def local_steps(
    pair: Helped, plan: Plan, state: State, C: tuple[int, ...], corrections: dict[int, Matrix]
) -> tuple[Matrix, Matrix, Matrix, float]:
    """The round's map after the refresh, its noise, and G as a quadratic form."""
    d, n = pair.d, state.n
    x = state.row(0)
    total = np.zeros((d, n))
    cov = np.zeros((d, d))
    weight = np.zeros((n, n))
    extra = 0.0
    axis = pair.axis("axis_h")
    fresh = pair.sigma_h**2 * np.outer(axis, axis)
    eta = [plan.eta] * pair.N if plan.eta_i is None else plan.eta_i
    K = [plan.K] * pair.N if plan.K_i is None else plan.K_i
    whole = np.mean([e * k for e, k in zip(eta, K, strict=True)])
    for i in C:
        H = pair.A - pair.R[i]
        drift = -state.constant(pair.b[i]) + corrections[i]
        y, E = x.copy(), np.zeros((d, d))
        for _ in range(K[i]):
            grad = pair.A @ y
            share = eta[i] / whole / len(C)
            weight += share * grad.T @ grad
            extra += share * np.trace(pair.A @ E @ pair.A.T)
            y = y - eta[i] * (H @ y + drift)
            step = np.eye(d) - eta[i] * H
            E = step @ E @ step.T + eta[i] ** 2 * fresh
        total += y / len(C)
        cov += E / len(C) ** 2
    Phi = np.eye(n)
    Phi[1 + d : 1 + 2 * d] = x
    Phi[1 : 1 + d] = total
    noise = np.zeros((n, n))
    noise[1 : 1 + d, 1 : 1 + d] = cov
    return Phi, noise, weight, extra


def followed(
    pair: Helped, plan: Plan, state: State, first: list[Event], later: list[Event], M: Matrix
) -> Result:
    """The run from E zzᵀ = M."""
    d = pair.d
    squares = np.mean([R.T @ R for R in pair.R], axis=0)
    cross = np.mean([R.T @ b for R, b in zip(pair.R, pair.b, strict=True)], axis=0)
    level = float(np.mean(np.sum(pair.b**2, axis=1)))
    S2 = 0 if pair.S is None else np.mean([s.T @ s for s in pair.S], axis=0)
    result = Result(0.0, 0.0)
    start = 0.5 * np.trace(pair.A @ M[1 : 1 + d, 1 : 1 + d])
    for t in range(plan.T):
        X, mean = M[1 : 1 + d, 1 : 1 + d], M[0, 1 : 1 + d]
        result.refresh.append(pair.sigma_r**2 + float(np.sum(S2 * X)))
        result.zeta2.append(float(np.sum(squares * X) + 2 * cross @ mean + level))
        new = np.zeros_like(M)
        for event in first if t == 0 else later:
            Z = event.refresh @ M @ event.refresh.T
            for each in event.noises:
                Z = Z + each @ M @ each.T
            result.G += event.share * (np.sum(event.weight * Z) + event.extra) / plan.T
            new += event.share * (event.local @ Z @ event.local.T + event.local_noise)
        M = new
    X = M[1 : 1 + d, 1 : 1 + d]
    result.descent = float(start - 0.5 * np.trace(pair.A @ X))
    result.gap = 0.5 * float(np.sum(pair.A * X))
    return result


def noise_maps(pair: Helped, state: State, rows: dict[int, Matrix], past: float) -> list[Matrix]:
    """The maps of the noise of one refresh: buffer i gets rows[i] times its noise; `past` is 1 − a
    for samples that are also taken at the x before."""
    additive = 1.0 - past
    maps: list[Matrix] = []
    axis = pair.axis("axis_r")
    parts = []
    for row in rows.values():
        parts.append(row @ state.constant(additive * pair.sigma_r * axis))
    maps += [sum(parts)] if pair.common else parts
    if pair.S is not None:
        moved = [
            row @ (pair.S[i] @ (state.row(0) - past * state.row(1))) for i, row in rows.items()
        ]
        maps += [sum(moved)] if pair.common else moved
    return [each for each in maps if np.any(each)]


def own_buffers(pair: Helped, plan: Plan, kind: str = "mom", stale: bool = False) -> Result:
    """AuxMOM ("mom") or AuxMVR ("mvr") with a buffer for each helper; stale: only those at work are
    refreshed."""
    state = State(pair.d, pair.N)
    d, n, a = pair.d, state.n, plan.a
    r = {i: pair.R[i] @ state.row(0) + state.constant(pair.b[i]) for i in range(pair.N)}
    before = {i: pair.R[i] @ state.row(1) + state.constant(pair.b[i]) for i in range(pair.N)}
    place = {i: state.row(2 + i).T for i in range(pair.N)}
    chosen = list(subsets(pair.N, plan.S))
    corrections = {i: state.row(2 + i) for i in range(pair.N)}
    first, later = [], []
    for C in chosen:
        local = local_steps(pair, plan, state, C, corrections)
        first.append(Event(1 / len(chosen), np.eye(n), [], *local))
        refreshed = C if stale else range(pair.N)
        Phi = np.eye(n)
        for i in refreshed:
            own = (1 - a) * state.row(2 + i)
            new = own + a * r[i] if kind == "mom" else own + r[i] - (1 - a) * before[i]
            Phi[(2 + i) * d + 1 : (3 + i) * d + 1] = new
        scale = a if kind == "mom" else 1.0
        rows = {i: scale * place[i] for i in refreshed}
        noises = noise_maps(pair, state, rows, 0.0 if kind == "mom" else 1 - a)
        later.append(Event(1 / len(chosen), Phi, noises, *local))
    z = np.zeros(n)
    z[0], z[1 : 1 + d], z[1 + d : 1 + 2 * d] = 1.0, pair.x0, pair.x0
    for i in range(pair.N):
        z[1 + (2 + i) * d : 1 + (3 + i) * d] = pair.R[i] @ pair.x0 + pair.b[i]
    M = np.outer(z, z)
    rows = {i: place[i] / math.sqrt(plan.B) for i in range(pair.N)}
    for each in noise_maps(pair, state, rows, 0.0):
        M = M + np.outer(each @ z, each @ z)
    return followed(pair, plan, state, first, later, M)


def exact_correction(pair: Helped, plan: Plan, naive: bool = False) -> Result:
    """m_i = ∇r_i(x), or 0 for the naive method."""
    state = State(pair.d, 0)
    d, n = pair.d, state.n
    corrections = {
        i: 0.0 * state.row(0) if naive else pair.R[i] @ state.row(0) + state.constant(pair.b[i])
        for i in range(pair.N)
    }
    chosen = list(subsets(pair.N, plan.S))
    events = [
        Event(1 / len(chosen), np.eye(n), [], *local_steps(pair, plan, state, C, corrections))
        for C in chosen
    ]
    z = np.zeros(n)
    z[0], z[1 : 1 + d], z[1 + d :] = 1.0, pair.x0, pair.x0
    return followed(pair, plan, state, events, events, np.outer(z, z))


def shared(pair: Helped, plan: Plan, kind: str = "mom", same: bool = True) -> Result:
    """One estimate u of ∇f for all helpers, of which f is the mean; the helpers that report are
    those at work ("same"), or another S of them."""
    state = State(pair.d, 1)
    d, n, a = pair.d, state.n, plan.a
    x, before, u = state.row(0), state.row(1), state.row(2)

    def gradient(C: tuple[int, ...], at: Matrix) -> Matrix:
        parts = [pair.A @ at - pair.R[i] @ at - state.constant(pair.b[i]) for i in C]
        return sum(parts) / len(C)

    corrections = {
        i: u - (pair.A @ x - pair.R[i] @ x - state.constant(pair.b[i])) for i in range(pair.N)
    }
    chosen = list(subsets(pair.N, plan.S))
    first, later = [], []
    for C in chosen:
        local = local_steps(pair, plan, state, C, corrections)
        first.append(Event(1 / len(chosen), np.eye(n), [], *local))
        for other in [C] if same else chosen:
            Phi = np.eye(n)
            g = gradient(other, x)
            new = (1 - a) * u + a * g
            if kind == "mvr":
                new = g + (1 - a) * (u - gradient(other, before))
            Phi[1 + 2 * d :] = new
            share = 1 / len(chosen) / (1 if same else len(chosen))
            later.append(Event(share, Phi, [], *local))
    B = pair.N if math.isinf(plan.B) else int(plan.B)
    starts = list(subsets(pair.N, B))
    M = np.zeros((n, n))
    for C in starts:
        z = np.zeros(n)
        z[0], z[1 : 1 + d], z[1 + d : 1 + 2 * d] = 1.0, pair.x0, pair.x0
        z[1 + 2 * d :] = gradient(C, x) @ z
        M += np.outer(z, z) / len(starts)
    return followed(pair, plan, state, first, later, M)


def shared_differences(pair: Helped, plan: Plan) -> Result:
    """S = 1 and one buffer m for all: m ← (1 − a)m + a g_{r_i}(x; ξ)."""
    state = State(pair.d, 1)
    d, n, a, N = pair.d, state.n, plan.a, pair.N
    x, m = state.row(0), state.row(2)
    corrections = {i: m for i in range(N)}
    first, later = [], []
    for i in range(N):
        local = local_steps(pair, plan, state, (i,), corrections)
        first.append(Event(1 / N, np.eye(n), [], *local))
        Phi = np.eye(n)
        Phi[1 + 2 * d :] = (1 - a) * m + a * (pair.R[i] @ x + state.constant(pair.b[i]))
        later.append(Event(1 / N, Phi, noise_maps(pair, state, {i: a * m.T}, 0.0), *local))
    z = np.zeros(n)
    z[0], z[1 : 1 + d], z[1 + d : 1 + 2 * d] = 1.0, pair.x0, pair.x0
    samples = pair.R @ pair.x0 + pair.b
    z[1 + 2 * d :] = np.mean(samples, axis=0)
    M = np.outer(z, z)
    off = samples - np.mean(samples, axis=0)
    M[1 + 2 * d :, 1 + 2 * d :] += off.T @ off / N / plan.B
    for i in range(N):
        for each in noise_maps(pair, state, {i: m.T / math.sqrt(N * plan.B)}, 0.0):
            M = M + np.outer(each @ z, each @ z)
    return followed(pair, plan, state, first, later, M)


def proximal(pair: Helped, plan: Plan, penalty: Matrix, C_of: Any = None) -> Result:
    """x_i⁺ stationary for h_i(y) + ⟨∇r_i(x), y⟩ + (λ_i/2)‖y − x‖², and x the mean of these; G is the
    mean of Σ_{i∈C} ‖∇f(x_i⁺)‖²/c_i, for c_i = 1, and `last` its value for the rounds' weights."""
    x, G = np.asarray(pair.x0, dtype=float), 0.0
    values = []
    for t in range(plan.T):
        C = C_of(t)
        new = []
        for i in C:
            H = pair.A - pair.R[i]
            y = np.linalg.solve(H + penalty[i] * np.eye(pair.d), penalty[i] * x - pair.R[i] @ x)
            new.append(y)
            values.append((i, float(np.sum((pair.A @ y) ** 2))))
            G += values[-1][1] / len(C) / plan.T
        x = np.mean(new, axis=0)
    descent = 0.5 * pair.x0 @ pair.A @ pair.x0 - 0.5 * x @ pair.A @ x
    result = Result(G, float(descent))
    result.zeta2 = values
    return result
