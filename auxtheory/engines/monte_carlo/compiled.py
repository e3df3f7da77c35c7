"""Code shared by the compiled engines: whether a compiled loop can run a task, and its arguments
for each phase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.engines import foreign
from auxtheory.engines.base import without_clients
from auxtheory.engines.monte_carlo.statistics import too_long
from auxtheory.engines.reach import current
from auxtheory.engines.rules import not_compilable
from auxtheory.engines.task import Task
from auxtheory.kernels.arguments import Rules
from auxtheory.methods import Phase
from auxtheory.noise.laws import Noise
from auxtheory.problems import Separable
from auxtheory.problems.base import zero
from auxtheory.typing import FloatArray

LAWS = "normals", "normals_single", "signs", "uniforms"


# A placeholder where gradients are computed as arrays.
ELSEWHERE = Separable(zero, zero, zero, zero, (np.zeros(0), np.zeros(0), np.zeros(0)))


def refuses(name: str, task: Task) -> str | None:
    """Why a compiled loop without clients cannot run this task, or None."""
    return without_clients(name, task) or unfit(name, task)


def unfit(name: str, task: Task) -> str | None:
    """Why a compiled loop cannot have this pair and this law inside, or None."""
    pair = task.pair
    separable = pair.separable
    other = foreign.overridden(pair, "separable")
    if other:
        return f"{name} cannot use this pair: {other}"
    if separable is None:
        return (
            f"{name} needs a separable pair, and this {type(pair).__name__} does not come "
            "apart into coordinates"
        )
    gradients = [
        (g, "the gradient") for g in (separable.f, separable.h, separable.r, separable.value)
    ]
    reason = unusable(name, gradients) or undrawable(name, task.noise)
    return reason or too_long(task.phases, name)


def not_correction(name: str, task: Task) -> str | None:
    """Why the loops for a correction buffer and local steps cannot run a method, or None."""
    reason = without_clients(name, task)
    if reason:
        return reason
    if task.extra:
        return f"{name} measures G, gap and ‖∇f‖² alone, not {task.extra[0].name}"
    for phase in task.phases:
        if phase.correction is None:
            return f"{name} runs methods of a correction buffer, and {phase.method.name} is not one"
        if phase.steps.scheduled:
            return f"{name} needs constant step parameters, and {phase.steps.scheduled[0]} is not"
    return None


def rules(phases: Iterable[Phase]) -> list[tuple[Any, str]]:
    """The rules of a run, each with its description."""
    return [
        (rule, f"the rule of {p.method.name}")
        for p in phases
        if p.correction is not None
        for rule in (p.correction.refresh, p.correction.local_step)
    ]


def unusable(name: str, functions: list[tuple[Any, str]]) -> str | None:
    """Why one of the functions, each with its description, cannot be compiled, or None."""
    for function, what in functions:
        reason = not_compilable(function)
        if reason:
            return (
                f"{name} cannot use {what}, {getattr(function, '__name__', function)!r}: {reason}"
            )
    return None


def undrawable(name: str, noise: Noise) -> str | None:
    """Why a compiled loop cannot draw this law, or None."""
    draws = noise.draws
    other = foreign.unlike(noise) or foreign.redrawn(noise)
    if draws is not None and other:
        return f"{name} cannot draw this law: {other}"
    if draws is None and noise.shaped:
        return f"{name} draws noise of the same level in every coordinate; numpy takes a shape"
    if draws is None:
        return (
            f"{name} does not know how to draw {type(noise).__name__}: its property `draws` is None"
        )
    for kind in (draws.standard, draws.second):
        if kind not in LAWS:
            return (
                f"{name} cannot draw {kind!r} for {type(noise).__name__}: it must be one of "
                f"{', '.join(LAWS)}"
            )
    return unusable(name, [(draws.correlate, f"the law of {type(noise).__name__}")])


@dataclass(frozen=True, eq=False)
class Part:
    """One phase for a compiled loop: its functions, the two laws that it draws, its plan in whole
    numbers, and the levels of each configuration."""

    rules: Rules
    laws: tuple[str, str]
    plan: dict[str, int]
    levels: dict[str, FloatArray]
    records: slice
    rounds: FloatArray


def parts(task: Task, rounds: tuple[int, ...]) -> Iterator[Part]:
    """The phases of a run, in order, with their share of the recorded rounds."""
    before = 0
    pair = task.pair
    noise = task.noise
    separable = pair.separable or ELSEWHERE
    draws = noise.draws
    assert draws is not None
    for phase in task.phases:
        method = phase.method
        steps = phase.steps
        assert phase.correction is not None
        levels = _levels(phase, noise, task.count, pair.dim)
        plan: dict[str, Any] = {
            "K": steps.K,
            "T": steps.T,
            "B": phase.first_samples,
            "before": before,
            "additive": np.any(levels["scale_f"]) or np.any(levels["scale_h"]),
            "correlated": np.any(levels["scale_h"]) and np.any(levels["rest"]),
            "multiplicative": np.any(levels["s_r"]),
            "local": np.any(levels["scale_local"]),
            "local_multiplicative": np.any(levels["s_local"]),
            "follow": np.any(noise.s),
        }
        plan = {name: int(value) for name, value in plan.items()}
        recorded = [t for t in rounds if before < t <= before + steps.T]
        first = sum(t <= before for t in rounds)
        gradients = separable.seen(method.helper)
        functions = (
            phase.correction.refresh,
            phase.correction.local_step,
            separable.f,
            gradients.h,
            gradients.r,
            separable.value,
            draws.correlate,
        )
        yield Part(
            Rules(*map(current, functions)),
            (draws.standard, draws.second),
            plan,
            levels,
            slice(first, first + len(recorded)),
            np.array(recorded, dtype=np.int64),
        )
        before += steps.T


def _levels(phase: Phase, noise: Noise, count: int, dim: int) -> dict[str, FloatArray]:
    """Step sizes and noise levels as arrays over the configurations."""
    method = phase.method
    steps = phase.steps
    noise_levels = noise.levels(method.helper, exact_refresh=method.exact_refresh)
    root = np.sqrt(dim)
    sigma_f, sigma_h = noise.parts(method.helper, exact_refresh=method.exact_refresh)
    rho = np.asarray(noise.correlation, dtype=float)
    values = {
        "eta": steps.eta,
        "a": steps.momentum,
        "scale_f": np.asarray(sigma_f) / root,
        "scale_h": np.asarray(sigma_h) / root,
        "rho": rho,
        "rest": np.sqrt(1 - rho * rho),
        "s_r": noise_levels.s_r,
        "scale_local": np.asarray(noise_levels.sigma_local) / root,
        "s_local": noise_levels.s_local,
    }
    return {
        name: np.array(np.broadcast_to(value, (count,)), dtype=float)
        for name, value in values.items()
    }
