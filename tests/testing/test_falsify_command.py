"""The commands `falsify` and `replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from wrong_bounds import S1

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.testing import Configuration


def test_the_command_finds_writes_and_replays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(
        "import auxtheory as at\nF0, eta, K, T = at.symbols('F0 eta K T')\n"
        "Mine = at.claim(F0 / (eta * K * T), like=at.theorems.ExactCorrection(), "
        "name='Mine')\nother = 3\n"
    )
    assert main(["falsify", "own.py:Mine", "--out", "found.json"]) == 1
    told = capsys.readouterr().out
    assert "the bound is violated" in told and "wrote found.json" in told
    assert main(["replay", "found.json"]) == 1
    assert "reproduced" in (told := capsys.readouterr().out) and "NOT" not in told
    assert main(["falsify", "S0", "--examples", "2000"]) == 0
    assert (
        "no counterexample" in capsys.readouterr().out and not Path("counterexample.json").exists()
    )
    never = (
        "import auxtheory as at\nL, mu = at.symbols('L mu')\nNever = "
        "at.claim(at.theorems.SGD.bound, "
    )
    Path("never.py").write_text(
        never + "like=at.theorems.SGD(), assumptions=[2 * L <= mu], name='Never')\n"
    )
    assert main(["falsify", "never.py:Never", "--examples", "500"]) == 3
    assert (
        "nothing was tested" in (told := capsys.readouterr().out)
        and "no counterexample" not in told
    )
    assert (
        main(
            ["falsify", "never.py:Never", "own.py:Mine", "--examples", "500", "--out", "both.json"]
        )
        == 1
    )
    content = json.loads(Path("found.json").read_text())
    mended = {**content, "theorem": content["theorem"].replace("at.claim(F0", "at.claim(2 * F0")}
    Path("found.json").write_text(json.dumps(mended))
    assert main(["replay", "found.json"]) == 0
    assert "NOT reproduced" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["falsify", "own.py:Mine"], "there is no file own.py"),
        (["falsify", "no_such_module:Mine"], "cannot be imported"),
        (["falsify", ":Mine"], "cannot be imported"),
        (["falsify", "json:dumps"], "must name a Theorem"),
        (["falsify", "S7", "--K", "2", "--fix", "delta"], "NAME=VALUE"),
        (["falsify", "S0", "--out", "no/such/folder.json"], "no folder"),
        (["replay", "missing.json"], "missing.json"),
    ],
)
def test_the_commands_tell_bad_input(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert told in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"pair": "__import__('os').getcwd()"},
        {"pair": "at.Quadratic(L=1.0, dim=1).start()"},
        {"noise": "at.Gaussian(sigma_f=[x for x in (1, 2)])"},
        {"theorem": "at.theorems.__class__"},
        {"format": "something else"},
        {"pair": 3},
        {"steps": {"eta": 1.0, "K": 0, "T": 1}},
        {"steps": {"eta": 1.0, "K": 1, "T": 1, "B": "abc"}},
        {"steps": {"eta": 17.0, "K": 2, "T": 3, "mode": "tuned"}},
        {"options": {"nonsense": 1}},
        {"theorem": "at.claim(9**9**9**9, method=at.methods.SGD)"},
        {"theorem": "(1).with_helper()"},
    ],
)
def test_a_file_can_hold_nothing_but_a_configuration(change: dict[str, Any]) -> None:
    pair = at.Quadratic(L=1.0, dim=1).with_helper(0.1)
    noise = at.Gaussian(sigma_f=1.0)
    good = Configuration(S1(), pair, noise, S1().tune(S1().constants(pair, noise), 2, 3))
    content = json.loads(good.to_json())
    assert Configuration.read(json.dumps(content))[0].script == good.script
    with pytest.raises(at.InputError):
        Configuration.read(json.dumps({**content, **change}))
