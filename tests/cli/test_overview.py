"""`auxtheory validate` answers in one screen, whatever it finds, and `--verbose` tells the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from auxtheory import theorems
from auxtheory.cli import validate
from auxtheory.cli.overview import text
from auxtheory.cli.parser import main
from auxtheory.printing import WIDTH
from auxtheory.table import Table
from auxtheory.validation import default_cases
from auxtheory.validation.parsing import parse

SCREEN = 40


@pytest.fixture(scope="module")
def request_() -> validate.Request:
    return validate.Request(names=None, problem={}, lengths={}, engine="auto", replicas=256, seed=0)


@pytest.fixture(scope="module")
def results(request_: validate.Request) -> validate.Results:
    return validate.validate_all(request_)


def unwrapped(lines: list[str]) -> list[str]:
    """The lines of the legend, each in one piece: what continues a line begins at four spaces or
    more."""
    whole: list[str] = []
    for line in lines:
        if line.startswith("    ") and whole:
            whole[-1] += " " + line.strip()
        else:
            whole.append(line)
    return whole


def say(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, list[str]]:
    status = main(line.split())
    return status, capsys.readouterr().out.splitlines()


def test_the_default_set_fits_one_screen(
    results: validate.Results, request_: validate.Request
) -> None:
    """A line a theorem, with how many of its cases passed and its largest measured/bound."""
    lines = text(results, request_).splitlines()
    assert len(lines) <= SCREEN and max(map(len, lines)) <= WIDTH
    for kind in theorems.ALL:
        own = [(case, verdict) for theorem, case, verdict in results if type(theorem) is kind]
        (line,) = [line for line in lines if line.startswith(f"{kind.label} ")]
        ratio, name = max(
            (row["ratio"], case.name) for case, verdict in own for row in verdict.table
        )
        words = line.split(maxsplit=6)
        assert words[:4] == [kind.label, kind.__name__, "pass", f"{len(own)}/{len(own)}"]
        assert float(words[4]) == pytest.approx(ratio, rel=1e-3)
        # A long name continues on the next line.
        follows = lines[lines.index(line) + 1].split()
        assert name in (words[6], " ".join([words[6], *follows]))
    rows = sum(len(verdict.table) for *_, verdict in results)
    assert lines[-2].startswith(
        f"{len(theorems.ALL)} theorems, {len(results)} cases, {rows} rows; engine exact; largest "
    )


def test_the_cases_are_said_with_their_constants(
    results: validate.Results, request_: validate.Request
) -> None:
    """Pair, noise, K and T of each: what is said can be read back as what was run."""
    lines = unwrapped(text(results, request_).splitlines())
    pairs = {
        line[2]: parse(line.split(" = ", 1)[1])
        for line in lines
        if line[3:6] == " = " and line[2] in "ABCDEFG"
    }
    for case in default_cases.cases():
        (line,) = [
            line for line in lines if line.strip().startswith(f"{case.name} ") and " pair " in line
        ]
        letter, noise = line.partition(" pair ")[2].split(", ", 1)
        assert repr(pairs[letter]) == repr(case.pair) and noise.startswith(repr(case.noise))
        told = noise.removeprefix(repr(case.noise))
        assert (f"K = {case.K}" in told) == (case.K != 8)
        assert (f"T = {', '.join(map(str, case.T))}" in told) == (case.T != default_cases.ROUNDS)
    assert any("K = 8, T = 100, 1000, 4000, unless a line says otherwise" in line for line in lines)
    assert any(
        "K = 1 in S0, S3-SGDm, S4-MVR" in line and "T = 1, 3, 10 in S1-PL" in line for line in lines
    )


def changed(
    results: validate.Results, status: str, places: set[int], **more: Any
) -> validate.Results:
    """The results with another status in the first row of some cases."""
    found = []
    for i, (theorem, case, verdict) in enumerate(results):
        rows = [dict(row) for row in verdict.table]
        if i in places:
            rows[0] |= {"status": status, **more}
            notes = (f"{status}: a reason with the number {i}",) if status != "violated" else ()
            verdict = replace(verdict, table=Table(tuple(rows)), notes=notes)
        found.append((theorem, case, verdict))
    return found


def test_each_violated_row_is_told_in_full(
    results: validate.Results, request_: validate.Request
) -> None:
    """With its numbers, and the command that prints its table."""
    wrong = changed(results, "violated", {3, 40}, ratio=1.25)
    said = " ".join(text(wrong, request_).split())
    for i in (3, 40):
        theorem, case, verdict = wrong[i]
        row = verdict.table.rows[0]
        assert (
            f"violated: {theorem.label} {theorem.name} in {case.name}, T = {row['T']}, η = " in said
        )
        assert f"measured {row['measured']:.6g} > bound {row['bound']:.6g}, ratio 1.25" in said
    labels = " --theorem ".join(wrong[i][0].label for i in (3, 40))
    assert (
        f"every row: auxtheory validate --verbose --theorem {labels}" in said
        and "2 violated" in said
    )
    assert validate.exit_status(wrong) == 1
    many = text(changed(results, "violated", set(range(79)), ratio=1.25), request_)
    assert "and 59 more violated rows" in many and max(map(len, many.splitlines())) <= WIDTH


@pytest.mark.parametrize("status", ["undecided", "outside"])
def test_what_is_no_pass_says_why_in_one_screen(
    status: str, results: validate.Results, request_: validate.Request
) -> None:
    """Reasons that differ in numbers alone are told once, and counted."""
    open_ = changed(results, status, set(range(20, 79)))
    lines = text(open_, request_).splitlines()
    assert len(lines) <= SCREEN + 10 and max(map(len, lines)) <= WIDTH
    assert f"{status}: a reason with the number 20" in " ".join(
        lines
    ) and "and 58 more like it" in " ".join(lines)
    head = lines[0].split()
    line = next(line for line in lines if line.startswith("S3 ")).split()
    assert line[2:4] == [status, "10"] and "status" in head
    assert validate.exit_status(open_) == 3


def test_verbose_prints_every_row(results: validate.Results, request_: validate.Request) -> None:
    lines = text(results, request_, verbose=True).splitlines()
    rows = [line for line in lines if line.endswith("  pass")]
    assert (
        len(rows) == sum(len(verdict.table) for *_, verdict in results)
        and max(map(len, lines)) <= WIDTH
    )
    assert any(line.startswith("S3 AuxMOM: G ≤ ") for line in lines) and any(
        " pair A, " in line for line in lines
    )


def test_one_theorem_on_one_pair_prints_its_table_and_constants(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, lines = say(
        capsys, "validate --theorem S3 --delta 0.2 --sigma-f 1 --K 4 --T 10 100 1000"
    )
    assert status == 0 and sum(line.endswith("  pass") for line in lines) == 3
    assert "  L = 1, F₀ = 1, μ = 0.1, δ = 0.2, β = 4, ζ = 0, σ_f = 1, σ_h = 0, σ_r = 1" in lines
    assert any(
        line.startswith("given: at.Quadratic(L=1.0, mu=0.1, dim=32).with_helper(delta=0.2)")
        for line in lines
    )


def test_one_pair_says_which_theorems_do_not_speak_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Otherwise a theorem is missing from the list, and nobody says why."""
    status, lines = say(capsys, "validate --sigma-h 1 --T 10")
    assert status == 0 and sum(line.startswith("S") for line in lines) == 7
    left = [line for line in lines if line.startswith("left out: ")]
    assert [line.split()[2] for line in left] == [
        "S1",
        "S1-PL",
    ] and "σ_h ≤ 0: the left side is 1" in left[0]


