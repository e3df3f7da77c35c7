"""Step parameters and schedules in study files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toml_files import told

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.study.toml import read

HERE = Path(__file__).parent
HEAD = f"""theorems = ["{HERE / "parameter_theorems.py"}:Free"]
[target]
L = 1.0
mu = 0.1
dim = 3
[axes]
K = 1
T = [4, 9]
"""


def file(write: Any, *lines: str, head: str = HEAD) -> Path:
    path: Path = write(head + "\n".join(lines))
    return path


def test_numbers_lists_and_ranges(write: Any) -> None:
    ranged = 'beta = { from = 0.1, to = 0.5, points = 3, scale = "linear" }'
    for line, values in (
        ("beta = 0.5", 0.5),
        ("beta = [0.1, 0]", [0.1, 0.0]),
        (ranged, [0.1, 0.3, 0.5]),
    ):
        axes = read(file(write, "eta = 0.1", line)).axes
        np.testing.assert_allclose(axes["beta"], values)


def test_schedules(write: Any) -> None:
    axes = read(file(write, 'eta = "0.5 / sqrt(t)"', "beta = 0.5")).axes
    assert axes["eta"] == at.per_round("0.5 / sqrt(t)")
    nine = "[1, 2, 3, 4, 5, 6, 7, 8, 9]"
    axes = read(file(write, f"eta = {{ per_round = {nine} }}", "beta = 0.5")).axes
    assert axes["eta"] == at.per_round(range(1, 10))


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        (
            ("eta = 0.1", "gamma = 1"),
            [
                "line 6: axes.beta: must be given as well as eta, for Free",
                "line 10: axes.gamma: is not known; must be one of L, mu, delta, zeta, sigma_f, "
                "sigma_h, F0, eta, a, correlation, s, alpha, delta_A, K, T, B, dim, N, seed, beta",
            ],
        ),
        (
            ('eta = "0.5 / srt(t)"', 'beta = [0.1, "t", true]'),
            [
                "line 9: axes.eta = '0.5 / srt(t)': srt is not known: it may hold numbers, t, "
                "+ - * / ** and sqrt, exp, log, cos, minimum, maximum; did you mean 'sqrt'?",
                "line 10: axes.beta[1] = 't': must be a finite number in [-1e+150, 1e+150]",
                "line 10: axes.beta[2] = True: must be a finite number in [-1e+150, 1e+150]",
            ],
        ),
        (
            ("eta = { per_round = [0.1, 'x'] }", "beta = { per_round = 3, T = 2 }"),
            [
                "line 9: axes.eta.per_round[1] = 'x': must be a finite number in [-1e+150, 1e+150]",
                "line 10: axes.beta.T: is not known here; it belongs in [axes]",
                "line 10: axes.beta.per_round = 3: must be a list with a number for each round",
            ],
        ),
        (("bete = 0.1", "eta = 0.1"), ["line 9: axes.bete: is not known; did you mean 'beta'?"]),
        (
            ("beta = 0.1",),
            ["line 6: axes.eta: must be given, since Free prescribes no steps"],
        ),
        (("eta = 1", "beta = 0.1", 'L = "1 / t"'), ["axes.L = '1 / t': must be a finite number"]),
    ],
)
def test_mistakes_name_line_section_and_key(
    write: Any, lines: tuple[str, ...], messages: list[str]
) -> None:
    complaints = told(file(write, *lines))
    if "L = " in lines[-1]:
        assert any(messages[0] in line for line in complaints)
    else:
        assert complaints == messages


def test_what_the_study_says_of_a_schedule_has_its_line(write: Any) -> None:
    for lines, message in (
        (("eta = { per_round = [0.1, 0.2] }",), "line 9: axes.eta: the schedule has 2 values, and"),
        (('eta = "-t"',), "line 9: axes.eta = "),
    ):
        definition = read(file(write, *lines, "beta = 0.5"))
        told_once = pytest.raises(at.InputError, match=r"1 bad input in .*a\.toml")
        with told_once as caught, definition.located():
            at.Study(definition.theorems, definition.target, **definition.axes)
        assert message in str(caught.value)


def test_parameters_of_a_theorem_that_cannot_be_read_are_no_further_mistakes(write: Any) -> None:
    head = HEAD.replace(":Free", ":Fre")
    (complaint,) = told(file(write, "eta = 0.1", "beta = 0.5", head=head))
    assert "theorems[0]" in complaint


def test_the_same_study_in_python_and_through_the_program(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    path = file(write, 'eta = "0.5 / sqrt(t)"', "beta = [0.1, 0.6]")
    assert main(["study", "run", str(path)]) == 0
    results = at.Results.open("a.study")
    assert len(results) == 4 and results.title == "a"
    named = ["--theorem", f"{HERE / 'parameter_theorems.py'}:Free"]
    assert main(["study", "resume", "a.study", *named]) == 0
    assert main(["study", "cell", "a.study", "3", *named]) == 0
    assert "0.5 / sqrt(t)" in capsys.readouterr().out
    definition = read(path)
    study = at.Study(definition.theorems, definition.target, **definition.axes)
    assert study.run()["measured"].tolist() == results["measured"].tolist()
    for name in ("a.csv", "a.nc"):
        assert main(["study", "export", "a.study", name]) == 0
    again = at.Results.open("a.nc")
    assert again["beta"].tolist() == results["beta"].tolist()
    assert again["eta_schedule"].tolist() == results["eta_schedule"].tolist()
    assert "0.5 / sqrt(t)" in Path("a.csv").read_text()


def test_a_new_process_replays_a_cell(write: Any, tmp_path: Path) -> None:
    path = file(write, "eta = 0.1", "beta = [0.1, 0.6]")
    program = [sys.executable, "-m", "auxtheory", "study"]
    subprocess.run([*program, "run", path], cwd=tmp_path, check=True, capture_output=True)
    named = ["--theorem", f"{HERE / 'parameter_theorems.py'}:Free"]
    printed = subprocess.run(
        [*program, "cell", "a.study", "1", *named], cwd=tmp_path, capture_output=True, text=True
    )
    assert printed.returncode == 0 and "the same bits" in printed.stdout, printed.stderr
