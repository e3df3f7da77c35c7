"""Experiments run as their settings say, report what they measured, and refuse settings that cannot
be."""

from __future__ import annotations

import csv
import sys
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from complaints import refused
from logistic_cases import data
from scipy import sparse

from auxtheory import engines, experiments
from auxtheory.analysis.figures.experiment import experiment
from auxtheory.bounds.constants import Steps
from auxtheory.cli.parser import main
from auxtheory.data import load
from auxtheory.experiments.run import (
    TUNING_SEED,
    Result,
    method_of,
    noise_of,
    pair_of,
    target,
    tuned,
)
from auxtheory.experiments.settings import Settings
from auxtheory.experiments.tuning import best_steps
from auxtheory.problems.logistic import features
from auxtheory.table import Table

pytest.importorskip("sklearn")
RESULTS = Path(__file__).parents[2] / "analysis" / "results"
run_module = sys.modules["auxtheory.experiments.run"]  # the package has a function of that name
NAMES = ["buffer-error", "coreset", "mislabelled", "rotated", "semi-supervised", "transfer"]
each = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A file of 40 samples, 4 features and 4 classes."""
    A, labels = data(0, 40, 4, 4)
    np.savez(tmp_path / "small.npz", features=A, labels=labels)
    return str(tmp_path / "small.npz")


def quick(name: str, small: str, **more: Any) -> Settings:
    """An experiment's settings, cut down to that file."""
    given = experiments.settings(name)
    cases: list[dict[str, Any]] = [dict(case) for case in given.cases[:2]]
    for case in cases:
        case |= {"size": 10} if "size" in case else {"classes": [2, 3]} if "classes" in case else {}
        case |= {"share": 0.5} if name == "semi-supervised" else {}
    task = [0, 1] if isinstance(given.task, list) else given.task
    sizes: dict[str, Any] = {
        "T": 6,
        "K": 3,
        "replicas": 4,
        "tuning_replicas": 2,
        "records": 3,
        "batch": 4,
    }
    few: dict[str, Any] = {
        "etas": (0.1, 0.5),
        "momenta": (0.3, 1.0),
        "Ks": (1, 3),
        "Bs": (1, 4),
        "budget": 9.0,
    }
    return given.replace(
        data=small, cases=tuple(cases), task=task, l2=0.05, **{**sizes, **few, **more}
    )


def test_what_there_is() -> None:
    """Else an experiment of the paper is missing, or its settings cannot be read."""
    assert experiments.names() == NAMES
    for name in NAMES:
        given = experiments.settings(name)
        assert given.title and len(given.cases) >= 2 and given.replicas >= 16


@each
def test_an_experiment_runs(name: str, small: str) -> None:
    """Else a case or a method is left out, or a figure cannot be drawn of what it gives."""
    settings = quick(name, small)
    reached: list[tuple[int, int]] = []
    result = experiments.run(settings, progress=lambda *done: reached.append(done))
    cells = {(row["case"], row["method"]) for row in result.table}
    assert cells == {
        (case["label"], method) for case in settings.cases for method in settings.methods
    }
    assert reached[0][0] == 0 and reached[-1][0] == reached[-1][1]
    assert np.all(result.table["grad_sq"] > 0) and np.all(np.isfinite(result.table["error"]))
    assert len(experiment(result).axes) == len(settings.cases) * (
        1 if name == "buffer-error" else 2
    )
    again = experiments.run(settings)
    assert np.array_equal(again.table["grad_sq"], result.table["grad_sq"])


def test_a_wide_interval_does_not_flatten_the_figure(small: str) -> None:
    """Else an interval that reaches below 0, which no logarithmic axis shows, pushes all curves
    into a corner."""
    settings = quick("mislabelled", small, methods=("SGD", "AuxMOM"))
    result = experiments.run(settings)
    rows = tuple({**row, "error": 10 * row["grad_sq"]} for row in result.table)
    low, high = experiment(Result(settings, Table(rows), result.summary)).axes[0].get_ylim()
    means = [row["grad_sq"] for row in rows]
    assert min(means) / 10 < low < min(means) and max(means) < high < 10 * max(means)


