"""Random numbers for a tile of replicas × coordinates, bit for bit those of `philox`.

A tile's lanes are pairs (replica, block of coordinates), given by two rows of counter words. A core
has room for about a hundred operations that wait for others, so each pass over the lanes is short:
several of its turns are then in flight at once, which is worth more here than one pass over memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.elementary import minus_log
from auxtheory.kernels.cpu.traced import Rows, alike, in_turn, signs_of, traced
from auxtheory.kernels.jit import known
from auxtheory.random.philox import (
    HALF_WORD,
    box_muller,
    box_muller_single,
    complement,
    eighth_turn,
    philox4x32,
    sign,
    squared_radius_single,
    uniform,
)

# The most lanes, as many as a tile has numbers; the four words of lane i stand at i, ROW + i, …
LANES = 512
# Not a power of two, since words 4096 bytes apart would wait for each other.
ROW = LANES + 16
# Lanes that are computed at once: of Philox, whose rounds wait for each other, and of normals, of
# which a processor has no more than it can divide.
TOGETHER = 32
NORMALS_TOGETHER = 16
# The number of coordinates made of four words.
PER_BLOCK = {"normals": 2, "normals_single": 4, "signs": 128, "uniforms": 2}
# Steps whose words are drawn at once, a power of two, since those of one step fill no vector.
STEPS_AHEAD = {"signs": 8}
CACHE_LINE = 64  # bytes
# The fields of the extent of a tile: lanes of a step, steps drawn at once, coordinates of a row;
# and the most steps drawn at once.
COUNT, AHEAD, WIDTH, MOST_AHEAD = range(4)


class Lanes(NamedTuple):
    """State for drawing a tile of rows × width coordinates for several oracle calls.

    counters: rows of ROW words, the block and the replica of each lane and what is added to the
    step; extent: of the tile; keys: of each call, (calls, 2); words: of the last call, or of every
    one where words are kept for later steps, (1 or calls, 4 ROW), and the same as words of 32 bits;
    held: the round and the step of the first words kept, (calls, 2); scratch: an intermediate
    number of each lane; padded: numbers of whole vectors of lanes.
    """

    counters: Any
    extent: Any
    keys: Any
    words: Any
    narrow: Any
    held: Any
    scratch: Any
    padded: Any


def cleared(size: int, dtype: Any = np.float64) -> Any:
    """Zeros that begin with a cache line, so that no vector of them lies across two."""
    items = CACHE_LINE // np.dtype(dtype).itemsize
    longer = np.zeros(size + items, dtype=dtype)
    start = -longer.ctypes.data % CACHE_LINE // longer.itemsize
    return longer[start : start + size]


def room(kind: str, keys: list[tuple[Any, Any]]) -> Lanes:
    """Allocate LANES lanes with their working arrays, for an oracle call with each of the keys."""
    ahead = STEPS_AHEAD.get(kind, 1)
    kept = len(keys) if ahead > 1 else 1
    words = cleared(kept * 4 * ROW, np.uint64).reshape(kept, 4 * ROW)
    return Lanes(
        cleared(3 * ROW, np.uint64),
        np.array([LANES, ahead, 0, ahead], dtype=np.int64),
        np.array(keys, dtype=np.uint64).reshape(len(keys), 2),
        words,
        words.view(np.uint32),
        np.full((len(keys), 2), -1, dtype=np.int64),
        cleared(2 * ROW, np.float32 if kind == "normals_single" else np.float64),
        cleared(0 if kind == "signs" else LANES * PER_BLOCK[kind]),
    )


def aim(
    lanes: Any, per_block: int, first_coordinate: int, width: int, first_replica: Any, rows: int
) -> None:
    """Set the lanes to a tile of `rows` replicas and `width` coordinates, beginning at a multiple
    of the block's size."""
    across = -(-width // per_block)
    count = rows * across
    ahead = lanes.extent[MOST_AHEAD]
    while ahead > 1 and ahead * count > LANES:
        ahead //= 2
    counters = lanes.counters
    for step in range(ahead):
        for row in range(rows):
            for b in range(across):
                i = step * count + row * across + b
                counters[i] = np.uint64(first_coordinate // per_block + b)
                counters[ROW + i] = first_replica + np.uint64(row)
                counters[2 * ROW + i] = np.uint64(8 * step)
    lanes.held[:] = -1
    lanes.extent[COUNT] = count
    lanes.extent[AHEAD] = ahead
    lanes.extent[WIDTH] = width


# -- whole vectors of lanes, from lane i on


def _four_words(rows: Rows, i: Any, numbers: Any, *, later: bool) -> Any:
    c2, c3, k0, k1 = (alike(rows.builder, number, TOGETHER) for number in numbers)
    block, replica, steps = (rows.load(1, i, row * ROW, TOGETHER) for row in range(3))
    return philox4x32(block, replica, c2, c3 + steps if later else c3, k0, k1)


@traced(arrays=2, numbers=4)
def words_at(rows: Rows, i: Any, *numbers: Any) -> None:
    """Four words a lane, with numbers (round, step and oracle, key)."""
    for place, word in enumerate(_four_words(rows, i, numbers, later=True)):
        rows.store(0, i, word, place * ROW)


@traced(arrays=2, numbers=4)
def pairs_of_words_at(rows: Rows, i: Any, *numbers: Any) -> None:
    """Four words a lane in halves of two numbers: the first and third, the second and fourth."""
    w0, w1, w2, w3 = _four_words(rows, i, numbers, later=False)
    rows.store(0, i, w0 | (w2 << HALF_WORD))
    rows.store(0, i, w1 | (w3 << HALF_WORD), ROW)


@traced(arrays=2, numbers=0)
def squared_radius_at(rows: Rows, i: Any) -> None:
    """The squared radius of two normals a lane."""
    w0, w1 = (rows.load(1, i, place * ROW, NORMALS_TOGETHER) for place in range(2))
    rows.store(0, i, minus_log(complement(w0, w1)))


@traced(arrays=3, numbers=0)
def normals_at(rows: Rows, i: Any) -> None:
    """Two normals a lane from their squared radius."""
    squared = rows.load(1, i, 0, NORMALS_TOGETHER)
    w2, w3 = (rows.load(2, i, place * ROW, NORMALS_TOGETHER) for place in (2, 3))
    first, second = box_muller(squared, eighth_turn(w2, w3), w3)
    rows.store(0, rows.builder.add(i, i), in_turn(first, second))


@traced(arrays=2, numbers=0)
def squared_radius_single_at(rows: Rows, i: Any) -> None:
    """The squared radius of the two normals of a half of a lane, in single precision."""
    rows.store(0, i, squared_radius_single(rows.load(1, i, 0, NORMALS_TOGETHER)))


@traced(arrays=3, numbers=0)
def normals_single_at(rows: Rows, i: Any) -> None:
    """Two normals of a half of a lane from their squared radius, in single precision."""
    squared = rows.load(1, i, 0, NORMALS_TOGETHER)
    first, second = box_muller_single(squared, rows.load(2, i, 2 * ROW, NORMALS_TOGETHER))
    rows.store(0, rows.builder.add(i, i), in_turn(first, second))


@traced(arrays=2, numbers=4)
def uniforms_at(rows: Rows, i: Any, *numbers: Any) -> None:
    """Two uniforms a lane, with numbers (round, step and oracle, key)."""
    w0, w1, w2, w3 = _four_words(rows, i, numbers, later=True)
    rows.store(0, rows.builder.add(i, i), in_turn(uniform(w0, w1), uniform(w2, w3)))


@traced(arrays=1, numbers=1)
def signs_at(rows: Rows, i: Any, word: Any) -> None:
    """The 32 signs of a word."""
    rows.store(0, i, signs_of(rows.builder, word))


# -- whole tiles


def draw_words(lanes: Any, count: int, number: int, round_: int, step: int) -> None:
    """Draw the words of `count` lanes for one (round, step and oracle) of a call, and for some
    steps after it."""
    words = lanes.words[min(number, lanes.words.shape[0] - 1)]
    key = lanes.keys[number]
    for i in range(0, count, TOGETHER):
        words_at(words, lanes.counters, i, np.uint64(round_), np.uint64(step), key[0], key[1])


def words_to_normals(out: Any, lanes: Any, count: int) -> None:
    """Two normals a lane."""
    words = lanes.words[0]
    for i in range(0, count, NORMALS_TOGETHER):
        squared_radius_at(lanes.scratch, words, i)
    for i in range(0, count, NORMALS_TOGETHER):
        normals_at(out, lanes.scratch, words, i)


def words_to_normals_single(out: Any, lanes: Any, count: int) -> None:
    """Four normals a lane, from pairs of words."""
    narrow = lanes.narrow[0]
    for i in range(0, 2 * count, NORMALS_TOGETHER):
        squared_radius_single_at(lanes.scratch, narrow, i)
    for i in range(0, 2 * count, NORMALS_TOGETHER):
        normals_single_at(out, lanes.scratch, narrow, i)


def draw_uniforms(out: Any, lanes: Any, count: int, number: int, round_: int, step: int) -> None:
    """Two uniforms for each of `count` lanes, or more to fill a vector of them."""
    key = lanes.keys[number]
    for i in range(0, count, TOGETHER):
        uniforms_at(out, lanes.counters, i, np.uint64(round_), np.uint64(step), key[0], key[1])


def words_to_signs(out: Any, words: Any, first: int, rows: int, width: int) -> None:
    """Up to 128 signs a lane, `width` to a row, from the lane `first` on."""
    i = first
    for row in range(rows):
        for start in range(row * width, (row + 1) * width, 128):
            count = min(128, (row + 1) * width - start)
            for place in range(4):
                word = words[place * ROW + i]
                j = start + 32 * place
                if 32 * place + 32 <= count:
                    signs_at(out, j, word)
                else:
                    for k in range(count - 32 * place):
                        out[j + k] = sign(word, np.uint64(k))
            i += 1


def fits(out: Any, count: int, per_block: int) -> bool:
    """Whether whole vectors of lanes are what a tile takes."""
    return out.size == count * per_block and count % TOGETHER == 0


def close_up(out: Any, lanes: Any, per_block: int) -> None:
    """Copy rows of whole blocks to rows of the tile's width."""
    width = lanes.extent[WIDTH]
    rows = out.size // width
    apart = lanes.extent[COUNT] // rows * per_block
    for row in range(rows):
        for j in range(width):
            out[row * width + j] = lanes.padded[row * apart + j]


def normals(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with normals for one (round, step and oracle) of a call."""
    count = lanes.extent[COUNT]
    draw_words(lanes, count, number, round_, step)
    if fits(out, count, 2):
        words_to_normals(out, lanes, count)
    else:
        words_to_normals(lanes.padded, lanes, count)
        close_up(out, lanes, 2)


def normals_single(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with normals in single precision for one (round, step and oracle)
    of a call."""
    count = lanes.extent[COUNT]
    words = lanes.words[0]
    key = lanes.keys[number]
    for i in range(0, count, TOGETHER):
        pairs_of_words_at(
            words, lanes.counters, i, np.uint64(round_), np.uint64(step), key[0], key[1]
        )
    if fits(out, count, 4):
        words_to_normals_single(out, lanes, count)
    else:
        words_to_normals_single(lanes.padded, lanes, count)
        close_up(out, lanes, 4)


def signs(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with signs for one (round, step and oracle) of a call."""
    count, ahead, width = lanes.extent[COUNT], lanes.extent[AHEAD], lanes.extent[WIDTH]
    past = (step >> 3) & (ahead - 1)
    first = step - 8 * past
    held = lanes.held[number]
    if held[0] != round_ or held[1] != first:
        draw_words(lanes, ahead * count, number, round_, first)
        held[0], held[1] = round_, first
    words_to_signs(out, lanes.words[number], past * count, out.size // width, width)


def uniforms(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with uniforms for one (round, step and oracle) of a call."""
    count = lanes.extent[COUNT]
    if fits(out, count, 2):
        draw_uniforms(out, lanes, count, number, round_, step)
    else:
        draw_uniforms(lanes.padded, lanes, count, number, round_, step)
        close_up(out, lanes, 2)


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


for _piece in (
    aim,
    tosses,
    draw_words,
    words_to_normals,
    words_to_normals_single,
    draw_uniforms,
    words_to_signs,
    close_up,
):
    known(_piece, inline=False)
known(fits)
FILL = {
    fill.__name__: known(fill, inline=False) for fill in (normals, normals_single, signs, uniforms)
}
