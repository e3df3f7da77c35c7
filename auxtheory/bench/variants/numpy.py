"""Monte Carlo in plain NumPy: a loop over replicas, and all replicas at once with operations in
place."""

from __future__ import annotations

import numpy as np

from auxtheory.bench.case import ETA, MOMENTUM, SEED, BenchCase, summary
from auxtheory.bench.measure import Outcome

NUMBERS_AT_ONCE = 16_384  # numbers in one array, which then stays in a core's cache


def replica_by_replica(case: BenchCase, replicas: int) -> Outcome:
    """One replica after the other, on 1-d arrays."""
    A, R, b, start = case.vectors
    scale_f, scale_h = case.scales
    size = case.size
    normal = np.random.default_rng(SEED).standard_normal
    energy = np.zeros(replicas)
    ends = np.zeros((replicas, size.d))
    for replica in range(replicas):
        x = previous = start
        m = R * x + b
        for t in range(size.T):
            if t > 0:
                noise = scale_f * normal(size.d) - scale_h * normal(size.d)
                old = R * previous + b + noise if case.variance_reduced else 0.0
                m = (1 - MOMENTUM) * (m - old) + (R * x + b + noise) * (
                    1.0 if case.variance_reduced else MOMENTUM
                )
            y = x
            for _ in range(size.K):
                gradient = A * y
                energy[replica] += gradient @ gradient
                y = y - ETA * (gradient - R * y - b + scale_h * normal(size.d) + m)
            previous = x
            x = y
        ends[replica] = x
    return summary(case, energy, ends)


def in_place(case: BenchCase) -> Outcome:
    """All replicas in blocks that fit into the cache, with every operation writing into an existing
    array."""
    size = case.size
    rows = min(size.R, max(1, NUMBERS_AT_ONCE // size.d))
    energy = np.zeros(size.R)
    ends = np.empty((size.R, size.d))
    generator = np.random.default_rng(SEED)
    for first in range(0, size.R, rows):
        x = ends[first : first + rows]
        energy[first : first + rows] = _block(case, generator, x)
    return summary(case, energy, ends)


def _block(case: BenchCase, generator: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Run the replicas whose state is x, from the start to the end; their energies."""
    A, R, b, start = case.vectors
    scale_h = case.scales[1]
    keep = 1 - ETA * (A - R)
    x[:] = start
    m = np.broadcast_to(R * start + b, x.shape).copy()
    energy = np.zeros(len(x))
    noise = np.empty_like(x)
    shift = np.empty_like(x)
    previous = x.copy()
    for t in range(case.size.T):
        if t > 0:
            _refresh(case, generator, (m, x, previous), (noise, shift))
        np.copyto(previous, x)
        np.subtract(b, m, out=shift)
        shift *= ETA
        for _ in range(case.size.K):
            np.multiply(A, x, out=noise)
            energy += np.einsum("ij,ij->i", noise, noise)
            x *= keep
            x += shift
            generator.standard_normal(out=noise)
            noise *= -ETA * scale_h
            x += noise
    return energy


def _refresh(
    case: BenchCase,
    generator: np.random.Generator,
    state: tuple[np.ndarray, ...],
    room: tuple[np.ndarray, ...],
) -> None:
    """m ← (1 − a) m + a g_r(x), or with variance reduction m ← (1 − a)(m − g_r(x_prev)) +
    g_r(x)."""
    m, x, previous = state
    noise, other = room
    _, R, b, _ = case.vectors
    scale_f, scale_h = case.scales
    generator.standard_normal(out=noise)
    noise *= MOMENTUM * scale_f
    generator.standard_normal(out=other)
    other *= MOMENTUM * scale_h
    noise -= other
    m *= 1 - MOMENTUM
    m += noise
    m += MOMENTUM * b
    if case.variance_reduced:
        previous *= MOMENTUM - 1
        previous += x
        previous *= R
        m += previous
    else:
        np.multiply(MOMENTUM * R, x, out=other)
        m += other
