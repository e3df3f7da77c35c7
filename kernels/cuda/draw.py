"""Random numbers of two neighbouring coordinates, as one GPU thread draws them, bit for bit those
of `philox`."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.kernels.jit import known
from auxtheory.random.philox import philox4x32, sign, two_normals, two_normals_single, uniform

ONE, THREE, FOUR, SIX, FIFTEEN = (np.uint64(n) for n in (1, 3, 4, 6, 15))


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
