"""Exact second moments in JAX: vmap over configurations, a scan over rounds, the K local steps in
closed form.

The helper's bias cancels and the start is fixed, so raw second moments of z = x − x*, of p, its
value a round ago, and of u = m − ∇r(x*) are all that is needed, and AuxMOM does without those of p.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from auxtheory.bench.case import ETA, MOMENTUM, BenchCase
from auxtheory.bench.measure import Outcome
from auxtheory.bench.variants.jax import library

KEEP = 1 - MOMENTUM


def run(case: BenchCase, batch: int = 0) -> Callable[[], Outcome]:
    """G, gap and ‖∇f‖² of every configuration, all at once or `batch` at a time."""
    jax = library()
    shape = case.size.C, case.size.d
    arrays = [
        jax.numpy.asarray(numpy.broadcast_to(v, shape).copy())
        for v in (case.pair.A, case.pair.R, case.pair.x0)
    ]
    one = _one(jax, case)
    compiled = jax.jit(
        lambda *all: jax.lax.map(lambda each: one(*each), all, batch_size=batch or case.size.C)
    )

    def once() -> Outcome:
        means = numpy.concatenate([numpy.asarray(mean) for mean in compiled(*arrays)])
        return Outcome(means, numpy.zeros_like(means))

    return once


def _one(jax: Any, case: BenchCase) -> Callable[[Any, Any, Any], Any]:
    """The function from A, R and z of one configuration to its three means; the state is (zz, zu,
    uu) after a refresh, and sums."""
    np = jax.numpy
    size = case.size
    noise_r = MOMENTUM**2 * sum(scale**2 for scale in case.scales)
    refresh = _with_memory if case.variance_reduced else _without_memory

    def run(A: Any, R: Any, z: Any) -> Any:
        p, s, v = _collapsed(np, 1 - ETA * (A - R), size.K, (ETA * case.scales[1]) ** 2)
        P = p[-1]
        S = s[-1]
        V = v[-1]

        def round_(state: Any, _: Any) -> Any:
            zz, zu, uu, sums = state
            ends = P**2 * zz + 2 * P * S * zu + S**2 * uu + V, P * zu + S * uu, uu
            zz, zu, uu = refresh(R, ends, (P * zz + S * zu, zz, zu))
            uu = uu + noise_r
            return (zz, zu, uu, (sums[0] + zz, sums[1] + zu, sums[2] + uu)), None

        first = z * z, R * z * z, R * z * R * z
        (zz, zu, uu, sums), _ = jax.lax.scan(round_, (*first, first), None, length=size.T - 1)
        zz = P**2 * zz + 2 * P * S * zu + S**2 * uu + V
        p = p[:-1]
        s = s[:-1]
        energy = (
            np.sum(p**2, 0) * sums[0] + np.sum(2 * p * s, 0) * sums[1] + np.sum(s**2, 0) * sums[2]
        )
        energy = energy + size.T * np.sum(v[:-1], 0)
        return np.sum(A * A * energy) / (size.K * size.T), 0.5 * np.sum(A * zz), np.sum(A * A * zz)

    return run


def _collapsed(np: Any, alpha: Any, K: int, noise: float) -> tuple[Any, Any, Any]:
    """After k = 0, …, K local steps: y_k = p_k z + s_k u + noise of variance v_k, shape (K + 1, d)
    each."""
    p = alpha ** np.arange(K + 1)[:, None]
    zero = np.zeros_like(p[:1])
    s = -ETA * np.concatenate([zero, np.cumsum(p[:-1], axis=0)])
    return p, s, noise * np.concatenate([zero, np.cumsum(p[:-1] ** 2, axis=0)])


def _without_memory(R: Any, now: Any, before: Any) -> Any:
    """AuxMOM, u ← (1 − a) u + a R z: the new (zz, zu, uu)."""
    zz, zu, uu = now
    r = MOMENTUM * R
    return zz, KEEP * zu + r * zz, KEEP**2 * uu + 2 * KEEP * r * zu + r**2 * zz


def _with_memory(R: Any, now: Any, before: Any) -> Any:
    """AuxMVR, u ← (1 − a) u + R z − (1 − a) R p: the new (zz, zu, uu)."""
    zz, zu, uu = now
    zp, pp, pu = before
    q = -KEEP * R
    square = KEEP**2 * uu + R**2 * zz + q**2 * pp
    return (
        zz,
        KEEP * zu + R * zz + q * zp,
        square + 2 * (KEEP * R * zu + KEEP * q * pu + R * q * zp),
    )
