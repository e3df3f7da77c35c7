"""The exact recursion of any affine program on independent coordinates, compiled.

A lane is one coordinate of one configuration, with a mean μ ∈ Rⁿ and a covariance Σ. Whatever a
hook does, its moments x = (Σ_ab for a ≤ b, μ̃_a μ̃_b for a ≤ b), μ̃ = (μ, 1), become A x. A run is a
list of instructions, carried out on one tile of lanes after the other, within a core's cache.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from auxtheory.kernels.cpu.operators import (
    Layout,
    Tile,
    add_form,
    build,
    compose,
    fill_products,
    list_entries,
    row_times,
)
from auxtheory.kernels.jit import compiled
from auxtheory.typing import FloatArray

# Instructions, each with up to four numbers:
# BUILD slot hook: the operator of a hook; hook −1 changes nothing.
# FORM slot row reading: add a reading of the states from which the steps start as a row.
# COMPOSE to then first: the steps of `first` followed by those of `then`.
# LIST slot: list the entries that are used, before the slot runs.
# RUN slot rows t point: the next state; the first rows are added with the weights of round t, and
#     the row after them is E‖x − x*‖² at a point, unless that is −1.
# READ t: add what is summed over rounds.
# RECORD number: record all sums and the readings of the state.
BUILD, FORM, COMPOSE, LIST, RUN, READ, RECORD = range(7)


class Hooks(NamedTuple):
    """The maps of hooks, on all lanes.

    M: (branches, n, n + 1, lanes), a map of (μ, 1) for each outcome of the choices and for each
    draw of multiplicative noise; p: its probability, (branches, lanes); draw: whether it is a draw;
    used: which entries of M are not 0 everywhere; noise: the covariance of additive noise, (hooks,
    s, lanes); noisy: which of its entries are not 0 everywhere; first: the first branch of each
    hook, and the number of branches.
    """

    M: FloatArray
    p: FloatArray
    draw: Any
    used: Any
    noise: FloatArray
    noisy: Any
    first: Any


class Readings(NamedTuple):
    """What is read: Σ weight (cov_ii + (mean_i + offset)²) over the lanes of a configuration.

    First those summed over the points from which local steps start, and E‖x − x*‖² if it is
    followed; then those summed over rounds, then those of recorded rounds alone.

    variables: i; weights, offsets: (readings, lanes); local, rounds: the number of those summed
    over points and over rounds, without E‖x − x*‖²; by_round: w_t of these, (T, local + rounds).
    """

    variables: Any
    weights: FloatArray
    offsets: FloatArray
    local: int
    rounds: int
    by_round: FloatArray


class Out(NamedTuple):
    """sums: (records, readings, C); spreads: E‖x − x*‖² at each point, (points, C)."""

    sums: FloatArray
    spreads: FloatArray


# Arrays of a tile are passed whole, with the number of lanes in use: a part of one would not be
# contiguous, and loops over it would not vectorise.


@compiled
def add_to_owners(out: Any, owners: Any, values: Any) -> None:
    """Add the value of each lane to that of its configuration, in the order of the lanes."""
    for i in range(len(owners)):
        value = values[i]
        out[owners[i]] += 0.0 if value < 0.0 else value


@compiled
def read(
    tile: Tile, now: int, layout: Layout, readings: Readings, q: int, low: int, n: int
) -> None:
    """One reading of n lanes of a tile, into the first row of sums."""
    i = readings.variables[q]
    cov = tile.states[now, layout.covs[i]]
    mean = tile.states[now, layout.means[i]]
    out = tile.rows[0]
    weight = readings.weights[q, low : low + n]
    offset = readings.offsets[q, low : low + n]
    for lane in range(n):
        shifted = mean[lane] + offset[lane]
        variance = 0.0 if cov[lane] < 0.0 else cov[lane]
        out[lane] = weight[lane] * (variance + shifted * shifted)


@compiled
def add_weighted(total: Any, value: Any, weight: float, lanes: int) -> None:
    """total += weight · value, where a value below 0 is rounding."""
    for i in range(lanes):
        total[i] += weight * (0.0 if value[i] < 0.0 else value[i])


@compiled
def run_operator(tile: Tile, slot: int, now: int, layout: Layout, rows: int, lanes: int) -> None:
    """The next state of a tile after some steps, and their sums in the tile's rows."""
    x = tile.states[now]
    y = tile.states[1 - now]
    state = len(layout.places)
    for r in range(state + rows):
        columns = tile.lists[slot, r]
        count = tile.counts[slot, r]
        if r < state:
            k = layout.places[r]
            row_times(y[k], tile.A[slot, k], columns, count, x, lanes)
        else:
            row_times(tile.rows[r - state], tile.R[slot, r - state], columns, count, x, lanes)
    fill_products(y, layout, lanes)


