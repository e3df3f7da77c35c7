"""A phase of any affine program with its coordinates apart as a compiled loop, the twin of the
array form in `run`.

The maps of all hooks go to the loop, and a list of instructions, `instructions`: the loop combines
maps in a core's cache, so that a round, and many rounds between records, are one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.engines.exact.program.evaluation import count_of_outcomes
from auxtheory.engines.exact.program.instructions import Numbers, Round, instructions_of
from auxtheory.engines.exact.program.maps import Map
from auxtheory.engines.exact.program.phase import ProgramPhase
from auxtheory.engines.exact.repeated import Moments
from auxtheory.measures import Measure
from auxtheory.typing import FloatArray

MOST_VARIABLES = 8  # beyond, an operator is much larger than the maps that it is made of
MOST_STEPS = 64  # of different local steps, which are combined one by one
TILE = 1 << 15  # numbers in an operator of a tile
LANES_AT_ONCE = 1 << 13
FOLLOWED_AT_ONCE = 1 << 22  # values of E‖x − x*‖² that are kept
NUMBERS_AT_ONCE = 1 << 21  # in the maps of rounds that differ
CALL = 4096  # work of the calls of one map in the array form


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """What to read along a phase.

    Args:
        local: the measures summed over the points from which local steps start.
        rounds: those summed over rounds.
        last: those read after a recorded round.
        weights: w_t of `local` and of `rounds` in this phase, each (T,).
        roots: the root of each by its key.
        spread: the root of E‖x − x*‖², or None if it is not followed.
        every: whether it is followed at every local step.
        marks: the rounds of the phase to record.
    """

    local: Sequence[Measure]
    rounds: Sequence[Measure]
    last: Sequence[Measure]
    weights: Sequence[FloatArray]
    roots: dict[str, FloatArray]
    spread: FloatArray | None
    every: bool
    marks: Sequence[int]


def fits(steps: ProgramPhase) -> bool:
    """Whether a phase has a compiled form: coordinates apart, few variables, few different local
    steps, and no numbers for each coordinate in a hook that changes from round to round, nor
    schedules that differ between configurations."""
    hooks = steps.program.hooks
    step = hooks.get("step")
    changing = [hook for name, hook in hooks.items() if name != "start" and steps.varies(hook)]
    vectors = any(node.op == "constant" and node.vector for hook in changing for node in hook.nodes)
    distinct = step is not None and step.reads("k") and steps.phase.steps.K > MOST_STEPS
    return (
        not steps.problem.algebra.dense
        and steps.size <= MOST_VARIABLES
        and not vectors
        and not distinct
        and not steps.phase.steps.differing
    )


def work(steps: ProgramPhase) -> float:
    """The work of the array form, in units of about 10 ns."""
    size = steps.problem.count * steps.problem.algebra.dim * steps.size**2
    K = steps.phase.steps.K
    total = 0
    for name in ("refresh", "step", "finish"):
        hook = steps.program.hooks.get(name)
        maps = steps.maps(name, min(2, steps.phase.steps.T)) or []
        if hook is None:
            continue
        alone = len(maps) > 1 or any(map_.draws for _, map_ in maps) or hook.reads("k")
        times = K if name == "step" and alone else 1
        total += len(maps) * times * (CALL + 10 * size)
        if steps.varies(hook):
            # Reading the text again costs more than the maps.
            total += 8 * len(maps) * CALL * (K if hook.reads("k") else 1)
    return float(steps.phase.steps.T * total)


def run_phase(
    steps: ProgramPhase, state: Moments, reading: Reading, threads: int | None
) -> tuple[FloatArray, tuple[FloatArray, FloatArray], Moments]:
    """Run all rounds of a phase.

    Args:
        steps: the phase; it `fits`.
        state: the moments after its start, (C, d, …).
        reading: what to read.
        threads: the number of threads.

    Returns:
        The sums of `local` and of `rounds`, then the values of `last`, at the marks, shape (marks,
        measures, C); at the marks, the sum of E‖x − x*‖² so far and the largest, (marks, C); the
        moments at the end.
    """
    count = state.mean.shape[0]
    T = steps.phase.steps.T
    packed = _packed(state)
    readings = _readings(steps, reading)
    summed = len(reading.local) + len(reading.rounds)
    sums: list[FloatArray] = []
    spreads: list[FloatArray] = []
    before = np.zeros((summed, count))
    followed = np.zeros((2, count))
    at_once = _rounds_at_once(steps)
    for first in range(0, T, at_once):
        last = min(first + at_once, T)
        marks = [t for t in reading.marks if first < t <= last]
        part = [t - first for t in dict.fromkeys((*marks, last))]
        out, (total, largest) = _run_rounds(
            steps, reading, readings, packed, (first, last), part, threads
        )
        out[:, :summed] += before
        total += followed[0]
        np.maximum(largest, followed[1], out=largest)
        before = out[-1, :summed]
        followed = np.stack([total[-1], largest[-1]])
        sums.append(out[: len(marks)])
        spreads.append(np.stack([total, largest])[:, : len(marks)])
    both = np.concatenate(spreads, axis=1)
    return np.concatenate(sums), (both[0], both[1]), _unpacked(packed, state.mean.shape)


def _rounds_at_once(steps: ProgramPhase) -> int:
    """The number of rounds whose maps are made together; all of them where they are equal."""
    T, K = steps.phase.steps.T, steps.phase.steps.K
    numbers = 0
    for name in ("refresh", "step", "finish"):
        hook = steps.program.hooks.get(name)
        if hook is not None and steps.varies(hook):
            lanes = steps.problem.count * steps.problem.algebra.dim
            outcomes = count_of_outcomes(hook, steps.problem.N)
            numbers += (
                lanes * steps.size * (steps.size + 1) * outcomes * (K if hook.reads("k") else 1)
            )
    return max(1, min(T, NUMBERS_AT_ONCE // numbers)) if numbers else T


def _run_rounds(
    steps: ProgramPhase,
    reading: Reading,
    readings: Any,
    packed: FloatArray,
    rounds: tuple[int, int],
    marks: Sequence[int],
    threads: int | None,
) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
    """Run some rounds, [first, last) from 0 on, and change the packed state in place; what is
    summed over these rounds and read at the marks, and the sum and the largest of E‖x − x*‖²."""
    from auxtheory.kernels.cpu.affine import Out, run
    from auxtheory.kernels.cpu.threads import spread_over_threads

    count, d = steps.problem.count, steps.problem.algebra.dim
    layout = _layout(steps.size)
    round_, hooks = _hooks(steps, reading, rounds)
    readings = readings._replace(by_round=readings.by_round[rounds[0] : rounds[1]])
    many = len(reading.local) + len(reading.rounds) + len(reading.last)
    sums = np.zeros((len(marks), many, count))
    spreads = np.zeros((2, len(marks), count))
    instructions, slots = instructions_of(round_, marks, layout.one + 1)
    points = round_.T * round_.followed
    at_once = max(1, min(LANES_AT_ONCE // d, FOLLOWED_AT_ONCE // max(1, points)))

    def run_part(first: int) -> None:
        rows = slice(first, min(first + at_once, count))
        lanes = slice(rows.start * d, rows.stop * d)
        followed = np.zeros((points, rows.stop - rows.start))
        part = np.ascontiguousarray(packed[:, lanes])
        out = np.zeros((len(marks), many, rows.stop - rows.start))
        run(
            _tile(layout, slots, readings, bool(points)),
            instructions,
            hooks._replace(**_cut(hooks, ("M", "p", "noise"), lanes)),
            part,
            layout,
            readings._replace(**_cut(readings, ("weights", "offsets"), lanes)),
            np.repeat(np.arange(rows.stop - rows.start), d),
            Out(out, followed),
        )
        packed[:, lanes] = part
        sums[..., rows] = out
        if points:
            at = np.array(marks) * round_.followed - 1
            spreads[0, :, rows] = np.cumsum(followed, axis=0)[at]
            spreads[1, :, rows] = np.maximum.accumulate(followed, axis=0)[at]

    spread_over_threads(run_part, range(0, count, at_once), threads)
    return sums, (spreads[0], spreads[1])


def _cut(values: Any, names: Sequence[str], lanes: slice) -> dict[str, FloatArray]:
    """Fields of a named tuple on some lanes."""
    return {name: np.ascontiguousarray(getattr(values, name)[..., lanes]) for name in names}


# -- the state


def _layout(n: int) -> Any:
    """Where the entries of Σ and of the products of (μ, 1) are."""
    from auxtheory.kernels.cpu.operators import Layout

    a, b = np.triu_indices(n)
    cov = np.zeros((n, n), dtype=np.int64)
    cov[a, b] = cov[b, a] = np.arange(len(a))
    c, d = np.triu_indices(n + 1)
    product = np.zeros((n + 1, n + 1), dtype=np.int64)
    product[c, d] = product[d, c] = len(a) + np.arange(len(c))
    means = np.ascontiguousarray(product[:n, n])
    places = np.concatenate([np.arange(len(a)), means])
    return Layout(cov, product, np.diag(cov).copy(), means, int(product[n, n]), places)


def _packed(state: Moments) -> FloatArray:
    """Moments as rows of lanes: Σ_ab for a ≤ b, then μ."""
    count, d, n = state.mean.shape
    a, b = np.triu_indices(n)
    cov = np.broadcast_to(state.cov, (count, d, n, n))[..., a, b]
    whole = np.concatenate([cov, state.mean], axis=-1)
    return np.ascontiguousarray(whole.reshape(count * d, -1).T)


def _unpacked(packed: FloatArray, shape: tuple[int, ...]) -> Moments:
    n = shape[-1]
    a, b = np.triu_indices(n)
    cov = np.empty((*shape, n))
    cov[..., a, b] = packed[: len(a)].T.reshape(*shape[:-1], -1)
    cov[..., b, a] = cov[..., a, b]
    return Moments(packed[len(a) :].T.reshape(shape), cov)


def _tile(layout: Any, slots: int, readings: Any, followed: bool) -> Any:
    """Room for the lanes of a tile."""
    from auxtheory.kernels.cpu.operators import Tile

    size = layout.one + 1
    n = len(layout.means)
    lanes = int(np.clip(TILE // size**2 // 8 * 8, 8, 128))
    sums = readings.local + followed
    rows = len(layout.places) + sums
    return Tile(
        np.zeros((2, size, lanes)),
        np.zeros((sums, lanes)),
        np.zeros((readings.local + readings.rounds, lanes)),
        np.zeros((slots, size, size, lanes)),
        np.zeros((slots, sums, size, lanes)),
        np.zeros((slots, size, size), dtype=np.bool_),
        np.zeros((slots, sums, size), dtype=np.bool_),
        np.zeros((slots, rows, size), dtype=np.int64),
        np.zeros((slots, rows), dtype=np.int64),
        np.zeros((n, n + 1, lanes)),
        np.zeros((n, n + 1, lanes)),
        np.zeros((n, n + 1), dtype=np.bool_),
        np.zeros((n, n + 1), dtype=np.bool_),
    )


# -- hooks and measures


def _hooks(steps: ProgramPhase, reading: Reading, rounds: tuple[int, int]) -> tuple[Round, Any]:
    """What makes up some rounds, and the maps of their hooks."""
    from auxtheory.kernels.cpu.affine import Hooks

    K = steps.phase.steps.K
    blocks: list[Block] = []
    numbers = {}
    for name in ("step", "refresh", "finish"):
        made, numbers[name] = _blocks(steps, name, rounds, sum(len(b.noise) for b in blocks))
        blocks += made
    branches = [len(block.draw) for block in blocks for _ in range(len(block.noise))]
    M = np.concatenate([block.M for block in blocks])
    noise = np.concatenate([block.noise for block in blocks])
    draws = np.concatenate([np.tile(block.draw, len(block.noise)) for block in blocks])
    round_ = Round(
        refresh=numbers["refresh"],
        finish=numbers["finish"],
        step=numbers["step"],
        K=K,
        T=rounds[1] - rounds[0],
        begins=rounds[0] == 0,
        followed=0 if reading.spread is None else K if reading.every else 1,
        local=len(reading.local),
        summed=bool(reading.rounds),
        equal=all(bool(np.all(w == 1)) for w in reading.weights),
    )
    return round_, Hooks(
        M,
        np.concatenate([block.p for block in blocks]),
        draws,
        np.any(M != 0, axis=-1),
        noise,
        np.any(noise != 0, axis=-1),
        np.concatenate([[0], np.cumsum(branches)]).astype(np.int64),
    )


@dataclass(frozen=True, eq=False)
class Block:
    """The maps of a hook at some points of a run.

    M: (points × branches, n, n + 1, lanes); p: (points × branches, lanes); draw: whether a branch
    is a draw; noise: (points, s, lanes).
    """

    M: FloatArray
    p: FloatArray
    draw: Any
    noise: FloatArray


def _blocks(
    steps: ProgramPhase, name: str, rounds: tuple[int, int], number: int
) -> tuple[list[Block], Numbers]:
    """The maps of a hook, which get the numbers from `number` on."""
    hook = steps.program.hooks.get(name)
    if hook is None:
        return [], Numbers()
    K = steps.phase.steps.K if hook.reads("k") and name == "step" else 1
    if not steps.varies(hook):
        blocks = [_block(steps, steps.maps(name, 2, k) or [], 1) for k in range(K)]
        return blocks, Numbers(number, 0, int(K > 1))
    t = np.arange(rounds[0] + 1, rounds[1] + 1)
    maps = steps.over(name, np.repeat(t, K), np.tile(np.arange(K), len(t)))
    return [_block(steps, maps, len(t) * K)], Numbers(number, K, int(K > 1))


def _block(steps: ProgramPhase, maps: Sequence[tuple[Any, Map]], points: int) -> Block:
    """Maps of all points, as further configurations, as arrays of lanes."""
    count, d, n = steps.problem.count, steps.problem.algebra.dim, steps.size
    lanes = count * d
    a, b = np.triu_indices(n)
    matrices, chances, draw = [], [], []
    noise: Any = np.zeros((1, 1, len(a)))
    for p, map_ in maps:
        chance = np.reshape(np.asarray(p, dtype=float), (-1, 1))
        if 1 < len(chance) < points * count:
            chance = np.tile(chance, (points, 1))
        drawn = _draws(map_)
        matrices += [np.concatenate([map_.M, map_.c[..., None]], axis=-1), *drawn]
        chances += [chance] * (1 + len(drawn))
        draw += [False, *(True for _ in drawn)]
        noise = noise + chance[..., None] * _noise(map_)[..., a, b]
    M = np.empty((points, len(draw), n, n + 1, lanes))
    p_of = np.empty((points, len(draw), lanes))
    for i, (chance, matrix) in enumerate(zip(chances, matrices, strict=True)):
        M[:, i] = np.moveaxis(matrix.reshape(points, lanes, n, n + 1), 1, -1)
        p_of[:, i] = np.broadcast_to(chance, (points * count, d)).reshape(points, lanes)
    whole = np.broadcast_to(noise, (points * count, d, len(a))).reshape(points, lanes, len(a))
    return Block(
        M.reshape(-1, n, n + 1, lanes),
        p_of.reshape(-1, lanes),
        np.array(draw, dtype=np.bool_),
        np.ascontiguousarray(np.moveaxis(whole, 1, -1)),
    )


def _draws(map_: Map) -> list[FloatArray]:
    """What each call's number ε multiplies, as a map of (z, 1): its points share ε."""
    return [np.asarray(sum(point.L @ point.R for point in points)) for points in map_.draws]


