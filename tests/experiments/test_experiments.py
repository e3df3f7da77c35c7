"""Experiments run as their settings say, report what they measured, and refuse settings that
cannot be."""

from __future__ import annotations

import csv
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from complaints import refused
from small_experiments import NAMES, each, quick

from auxtheory import engines, experiments
from auxtheory.analysis.figures.experiment import experiment
from auxtheory.bounds.constants import Steps
from auxtheory.cli.parser import main
from auxtheory.data import load
from auxtheory.experiments.cases import noise_of, pair_of, target
from auxtheory.experiments.result import Result
from auxtheory.experiments.run import TUNING_SEED, method_of, tuned
from auxtheory.experiments.tuning import Best, best_steps
from auxtheory.table import Table

pytest.importorskip("sklearn")
ETAS = 0.02, 0.05, 0.1, 0.2, 0.5, 1.0
MOMENTA = 0.03, 0.1, 0.3, 1.0
RESULTS = Path(__file__).parents[2] / "analysis" / "results"


def test_what_there_is() -> None:
    """Otherwise an experiment of the paper is missing, or its settings cannot be read."""
    assert experiments.names() == NAMES
    for name in NAMES:
        given = experiments.settings(name)
        assert given.title and len(given.cases) >= 2 and given.replicas >= 16


@each
def test_an_experiment_runs(name: str, small: str) -> None:
    """Otherwise a case or a method is left out, or a figure cannot be drawn of what it gives."""
    settings = quick(name, small)
    reached: list[tuple[int, int]] = []
    result = experiments.run(settings, progress=lambda *done: reached.append(done))
    cells = {(row["case"], row["method"]) for row in result.table}
    assert cells == {
        (case["label"], method) for case in settings.cases for method in settings.methods
    }
    assert reached[0][0] == 0 and reached[-1][0] == reached[-1][1]
    assert np.all(result.table["grad_sq"] > 0) and np.all(np.isfinite(result.table["error"]))
    rows = 1 if name == "buffer-error" else 4
    assert len(experiment(result).axes) == rows * len(settings.cases)
    again = experiments.run(settings)
    assert np.array_equal(again.table["grad_sq"], result.table["grad_sq"])


def test_a_wide_interval_does_not_flatten_the_figure(small: str) -> None:
    """Otherwise an interval that reaches below 0, which no logarithmic axis shows, pushes all curves
    into a corner."""
    settings = quick("mislabelled", small, methods=("SGD", "AuxMOM"))
    result = experiments.run(settings)
    rows = tuple({**row, "error": 10 * row["grad_sq"]} for row in result.table)
    low, high = experiment(Result(settings, Table(rows), result.summary)).axes[-1].get_ylim()
    means = [row["grad_sq"] for row in rows]
    assert min(means) / 10 < low < min(means) and max(means) < high < 10 * max(means)


@pytest.mark.parametrize("name", ["AuxMOM", "SGD", "FineTuning"])
def test_steps_are_the_best_of_all_tried_one_by_one(name: str, small: str) -> None:
    """Otherwise the tuning of all configurations at once is not what a loop over them gives."""
    settings = quick("mislabelled", small, etas=(0.01, 0.02))
    read = load(small)
    f = target(settings, read)
    pair = pair_of(settings, f, read, settings.cases[1])
    noise = noise_of(settings, pair)
    found, best = tuned(settings, pair, noise, name)
    edge = best.edge

    @cache
    def alone(share: float, a: float) -> float:
        eta = share / float(pair.constants().L)
        momentum = a if name == "AuxMOM" else None
        steps = Steps(eta=eta, a=momentum, K=found.K, T=found.T, B=settings.B)
        trace = engines.run(
            method_of(name, found.T),
            pair,
            noise,
            steps,
            replicas=settings.tuning_replicas,
            seed=TUNING_SEED,
        )
        return float(trace.gap[0, 0])

    share = float(found.eta) * float(pair.constants().L)
    a = 1.0 if found.a is None else float(found.a)
    least = alone(share, a)
    momenta = settings.momenta if name == "AuxMOM" else (1.0,)
    assert least < min(alone(*point) for point in product(settings.etas, momenta))
    assert share > max(settings.etas), "the grid was wide enough: nothing is tried here"
    assert least < min(alone(share / 2, a), alone(share * 2, a)) and "η" not in edge
    assert a == 1 or "a" in edge or least <= alone(share, a * 0.3) * (1 + 1e-9)
    assert found.K == (1 if name == "SGD" else 3) and found.T == (
        round(6 * 1.3) if name == "SGD" else 6
    )


