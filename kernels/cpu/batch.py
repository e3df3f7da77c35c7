"""Compiled drawing of minibatch indices, equal to those of `minibatch`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu.draw import (
    CALLS,
    COUNTERS,
    LANES,
    ROW,
    WIDTH,
    draw_uniforms,
)
from auxtheory.kernels.jit import known
from auxtheory.random.counter import OFFSET, OWN
from auxtheory.random.philox import EIGHT, ONE, ZERO


class Source(NamedTuple):
    """Working arrays for drawing indices: counters and key, room for uniforms, and the sample of g
    paired with each sample of f."""

    lanes: Any
    uniforms: Any
    partner: Any


class Counter(NamedTuple):
    """Position in the counter: the replica's number, the round, the first step and the number of
    steps."""

    replica: Any
    round: int
    step: int
    steps: int


def aim(lanes: Any, across: int, first: int, count: int, replica: Any) -> None:
    """Set the lanes to the blocks of some steps, `across` for each, unless they are so already, as
    in every round but a replica's first."""
    held = np.int64(lanes[CALLS]) + 2
    if (
        not first
        and lanes[held] == replica
        and lanes[held + 1] >= np.uint64(count)
        and lanes[WIDTH] == np.uint64(across)
    ):
        return
    block = np.uint64(first % across)
    later = np.uint64(first // across * 8)
    for i in range(COUNTERS, COUNTERS + count):
        lanes[i] = block
        lanes[ROW + i] = replica
        lanes[2 * ROW + i] = later
        block += ONE
        if block == np.uint64(across):
            block = ZERO
            later = later + EIGHT
    lanes[held] = replica
    # Lanes that do not begin with the first step are of use once.
    lanes[held + 1] = np.uint64(0 if first else count)
    lanes[WIDTH] = np.uint64(across)


def draw(out: Any, source: Any, n: int, batch: int, counter: Any, oracle: int, plan: Any) -> None:
    """Draw the samples of some steps of an oracle, one batch after the other; by Floyd's algorithm
    without replacement."""
    lanes = source.lanes
    uniforms = source.uniforms
    steps = counter.steps
    across = (batch + 1) // 2
    for first in range(0, steps * across, LANES):
        count = min(LANES, steps * across - first)
        aim(lanes, across, first, count, counter.replica)
        step = counter.step * 8 + oracle
        draw_uniforms(uniforms, 2 * first, lanes, count, 0, counter.round, step)
    if plan.replacement and batch % 2 == 0:
        for i in range(steps * batch):
            out[i] = min(np.int64(uniforms[i] * n), n - 1)
        return
    for start in range(steps):
        chosen = out[start * batch : (start + 1) * batch]
        u = uniforms[start * across * 2 :]
        for k in range(batch):
            below = n if plan.replacement else n - batch + k + 1
            place: Any = min(np.int64(u[k] * below), below - 1)
            if not plan.replacement:
                for taken in chosen[:k]:
                    if taken == place:
                        place = below - 1
                        break
            chosen[k] = place


def batches(
    plan: Any, models: Any, mix: Any, room: Any, counter: Any, oracle_f: int, oracle_g: int
) -> None:
    """Draw the samples of f and of g for some steps, with their oracles."""
    source = room.source
    samples_f = room.samples_f
    samples_g = room.samples_g
    batch = mix.drawn
    draw(samples_f, source, models.f.order.size, batch, counter, oracle_f, plan)
    if mix.g and plan.independent:
        draw(samples_g, source, models.g.order.size, batch, counter, oracle_g, plan)
    elif mix.g:
        for i in range(counter.steps * batch):
            samples_g[i] = source.partner[samples_f[i]]


class WithReplacement(NamedTuple):
    """What `draw` reads of a plan."""

    replacement: int


def own_batches(room: Any, models: Any, batch: int, counter: Any) -> None:
    """Draw the samples from which ‖∇f‖² is estimated at some steps."""
    n = models.f.order.size
    draw(room.samples_own, room.source, n, batch, counter, OWN, WithReplacement(1))


def toss(room: Any, n: int, counter: Any) -> Any:
    """A number below n for a round."""
    draw(room.samples_own, room.source, n, 1, counter, OFFSET, WithReplacement(1))
    return room.samples_own[0]


for _piece in (aim, draw, batches, own_batches, toss):
    known(_piece, inline=False)
