"""`auxtheory show`: methods and theorems of the library and of a user's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from auxtheory import methods, theorems
from auxtheory.cli.parser import main

MINE = '''
import auxtheory as at

L, F0, eta, T = at.symbols("L F0 eta T")


class Heavy(at.Method):
    """The heavy ball."""

    state = "x v"

    def start(o, x):
        return x, 0 * x

    def step(o, x, v, *, eta, beta):
        v = beta * v - eta * o.f(x)
        return x + v, v


class Claimed(at.Theorem):
    """A bound on SGD without noise."""

    method = at.methods.SGD
    assumptions = at.symbols("sigma_f") <= 0
    step_range = L * eta <= 1
    bound = 2 * F0 / (eta * T)
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shown")
    (path / "shown_by_test.py").write_text(MINE)
    return path


@pytest.fixture
def mine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_every_name_of_the_library_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show"]) == 0
    out = capsys.readouterr().out
    for name in [m.name for m in methods.ALL] + [t.label for t in theorems.ALL]:
        assert name in out


def test_a_label_shows_the_theorem_and_a_name_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "s3", "auxmvr"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("S3  AuxMOM, about AuxMOM: G")
    assert "m ← g_r(x; ξ) + (1 − a) (m − g_r(x_prev; ξ))" in out
    assert "S4  AuxMVR, about AuxMVR: G" in out


def test_formulas_in_latex(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "S1", "--latex"]) == 0
    assert r"G \le \frac{2 F_{0}}{\eta K T}" in capsys.readouterr().out


@pytest.mark.usefixtures("mine")
def test_methods_and_theorems_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["shown_by_test.py:Heavy", "shown_by_test.py:Claimed"]
    assert main(["show", *names]) == 0
    out = capsys.readouterr().out
    assert "v⁺ ← β v − η g_f(x)" in out
    assert "G ≤ 2F₀/(ηT)" in out


@pytest.mark.usefixtures("mine")
def test_every_wrong_name_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "AuxMUM", "shown_by_test.py:Heavi", "shown_by_test.py:eta"]) == 2
    err = capsys.readouterr().err
    assert "did you mean 'AuxMOM'" in err
    assert "did you mean 'Heavy'" in err
    assert "'shown_by_test.py:eta': must name a method or a theorem" in err
