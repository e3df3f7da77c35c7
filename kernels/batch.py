"""Indices of minibatches in compiled loops, those of `minibatch`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.draw import LANES, Lanes, draw_words, words_to_uniforms
from auxtheory.kernels.jit import known
from auxtheory.philox import EIGHT, ONE, ZERO


class Source(NamedTuple):
    """What draws indices: counters and key, room for uniforms, and the sample of g that goes with
    each of f."""

    lanes: Any
    uniforms: Any
    partner: Any


def draw(
    out: Any,
    lanes: Any,
    uniforms: Any,
    n: int,
    batch: int,
    replacement: int,
    steps: int,
    replica: Any,
    round_: int,
    step: int,
) -> None:
    """The samples of some steps from (step and oracle) on, a batch after the other; Floyd's without
    replacement."""
    across = (batch + 1) // 2
    for first in range(0, steps * across, LANES):
        count = min(LANES, steps * across - first)
        block = np.uint64(first % across)
        later = np.uint64(first // across * 8)
        for i in range(count):
            lanes.blocks[i], lanes.replicas[i], lanes.later[i] = block, replica, later
            block += ONE
            if block == np.uint64(across):
                block = ZERO
                later = later + EIGHT
        # A compiled loop takes sixteen lanes at a time, the rest one by one.
        whole = min(LANES, -(-count // 16) * 16)
        some = Lanes(
            lanes.blocks[:whole],
            lanes.replicas[:whole],
            lanes.later[:whole],
            lanes.k0,
            lanes.k1,
            lanes.words,
            lanes.narrow,
            lanes.scratch,
            lanes.padded,
            lanes.held,
            count,
            1,
            0,
        )
        draw_words(some, round_, step)
        words_to_uniforms(uniforms[2 * first :], lanes.words, count)
    for start in range(steps):
        chosen = out[start * batch : (start + 1) * batch]
        u = uniforms[start * across * 2 :]
        for k in range(batch):
            below = n if replacement else n - batch + k + 1
            place: Any = min(np.int64(u[k] * below), below - 1)
            if not replacement:
                for taken in chosen[:k]:
                    if taken == place:
                        place = below - 1
                        break
            chosen[k] = place


def batches(
    plan: Any,
    f: Any,
    g: Any,
    mix: Any,
    room: Any,
    source: Any,
    replica: Any,
    round_: int,
    step: int,
    steps: int,
    first: int,
    second: int,
) -> None:
    """The samples of f and of g for some steps, with their oracles."""
    lanes = source.lanes
    u = source.uniforms
    own = room.own
    others = room.others
    with_ = plan.replacement
    draw(own, lanes, u, f.order.size, mix.drawn, with_, steps, replica, round_, step * 8 + first)
    if mix.g and plan.independent:
        draw(
            others,
            lanes,
            u,
            g.order.size,
            mix.drawn,
            with_,
            steps,
            replica,
            round_,
            step * 8 + second,
        )
    elif mix.g:
        for i in range(steps * mix.drawn):
            others[i] = source.partner[own[i]]


for _piece in (draw, batches):
    known(_piece, inline=False)
