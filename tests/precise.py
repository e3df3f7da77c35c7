"""The expectations on a quadratic pair by a recursion of its own: uncentred second moments, step by
step, 120 digits.

At κ = 10¹² uncentred moments cost 24 digits, and what has converged some 50 more. Python's own
`decimal` is ten times as fast as mpmath, which has compiled arithmetic only together with gmpy2.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.methods import Phase
from auxtheory.methods.two_rules import rules_of
from auxtheory.noise.laws import Noise
from auxtheory.problems import QuadraticPair

DIGITS = 120
MEASURES = "G", "gap", "grad_sq", "spread", "largest_spread"


def exactly(array: Any) -> np.ndarray:
    """Floats as the very numbers they are."""
    values = np.asarray(array, dtype=float)
    return np.array([Decimal(v) for v in values.ravel().tolist()], dtype=object).reshape(
        values.shape
    )


def orthonormal(basis: np.ndarray) -> np.ndarray:
    """The orthogonal matrix nearest to one that is orthogonal up to rounding (Newton and
    Schulz)."""
    Q = exactly(basis)
    eye = exactly(np.eye(len(basis)))
    for _ in range(4):
        Q = Q @ (3 * eye - Q.T @ Q) / 2
    return Q


def hessians(pair: QuadraticPair) -> tuple[np.ndarray, np.ndarray]:
    """A and R as the pair states them: from eigenvalues and basis where it is made from these, else
    as they are stored.

    A rounded matrix would be another pair: its small eigenvalues are those asked for up to 10⁻¹⁶L
    only.
    """
    if pair.diagonal:
        return np.diag(exactly(pair.A[0])), np.diag(exactly(pair.R[0]))
    A = exactly(pair.A[0])
    R = exactly(pair.R[0])
    if pair.basis is not None:
        Q = orthonormal(pair.basis)
        A = Q @ np.diag(exactly(pair.eigenvalues[0])) @ Q.T
        if pair.gap_eigenvalues is not None:
            R = Q @ np.diag(exactly(pair.gap_eigenvalues[0])) @ Q.T
    return A, R


class Moments:
    """E v vᵀ of v = (1, y, x, x_prev, m), none of it centred."""

    def __init__(self, x0: np.ndarray) -> None:
        self.d = d = len(x0)
        v = np.concatenate([exactly([1.0]), x0, x0, x0, exactly(np.zeros(d))])
        self.M = np.outer(v, v)
        eye = exactly(np.eye(1 + 4 * d))
        self.one = eye[:1]
        self.y, self.x, self.prev, self.m = (eye[1 + i * d : 1 + (i + 1) * d] for i in range(4))

    def second(self, rows: np.ndarray) -> np.ndarray:
        """E of the squares of these linear forms of v."""
        return np.sum((rows @ self.M) * rows, axis=1)

    def put(self, place: int, rows: np.ndarray, variance: Any = None) -> None:
        """Let part `place` of v become these linear forms of it, plus independent noise of this
        variance (d,)."""
        where = slice(1 + place * self.d, 1 + (place + 1) * self.d)
        across = rows @ self.M
        own = across @ rows.T + (0 if variance is None else np.diag(variance))
        self.M[where], self.M[:, where] = across, across.T
        self.M[where, where] = own


def coefficients(rule: Any, *points: tuple[int, ...], parameter: Decimal) -> list[Decimal]:
    return [Decimal(rule(*map(Decimal, point), parameter)) for point in points]


def run(method: Any, pair: QuadraticPair, noise: Noise, steps: Steps) -> dict[str, list[float]]:
    """The measures after each round."""
    with localcontext(prec=DIGITS):
        A, R = hessians(pair)
        x_star = exactly(pair.x_star)
        state = Moments(exactly(pair.x0[0]))
        out = Readings(A, x_star, bool(noise.s))
        for phase in method.phases(steps):
            helper = phase.method.helper
            none = 0 * x_star
            gap, b = {"h": (R, exactly(pair.b[0])), "f": (0 * R, none), "none": (A, none)}[helper]
            run_phase(state, out, phase, noise, A, gap, b, x_star)
        return out.rows


class Readings:
    def __init__(self, A: np.ndarray, x_star: np.ndarray, sampled: bool) -> None:
        self.A = A
        self.x_star = x_star
        self.sampled = sampled
        self.energy: list[Decimal] = []
        self.spreads: list[Decimal] = []
        self.rows: dict[str, list[float]] = {name: [] for name in MEASURES}

    def read(self, state: Moments, off: np.ndarray) -> None:
        gradient = state.second(self.A @ off).sum()
        gap = np.sum((self.A @ off @ state.M) * off) / 2
        seen = self.spreads if self.sampled else self.spreads[:1]
        values = (
            sum(self.energy) / len(self.energy),
            gap,
            gradient,
            sum(seen) / len(seen),
            max(seen),
        )
        for name, value in zip(MEASURES, values, strict=True):
            self.rows[name].append(float(value))


def run_phase(
    state: Moments,
    out: Readings,
    phase: Phase,
    noise: Noise,
    A: np.ndarray,
    R: np.ndarray,
    b: np.ndarray,
    x_star: np.ndarray,
) -> None:
    method = phase.method
    rules = phase.correction
    assert rules is not None
    steps = phase.steps
    d = state.d
    units = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    m, diff, prev = coefficients(
        rules_of(method).refresh, *units, parameter=Decimal(1.0 if steps.a is None else steps.a)
    )
    (first,) = coefficients(rules_of(method).refresh, (1, 1, 1), parameter=Decimal(1))
    y, g, c = coefficients(rules_of(method).local_step, *units, parameter=Decimal(steps.eta))
    f, h, rho, s = (Decimal(v) for v in (noise.sigma_f, noise.sigma_h, noise.correlation, noise.s))
    of_r = {"h": f * f + h * h - 2 * rho * f * h, "f": Decimal(0), "none": f * f}[method.helper] / d
    of_h = {"h": h * h, "f": f * f, "none": Decimal(0)}[method.helper] / d
    s_r = s
    s_h = s * (method.helper == "f")
    if method.exact_refresh or method.helper == "f":
        of_r = 0 * of_r
        s_r = 0 * s

    def off(rows: np.ndarray) -> np.ndarray:
        return rows - x_star[:, None] * state.one

    local = s_h != 0
    for t in range(1, steps.T + 1):
        x = off(state.x)
        p = off(state.prev)
        gradient = R @ x + b[:, None] * state.one
        before = R @ p + b[:, None] * state.one
        if t == 1:
            batch = Decimal(0) if np.isinf(steps.B) else 1 / Decimal(steps.B)
            state.put(3, first * gradient, first**2 * (of_r + s_r**2 * state.second(x)) * batch)
        else:
            noisy = (diff + prev) ** 2 * of_r + s_r**2 * state.second(diff * x + prev * p)
            state.put(3, m * state.m + diff * gradient + prev * before, noisy)
        if not local:
            out.spreads.append(state.second(off(state.x)).sum())
        state.put(0, state.x)
        for _ in range(steps.K):
            z = off(state.y)
            squares = state.second(z)
            out.energy.append(state.second(A @ z).sum())
            if local:
                out.spreads.append(squares.sum())
            descent = g * ((A - R) @ z - b[:, None] * state.one) + c * state.m
            state.put(0, y * state.y + descent, g**2 * (of_h + s_h**2 * squares))
        state.put(2, state.x)
        state.put(1, state.y)
        out.read(state, off(state.x))
