"""`auxtheory study` and `auxtheory report` as typed: run, stop, go on, merge, export, show."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.study import Results
from auxtheory.study.rerun import CellRun
from auxtheory.study.storage.file import reading, writing
from auxtheory.study.storage.records import Words, decode, encode

TOML = """
title = "Small"
theorems = ["AuxMOM", "SGD"]
[target]
L = 1.0
mu = 0.2
dim = 4
[noise]
sigma_f = 1.0
[axes]
delta = { from = 0.01, to = 1.0, points = 3 }
K = [2, 5]
T = [10, 20]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("auxtheory.study.plan.BATCH_SECONDS", 1e-5)
    (tmp_path / "small.toml").write_text(TOML)
    return tmp_path


def test_run_status_export_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command does what it says and exits with 0."""
    assert main(["study", "run", "small.toml"]) == 0
    said = capsys.readouterr()
    first = (
        "Small: 18 cells over theorem (2), delta (3), K (2), T (2): 18 pass; largest "
        "measured/bound 0."
    )
    assert said.out.startswith(first) and said.out.endswith(
        "stored in small.study: auxtheory report small.study\n"
    )
    assert all(line.startswith("auxtheory: study run, ") for line in said.err.splitlines()), (
        "no bar, but notices"
    )
    assert main(["study", "status", "small.study"]) == 0
    assert "started 20" in capsys.readouterr().out
    assert main(["study", "export", "small.study", "rows.csv"]) == 0
    assert len((folder / "rows.csv").read_text().splitlines()) == 19
    assert main(["report", "small.study"]) == 0
    assert "Small" in (folder / "small.html").read_text(encoding="utf-8")
    assert (
        main(
            [
                "plot",
                "rate-vs-T",
                "small.study",
                "--where",
                "K=5",
                "--where",
                "delta=0.1",
                "--formats",
                "svg",
            ]
        )
        == 0
    )
    assert (folder / "rate_vs_T.svg").is_file() and "-slopes.csv" in capsys.readouterr().out


def test_parts_resume_and_merge(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two parts, merged, are the whole; a part goes on from its file alone, or from its study
    file."""
    main(["study", "run", "small.toml", "--out", "whole.study"])
    main(["study", "run", "small.toml", "--part", "1/2"])
    main(["study", "run", "small.toml", "--part", "2/2", "--out", "b.study"])
    assert "missing" in capsys.readouterr().out
    assert main(["study", "merge", "out.study", "small.study", "b.study"]) == 0
    assert "18 pass" in capsys.readouterr().out
    whole = Results.open("whole.study").dataset
    assert Results.open("out.study").dataset.equals(whole)
    assert (
        main(["study", "resume", "small.study"]) == 0 and main(["study", "resume", "b.study"]) == 0
    )
    assert Results.open("small.study").dataset.equals(whole) and Results.open(
        "b.study"
    ).dataset.equals(whole)
    (folder / "small.study").unlink()
    assert main(["study", "resume", "small.toml"]) == 2
    assert "there is no small.study here; auxtheory study run small.toml" in capsys.readouterr().err


def test_a_cell_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["study", "run", "small.toml"])
    capsys.readouterr()
    assert main(["study", "cell", "small.study", "3"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("AuxMOM (S3) on at.Quadratic(L=1.0, mu=0.2, dim=4)")
    assert said.endswith(" (pass); its batch run again: the same bits\n")
    assert main(["study", "cell", "small.study", "18"]) == 2
    assert "cell = 18: must be a whole number of at most 17" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (
            "measured",
            lambda value: np.nextafter(value, 1.0),
            "; its batch run again: NOT the same: measured {!r} in",
        ),
        (
            "bound",
            lambda value: 1.5 * value,
            "; its batch run again: NOT the same: bound {!r} in the file, ",
        ),
        ("diverged", lambda value: value + 1, "NOT the same: diverged {!r} in the file, 0 now\n"),
        ("engine", lambda value: 0, "NOT the same: engine '' in the file, 'exact' now\n"),
    ],
)
def test_a_cell_that_differs_is_status_1(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    change: Any,
    told: str,
) -> None:
    """Whichever field it is, to the last bit, of this cell or of another one in its batch."""
    monkeypatch.setattr("auxtheory.study.plan.BATCH_SECONDS", 0.5)
    main(["study", "run", "small.toml"])
    with writing(Path("small.study")) as store:
        ((cells, code, blob),) = store.batches()
        records, words = decode(blob)
        records[name][3] = change(records[name][3])
        store.add(cells, code, encode(records, Words(words)))
    capsys.readouterr()
    assert main(["study", "cell", "small.study", "3"]) == 1
    assert told.format(records[name][3].item()) in capsys.readouterr().out
    assert main(["study", "cell", "small.study", "4"]) == 1
    assert capsys.readouterr().out.endswith("NOT the same: another of its cells differs\n")


def test_a_cell_that_failed_is_not_said_to_share_false_alarms() -> None:
    pair = at.Quadratic(L=1.0, dim=1).with_helper(delta=0.0)
    verdict = at.validate(
        at.theorems.SGD(), pair, at.Gaussian(sigma_f=1.0), T=3, engine="numpy", replicas=8
    )
    failed = CellRun(
        verdict=verdict,
        status="failed",
        stored=float("nan"),
        changed={"measured": (0, 1)},
        identical=False,
    )
    assert (
        verdict.false_alarm
        and "measured nan (failed); its batch run again: NOT the same: measured 0" in str(failed)
    )