@compiled
def record(
    tile: Tile, now: int, layout: Layout, readings: Readings, low: int, owners: Any, out: Any
) -> None:
    """Record the sums so far and what is read of the last state."""
    summed = readings.local + readings.rounds
    skipped = len(readings.variables) - len(out)
    for q in range(len(out)):
        if q < summed:
            add_to_owners(out[q], owners, tile.totals[q])
        else:
            read(tile, now, layout, readings, skipped + q, low, len(owners))
            add_to_owners(out[q], owners, tile.rows[0])


@compiled
def run_tile(
    tile: Tile,
    instructions: Any,
    hooks: Hooks,
    layout: Layout,
    readings: Readings,
    low: int,
    owners: Any,
    out: Out,
) -> int:
    """Carry out all instructions on a tile; returns which of the two states is the last."""
    lanes = len(owners)
    now = 0
    for k in range(len(instructions)):
        what = instructions[k, 0]
        slot = instructions[k, 1]
        a = instructions[k, 2]
        b = instructions[k, 3]
        if what == BUILD:
            build(tile, slot, a, hooks, low, layout, lanes)
        elif what == FORM:
            add_form(tile, slot, a, readings, b, low, layout, lanes)
        elif what == COMPOSE:
            compose(tile, slot, a, b, layout, lanes)
        elif what == LIST:
            list_entries(tile, slot, layout)
        elif what == RUN:
            point = instructions[k, 4]
            run_operator(tile, slot, now, layout, a + (point >= 0), lanes)
            for q in range(a):
                add_weighted(tile.totals[q], tile.rows[q], readings.by_round[b, q], lanes)
            if point >= 0:
                add_to_owners(out.spreads[point], owners, tile.rows[a])
            now = 1 - now
        elif what == READ:
            for q in range(readings.local, readings.local + readings.rounds):
                at = len(readings.variables) - out.sums.shape[1] + q
                read(tile, now, layout, readings, at, low, lanes)
                add_weighted(tile.totals[q], tile.rows[0], readings.by_round[slot, q], lanes)
        else:
            record(tile, now, layout, readings, low, owners, out.sums[slot])
    return now


@compiled
def copy(to: Any, values: Any, lanes: int) -> None:
    """Copy the values of lanes."""
    for i in range(lanes):
        to[i] = values[i]


@compiled
def run(
    tile: Tile,
    instructions: Any,
    hooks: Hooks,
    state: FloatArray,
    layout: Layout,
    readings: Readings,
    owners: Any,
    out: Out,
) -> None:
    """Carry out instructions on all lanes, and update `state`, (rows of the state, lanes)."""
    room = tile.states.shape[2]
    places = layout.places
    for low in range(0, state.shape[1], room):
        lanes = min(room, state.shape[1] - low)
        tile.totals[:] = 0.0
        tile.states[:, layout.one] = 1.0
        for r in range(len(places)):
            copy(tile.states[0, places[r]], state[r, low : low + lanes], lanes)
        fill_products(tile.states[0], layout, lanes)
        part = owners[low : low + lanes]
        now = run_tile(tile, instructions, hooks, layout, readings, low, part, out)
        for r in range(len(places)):
            copy(state[r, low : low + lanes], tile.states[now, places[r]], lanes)
