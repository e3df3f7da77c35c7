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

from auxtheory.engines.exact.program.instructions import Round, instructions_of
from auxtheory.engines.exact.program.maps import Map, Moments
from auxtheory.engines.exact.program.phase import ProgramPhase
from auxtheory.measures import Measure
from auxtheory.typing import FloatArray

MOST_VARIABLES = 8  # beyond, an operator is much larger than the maps that it is made of
MOST_STEPS = 64  # of different local steps, which are combined one by one
TILE = 1 << 15  # numbers in an operator of a tile
LANES_AT_ONCE = 1 << 13
FOLLOWED_AT_ONCE = 1 << 22  # values of E‖x − x*‖² that are kept
CALL = 4096  # work of the calls of one map in the array form


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """What to read along a phase.

    Args:
        local: the measures summed over the points from which local steps start.
        rounds: those summed over rounds.
        last: those read after a recorded round.
        weights: w_t of `local` and of `rounds` in this phase, each (T,).
        forms: the quadratic form of each by its key.
        spread: the form of E‖x − x*‖², or None if it is not followed.
        every: whether it is followed at every local step.
        marks: the rounds of the phase to record.
    """

    local: Sequence[Measure]
    rounds: Sequence[Measure]
    last: Sequence[Measure]
    weights: Sequence[FloatArray]
    forms: dict[str, FloatArray]
    spread: FloatArray | None
    every: bool
    marks: Sequence[int]


def fits(steps: ProgramPhase) -> bool:
    """Whether a phase has a compiled form: coordinates apart, few variables, equal rounds."""
    hooks = steps.program.hooks
    step = hooks.get("step")
    distinct = step is not None and step.reads("k") and steps.phase.steps.K > MOST_STEPS
    return (
        not steps.problem.algebra.dense
        and steps.size <= MOST_VARIABLES
        and not distinct
        and not any(steps.varies(hook) for name, hook in hooks.items() if name != "start")
    )


def work(steps: ProgramPhase) -> float:
    """The work of the array form, in units of about 10 ns."""
    size = steps.problem.count * steps.problem.algebra.dim * steps.size**2
    maps = [steps.maps(name, 2) or [] for name in ("refresh", "step", "finish")]
    alone = len(maps[1]) > 1 or any(map_.draws for _, map_ in maps[1])
    times = (1, steps.phase.steps.K if alone else 1, 1)
    each = sum(len(found) * k for found, k in zip(maps, times, strict=True))
    return steps.phase.steps.T * each * (CALL + 10 * size)


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
    from auxtheory.kernels.cpu.affine import Out, run
    from auxtheory.kernels.cpu.threads import spread_over_threads

    count, d, n = state.mean.shape
    many = len(reading.local) + len(reading.rounds) + len(reading.last)
    sums = np.zeros((len(reading.marks), many, count))
    spreads = np.zeros((2, len(reading.marks), count))
    layout = _layout(n)
    packed = _packed(state)
    round_, hooks = _hooks(steps, reading)
    readings = _readings(steps, reading)
    instructions, slots = instructions_of(round_, reading.marks, layout.one + 1)
    points = round_.T * round_.followed
    at_once = max(1, min(LANES_AT_ONCE // d, FOLLOWED_AT_ONCE // max(1, points)))

    def run_part(first: int) -> None:
        rows = slice(first, min(first + at_once, count))
        lanes = slice(rows.start * d, rows.stop * d)
        followed = np.zeros((points, rows.stop - rows.start))
        part = np.ascontiguousarray(packed[:, lanes])
        out = np.zeros((len(reading.marks), many, rows.stop - rows.start))
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
            at = np.array(reading.marks) * round_.followed - 1
            spreads[0, :, rows] = np.cumsum(followed, axis=0)[at]
            spreads[1, :, rows] = np.maximum.accumulate(followed, axis=0)[at]

    spread_over_threads(run_part, range(0, count, at_once), threads)
    return sums, (spreads[0], spreads[1]), _unpacked(packed, state.mean.shape)


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


def _hooks(steps: ProgramPhase, reading: Reading) -> tuple[Round, Any]:
    """What makes up a round, and the maps of its hooks."""
    from auxtheory.kernels.cpu.affine import Hooks

    K = steps.phase.steps.K
    text = steps.program.hooks.get("step")
    different = K if text is not None and text.reads("k") else 1
    listed: list[Any] = []
    if text is not None:
        listed = [steps.maps("step", 2, k) for k in range(different)]
    numbers = tuple(range(different)) if listed else (-1,)
    places = []
    for maps in (steps.maps("refresh", 2), steps.maps("finish", 2)):
        places.append(len(listed) if maps is not None else -1)
        listed += [maps] if maps is not None else []
    round_ = Round(
        refresh=places[0],
        finish=places[1],
        steps=numbers,
        K=K,
        T=steps.phase.steps.T,
        followed=0 if reading.spread is None else K if reading.every else 1,
        local=len(reading.local),
        summed=bool(reading.rounds),
        equal=all(bool(np.all(w == 1)) for w in reading.weights),
    )
    branches: list[tuple[Any, FloatArray, bool]] = []
    noise, first = [], [0]
    count, d, n = steps.problem.count, steps.problem.algebra.dim, steps.size
    a, b = np.triu_indices(n)
    for maps in listed:
        total: Any = np.zeros((1, 1, len(a)))
        for p, map_ in maps:
            chance = np.reshape(np.asarray(p, dtype=float), (-1, 1))
            branches.append((chance, np.concatenate([map_.M, map_.c[..., None]], axis=-1), False))
            branches += [(chance, drawn, True) for drawn in _draws(map_)]
            total = total + chance[..., None] * _noise(map_)[..., a, b]
        first.append(len(branches))
        noise.append(np.broadcast_to(total, (count, d, len(a))))
    lanes = count * d
    M = np.empty((len(branches), n, n + 1, lanes))
    p_of = np.empty((len(branches), lanes))
    for i, (chance, matrix, _) in enumerate(branches):
        M[i] = np.moveaxis(matrix.reshape(lanes, n, n + 1), 0, -1)
        p_of[i] = np.broadcast_to(chance, (count, d)).ravel()
    Q = np.empty((len(listed), len(a), lanes))
    for i, each in enumerate(noise):
        Q[i] = each.reshape(lanes, len(a)).T
    draws = np.array([draw for *_, draw in branches], dtype=np.bool_)
    used, noisy = np.any(M != 0, axis=-1), np.any(Q != 0, axis=-1)
    return round_, Hooks(M, p_of, draws, used, Q, noisy, np.array(first))


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
    """What is read. With coordinates apart, the form of a measure is w (z_i + o)²."""
    from auxtheory.kernels.cpu.affine import Readings

    n = steps.size
    spread = [] if reading.spread is None else [(0, reading.spread)]
    listed = [
        *((steps.places[m.of][0], reading.forms[m.key]) for m in reading.local),
        *((steps.places["x"][0], form) for _, form in spread),
        *((steps.places[m.of][0], reading.forms[m.key]) for m in (*reading.rounds, *reading.last)),
    ]
    weights, offsets = [], []
    for i, form in listed:
        w = form[..., i, i].ravel()
        with np.errstate(all="ignore"):
            offsets.append(np.where(w == 0, 0.0, form[..., i, n].ravel() / w))
        weights.append(w)
    return Readings(
        np.array([i for i, _ in listed]),
        np.array(weights),
        np.array(offsets),
        len(reading.local),
        len(reading.rounds),
        np.stack(reading.weights, axis=-1),
    )
