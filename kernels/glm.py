"""Whole trajectories on a generalised linear model with minibatches, on the CPU: one replica at a
time, all rounds.

A gradient is Σ cᵢ slope(aᵢᵀx, markᵢ) aᵢ plus regularisers, over a batch or over all samples:
`linear`. Indices are those of `minibatch`. f is measured by its user, at the x that this leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.batch import Source, batches
from auxtheory.kernels.draw import LANES, cleared, room
from auxtheory.kernels.jit import compiled, known
from auxtheory.kernels.linear import BLOCK, GROUP, add_samples
from auxtheory.noise import CURVATURE_LOCAL, F_SAMPLE, H_SAMPLE, LOCAL

X, X_PREV, DIFF, DIFF_PREV, M, GRAD, CENTRE, R, B = range(9)  # rows of the room's vectors


class Mix(NamedTuple):
    """A gradient: f ∇f + g ∇g of the samples (batches if drawn, else all) + dial (R(x − centre) +
    b), the regularisers' (l2 x + 2 bend x/(1 + x²)²)."""

    f: float
    g: float
    dial: float
    l2: float
    bend: float
    drawn: int  # the size of a batch, or 0 for all samples
    shared: int  # whether f and g have the same features, and a batch of both the same samples


class Plan(NamedTuple):
    """One phase: its lengths, the rounds before it, how many points of g_r a refresh needs (0, 1 or
    2), batches, and what is measured at local iterates (0: nothing; 1: the sum of ‖∇f‖²; 2: each as
    well)."""

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
    exact: Mix  # of a first buffer, if B = 0
    whole: Mix  # ∇f


class Records(NamedTuple):
    """After each of these rounds, from `first` on: x (n, C, R, d), Σ‖∇f‖² (n, C, R), ‖∇f(y_k)‖² (n,
    K or 0, C, R)."""

    rounds: Any
    first: int
    paths: Any
    energy: Any
    local: Any


class Room(NamedTuple):
    """Working arrays of one replica: rows of d numbers in whole cache lines; of a block of samples;
    drawn indices."""

    rows: Any
    at: Any
    block: Any
    own: Any
    others: Any


