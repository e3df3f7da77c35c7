"""Compiled drawing of minibatch indices, equal to those of `minibatch`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu.draw import COUNTERS, LANES, ROW, draw_uniforms
from auxtheory.kernels.jit import known
from auxtheory.random.counter import OWN
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


def draw(out: Any, source: Any, n: int, batch: int, counter: Any, oracle: int, plan: Any) -> None:
    """Draw the samples of some steps of an oracle, one batch after the other; by Floyd's algorithm
    without replacement."""
    lanes = source.lanes
    uniforms = source.uniforms
    steps = counter.steps
    across = (batch + 1) // 2
    for first in range(0, steps * across, LANES):
        count = min(LANES, steps * across - first)
        block = np.uint64(first % across)
        later = np.uint64(first // across * 8)
        for i in range(count):
            lanes[COUNTERS + i] = block
            lanes[COUNTERS + ROW + i] = counter.replica
            lanes[COUNTERS + 2 * ROW + i] = later
            block += ONE
            if block == np.uint64(across):
                block = ZERO
                later = later + EIGHT
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


for _piece in (draw, batches, own_batches):
    known(_piece, inline=False)
