"""Whole trajectories of a separable pair on the CPU: a tile of replicas × coordinates stays in
cache for all rounds.

`trajectory` makes one compiled loop of a method's hooks, which are generated source over a tile
with a pair's gradients and a law of noise inside. All configurations of a grid share a tile's
samples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu.draw import aim
from auxtheory.kernels.cpu.tile import (
    ENERGY,
    SPREAD,
    TILE,
    WORK,
    Block,
    Drawing,
    add_rows,
    add_spread,
    load,
)
from auxtheory.kernels.jit import compiled, known


class Hooks(NamedTuple):
    """The functions of one phase on a tile: its hooks, and the measures of a record."""

    start: Callable[..., Any]
    refresh: Callable[..., Any]
    steps: Callable[..., Any]
    finish: Callable[..., Any]
    measured: Callable[..., Any]


class Plan(NamedTuple):
    """The integers that describe one phase: its lengths, the rounds before it, whether ‖z‖² is
    summed at every refresh rather than at the first of the run only, and the number of sums along
    the run."""

    K: int
    T: int
    before: int
    follow: int
    sums: int


class Values(NamedTuple):
    """What a hook's numbers are: those that all coordinates share, shape (T or 1, K or 1, C or 1,
    numbers), and the sizes of its batches, shape (T or 1, batches), 0 for an exact gradient."""

    numbers: Any
    batches: Any


class Numbers(NamedTuple):
    """The numbers of each hook; the levels of noise, shape (C, levels); which rows of samples are
    drawn; the weights of the sums in each round, shape (rounds of the run, sums)."""

    start: Values
    refresh: Values
    steps: Values
    finish: Values
    levels: Any
    drawn: Any
    weights: Any


class PairArrays(NamedTuple):
    """A separable pair: the parameters of each coordinate (3, C, d), x* (d,), and the constants of
    the method's text (constants, d)."""

    parameters: Any
    centre: Any
    constants: Any


class State(NamedTuple):
    """State passed from one phase to the next: x where this one starts, (C, R or 1, d), and where
    it ends, (C, R, d) or empty if no phase follows; and the sums along the run (2 + sums, C, R),
    of which the first are Σ‖∇f‖² over local iterates and Σ‖z‖² over refreshes."""

    x: Any
    end: Any
    totals: Any


class Records(NamedTuple):
    """Measures after the recorded rounds of this phase, the first of which has index `first` in the
    arrays over all records.

    sums (4 + further, n, C, R) of energy, gap, ‖∇f‖², spread and further measures; for each of
    these, the number of its sum along the run, or −1 − its number among the functions of x;
    ‖∇f(y_k)‖² at the round's local steps, (n, K or 0, C, R), and x, (n or 0, C, R, d).
    """

    rounds: Any
    first: int
    sums: Any
    further: Any
    local: Any
    paths: Any


class Place(NamedTuple):
    """The work of one thread: the number of the run's first replica, the first configuration, and
    the replicas [r0, r1)."""

    first_replica: int
    c0: int
    r0: int
    r1: int


def at_round(values: Any, t: int) -> Any:
    """The numbers and the batches of a hook in round t of the phase."""
    number = min(t, values.numbers.shape[0]) - 1
    return values.numbers[number], values.batches[min(t, values.batches.shape[0]) - 1]


