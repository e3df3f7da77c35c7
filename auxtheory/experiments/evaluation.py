"""Loss, ‖∇f‖² and accuracy on training and held-out samples at the points of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np

from auxtheory.engines import ENGINES, Sampling, Task, chosen, run_task
from auxtheory.engines.monte_carlo import cpu, minibatch
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.experiments.cases import Problem
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems.logistic.loss import of_classes
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.prediction import of_scores, parts
from auxtheory.typing import FloatArray

SCORES_AT_ONCE = 2**20  # scores in memory at once, in each thread
KEPT = 4  # replicas of each method whose points are kept


def paths(task: Task, replicas: int, seed: int) -> Iterator[FloatArray]:
    """x^t at the records of some replicas at a time, arrays of shape (records, C, some, d)."""
    sampling = Sampling(replicas=replicas, seed=seed, keep_paths=True, follow_G=False)
    name, _ = chosen("auto", task)
    if name == cpu.name and isinstance(task.noise, Minibatch):
        yield from minibatch.paths(task, sampling)
        return
    if "keep_paths" not in ENGINES[name].OPTIONS:
        name = numpy_engine.name
    trace = run_task(task, name, sampling)
    yield trace.paths


def values_at(f: LogisticLoss, points: FloatArray) -> FloatArray:
    """f, ‖∇f‖² and the accuracy on its samples at points of shape (…, d), shape (3, …); ∞ and 0
    where a point is not finite."""
    flat = points.reshape(-1, points.shape[-1])
    values = np.empty((3, len(flat)))

    def compute(part: slice) -> None:
        values[:, part] = _values(f, flat[part])

    _spread(compute, f, len(flat))
    return values.reshape(3, *points.shape[:-1])


def losses_at(f: LogisticLoss, points: FloatArray) -> FloatArray:
    """f at points of shape (…, d), shape (…); ∞ where a point is not finite."""
    flat = points.reshape(-1, points.shape[-1])
    values = np.empty(len(flat))

    def compute(part: slice) -> None:
        with np.errstate(all="ignore"):
            values[part] = _loss(f, flat[part], _scores(f, flat[part]))

    _spread(compute, f, len(flat))
    return np.where(np.isfinite(values), values, np.inf).reshape(points.shape[:-1])


def _spread(compute: Callable[[slice], None], f: LogisticLoss, count: int) -> None:
    """Call a function for all of so many points, some at once."""
    with ThreadPoolExecutor(cpu_count()) as pool:
        list(pool.map(compute, parts(count, len(f.labels) * f.rows, SCORES_AT_ONCE)))


def _scores(f: LogisticLoss, x: FloatArray) -> FloatArray:
    """The scores at points of shape (points, d), shape (points, rows, n), by one product."""
    scores = np.asarray((f.features @ x.reshape(-1, f.features.shape[1]).T).T)
    return scores.reshape(len(x), f.rows, -1)


def _loss(f: LogisticLoss, x: FloatArray, scores: FloatArray) -> FloatArray:
    """f at points of shape (points, d), from their scores."""
    loss = of_classes(f.rows)[1](scores, f.marks, np) @ f.weights
    bends = 0.5 * f.l2 * np.sum(x * x, axis=-1)
    return np.asarray(loss + bends + f.nonconvex * np.sum(x * x / (1 + x * x), axis=-1))


def _values(f: LogisticLoss, x: FloatArray) -> FloatArray:
    """f, ‖∇f‖² and the accuracy at points of shape (points, d)."""
    with np.errstate(all="ignore"):
        scores = _scores(f, x)
        loss = _loss(f, x, scores)
        factors = f.weights * of_classes(f.rows)[0](scores, f.marks, np)
        back = f.features.T @ factors.reshape(len(x) * f.rows, -1).T
        grad = f.with_bends(np.asarray(back.T).reshape(x.shape), x)
        grad_sq = np.sum(grad * grad, axis=-1)
        right = of_scores(np.swapaxes(scores, 1, 2)) == f.labels
    valid = np.isfinite(loss) & np.isfinite(grad_sq)
    accuracy = np.where(valid, np.mean(right, axis=-1), 0.0)
    return np.stack([np.where(valid, loss, np.inf), np.where(valid, grad_sq, np.inf), accuracy])


def measured(
    problem: Problem, task: Task, replicas: int, seed: int
) -> tuple[Mapping[str, FloatArray], FloatArray]:
    """Means over replicas at each record, shape (records,), with their standard errors under the
    names of `error_of`; and the points of the first replicas, shape (records, some, d)."""
    found = []
    visited: list[FloatArray] = []
    lacking = KEPT
    for every in paths(task, replicas, seed):
        x = every[:, 0]
        found.append(np.concatenate([values_at(problem.f, x), values_at(problem.held_out, x)]))
        # Chunks have as many replicas as there are cores, or more: the first may be too small.
        if lacking:
            visited.append(x[:, :lacking].copy())
            lacking -= visited[-1].shape[1]
    values = np.concatenate(found, axis=-1)
    with np.errstate(all="ignore"):
        mean = np.mean(values, axis=-1)
        error = np.std(values, axis=-1, ddof=1) / np.sqrt(values.shape[-1])
    error = np.where(np.isfinite(mean), error, np.inf)
    columns: dict[str, FloatArray] = {}
    for i, name in enumerate(NAMES):
        columns |= {name: mean[i], error_of(name): error[i]}
    return columns, np.concatenate(visited, axis=1)


# The measures in the order of `measured`; "held-out" are those of f on the held-out samples.
NAMES: Sequence[str] = (
    "loss",
    "grad_sq",
    "accuracy",
    "held-out loss",
    "held-out grad_sq",
    "held-out accuracy",
)


def error_of(name: str) -> str:
    """The column of a measure's standard error; that of ‖∇f‖² kept its name."""
    return "error" if name == "grad_sq" else f"{name} se"
