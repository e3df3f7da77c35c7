"""`auxtheory study cell`: one cell of a study runs again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from study_files import TOML

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.study import Results
from auxtheory.study.rerun import CellRun
from auxtheory.study.storage.file import writing
from auxtheory.study.storage.records import Words, decode, encode


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
        records = records.copy()
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


def test_a_cell_outside_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "far.toml").write_text(
        TOML.replace('title = "Small"', 'title = "Far"\nmode = "unsafe"')
        + "eta = [0.1, 50.0]\na = 0.5\n"
    )
    main(["study", "run", "far.toml"])
    capsys.readouterr()
    main(["study", "cell", "far.study", "11"])
    assert "(outside: the theorem promises nothing here" in capsys.readouterr().out