def offset_of(number: int) -> int:
    """Where the row of a sum along the run begins in a tile."""
    return (ENERGY // TILE + number) * TILE if number < 2 else (6 + number) * TILE


def measure(measured: Any, tiles: Any, further: Any, sums: Any, block: Any) -> None:
    """Add a tile's energy, gap, ‖∇f‖², spread and further measures to sums (measures, C, rows)."""
    n = block.rows * block.width
    for c in range(tiles.shape[0]):
        tile = tiles[c]
        add_rows(sums[0, c], tile, ENERGY, block)
        add_rows(sums[3, c], tile, SPREAD, block)
        for number in range(2):
            measured(tile, n, number)
            add_rows(sums[1 + number, c], tile, WORK, block)
        for i in range(further.size):
            if further[i] >= 0:
                add_rows(sums[4 + i, c], tile, offset_of(further[i]), block)
            else:
                measured(tile, n, 1 - further[i])
                add_rows(sums[4 + i, c], tile, WORK, block)


def begin(tiles: Any, state: Any, plan: Any, block: Any, pair: Any) -> None:
    """Load the tile of every configuration."""
    for c in range(tiles.shape[0]):
        # All replicas may start at the same point.
        row0 = min(block.row0, state.x.shape[1] - 1)
        x = state.x[block.c0 + c, row0 : row0 + block.rows]
        load(tiles[c], x, pair, block.c0 + c, plan, block)


def end(tiles: Any, state: Any, block: Any) -> None:
    """Write x and the sums along the run of a tile to the state."""
    width = block.width
    row0 = block.row0
    for c in range(tiles.shape[0]):
        tile = tiles[c]
        for row in range(block.rows if state.end.shape[1] else 0):
            x = state.end[block.c0 + c, row0 + row]
            for j in range(width):
                x[block.j0 + j] = tile[row * width + j]
        for number in range(state.totals.shape[0]):
            totals = state.totals[number, block.c0 + c, row0 : row0 + block.rows]
            add_rows(totals, tile, offset_of(number), block)


def keep_paths(paths: Any, tiles: Any, block: Any) -> None:
    """Write x of every configuration into paths (C, R, d)."""
    for c in range(tiles.shape[0]):
        for i in range(block.rows * block.width):
            row = block.row0 + i // block.width
            paths[block.c0 + c, row, block.j0 + i % block.width] = tiles[c, i]


for _piece in (at_round, offset_of, measure, begin, end, keep_paths):
    known(_piece, inline=False)


def apart(function: Callable[..., Any], label: str) -> Callable[..., Any]:
    """Register a function so that compiled loops can call it, compiled by itself, and return it.

    The label becomes part of its name: machine code that several processes have kept would
    otherwise have equal names for different functions, of which a linker takes the first.
    """
    function.__qualname__ = f"{function.__qualname__}_{label}"
    return known(function, inline=False, merged=True)


def trajectory(hooks: Hooks, sizes: list[int], label: str, *, keep: bool) -> Any:
    """The compiled loop of one phase over the tiles of some replicas and configurations: its
    arguments are those of `phase`; sizes: the coordinates that the law and its partner make of four
    words; label: a digest of all functions in it; keep: whether it is kept on disk."""
    per_block, per_second = sizes
    over_rounds = rounds_of(hooks, label)

    def phase(
        plan: Any, numbers: Any, pair: Any, state: Any, records: Any, work: Any, place: Any
    ) -> None:
        dim = pair.centre.size
        for j0 in range(0, dim, TILE):
            width = min(TILE, dim - j0)
            most = max(1, TILE // width)
            for row0 in range(place.r0, place.r1, most):
                rows = min(most, place.r1 - row0)
                block = Block(place.c0, row0, rows, j0, width)
                number = np.uint64(place.first_replica + row0)
                source = work.drawing
                aim(source.lanes, per_block, j0, width, number, rows)
                aim(source.lanes_second, per_second, j0, width, number, rows)
                drawing = Drawing(source.lanes, source.lanes_second, source.keys, number)
                begin(work.tiles, state, plan, block, pair)
                over_rounds(plan, numbers, records, work, drawing, block)
                end(work.tiles, state, block)

    phase.__qualname__ = f"{phase.__qualname__}_{label}"
    return compiled(phase, keep=keep)


def rounds_of(hooks: Hooks, label: str) -> Any:
    """The function that runs all rounds of one phase on one tile."""
    start, refresh, steps, finish, measured = hooks

    def over_rounds(plan: Any, numbers: Any, records: Any, work: Any, drawing: Any, block: Any):  # type: ignore[no-untyped-def]
        """Run all rounds of one phase on one tile."""
        tiles = work.tiles
        samples = work.samples
        record = 0
        n = block.rows * block.width
        row0 = block.row0
        row1 = block.row0 + block.rows
        c0 = block.c0
        c1 = block.c0 + tiles.shape[0]
        levels = numbers.levels
        drawn = numbers.drawn
        for t in range(1, plan.T + 1):
            round_ = plan.before + t
            weights = numbers.weights[round_ - 1]
            if t == 1:
                values, batches = at_round(numbers.start, t)
                start(tiles, samples, drawing, drawn, n, values, batches, levels, round_, weights)
            else:
                values, batches = at_round(numbers.refresh, t)
                refresh(tiles, samples, drawing, drawn, n, values, batches, levels, round_, weights)
            if plan.follow or round_ == 1:
                for c in range(tiles.shape[0]):
                    add_spread(tiles[c], n)
            due = record < records.rounds.size and records.rounds[record] == round_
            at = records.first + record
            local = records.local[at if due else 0, : plan.K if due else 0, c0:c1, row0:row1]
            values, batches = at_round(numbers.steps, t)
            steps(
                tiles, samples, drawing, drawn, n, values, batches, levels, round_,
                weights, plan.K, local, block,
            )  # fmt: skip
            values, batches = at_round(numbers.finish, t)
            finish(tiles, samples, drawing, drawn, n, values, batches, levels, round_, weights)
            if due:
                measure(
                    measured, tiles, records.further, records.sums[:, at, c0:c1, row0:row1], block
                )
                if records.paths.shape[0]:
                    keep_paths(records.paths[at], tiles, block)
                record += 1

    return apart(over_rounds, label)