@pytest.mark.parametrize(
    ("eta", "a", "found", "edge"),
    [
        (0.1, 0.3, (0.1, 0.3), ""),
        (37.0, 0.3, (32.0, 0.3), ""),
        (3e-3, 0.02, (3.2e-3, 0.03), ""),
        (0.1, 5.0, (0.1, 1.0), ""),  # the methods' range ends at a = 1: no edge
        (1e-9, 0.3, (2.048e-4, 0.3), "η"),
        (1e9, 1e-9, (512.0, 2.43e-4), "η, a"),
    ],
)
@pytest.mark.parametrize("replicas", [4, 32])
def test_a_grid_is_made_wider_until_the_best_is_inside(
    eta: float, a: float, found: tuple[float, float], edge: str, replicas: int
) -> None:
    """Otherwise the best step of a table is the last that was tried, and nothing says so."""
    calls: list[tuple[float, float, int]] = []

    def measure(etas: Any, momenta: Any, count: int) -> Any:
        calls.extend((*point, count) for point in zip(etas.tolist(), momenta.tolist(), strict=True))
        value = np.log(etas / eta) ** 2 + np.log(momenta / a) ** 2
        return np.where(etas > max(100 * eta, 1.0), np.nan, value)  # what diverges is no number

    best = best_steps(measure, ETAS, MOMENTA, replicas)
    assert (best.eta, best.a) == pytest.approx(found) and best.edge == edge
    assert best.momenta is not None and best.a in best.momenta and best.eta in best.etas
    assert min(best.etas) < best.eta < max(best.etas) or edge or best.eta == 1
    assert len(calls) == len(set(calls)), "a point is measured twice"
    assert {count for *_, count in calls} == ({4} if replicas == 4 else {8, 32})
    alone = best_steps(measure, (0.5,), None, replicas)
    assert alone == Best(0.5, None, "", (0.5,), None), "a single value is taken as it is"


def test_few_replicas_choose_the_points_that_all_replicas_decide_between() -> None:
    """Otherwise the first quarter of the replicas decides which step is the best, or all of them are
    spent on steps that are far from it."""
    spent = {8: 0, 32: 0}

    def measure(etas: Any, momenta: Any, count: int) -> Any:
        spent[count] += len(etas)
        # With few replicas 0.1 looks better than 0.2, which is the best.
        return np.abs(np.log(etas / (0.1 if count == 8 else 0.2))) + np.log(momenta / 0.3) ** 2

    best = best_steps(measure, ETAS, MOMENTA, 32)
    assert (best.eta, best.a) == (0.2, 0.3)
    assert spent == {8: 24, 32: 6}


def test_no_smaller_step_is_tried_where_the_start_is_better() -> None:
    """Otherwise the table gives the smallest step that is allowed as the best of a method that no
    step helps."""

    def measure(etas: Any, momenta: Any, count: int) -> Any:
        return 1.0 + etas

    best = best_steps(measure, ETAS, None, 4, start=1.0)
    assert (best.eta, best.edge, best.etas) == (0.02, "no step", ETAS)
    assert best_steps(measure, ETAS, None, 4, start=1.021).edge == "η"


