"""The command line: what it prints, what it writes, how it fails, and what it leaves unimported."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tables import joined, law

from auxtheory import bench
from auxtheory.analysis import FIGURES
from auxtheory.cli import plot
from auxtheory.cli.parser import main
from auxtheory.table import Table
from auxtheory.theorems.lookup import theorems_named


def call(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    """(status, standard output, standard error) of `auxtheory LINE`."""
    try:
        status = main(line.split())
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_validate_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """All theorems, every noise regime, all passing."""
    status, out, _ = call(capsys, "validate --T 20 100")
    assert status == 0
    for label in ("S0 ", "S1 ", "S1-noise ", "S1-PL ", "S2 ", "S3 ", "S4 ", "S3-SGDm ", "S4-MVR "):
        assert f"\n{label}" in f"\n{out}"
    assert (
        "multiplicative noise" in out and "dense" in out and " 0 violated" in out.splitlines()[-1]
    )


def test_one_theorem_on_one_problem(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Options of the problem replace the default set; JSON holds it all."""
    file = tmp_path / "out.json"
    line = f"validate --theorem s3 --delta 0.2 --sigma-f 1 --K 4 --T 10 100 --out {file}"
    status, out, _ = call(capsys, line)
    assert status == 0 and "given" in out and "wrote" in out
    (verdict,) = json.loads(file.read_text())["verdicts"]
    assert verdict["label"] == "S3" and verdict["status"] == "pass" and len(verdict["rows"]) == 2
    status, out, _ = call(capsys, line.replace(f"--out {file}", "--json"))
    assert json.loads(out)["verdicts"][0]["engine"] == "exact"