@pytest.mark.parametrize("name", ["AuxMOM", "SGD", "FineTuning"])
def test_steps_are_the_best_of_all_tried_one_by_one(name: str, small: str) -> None:
    """Else the tuning of all configurations at once is not what a loop over them gives."""
    settings = quick("mislabelled", small, etas=(0.01, 0.02))
    read = load(small)
    f = target(settings, read)
    pair = pair_of(settings, f, read, settings.cases[1])
    noise = noise_of(settings, pair)
    found, edge = tuned(settings, pair, noise, name)

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
        return float(trace.grad_sq[0, 0])

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
        (1e9, 1e-9, (512.0, 2.7e-3), "η, a"),
    ],
)
def test_a_grid_is_made_wider_until_the_best_is_inside(
    eta: float, a: float, found: tuple[float, float], edge: str
) -> None:
    """Else the best step of a table is the last that was tried, and nothing says so."""
    calls: list[tuple[float, float]] = []

    def measure(etas: Any, momenta: Any) -> Any:
        calls.extend(zip(etas.tolist(), momenta.tolist(), strict=True))
        value = np.log(etas / eta) ** 2 + np.log(momenta / a) ** 2
        return np.where(etas > max(100 * eta, 1.0), np.nan, value)  # what diverges is no number

    best = best_steps(measure, (0.02, 0.05, 0.1, 0.2, 0.5, 1.0), (0.03, 0.1, 0.3, 1.0))
    assert best[:2] == pytest.approx(found) and best[2] == edge
    assert len(calls) == len(set(calls)), "a point is measured twice"
    assert best_steps(measure, (0.5,), None) == (0.5, None, ""), "a single value is taken as it is"


