"""Philox4x32-10: random words, signs, uniforms and normals as pure functions of a counter.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). The functions of words
take arrays here and scalars in a compiled loop: every 32-bit word is carried in a uint64 and every constant is one,
so that no product wraps and no type changes. Below them, rows of numbers as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from auxtheory.elementary import (
    bits_of,
    from_bits,
    minus_log,
    minus_log_single,
    root,
    sin_cos,
    sin_cos_single,
    single,
)

Array: TypeAlias = Any
Word: TypeAlias = Any  # 32 random bits in a uint64, or an array of such
Words: TypeAlias = tuple[Word, Word, Word, Word]

MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MASK = np.uint64(0xFFFFFFFF)
ZERO, ONE, TWO, EIGHT, HALF_WORD = (np.uint64(n) for n in (0, 1, 2, 8, 32))
SPARE = np.uint64(11)  # the bits of a word that a 53-bit uniform leaves over
TO_SIGN, TO_SIGN_FROM_1 = np.uint64(63), np.uint64(62)
# The bits of 2²⁰, 2²¹, ½ and 1: or-ed with an integer below the mantissa's size, that integer in units of an ulp.
ULP_32, ULP_31, ULP_53, ULP_52 = (np.uint64(v) for v in (0x4130 << 48, 0x4140 << 48, 0x3FE0 << 48, 0x3FF0 << 48))
STEP_24, STEP_23 = np.float32(2.0**-24), np.float32(2.0**-23)
ONE_SINGLE, TWO_SINGLE = np.float32(1.0), np.float32(2.0)

ROUNDS = 10
BLOCKS_AT_ONCE = 8192  # so that the dozen arrays of one pass stay in a core's second-level cache


def philox4x32(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> Words:
    """Four random 32-bit words from a counter of four words and a key of two, all uint64 below 2³²."""
    c0, c2 = c0 + ZERO, c2 + ZERO  # arrays are multiplied in place, on copies
    for _ in range(ROUNDS):
        c0 *= MULTIPLIER_0
        c2 *= MULTIPLIER_1
        high2, high0 = c2 >> HALF_WORD, c0 >> HALF_WORD
        high2 ^= c1
        high2 ^= k0
        high0 ^= c3
        high0 ^= k1
        c2 &= MASK
        c0 &= MASK
        c0, c1, c2, c3 = high2, c2, high0, c0
        k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


def uniform(high: Word, low: Word) -> Array:
    """53 of the 64 bits of two words, as a float64 in [0, 1)."""
    return (from_bits(high | ULP_32) - 1048576.0) + (from_bits((low >> SPARE) | ULP_53) - 0.5)


def exponential(high: Word, low: Word) -> Array:
    """−ln(1 − u) for the 53-bit uniform u of two words: an exponential variable, at most 53 ln 2."""
    return minus_log((1048577.0 - from_bits(high | ULP_32)) - (from_bits((low >> SPARE) | ULP_53) - 0.5))


def two_normals(squared_radius: Array, high: Word, low: Word) -> tuple[Array, Array]:
    """Two normals by Box–Muller from an exponential variable and an angle: an eighth of a turn on either side of the
    diagonal from 53 bits, and the signs from the two lowest."""
    t = (from_bits(high | ULP_31) - 2097153.0) + (from_bits((low >> SPARE) | ULP_52) - 1.0)
    s, c = sin_cos(t)
    radius = root(squared_radius)
    first, second = bits_of(radius * (c - s)), bits_of(radius * (c + s))
    return from_bits(first ^ ((low & ONE) << TO_SIGN)), from_bits(second ^ ((low & TWO) << TO_SIGN_FROM_1))


def two_normals_single(high: Word, low: Word) -> tuple[Array, Array]:
    """Two float32 normals from two words: 24-bit uniforms and, as signs, the two lowest bits."""
    radius = root(minus_log_single(ONE_SINGLE - single(high >> EIGHT) * STEP_24))
    s, c = sin_cos_single(single(low >> EIGHT) * STEP_23 - ONE_SINGLE)
    first_sign = ONE_SINGLE - TWO_SINGLE * single(low & ONE)
    second_sign = ONE_SINGLE - single(low & TWO)
    return radius * (c - s) * first_sign, radius * (c + s) * second_sign


def sign(word: Word, place: Word) -> Array:
    """+1 or −1 for a word's bit 0 or 1 at a place from 0 to 31, as a float64."""
    return from_bits((((word >> place) & ONE) << TO_SIGN) | ULP_52)


