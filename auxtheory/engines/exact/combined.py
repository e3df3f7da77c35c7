"""The rounds of a correction on a dense pair combined by doubling: the cost grows like log T."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auxtheory.engines.exact.collapsed import transposed
from auxtheory.engines.exact.dense import DenseMoments, Refresh
from auxtheory.engines.exact.moments import PhaseArrays, Start, run_phase
from auxtheory.engines.exact.repeated import Moments, Repeated, Squares, along
from auxtheory.typing import FloatArray


def dense_phase(
    arrays: PhaseArrays, T: int, marks: Sequence[int], start: Start
) -> tuple[FloatArray, Start]:
    """`run_phase` with `DenseMoments`, where additive noise lets rounds be combined.

    Multiplicative noise adds a covariance that is not linear in M Σ Mᵀ; its rounds are run one by
    one.
    """
    if arrays.follows_spread:
        return run_phase(DenseMoments, arrays, T, marks, start)
    moments = DenseMoments(arrays, start)
    moments.first_buffer()
    state = Moments(np.concatenate([moments.z, moments.e], axis=-1), moments.ze)
    d = moments.d
    none = np.zeros(len(moments.z))
    rows = []
    for after, (energy,) in along(_one_round(moments), marks, state):
        z, zz = after.mean[:, :d], after.cov[:, :d, :d]
        square = np.maximum(np.einsum("cii->ci", zz), 0.0) + z**2
        gap = 0.5 * np.sum(arrays.A * square, axis=-1)
        rows.append((energy, gap, np.sum(arrays.A**2 * square, axis=-1), none, none))
    return np.moveaxis(np.array(rows), 1, 0), (z, zz)


def _one_round(moments: DenseMoments) -> Repeated:
    """K local steps and the refresh after them as a map of (z, e), with Σ E‖∇f(y)‖²."""
    rule: Refresh = moments.later
    arrays = moments.arrays
    d = moments.d
    count = len(moments.z)
    drift = moments.of_zp[..., d:] @ arrays.local_drift[..., None]
    z_and_D = np.concatenate([moments.of_ze, drift], axis=-1)
    P = np.zeros((count, 2 * d, 2 * d + 1))
    P[:, :d] = z_and_D[:, :d]
    P[:, d:, d:-1] = rule.m[:, :, None] * np.eye(d)
    P[:, d:, -1] = rule.drift
    moved = np.einsum("cii->ci", z_and_D[:, d:, :d])
    excess = np.concatenate([moved, rule.m - 1.0 + np.zeros_like(moved)], axis=-1)
    spread = np.zeros((count, 2 * d, d))
    spread[:, :d] = np.eye(d)
    if rule.G is not None:
        through = rule.G @ z_and_D
        P[:, d:] += through
        excess[:, d:] += np.einsum("cii->ci", through[..., d:-1])
        spread[:, d:] = rule.G[..., :d] + rule.G[..., d:]
    Q = spread @ moments.noise[:, :d, :d] @ transposed(spread)
    Q[:, d:, d:] += rule.additive
    at_drift = moments.root_of_zp[..., d:] @ arrays.local_drift[..., None]
    root = np.concatenate([moments.root_of_ze, at_drift], axis=-1)
    squares = Squares.of(root, moments.energy_of_noise)
    return Repeated(P=P, excess=excess, Q=Q, sums=(squares,))
