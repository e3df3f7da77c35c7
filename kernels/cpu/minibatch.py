"""Whole trajectories on a generalised linear model with minibatches, on the CPU: one replica at a
time, all rounds.

A gradient is Σ cᵢ slope(aᵢᵀx, markᵢ) aᵢ plus regularisers, over a batch or over all samples:
`linear`. Indices are those of `minibatch`. The caller evaluates f at the recorded x.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.arguments import of_the_library
from auxtheory.kernels.cpu import draw, linear
from auxtheory.kernels.cpu.batch import Counter, Source, batches
from auxtheory.kernels.cpu.draw import LANES, TOGETHER, cleared
from auxtheory.kernels.cpu.linear import GROUP, add_samples
from auxtheory.kernels.jit import compiled, known
from auxtheory.random.counter import CURVATURE_LOCAL, F_SAMPLE, H_SAMPLE, LOCAL

X, X_PREV, DIFF, DIFF_PREV, M, GRAD, CENTRE, R, B = range(9)  # rows of the room's vectors


class Mix(NamedTuple):
    """A gradient: f ∇f + g ∇g of the samples (batches if drawn, otherwise all) + dial (R(x −
    centre) + b), the regularisers' (l2 x + 2 bend x/(1 + x²)²)."""

    f: float
    g: float
    dial: float
    l2: float
    bend: float
    drawn: int  # the size of a batch, or 0 for all samples
    shared: int  # whether f and g have the same features, and their batches the same samples


class Plan(NamedTuple):
    """One phase: its lengths, the rounds before it, the number of points at which a refresh needs
    g_r (0, 1 or 2), batches, and the measures at local iterates (0: none; 1: the sum of ‖∇f‖²; 2:
    also each ‖∇f‖²)."""

    K: int
    T: int
    B: int  # 0: an exact first buffer
    before: int
    points: int
    batch: int
    replacement: int
    independent: int
    measured: int
    refresh: Mix
    local: Mix
    exact: Mix  # the gradient of a first buffer, if B = 0
    whole: Mix  # ∇f


class Records(NamedTuple):
    """After each of these rounds, from `first` on: x (n, C, R, d), Σ‖∇f‖² (n, C, R), ‖∇f(y_k)‖² (n,
    K or 0, C, R)."""

    rounds: Any
    first: int
    paths: Any
    energy: Any
    local: Any


class Rules(NamedTuple):
    """The functions of one phase: a method's rules, and the slope of the loss."""

    refresh: Any
    local_step: Any
    slope: Any


class Models(NamedTuple):
    """The samples of f and of g."""

    f: Any
    g: Any


class State(NamedTuple):
    """State passed from one phase to the next: x (C, R, d) and Σ‖∇f‖² over local iterates (C,
    R)."""

    x: Any
    energy: Any


class Levels(NamedTuple):
    """Step sizes: arrays over the configurations, shape (C,), or the numbers of one
    configuration."""

    eta: Any
    a: Any


class Place(NamedTuple):
    """The work of one thread: the number of the run's first replica, and the replicas [r0, r1)."""

    first_replica: int
    r0: int
    r1: int


class Replica(NamedTuple):
    """A configuration, a replica of it, and that replica's number in the counter."""

    c: int
    r: int
    number: Any


class Room(NamedTuple):
    """Working arrays of one replica: rows of d numbers in whole cache lines, a block of samples,
    the drawn samples of f and of g, and the state that draws them."""

    rows: Any
    work: Any
    samples_f: Any
    samples_g: Any
    source: Any