def test_the_command_that_is_printed_works(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints every row of what was asked for."""
    line = (
        "validate --theorem S0 --theorem S3 --sigma-f 1 --correlation -0.5 --sigma-h 0.1 --T 9 "
        "12 --engine numpy"
    )
    _, lines = say(capsys, f"{line} --replicas 64")
    command = next(line for line in lines if line.startswith("every row: auxtheory "))
    _, again = say(capsys, command.removeprefix("every row: auxtheory "))
    assert again[-1] == lines[-1] and sum("engine numpy" in line for line in again) == 3
    assert "--correlation -0.5" in command and "--replicas 64" in command


def test_json_holds_every_row_and_the_pair(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = say(capsys, "validate --theorem S1 --T 5 9 --json")
    found = json.loads("\n".join(lines))["verdicts"]
    assert status == 0 and [verdict["case"] for verdict in found][:2] == [
        "no noise",
        "no noise, ill-conditioned",
    ]
    assert all(len(verdict["rows"]) == 2 and parse(verdict["pair"]).dim for verdict in found)


MINE = """
import auxtheory as at
L, F0, K, T, eta = at.symbols("L, F0, K, T, eta")

class TooGood(at.theorems.AuxMOM):
    corollaries = (L * F0 / (100 * K * T),)

class Bare(at.Theorem):
    method, label, assumptions, step_range = at.methods.SGD, "B1", (), (L * eta <= 1,)
    bound = 2 * F0 / (eta * K * T) + L * eta * at.symbols("sigma_f") ** 2

twice = at.claim(2 * L * F0 / T, like=at.theorems.ExactCorrection(), steps=at.theorems.ExactCorrection(), name="Twice")
"""


def test_theorems_of_ones_own_are_validated(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise `validate` refuses what `falsify` and studies take: classes, claims and a bound alone,
    as FILE.py:NAME."""
    (tmp_path / "own_validated.py").write_text(MINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    status, lines = say(capsys, "validate --theorem own_validated.py:TooGood")
    assert status == 1 and sum(line.startswith("violated: S3 TooGood in ") for line in lines) > 3
    (again,) = [line for line in lines if line.startswith("every row: ")]
    assert again == "every row: auxtheory validate --verbose --theorem own_validated.py:TooGood"
    status, lines = say(
        capsys, "validate --theorem own_validated.py:twice --theorem S0 --delta 0.1 --sigma-f 0"
    )
    # A claim has no label but its name.
    assert status == 0 and [line.split()[:2] for line in lines[1:3]] == [
        ["Twice", "pass"],
        ["S0", "SGD"],
    ]
    status, lines = say(capsys, "validate --theorem own_validated.py:Bare --eta 0.1 --sigma-f 1")
    assert status == 0 and lines[0].startswith("B1 Bare: G ≤ ")
    assert main(["validate", "--theorem", "own_validated.py:Nope", "--theorem", "S9"]) == 2
    said = capsys.readouterr().err
    assert (
        "2 bad inputs" in said
        and "own_validated.py:Nope" in said
        and "'S9': must be one of" in said
    )
