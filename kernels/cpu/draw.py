"""Random numbers for a tile of replicas × coordinates, bit for bit those of `philox`.

A tile's lanes are pairs (replica, block of coordinates), given by rows of counter words. A core
has room for about a hundred operations that wait for others, so each pass over the lanes is short:
several of its turns are then in flight at once, which is worth more here than one pass over memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.elementary import from_bits, minus_log
from auxtheory.kernels.cpu.traced import Rows, alike, in_turn, signs_of, traced
from auxtheory.kernels.jit import known
from auxtheory.random.philox import (
    HALF_WORD,
    ONE,
    box_muller,
    box_muller_single,
    complement,
    eighth_turn,
    philox4x32,
    sign,
    squared_radius_single,
    uniform,
)

# The most lanes, as many as a tile has numbers.
LANES = 512
# Numbers of all lanes, one row after the other. Not a power of two, since words 4096 bytes apart
# would wait for each other.
ROW = LANES + 16
# Lanes that are computed at once: of Philox, whose rounds wait for each other, and of normals, of
# which a processor has no more than it can divide.
TOGETHER = 32
NORMALS_TOGETHER = 16
# Lanes whose words become normals before the next are drawn.
AT_ONCE = 128
# The number of coordinates made of four words.
PER_BLOCK = {"normals": 2, "normals_single": 4, "signs": 128, "uniforms": 2}
# Steps whose words are drawn at once, a power of two, since those of one step fill no vector.
STEPS_AHEAD = {"signs": 8}
CACHE_LINE = 64  # bytes
# The parts of the array of lanes, in words of 64 bits. It is one array, since a compiled function
# takes several numbers for each. First stands the extent of a tile: lanes of a step, steps drawn at
# once, coordinates of a row; then the most steps drawn at once and where the calls begin.
COUNT, AHEAD, WIDTH, MOST_AHEAD, CALLS = range(5)
# Rows of the lanes: their block, their replica, and what is added to the step.
COUNTERS = 8
# An intermediate number of each lane.
SCRATCH = COUNTERS + 3 * ROW
# Numbers of whole vectors of lanes, where these are not what a tile takes.
PADDED = SCRATCH + ROW
# The four words of lane i of the last call, or of every call where words are kept for later steps,
# at i, ROW + i, …; behind them each call's key and the round and the step of the first words kept.
WORDS = PADDED + 2 * LANES
OF_A_CALL = 4
NEVER = np.uint64(2**64 - 1)  # instead of the round, where no words are kept


def cleared(size: int, dtype: Any = np.float64) -> Any:
    """Zeros that begin with a cache line, so that no vector of them lies across two."""
    items = CACHE_LINE // np.dtype(dtype).itemsize
    longer = np.zeros(size + items, dtype=dtype)
    start = -longer.ctypes.data % CACHE_LINE // longer.itemsize
    return longer[start : start + size]


def room(kind: str, keys: list[tuple[Any, Any]]) -> Any:
    """Allocate LANES lanes with their working arrays, for an oracle call with each of the keys."""
    ahead = STEPS_AHEAD.get(kind, 1)
    calls = WORDS + 4 * ROW * (len(keys) if ahead > 1 else 1)
    lanes = cleared(calls + OF_A_CALL * len(keys), np.uint64)
    lanes[COUNT] = LANES
    lanes[AHEAD] = lanes[MOST_AHEAD] = ahead
    lanes[CALLS] = calls
    of_calls = lanes[calls:].reshape(-1, OF_A_CALL)
    of_calls[:, :2] = np.array(keys, dtype=np.uint64)
    of_calls[:, 2:] = NEVER
    return lanes


def aim(
    lanes: Any, per_block: int, first_coordinate: int, width: int, first_replica: Any, rows: int
) -> None:
    """Set the lanes to a tile of `rows` replicas and `width` coordinates, beginning at a multiple
    of the block's size."""
    across = -(-width // per_block)
    count = rows * across
    ahead = np.int64(lanes[MOST_AHEAD])
    while ahead > 1 and ahead * count > LANES:
        ahead //= 2
    i = COUNTERS
    for step in range(ahead):
        for row in range(rows):
            for b in range(across):
                lanes[i] = np.uint64(first_coordinate // per_block + b)
                lanes[ROW + i] = first_replica + np.uint64(row)
                lanes[2 * ROW + i] = np.uint64(8 * step)
                i += 1
    for call in range(np.int64(lanes[CALLS]), lanes.size, OF_A_CALL):
        lanes[call + 2] = NEVER
    lanes[COUNT] = np.uint64(count)
    lanes[AHEAD] = np.uint64(ahead)
    lanes[WIDTH] = np.uint64(width)


# -- whole vectors of lanes, from lane i on


def _four_words(rows: Rows, array: int, i: Any, numbers: Any, *, later: bool) -> Any:
    c2, c3, k0, k1 = (alike(rows.builder, number, TOGETHER) for number in numbers)
    block, replica, steps = (
        rows.load(array, i, COUNTERS + row * ROW, TOGETHER) for row in range(3)
    )
    return philox4x32(block, replica, c2, c3 + steps if later else c3, k0, k1)


def _in_pairs(rows: Rows, i: Any, first: Any, pairs: Any, natural: Any) -> None:
    """Write two numbers a lane from a place of the first array on, which may be that of lanes."""
    b = rows.builder
    kind = natural if rows.kinds[0] is np.uint64 else rows.kinds[0]
    rows.store(0, b.add(first, b.add(i, i)), in_turn(*pairs), 0, kind)


@traced(arrays=1, numbers=5)
def words_at(rows: Rows, i: Any, first: Any, *numbers: Any) -> None:
    """Four words a lane from a place on, with numbers (round, step and oracle, key)."""
    j = rows.builder.add(i, first)
    for place, word in enumerate(_four_words(rows, 0, i, numbers, later=True)):
        rows.store(0, j, word, place * ROW)


@traced(arrays=1, numbers=5)
def words_once_at(rows: Rows, i: Any, begin: Any, *numbers: Any) -> None:
    """Four words a lane of those from lane `begin` on, whose words stand at the beginning."""
    j = rows.builder.sub(i, begin)
    for place, word in enumerate(_four_words(rows, 0, i, numbers, later=False)):
        rows.store(0, j, word, WORDS + place * ROW)


@traced(arrays=1, numbers=5)
def pairs_of_words_at(rows: Rows, i: Any, begin: Any, *numbers: Any) -> None:
    """The same in halves of two numbers: the first and third, the second and fourth."""
    j = rows.builder.sub(i, begin)
    w0, w1, w2, w3 = _four_words(rows, 0, i, numbers, later=False)
    rows.store(0, j, w0 | (w2 << HALF_WORD), WORDS)
    rows.store(0, j, w1 | (w3 << HALF_WORD), WORDS + ROW)


@traced(arrays=1, numbers=0)
def squared_radius_at(rows: Rows, i: Any) -> None:
    """The squared radius of two normals a lane."""
    w0, w1 = (rows.load(0, i, WORDS + place * ROW, NORMALS_TOGETHER) for place in range(2))
    rows.store(0, i, minus_log(complement(w0, w1)), SCRATCH, np.float64)


@traced(arrays=2, numbers=1)
def normals_at(rows: Rows, i: Any, first: Any) -> None:
    """Two normals a lane from their squared radius."""
    squared = rows.load(1, i, SCRATCH, NORMALS_TOGETHER, np.float64)
    w2, w3 = (rows.load(1, i, WORDS + place * ROW, NORMALS_TOGETHER) for place in (2, 3))
    _in_pairs(rows, i, first, box_muller(squared, eighth_turn(w2, w3), w3), np.float64)


@traced(arrays=1, numbers=0)
def squared_radius_single_at(rows: Rows, i: Any) -> None:
    """The squared radius of the two normals of a half of a lane, in single precision."""
    words = rows.load(0, i, 2 * WORDS, NORMALS_TOGETHER, np.uint32)
    rows.store(0, i, squared_radius_single(words), 2 * SCRATCH, np.float32)


@traced(arrays=2, numbers=1)
def normals_single_at(rows: Rows, i: Any, first: Any) -> None:
    """Two normals of a half of a lane from their squared radius, in single precision."""
    squared = rows.load(1, i, 2 * SCRATCH, NORMALS_TOGETHER, np.float32)
    words = rows.load(1, i, 2 * (WORDS + ROW), NORMALS_TOGETHER, np.uint32)
    _in_pairs(rows, i, first, box_muller_single(squared, words), np.float32)


@traced(arrays=2, numbers=5)
def uniforms_at(rows: Rows, i: Any, first: Any, *numbers: Any) -> None:
    """Two uniforms a lane, with numbers (round, step and oracle, key)."""
    w0, w1, w2, w3 = _four_words(rows, 1, i, numbers, later=True)
    _in_pairs(rows, i, first, (uniform(w0, w1), uniform(w2, w3)), np.float64)


@traced(arrays=1, numbers=1)
def signs_at(rows: Rows, i: Any, word: Any) -> None:
    """The 32 signs of a word."""
    rows.store(0, i, signs_of(rows.builder, word))


def _mover(count: int, kind: Any) -> Any:
    @traced(arrays=2, numbers=1)
    def moved_at(rows: Rows, i: Any, j: Any) -> None:
        """Numbers of a type from place j of the lanes on."""
        rows.store(0, i, rows.load(1, j, 0, count, kind))

    return moved_at


some_moved_at = _mover(NORMALS_TOGETHER, np.float64)
one_moved_at = _mover(1, np.float64)
some_single_moved_at = _mover(NORMALS_TOGETHER, np.float32)
one_single_moved_at = _mover(1, np.float32)


# -- whole tiles


def key_of(lanes: Any, number: int) -> Any:
    """The key of a call."""
    call = np.int64(lanes[CALLS]) + OF_A_CALL * number
    return lanes[call], lanes[call + 1]


def draw_words(lanes: Any, count: Any, first: int, key: Any, round_: int, step: Any) -> None:
    """Draw the words of `count` lanes, from a place on, for one (round, step and oracle)."""
    for i in range(0, count, TOGETHER):
        words_at(lanes, i, np.uint64(first), np.uint64(round_), np.uint64(step), key[0], key[1])


def draw_normals(
    out: Any, first: int, lanes: Any, count: Any, key: Any, round_: int, step: int
) -> None:
    """Two normals a lane, from a place on; some lanes after others, so that their words stay in a
    first-level cache."""
    for begin in range(0, count, AT_ONCE):
        end = min(begin + AT_ONCE, count)
        for i in range(begin, end, TOGETHER):
            words_once_at(lanes, i, np.uint64(begin), np.uint64(round_), np.uint64(step), *key)
        for i in range(0, end - begin, NORMALS_TOGETHER):
            squared_radius_at(lanes, i)
        for i in range(0, end - begin, NORMALS_TOGETHER):
            normals_at(out, lanes, i, np.uint64(first + 2 * begin))


def draw_normals_single(
    out: Any, first: int, lanes: Any, count: Any, key: Any, round_: int, step: int
) -> None:
    """Four normals a lane in single precision, from a place on."""
    for begin in range(0, count, AT_ONCE):
        end = min(begin + AT_ONCE, count)
        for i in range(begin, end, TOGETHER):
            pairs_of_words_at(lanes, i, np.uint64(begin), np.uint64(round_), np.uint64(step), *key)
        for i in range(0, 2 * (end - begin), NORMALS_TOGETHER):
            squared_radius_single_at(lanes, i)
        for i in range(0, 2 * (end - begin), NORMALS_TOGETHER):
            normals_single_at(out, lanes, i, np.uint64(first + 4 * begin))


def draw_uniforms(
    out: Any, first: int, lanes: Any, count: Any, number: int, round_: int, step: int
) -> None:
    """Two uniforms for each of `count` lanes, or more to fill a vector of them, from a place on."""
    key = key_of(lanes, number)
    for i in range(0, count, TOGETHER):
        uniforms_at(
            out, lanes, i, np.uint64(first), np.uint64(round_), np.uint64(step), key[0], key[1]
        )


def words_to_signs(out: Any, lanes: Any, first: int, rows: Any, width: Any) -> None:
    """Up to 128 signs a lane, `width` to a row, from the words at a place on."""
    i = first
    for row in range(rows):
        for start in range(row * width, (row + 1) * width, 128):
            count = min(128, (row + 1) * width - start)
            for place in range(4):
                word = lanes[place * ROW + i]
                j = start + 32 * place
                if 32 * place + 32 <= count:
                    signs_at(out, j, word)
                else:
                    for k in range(count - 32 * place):
                        out[j + k] = sign(word, np.uint64(k))
            i += 1


def words_to_bits(out: Any, lanes: Any, first: int, rows: Any, width: Any) -> None:
    """Up to 128 bits a lane, `width` to a row, from the words at a place on: one after the other,
    64 in each number."""
    i = first
    if width % 128 == 0:
        for k in range(rows * (width // 128)):
            out[2 * k] = from_bits(lanes[i + k] | (lanes[ROW + i + k] << HALF_WORD))
            out[2 * k + 1] = from_bits(
                lanes[2 * ROW + i + k] | (lanes[3 * ROW + i + k] << HALF_WORD)
            )
        return
    k = 0
    held = np.uint64(0)
    used = 0
    for _ in range(rows):
        for start in range(0, width, 128):
            left = width - start
            for place in range(4):
                count = min(max(left - 32 * place, 0), 32)
                word = lanes[place * ROW + i] & ((ONE << np.uint64(count)) - ONE)
                held |= word << np.uint64(used)
                used += count
                if used >= 64:
                    used -= 64
                    out[k] = from_bits(held)
                    k += 1
                    held = word >> np.uint64(count - used)
            i += 1
    if used:
        out[k] = from_bits(held)


def fits(out: Any, count: Any, per_block: int) -> bool:
    """Whether whole vectors of lanes are what a tile takes."""
    return out.size == count * per_block and count % TOGETHER == 0


def close_up(out: Any, lanes: Any, count: Any, per_block: int, single: bool) -> None:
    """Copy rows of whole blocks, in single precision or not, to rows of the tile's width."""
    width = np.int64(lanes[WIDTH])
    rows = out.size // width
    whole = width // NORMALS_TOGETHER * NORMALS_TOGETHER
    for row in range(rows):
        i = row * width
        j = (2 * PADDED if single else PADDED) + row * (count // rows * per_block)
        for k in range(0, whole, NORMALS_TOGETHER):
            if single:
                some_single_moved_at(out, lanes, i + k, np.uint64(j + k))
            else:
                some_moved_at(out, lanes, i + k, np.uint64(j + k))
        for k in range(whole, width):
            if single:
                one_single_moved_at(out, lanes, i + k, np.uint64(j + k))
            else:
                one_moved_at(out, lanes, i + k, np.uint64(j + k))


def normals(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with normals for one (round, step and oracle) of a call."""
    count = np.int64(lanes[COUNT])
    key = key_of(lanes, number)
    if fits(out, count, 2):
        draw_normals(out, 0, lanes, count, key, round_, step)
    else:
        draw_normals(lanes, PADDED, lanes, count, key, round_, step)
        close_up(out, lanes, count, 2, False)


def normals_single(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with normals in single precision for one (round, step and oracle)
    of a call."""
    count = np.int64(lanes[COUNT])
    key = key_of(lanes, number)
    if fits(out, count, 4):
        draw_normals_single(out, 0, lanes, count, key, round_, step)
    else:
        draw_normals_single(lanes, 2 * PADDED, lanes, count, key, round_, step)
        close_up(out, lanes, count, 4, True)


def words_of_signs(lanes: Any, number: int, round_: int, step: int) -> Any:
    """The place of the words of one (round, step and oracle) of a call, drawn with those of some
    steps after it."""
    count = np.int64(lanes[COUNT])
    ahead = np.int64(lanes[AHEAD])
    past = (step >> 3) & (ahead - 1)
    first = step - 8 * past
    call = np.int64(lanes[CALLS]) + OF_A_CALL * number
    place = WORDS + 4 * ROW * number
    if lanes[call + 2] != np.uint64(round_) or lanes[call + 3] != np.uint64(first):
        draw_words(lanes, ahead * count, place, key_of(lanes, number), round_, first)
        lanes[call + 2] = np.uint64(round_)
        lanes[call + 3] = np.uint64(first)
    return place + past * count


def signs(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with signs for one (round, step and oracle) of a call."""
    width = np.int64(lanes[WIDTH])
    place = words_of_signs(lanes, number, round_, step)
    words_to_signs(out, lanes, place, out.size // width, width)


def bits(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill the beginning of `out` with the bits that `signs` takes as signs."""
    width = np.int64(lanes[WIDTH])
    place = words_of_signs(lanes, number, round_, step)
    words_to_bits(out, lanes, place, out.size // width, width)


def uniforms(out: Any, lanes: Any, number: int, round_: int, step: int) -> None:
    """Fill `out`, row after row, with uniforms for one (round, step and oracle) of a call."""
    count = np.int64(lanes[COUNT])
    if fits(out, count, 2):
        draw_uniforms(out, 0, lanes, count, number, round_, step)
    else:
        draw_uniforms(lanes, PADDED, lanes, count, number, round_, step)
        close_up(out, lanes, count, 2, False)


def tosses(out: Any, replica: Any, key: Any, round_: int, step: int, width: Any) -> None:
    """Fill `out`, rows of `width` numbers, with one uniform for each replica: random choices."""
    across = np.int64(width)
    for row in range(out.size // across):
        w0, w1, _, _ = philox4x32(
            np.uint64(0),
            replica + np.uint64(row),
            np.uint64(round_),
            np.uint64(step),
            key[0],
            key[1],
        )
        u = uniform(w0, w1)
        for j in range(across):
            out[row * across + j] = u


for _piece in (
    aim,
    tosses,
    draw_words,
    words_of_signs,
    draw_normals,
    draw_normals_single,
    draw_uniforms,
    words_to_signs,
    words_to_bits,
    close_up,
):
    known(_piece, inline=False)
known(fits)
known(key_of)
FILL = {
    fill.__name__: known(fill, inline=False)
    for fill in (normals, normals_single, signs, bits, uniforms)
}
