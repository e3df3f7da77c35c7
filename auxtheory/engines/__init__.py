"""The engines, and functions that check, choose and run them; `engine="auto"` takes the first that
does not refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

from auxtheory.bounds.constants import Steps
from auxtheory.defaults import AUTO, REPLICAS, SEED
from auxtheory.engines import exact, foreign
from auxtheory.engines.base import Trace
from auxtheory.engines.exact.clients.stationary import Stationary, stationary
from auxtheory.engines.monte_carlo import cpu, cuda, cupy, estimate
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.monte_carlo import python as python_engine
from auxtheory.engines.task import (
    DEFAULT,
    FLOATS,
    AnyMethod,
    Sampling,
    SamplingOptions,
    Task,
    check_arguments,
    check_problem,
    chooses_by_old_arguments,
)
from auxtheory.errors import Checks, RefusedError, check_names
from auxtheory.measures import Measure
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Pair, Target

# The fastest first.
ENGINES: dict[str, Any] = {
    engine.name: engine for engine in (exact, cuda, cupy, cpu, numpy_engine, python_engine)
}
DEVICES = cuda.name, cupy.name
# Those that measure how much the helpers differ along a run.
DISSIMILARITY = exact.name, numpy_engine.name
# The keywords of `run`.
RUN_OPTIONS = ("engine", "record", "measures", *SamplingOptions.__annotations__)

__all__ = [
    "ENGINES",
    "Sampling",
    "Stationary",
    "Task",
    "Trace",
    "check_settings",
    "choose",
    "problem",
    "run",
    "run_task",
    "stationary",
]


def completed(pair: Any, noise: Any) -> tuple[Any, Any]:
    """The pair and the noise of a run: a target becomes a pair with itself as helper, None becomes
    no noise."""
    pair = pair.with_helper() if isinstance(pair, Target) else pair
    return pair, Gaussian() if noise is None else noise


def problem(checks: Checks, pair: Any, noise: Any) -> tuple[Pair, Noise]:
    """Complete and check the pair and the noise of a call.

    Args:
        checks: where what is wrong is reported.
        pair: an `at.Pair`, or a target, which is then its own helper.
        noise: an `at.Noise`, or None for no noise.

    Returns:
        The pair and the noise.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.errors import Checks
        >>> pair, noise = at.engines.problem(Checks(), at.Quadratic(L=1.0, dim=2), None)
        >>> type(noise).__name__
        'Gaussian'
    """
    pair, noise = completed(pair, noise)
    check_problem(checks, pair, noise)
    return pair, noise


def check_settings(
    checks: Checks, engine: Any = AUTO, replicas: Any = REPLICAS, seed: Any = SEED
) -> tuple[Any, Any]:
    """Check the name of an engine and how it samples.

    Args:
        checks: where what is wrong is reported.
        engine: "auto" or an engine's name.
        replicas: of Monte Carlo, a whole number from 2 to 2³².
        seed: of Monte Carlo, a whole number from 0 to 2⁶⁴ − 1.

    Returns:
        replicas and seed, as whole numbers where they are right.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.errors import Checks
        >>> at.engines.check_settings(Checks(), "cpu", replicas=64.0)
        (64, 0)
    """
    sampling = checked_sampling(checks, engine, replicas=replicas, seed=seed)
    return (replicas, seed) if sampling is None else (sampling.replicas, sampling.seed)


def checked_sampling(checks: Checks, engine: Any, **numbers: Any) -> Sampling | None:
    """The `at.Sampling` of these fields; None where one is wrong. The engine's name is checked
    too."""
    checks.member("engine", engine, (AUTO, *ENGINES))
    return checks.attempt(Sampling, **numbers)


def sampler_of(method: Any) -> str:
    """The name of the engine that samples this method wherever Python runs."""
    return numpy_engine.name if method.implementation is None else python_engine.name


def _tried(task: Task) -> Sequence[str]:
    """The engines that engine="auto" tries: one for implementations, the others for texts."""
    implemented = any(phase.method.implementation is not None for phase in task.phases)
    return [name for name in ENGINES if (name == python_engine.name) == implemented]


@chooses_by_old_arguments
def choose(engine: str, task: Task, dtype: str = "float64") -> str:
    """The name of the engine that will run a task.

    Args:
        engine: "auto", for the fastest that does not refuse, or an engine's name.
        task: an `at.Task`.
        dtype: "float64" or "float32".

    Returns:
        The name of the engine.

    Raises:
        InputError: if engine or dtype is unknown.
        RefusedError: with the reason of every engine, if none can run the task.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
        >>> steps = at.Steps(eta=0.5, a=1.0, K=2, T=10)
        >>> task = at.Task(method=at.methods.AuxMOM, pair=pair, noise=at.Gaussian(), steps=steps)
        >>> at.engines.choose("auto", task)
        'exact'
    """
    return chosen(engine, task, dtype)[0]


def chosen(
    engine: str, task: Task, dtype: str = "float64", *, rao_blackwell: bool = False
) -> tuple[str, tuple[str, ...]]:
    """The engine that will run, and why faster engines available on this machine cannot."""
    checks = Checks()
    checks.member("engine", engine, (AUTO, *ENGINES))
    checks.member("dtype", dtype, FLOATS)
    checks.done()
    reasons: list[str] = []
    passed_over: list[str] = []
    for name in _tried(task) if engine == AUTO else [engine]:
        if engine == AUTO and name == cuda.name and cuda.simulated():
            continue  # the simulator only tests kernels
        reason = f"{name} computes in float64 only" if dtype not in ENGINES[name].DTYPES else None
        watched = _unwatched(name, task, rao_blackwell)
        reason = reason or watched or _refusal(name, task, rao_blackwell)
        if reason is None:
            return name, tuple(passed_over)
        reasons.append(reason if reason.startswith(name) else f"{name}: {reason}")
        if watched:
            continue  # as every run in a region does
        if name not in DEVICES or ENGINES[name].missing() is None:
            passed_over.append(reasons[-1])
    raise RefusedError("; ".join(reasons))


def _unwatched(name: str, task: Task, rao_blackwell: bool) -> str | None:
    """Why an engine does not follow a run in the task's region, or None."""
    if task.region is None:
        return None
    if name != numpy_engine.name:
        return f"{name} does not follow a run in a region, which {numpy_engine.name} does"
    if task.has_clients:
        return f"{name} does not follow runs with clients in a region"
    return f"{name} does not visit local steps that it collapses" if rao_blackwell else None


