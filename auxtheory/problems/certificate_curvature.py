"""The ends of the spectrum of Hessians by differences of gradients: of few coordinates from whole
Hessians, of many by Lanczos processes, with a number of gradients that does not grow with d."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auxtheory.problems.base import DIFFERENCES, Gradient
from auxtheory.typing import FloatArray

WHOLE = 32  # the most coordinates for which whole Hessians are formed
LONG = 240  # steps of a Lanczos process that is to converge
SHORT = 12  # steps of one that is to refute
LOOK = 10  # steps after each of which convergence is looked at
# Residual, relative, at which a Ritz value has converged: its error is of the square.
CONVERGED = 1e-7
ENTRIES = 2**25  # the most numbers of the basis of the processes of all configurations
SKEW = 1e-7  # share of the norm up to which a Hessian may differ from its transpose, by rounding


@dataclass(frozen=True, eq=False)
class Ends:
    """The largest |eigenvalue| of a Hessian of each configuration, shape (C,), NaN where it is not
    symmetric, and a vector of the least eigenvalue, shape (C, d)."""

    largest: FloatArray
    way: FloatArray


def ends(
    gradient: Gradient,
    x: FloatArray,
    length: float,
    size: FloatArray,
    random: np.random.Generator,
    *,
    steps: int = LONG,
) -> Ends:
    """The ends of the spectrum of a gradient's derivative at x.

    Args:
        gradient: The gradient.
        x: One point for each configuration, shape (C, d).
        length: The distance over which Hessians hardly change; differences are taken over a
            sixteenth.
        size: The size of the terms whose difference the gradient is, shape (C,).
        random: The generator of starting vectors.
        steps: The most steps of a Lanczos process.

    Returns:
        The ends. Those of Lanczos processes are Ritz values: they lie inside the spectrum, by the
        square of a relative 10⁻⁷ where the processes have converged.
    """
    d = x.shape[-1]
    step = length / 16
    blur = 1e-12 * size / step
    if d <= WHOLE:
        H = along(gradient, x, np.broadcast_to(np.eye(d), (len(x), d, d)), step)
        symmetric = (H + np.swapaxes(H, 1, 2)) / 2
        values, vectors = np.linalg.eigh(symmetric)
        norms = np.max(np.abs(values), axis=-1)
        skew = np.max(np.abs(H - symmetric), axis=(1, 2)) > SKEW * norms + blur
        return Ends(np.where(skew, np.nan, norms), vectors[:, :, 0])
    u, v = random.standard_normal((2, len(x), 1, d)) / np.sqrt(d)
    of_u, of_v = (along(gradient, x, w, step) for w in (u, v))
    turned = np.abs(np.sum(u * of_v - v * of_u, axis=-1))[:, 0]
    values, way = _lanczos(gradient, x, step, v, min(steps, max(SHORT, ENTRIES // x.size)))
    norms = np.max(np.abs(values), axis=-1)
    skew = turned * np.sqrt(d) > SKEW * norms + blur * np.sqrt(d)
    return Ends(np.where(skew, np.nan, norms), way)


def along(gradient: Gradient, x: FloatArray, v: FloatArray, step: float) -> FloatArray:
    """The derivative of a gradient at x (C, d) along directions v (C, k, d) of length about 1, by
    central differences of eighth order, (C, k, d)."""
    shifts, weights = (
        np.array([sign * row[i] for row in DIFFERENCES for sign in (1, -1)]) for i in (0, 1)
    )
    if v.shape[1] == 1:  # all points at once, as products of matrices
        moved = gradient(x[:, None] + step * shifts[:, None] * v)
        return np.asarray(np.tensordot(weights / step, moved, (0, 1))[:, None])
    total = np.zeros(v.shape)
    for shift, weight in zip(shifts, weights, strict=True):
        total += weight / step * gradient(x[:, None] + shift * step * v)
    return total


def _lanczos(
    gradient: Gradient, x: FloatArray, step: float, start: FloatArray, steps: int
) -> tuple[FloatArray, FloatArray]:
    """The Ritz values of one Lanczos process for each configuration, (C, k), and the vector of the
    least, (C, d); the processes are kept orthogonal."""
    count, _, d = start.shape
    steps = min(steps, d)
    Q = np.zeros((count, steps, d))
    T = np.zeros((count, steps, steps))
    v = start / np.linalg.norm(start, axis=-1, keepdims=True)
    for k in range(steps):
        Q[:, k] = v[:, 0]
        w = along(gradient, x, v, step)
        T[:, k, k] = np.sum(v * w, axis=-1)[:, 0]
        for _ in range(2):
            w = w - (w @ np.swapaxes(Q[:, : k + 1], 1, 2)) @ Q[:, : k + 1]
        off_diagonal = np.linalg.norm(w, axis=-1)[:, 0]
        values: FloatArray = np.zeros(0)
        if k + 1 == steps or k % LOOK == LOOK - 1:
            values, turn = np.linalg.eigh(T[:, : k + 1, : k + 1])
            places = np.argmax(np.abs(values), axis=-1)[:, None]
            top = np.take_along_axis(np.abs(values), places, axis=-1)[:, 0]
            last = np.take_along_axis(turn[:, -1], places, axis=-1)[:, 0]
            if k + 1 == steps or np.all(off_diagonal * np.abs(last) <= CONVERGED * top):
                break
        T[:, k, k + 1] = T[:, k + 1, k] = off_diagonal
        # A process that has ended continues with 0, which adds eigenvalues of 0 without a vector.
        v = np.divide(w, off_diagonal[:, None, None], out=np.zeros_like(w), where=w != 0)
    way = np.einsum("ckd,ck->cd", Q[:, : k + 1], turn[:, :, 0])
    return values, way
