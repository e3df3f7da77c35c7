"""Whole trajectories on a generalised linear model with minibatches, on the CPU: one replica at a
time, all rounds.

A gradient is Σ cᵢ slope(scores of aᵢ, markᵢ) ⊗ aᵢ plus regularisers, over a batch or over all
samples: `linear`. Indices are those of `minibatch`. The caller evaluates f at the recorded x.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.arguments import of_the_library
from auxtheory.kernels.cpu import draw, slopes
from auxtheory.kernels.cpu.batch import Counter, Source, batches, own_batches, toss
from auxtheory.kernels.cpu.draw import LANES, TOGETHER, cleared
from auxtheory.kernels.cpu.linear import Term, add_dense, add_sparse, dot
from auxtheory.kernels.cpu.traced import wide
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
    squares: int  # whether the squares of the samples' gradients are summed too


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
    whole: Mix  # ∇f, or the sum of samples of it from which ‖∇f‖² is estimated
    l2: float  # of f, where ‖∇f‖² is estimated
    bend: float
    clear: int  # whether a rule moves numbers that are all 0
    every: int  # ‖∇f‖² is computed at one of so many local steps


class Records(NamedTuple):
    """After each of these rounds, from `first` on: x (n, C, R, d), Σ‖∇f‖² (n, C, R), ‖∇f(y_k)‖² (n,
    K or 0, C, R)."""

    rounds: Any
    first: int
    paths: Any
    energy: Any
    local: Any


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
    """Step sizes of each configuration, shape (C,)."""

    eta: Any
    a: Any


class Place(NamedTuple):
    """The work of one thread: the number of the run's first replica, and the replicas [r0, r1)."""

    first_replica: int
    r0: int
    r1: int


class Room(NamedTuple):
    """Working arrays of one replica: rows of numbers, of which each row of scores takes `width`; a
    block of samples; the drawn samples of f and of g, those for ‖∇f‖², and the state that draws
    them."""

    rows: Any
    features: int
    width: int
    work: Any
    samples_f: Any
    samples_g: Any
    samples_own: Any
    source: Any


class Size(NamedTuple):
    """The size of a point, rows of scores × features, each row in `width` numbers, and of the
    batches: those of the noise, and those for ‖∇f‖²."""

    rows: int
    features: int
    width: int
    batch: int
    own: int


def room(size: Size, vectors: tuple[Any, Any, Any], partner: Any, key: tuple[Any, Any]) -> Room:
    """Allocate the working arrays; vectors: x*, R and b."""
    length = size.rows * size.width
    rows = cleared((B + 1) * length).reshape(B + 1, length)
    for number, vector in zip((CENTRE, R, B), vectors, strict=True):
        parts = rows[number].reshape(size.rows, size.width)
        parts[:, : size.features] = np.reshape(vector, (size.rows, size.features))
    numbers = [ahead(batch) * batch for batch in (size.batch, size.own)]
    samples_f, samples_g = (np.zeros(numbers[0], dtype=np.int64) for _ in range(2))
    samples_own = np.zeros(max(1, numbers[1]), dtype=np.int64)
    # Uniforms are written a vector of lanes at a time.
    lanes = max(ahead(batch) * across(batch) for batch in (size.batch, size.own))
    uniforms = cleared((lanes + TOGETHER) * 2)
    source = Source(draw.room("uniforms", [key]), uniforms, partner)
    work = slopes.work(size.rows)
    return Room(rows, size.features, size.width, work, samples_f, samples_g, samples_own, source)


def across(batch: int) -> int:
    """The lanes that draw a batch."""
    return (batch + 1) // 2