def test_a_violation_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a theorem outside its range, where it promises nothing, 3."""
    line = (
        "validate --theorem AuxMOM --delta 1 --mu 0.001 --K 10 --T 1000 --eta 0.02 --a 0.001 "
        "--mode unsafe"
    )
    status, out, _ = call(capsys, line)
    assert (
        status == 3
        and "outside the theorem: Lη + 2δ²η²K²/a² ≤ 1: the left side is" in out
        and "1 outside" in out
    )
    line = "validate --theorem S0 --dim 1 --F0 1e-3 --sigma-f 1 --T 9 --engine numpy --replicas 2"
    status, out, _ = call(capsys, line)
    assert status == 3 and "undecided at T = 9: too few replicas" in out


def test_monte_carlo_by_seed(capsys: pytest.CaptureFixture[str]) -> None:
    """The same seed prints the same numbers, another seed others."""
    line = "validate --theorem S0 --dim 4 --sigma-f 1 --T 10 --engine numpy --replicas 16 --seed "
    outs = [call(capsys, line + seed)[1] for seed in ("1", "1", "2")]
    assert outs[0] == outs[1] != outs[2]


BAD = {
    "validate --theorem S9 --theorem auxmm --L -1 --sigma-f x --dim 2.5 --K 0 --T 1.5 --engine "
    "exat --a 2": [
        "'S9'",
        "did you mean 'AuxMOM'",
        "L = -1",
        "sigma_f = 'x'",
        "dim = 2.5",
        "K = 0",
        "T = 1.5",
        "'exat'",
        "a = 2",
    ],
    "validate --mu 2 --delta 0.1": ["mu = 2", "at most L = 1.0"],
    "validate --L inf": ["L = inf"],
    "validate --spectrum round": ["spectrum = 'round'"],
    "validate --correlation 2": ["correlation = 2", "[-1, 1]"],
    "validate --theorem S2 --delta 0.3": ["β < 1", "must be below 1"],
    "validate --theorem S3 --delta 0.3 --eta 0.1 --a 0.01": ["Lη + 2δ²η²K²/a² ≤ 1"],
    "validate --out /no/such/folder/x.json": ["/no/such/folder"],
    "validate --replicas 1 --engine numpy": ["replicas = 1"],
    "validate --speed 9": ["--speed"],
    "prove": ["prove"],
    "plot rate-vs-delta --delta-min 2 --points 1 --formats gif --K 0": [
        "points = 1",
        "'gif'",
        "K = 0",
    ],
    "plot rate-vs-delta --delta-min 2": ["must be below delta-max"],
    "plot rate-vs-delta --where K --where detla=1 --formats bmp": [
        "where = 'K': must be NAME=VALUE",
        "'bmp'",
    ],
    "plot rate-vs-K --where theorem=S3 --where detla=1": [
        "'S3': must be one of AuxMOM, AuxMVR, SGD",
        "mean 'delta'",
    ],
    "plot rate-vs-delta x.study --K 3 --seed 4": [
        "K = 3: must be left out with a study",
        "seed = 4",
    ],
    "plot phase-diagram --price 0 --c-h x": ["price = 0", "c-h = 'x'"],
    "plot toy --T 1 --zeta -1": ["T = 1", "zeta = -1"],
    "plot toy --out .": ["out = '.': must be the beginning of a file's name"],
    "validate --out .": ["out = '.': must be a file that can be written; it is a folder"],
    "validate --theorem SGD --K 5 --T 10": ["K = 5: must be 1 for SGD"],
    "validate --theorem SGD --eta 0.1 --a 0.5 --T 10": ["a = 0.5: must be left out"],
    "validate --dim 100000000000": ["dim = 100000000000"],
    f"validate --L 1{'0' * 400}": ["L = 1000"],
    f"validate --B 1{'0' * 400} --T 5": ["B = 1000"],
    "validate --engine exact --replicas x --seed -1": ["replicas = 'x'", "seed = -1"],
    "plot toy --out /no/such/folder/x": ["/no/such/folder"],
    "bench --save /no/such/folder": ["/no/such/folder"],
    "bench --group smal": ["'smal'", "did you mean 'small'"],
}


@pytest.mark.parametrize("line", BAD)
def test_bad_input_is_status_2_and_named(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """One error, every offending value, no traceback."""
    status, out, err = call(capsys, line)
    assert status == 2 and not out and "Traceback" not in err
    assert all(text in err for text in BAD[line]), err


def test_plots_write_figures_and_numbers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """PNG, SVG, PDF and the CSV behind them; the same bytes again."""
    stem = tmp_path / "rate"
    line = f"plot rate-vs-delta --points 4 --T 50 --dim 4 --out {stem}"
    assert call(capsys, line)[0] == 0
    first = {
        suffix: stem.with_suffix(suffix).read_bytes() for suffix in (".png", ".svg", ".pdf", ".csv")
    }
    assert call(capsys, line)[0] == 0
    assert first == {suffix: stem.with_suffix(suffix).read_bytes() for suffix in first}
    with stem.with_suffix(".csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["theorem"] for row in rows} == {"AuxMOM", "AuxMVR", "SGD"} and len(rows) == 12
    assert float(rows[0]["measured"]) <= float(rows[0]["bound"])
    assert b"fitted slope" in first[".svg"] or b"<path" in first[".svg"]
    assert call(capsys, f"plot toy --T 6 --formats svg --out {tmp_path / 'toy'}")[0] == 0
    assert sorted(path.name for path in tmp_path.glob("toy*")) == ["toy.csv", "toy.svg"]


def test_plots_draw_a_study_of_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cells that --where selects, single steps among them, with the slopes beside; status 1 if
    one is violated."""
    table = joined(
        *(law("T", [10, 100, 1000], lambda T: 1 / T, lambda T: 3 / T, K=K) for K in (2, 10)),
        law("T", [10, 100, 1000], lambda T: 2 / T, lambda T: 3 / T, theorem="SGD"),
    )
    opened: list[str] = []
    results = SimpleNamespace(open=lambda path: opened.append(path) or table)
    monkeypatch.setattr("auxtheory.study.Results", results, raising=False)
    line = f"plot rate-vs-T my.study --where K=10 --formats svg --out {tmp_path / 'rate'}"
    assert call(capsys, line)[0] == 0 and opened == ["my.study"]
    with (tmp_path / "rate.csv").open(encoding="utf-8") as file:
        drawn = [(row["theorem"], row["K"]) for row in csv.DictReader(file)]
    assert drawn == [("AuxMOM", "10")] * 3 + [("SGD", "1")] * 3
    with (tmp_path / "rate-slopes.csv").open(encoding="utf-8") as file:
        assert [float(row["slope"]) for row in csv.DictReader(file)] == pytest.approx([-1, -1])
    assert "K = [2, 10]: must be one value" in call(capsys, line.replace("--where K=10 ", ""))[2]
    table = Table(tuple({**row, "status": "violated"} for row in table))
    assert call(capsys, line)[0] == 1