def rows(
    start: int, stop: int, round_: int, step: int, seed: int, dim: int, per_block: int, fill: Callable[..., None],
    dtype: Any, xp: Any,
) -> Array:  # fmt: skip
    """Numbers of the replicas [start, stop), shape (replicas, dim): `fill(rows of whole blocks, words)` in batches.

    A block is four words and makes `per_block` coordinates. xp is NumPy or CuPy.
    """
    blocks = -(-dim // per_block)
    out = xp.empty((stop - start, blocks * per_block), dtype=dtype)
    for place, four in batches(start, stop, round_, step, seed, blocks, xp):
        fill(out[place], four)
    return out[:, :dim]


def batches(
    start: int, stop: int, round_: int, step: int, seed: int, blocks: int, xp: Any = np
) -> Iterator[tuple[slice, Words]]:
    """The words of replicas [start, stop) and of the first `blocks` blocks, a batch of whole replicas at a time.

    Counter: (block of coordinates, replica, round, step and oracle); key: the seed's low and high half.
    Yields the batch's place among the rows, and four arrays of shape (replicas, blocks).
    """
    size = max(1, BLOCKS_AT_ONCE // blocks)
    block = xp.arange(blocks, dtype=xp.uint64)[None, :]
    k0, k1 = key(seed)
    for first in range(start, stop, size):
        last = min(first + size, stop)
        replica = xp.arange(first, last, dtype=xp.uint64)[:, None]
        zero = xp.zeros((last - first, blocks), dtype=xp.uint64)
        counter = zero + block, zero + replica, zero + np.uint64(round_), zero + np.uint64(step)
        yield slice(first - start, last - start), philox4x32(*counter, k0, k1)


def key(seed: int) -> tuple[np.uint64, np.uint64]:
    """The generator's key: the low and the high half of a 64-bit seed."""
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)


def uniforms(start: int, stop: int, round_: int, step: int, seed: int, dim: int, xp: Any = np) -> Array:
    """Uniforms on [0, 1) with 53 bits, two to a block of four words, shape (replicas, dim)."""

    def fill(out: Array, w: Words) -> None:
        out[:, 0::2], out[:, 1::2] = uniform(w[0], w[1]), uniform(w[2], w[3])

    return rows(start, stop, round_, step, seed, dim, 2, fill, np.float64, xp)


def normals(start: int, stop: int, round_: int, step: int, seed: int, dim: int, xp: Any = np) -> Array:
    """Standard normals by Box–Muller, two to a block of four words, shape (replicas, dim)."""

    def fill(out: Array, w: Words) -> None:
        out[:, 0::2], out[:, 1::2] = two_normals(exponential(w[0], w[1]), w[2], w[3])

    return rows(start, stop, round_, step, seed, dim, 2, fill, np.float64, xp)


def normals_single(start: int, stop: int, round_: int, step: int, seed: int, dim: int, xp: Any = np) -> Array:
    """Standard normals in single precision, four to a block of four words, shape (replicas, dim)."""

    def fill(out: Array, w: Words) -> None:
        out[:, 0::4], out[:, 1::4] = two_normals_single(w[0], w[1])
        out[:, 2::4], out[:, 3::4] = two_normals_single(w[2], w[3])

    return rows(start, stop, round_, step, seed, dim, 4, fill, np.float32, xp)


def signs(start: int, stop: int, round_: int, step: int, seed: int, dim: int, xp: Any = np) -> Array:
    """Random signs as float64 ±1, 128 to a block of four words, shape (replicas, dim)."""

    def fill(out: Array, w: Words) -> None:
        places = xp.arange(32, dtype=np.uint64)
        for i in range(4):
            for b in range(out.shape[1] // 128):
                out[:, 128 * b + 32 * i : 128 * b + 32 * (i + 1)] = sign(w[i][:, b : b + 1], places)

    return rows(start, stop, round_, step, seed, dim, 128, fill, np.float64, xp)
