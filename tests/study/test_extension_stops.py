"""A larger study that is stopped, merged or of an earlier version goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from durable import content
from growing_studies import counts, made

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.study import Results, StudyError, extension
from auxtheory.study.running import execution
from auxtheory.study.storage.file import reading
from auxtheory.study.storage.merge import merge

pytestmark = pytest.mark.usefixtures("in_small_batches")


def test_a_larger_study_stopped_at_any_point_goes_on(tmp_path: Path) -> None:
    """Also before its first new batch; what was there stays there, and a cell runs again from a
    batch half done."""
    path = tmp_path / "a.study"
    fresh = tmp_path / "fresh.study"
    large = made(T=[5, 9, 40], delta=[1e-3, 5e-3, 1e-2, 0.1])
    made().run(path)
    large.run(fresh)
    for stop in (made().grid.size, made().grid.size + 20):
        with pytest.raises(KeyError):
            large.run(path, progress=lambda done, _, stop=stop: {}[done] if done >= stop else None)
        assert Results.open(path).counts["pass"] >= made().grid.size
    with reading(path) as store:
        half = next(
            cells
            for cells, _, blob in store.batches()
            if 0 < np.sum(execution.unfinished(cells, blob)) < 6
        )
    found = Results.open(path)
    kept = next(row["cell"] for row in found if row["cell"] in half and row["status"] == "pass")
    assert large.cell(path, kept).identical
    lost = next(row["cell"] for row in found if row["cell"] in half and row["status"] == "missing")
    with pytest.raises(StudyError, match=f"does not hold cell {lost} yet"):
        large.cell(path, lost)
    large.run(path)
    assert content(path) == content(fresh)


def test_a_stop_while_cells_are_moved_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.study"
    made().run(path)
    before = content(path)
    moved = extension.moved

    def broken(*words: Any) -> Any:
        yield from list(moved(*words))[:2]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(execution, "moved", broken)
        with pytest.raises(KeyboardInterrupt):
            made(T=[5, 9, 40]).run(path)
    assert content(path) == before and counts(made(), path) == [made().grid.size]


@pytest.mark.parametrize("how", [{"processes": 2}, {}])
def test_parts_of_a_larger_study_are_merged(tmp_path: Path, how: dict[str, Any]) -> None:
    """One of them in a file that has the smaller study, another in a new one: batches half done are
    put together."""
    old, new, out, fresh = (tmp_path / f"{name}.study" for name in ("old", "new", "out", "fresh"))
    large = made(T=[5, 9, 40], delta=[1e-3, 1e-2, 0.1, 0.3])
    made().run(old)
    large.run(old, part=(1, 2), **how)
    large.run(new, part=(2, 2))
    large.run(fresh)
    merge(out, [old, new])
    assert content(out) == content(fresh)
    merge(old, [new])
    assert content(old) == content(fresh)


def test_a_file_of_an_earlier_version_grows(whole: Path, tmp_path: Path) -> None:
    """Its batches are run again, as ever; it is opened, and known as a part of the larger study."""
    old = Path(__file__).parents[1] / "data" / "before.study"
    for change, first in (({}, "5 batches"), ({"T": [5, 9, 40]}, "5 batches")):
        path = tmp_path / f"{len(change)}.study"
        shutil.copy(old, path)
        assert Results.open(path).counts == {"pass": made(sigma_h=0.0).grid.size}
        assert at.Study.open(path).grid.size == made(sigma_h=0.0).grid.size
        assert main(["report", str(path)]) == 0
        assert "auxtheory study cell" in path.with_suffix(".html").read_text(encoding="utf-8")
        large = made(sigma_h=0.0, **change)
        found = large.run(path)
        assert any(f"{first} come from another version of the code" in note for note in found.notes)
        assert found.counts == large.run().counts


TOML = """
theorems = ["AuxMOM", "SGD"]
[target]
mu = 0.2
dim = 4
[noise]
sigma_f = 1.0
[axes]
L = [1.0, 2.0]
delta = { from = 0.01, to = 1.0, points = POINTS }
K = [2, 5]
T = [10, 20]
"""


def test_a_study_file_grows_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A range of more points, T, L, an engine: `run` again, or `resume`; the same bytes as a fresh
    run."""
    monkeypatch.chdir(tmp_path)
    text = TOML.replace("POINTS", "4")
    Path("a.toml").write_text(text)
    main(["study", "run", "a.toml"])
    changes: list[Callable[[str], str]] = [
        lambda text: text.replace("points = 4", "points = 7"),
        lambda text: text.replace("20]", "20, 30]"),
        lambda text: text.replace("[1.0, 2.0]", "[1.0, 2.0, 4.0]"),
        lambda text: text.replace("[target]", 'engine = ["auto", "exact"]\n[target]'),
    ]
    for command, change in zip(("run", "resume", "run", "run"), changes, strict=True):
        text = change(text)
        Path("a.toml").write_text(text)
        capsys.readouterr()
        assert main(["study", command, "a.toml"]) == 0
        assert " cells were stored before, " in capsys.readouterr().out
        main(["study", "run", "a.toml", "--out", "fresh.study"])
        assert content(Path("a.study")) == content(Path("fresh.study"))
        Path("fresh.study").unlink()
    Path("a.toml").write_text(text.replace("[10, 20, 30]", "[10, 30]"))
    assert main(["study", "run", "a.toml"]) == 2
    assert "are not in this study (T = 20)" in capsys.readouterr().err