def test_every_figure_of_a_study_has_a_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Its help; and one runs a study of its own."""
    assert tuple(plot.FIGURES) == tuple(FIGURES)
    for name in FIGURES:
        assert "STUDY" in call(capsys, f"plot {name} --help")[1]
    assert (
        call(capsys, f"plot rate-vs-F0 --where theorem=SGD --formats svg --out {tmp_path / 'F0'}")[
            0
        ]
        == 0
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["F0-slopes.csv", "F0.csv", "F0.svg"]


def test_bench_prints_and_saves(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table, and on request text, numbers and a figure; status 1 if a row is wrong. Nothing is
    timed here."""
    head = {"group": "all", "size": "d = 2", "threads": 1, "note": "", "z": 0.5}
    fine = head | {
        "variant": "NumPy, in place",
        "status": "ok",
        "M steps/s": 3.0,
        "ratio": 1.0,
        "to": "itself",
    }
    wrong = head | {"variant": "JAX", "status": "wrong", "note": "9 standard errors"}
    asked = []
    for rows, expected in (((fine,), 0), ((fine, wrong), 1)):
        report = bench.Report(bench.machine(), Table(rows))
        monkeypatch.setattr(
            bench, "run", lambda report=report, **options: asked.append(options) or report
        )
        status, out, _ = call(capsys, f"bench --quick --group small --save {tmp_path}")
        assert (
            status == expected
            and "NumPy, in place" in out
            and ("standard errors): JAX" in out) is bool(expected)
        )
    assert all(options["quick"] and options["only"] == ["small"] for options in asked)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"bench.{kind}" for kind in ("txt", "json", "png", "svg", "pdf")
    }
    assert call(capsys, "bench --quick")[1].endswith("JAX\n") and len(asked) == 3


def test_statements_and_names(capsys: pytest.CaptureFixture[str]) -> None:
    """--list prints statement, proof and source; names and labels mean the same."""
    out = call(capsys, "validate --list --theorem S4")[1]
    assert "Proof." in out and "AuxMVR" in out and "S3  " not in out
    assert theorems_named(["s3", "AuxMOM"]) == theorems_named(["AUXMOM"])


def test_help_leaves_the_heavy_libraries_out() -> None:
    """`auxtheory --help` imports nothing that would make it slow."""
    code = (
        "import sys\nfrom auxtheory.cli.parser import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'scipy', 'matplotlib', 'hypothesis', 'tqdm', 'pandas', 'numba'} & "
        "set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_package_runs_as_the_program() -> None:
    """`python -m auxtheory` says what `auxtheory` says, under the same name."""
    wrong = subprocess.run(
        [sys.executable, "-m", "auxtheory", "nonsense"], capture_output=True, text=True
    )
    assert wrong.returncode == 2 and wrong.stderr.startswith("usage: auxtheory [-h]")
    right = subprocess.run(
        [sys.executable, "-m", "auxtheory", "validate", "--list"], capture_output=True, text=True
    )
    assert right.returncode == 0 and "AuxMOM" in right.stdout