def test_a_cell_has_the_status_that_it_has_in_the_study(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alone it passes; among 14 that share the false alarms it does not."""
    (folder / "mc.toml").write_text(
        """theorems = ["AuxMOM", "SGD"]
engine = "numpy"
replicas = 3
[target]
L = 1.0
mu = 0.5
dim = 8
[noise]
sigma_f = 1.0
sigma_h = 0.1
[axes]
delta = { from = 1e-3, to = 1.0, points = 7 }
K = 3
T = 60
"""
    )
    main(["study", "run", "mc.toml"])
    capsys.readouterr()
    main(["study", "cell", "mc.study", "3"])
    said = capsys.readouterr().out
    assert Results.open("mc.study").where(cell=3)["status"].tolist() == ["undecided"]
    assert "engine numpy: pass (3 replicas, false alarms 0.0001 over the table)" in said
    assert "(undecided: its false alarms, 0.0001, are over all cells of the study); " in said


def test_a_violated_bound_is_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.py").write_text(
        "import auxtheory as at\nL, F0, T = at.symbols('L F0 T')\n"
        "mine = at.claim(0.01 * L * F0 / T, like=at.theorems.SGD(), steps=at.theorems.SGD(), "
        "name='Mine')\n"
    )
    (folder / "wrong.toml").write_text(TOML.replace('"AuxMOM", "SGD"', '"mine.py:mine"'))
    assert main(["study", "run", "wrong.toml"]) == 1
    assert "6 violated" in capsys.readouterr().out
    assert main(["study", "status", "wrong.study"]) == 1 == main(["report", "wrong.study"])
    assert main(["study", "resume", "wrong.toml"]) == 1, "its study file brings the claim along"


def test_a_failing_cell_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "half.toml").write_text(
        TOML.replace("mu = 0.2\n", "").replace("K = [2, 5]", "K = 2\nmu = [0.1, 2.0]")
    )
    assert main(["study", "run", "half.toml"]) == 1, "a batch job must see it"
    assert "12 cells failed: mu = [2." in capsys.readouterr().out


def test_a_cell_outside_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "far.toml").write_text(
        TOML.replace('title = "Small"', 'title = "Far"\nmode = "unsafe"')
        + "eta = [0.1, 50.0]\na = 0.5\n"
    )
    main(["study", "run", "far.toml"])
    capsys.readouterr()
    main(["study", "cell", "far.study", "11"])
    assert "(outside: the theorem promises nothing here" in capsys.readouterr().out


def test_the_log_tells_each_batch(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="auxtheory.study"):
        main(["study", "run", "small.toml"])
    told = [record.message for record in caplog.records]
    assert len(told) > 5 and told[-1].endswith("18 of 18")


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (
            ["study", "run", "none.toml"],
            "file = 'none.toml': must be a file that can be read; there is no such file",
        ),
        (["study", "run", "small.toml", "--out", "x.txt"], "the name must end in .study"),
        (["study", "run", "small.toml", "--out", "none/x.study"], "there is no folder 'none'"),
        (["study", "run", "small.toml", "--part", "half"], "part = 'half': must be I/N"),
        (["study", "run", "small.toml", "--part", "3/2"], "part[0] = 3: must be at most 2"),
        (["study", "run", "small.toml", "--processes", "0"], "processes = 0"),
        (["study", "status", "none.study"], "there is no such file"),
        (
            ["study", "status", "small.toml"],
            "cannot read small.toml: the name of a study must end in .study",
        ),
        (["report", "small.toml"], "must end in .study, .nc or .zarr"),
        (["study", "run", "small.toml", "--part", "1/x"], "part = '1/x'"),
        (["plot", "rate-vs-T", "--out", "a.png"], "out = 'a.png': must be without an ending"),
        (
            ["plot", "rate-vs-T", "--where", "K=1", "--where", "K=2"],
            "must not be given twice for K",
        ),
        (["study", "resume", "none.study"], "there is no such file"),
        (["study", "export", "none.study", "a.xls"], "must be one of .csv, .parquet, .nc, .zarr"),
        (["report", "none.study"], "there is no such file"),
    ],
)
def test_wrong_arguments(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str], text: str
) -> None:
    """One line each, and nothing is left behind."""
    assert main(command) == 2
    said = capsys.readouterr()
    assert text in said.err and "Traceback" not in said.err and not said.out
    assert not list(folder.glob("*.study")) and not list(folder.glob("*.html"))


def test_nothing_is_merged_of_two_studies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.toml").write_text(TOML.replace("T = [10, 20]", "T = 5"))
    main(["study", "run", "small.toml"])
    main(["study", "run", "other.toml"])
    assert main(["study", "merge", "out.study", "small.study", "other.study"]) == 2
    assert (
        "cannot merge other.study: it holds another study than small.study"
        in capsys.readouterr().err
    )
    assert not (folder / "out.study").exists()


def test_a_bad_study_file_is_told_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `Study` finds is placed in the file as well."""
    (folder / "bad.toml").write_text(TOML.replace('"SGD"]', '"SGDD"]').replace("T = [10", "T = [0"))
    assert main(["study", "run", "bad.toml"]) == 2
    said = capsys.readouterr().err
    assert (
        "2 bad inputs in bad.toml" in said
        and "line 3: theorems[1] = 'SGDD'" in said
        and "line 13: " in said
    )
    assert "did you mean 'SGD'" in said


def test_the_file_says_everything(folder: Path) -> None:
    """Every batch of a run by the present code, the description readable without it."""
    main(["study", "run", "small.toml"])
    with reading(folder / "small.study") as store:
        assert (
            len({code for _, code, _ in store.batches()}) == 1
            and '"title": "Small"' in store.meta["description"]
        )