def test_the_published_tables_mark_what_lies_on_an_edge() -> None:
    """Otherwise a best step of analysis/results is the last that was tried, and nothing says so."""
    for name in NAMES:
        with (RESULTS / f"{name}.csv").open(encoding="utf-8") as file:
            marks = {row["edge"] for row in csv.DictReader(file)}
        assert marks <= {"", "η", "a", "η, a", "no step"}
        text = (RESULTS / f"{name}.txt").read_text(encoding="utf-8")
        assert ("\nedge: " in text) == bool(marks - {"", "no step"})
        assert ("\nno step: " in text) == ("no step" in marks)
        assert ("\nevery best step lies inside" in text) == (marks == {""})


def test_the_summary_compares_at_equal_rounds_and_price(small: str) -> None:
    """Otherwise a method is read off after more rounds, or at a higher price, than another."""
    result = experiments.run(quick("mislabelled", small))
    first = result.table.where(case=result.settings.cases[0]["label"])
    ends = {name: first.where(method=name).rows[-1] for name in result.settings.methods}
    price = min(row["price"] for row in ends.values())
    for row in result.summary.where(case=result.settings.cases[0]["label"]):
        own = first.where(method=row["method"])
        within = [r for r in own if r["price"] <= price]
        assert row[f"at price {price:g}"] == within[-1]["grad_sq"] if within else True
    # First batch, five refreshes, 6 × 3 local steps.
    assert ends["AuxMOM"]["price"] == pytest.approx(4 + 5 + 0.1 * 18)
    assert ends["SGD"]["price"] == 8 and ends["Naive"]["price"] == pytest.approx(1.8)


def test_settings_that_cannot_be(tmp_path: Path) -> None:
    """Otherwise a typing error in a settings file is passed over, or fails after an hour."""
    refused(
        lambda: experiments.settings("mislabeled"), ["experiment = 'mislabeled': must be one of"]
    )
    path = tmp_path / "mine.toml"
    path.write_text('title = "x"\nkind = "relabelled"\nmethods = ["AuxMOM"]\nsteps = 3\n')
    refused(lambda: experiments.settings(str(path)), ["steps = 3", "cases = None"])
    path.write_text("title = ")
    refused(lambda: experiments.settings(str(path)), ["experiment = "])
    given = experiments.settings("mislabelled")
    bad: dict[str, Any] = {
        "K": 0,
        "replicas": 1,
        "methods": ("Adam",),
        "l2": -1.0,
        "etas": (0.0,),
        "cases": ({},),
    }
    lines = ["K = 0", "replicas = 1", "method = 'Adam'", "l2 = -1.0", "etas = 0.0", "cases = "]
    refused(lambda: given.replace(**bad), lines)


def test_the_command(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise what a user types does not give the figure, the numbers and the settings behind them."""
    assert main(["experiment", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == NAMES
    small_run = [
        "experiment",
        "mislabelled",
        "--data",
        small,
        "--replicas",
        "2",
        "--T",
        "3",
        "--seed",
        "5",
    ]
    assert main([*small_run, "--out", str(tmp_path)]) == 0
    assert "AuxMOM" in capsys.readouterr().out
    for extension in ("png", "svg", "pdf", "csv", "txt"):
        assert (tmp_path / f"mislabelled.{extension}").stat().st_size > 0
    text = (tmp_path / "mislabelled.txt").read_text(encoding="utf-8")
    assert (
        "\nheading = " in text
        and "seed = 5" in text
        and "replicas = 2" in text
        and "AuxMOM" in text
    )
    for arguments, told in (
        (["experiment"], "NAME = None"),
        (["experiment", "nothing"], "experiment = 'nothing'"),
        (["experiment", "rotated", "--data", "no-file"], "data = 'no-file'"),
        (["experiment", "rotated", "--T", "0"], "T = 0"),
        (["experiment", "rotated", "--out", "no/folder"], "no such folder"),
    ):
        assert main(arguments) == 2
        assert told in capsys.readouterr().err
