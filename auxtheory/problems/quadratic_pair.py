"""The pair of two quadratics with one expansion point: its gradients, exact constants and certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.constants import Constants
from auxtheory.noise import Array, Helper
from auxtheory.problems.base import Certificate, Check, Gradients, Pair
from auxtheory.units import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class QuadraticPair(Pair):
    """With z = x − x*: ∇f(x) = Az, ∇r(x) = Rz + b, ∇h = ∇f − ∇r; made by `Quadratic(...).with_helper(...)`.

    A, R: shape (C, d) when diagonal, else (C, d, d); b, start: (C, d); minimiser: (d,).
    """

    A: FloatArray
    R: FloatArray
    b: FloatArray
    start: FloatArray
    minimiser: FloatArray
    eigenvalues: FloatArray
    gap_norm: FloatArray
    description: str
    grid: bool

    @property
    def dim(self) -> int:
        return self.b.shape[-1]

    @property
    def x0(self) -> FloatArray:
        return self.start

    @property
    def x_star(self) -> FloatArray:
        return self.minimiser

    @property
    def single(self) -> bool:
        return not self.grid

    @property
    def diagonal(self) -> bool:
        """Whether A and R are both diagonal, so that the coordinates do not see each other."""
        return self.A.ndim == 2

    def seen(self, helper: Helper) -> tuple[FloatArray, FloatArray]:
        """(R, b) as a method sees them: with h := f there is no gap; with h = 0 the gap is f itself."""
        if helper == "h":
            return self.R, self.b
        return (np.zeros_like(self.R) if helper == "f" else self.A), np.zeros_like(self.b)

    def gradients(self, xp: Any = np) -> Gradients:
        A, R, b, centre = (xp.asarray(v) for v in (self.A, self.R, self.b[:, None, :], self.minimiser))
        if self.diagonal:
            A, R = A[:, None, :], R[:, None, :]

        def apply(M: Array, z: Array) -> Array:
            return M * z if self.diagonal else xp.matmul(z, M)

        return Gradients(
            f=lambda x: apply(A, x - centre),
            h=lambda x: apply(A - R, x - centre) - b,
            r=lambda x: apply(R, x - centre) + b,
        )

    def gap(self, x: Array, xp: Any = np) -> Array:
        z = x - xp.asarray(self.minimiser)
        return 0.5 * xp.sum(z * self.gradients(xp).f(x), axis=-1)

    def constants(self, helper: Helper = "h") -> Constants:
        beta, zeta = (self.bias() if helper == "h" else (np.full(len(self.b), float(helper == "none")), 0.0))
        L = np.max(self.eigenvalues, axis=-1)
        delta = {"h": self.gap_norm, "f": np.zeros_like(L), "none": L}[helper]
        values = {
            "L": L,
            "mu": np.min(self.eigenvalues, axis=-1),
            "delta": delta,
            "beta": beta,
            "zeta": np.broadcast_to(zeta, L.shape),
            "F0": self.gap(self.start[:, None, :])[:, 0],
        }
        plain: dict[str, Any] = {k: np.asarray(v) if self.grid else float(v[0]) for k, v in values.items()}
        return Constants(**plain)

    def bias(self) -> tuple[FloatArray, FloatArray]:
        """(β, ζ), shape (C,) each: the smallest ζ with ‖Rz + b‖² ≤ β‖Az‖² + ζ² for all z, at a useful β.

        With κ² = sup ‖Rz‖²/‖Az‖²: if Rb = 0, β = κ² and ζ = ‖b‖. Otherwise ζ² = ‖b‖² + (Rb)ᵀ(βA² − R²)⁻¹(Rb)
        with β = κ if κ < 1 (on one coordinate the best floor ζ²/(1 − β)), else β = 2κ². β = ∞ if R leaves A's range.
        """
        betas, zetas = np.empty(len(self.b)), np.empty(len(self.b))
        for i, (A, R, b) in enumerate(self._matrices()):
            kappa, Rb = relative_norm(R, A), R @ b
            aligned = np.linalg.norm(Rb) > 1e-14 * np.linalg.norm(R) * np.linalg.norm(b)
            betas[i] = kappa**2 if not aligned else kappa if kappa < 1 else 2 * kappa**2
            extra = 0.0
            if aligned and np.isfinite(kappa):
                extra = Rb @ np.linalg.lstsq(betas[i] * A @ A - R @ R, Rb, rcond=None)[0]
            zetas[i] = np.sqrt(b @ b + extra)
        return betas, zetas

    def _matrices(self) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
        for A, R, b in zip(self.A, self.R, self.b, strict=True):
            yield (np.diag(A), np.diag(R), b) if self.diagonal else (A, R, b)

    def certify(self, *, samples: int = 64, seed: int = 0) -> Certificate:
        """Measure L, μ, δ from Hessians rebuilt by gradient differences, (β, ζ) at sampled points and at the
        worst one, F0 from f, and compare each with what is stated."""
        stated = self.constants()
        checks: list[Check] = []
        for i, measured in enumerate(_measure(self, samples, seed)):
            scale = {"mu": measured["L"], "delta": measured["L"] + measured["delta"]}
            for name, value in measured.items():
                told = float(np.atleast_1d(getattr(stated, name))[i])
                size = max(scale.get(name, 0.0), abs(told) if np.isfinite(told) else 0.0)
                checks.append(Check(name, i, told, value, stated.kinds[name], size))
        return Certificate(tuple(checks))

    def __repr__(self) -> str:
        return self.description


ROUNDING = 1e-12  # what differences of gradients leave of a zero, relative


def relative_norm(R: FloatArray, A: FloatArray) -> float:
    """sup ‖Rz‖/‖Az‖ for symmetric R and A ⪰ 0; ∞ if R does not vanish where A does."""
    values, vectors = np.linalg.eigh(A)
    kept = values > 1e-13 * values[-1]
    if np.linalg.norm(R @ vectors[:, ~kept]) > 1e-12 * np.linalg.norm(R):
        return float("inf")
    return float(np.linalg.norm(R @ vectors[:, kept] / values[kept], ord=2))


def _measure(pair: QuadraticPair, samples: int, seed: int) -> Iterator[dict[str, float]]:
    """The constants of each configuration, from values and gradients at points only."""
    d, g = pair.dim, pair.gradients()
    points = np.random.default_rng(seed).standard_normal((samples, d))
    count = len(pair.b)
    probes = np.broadcast_to(np.vstack([pair.minimiser + np.eye(d), pair.minimiser, pair.minimiser + points]),
                             (count, d + 1 + samples, d))  # fmt: skip
    f, r = g.f(probes), g.f(probes) - g.h(probes)
    f0 = pair.gap(pair.x0[:, None, :]) - pair.gap(np.broadcast_to(pair.minimiser, (count, 1, d)))
    for i, (beta, _) in enumerate(zip(*pair.bias(), strict=True)):
        A, b = f[i, :d] - f[i, d], r[i, d]
        R = r[i, :d] - b
        L, delta = float(np.linalg.norm(A, 2)), float(np.linalg.norm(R, 2))
        symmetric = np.linalg.norm(A - A.T, 2) <= ROUNDING * L
        squares = np.sum(r[i, d:] ** 2, -1)
        excess = np.max(squares - _product(beta, np.sum(f[i, d:] ** 2, -1)))
        if np.isfinite(beta) and delta > ROUNDING * L:  # the worst point solves (βA² − R²)z = Rb
            z = np.linalg.lstsq(beta * A @ A - R @ R, R @ b, rcond=None)[0]
            excess = max(excess, np.sum((R @ z + b) ** 2) - beta * np.sum((A @ z) ** 2))
        yield {
            "L": L,
            "mu": float(np.linalg.eigvalsh((A + A.T) / 2)[0]) if symmetric else float("nan"),  # else no gradient
            "delta": delta,
            "zeta": float(np.sqrt(excess)) if excess > ROUNDING * np.max(squares) else 0.0,
            "F0": float(f0[i, 0]),
        }


def _product(beta: float, squares: FloatArray) -> FloatArray:
    return np.where(squares == 0, 0.0, beta * np.where(squares == 0, 1.0, squares))
