"""`auxtheory study` and `auxtheory report` as typed: run, stop, go on, merge, export, show."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from study_files import TOML

from auxtheory.cli.parser import main
from auxtheory.study import Results
from auxtheory.study.storage.file import reading


def test_run_status_export_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command does what it says and exits with 0."""
    assert main(["study", "run", "small.toml"]) == 0
    said = capsys.readouterr()
    first = (
        "Small: 18 cells over theorem (2), delta (3), K (2), T (2): 18 pass; largest "
        "measured/bound 0."
    )
    assert " ".join(said.out.split()).startswith(first) and said.out.endswith(
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


def test_a_violated_bound_is_status_1(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "mine", raising=False)  # of another test
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
        (
            ["study", "run", "small.toml", "--part", "3/2"],
            "part = '3/2': must be one of 1/2 to 2/2",
        ),
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
