"""JAX as an expert writes it: a hash of a counter instead of threefry, Box–Muller in single
precision without calls.

The hash is cheaper than any published generator: it has 32-bit counters and two multiplications per
word, and no claim of quality beyond the moments that are checked here. XLA on CPUs calls the C
library for a float32 cosine, one number at a time; polynomials are seven times as fast. One fused
loop per step works on pieces of the replicas that stay in cache; the energy is added up
elementwise, since a sum along rows would be a second loop. On several threads, where XLA splits a
loop among them, pieces are larger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from auxtheory.bench.case import ETA, MOMENTUM, SEED, BenchCase, summary
from auxtheory.bench.measure import Outcome
from auxtheory.bench.variants.jax import library

# Minimax fits: −ln from artanh, sin(πt/4)/t and cos(πt/4) in t².
LOG = (0.666666665545, 0.400001218398, 0.28550820816, 0.233304672163)
SIN = (0.785398160977, -0.0807454347081, 0.00249000680149, -3.59542907251e-5)
COS = (0.999999972328, -0.308424251855, 0.0158499107064, -0.000318877474891)
GOLDEN = 0x9E3779B9


class Hash:
    """Standard normals, float32, as a function of a key and of a counter per pair of numbers, both
    uint32."""

    def __init__(self, jax: Any) -> None:
        self.np = jax.numpy
        self.bits = jax.lax.bitcast_convert_type
        self.u = jax.numpy.uint32
        self.f = numpy.float32

    def mix(self, h: Any) -> Any:
        """A 32-bit finaliser of murmur's kind, with the constants of lowest known bias."""
        h = (h ^ (h >> self.u(16))) * self.u(0x7FEB352D)
        h = (h ^ (h >> self.u(15))) * self.u(0x846CA68B)
        return h ^ (h >> self.u(16))

    def normals(self, key: Any, counter: Any) -> Any:
        """Twice as many numbers as counters along the last axis."""
        u = self.u
        f = self.f
        high = self.mix(counter ^ self.mix(key))
        low = self.mix(counter ^ self.mix(key ^ u(GOLDEN)))
        radius = self.np.sqrt(self.minus_log(f(1) - self.single(high >> u(8)) * f(2.0**-24)))
        t = self.single(low >> u(8)) * f(2.0**-23) - f(1)
        s = t * self.polynomial(t * t, SIN)
        c = self.polynomial(t * t, COS)
        one = radius * (f(1) - f(2) * self.single(low & u(1)))
        two = radius * (f(1) - self.single(low & u(2)))
        return self.np.concatenate([one * (c - s), two * (c + s)], axis=-1)

    def minus_log(self, x: Any) -> Any:
        """−ln x for x in (0, 1]."""
        u = self.u
        f = self.f
        shifted = self.bits(x, self.np.uint32) + u(0x3F800000 - 0x3F3504F3)
        exponent = self.single(shifted >> u(23)) - f(127)
        y = self.bits((shifted & u(2**23 - 1)) + u(0x3F3504F3), self.np.float32) - f(1)
        q = y / (y + f(2))
        return q * (y - q * q * self.polynomial(q * q, LOG)) - y - exponent * f(numpy.log(2.0))

    def polynomial(self, z: Any, coefficients: tuple[float, ...]) -> Any:
        value = self.f(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            value = value * z + self.f(c)
        return value

    def single(self, n: Any) -> Any:
        return n.astype(self.np.int32).astype(self.np.float32)


def in_pieces(case: BenchCase, threads: int = 1) -> Callable[[], Outcome]:
    """All replicas in successive pieces, each a scan over rounds around a scan over local steps."""
    jax = library()
    rows = _rows(case, threads)
    np = jax.numpy
    pieces = case.size.R // rows
    block = _block(jax, case, rows)
    run = jax.jit(
        lambda key: jax.lax.map(lambda i: block(key, i), np.arange(pieces, dtype=np.uint32))
    )

    def once() -> Outcome:
        energy, x = run(np.uint32(SEED))
        return summary(case, energy.reshape(-1), x.reshape(-1, case.size.d))

    return once


def drawing(case: BenchCase) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Two functions: one draws and sums as many of these normals as the case needs, the other
    returns an array to check."""
    jax = library()
    np = jax.numpy
    rows = _rows(case, 1)
    hashed = Hash(jax)
    half = case.size.d // 2
    times = max(1, round(case.size.draws / (rows * case.size.d)))
    counter = np.arange(rows * half, dtype=np.uint32).reshape(rows, half)

    def total(first: Any) -> Any:
        zero = np.zeros((rows, 2 * half), dtype=np.float32)
        return jax.lax.fori_loop(
            0, times, lambda i, t: t + hashed.normals(first + np.uint32(i), counter), zero
        )

    compiled = jax.jit(total)
    many = np.arange(500_000, dtype=np.uint32)
    return lambda: jax.block_until_ready(compiled(np.uint32(SEED))), lambda: hashed.normals(
        np.uint32(SEED), many
    )


def _rows(case: BenchCase, threads: int) -> int:
    """Replicas in a piece: a divisor of R that keeps an array at 8,192 numbers, or 262,144 on
    several threads."""
    most = max(1, (8_192 if threads == 1 else 262_144) // case.size.d)
    return max(n for n in range(1, case.size.R + 1) if case.size.R % n == 0 and n <= most)


def _block(jax: Any, case: BenchCase, rows: int) -> Callable[[Any, Any], Any]:
    """The function from a key and a piece's number to the piece's energies and final x; d must be
    even."""
    np = jax.numpy
    lax = jax.lax
    size = case.size
    draw = Hash(jax).normals
    A, R, b, start = (np.asarray(vector) for vector in case.vectors)
    scale_f, scale_h = case.scales
    shape = (rows, size.d)
    half = rows * size.d // 2
    word = np.uint32

    def run(key: Any, piece: Any) -> Any:
        counter = (piece * word(half) + np.arange(half, dtype=word)).reshape(rows, -1)

        def local_step(state: Any, key: Any) -> Any:
            y, m, energy = state
            gradient = A * y
            y = y - ETA * (
                gradient - R * y - b + m + scale_h * draw(key, counter).astype(np.float64)
            )
            return (y, m, energy + gradient * gradient), None

        def local_steps(x: Any, m: Any, energy: Any, key: Any) -> Any:
            (y, _, energy), _ = lax.scan(
                local_step, (x, m, energy), key + word(2) + np.arange(size.K, dtype=word)
            )
            return y, energy

        def round_(state: Any, t: Any) -> Any:
            x, previous, m, energy = state
            round_key = key + t * word(size.K + 2)
            noise = scale_f * draw(round_key, counter).astype(np.float64)
            noise = noise - scale_h * draw(round_key + word(1), counter).astype(np.float64)
            if case.variance_reduced:
                m = (
                    (1 - MOMENTUM) * m
                    + R * (x - (1 - MOMENTUM) * previous)
                    + MOMENTUM * (b + noise)
                )
            else:
                m = (1 - MOMENTUM) * m + MOMENTUM * (R * x + b + noise)
            y, energy = local_steps(x, m, energy, round_key)
            return (y, x, m, energy), None

        x = np.broadcast_to(start, shape)
        m = R * x + b
        y, energy = local_steps(x, m, np.zeros(shape), key)
        (y, _, _, energy), _ = lax.scan(round_, (y, x, m, energy), np.arange(1, size.T, dtype=word))
        return np.sum(energy, axis=-1), y

    return run
