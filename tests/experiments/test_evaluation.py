"""Loss, ‖∇f‖² and accuracy along a run are those of the objective at each point of each replica."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from logistic_cases import data
from scipy import sparse
from small_experiments import quick

from auxtheory import engines, experiments, methods
from auxtheory.bounds.constants import Steps
from auxtheory.experiments import evaluation
from auxtheory.experiments.cases import facts_of, heading_of, load_data, noise_of, pairs, problem_of
from auxtheory.experiments.result import Result, reaching
from auxtheory.kernels.jit import config
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Logistic
from auxtheory.table import Table

pytest.importorskip("sklearn")


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("thin", [False, True])
def test_values_at_points_are_those_of_the_objective(
    classes: int, thin: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise curves show another loss, gradient or accuracy than that of the points."""
    A, labels = data(0, 30, 3, classes)
    features = sparse.csr_array(A) if thin else A
    f = Logistic(features=features, labels=labels, l2=0.1, nonconvex=0.05, classes=classes)
    x = np.random.default_rng(1).standard_normal((4, 3, f.dim))
    value, gradient = f.functions()
    x[0, 0] = np.inf
    monkeypatch.setattr(evaluation, "SCORES_AT_ONCE", 200)
    found = evaluation.values_at(f, x)
    assert found[:, 0, 0].tolist() == [np.inf, np.inf, 0.0]
    found, x = found[:, 1:], x[1:]
    np.testing.assert_allclose(found[0], value(x), rtol=1e-12)
    np.testing.assert_allclose(found[1], np.sum(gradient(x) ** 2, axis=-1), rtol=1e-10)
    assert found[2].tolist() == f.accuracy(x).tolist()
    np.testing.assert_allclose(evaluation.losses_at(f, x), value(x), rtol=1e-12)


def task_of(settings: Any, problem: Any, T: int = 6) -> engines.Task:
    pair = pairs(settings, problem.f, problem.data)[0]
    steps = Steps(eta=0.1, a=0.3, K=3, T=T, B=4)
    noise = noise_of(settings, pair)
    return engines.Task(
        method=methods.AuxMOM, pair=pair, noise=noise, steps=steps, record=range(1, T + 1)
    )


