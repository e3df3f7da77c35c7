"""Random numbers for a tile of replicas × coordinates, bit for bit those of `philox`.

A tile's lanes are pairs (replica, block of coordinates), given by two arrays of counter words. Each loop has a body
short enough for several turns to be in flight at once, which is worth more here than one pass over memory: words,
then radii, then normals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.jit import compiled, known
from auxtheory.philox import exponential, philox4x32, sign, two_normals, two_normals_single, uniform

PLACES = np.arange(32, dtype=np.uint64)
LANES = 256  # at most; the four words of lane i stand at i, LANES + i, …
PER_BLOCK = {"normals": 2, "normals_single": 4, "signs": 128, "uniforms": 2}  # coordinates made of four words


class Lanes(NamedTuple):
    """Where a tile of rows × width coordinates draws: the counter's first two words by lane, the key, and room for
    four words a lane and for the numbers of whole blocks."""

    blocks: Any
    replicas: Any
    k0: Any
    k1: Any
    words: Any
    scratch: Any
    padded: Any
    width: Any


def room(width: int, key: tuple[Any, Any], kind: str) -> Lanes:
    """LANES lanes with their working arrays; those of numbers in single precision are half as wide."""
    kinds = (np.uint32, np.float32) if kind == "normals_single" else (np.uint64, np.float64)
    words, scratch = (np.empty(4 * LANES, dtype=of) for of in kinds)
    blocks, replicas = np.empty(LANES, dtype=np.uint64), np.empty(LANES, dtype=np.uint64)
    padded = np.empty(LANES * PER_BLOCK[kind] if kind != "signs" else 0)
    return Lanes(blocks, replicas, key[0], key[1], words, scratch, padded, width)


def aim(lanes: Any, per_block: int, first_coordinate: int, width: int, first_replica: Any, rows: int) -> Any:
    """The lanes of a tile: `rows` replicas and `width` coordinates from a multiple of the block's size on."""
    across = -(-width // per_block)
    count = rows * across
    for row in range(rows):
        for b in range(across):
            lanes.blocks[row * across + b] = np.uint64(first_coordinate // per_block + b)
            lanes.replicas[row * across + b] = first_replica + np.uint64(row)
    return Lanes(
        lanes.blocks[:count], lanes.replicas[:count], lanes.k0, lanes.k1, lanes.words, lanes.scratch,
        lanes.padded[: min(lanes.padded.size, count * per_block)], width,
    )  # fmt: skip


@compiled
def draw_words(lanes: Any, round_: int, step: int) -> None:
    """The words of every lane for one (round, step and oracle)."""
    c2, c3, k0, k1 = np.uint64(round_), np.uint64(step), np.uint64(lanes.k0), np.uint64(lanes.k1)
    blocks, replicas, words = lanes.blocks, lanes.replicas, lanes.words
    for i in range(blocks.size):
        w0, w1, w2, w3 = philox4x32(blocks[i], replicas[i], c2, c3, k0, k1)
        words[i], words[LANES + i], words[2 * LANES + i], words[3 * LANES + i] = w0, w1, w2, w3


@compiled
def words_to_normals(out: Any, words: Any, scratch: Any, lanes: int) -> None:
    """Two normals a lane."""
    for i in range(lanes):
        scratch[i] = exponential(words[i], words[LANES + i])
    for i in range(lanes):
        out[2 * i], out[2 * i + 1] = two_normals(scratch[i], words[2 * LANES + i], words[3 * LANES + i])


@compiled
def words_to_normals_single(out: Any, words: Any, scratch: Any, lanes: int) -> None:
    """Four normals a lane, in single precision."""
    for i in range(lanes):
        scratch[i], scratch[LANES + i] = two_normals_single(np.uint64(words[i]), np.uint64(words[LANES + i]))
    for i in range(lanes):
        high, low = np.uint64(words[2 * LANES + i]), np.uint64(words[3 * LANES + i])
        scratch[2 * LANES + i], scratch[3 * LANES + i] = two_normals_single(high, low)
    for i in range(lanes):
        out[4 * i], out[4 * i + 1] = scratch[i], scratch[LANES + i]
        out[4 * i + 2], out[4 * i + 3] = scratch[2 * LANES + i], scratch[3 * LANES + i]


@compiled
def words_to_signs(out: Any, words: Any, lanes: int, width: int) -> None:
    """Up to 128 signs a lane, `width` to a row."""
    across = -(-width // 128)
    for i in range(lanes):
        start, count = i // across * width + i % across * 128, min(128, width - i % across * 128)
        row = out[start : start + count]  # a compiler sees that places in it are not negative
        w0, w1, w2, w3 = words[i], words[LANES + i], words[2 * LANES + i], words[3 * LANES + i]
        if count == 128:
            for j in range(32):
                place = PLACES[j]
                row[j], row[32 + j], row[64 + j], row[96 + j] = (
                    sign(w0, place), sign(w1, place), sign(w2, place), sign(w3, place)
                )  # fmt: skip
        else:
            for j in range(count):
                row[j] = sign(words[j // 32 * LANES + i], np.uint64(j % 32))


@compiled
def words_to_uniforms(out: Any, words: Any, lanes: int) -> None:
    """Two uniforms a lane."""
    for i in range(lanes):
        out[2 * i] = uniform(words[i], words[LANES + i])
        out[2 * i + 1] = uniform(words[2 * LANES + i], words[3 * LANES + i])


@compiled
def close_up(out: Any, padded: Any, width: int) -> None:
    """Rows of whole blocks copied to rows of `width` numbers."""
    rows = out.size // width
    for row in range(rows):
        for j in range(width):
            out[row * width + j] = padded[row * (padded.size // rows) + j]


def normals(out: Any, lanes: Any, round_: int, step: int) -> None:
    """Fill `out`, row after row, with normals for one (round, step and oracle)."""
    draw_words(lanes, round_, step)
    if out.size == lanes.padded.size:
        words_to_normals(out, lanes.words, lanes.scratch, lanes.blocks.size)
    else:
        words_to_normals(lanes.padded, lanes.words, lanes.scratch, lanes.blocks.size)
        close_up(out, lanes.padded, lanes.width)


def normals_single(out: Any, lanes: Any, round_: int, step: int) -> None:
    """Fill `out`, row after row, with normals in single precision for one (round, step and oracle)."""
    draw_words(lanes, round_, step)
    if out.size == lanes.padded.size:
        words_to_normals_single(out, lanes.words, lanes.scratch, lanes.blocks.size)
    else:
        words_to_normals_single(lanes.padded, lanes.words, lanes.scratch, lanes.blocks.size)
        close_up(out, lanes.padded, lanes.width)


def signs(out: Any, lanes: Any, round_: int, step: int) -> None:
    """Fill `out`, row after row, with signs for one (round, step and oracle)."""
    draw_words(lanes, round_, step)
    words_to_signs(out, lanes.words, lanes.blocks.size, lanes.width)


def uniforms(out: Any, lanes: Any, round_: int, step: int) -> None:
    """Fill `out`, row after row, with uniforms for one (round, step and oracle)."""
    draw_words(lanes, round_, step)
    if out.size == lanes.padded.size:
        words_to_uniforms(out, lanes.words, lanes.blocks.size)
    else:
        words_to_uniforms(lanes.padded, lanes.words, lanes.blocks.size)
        close_up(out, lanes.padded, lanes.width)


known(aim, inline=False)
FILL = {fill.__name__: known(fill, inline=False) for fill in (normals, normals_single, signs, uniforms)}
