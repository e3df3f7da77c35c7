"""Running an experiment: pairs from data, steps tuned on separate replicas, then every method
measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import Task
from auxtheory.engines.base import costs_at
from auxtheory.engines.task import AnyMethod
from auxtheory.errors import Checks
from auxtheory.experiments.cases import Problem, facts_of, noise_of, pairs, problem_of
from auxtheory.experiments.evaluation import losses_at, measured, paths
from auxtheory.experiments.result import Result, result_of
from auxtheory.experiments.settings import Settings
from auxtheory.experiments.tuning import Best, best_steps
from auxtheory.noise.laws import Noise
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import LogisticPair
from auxtheory.problems.logistic import helpers
from auxtheory.table import Table
from auxtheory.typing import FloatArray

TUNING_SEED = 1  # added to the seed, so that no replica is used for both tuning and results
# Records are at T(i/records)^DENSER, closer together in the first rounds, where accuracy changes.
DENSER = 1.5


def method_of(name: str, T: int) -> AnyMethod:
    """A method by its name; fine-tuning trains on h for half of the rounds, then on f with
    momentum."""
    if name == "FineTuning":
        return methods.fine_tuning(T // 2)
    return next(method for method in methods.EVERY if method.name == name)


def run(
    settings: Settings, *, progress: Callable[[int, int], None] = lambda done, total: None
) -> Result:
    """Run all cases and methods of an experiment.

    Args:
        settings: the settings, as `settings` returns them.
        progress: called as progress(done, total) before each run.

    Returns:
        The numbers.

    Raises:
        InputError: lists everything that is wrong with the settings or the data.

    Example:
        >>> from auxtheory import experiments
        >>> result = experiments.run(experiments.settings("mislabelled"))  # doctest: +SKIP
        >>> print(result)  # doctest: +SKIP
    """
    checks = Checks()
    checks.instance("settings", settings, Settings, "auxtheory.experiments.settings(...)")
    checks.function("progress", progress, "(done, total)")
    checks.done()
    problem = problem_of(settings)
    make = buffers if settings.kind == "buffer" else compared
    table = Table(tuple(make(settings, problem, progress)))
    return result_of(settings, table, problem.heading)


def compared(
    settings: Settings, problem: Problem, progress: Callable[[int, int], None]
) -> Iterator[dict[str, Any]]:
    """A row for each case, method and recorded round."""
    total = len(settings.cases) * len(settings.methods)
    made = pairs(settings, problem.f, problem.data)
    # A method without a helper does the same in all cases.
    same: dict[str, Run] = {}
    for i, (case, pair) in enumerate(zip(settings.cases, made, strict=True)):
        noise = noise_of(settings, pair)
        rows: list[dict[str, Any]] = []
        visited: list[FloatArray] = []
        for j, name in enumerate(settings.methods):
            progress(i * len(settings.methods) + j, total)
            done = same.get(name) or _measured(settings, problem, pair, noise, name)
            if without_helper(name):
                same[name] = done
            else:
                visited.append(done.visited)
            rows += done.rows
        facts = facts_of(pair, noise, visited or [pair.x0[None]])
        yield from ({"case": case["label"], **row, **facts} for row in rows)
    progress(total, total)


def without_helper(name: str) -> bool:
    """Whether a method takes gradients of f alone."""
    return getattr(method_of(name, 2), "helper", "h") in ("f", "none")


def buffers(
    settings: Settings, problem: Problem, progress: Callable[[int, int], None]
) -> Iterator[dict[str, Any]]:
    """AuxMOM at one price with few or many local steps in a round and a small or large first batch:
    how the error of the buffer, E₀ = E‖m¹ − ∇r(x⁰)‖² = σ_r²(x⁰)/B at first, is best paid for; a row
    for each case, K and B."""
    pair = helpers.relabelled(problem.f, share=settings.share, seed=settings.seed)
    cells = list(product(settings.cases, settings.Ks, settings.Bs))
    for done, (case, K, B) in enumerate(cells):
        progress(done, len(cells))
        # B + T − 1 gradients of f − h, KT of h.
        T = int((settings.budget - B + 1) / (1 + K * settings.c_h))
        if T < 1:
            continue
        noise = Minibatch(pair=pair, batch=case["batch"])
        cell_settings = settings.replace(K=K, T=T, B=float(B), records=1)
        (row,) = _measured(cell_settings, problem, pair, noise, "AuxMOM").rows
        E0 = noise.at(pair.x0[0]).sigma_r ** 2 / B
        yield {"case": case["label"], "B": B, "T": T, "E0": E0, **row}
    progress(len(cells), len(cells))


@dataclass(frozen=True, eq=False)
class Run:
    """The rows of one method on one pair, and points that it visited, (records, some, d)."""

    rows: list[dict[str, Any]]
    visited: FloatArray


def _measured(
    settings: Settings, problem: Problem, pair: LogisticPair, noise: Noise, name: str
) -> Run:
    """One method on one pair, at its best steps."""
    steps, best = tuned(settings, pair, noise, name)
    rounds = records(settings, steps.T)
    task = Task(method=method_of(name, steps.T), pair=pair, noise=noise, steps=steps, record=rounds)
    columns, visited = measured(problem, task, settings.replicas, settings.seed)
    costs = costs_at(task.phases, task.rounds, pair)
    rows = [
        {
            "method": name,
            "round": t,
            "price": cost.price(1.0, settings.c_h),
            **{column: float(values[i]) for column, values in columns.items()},
            "eta": steps.eta,
            "a": steps.a,
            "ηL tried": span(best.etas),
            "a tried": "" if best.momenta is None else span(best.momenta),
            "edge": best.edge,
            "K": steps.K,
        }
        for i, (t, cost) in enumerate(zip(task.rounds, costs, strict=True))
    ]
    return Run(rows, visited)


def span(values: tuple[float, ...]) -> str:
    """The ends of the values that were tried."""
    return f"{min(values):.3g}–{max(values):.3g}" if len(values) > 1 else f"{values[0]:.3g}"


def records(settings: Settings, T: int) -> list[int]:
    """Up to so many rounds as the settings say, up to T and the closer the earlier."""
    shares = np.arange(1, settings.records + 1) / settings.records
    return sorted({max(1, round(T * share**DENSER)) for share in shares.tolist()})


def tuned(settings: Settings, pair: LogisticPair, noise: Noise, name: str) -> tuple[Steps, Best]:
    """The steps with the lowest mean of f at the end, and among which they are the best; a grid is
    run at once, as configurations."""
    plain = method_of(name, settings.T)
    single = getattr(plain, "single_step", False)
    K = 1 if single else settings.K
    T = round(settings.T * (1 + settings.K * settings.c_h)) if single else settings.T
    method = method_of(name, T)
    L = float(pair.constants().L)
    steps = Steps(eta=1.0, a=1.0 if plain.uses_a else None, K=K, T=T, B=settings.B)
    if "S" in getattr(plain, "parameters", ()) and settings.S is not None:
        steps = steps.replace(S=settings.S)

    def at(eta: Any, a: Any) -> Steps:
        return steps.replace(eta=eta / L, a=a if plain.uses_a else None)

    def final_loss(eta: FloatArray, a: FloatArray, replicas: int) -> FloatArray:
        task = Task(method=method, pair=pair, noise=noise, steps=at(eta, a), record=[T])
        seed = settings.seed + TUNING_SEED
        found = [losses_at(pair.f, x[0]) for x in paths(task, replicas, seed)]
        return np.asarray(np.mean(np.concatenate(found, axis=-1), axis=-1))

    best = best_steps(
        final_loss,
        settings.etas,
        settings.momenta if plain.uses_a else None,
        settings.tuning_replicas,
        float(losses_at(pair.f, pair.x0[0])),
    )
    return at(best.eta, best.a), best