def room(centre: Any, R_: Any, b: Any, partner: Any, batch: int, key: tuple[Any, Any]) -> Room:
    """Allocate the working arrays for batches of `batch` samples."""
    d = centre.size
    across = (batch + 1) // 2
    width = -(-d // GROUP) * GROUP
    steps = max(1, LANES // across)
    rows = cleared((B + 1) * width).reshape(B + 1, width)
    rows[CENTRE, :d] = centre
    rows[R, :d] = R_
    rows[B, :d] = b
    samples_f, samples_g = (np.zeros(steps * batch, dtype=np.int64) for _ in range(2))
    # Uniforms are written a vector of lanes at a time.
    uniforms = cleared((steps * across + TOGETHER) * 2)
    source = Source(draw.room("uniforms", [key]), uniforms, partner)
    return Room(rows, linear.work(), samples_f, samples_g, source)


def gradient(slope: Any, models: Any, mix: Any, room: Any, out: int, at: int, start: int) -> None:
    """Compute a gradient at one row into another row, with the batches from `start` on if they are
    drawn."""
    f = models.f
    g = models.g
    rows = room.rows
    grad = room.rows[out]
    x = room.rows[at]
    samples_f = room.samples_f[start : start + mix.drawn] if mix.drawn else f.order
    samples_g = room.samples_g[start : start + mix.drawn] if mix.drawn else g.order
    for j in range(x.size):
        grad[j] = mix.l2 * x[j]
    if mix.bend:
        for j in range(x.size):
            grad[j] += mix.bend * 2.0 * x[j] / ((1.0 + x[j] * x[j]) * (1.0 + x[j] * x[j]))
    if mix.dial:
        for j in range(x.size):
            grad[j] += mix.dial * (rows[R, j] * (x[j] - rows[CENTRE, j]) + rows[B, j])
    if mix.f:
        weights = mix.f, mix.g if mix.shared else 0.0
        add_samples(slope, grad, f, g, weights, samples_f, x, room.work)
    if mix.g and not mix.shared:
        add_samples(slope, grad, g, g, (mix.g, 0.0), samples_g, x, room.work)


def begin_round(rules: Any, plan: Any, models: Any, room: Any, number: Any, t: int, a: Any) -> None:
    """Compute the buffer of round t."""
    m = room.rows[M]
    diff = room.rows[DIFF]
    diff_prev = room.rows[DIFF_PREV]
    grad = room.rows[GRAD]
    points = plan.points
    samples = 1
    mix = plan.refresh
    if t == 1:
        points = 1
        samples = max(1, plan.B)
        mix = plan.refresh if plan.B else plan.exact
    for b in range(samples):
        if mix.drawn:
            counter = Counter(number, plan.before + t, b, 1)
            batches(plan, models, mix, room, counter, F_SAMPLE, H_SAMPLE)
        for point in range(points):
            gradient(rules.slope, models, mix, room, DIFF + point, X + point, 0)
        if samples > 1:
            for j in range(m.size):
                grad[j] = diff[j] + (grad[j] if b else 0.0)
                diff[j] = grad[j] / samples
    for j in range(m.size):
        m[j] = (
            rules.refresh(diff[j], diff[j], diff[j], 1.0)
            if t == 1
            else rules.refresh(m[j], diff[j], diff_prev[j], a)
        )
        room.rows[X_PREV, j] = room.rows[X, j]


def local_steps(
    rules: Any,
    plan: Any,
    models: Any,
    room: Any,
    number: Any,
    round_: int,
    eta: Any,
    local: Any,
) -> float:
    """Take the K local steps of a round and return the sum of ‖∇f‖²; each ‖∇f‖² goes into local, if
    that is not empty."""
    x = room.rows[X]
    m = room.rows[M]
    grad = room.rows[GRAD]
    mix = plan.local
    energy = 0.0
    ahead = room.samples_f.size // plan.batch
    for k in range(plan.K):
        if plan.measured:
            gradient(rules.slope, models, plan.whole, room, GRAD, X, 0)
            square = 0.0
            for j in range(grad.size):
                square += grad[j] * grad[j]
            energy += square
            if local.size:
                local[k] = square
        if mix.drawn and k % ahead == 0:
            counter = Counter(number, round_, k, min(ahead, plan.K - k))
            batches(plan, models, mix, room, counter, LOCAL, CURVATURE_LOCAL)
        gradient(rules.slope, models, mix, room, GRAD, X, k % ahead * plan.batch)
        for j in range(x.size):
            x[j] = rules.local_step(x[j], grad[j], m[j], eta)
    return energy


def over_rounds(
    rules: Any,
    plan: Any,
    models: Any,
    room: Any,
    records: Any,
    replica: Any,
    level: Any,
    energy: Any,
) -> float:
    """Run all rounds of one phase of one replica; return the energy so far, including earlier
    phases."""
    record = 0
    c = replica.c
    r = replica.r
    for t in range(1, plan.T + 1):
        round_ = plan.before + t
        begin_round(rules, plan, models, room, replica.number, t, level.a)
        due = record < records.rounds.size and records.rounds[record] == round_
        at = records.first + record if due else 0
        local = records.local[at, : plan.K if due else 0, c, r]
        energy += local_steps(rules, plan, models, room, replica.number, round_, level.eta, local)
        if due:
            records.energy[at, c, r] = energy
            for j in range(records.paths.shape[3]):
                records.paths[at, c, r, j] = room.rows[X, j]
            record += 1
    return energy


for _piece in (begin_round, local_steps, over_rounds):
    known(_piece, inline=False)
known(gradient, inline=False, merged=True)


@cache
def trajectory(
    refresh: Callable[..., Any], local_step: Callable[..., Any], slope: Callable[..., Any]
) -> Any:
    """The compiled loop of one phase over configurations and some replicas; x and the energy are
    left in the state."""
    for function in (refresh, local_step, slope):
        known(function)

    def phase(
        plan: Any, levels: Any, models: Any, state: Any, records: Any, room: Any, place: Any
    ) -> None:
        # Built inside the loop, since compiled code cannot hold a tuple of functions from outside.
        rules = Rules(refresh, local_step, slope)
        x = state.x
        energy = state.energy
        for c in range(x.shape[0]):
            level = Levels(levels.eta[c], levels.a[c])
            for r in range(place.r0, place.r1):
                replica = Replica(c, r, np.uint64(place.first_replica + r))
                for j in range(x.shape[2]):
                    room.rows[X, j] = x[c, r, j]
                energy[c, r] = over_rounds(
                    rules, plan, models, room, records, replica, level, energy[c, r]
                )
                for j in range(x.shape[2]):
                    x[c, r, j] = room.rows[X, j]

    return compiled(phase, keep=of_the_library(refresh, local_step, slope))
