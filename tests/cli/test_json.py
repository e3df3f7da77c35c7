"""Every command prints one JSON document on request, with the keys that its help lists."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import COMMANDS
from logistic_cases import data

from auxtheory import bench, experiments
from auxtheory.bench import growth
from auxtheory.bench.growth.report import run as run_growth
from auxtheory.cli.output import COMMON, Output
from auxtheory.cli.parser import main
from auxtheory.table import Table

MINE = """
import auxtheory as at
eta, F0, T = at.symbols("eta F0 T")
half = at.claim(F0 / (eta * T), like=at.theorems.SGD(), name="Half")
"""
# The runs of each command, in this order, in one folder; together they have every key.
RUNS: dict[str, list[str]] = {
    "validate": ["validate S0 --dim 2 --T 3 --json --out v.json", "validate S0 --list --json"],
    "falsify": ["falsify mine.py:half --examples 50 --json"],
    "replay": ["replay counterexample.json --json"],
    "certify": ["certify --stored --theorem S1-PL --out c --json"],
    "bench": ["bench --quick --save . --json"],
    "bench growth": ["bench growth --quick --save . --json"],
    "experiment": ["experiment mislabelled --json", "experiment --list --json"],
    "show": ["show SGD --json", "show --json"],
    "table": ["table S0 --no-run --json --out t.md"],
    "completion": ["completion bash --json"],
    "study run": ["study run s.toml --json"],
    "study resume": ["study resume s.study --json"],
    "study status": ["study status s.study --json"],
    "study cell": ["study cell s.study 0 --json"],
    "study export": ["study export s.study s.csv --json"],
    "study merge": ["study merge m.study s.study --json"],
    "report": ["report s.study --json"],
    "plot toy": ["plot toy --T 6 --formats svg --json"],
    "plot theorem": ["plot theorem S0 --formats svg --json"],
    "plot all": ["plot all --only toy --formats svg --json"],
    "plot tightness": ["plot tightness s.study --formats svg --json"],
}
STUDY = """
theorems = ["SGD", "Naive"]
[target]
L = 1.0
dim = 2
[axes]
zeta = [0.0, 0.5]
K = 1
T = [5, 6, 7]
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a theorem, a study and a small experiment; nothing is timed."""
    folder = tmp_path_factory.mktemp("json")
    (folder / "mine.py").write_text(MINE)
    (folder / "s.toml").write_text(STUDY)
    A, labels = data(0, 40, 4, 4)
    np.savez(folder / "small.npz", features=A, labels=labels)
    small = experiments.settings("mislabelled")
    small = small.replace(
        data=str(folder / "small.npz"),
        cases=small.cases[:1],
        methods=("SGD",),
        etas=(0.1, 0.5),
        **{"T": 6, "K": 3, "replicas": 4, "tuning_replicas": 2, "records": 3, "batch": 4},
    )
    row = {"group": "all", "size": "d = 2", "threads": 1, "note": "", "z": math.nan}
    row |= {"variant": "NumPy", "status": "ok", "M steps/s": 3.0, "ratio": 1.0, "to": "itself"}
    report = bench.Report(bench.machine(), Table((row,)))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(experiments, "settings", lambda name: small)
        patch.setattr(experiments, "names", lambda: ["mislabelled"])
        patch.setattr(bench, "run", lambda **options: report)
        patch.setattr(growth, "run", lambda **options: growth_of_a_second())
        yield folder


def growth_of_a_second() -> growth.Growth:
    """One operation at one size."""
    operation = growth.Operation(name="x", group="y", along="n", sizes=(9,), prepare=one_second)
    costs = {"status": "ok", "seconds": 1.0, "warm size": 2, "warm s": 0.5, "added MB": 1.0}
    return run_growth(operations=[operation], measure=lambda operation, size: costs)


def one_second(size: int) -> Callable[[], object]:
    return lambda: None


def strict(text: str) -> Any:
    """The document, which must be all of the text, without the NaN that JSON does not have."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_every_command_has_the_option() -> None:
    """A new command without --json, or without a description of its keys, fails here."""
    for name, command in COMMANDS.items():
        assert "--json" in command._option_string_actions, name
        assert command.get_default("json_keys"), name
        text = " ".join(command.format_help().split())
        assert all(key in text for key in (*COMMON, *command.get_default("json_keys"))), name


def test_every_command_is_run_below() -> None:
    """Of the figures one: they are drawn and described by the same function."""
    keys = {name: command.get_default("json_keys") for name, command in COMMANDS.items()}
    alike = {n for n in keys if n.startswith("plot ") and keys[n] == keys["plot tightness"]}
    assert set(COMMANDS) - alike - set(RUNS) == {"plot delta-prediction"}
    assert set(keys["plot delta-prediction"]) == {*keys["plot tightness"], "agreement"}


@pytest.mark.parametrize("name", RUNS)
def test_it_prints_one_document(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen: set[str] = set()
    for line in RUNS[name]:
        status = main(line.split())
        document = strict(capsys.readouterr().out)
        assert document["exit_status"] == status == (name in ("falsify", "replay"))
        assert document["command"] == name
        assert all(Path(file).is_file() for file in document.get("files", ()))
        seen |= set(document)
    assert seen == {*COMMON, *COMMANDS[name].get_default("json_keys")}


def test_the_documents_hold_what_the_texts_say(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All digits, and ∞ and NaN as strings."""
    main(RUNS["validate"][0].split())
    (verdict,) = strict(capsys.readouterr().out)["verdicts"]
    assert verdict == strict((here / "v.json").read_text())["verdicts"][0]
    assert verdict["label"] == "S0" and 0 < verdict["rows"][0]["measured"] < 1
    main(RUNS["falsify"][0].split())
    (result,) = strict(capsys.readouterr().out)["results"]
    assert result["status"] == "violated" and result["ratio"] > 1
    assert result["case"] == strict((here / "counterexample.json").read_text())
    main(RUNS["replay"][0].split())
    assert strict(capsys.readouterr().out)["reproduced"] is True
    main(RUNS["bench"][0].split())
    assert strict(capsys.readouterr().out)["rows"][0]["z"] == "nan"


def test_an_error_is_on_standard_error_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "S0", "--dim", "0", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "dim = 0" in printed.err
    Output("study run", (), as_json=True).end(130)  # interrupted
    assert capsys.readouterr().out == ""


def test_validate_takes_the_former_option(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json FILE.json` was `--out FILE.json`, and `--json -` was `--json`; a name behind --json is
    a theorem."""
    line = "validate S0 --dim 2 --T 3"
    for old, new in (("--json a.json", "--out a.json"), ("--json=b", "--out b")):
        assert main([*line.split(), *old.split()]) == 0
        printed = capsys.readouterr()
        assert f"is deprecated; write {new}" in printed.err and "given: " in printed.out
        assert strict(Path(new.split()[1]).read_text())["verdicts"]
    assert main([*line.split(), "--json", "-"]) == 0
    printed = capsys.readouterr()
    assert strict(printed.out)["verdicts"] and "deprecated; write --json" in printed.err
    assert main(["validate", "--dim", "2", "--T", "3", "--json", "S0"]) == 0
    printed = capsys.readouterr()
    assert [v["label"] for v in strict(printed.out)["verdicts"]] == ["S0"]
    assert "deprecated" not in printed.err


def test_a_key_that_is_not_described_is_refused() -> None:
    out = Output("study run", ("cells",), as_json=True)
    out.put(cells=3)
    with pytest.raises(KeyError, match="no key of study run --json: rows"):
        out.put(rows=())