def _refusal(name: str, task: Task, rao_blackwell: bool) -> str | None:
    """Why an engine does not run a task, or None; an exact engine samples no local steps."""
    engine = ENGINES[name]
    unlike = [m.name for m in task.extra if m.form == "dissimilarity"]
    if unlike and name not in DISSIMILARITY:
        return f"{name} does not measure {unlike[0]}, which {' and '.join(DISSIMILARITY)} do"
    if not rao_blackwell or name == exact.name:
        reason: str | None = engine.refuses(task)
    elif "rao_blackwell" in engine.OPTIONS:
        reason = engine.refuses_collapsed(task)
    else:
        reason = f"{name} does not collapse local steps (rao_blackwell=True)"
    return reason


def run(
    method: AnyMethod,
    pair: Pair | Target,
    noise: Noise | None,
    steps: Steps,
    *,
    engine: str = AUTO,
    record: Sequence[int] | None = None,
    measures: Sequence[Measure] = (),
    **sampling: Unpack[SamplingOptions],
) -> Trace:
    """Run a method on a pair: exactly where that is possible, otherwise by Monte Carlo over seeded
    replicas.

    Args:
        method: an `at.Method`, a schedule of methods, or an implementation: a step function or a
            `Federated`, as of `at.testing.check_method`.
        pair: f and h; a target without a helper is its own helper.
        noise: the law of the gradient noise; None: no noise.
        steps: η, a, K, T and B, an `at.Steps`.
        engine: "auto", the fastest that does not refuse, or an engine's name.
        record: the numbers of rounds, from 1 to T, at which to measure; None: T alone.
        measures: further measures, such as `at.measures.distance_last`, for `Trace.measure`.
        **sampling: fields of `at.Sampling`, with its defaults: replicas (256) and seed (0) of Monte
            Carlo; follow_G (True): ∇f at local steps can be left out where it is expensive (`cpu`,
            `numpy`), and G is then NaN; G_rows (None): ‖∇f‖² at local steps of minibatch runs is
            estimated from so many samples; G_every (1): or at one of so many steps; rao_blackwell
            (False): on diagonal quadratic pairs, draw the local steps of a round at once (`cpu`,
            `numpy`);
            dtype ("float64", or "float32") and threads (None: all cores) of the engine `cpu`;
            compiled: whether `exact` runs diagonal pairs as a compiled loop (None: if the call is
            long enough).

    Returns:
        The `at.Trace`: means at each recorded number of rounds, with their standard errors.

    Raises:
        InputError: lists everything that is wrong with the arguments.
        RefusedError: with the reason of every engine, if none can run the task.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
        >>> steps = at.Steps(eta=0.5, a=1.0, K=2, T=10)
        >>> at.run(at.methods.AuxMOM, pair, at.Gaussian(sigma_f=1.0), steps).engine
        'exact'
    """
    checks = Checks()
    pair, noise = completed(pair, noise)
    parts = {"method": method, "pair": pair, "noise": noise, "steps": steps}
    listed = tuple(measures) if isinstance(measures, list | tuple) else measures
    task = checks.attempt(Task, **parts, record=record, measures=listed)
    checks.member("engine", engine, (AUTO, *ENGINES))
    check_names(checks, sampling, RUN_OPTIONS)
    known = {name: value for name, value in sampling.items() if name in RUN_OPTIONS}
    settings = checks.attempt(Sampling, **known)
    checks.done()
    assert task is not None and settings is not None
    return run_task(task, engine, settings)


def run_task(task: Task, engine: str = AUTO, sampling: Sampling = DEFAULT) -> Trace:
    """Run a task on the engine of this name, or on the first that can.

    Args:
        task: an `at.Task`.
        engine: "auto" or an engine's name.
        sampling: an `at.Sampling`.

    Returns:
        The `at.Trace`.

    Raises:
        InputError: if task or sampling has another type, or the engine is unknown.
        RefusedError: with the reason of every engine, if none can run the task; or if a rule, the
            pair or the noise keeps state.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
        >>> steps = at.Steps(eta=0.5, a=1.0, K=2, T=10)
        >>> task = at.Task(method=at.methods.AuxMOM, pair=pair, noise=at.Gaussian(), steps=steps)
        >>> at.engines.run_task(task, "numpy", at.Sampling(replicas=2)).replicas
        2
    """
    check_arguments(task, sampling)
    name, passed_over = chosen(engine, task, sampling.dtype, rao_blackwell=sampling.rao_blackwell)
    estimate.check(name, ENGINES[name].OPTIONS, task, sampling)
    pair = task.pair
    noise = task.noise
    foreign_before = foreign.answers(pair, noise, task.steps)
    trace: Trace = ENGINES[name].run(task, sampling)
    if foreign.answers(pair, noise, task.steps) != foreign_before:
        raise RefusedError(
            f"{pair!r} or {noise!r} keeps state: after the run it gives other values than before"
        )
    return replace(trace, passed_over=passed_over)
