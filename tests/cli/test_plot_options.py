"""`auxtheory plot` takes the look of a figure as options, and draws all figures into one folder."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure
from tables import joined, law

from auxtheory import experiments
from auxtheory.analysis import everything as all_figures
from auxtheory.analysis import toy_table
from auxtheory.analysis.everything import NAMES, everything
from auxtheory.analysis.figures.experiment import experiment
from auxtheory.cli.parser import main
from auxtheory.errors import InputError
from auxtheory.experiments.stored import stored
from auxtheory.table import Table

STORED = Path(__file__).parents[2] / "analysis" / "results"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of two theorems over T, and the folder of the outputs."""
    table = joined(
        law("T", [10, 100, 1000], lambda T: 1 / T, lambda T: 3 / T),
        law("T", [10, 100, 1000], lambda T: 2 / T, lambda T: 4 / T, theorem="SGD", method="SGD"),
    )
    results = SimpleNamespace(open=lambda path: table)
    monkeypatch.setattr("auxtheory.study.Results", results, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


LOOK = "--width 3.4 --height 3 --label AuxMOM=ours --order SGD --no-title --svg-text"


def test_a_figure_has_the_look_of_the_options(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Size, names, order, no title; texts are text."""
    assert main(f"plot rate-vs-T my.study {LOOK} --formats svg --out a".split()) == 0
    text = (study / "a.svg").read_text()
    assert re.search(r'width="244\.8pt" height="216pt"', text)  # 72 points an inch
    written = re.findall(r"<text[^>]*>([^<]*)</text>", text)
    curves = [each.split(":")[0] for each in written if ":" in each]
    assert curves[:2] == ["SGD", "ours"] and not any("engine" in each for each in written)
    line = "plot rate-vs-T my.study --legend none --formats svg --out b"
    assert main(line.split()) == 0
    plain = (study / "b.svg").read_text()
    assert 'width="504pt"' in plain and "<text" not in plain
    assert "wrote a.svg, a.csv, a-slopes.csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        (
            "plot rate-vs-T my.study --width 1 --height x --legend up --label a --label b=1 --label b=2",
            ("width = 1", "height = 'x'", "legend = 'up'", "label = 'a'", "given twice for b"),
        ),
        ("plot rate-vs-T my.study --label S3=x", ("labels = 'S3': must be one of AuxMOM, SGD",)),
        ("plot rate-vs-T my.study --order SGD,mvr", ("order = 'mvr': must be one of",)),
        ("plot toy --T 4 --label AuxMON=x", ("did you mean 'AuxMOM'",)),
        ("plot all --only rate-vs-t", ("did you mean 'rate-vs-T'",)),
        ("plot all --only bench", ("must hold the stored numbers bench.json",)),
        ("plot all --formats gif", ("formats = 'gif'",)),
        ("plot all --out no/such", ("no/such",)),
    ],
)
def test_a_wrong_look_is_named(
    study: Path, line: str, texts: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    err = capsys.readouterr().err
    assert all(text in err for text in texts) and not list(study.iterdir())


def test_all_figures_are_written_into_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here a small one of each kind, in all formats, with its numbers; what is stored, from what is
    stored."""
    monkeypatch.setattr(all_figures, "toy_table", lambda: toy_table(T=6))
    for name in ("buffer-error.csv", "bench.json"):
        shutil.copy(STORED / name, tmp_path)
    before = (tmp_path / "buffer-error.csv").read_bytes()
    chosen = ("toy", "rate-vs-K", "buffer-error", "bench")
    only = [word for name in chosen for word in ("--only", name)]
    assert main(["plot", "all", "--out", str(tmp_path), *only]) == 0
    stems = ("toy", "rate_vs_K", "buffer-error", "bench")
    names = {f"{stem}.{ending}" for stem in stems for ending in ("png", "svg", "pdf", "csv")}
    assert {path.name for path in tmp_path.iterdir()} == {
        *names,
        "rate_vs_K-slopes.csv",
        "bench.json",
    }
    assert (tmp_path / "buffer-error.csv").read_bytes() == before
    assert str(tmp_path / "toy.pdf") in capsys.readouterr().out
    with (tmp_path / "bench.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(json.loads((tmp_path / "bench.json").read_text())["rows"])


def test_long_tables_are_written_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What varies, to 8 digits, so that a folder of all figures stays small."""
    long = law("T", range(1, 1200), lambda T: 1 / T, lambda T: 3 / T**2, L=1.0)
    monkeypatch.setitem(all_figures.STUDIES, "tightness", lambda: long)
    list(everything(tmp_path, only=["tightness"], formats=["svg"]))
    with (tmp_path / "tightness.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["T", "measured", "bound", "ratio"] and len(rows) == 1199
    assert rows[2]["measured"] == "0.33333333"


def test_what_is_drawn_is_what_there_is(tmp_path: Path) -> None:
    """Without a name, stored figures are left out where nothing is stored; arguments are checked."""
    assert {"toy", "bench", "delta-prediction", "rate-vs-delta", "mislabelled"} <= set(NAMES)
    with pytest.raises(InputError, match=r"(?s)only = 3: must be a list.*progress = 3"):
        list(everything(tmp_path, only=3, progress=3))  # type: ignore[arg-type]
    drawn = {name: all_figures._drawing(name, tmp_path) for name in NAMES}
    assert {name for name, draw in drawn.items() if draw is None} == {
        "bench",
        "bench-growth",
        *experiments.names(),
    }


def test_an_experiment_is_drawn_from_its_numbers(tmp_path: Path) -> None:
    """Rows, summary and title are those that the run printed."""
    pytest.importorskip("sklearn")
    for name in ("mislabelled", "buffer-error"):
        result = stored(experiments.settings(name), STORED / f"{name}.csv")
        printed = (STORED / f"{name}.txt").read_text(encoding="utf-8")
        column = "grad_sq" if name == "buffer-error" else "at round 60"
        assert len(result.summary) > 5
        assert all(f"{value:.4g}" in printed for value in result.summary[column])
        assert result.table.csv_text() == (STORED / f"{name}.csv").read_text(encoding="utf-8")
        assert result.heading.endswith(")") and "digits" in result.heading
        assert isinstance(experiment(result), Figure)
    # Of other data, which are not there: title and settings are those of the run.
    result = stored(experiments.settings("rotated"), STORED / "mnist" / "rotated.csv")
    assert "(mnist10k, 10,000 samples: 10 classes)" in result.heading
    assert result.settings.data == "mnist10k-images-idx3-ubyte.gz"
    printed = (STORED / "mnist" / "rotated.txt").read_text(encoding="utf-8")
    assert printed.endswith(f"\n\n{result}\n") and "the others may leave that region" in printed
    Table(({"x": 1},)).to_csv(tmp_path / "x.csv")
    with pytest.raises(InputError, match="must hold the columns case, method, grad_sq"):
        stored(experiments.settings("mislabelled"), tmp_path / "x.csv")
