"""Philox4x32-10 on arrays: random words, signs, uniforms and normals as pure functions of a counter.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). Every 32-bit word
is carried in a uint64, so that no product wraps and the same lines run on any array-API library.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
Words: TypeAlias = tuple[Array, Array, Array, Array]

MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
MASK = 0xFFFFFFFF
ROUNDS = 10
BLOCKS_AT_ONCE = 8192  # so that the dozen arrays of one pass stay in a core's second-level cache


def philox4x32(c0: Array, c1: Array, c2: Array, c3: Array, k0: int, k1: int) -> Words:
    """Four random 32-bit words from a counter of four words and a key of two; arrays of uint64 below 2³²."""
    c0, c2 = c0 + 0, c2 + 0  # the products are formed in place, on copies
    for _ in range(ROUNDS):
        c0 *= MULTIPLIERS[0]
        c2 *= MULTIPLIERS[1]
        high2, high0 = c2 >> 32, c0 >> 32
        high2 ^= c1
        high2 ^= k0
        high0 ^= c3
        high0 ^= k1
        c2 &= MASK
        c0 &= MASK
        c0, c1, c2, c3 = high2, c2, high0, c0
        k0, k1 = (k0 + WEYL[0]) & MASK, (k1 + WEYL[1]) & MASK
    return c0, c1, c2, c3


def batches(
    start: int, stop: int, round_: int, step: int, seed: int, blocks: int, xp: Any = np
) -> Iterator[tuple[slice, Words]]:
    """The words of replicas [start, stop) and of the first `blocks` blocks, a batch of whole replicas at a time.

    Counter: (block of coordinates, replica, round, step and oracle); key: the seed's low and high half.
    Yields the batch's place among the rows, and four arrays of shape (replicas, blocks).
    """
    rows = max(1, BLOCKS_AT_ONCE // blocks)
    block = xp.arange(blocks, dtype=xp.uint64)[None, :]
    for first in range(start, stop, rows):
        last = min(first + rows, stop)
        replica = xp.arange(first, last, dtype=xp.uint64)[:, None]
        zero = xp.zeros((last - first, blocks), dtype=xp.uint64)
        counter = (zero + block, zero + replica, zero + round_, zero + step)
        yield slice(first - start, last - start), philox4x32(*counter, seed & MASK, seed >> 32)


def uniforms(start: int, stop: int, round_: int, step: int, seed: int, dim: int, xp: Any = np) -> Array:
    """Uniforms on [0, 1) with 53 bits, two to a block of four words, shape (replicas, dim)."""
    blocks = -(-dim // 2)
    out = xp.empty((stop - start, 2 * blocks), dtype=xp.float64)
    for rows, (w0, w1, w2, w3) in batches(start, stop, round_, step, seed, blocks, xp):
        out[rows, 0::2] = _unit(w0, w1, xp)
        out[rows, 1::2] = _unit(w2, w3, xp)
    return out[:, :dim]


def normals(start: int, stop: int, round_: int, step: int, seed: int, dim: int, xp: Any = np) -> Array:
    """Standard normals by Box–Muller, two to a block of four words, shape (replicas, dim)."""
    blocks = -(-dim // 2)
    out = xp.empty((stop - start, 2 * blocks), dtype=xp.float64)
    for rows, (w0, w1, w2, w3) in batches(start, stop, round_, step, seed, blocks, xp):
        # 1 − u lies in (0, 1], so the logarithm is finite; the largest radius is √(2·53·ln 2) = 8.57.
        radius = xp.sqrt(-2.0 * xp.log(1.0 - _unit(w0, w1, xp)))
        angle = _unit(w2, w3, xp) * (2.0 * np.pi)
        out[rows, 0::2] = radius * xp.cos(angle)
        out[rows, 1::2] = radius * xp.sin(angle)
    return out[:, :dim]


def bits(start: int, stop: int, round_: int, step: int, seed: int, dim: int, xp: Any = np) -> Array:
    """Random bits as float64 zeros and ones, 128 to a block of four words, shape (replicas, dim)."""
    blocks = -(-dim // 128)
    out = xp.empty((stop - start, 128 * blocks), dtype=xp.float64)
    shifts = xp.arange(32, dtype=xp.uint64)
    for rows, four in batches(start, stop, round_, step, seed, blocks, xp):
        word = xp.stack(list(four), axis=-1)
        unpacked = xp.astype((word[..., None] >> shifts) & 1, xp.float64)
        out[rows, :] = xp.reshape(unpacked, (word.shape[0], -1))
    return out[:, :dim]


def _unit(high: Array, low: Array, xp: Any) -> Array:
    """53 of the 64 bits of two words, as a float64 in [0, 1)."""
    return xp.astype((high << 21) | (low >> 11), xp.float64) * 2.0**-53