def test_the_published_tables_mark_what_lies_on_an_edge() -> None:
    """Else a best step of analysis/results is the last that was tried, and nothing says so."""
    for name in NAMES:
        with (RESULTS / f"{name}.csv").open(encoding="utf-8") as file:
            marks = {row["edge"] for row in csv.DictReader(file)}
        assert marks <= {"", "η", "a", "η, a"}
        last = (RESULTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()[-1]
        assert last.startswith("edge: " if marks - {""} else "every best step lies inside")


def test_the_summary_compares_at_equal_rounds_and_price(small: str) -> None:
    """Else a method is read off after more rounds, or at a higher price, than another."""
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
    """Else a typing error in a settings file is passed over, or fails after an hour."""
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
    """Else what a user types does not give the figure, the numbers and the settings behind them."""
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
    for extension in ("png", "svg", "csv", "txt"):
        assert (tmp_path / f"mislabelled.{extension}").stat().st_size > 0
    text = (tmp_path / "mislabelled.txt").read_text(encoding="utf-8")
    assert "seed = 5" in text and "replicas = 2" in text and "AuxMOM" in text
    for arguments, told in (
        (["experiment"], "NAME = None"),
        (["experiment", "nothing"], "experiment = 'nothing'"),
        (["experiment", "rotated", "--data", "no-file"], "data = 'no-file'"),
        (["experiment", "rotated", "--T", "0"], "T = 0"),
        (["experiment", "rotated", "--out", "no/folder"], "no such folder"),
    ):
        assert main(arguments) == 2
        assert told in capsys.readouterr().err


def libsvm(path: Path, values: list[Any]) -> str:
    """40 samples as LIBSVM text, next to the same ones as x.npz; values: of their classes."""
    A, labels = data(0, 40, 4, len(values))
    A = np.where(np.random.default_rng(3).random(A.shape) < 0.6, A, 0.0)
    rows = (" ".join(f"{j + 1}:{a!r}" for j, a in enumerate(row) if a) for row in A.tolist())
    path.write_text("".join(f"{values[b]} {row}\n" for b, row in zip(labels, rows, strict=True)))
    np.savez(path.with_suffix(".npz"), features=A, labels=np.array(values)[labels])
    return str(path)


@each
@pytest.mark.parametrize("values", [[-1, 1], [3, 5, 6, 9]], ids=["two classes", "four classes"])
def test_libsvm_files_run(
    name: str, values: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a LIBSVM file runs in no experiment, or gives other numbers than the same data in
    another format; features that are too large for an array run sparse, or are refused with their
    size."""
    file = libsvm(tmp_path / "x.svm", values)
    settings = quick(
        name, file, methods=("AuxMOM", "SGD"), etas=(0.1,), momenta=(0.3,), Ks=(3,), Bs=(4,)
    )
    if name == "transfer":
        task = [3, 5]
        cases = ({"label": "other", "classes": [9, 5]},)
        settings = settings.replace(task=task, cases=cases)
        if len(values) == 2:
            told = [f"task = {c}: must be a class of x: -1, 1" for c in task]
            refused(
                lambda: experiments.run(settings),
                [*told, *(f"classes = {c}: must be" for c in (9, 5))],
            )
            return
    result = experiments.run(settings)
    wanted = experiments.run(settings.replace(data=str(Path(file).with_suffix(".npz"))))
    assert np.array_equal(result.table["grad_sq"], wanted.table["grad_sq"])
    assert "x: " in result.heading and all(
        str(value) in result.heading for value in values[: 4 - len(values)]
    )
    monkeypatch.setattr(features, "DENSE_BYTES", 0)
    if name == "coreset":
        settings = settings.replace(cases=({"label": "leverage", "size": 10, "by": "leverage"},))
        refused(lambda: experiments.run(settings), ["features = sparse, 40 × 4, of "])
        return
    thin = experiments.run(settings)
    np.testing.assert_allclose(thin.table["grad_sq"], result.table["grad_sq"], rtol=1e-6)
    monkeypatch.setattr(run_module, "MAX_COORDINATES", 3)
    refused(
        lambda: experiments.run(settings), [f"data = {file!r}: must have at most 3 coordinates"]
    )


def test_parity_is_of_the_values_of_the_classes(tmp_path: Path) -> None:
    """Else odd and even are told of the numbers that classes have here, or -1 and 1 are one
    class."""

    def f(values: list[int]) -> Any:
        settings = experiments.settings("mislabelled").replace(
            data=libsvm(tmp_path / "x.svm", values)
        )
        return target(settings, load(settings.data))

    numbers = data(0, 40, 4, 4)[1]
    assert np.array_equal(f([1, 2, 5, 7]).labels, numbers != 1)
    for two in ([-1, 1], [2, 4]):
        assert np.array_equal(f(two).labels, data(0, 40, 4, 2)[1])
    refused(
        lambda: f([1, 3, 5, 7]),
        ["classes of x = 1, 3, 5, 7: must be odd and even numbers, or two classes"],
    )


def test_all_that_is_wrong_with_the_data_is_listed(tmp_path: Path) -> None:
    """Else a case that cannot run is found after those before it have run."""
    file = libsvm(tmp_path / "x.svm", [3, 5, 6, 9])
    given = quick("coreset", file)
    cases: tuple[dict[str, Any], ...] = tuple({"label": str(n), "size": n} for n in (10, 50, 60))
    refused(lambda: experiments.run(given.replace(cases=cases)), ["size = 50", "size = 60"])
    refused(lambda: experiments.run(given.replace(n_features=3)), [f"data = {file!r}: line "])
    refused(
        lambda: given.replace(task="odd", zero_based="no"), ["task = 'odd'", "zero_based = 'no'"]
    )
    refused(lambda: given.replace(kind="transfer"), ["cases = "])
    Path(file).write_text("1 1:2\n1 2:1\n")
    refused(
        lambda: experiments.run(given),
        [f"data = {file!r}: must have two classes or more, and has only 1"],
    )


def test_the_command_reads_indices_and_widths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a file whose first or last feature does not occur cannot be run as what it is."""
    file = libsvm(tmp_path / "x.svm", [-1, 1])
    command = [
        "experiment",
        "mislabelled",
        "--data",
        file,
        "--T",
        "1",
        "--replicas",
        "2",
        "--out",
        str(tmp_path),
    ]
    toml = (Path(experiments.__file__).parent / "mislabelled.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    cheap = 'methods = ["SGD"]\netas = [0.1]\ntuning_replicas = 2'
    own.write_text(
        "\n".join(cheap if line.startswith("methods") else line for line in toml.splitlines())
    )
    command[1] = str(own)
    assert main([*command, "--zero-based", "false", "--n-features", "6"]) == 0
    text = (tmp_path / "own.txt").read_text(encoding="utf-8")
    assert "zero_based = False" in text and "n_features = 6" in text
    capsys.readouterr()
    assert main([*command, "--zero-based", "maybe", "--n-features", "x"]) == 2
    told = capsys.readouterr().err
    assert (
        "zero_based = 'maybe': must be True, False or 'auto'" in told and "n_features = 'x'" in told
    )


def test_thin_features_stay_sparse_where_that_is_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a file of mostly zeros becomes an array that takes minutes where the sparse form takes
    seconds."""
    settings = quick("mislabelled", "", methods=("SGD",))
    monkeypatch.setattr(features, "CACHED_BYTES", 0)
    kinds = {}
    for entries in (1, 3):  # of 100 columns
        path = tmp_path / f"{entries}.svm"
        lines = (
            f"{i % 2} {' '.join(f'{j}:1.5' for j in range(1 + i, 1 + i + entries))}"
            for i in range(40)
        )
        path.write_text("\n".join([*lines, "1 100:1.0", ""]))
        kinds[entries] = sparse.issparse(
            run_module.load_data(settings.replace(data=str(path))).features
        )
    assert kinds == {1: True, 3: False}
    monkeypatch.setattr(run_module, "MAX_COORDINATES", 99)
    assert not sparse.issparse(
        run_module.load_data(settings.replace(data=str(tmp_path / "1.svm"))).features
    )