def rooms(
    centre: Any, R_: Any, b: Any, partner: Any, batch: int, key: tuple[Any, Any]
) -> tuple[Room, Source]:
    """Working arrays for batches of so many samples."""
    d = centre.size
    across = (batch + 1) // 2
    width = -(-d // GROUP) * GROUP
    steps = max(1, LANES // across)
    rows = cleared((B + 1) * width).reshape(B + 1, width)
    rows[CENTRE, :d], rows[R, :d], rows[B, :d] = centre, R_, b
    own, others = (np.zeros(steps * batch, dtype=np.int64) for _ in range(2))
    source = Source(room(0, key, "uniforms"), cleared(steps * across * 2), partner)
    return Room(rows, np.zeros(BLOCK, dtype=np.int64), cleared(4 * BLOCK), own, others), source


def gradient(
    slope: Any, f: Any, g: Any, mix: Any, room: Any, out: int, at: int, start: int
) -> None:
    """A gradient at one row, with the batches from `start` on if they are drawn, into another
    row."""
    rows = room.rows
    grad = room.rows[out]
    x = room.rows[at]
    own = room.own[start : start + mix.drawn] if mix.drawn else f.order
    others = room.others[start : start + mix.drawn] if mix.drawn else g.order
    for j in range(x.size):
        grad[j] = mix.l2 * x[j]
    if mix.bend:
        for j in range(x.size):
            grad[j] += mix.bend * 2.0 * x[j] / ((1.0 + x[j] * x[j]) * (1.0 + x[j] * x[j]))
    if mix.dial:
        for j in range(x.size):
            grad[j] += mix.dial * (rows[R, j] * (x[j] - rows[CENTRE, j]) + rows[B, j])
    if mix.f:
        add_samples(
            slope, grad, f, g, mix.f, mix.g if mix.shared else 0.0, own, x, room.at, room.block
        )
    if mix.g and not mix.shared:
        add_samples(slope, grad, g, g, mix.g, 0.0, others, x, room.at, room.block)


def begin_round(
    refresh: Any,
    slope: Any,
    plan: Any,
    f: Any,
    g: Any,
    room: Any,
    source: Any,
    replica: Any,
    t: int,
    a: Any,
) -> None:
    """The buffer of round t."""
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
            batches(
                plan, f, g, mix, room, source, replica, plan.before + t, b, 1, F_SAMPLE, H_SAMPLE
            )
        for point in range(points):
            gradient(slope, f, g, mix, room, DIFF + point, X + point, 0)
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


def local_steps(
    local_step: Any,
    slope: Any,
    plan: Any,
    f: Any,
    g: Any,
    room: Any,
    source: Any,
    replica: Any,
    round_: int,
    eta: Any,
    local: Any,
) -> float:
    """The K local steps of a round; each ‖∇f‖² into local, if it is not empty, and their sum."""
    x = room.rows[X]
    m = room.rows[M]
    grad = room.rows[GRAD]
    mix = plan.local
    energy = 0.0
    ahead = room.own.size // plan.batch
    for k in range(plan.K):
        if plan.measured:
            gradient(slope, f, g, plan.whole, room, GRAD, X, 0)
            square = 0.0
            for j in range(grad.size):
                square += grad[j] * grad[j]
            energy += square
            if local.size:
                local[k] = square
        if mix.drawn and k % ahead == 0:
            steps = min(ahead, plan.K - k)
            batches(
                plan, f, g, mix, room, source, replica, round_, k, steps, LOCAL, CURVATURE_LOCAL
            )
        gradient(slope, f, g, mix, room, GRAD, X, k % ahead * plan.batch)
        for j in range(x.size):
            x[j] = local_step(x[j], grad[j], m[j], eta)
    return energy


def over_rounds(
    refresh: Any,
    local_step: Any,
    slope: Any,
    plan: Any,
    f: Any,
    g: Any,
    room: Any,
    source: Any,
    records: Any,
    replica: Any,
    c: int,
    r: int,
    eta: Any,
    a: Any,
    energy: Any,
) -> float:
    """All rounds of one phase of one replica; the energy so far, with that of before."""
    record = 0
    for t in range(1, plan.T + 1):
        begin_round(refresh, slope, plan, f, g, room, source, replica, t, a)
        due = record < records.rounds.size and records.rounds[record] == plan.before + t
        at = records.first + record if due else 0
        local = records.local[at, : plan.K if due else 0, c, r]
        energy += local_steps(
            local_step, slope, plan, f, g, room, source, replica, plan.before + t, eta, local
        )
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
    """The compiled loop of one phase over configurations (η, a) and the replicas [r0, r1), whose
    numbers in the counter are from first_replica on; x (C, R, d) and the energy (C, R) are handed
    on."""
    functions = (refresh, local_step, slope)
    for function in functions:
        known(function)

    def phase(
        plan: Any,
        eta: Any,
        a: Any,
        f: Any,
        g: Any,
        x: Any,
        energy: Any,
        records: Any,
        room: Any,
        source: Any,
        first_replica: int,
        r0: int,
        r1: int,
    ) -> None:
        for c in range(eta.size):
            for r in range(r0, r1):
                for j in range(x.shape[2]):
                    room.rows[X, j] = x[c, r, j]
                energy[c, r] = over_rounds(
                    refresh,
                    local_step,
                    slope,
                    plan,
                    f,
                    g,
                    room,
                    source,
                    records,
                    np.uint64(first_replica + r),
                    c,
                    r,
                    eta[c],
                    a[c],
                    energy[c, r],
                )
                for j in range(x.shape[2]):
                    x[c, r, j] = room.rows[X, j]

    return compiled(
        phase, keep=all(function.__module__.startswith("auxtheory.") for function in functions)
    )