def test_measures_are_means_over_the_replicas_of_the_engine(
    small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the points that are evaluated are not those that the engine's measures are of, or
    depend on how many replicas are in memory."""
    settings = quick("mislabelled", small)
    problem = problem_of(settings)
    task = task_of(settings, problem)
    assert isinstance(task.noise, Minibatch)
    columns, visited = evaluation.measured(problem, task, 5, 3)
    trace = engines.run_task(task, "numpy", engines.Sampling(replicas=5, seed=3, keep_paths=True))
    np.testing.assert_allclose(columns["grad_sq"], trace.grad_sq[:, 0], rtol=1e-9)
    np.testing.assert_allclose(columns["error"], trace.grad_sq_se[:, 0], rtol=1e-7)
    np.testing.assert_allclose(visited, trace.paths[:, 0, : evaluation.KEPT], rtol=1e-9)
    gap = columns["loss"] - float(problem.f.minimum[1])
    np.testing.assert_allclose(gap, trace.gap[:, 0], rtol=1e-9)
    for part, prefix in ((problem.f, ""), (problem.held_out, "held-out ")):
        accuracy = part.accuracy(trace.paths[:, 0])
        np.testing.assert_allclose(columns[f"{prefix}accuracy"], accuracy.mean(axis=-1))
        error = accuracy.std(axis=-1, ddof=1) / np.sqrt(5)
        np.testing.assert_allclose(columns[f"{prefix}accuracy se"], error, atol=1e-15)
    other = problem.held_out.functions()[0](trace.paths[:, 0]).mean(axis=-1)
    np.testing.assert_allclose(columns["held-out loss"], other, rtol=1e-9)
    monkeypatch.setattr("auxtheory.engines.monte_carlo.minibatch.NUMBERS_AT_ONCE", 1)
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 2)
    again, kept = evaluation.measured(problem, task, 5, 3)
    assert kept.shape == visited.shape and visited.shape[1] == evaluation.KEPT
    np.testing.assert_allclose(kept, visited, rtol=1e-9)
    for name, values in columns.items():
        np.testing.assert_allclose(again[name], values, rtol=1e-9)


def test_the_region_is_around_the_points_of_every_method(
    small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise δ is certified where only those methods go that have as many records as the first."""
    running = import_module("auxtheory.experiments.run")
    settings = quick("rotated", small, methods=("AuxMOM", "AuxMVR"), records=2)
    counts = iter([1, 2] * 2)
    monkeypatch.setattr(running, "records", lambda settings, T: [T // 2, T][: next(counts)])
    seen = []

    def facts(pair: Any, noise: Any, visited: Any) -> dict[str, Any]:
        seen.append((pair, visited, facts_of(pair, noise, visited)))
        return seen[-1][-1]

    monkeypatch.setattr(running, "facts_of", facts)
    experiments.run(settings)
    assert len(seen) == 2
    for pair, visited, found in seen:
        assert [len(points) for points in visited] == [1, 2]
        every = np.concatenate([points.reshape(-1, pair.dim) for points in visited])
        expected = float(pair.constants(region=pair.region(every)).delta)
        assert found["delta region"] == expected
        first = float(pair.constants(region=pair.region(visited[0])).delta)
        assert first < expected < found["delta"]


def test_training_rows_and_held_out_rows_are_apart(small: str) -> None:
    """Otherwise the accuracy is measured on rows that the method, or its helper, has seen."""
    settings = quick("coreset", small)
    problem = problem_of(settings)
    whole = load_data(settings)
    assert len(problem.f.labels) == 33 and len(problem.held_out.labels) == 7
    both = np.vstack([problem.f.features, problem.held_out.features])
    assert sorted(map(tuple, both.tolist())) == sorted(map(tuple, whole.features.tolist()))
    held = set(map(tuple, whole.split(settings.held_out, settings.seed)[1].features.tolist()))
    for name in ("coreset", "transfer"):
        settings = quick(name, small)
        problem = problem_of(settings)
        assert set(map(tuple, problem.held_out.features.tolist())) <= held
        for pair in pairs(settings, problem.f, problem.data):
            assert not held & {tuple(row) for row in pair.g.features.tolist()}


@pytest.mark.parametrize("name", experiments.names())
def test_titles_name_the_data_that_were_used(name: str, small: str) -> None:
    """Otherwise a figure of other data says that it shows the digits."""
    settings = quick(name, small)
    heading = heading_of(settings, load_data(settings))
    count = 21 if name == "transfer" else 40  # of two of the four classes
    assert heading.startswith(f"{settings.title} (small, {count} samples: ")
    assert all(word not in heading for word in ("digits", "cancer", "1,797"))


def made(accuracies: dict[str, list[float]]) -> Table:
    """Rows of a run in which a round of B costs twice one of A."""
    return Table(
        tuple(
            {
                "case": "one",
                "method": name,
                "round": 10 * (i + 1),
                "price": 10.0 * (i + 1) * (2 if name == "B" else 1),
                "grad_sq": 1.0,
                "error": 0.1,
                "held-out accuracy": accuracy,
                "edge": "",
            }
            for name, values in accuracies.items()
            for i, accuracy in enumerate(values)
        )
    )


def test_what_an_accuracy_takes() -> None:
    """Otherwise a method is said to reach an accuracy before it does, or for another price."""
    table = made({"A": [0.5, 0.95, 0.96], "B": [0.94, 1.0, 0.9], "C": [0.2, 0.3, 0.4]})
    rows = {row["method"]: row for row in reaching(table)}
    assert {row["best"] for row in rows.values()} == {1.0}
    names = ("rounds to 95 %", "price to 95 %", "rounds to 99 %", "price to 99 %")
    assert [rows["A"][name] for name in names[:2]] == [20, 20.0]
    assert [rows["B"][name] for name in names] == [20, 40.0, 20, 40.0]
    assert all(np.isnan(rows["C"][name]) for name in names) and np.isnan(rows["A"][names[2]])
    settings = experiments.settings("mislabelled")
    text = str(Result(settings, table, table, "", Table(tuple(rows.values()))))
    assert "—: not reached" in text and "nan" not in text