def _noise(map_: Map) -> FloatArray:
    """The covariance that does not depend on the state, (C, d, n, n)."""
    noise = map_.Q
    for points in map_.draws:
        for p in points:
            noise = noise + (p.L * p.variance[..., None, :]) @ np.swapaxes(p.L, -1, -2)
    return np.asarray(noise)


def _readings(steps: ProgramPhase, reading: Reading) -> Any:
    """What is read. With coordinates apart, a measure is w² (z_i + o)²."""
    from auxtheory.kernels.cpu.affine import Readings

    n = steps.size
    spread = [] if reading.spread is None else [(0, reading.spread)]
    listed = [
        *((steps.places[m.of][0], reading.roots[m.key]) for m in reading.local),
        *((steps.places["x"][0], root) for _, root in spread),
        *((steps.places[m.of][0], reading.roots[m.key]) for m in (*reading.rounds, *reading.last)),
    ]
    weights, offsets = [], []
    for i, root in listed:
        w = root[..., 0, i].ravel()
        with np.errstate(all="ignore"):
            offsets.append(np.where(w == 0, 0.0, root[..., 0, n].ravel() / w))
        weights.append(w**2)
    return Readings(
        np.array([i for i, _ in listed]),
        np.array(weights),
        np.array(offsets),
        len(reading.local),
        len(reading.rounds),
        np.stack(reading.weights, axis=-1),
    )
