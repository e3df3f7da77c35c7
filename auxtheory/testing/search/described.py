"""A given case in the parameters of a search."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.noise.laws import Gaussian
from auxtheory.problems import QuadraticPair
from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.dense import angle, eigen
from auxtheory.testing.search.parameters import PARAMETERS
from auxtheory.testing.search.step_parameters import step_parameters
from auxtheory.typing import FloatArray
from auxtheory.validation.configuration import Configuration

SMALL = 1e-12  # share of the largest number that counts as rounding


def described(case: Configuration) -> tuple[SearchCell, dict[str, float]] | None:
    """The cell and the parameters of a case of one or two coordinates; None if they do not describe
    it."""
    pair = case.pair
    noise = case.noise
    alone = pair.components is None and pair.helpers is None
    single = isinstance(pair, QuadraticPair) and pair.single and alone
    if not single or pair.dim > 2 or type(noise) is not Gaussian or noise.shape_h is not None:
        return None
    assert isinstance(pair, QuadraticPair)
    A, R, b, x, turn = _in_order(pair)
    L = float(A[-1])
    F0 = float(0.5 * np.sum(A * x**2))
    delta = float(np.max(np.abs(np.linalg.eigvalsh(R))))
    zeta = float(np.linalg.norm(b))
    if not F0 or np.any(x < 0) or (pair.dim == 2 and b[0] < 0):
        return None
    gradient = np.sqrt(L * F0)
    values: dict[str, Any] = {name: each.simple for name, each in PARAMETERS.items()}
    values |= {"L": L, "F0": F0, "delta": delta / L, "zeta": zeta / gradient}
    values |= {"sigma_f": noise.sigma_f / gradient, "sigma_h": noise.sigma_h / gradient}
    values |= {"correlation": noise.correlation, "s": noise.s / L}
    values |= {"bias": float(b[-1]) / zeta} if zeta else {}
    dense = False
    if pair.dim == 1:
        values |= {"gap": -1.0 if R[0, 0] < 0 else 1.0}
    else:
        flat, steep, degrees = eigen(float(R[0, 0]), float(R[0, 1]), float(R[1, 1]))
        values |= {"flat": float(A[0]) / L, "flat_start": 0.5 * float(A[0] * x[0] ** 2) / F0}
        values |= {"gap": steep / delta, "flat_gap": flat / delta} if delta else {}
        dense = noise.shaped or abs(R[0, 1]) > SMALL * delta
        line = _line(noise, turn) if dense else 0.0
        if line is None:
            return None
        values |= {"gap_angle": degrees, "noise_angle": line} if dense else {}
    steps = case.steps
    if steps.mode == "theorem":
        if steps.scheduled:
            return None
        values |= {"eta": steps.eta} | ({} if steps.a is None else {"a": steps.a})
        names = step_parameters(case.theorem.method)
        values |= {names[name]: value for name, value in steps.parameters.items()}
    cell = SearchCell(pair.dim, steps.K, steps.T, float(steps.B), steps.mode, dense=dense)
    return cell, {name: float(value) for name, value in values.items()}


def _in_order(pair: QuadraticPair) -> tuple[Any, FloatArray, FloatArray, FloatArray, FloatArray]:
    """The curvatures of f, the flat one first, and R, b and x⁰ − x* in its eigenvectors, with the
    eigenvectors as columns, of which each has x⁰ ≥ 0."""
    A, R = (np.diag(part[0]) if part.ndim == 2 else part[0] for part in (pair.A, pair.R))
    values, vectors = np.linalg.eigh(A)
    z = vectors.T @ (pair.x0[0] - pair.x_star)
    vectors = vectors * np.where(z < 0, -1.0, 1.0)
    return (
        np.where(values > SMALL * values[-1], values, 0.0),
        vectors.T @ R @ vectors,
        vectors.T @ pair.b[0],
        np.abs(z),
        vectors,
    )


def _line(noise: Gaussian, turn: FloatArray) -> float | None:
    """The angle of noise along one direction; None if it has more, 0 if there is none."""
    if not (noise.sigma_f or noise.sigma_h):
        return 0.0
    covariance = noise.additive("f" if noise.sigma_f else "h", 2)
    full = np.diag(np.broadcast_to(covariance, 2)) if np.ndim(covariance) < 2 else covariance
    values, vectors = np.linalg.eigh(turn.T @ full @ turn)
    return angle(*map(float, vectors[:, 1])) if values[0] <= SMALL * values[1] else None
