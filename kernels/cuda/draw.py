"""Random numbers of two neighbouring coordinates, as one GPU thread draws them, bit for bit those
of `philox`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cuda.tile import TILE
from auxtheory.kernels.jit import known
from auxtheory.random.philox import philox4x32, sign, two_normals, two_normals_single, uniform

ZERO, ONE, THREE, FOUR, SIX, FIFTEEN = (np.uint64(n) for n in (0, 1, 3, 4, 6, 15))


def normals(b: Any, replica: Any, round_: Any, step: Any, k0: Any, k1: Any) -> Any:
    """The normals of coordinates 2b and 2b + 1."""
    w0, w1, w2, w3 = philox4x32(b, replica, round_, step, k0, k1)
    return two_normals(w0, w1, w2, w3)


def normals_single(b: Any, replica: Any, round_: Any, step: Any, k0: Any, k1: Any) -> Any:
    """The normals in single precision of coordinates 2b and 2b + 1: one half of a block of four."""
    w0, w1, w2, w3 = philox4x32(b >> ONE, replica, round_, step, k0, k1)
    odd = b & ONE
    return two_normals_single(w2 if odd else w0, w3 if odd else w1)


def signs(b: Any, replica: Any, round_: Any, step: Any, k0: Any, k1: Any) -> Any:
    """The signs of coordinates 2b and 2b + 1: two bits of a block of 128."""
    w0, w1, w2, w3 = philox4x32(b >> SIX, replica, round_, step, k0, k1)
    which = (b >> FOUR) & THREE
    place = (b & FIFTEEN) << ONE
    low = w1 if which & ONE else w0
    high = w3 if which & ONE else w2
    word = high if which >> ONE else low
    return sign(word, place), sign(word, place + ONE)


def uniforms(b: Any, replica: Any, round_: Any, step: Any, k0: Any, k1: Any) -> Any:
    """The uniforms of coordinates 2b and 2b + 1."""
    w0, w1, w2, w3 = philox4x32(b, replica, round_, step, k0, k1)
    return uniform(w0, w1), uniform(w2, w3)


DRAW = {draw.__name__: known(draw) for draw in (normals, normals_single, signs, uniforms)}


class Counter(NamedTuple):
    """A thread's position in the counter: its block of coordinates, the replica's number, and the
    round."""

    block: Any
    replica: Any
    round: Any


class Drawing(NamedTuple):
    """What a thread's samples are drawn from: its position, and the keys of the oracle calls and of
    the random choices, shape (number, 2) each."""

    counter: Counter
    calls: Any
    choices: Any


@known
def set_pair(v: Any, at: int, values: Any) -> None:
    """Write two neighbouring numbers."""
    v[at], v[at + 1] = values[0], values[1]


@known
def two_numbers(draw: Any, key: Any, counter: Any, step: Any) -> Any:
    """The numbers of two neighbouring coordinates for a step and oracle."""
    step = np.uint64(step)
    return draw(counter.block, counter.replica, counter.round, step, key[0], key[1])


@known
def two_drawn(s: Any, row: int, draw: Any, drawing: Any, number: int, step: int) -> None:
    """Draw a row of samples of a call for a step and oracle."""
    set_pair(s, row * TILE, two_numbers(draw, drawing.calls[number], drawing.counter, step))


@known
def two_zeros(s: Any, row: int) -> None:
    """Clear a row of samples where nothing is drawn."""
    set_pair(s, row * TILE, (0.0, 0.0))


@known
def two_tossed(s: Any, row: int, drawing: Any, number: int, step: int) -> None:
    """Draw a row of uniforms of a choice, which are those of the replica's first coordinate."""
    key = drawing.choices[number]
    counter = drawing.counter
    u = uniforms(ZERO, counter.replica, counter.round, np.uint64(step), key[0], key[1])[0]
    s[row * TILE] = u
    s[row * TILE + 1] = u
