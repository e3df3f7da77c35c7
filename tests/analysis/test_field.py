"""The table of the field: what its rows say, and what the command prints."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from layers import ROOT

import auxtheory as at
from auxtheory import certify, lower_bounds, theorems
from auxtheory.analysis import field
from auxtheory.analysis.examples import example_of
from auxtheory.analysis.field import class_of
from auxtheory.analysis.field_text import markdown
from auxtheory.cli import main
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

STORED = ROOT / "analysis" / "results" / "table.md"


class Tight(theorems.SGD):
    """S0 with a case that attains it: noise alone at Lη = 1."""

    label = "S0-tight"

    def tightest(self) -> theorems.Case:
        flat = Quadratic(L=1.0, dim=1, x0=[1e-3]).with_helper()
        return theorems.Case(flat, Gaussian(sigma_f=1.0), T=1000, eta=1.0)


class Wrong(Tight):
    """S0 with half of its noise."""

    label = "S0-wrong"
    bound = theorems.SGD.bound / 2


def test_a_row_has_the_ratios_of_runs_proofs_and_lower_bounds() -> None:
    """Each computed here from the parts: the run of the case, the stored proofs, the values of both
    bounds at the example."""
    calls: list[tuple[int, int]] = []
    table = field([Tight(), theorems.ExactCorrection()], progress=lambda *at: calls.append(at))
    first, second = table
    assert first["measured/bound"] == pytest.approx(0.999, abs=1e-3) and first["at"] == "tightest"
    assert second["at"] == "example" and second["status"] == "pass"
    assert math.isnan(first["tight/bound"])
    proofs = [each for each in certify.stored() if each.theorem.label == "S1"]
    assert second["tight/bound"] == max(each.proof.value / each.bound for each in proofs)
    case = example_of(Tight())
    constants = Tight().constants(case.pair, case.noise)
    T = max(case.T)
    lower = float(lower_bounds.SGD.value(constants, T=T))
    upper = float(Tight().value(constants, Tight().tune(constants, 1, T)))
    assert first["bound/lower"] == pytest.approx(upper / lower)
    assert calls == [(1, 2), (2, 2)]


def test_classes_are_words() -> None:
    assert class_of(theorems.Naive()) == "L-smooth, β < 1, bias ζ, noise σ_h"
    assert class_of(theorems.ExactCorrection()) == "L-smooth, no noise, δ-similar"
    assert class_of(theorems.MVR()) == "L-smooth, samples δ-similar, noise σ_r"
    rho, eta, T, L, F0 = at.symbols("rho eta T L F0")
    convex = at.claim(
        2 * F0 / (eta * T), method=at.methods.SGD, assumptions=[rho <= 0], step_range=[L * eta <= 1]
    )
    assert class_of(convex) == "L-smooth, convex"


def test_a_long_bound_is_its_leading_term() -> None:
    """At the largest T of the example, not at another."""
    (row,) = field([theorems.AuxMVR()], run=False)
    assert row["bound"] == "8.47(δσ_rF₀/T)^(2/3) + …" and "measured/bound" not in row


def test_the_stored_table_is_that_of_the_library() -> None:
    """What does not need a run; `auxtheory table --out analysis/results/table.md` writes it
    again."""
    rows = [line.split(" | ") for line in STORED.read_text(encoding="utf-8").splitlines()]
    made = [line.split(" | ") for line in markdown(field(run=False)).splitlines()]
    assert [row[:5] for row in rows] == [row[:5] for row in made]
    ratios = [float(row[5]) for row in rows[2:] if row[5]]
    assert len(ratios) == len(theorems.LIBRARY) and max(ratios) <= 1.0


def test_the_command_prints_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In lines of 80 characters as text; the ending of a file chooses the format."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["table", "S0", "s3", "--no-run"]) == 0
    printed = capsys.readouterr().out
    assert "S3: L-smooth, δ-similar, noise σ_h, noise σ_r" in printed
    assert max(map(len, printed.splitlines())) <= 80
    for name, start in (("a.md", "| label |"), ("a.tex", r"\begin{tabular}"), ("a.txt", "label")):
        assert main(["table", "S0", "S1", "--no-run", "--out", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert r"$\displaystyle \sigma_{f} \sqrt" in (tmp_path / "a.tex").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["table", "S0", "--no-run", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["label"] == "S0" and row["tight/bound"] == "nan"


def test_a_violated_bound_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the exit status and in its row."""
    (row,) = field([Wrong()])
    assert row["status"] == "violated" and row["measured/bound"] == pytest.approx(2.0, rel=0.01)
    monkeypatch.setattr("auxtheory.theorems.lookup.all_named", lambda names: (Wrong(),))
    assert main(["table", "S0"]) == 1
    assert "violated" in capsys.readouterr().out


def test_bad_input_is_listed_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "S77", "--format", "html"]) == 2
    message = capsys.readouterr().err
    assert "theorem = 'S77': must be one of" in message and "format = 'html'" in message
    with pytest.raises(InputError, match="theorems = 3"):
        field(3)  # type: ignore[arg-type]