def ahead(batch: int) -> int:
    """The steps whose batches are drawn at once."""
    return max(1, LANES // max(1, across(batch)))


def gradient(models: Any, mix: Any, room: Any, at: Any, samples: Any) -> float:
    """Compute a gradient at one row into another row, at = (from, into); samples: of f and of g, if
    they are drawn. Return the sum of the squares of single gradients, if asked for."""
    rows = room.rows
    x = rows[at[0]]
    grad = rows[at[1]]
    squares = 0.0
    fresh = 1
    for side in range(2):
        weight = mix.g if side else mix.f
        if weight == 0.0 or (side and mix.shared):
            continue
        model = models.g if side else models.f
        chosen = model.order
        if mix.drawn:
            chosen = samples[1] if side else samples[0]
        other = mix.g if mix.shared else 0.0
        term = Term(model, models.g, weight, other, chosen, mix.l2, fresh, mix.squares)
        if model.starts.size:
            squares += add_sparse(grad, x, term, room.work)
        else:
            squares += add_dense(grad, x, term, room.work)
        fresh = 0
    if fresh:
        for j in range(x.size):
            grad[j] = mix.l2 * x[j]
    if mix.bend:
        for j in range(x.size):
            grad[j] += mix.bend * 2.0 * x[j] / ((1.0 + x[j] * x[j]) * (1.0 + x[j] * x[j]))
    if mix.dial:
        for j in range(x.size):
            grad[j] += mix.dial * (rows[R, j] * (x[j] - rows[CENTRE, j]) + rows[B, j])
    return squares


def begin_round(
    refresh: Any, plan: Any, models: Any, room: Any, number: Any, t: int, a: Any
) -> None:
    """Compute the buffer of round t."""
    wide()
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
        chosen = room.samples_f[: mix.drawn], room.samples_g[: mix.drawn]
        for point in range(points):
            gradient(models, mix, room, (X + point, DIFF + point), chosen)
        if samples > 1:
            for j in range(m.size):
                grad[j] = diff[j] + (grad[j] if b else 0.0)
                diff[j] = grad[j] / samples
    for j in range(m.size):
        m[j] = (
            refresh(diff[j], diff[j], diff[j], 1.0)
            if t == 1
            else refresh(m[j], diff[j], diff_prev[j], a)
        )
        room.rows[X_PREV, j] = room.rows[X, j]


def square_of(plan: Any, room: Any, squares: float) -> float:
    """‖∇f‖² of the gradient in the row GRAD; or, if that is a sum S of m drawn samples' gradients,
    (‖S‖² − the sum of their squares)/(m(m − 1)) + 2ρᵀS/m + ‖ρ‖² with the regularisers' gradient
    ρ."""
    grad = room.rows[GRAD]
    square = dot(grad, grad)
    m = plan.whole.drawn
    if not m:
        return square
    x = room.rows[X]
    rest = room.rows[DIFF]
    for j in range(x.size):
        bent = 2.0 * x[j] / ((1.0 + x[j] * x[j]) * (1.0 + x[j] * x[j]))
        rest[j] = plan.l2 * x[j] + plan.bend * bent
    between = (square - squares) / (m * (m - 1.0))
    return between + 2.0 * dot(rest, grad) / m + dot(rest, rest)


def local_steps(
    local_step: Any,
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
    wide()
    x = room.rows[X]
    m = room.rows[M]
    grad = room.rows[GRAD]
    energy = 0.0
    batch, own = plan.batch, plan.whole.drawn
    steps = room.samples_f.size // batch
    every = plan.every
    offset = 0
    if plan.measured and every > 1:
        offset = toss(room, every, Counter(number, round_, 0, 1))
    steps_own = room.samples_own.size // own if own else 1
    for k in range(plan.K):
        if plan.local.drawn and k % steps == 0:
            counter = Counter(number, round_, k, min(steps, plan.K - k))
            batches(plan, models, plan.local, room, counter, LOCAL, CURVATURE_LOCAL)
        if plan.measured and own and k % steps_own == 0:
            own_batches(room, models, own, Counter(number, round_, k, min(steps_own, plan.K - k)))
        due = plan.measured and k % every == offset
        for stepping in range(0 if due else 1, 2):
            mix = plan.local if stepping else plan.whole
            start = k % steps * batch if stepping else k % steps_own * own
            drawn = room.samples_f if stepping else room.samples_own
            chosen = drawn[start : start + mix.drawn], room.samples_g[start : start + mix.drawn]
            squares = gradient(models, mix, room, (X, GRAD), chosen)
            if not stepping:
                square = every * square_of(plan, room, squares)
                energy += square
                if local.size:
                    local[k] = square
        for j in range(x.size):
            x[j] = local_step(x[j], grad[j], m[j], eta)
        if plan.clear:
            for start in range(0, x.size, room.width):
                x[start + room.features : start + room.width] = 0.0
    return energy


def read(room: Any, x: Any) -> None:
    """Copy a point into the row X."""
    for j in range(x.size):
        room.rows[X, j // room.features * room.width + j % room.features] = x[j]


def write(x: Any, room: Any) -> None:
    """Copy the row X to a point."""
    for j in range(x.size):
        x[j] = room.rows[X, j // room.features * room.width + j % room.features]


for _piece in (begin_round, square_of, local_steps, read, write):
    known(_piece, inline=False)
known(gradient, inline=False, merged=True)


@cache
def trajectory(refresh: Callable[..., Any], local_step: Callable[..., Any]) -> Any:
    """The compiled loop of one phase over configurations and some replicas; x and the energy are
    left in the state."""
    for function in (refresh, local_step):
        known(function)

    def phase(
        plan: Any, levels: Any, models: Any, state: Any, records: Any, room: Any, place: Any
    ) -> None:
        rounds = records.rounds
        for c in range(state.x.shape[0]):
            eta = levels.eta[c]
            a = levels.a[c]
            for r in range(place.r0, place.r1):
                number = np.uint64(place.first_replica + r)
                read(room, state.x[c, r])
                energy = state.energy[c, r]
                record = 0
                for t in range(1, plan.T + 1):
                    round_ = plan.before + t
                    begin_round(refresh, plan, models, room, number, t, a)
                    due = record < rounds.size and rounds[record] == round_
                    at = records.first + record if due else 0
                    local = records.local[at, : plan.K if due else 0, c, r]
                    energy += local_steps(
                        local_step, plan, models, room, number, round_, eta, local
                    )
                    if due:
                        records.energy[at, c, r] = energy
                        write(records.paths[at, c, r], room)
                        record += 1
                state.energy[c, r] = energy
                write(state.x[c, r], room)

    return compiled(phase, keep=of_the_library(refresh, local_step))
