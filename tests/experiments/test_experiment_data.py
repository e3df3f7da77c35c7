"""Experiments on a user's data: files, classes, indices, thin features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from complaints import refused
from logistic_cases import data
from scipy import sparse
from small_experiments import each, quick

from auxtheory import experiments
from auxtheory.cli.parser import main
from auxtheory.data import load
from auxtheory.experiments import cases as cases_module
from auxtheory.experiments.cases import target
from auxtheory.problems.logistic import features

pytest.importorskip("sklearn")


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
    """Otherwise a LIBSVM file runs in no experiment, or gives other numbers than the same data in
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
            messages = [f"task = {c}: must be a class of x: -1, 1" for c in task]
            refused(
                lambda: experiments.run(settings),
                [*messages, *(f"classes = {c}: must be" for c in (9, 5))],
            )
            return
    result = experiments.run(settings)
    wanted = experiments.run(settings.replace(data=str(Path(file).with_suffix(".npz"))))
    assert np.array_equal(result.table["grad_sq"], wanted.table["grad_sq"])
    assert " (x, " in result.heading and all(
        str(value) in result.heading for value in values[: 4 - len(values)]
    )
    monkeypatch.setattr(features, "DENSE_BYTES", 0)
    if name == "coreset":
        settings = settings.replace(cases=({"label": "leverage", "size": 10, "by": "leverage"},))
        refused(lambda: experiments.run(settings), ["features = sparse, 40 × 4, of "])
        return
    thin = experiments.run(settings)
    np.testing.assert_allclose(thin.table["grad_sq"], result.table["grad_sq"], rtol=1e-6)
    monkeypatch.setattr(cases_module, "MAX_COORDINATES", 3)
    refused(
        lambda: experiments.run(settings), [f"data = {file!r}: must have at most 3 coordinates"]
    )


def test_parity_is_of_the_values_of_the_classes(tmp_path: Path) -> None:
    """Otherwise odd and even are told of the numbers that classes have here, or -1 and 1 are one
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
    """Otherwise a case that cannot run is found after those before it have run."""
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
    """Otherwise a file whose first or last feature does not occur cannot be run as what it is."""
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
    errors = capsys.readouterr().err
    assert (
        "zero_based = 'maybe': must be True, False or 'auto'" in errors
        and "n_features = 'x'" in errors
    )


def test_thin_features_stay_sparse_where_that_is_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a file of mostly zeros becomes an array that takes minutes where the sparse form takes
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
            cases_module.load_data(settings.replace(data=str(path))).features
        )
    assert kinds == {1: True, 3: False}
    monkeypatch.setattr(cases_module, "MAX_COORDINATES", 99)
    assert not sparse.issparse(
        cases_module.load_data(settings.replace(data=str(tmp_path / "1.svm"))).features
    )
