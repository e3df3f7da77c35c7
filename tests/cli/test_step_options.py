"""Step parameters of a method as options of the commands: --beta 0.9."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auxtheory.cli.parser import main, parser

MINE = """
import auxtheory as at

L, F0, eta, K, beta, T = at.symbols("L F0 eta K beta T")


class Nesterov(at.Method):
    state = "x v"

    def start(o, x):
        return x, 0 * x

    def step(o, x, v, *, eta, beta):
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class Lazy(at.Method):
    def step(o, x, *, eta, c, p=0.25):
        return o.where(o.coin(p), x - c * eta * o.f(x), x)


free = at.claim(5 * F0, method=Nesterov, measure="gap", name="free")
lazy = at.claim(5 * F0, method=Lazy, measure="gap", name="lazy")
false = at.claim(F0 * beta / 100, method=Nesterov, measure="gap", name="false")
"""
PAIR = "--mu 0.1 --dim 3 --K 1 --T 4 9"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "mine_of_options.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("mine_of_options", None)


def run(line: str, capsys: Any) -> tuple[int, str, str]:
    line = line.replace("mine:", "mine_of_options.py:")
    status = main(shlex.split(line))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize(
    "options", ["--eta 0.3 --beta 0.6", "--beta=0.6 --eta 0.3", "--eta=.3 --mode theorem --beta .6"]
)
def test_they_are_taken_anywhere_and_printed(options: str, capsys: Any) -> None:
    status, out, _ = run(f"validate mine:free {PAIR} {options} --out a.json", capsys)
    assert status == 0 and "everywhere η = 0.3" in out and "beta = 0.6" in out
    head = next(line for line in out.splitlines() if line.lstrip().startswith("T "))
    assert head.split()[:3] == ["T", "eta", "beta"]
    rows = json.loads(Path("a.json").read_text())["verdicts"][0]["rows"]
    assert [row["beta"] for row in rows] == [0.6, 0.6]


def test_schedules_are_expressions_in_quotes(capsys: Any) -> None:
    line = f"validate --theorem mine:free {PAIR} --eta '0.5 / sqrt(t)' --beta '1 - 1 / t'"
    status, out, _ = run(line, capsys)
    assert status == 0 and "eta_schedule" in out and "0.5 / sqrt(t)" in out and "1 - 1 / t" in out
    status, _, err = run(f"validate mine:free {PAIR} --eta '0.5 / srt(t)' --beta nothing", capsys)
    assert status == 2
    assert "eta = '0.5 / srt(t)': must be a number, or a schedule; srt is not known" in err
    assert "beta = 'nothing': must be a number, or a schedule; nothing is not known" in err


def test_each_method_gets_those_that_it_takes(capsys: Any) -> None:
    line = f"validate mine:free mine:lazy {PAIR} --eta 0.3 --beta 0.6 --c 0.5 --p 0.5 --verbose"
    status, out, _ = run(line, capsys)
    assert status == 0 and "p_of_step" in out and out.count(" beta ") >= 1
    status, out, _ = run(line.replace(" --verbose", ""), capsys)
    (command,) = [text for text in out.splitlines() if text.startswith("every row: auxtheory ")]
    again, printed, _ = run(command.removeprefix("every row: auxtheory "), capsys)
    assert again == 0 and "beta" in printed and "p_of_step" in printed


def test_unknown_ones_are_one_error_that_lists_the_parameters(capsys: Any) -> None:
    status, _, err = run(f"validate mine:free {PAIR} --eta 0.3 --bta 1 --egine cpu", capsys)
    takes = "is no option, nor a parameter of Nesterov, which takes eta, beta"
    assert status == 2
    assert f"bta = 1: {takes}; did you mean 'beta'?" in err
    assert f"egine = 'cpu': {takes}; did you mean 'engine'?" in err
    status, _, err = run("validate --c 1", capsys)
    assert status == 2 and "nor a parameter of the theorems' methods, which take eta, a" in err
    status, _, err = run(f"validate mine:free {PAIR} --eta 0.3", capsys)
    assert status == 2 and "beta = None: must be given: Nesterov uses it" in err
    for words in ("--beta", "--beta --eta 0.3", "--eta 0.3 --beta 1 --beta 2"):
        with pytest.raises(SystemExit) as stop:
            run(f"validate mine:free {words}", capsys)
        assert stop.value.code == 2
        assert "argument --beta: " in capsys.readouterr().err


def test_a_violated_row_names_them(capsys: Any) -> None:
    status, out, _ = run(f"validate mine:false {PAIR} --eta 0.3 --beta 0.5", capsys)
    assert status == 1 and "T = 4, η = 0.3, beta = 0.5 (theorem): measured" in " ".join(out.split())


def test_falsify_holds_them_fixed(capsys: Any) -> None:
    status, out, _ = run("falsify mine:false --beta 0.5 --examples 200", capsys)
    assert status == 1 and "beta=0.5" in out
    assert json.loads(Path("counterexample.json").read_text())["steps"]["beta"] == 0.5
    status, out, _ = run("replay counterexample.json --import mine_of_options.py", capsys)
    assert status == 1 and "reproduced" in out and "NOT" not in out
    status, out, err = run("falsify mine:free --gamma 3 --beta '1 / t'", capsys)
    assert status == 2 and "gamma = 3: is no option, nor a parameter of Nesterov" in err
    assert "beta = '1 / t': must be a number, which the search holds fixed" in err
    status, _, err = run("falsify mine:free --beta 3", capsys)
    assert status == 2 and "beta'] = 3: must be in [0, 0.999]" in err


def test_other_commands_take_none(capsys: Any) -> None:
    with pytest.raises(SystemExit) as stop:
        run("report a.study --beta 3", capsys)
    assert stop.value.code == 2 and "unrecognized arguments: --beta 3" in capsys.readouterr().err


def test_the_help_says_so(capsys: Any) -> None:
    for command in ("validate", "falsify"):
        with pytest.raises(SystemExit):
            parser().parse_args([command, "--help"])
        assert "such as --beta 0.9" in " ".join(capsys.readouterr().out.split())
