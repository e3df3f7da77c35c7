"""Random numbers for a tile of replicas × coordinates, bit for bit those of `philox`.

A tile's lanes are pairs (replica, block of coordinates), given by two arrays of counter words. A
core has room for
about a hundred operations that wait for others, so each loop is short: several of its turns are
then in flight at once, which is worth more here than one pass over memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.elementary import minus_log_of_split, split
from auxtheory.kernels.jit import compiled, known
from auxtheory.random.philox import (
    MASK,
    PAIRS_OF_ROUNDS,
    box_muller,
    box_muller_single,
    complement,
    eighth_turn,
    key_after_two,
    philox4x32,
    sign,
    squared_radius_single,
    two_rounds,
    uniform,
)

PLACES = np.arange(32, dtype=np.uint64)
# The most lanes, as many as a tile has numbers; the four words of lane i stand at i, LANES + i, …
# Not a power of two, since words 4096 bytes apart would wait for each other.
LANES = 520
# The number of coordinates made of four words.
PER_BLOCK = {"normals": 2, "normals_single": 4, "signs": 128, "uniforms": 2}
# Steps whose words are drawn at once, a power of two, since those of one step fill no vector.
STEPS_AHEAD = {"signs": 8}
CACHE_LINE = 64  # bytes


class Lanes(NamedTuple):
    """State for drawing a tile of rows × width coordinates: for each lane the counter's first two
    words and the offset of the last, the key, the number of lanes in a step, and working arrays for
    words, intermediate numbers and whole blocks."""

    blocks: Any
    replicas: Any
    later: Any
    k0: Any
    k1: Any
    words: Any
    narrow: Any
    scratch: Any
    padded: Any
    held: Any  # the round and the step of the first words held
    per_step: int
    ahead: int
    width: int


def cleared(size: int, dtype: Any = np.float64) -> Any:
    """Zeros that begin with a cache line, so that no vector of them lies across two."""
    items = CACHE_LINE // np.dtype(dtype).itemsize
    longer = np.zeros(size + items, dtype=dtype)
    start = -longer.ctypes.data % CACHE_LINE // longer.itemsize
    return longer[start : start + size]


def room(width: int, key: tuple[Any, Any], kind: str) -> Lanes:
    """Allocate LANES lanes with their working arrays."""
    blocks, replicas, later = (cleared(LANES, np.uint64) for _ in range(3))
    narrow, scratch = (
        cleared(4 * LANES, of) for of in (np.uint32, np.float32 if "single" in kind else np.float64)
    )
    padded = cleared(0 if kind == "signs" else LANES * PER_BLOCK[kind])
    words = cleared(4 * LANES, np.uint64)
    held = np.zeros(2, dtype=np.int64)
    ahead = STEPS_AHEAD.get(kind, 1)
    return Lanes(
        blocks,
        replicas,
        later,
        key[0],
        key[1],
        words,
        narrow,
        scratch,
        padded,
        held,
        LANES,
        ahead,
        width,
    )


def rooms(keys: list[tuple[Any, Any]], kind: str) -> tuple[Lanes, ...]:
    """Lanes for each of several keys; they share their working arrays where nothing is kept in
    these for later steps."""
    first = room(0, keys[0], kind)
    if kind in STEPS_AHEAD:
        return (first, *(room(0, key, kind) for key in keys[1:]))
    return tuple(first._replace(k0=k0, k1=k1) for k0, k1 in keys)


def aim(
    lanes: Any, per_block: int, first_coordinate: int, width: int, first_replica: Any, rows: int
) -> Any:
    """Set the lanes to a tile of `rows` replicas and `width` coordinates, beginning at a multiple
    of the block's size."""
    across = -(-width // per_block)
    count = rows * across
    ahead = lanes.ahead
    while ahead > 1 and ahead * count > LANES:
        ahead //= 2
    for step in range(ahead):
        for row in range(rows):
            for b in range(across):
                i = step * count + row * across + b
                lanes.blocks[i] = np.uint64(first_coordinate // per_block + b)
                lanes.replicas[i] = first_replica + np.uint64(row)
                lanes.later[i] = np.uint64(8 * step)
    lanes.held[:] = -1
    return Lanes(
        lanes.blocks[: ahead * count],
        lanes.replicas[: ahead * count],
        lanes.later[: ahead * count],
        lanes.k0,
        lanes.k1,
        lanes.words,
        lanes.narrow,
        lanes.scratch,
        lanes.padded[: min(lanes.padded.size, count * per_block)],
        lanes.held,
        count,
        ahead,
        width,
    )


@known
def alike(aimed: Any, lanes: Any) -> Any:
    """Lanes of another key, set to the tile of lanes that are."""
    lanes.held[:] = -1
    return Lanes(
        aimed.blocks,
        aimed.replicas,
        aimed.later,
        lanes.k0,
        lanes.k1,
        lanes.words,
        aimed.narrow,
        aimed.scratch,
        aimed.padded,
        lanes.held,
        aimed.per_step,
        aimed.ahead,
        aimed.width,
    )


@known
def four_rounds(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Four rounds of Philox."""
    c0, c1, c2, c3 = two_rounds(c0, c1, c2, c3, k0, k1)
    k0, k1 = key_after_two(k0, k1)
    return two_rounds(c0, c1, c2, c3, k0, k1)


@compiled
def draw_words(lanes: Any, round_: int, step: int) -> None:
    """Draw the words of every lane for one (round, step and oracle) and for some steps after it."""
    c2 = np.uint64(round_)
    c3 = np.uint64(step)
    k0 = np.uint64(lanes.k0)
    k1 = np.uint64(lanes.k1)
    blocks = lanes.blocks
    replicas = lanes.replicas
    later = lanes.later
    w = lanes.words
    for i in range(blocks.size):
        w0, w1, w2, w3 = four_rounds(blocks[i], replicas[i], c2, c3 + later[i], k0, k1)
        w[i], w[LANES + i], w[2 * LANES + i], w[3 * LANES + i] = w0, w1, w2, w3
    for _ in range(PAIRS_OF_ROUNDS // 2 - 1):
        k0, k1 = key_after_two(k0, k1)
        k0, k1 = key_after_two(k0, k1)
        for i in range(blocks.size):
            w0, w1, w2, w3 = four_rounds(
                w[i], w[LANES + i], w[2 * LANES + i], w[3 * LANES + i], k0, k1
            )
            w[i], w[LANES + i], w[2 * LANES + i], w[3 * LANES + i] = w0, w1, w2, w3
    k0, k1 = key_after_two(k0, k1)
    k0, k1 = key_after_two(k0, k1)
    for i in range(blocks.size):
        w0, w1, w2, w3 = two_rounds(w[i], w[LANES + i], w[2 * LANES + i], w[3 * LANES + i], k0, k1)
        w[i], w[LANES + i], w[2 * LANES + i], w[3 * LANES + i] = (
            w0 & MASK,
            w1 & MASK,
            w2 & MASK,
            w3 & MASK,
        )


@compiled
def words_to_normals(out: Any, words: Any, scratch: Any, lanes: int) -> None:
    """Two normals a lane."""
    for i in range(lanes):
        scratch[i], scratch[LANES + i] = split(complement(words[i], words[LANES + i]))
    for i in range(lanes):
        scratch[i] = minus_log_of_split(scratch[i], scratch[LANES + i])
    for i in range(lanes):
        scratch[LANES + i] = eighth_turn(words[2 * LANES + i], words[3 * LANES + i])
    for i in range(lanes):
        out[2 * i], out[2 * i + 1] = box_muller(
            scratch[i], scratch[LANES + i], words[3 * LANES + i]
        )


@compiled
def words_to_normals_single(out: Any, words: Any, narrow: Any, scratch: Any, lanes: int) -> None:
    """Four normals a lane, in single precision, which is twice as fast with words in 32 bits."""
    for word in range(4):
        for i in range(lanes):
            narrow[word * LANES + i] = words[word * LANES + i]
    for i in range(lanes):
        scratch[i] = squared_radius_single(np.uint64(narrow[i]))
    for i in range(lanes):
        scratch[2 * LANES + i] = squared_radius_single(np.uint64(narrow[2 * LANES + i]))
    for i in range(lanes):
        scratch[i], scratch[LANES + i] = box_muller_single(scratch[i], np.uint64(narrow[LANES + i]))
    for i in range(lanes):
        scratch[2 * LANES + i], scratch[3 * LANES + i] = box_muller_single(
            scratch[2 * LANES + i], np.uint64(narrow[3 * LANES + i])
        )
    for i in range(lanes):
        out[4 * i], out[4 * i + 1] = scratch[i], scratch[LANES + i]
        out[4 * i + 2], out[4 * i + 3] = scratch[2 * LANES + i], scratch[3 * LANES + i]


@compiled
def words_to_signs(out: Any, words: Any, first: int, rows: int, width: int) -> None:
    """Up to 128 signs a lane, `width` to a row, from the lane `first` on."""
    i = first
    for row in range(rows):
        for start in range(row * width, (row + 1) * width, 128):
            count = min(128, (row + 1) * width - start)
            part = out[start : start + count]  # lets the compiler see non-negative indices
            w0 = words[i]
            w1 = words[LANES + i]
            w2 = words[2 * LANES + i]
            w3 = words[3 * LANES + i]
            if count == 128:
                for j in range(32):
                    place = PLACES[j]
                    part[j], part[32 + j], part[64 + j], part[96 + j] = (
                        sign(w0, place),
                        sign(w1, place),
                        sign(w2, place),
                        sign(w3, place),
                    )
            else:
                for j in range(count):
                    part[j] = sign(words[j // 32 * LANES + i], np.uint64(j % 32))
            i += 1


@compiled
def words_to_uniforms(out: Any, words: Any, lanes: int) -> None:
    """Two uniforms a lane."""
    for i in range(lanes):
        out[2 * i] = uniform(words[i], words[LANES + i])
        out[2 * i + 1] = uniform(words[2 * LANES + i], words[3 * LANES + i])


@compiled
def close_up(out: Any, padded: Any, width: int) -> None:
    """Copy rows of whole blocks to rows of `width` numbers."""
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
    """Fill `out`, row after row, with normals in single precision for one (round, step and
    oracle)."""
    draw_words(lanes, round_, step)
    if out.size == lanes.padded.size:
        words_to_normals_single(out, lanes.words, lanes.narrow, lanes.scratch, lanes.blocks.size)
    else:
        words_to_normals_single(
            lanes.padded, lanes.words, lanes.narrow, lanes.scratch, lanes.blocks.size
        )
        close_up(out, lanes.padded, lanes.width)


def signs(out: Any, lanes: Any, round_: int, step: int) -> None:
    """Fill `out`, row after row, with signs for one (round, step and oracle)."""
    past = (step >> 3) & (lanes.ahead - 1)
    first = step - 8 * past
    if lanes.held[0] != round_ or lanes.held[1] != first:
        draw_words(lanes, round_, first)
        lanes.held[0], lanes.held[1] = round_, first
    words_to_signs(out, lanes.words, past * lanes.per_step, out.size // lanes.width, lanes.width)


def uniforms(out: Any, lanes: Any, round_: int, step: int) -> None:
    """Fill `out`, row after row, with uniforms for one (round, step and oracle)."""
    draw_words(lanes, round_, step)
    if out.size == lanes.padded.size:
        words_to_uniforms(out, lanes.words, lanes.blocks.size)
    else:
        words_to_uniforms(lanes.padded, lanes.words, lanes.blocks.size)
        close_up(out, lanes.padded, lanes.width)


def tosses(out: Any, replica: Any, key: Any, round_: int, step: int, width: int) -> None:
    """Fill `out`, rows of `width` numbers, with one uniform for each replica: random choices."""
    for row in range(out.size // width):
        w0, w1, _, _ = philox4x32(
            np.uint64(0),
            replica + np.uint64(row),
            np.uint64(round_),
            np.uint64(step),
            key[0],
            key[1],
        )
        u = uniform(w0, w1)
        for j in range(width):
            out[row * width + j] = u


known(aim, inline=False)
known(tosses, inline=False)
FILL = {
    fill.__name__: known(fill, inline=False) for fill in (normals, normals_single, signs, uniforms)
}
