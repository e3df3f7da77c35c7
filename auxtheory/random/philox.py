"""Philox4x32-10: random words, signs, uniforms and normals as pure functions of a counter.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). The
functions of words take arrays here and scalars in a compiled loop. All 32-bit words and constants
are uint64, so that no product wraps and no type changes. The functions at the end return rows of
numbers as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from auxtheory.elementary import (
    bits_of,
    bits_of_single,
    from_bits,
    minus_log,
    minus_log_single,
    root,
    sin_cos,
    sin_cos_single,
    single,
    single_from_bits,
)

Array: TypeAlias = Any
Word: TypeAlias = Any  # 32 random bits in a uint64, or an array of such words
Words: TypeAlias = tuple[Word, Word, Word, Word]

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
MASK = np.uint64(0xFFFFFFFF)
ZERO, ONE, TWO, EIGHT, HALF_WORD = (np.uint64(n) for n in (0, 1, 2, 8, 32))
SPARE = np.uint64(11)  # the bits of a word that a 53-bit uniform does not use
TO_SIGN, TO_SIGN_FROM_1, TO_SIGN_SINGLE, TO_SIGN_SINGLE_FROM_1 = (
    np.uint64(n) for n in (63, 62, 31, 30)
)
# The bits of 2²⁰, 2²¹, ½ and 1: a bitwise or with an integer below the mantissa's size adds that
# many ulps.
ULP_32, ULP_31, ULP_53, ULP_52 = (
    np.uint64(v) for v in (0x4130 << 48, 0x4140 << 48, 0x3FE0 << 48, 0x3FF0 << 48)
)
STEP_24 = np.float32(2.0**-24)
STEP_23 = np.float32(2.0**-23)
ONE_SINGLE = np.float32(1.0)

PAIRS_OF_ROUNDS = 5
BLOCKS_AT_ONCE = 8192  # the dozen arrays of one pass then stay in a core's second-level cache
BLOCKS_AT_ONCE_ON_DEVICE = 2**22  # a few hundred megabytes, and enough work for one launch


def one_round(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> Words:
    """One round of Philox; the upper halves of the words, and those of the result, are
    arbitrary."""
    low0 = c0 & MASK
    low2 = c2 & MASK
    low0 *= MULTIPLIER_0
    low2 *= MULTIPLIER_1
    high0 = low0 >> HALF_WORD
    high2 = low2 >> HALF_WORD
    high2 ^= c1
    high2 ^= k0
    high0 ^= c3
    high0 ^= k1
    return high2, low2, high0, low0


def next_key(k0: Word, k1: Word) -> tuple[Word, Word]:
    """The key of the next round."""
    return (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK


def two_rounds(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> Words:
    """Two rounds: as many as a compiled loop can unroll."""
    c0, c1, c2, c3 = one_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = next_key(k0, k1)
    return one_round(c0, c1, c2, c3, k0, k1)


def key_after_two(k0: Word, k1: Word) -> tuple[Word, Word]:
    """The key two rounds on."""
    k0, k1 = next_key(k0, k1)
    return next_key(k0, k1)


def philox4x32(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> Words:
    """Four random 32-bit words from a counter of four words and a key of two, all uint64 below
    2³²."""
    c0, c1, c2, c3 = two_rounds(c0, c1, c2, c3, k0, k1)
    for _ in range(PAIRS_OF_ROUNDS - 1):
        k0, k1 = key_after_two(k0, k1)
        c0, c1, c2, c3 = two_rounds(c0, c1, c2, c3, k0, k1)
    return c0 & MASK, c1 & MASK, c2 & MASK, c3 & MASK


def uniform(high: Word, low: Word) -> Array:
    """53 of the 64 bits of two words, as a float64 in [0, 1)."""
    return (from_bits(high | ULP_32) - 1048576.0) + (from_bits((low >> SPARE) | ULP_53) - 0.5)


def complement(high: Word, low: Word) -> Array:
    """1 − u, in (0, 1], for the 53-bit uniform u of two words."""
    return (1048577.0 - from_bits(high | ULP_32)) - (from_bits((low >> SPARE) | ULP_53) - 0.5)


def eighth_turn(high: Word, low: Word) -> Array:
    """53 bits of two words as a float64 in [−1, 1): an angle, in eighths of a turn."""
    return (from_bits(high | ULP_31) - 2097153.0) + (from_bits((low >> SPARE) | ULP_52) - 1.0)


def box_muller(squared_radius: Array, t: Array, low: Word) -> tuple[Array, Array]:
    """Two normals from an exponential variable and t eighths of a turn from the diagonal, with the
    two lowest bits of a word as signs."""
    s, c = sin_cos(t)
    radius = root(squared_radius)
    first = bits_of(radius * (c - s))
    second = bits_of(radius * (c + s))
    return from_bits(first ^ ((low & ONE) << TO_SIGN)), from_bits(
        second ^ ((low & TWO) << TO_SIGN_FROM_1)
    )


def two_normals(w0: Word, w1: Word, w2: Word, w3: Word) -> tuple[Array, Array]:
    """Two normals from four words: an exponential variable −ln(1 − u) and an angle, of 53 bits
    each."""
    return box_muller(minus_log(complement(w0, w1)), eighth_turn(w2, w3), w3)


def squared_radius_single(word: Word) -> Array:
    """The exponential variable −ln(1 − u) in single precision, from the upper 24 bits of a word."""
    return minus_log_single(ONE_SINGLE - single(word >> EIGHT) * STEP_24)


def box_muller_single(squared_radius: Array, word: Word) -> tuple[Array, Array]:
    """Two float32 normals from an exponential variable and a word: a 24-bit angle and, as signs,
    the lowest bits."""
    s, c = sin_cos_single(single(word >> EIGHT) * STEP_23 - ONE_SINGLE)
    radius = root(squared_radius)
    first = bits_of_single(radius * (c - s))
    second = bits_of_single(radius * (c + s))
    return (
        single_from_bits(first ^ ((word & ONE) << TO_SIGN_SINGLE)),
        single_from_bits(second ^ ((word & TWO) << TO_SIGN_SINGLE_FROM_1)),
    )


def two_normals_single(w0: Word, w1: Word) -> tuple[Array, Array]:
    """Two float32 normals from two words."""
    return box_muller_single(squared_radius_single(w0), w1)


def sign(word: Word, place: Word) -> Array:
    """+1 or −1 for a word's bit 0 or 1 at a place from 0 to 31, as a float64."""
    return from_bits((((word >> place) & ONE) << TO_SIGN) | ULP_52)


