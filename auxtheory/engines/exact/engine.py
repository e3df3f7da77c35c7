"""Engine `exact`: the expectation itself, by propagating mean and covariance; no seed, no sampling
error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import Trace, column
from auxtheory.engines.exact.clients import refusals
from auxtheory.engines.exact.clients import run as clients
from auxtheory.engines.exact.combined import dense_phase
from auxtheory.engines.exact.coordinates import CoordinateMoments, cancels
from auxtheory.engines.exact.diagonal import DiagonalMoments, compiled_phase
from auxtheory.engines.exact.frame import Frame, frame_of, shaped_additive
from auxtheory.engines.exact.moments import PhaseArrays, Start, run_phase
from auxtheory.engines.exact.program import run as program
from auxtheory.engines.exact.recursion import Recursion
from auxtheory.engines.exact.result import NAME, traced
from auxtheory.engines.task import DEFAULT, Sampling, Task, accepts_old_arguments
from auxtheory.errors import RefusedError
from auxtheory.methods import Phase
from auxtheory.noise.laws import Noise
from auxtheory.problems import QuadraticPair
from auxtheory.typing import FloatArray

name = NAME
DTYPES = ("float64",)
OPTIONS = ("threads", "compiled")
# Numbers in one array of the state: the whole state then stays in a core's cache.
NUMBERS_AT_ONCE = 8192
# Numbers in the Hessians of dense pairs that run together; combined rounds take a few hundred times
# as many.
DENSE_AT_ONCE = 1 << 17
CALL = 4096  # cost of the calls of one round of the array form, in coordinates of configurations
# Rounds × (calls + coordinates) from which compiled code is worth loading: about a second.
ENOUGH = 100_000_000

OnePhase: TypeAlias = Callable[[PhaseArrays, int, Sequence[int], Start], tuple[FloatArray, Start]]


@accepts_old_arguments
def refuses(task: Task) -> str | None:
    """Why the recursion of mean and covariance is not closed for this case, or None."""
    pair = task.pair
    noise = task.noise
    if not isinstance(pair, QuadraticPair):
        return f"exact needs a quadratic pair, and {type(pair).__name__} is not one"
    reason = foreign.overridden(pair, QuadraticPair) or foreign.unlike(noise)
    if reason:
        return reason
    for phase in task.phases:
        reason = phase.method.not_affine
        if reason:
            return f"exact follows affine methods, and {reason}"
    if task.has_clients:
        return refusals.refuses(task)
    return program.refuses(task) if as_program(task) or task.extra else None


def as_program(task: Task) -> bool:
    """Whether the general form is needed: a method that is not a correction buffer and local steps,
    schedules, or noise that the recursions do not follow."""
    for phase in task.phases:
        if phase.correction is None or phase.steps.scheduled:
            return True
        if np.any(task.noise.levels(phase.method.helper).s_local):
            pair = task.pair
            apart = not isinstance(pair, QuadraticPair) or pair.diagonal
            dense = not apart or task.noise.shape_axes == 2
            moves = phase.correction.local_step(1.0, 0.0, 0.0, 1.0) != 1.0
            if moves or (dense and phase.steps.K > 1):
                return True
    return False


@accepts_old_arguments
def run(task: Task, sampling: Sampling = DEFAULT) -> Trace:
    """The exact expectations at each recorded round.

    Args:
        task: what to run.
        sampling: compiled and threads are read: whether a diagonal pair runs as a compiled loop
            (None: if there is enough to do), and on how many threads (None: all). Neither the form
            nor threads, nor the other configurations of the call, change a bit; other programs
            than corrections agree to rounding in both forms. Configurations
            whose second moments would cancel take neither form, but that of dense pairs.

    Returns:
        The `Trace`, with standard errors of 0.

    Raises:
        RefusedError: with the reason why mean and covariance do not close on the task.
        InputError: if replicas are to be kept or numbered, since there are none.
    """
    sampling.check_engine(name, OPTIONS)
    pair = task.pair
    noise = task.noise
    reason = refuses(task)
    if reason or not isinstance(pair, QuadraticPair):
        raise RefusedError(reason)
    if task.has_clients:
        return clients.run(task, sampling)
    if as_program(task):
        return program.run(task, sampling)
    if task.extra:
        trace = run(replace(task, measures=()), sampling)
        return replace(trace, measured=program.run(task, sampling).measured)
    rounds = task.rounds
    phases = task.phases
    count = task.count
    compiled = sampling.compiled
    with np.errstate(all="ignore"):
        frame = frame_of(pair, phases, noise)
        by_phase = [arrays_of(phase, frame, noise, count) for phase in phases]
        closely = np.any([cancels(arrays) for arrays in by_phase], axis=0)
    if compiled is None:
        compiled = _points(phases, by_phase) * (CALL + count * pair.dim) > ENOUGH
    compiled = compiled and pair.diagonal and not noise.shaped
    means = np.any([arrays.drifts for arrays in by_phase], axis=0) | np.all(
        [arrays.noiseless for arrays in by_phase], axis=0
    )
    measured = _by_form(
        phases, by_phase, rounds, compiled, (closely, means | closely), sampling.threads
    )
    return traced(task, measured, _form(compiled, closely), {})


def _by_form(
    phases: tuple[Phase, ...],
    by_phase: list[PhaseArrays],
    rounds: tuple[int, ...],
    compiled: bool,
    forms: tuple[Any, Any],
    threads: int | None,
) -> FloatArray:
    """`_measured` with each configuration in the form that it would have alone. The form says
    whether coordinates are followed in the form of dense pairs, and whether means are carried
    (which makes no difference for dense pairs)."""
    apart, means = forms
    means = means if by_phase[0].R.ndim == 2 else np.zeros_like(means)
    distinct = sorted(set(zip(apart.tolist(), means.tolist(), strict=True)))
    if len(distinct) == 1:
        same = [replace(arrays, means=distinct[0][1]) for arrays in by_phase]
        return _measured(phases, same, rounds, compiled, distinct[0][0], threads)
    measured = np.empty((5, len(rounds), len(means)))
    for form in distinct:
        configurations = np.flatnonzero((apart == form[0]) & (means == form[1]))
        selected = [replace(arrays.part(configurations), means=form[1]) for arrays in by_phase]
        measured[..., configurations] = _measured(
            phases, selected, rounds, compiled, form[0], threads
        )
    return measured


def _measured(
    phases: tuple[Phase, ...],
    by_phase: list[PhaseArrays],
    rounds: tuple[int, ...],
    compiled: bool,
    apart: bool,
    threads: int | None,
) -> FloatArray:
    """G, gap, ‖∇f‖², spread and largest spread, shape (5, records, C), computed for parts of the
    configurations that fit into a cache. apart: whether coordinates are followed in the form of
    dense pairs."""
    count, d = by_phase[0].z0.shape
    diagonal = by_phase[0].R.ndim == 2
    size = max(1, NUMBERS_AT_ONCE // d if diagonal else DENSE_AT_ONCE // max(32, d**2))
    parts = [slice(i, i + size) for i in range(0, count, size)]
    in_arrays = partial(run_phase, DiagonalMoments) if diagonal else dense_phase
    ordinary: OnePhase = compiled_phase if compiled else in_arrays
    one_phase = partial(_apart, ordinary) if apart else ordinary

    def measure(part: slice) -> FloatArray:
        return run_part(one_phase, phases, [arrays.part(part) for arrays in by_phase], rounds)

    if not compiled:
        return np.concatenate([measure(part) for part in parts], axis=-1)
    from auxtheory.kernels.cpu.threads import spread_over_threads

    return np.concatenate(spread_over_threads(measure, parts, threads), axis=-1)


def _apart(
    ordinary: OnePhase, arrays: PhaseArrays, T: int, marks: Sequence[int], start: Start
) -> tuple[FloatArray, Start]:
    """A phase in the form in which nothing cancels; a phase on f alone has R = 0, so nothing
    cancels in the ordinary form."""
    if arrays.points > 1 or not np.any(arrays.R):
        return ordinary(arrays, T, marks, start)
    return run_phase(CoordinateMoments, arrays, T, marks, start)


def _points(phases: tuple[Phase, ...], by_phase: list[PhaseArrays]) -> int:
    """The number of points at which the state is computed, one after the other."""
    return sum(
        phase.steps.T * (arrays.points if arrays.follows_spread else 1)
        for phase, arrays in zip(phases, by_phase, strict=True)
    )


def _form(compiled: bool, closely: Any) -> dict[str, str]:
    """The form of the recursion and the number of configurations computed coordinate by coordinate,
    for the provenance."""
    form = {"form": "arrays"}
    if compiled:
        from numba import __version__

        form = {"form": "compiled", "numba": __version__}
    if np.any(closely):
        form["by_coordinates"] = f"{np.count_nonzero(closely)} of {len(closely)}"
    return form


def run_part(
    one_phase: OnePhase,
    phases: tuple[Phase, ...],
    by_phase: list[PhaseArrays],
    rounds: tuple[int, ...],
) -> FloatArray:
    """Run some of the configurations; G, gap, ‖∇f‖², spread and largest spread, shape (5, records,
    configurations)."""
    z = by_phase[0].z0
    rows = []
    energy = spread = largest = np.zeros(())
    iterates = points = before = 0
    with np.errstate(all="ignore"):
        first = np.sum(z**2, axis=-1)
        state = z, np.zeros_like(by_phase[0].R)
        for phase, arrays in zip(phases, by_phase, strict=True):
            T = phase.steps.T
            K = phase.steps.K
            records = [t - before for t in rounds if before < t <= before + T]
            readings, state = one_phase(arrays, T, sorted({*records, T}), state)
            for t, (sums, gap, grad_sq, sizes, most) in zip(
                records, np.moveaxis(readings, 1, 0), strict=False
            ):
                mean = (
                    (spread + sizes) / (points + t * arrays.points)
                    if arrays.follows_spread
                    else first
                )
                most = np.maximum(largest, most) if arrays.follows_spread else first
                rows.append(((energy + sums) / (iterates + t * K), gap, grad_sq, mean, most))
            energy = energy + readings[0, -1]
            spread = spread + readings[3, -1]
            largest = np.maximum(largest, readings[4, -1])
            iterates = iterates + T * K
            points = points + T * arrays.points
            before = before + T
    return np.moveaxis(np.array(rows), 1, 0)


def arrays_of(phase: Phase, frame: Frame, noise: Noise, count: int) -> PhaseArrays:
    """The parameters of the recursion as arrays with the configurations first."""
    helper = phase.method.helper
    steps = phase.steps
    R, b = frame.seen(helper)
    levels = noise.levels(helper, exact_refresh=phase.method.exact_refresh)

    def repeated(array: FloatArray) -> FloatArray:
        return np.broadcast_to(array, (count, *array.shape[1:]))

    def level(value: Any) -> FloatArray:
        return column(value, count)

    assert phase.correction is not None
    rules = Recursion.read(phase.correction, level(steps.momentum), level(steps.eta))
    shaped_r, shaped_local = shaped_additive(noise, phase, frame, count)
    return PhaseArrays(
        A=repeated(frame.A),
        R=repeated(R),
        b=repeated(b),
        z0=repeated(frame.z0),
        x_star=repeated(frame.x_star),
        basis=None if frame.basis is None else repeated(frame.basis),
        sigma_r=level(levels.sigma_r),
        s_r=level(levels.s_r),
        sigma_local=level(levels.sigma_local),
        s_local=level(levels.s_local),
        rules=rules,
        K=steps.K,
        B=float(steps.B),
        remembers=bool(np.any(rules.prev)),
        means=True,
        follows_spread=bool(np.any(noise.s)),
        points=steps.K if np.any(levels.s_local) else 1,
        shaped_r=shaped_r,
        shaped_local=shaped_local,
    )