class Draw(NamedTuple):
    """The position of numbers in the counter: replicas [start, stop), round, step and oracle, and
    the seed, or a seed for each row of numbers."""

    start: int
    stop: int
    round: int
    step: int
    seed: Any

    @property
    def rows(self) -> int:
        """The number of rows: one for each replica, or one for each seed."""
        return self.seed.size if np.ndim(self.seed) else self.stop - self.start


def rows(
    draw: Draw, dim: int, per_block: int, fill: Callable[..., None], dtype: Any, xp: Any
) -> Array:
    """Numbers of some replicas, shape (rows, dim): `fill(rows of whole blocks, words)` in batches.

    A block is four words and makes `per_block` coordinates. xp is NumPy or CuPy.
    """
    blocks = -(-dim // per_block)
    out = xp.empty((draw.rows, blocks * per_block), dtype=dtype)
    for place, four in batches(draw, blocks, xp):
        fill(out[place], four)
    return out[:, :dim]


def batches(draw: Draw, blocks: int, xp: Any = np) -> Iterator[tuple[slice, Words]]:
    """The words of all rows and of the first `blocks` blocks, a batch of whole rows at a time.

    Counter: (block of coordinates, replica, round, step and oracle); key: the seed's low and high
    half. Where rows have seeds, the replicas take turns. Yields the batch's place among the rows,
    and four arrays of shape (rows, blocks).
    """
    size = max(1, (BLOCKS_AT_ONCE if xp is np else BLOCKS_AT_ONCE_ON_DEVICE) // blocks)
    block = xp.arange(blocks, dtype=xp.uint64)[None, :]
    count = draw.stop - draw.start
    for first in range(0, draw.rows, size):
        place = slice(first, min(first + size, draw.rows))
        row = xp.arange(place.start, place.stop, dtype=xp.uint64)[:, None]
        replica = row % np.uint64(count) + np.uint64(draw.start)
        zero = xp.zeros((len(row), blocks), dtype=xp.uint64)
        counter = zero + block, zero + replica, zero + np.uint64(draw.round)
        seed = draw.seed[place, None] if np.ndim(draw.seed) else draw.seed
        yield place, philox4x32(*counter, zero + np.uint64(draw.step), *key(seed))


def key(seed: Any) -> tuple[Any, Any]:
    """The generator's key: the low and the high half of a 64-bit seed, or of each of an array."""
    if np.ndim(seed):
        return seed & MASK, seed >> HALF_WORD
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)


def uniforms(
    start: int, stop: int, round_: int, step: int, seed: Any, dim: int, xp: Any = np
) -> Array:
    """Uniforms on [0, 1) with 53 bits, two to a block of four words, shape (rows, dim)."""

    def fill(out: Array, w: Words) -> None:
        out[:, 0::2], out[:, 1::2] = uniform(w[0], w[1]), uniform(w[2], w[3])

    return rows(Draw(start, stop, round_, step, seed), dim, 2, fill, np.float64, xp)


def normals(
    start: int, stop: int, round_: int, step: int, seed: Any, dim: int, xp: Any = np
) -> Array:
    """Standard normals by Box–Muller, two to a block of four words, shape (rows, dim)."""

    def fill(out: Array, w: Words) -> None:
        out[:, 0::2], out[:, 1::2] = two_normals(*w)

    return rows(Draw(start, stop, round_, step, seed), dim, 2, fill, np.float64, xp)


def normals_single(
    start: int, stop: int, round_: int, step: int, seed: Any, dim: int, xp: Any = np
) -> Array:
    """Standard normals in single precision, four to a block of four words, shape (rows,
    dim)."""

    def fill(out: Array, w: Words) -> None:
        out[:, 0::4], out[:, 1::4] = two_normals_single(w[0], w[1])
        out[:, 2::4], out[:, 3::4] = two_normals_single(w[2], w[3])

    return rows(Draw(start, stop, round_, step, seed), dim, 4, fill, np.float32, xp)


def signs(
    start: int, stop: int, round_: int, step: int, seed: Any, dim: int, xp: Any = np
) -> Array:
    """Random signs as float64 ±1, 128 to a block of four words, shape (rows, dim)."""

    def fill(out: Array, w: Words) -> None:
        places = xp.arange(32, dtype=np.uint64)
        for i in range(4):
            for b in range(out.shape[1] // 128):
                out[:, 128 * b + 32 * i : 128 * b + 32 * (i + 1)] = sign(w[i][:, b : b + 1], places)

    return rows(Draw(start, stop, round_, step, seed), dim, 128, fill, np.float64, xp)
