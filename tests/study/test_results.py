"""Every cell of a study is what `validate` gives for it alone, and its results are what users of
xarray expect."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from durable import ENVIRONMENT, ROOT

from auxtheory import methods, theorems
from auxtheory.bounds.glossary import GLOSSARY, symbols
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Cosine, Logistic, Quadratic
from auxtheory.study import Results, Study, StudyError
from auxtheory.study.identity import canonical, identity
from auxtheory.study.rerun import cell_again, study_in
from auxtheory.study.storage.file import reading
from auxtheory.study.storage.merge import merge
from auxtheory.validation.validate import validate

TARGET = Quadratic(L=1.0, mu=0.2, dim=4)
NOISE = Gaussian(sigma_f=1.0)


def small(**changes: Any) -> Study:
    given: dict[str, Any] = {
        "delta": [0.01, 0.1, 1.0],
        "K": [2, 5],
        "T": [10, 20, 40],
        "title": "Small",
    }
    return Study(
        [theorems.AuxMOM(), theorems.SGD(), theorems.Naive()], TARGET, NOISE, **{**given, **changes}
    )


@pytest.fixture(scope="module")
def results() -> Results:
    return small().run()


def test_dimensions_labels_and_units(results: Results) -> None:
    """Axes of several values are dimensions in the order given, the others labels; units are those
    of the glossary."""
    found = results.dataset
    assert dict(found.sizes) == {"theorem": 3, "delta": 3, "K": 2, "T": 3}
    assert found["theorem"].values.tolist() == ["AuxMOM", "SGD", "Naive"]
    assert found["label"].values.tolist() == ["S3", "S0", "S2"] and found["B"].item() == np.inf
    assert found["delta"].attrs["units"] == str(GLOSSARY["delta"].unit)
    assert found["measured"].attrs["units"] == "F^2·X^-2"
    assert {"auxtheory", "numpy", "python", "processor", "code", "created"} <= set(
        results.provenance
    )
    assert (
        results.theorems[0]["statement"].startswith("AuxMOM, m ←")
        and results.theorems[2]["assumptions"]
    )


def test_selection_is_that_of_xarray(results: Results) -> None:
    """sel by label, isel by position; what comes out is still a table of rows."""
    part = results.sel(theorem="AuxMOM", K=5).isel(T=-1)
    assert (
        part["delta"].tolist() == [0.01, 0.1, 1.0]
        and set(part["T"]) == {40}
        and set(part["theorem"]) == {"AuxMOM"}
    )
    assert (
        part["measured"].tolist() == results.where(theorem="AuxMOM", K=5, T=40)["measured"].tolist()
    )
    assert len(results.sel(delta=0.0102, method="nearest")) == (2 + 1 + 2) * 3
    assert set(results.sel(K=5).where(theorem="SGD")["K"]) == {1}, (
        "SGD has no local steps, whatever K is"
    )
    assert np.array_equal(
        results.sel(K=2, theorem="SGD")["measured"], results.sel(K=5, theorem="SGD")["measured"]
    )
    assert results.sel(theorem=["SGD"]).theorems[0]["name"] == "SGD"
    assert len(results.isel(theorem=0, delta=0, K=0, T=0)) == 1


def test_a_frame_has_a_row_a_cell(results: Results) -> None:
    frame = results.to_pandas()
    assert len(frame) == len(results) == 18 + 9 + 18
    assert frame["cell"].is_unique and sorted(frame["cell"]) == list(range(45))
    outside = frame[frame["status"] == "outside"]
    assert set(outside["theorem"]) == {"Naive"} and outside["measured"].isna().all()
    assert (outside["known_beta"] >= 1).all()
    xr.testing.assert_identical(results.to_xarray(), results.dataset)


def alone(study: Study, row: Any) -> Any:
    """One row by `validate`."""
    theorem = next(t for t in study.theorems if t.name == row["theorem"])
    target = dataclasses.replace(TARGET, mu=row.get("mu", 0.2))
    pair = target.with_helper(row["delta"], row.get("zeta", 0.0), **study.helper)
    noise = dataclasses.replace(NOISE, s=row.get("s", 0.0))
    given = {"eta": row["eta"], "mode": study.mode} if "eta" in study.axes else {}
    given |= {"a": row["a"]} if given and theorem.method.uses_a else {}
    return validate(theorem, pair, noise, K=row["K"], T=row["T"], B=row.get("B", np.inf), **given)


@pytest.mark.parametrize(
    "changes",
    [
        {"mu": [0.1, 0.2], "zeta": 0.5, "delta": [0.01, 0.15]},
        {"B": [4, np.inf], "K": 3, "T": [7, 9]},
        {"s": [0.0, 0.05], "T": 20},
        {"helper": {"gap": "uniform", "rotation": 1}, "delta": [0.01, 0.1], "T": 12},
        {"eta": [0.01, 0.1, 0.4], "a": [0.2, 1.0], "delta": 0.1},
        {"eta": [0.01, 0.1, 5.0], "a": [0.2, 1.0], "delta": 0.1, "mode": "unsafe", "T": [20, 10]},
    ],
)
def test_cells_equal_validate(changes: dict[str, Any]) -> None:
    """Whatever the axes, each row that was run is what `validate` says of that case alone."""
    study = small(**changes)
    rows = [row for row in study.run() if not np.isnan(row["measured"])]
    assert len(rows) > 5
    for row in rows[:: max(1, len(rows) // 12)]:
        verdict = alone(study, row)
        (single,) = verdict.table
        for name in ("eta", "measured", "bound", "ratio", "share", "calls_r", "calls_h"):
            assert row[name] == pytest.approx(single[name], rel=1e-9), name
        assert row["dominant"] == single["dominant"] and row["engine"] == verdict.engine
        if row["status"] != "outside":
            assert row["status"] == verdict.status and row["mode"] == (study.mode or verdict.mode)


def test_steps_outside_the_range_promise_nothing() -> None:
    """Mode theorem leaves those cells out; mode unsafe measures them, and says so by their
    status."""
    axes: dict[str, Any] = {"eta": [0.1, 0.9, 5.0], "a": 1.0, "delta": 0.1, "K": 2, "T": 20}
    within = Study([theorems.AuxMOM()], TARGET, NOISE, **axes).run()
    beyond = Study([theorems.AuxMOM()], TARGET, NOISE, **axes, mode="unsafe").run()
    assert within["status"].tolist() == ["pass", "pass", "outside"] == beyond["status"].tolist()
    assert np.isnan(within["measured"][2]) and beyond["measured"][2] > 1e3
    assert within["measured"][:2] == pytest.approx(beyond["measured"][:2], rel=1e-12)


def test_single_runs_by_seed_and_engine() -> None:
    """Seeds and engines are axes: each cell is a run of its own, the exact one the mean of all
    seeds."""
    axes: dict[str, Any] = {
        "delta": 0.1,
        "K": 2,
        "T": 30,
        "seed": range(6),
        "engine": ["exact", "numpy"],
    }
    found = Study([theorems.AuxMOM()], TARGET, NOISE, replicas=8, **axes).run()
    assert dict(found.dataset.sizes) == {"theorem": 1, "seed": 6, "engine": 2}
    exact, sampled = (found.where(engine=name)["measured"] for name in ("exact", "numpy"))
    assert len(set(exact)) == 1 and len(set(sampled)) == 6
    assert np.mean(sampled) == pytest.approx(exact[0], abs=4 * np.std(sampled) / np.sqrt(6))
    assert set(found["replicas"]) == {0, 8}


@pytest.mark.parametrize(
    ("target", "noise", "axes"),
    [
        (
            Cosine(L=1.0, dim=3),
            RandomSign(),
            {"delta": [0.05, 0.1], "sigma_f": [0.1, 1.0], "F0": [0.5, 0.9]},
        ),
        (Cosine(L=1.0, dim=3).with_helper(0.1), NOISE, {"sigma_h": [0.0, 0.1]}),
        (
            Logistic(features=np.eye(4)[:, :3], labels=np.array([0, 1, 0, 1]), l2=0.1),
            NOISE,
            {"delta": [0.0, 0.01]},
        ),
        (Quadratic(L=2.0, mu=0.5, dim=3).with_helper(0.1), None, {}),
    ],
)
def test_every_kind_of_target(target: Any, noise: Any, axes: dict[str, Any]) -> None:
    axes = {"K": 2, "T": [10, 20], "engine": "exact" if noise is None else "numpy", **axes}
    study = Study([theorems.AuxMOM(), theorems.SGD()], target, noise, replicas=16, **axes)
    found = study.run()
    assert set(found["status"]) <= {"pass", "undecided"} and not found.errors
    assert len(found) == 2 * int(
        np.prod([len(values) for values in axes.values() if isinstance(values, list)])
    )


def test_minibatches_of_a_pair() -> None:
    f = Logistic(
        features=np.random.default_rng(0).standard_normal((12, 3)), labels=np.arange(12) % 2, l2=0.1
    )
    pair = f.with_helper(0.01)
    found = Study(
        [theorems.AuxMOM()],
        pair,
        Minibatch(pair=pair, batch=2),
        K=2,
        T=10,
        replicas=16,
        seed=[0, 1],
        engine="numpy",
    ).run()
    assert not found.errors and set(found["engine"]) == {"numpy"}


def test_a_target_has_the_axes_that_it_can_have() -> None:
    with pytest.raises(InputError, match="axis = 'mu'"):
        Study([theorems.AuxMOM()], Cosine(L=1.0, dim=3), mu=[0.1], K=1, T=1)
    with pytest.raises(InputError, match="axis = 'delta'"):
        Study([theorems.AuxMOM()], TARGET.with_helper(0.1), delta=[0.1], K=1, T=1)


def test_what_is_wrong_with_steps_helpers_and_names_is_told_together() -> None:
    with pytest.raises(InputError) as caught:
        Study(
            [theorems.AuxMOM(), theorems.AuxMOM()],
            TARGET,
            NOISE,
            eta=[0.1, 0.1],
            K=1,
            T=1,
            mode="tuned",
            helper={"gap": "sings"},
            false_alarm=2.0,
        )  # type: ignore[arg-type]
    for text in (
        "'AuxMOM': must not occur twice",
        "eta = [0.1, 0.1]: must not hold",
        "mode tuned",
        "a = None",
        "false_alarm = 2",
    ):
        assert text in str(caught.value), text
    with pytest.raises(InputError, match="'sings'"):
        small(helper={"gap": "sings"})
    with pytest.raises(InputError, match="with_helper"):
        small(helper={"gpa": "signs"})
    with pytest.raises(InputError, match="eta = None: must be an axis in mode unsafe"):
        small(mode="unsafe")
    with pytest.raises(InputError, match="must be left out, since no method has momentum"):
        Study([theorems.SGD()], TARGET, eta=0.1, a=0.5, K=1, T=1)


def test_a_failing_cell_says_why_and_keeps_to_itself() -> None:
    """μ > L in one cell, a bound that raises in another: their neighbours have their numbers."""
    study = Study(
        [theorems.SGD()], Quadratic(L=1.0, mu=0.1, dim=3), NOISE, mu=[0.1, 0.9, 2.0], K=1, T=[5, 6]
    )
    found = study.run()
    assert found["status"].tolist() == ["pass"] * 4 + ["failed"] * 2 or found.counts == {
        "pass": 4,
        "failed": 2,
    }
    assert set(found.where(status="failed")["mu"]) == {2.0}
    assert list(found.errors) == ["mu = [2.]: must be at most L = 1.0"]

    def bound(c: Any, s: Any) -> float:
        if c.sigma_f > 1:
            raise ZeroDivisionError("by zero")
        return float("nan") if c.sigma_f == 0.5 else 10.0

    claim = theorems.claim(bound, like=theorems.SGD(), check_units=False, name="Mine")
    mine = Study([claim], TARGET, sigma_f=[0.1, 0.5, 1.0, 2.0], eta=0.1, K=1, T=5).run()
    assert mine["status"].tolist() == ["pass", "failed", "pass", "failed"]
    assert "raised ZeroDivisionError: by zero" in mine["error"][3] and "nan" in mine["error"][1]


def test_an_engine_that_refuses_says_so_once() -> None:
    found = Study(
        [theorems.AuxMOM()], Cosine(L=1.0, dim=2), delta=[0.1, 0.2], K=1, T=5, engine="exact"
    ).run()
    assert found.errors == {"exact needs a quadratic pair, and CosinePair is not one": 2}
    assert found.counts == {"failed": 2}


@pytest.mark.parametrize("ending", ["csv", "parquet", "nc", "zarr"])
def test_every_format_comes_back(results: Results, tmp_path: Path, ending: str) -> None:
    """By dimension: identical, attributes and all. By row: the same frame."""
    pd = pytest.importorskip("pandas")
    path = tmp_path / f"small.{ending}"
    results.save(path)
    results.save(path)  # over the first
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    if ending in ("nc", "zarr"):
        xr.testing.assert_identical(Results.open(path).dataset, results.dataset)
        pd.testing.assert_frame_equal(Results.open(path).to_pandas(), results.to_pandas())
    elif ending == "parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(path), results.to_pandas(), check_dtype=False)
    else:
        read = pd.read_csv(path, keep_default_na=True)
        assert np.array_equal(read["measured"], results["measured"], equal_nan=True), "every digit"


@pytest.mark.parametrize("ending", ["csv", "parquet", "nc", "zarr"])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, ending: str) -> None:
    """One line for every format, and what stood there stays; in a process of its own, since HDF5
    could take it down."""
    pytest.importorskip("resource")
    path = tmp_path / f"small.{ending}"
    small().run().save(path)
    before = {entry: entry.is_file() and entry.read_bytes() for entry in tmp_path.rglob("*")}
    code = (
        "import resource, sys; sys.path.insert(0, 'tests')\n"
        "from test_study_results import Path, StudyError, small\n"
        "results = small().run()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))\n"
        "try:\n    results.save(Path(sys.argv[1]))\nexcept StudyError as error:\n    print(error)"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.stderr, done.returncode, done.stdout.count("\n")) == ("", 0, 1), done.stderr
    assert done.stdout.startswith(f"cannot write {path}: ") and done.stdout.endswith(
        "larger than the system allows\n"
    )
    assert {
        entry: entry.is_file() and entry.read_bytes() for entry in tmp_path.rglob("*")
    } == before


def test_formats_that_are_none(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"must be one of .csv, .parquet, .nc, .zarr"):
        results.save(tmp_path / "a.xls")
    with pytest.raises(OSError, match="there is no folder"):
        results.save(tmp_path / "none" / "a.csv")
    monkeypatch.setattr("auxtheory.study.results.export.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'auxtheory\[export\]'"):
        results.save(tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())


def test_files_that_hold_no_study(tmp_path: Path) -> None:
    (tmp_path / "text.study").write_text("no database")
    xr.Dataset({"x": 1.0}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with sqlite3.connect(tmp_path / "other.study") as other:
        other.execute("CREATE TABLE t (x)")
    for name, text in (
        ("text.study", "not a database"),
        ("other.study", "another SQLite file"),
        ("other.nc", "is not a study"),
        ("none.study", "there is no such file"),
    ):
        with pytest.raises(StudyError, match=text):
            Results.open(tmp_path / name)


def test_a_studys_file_says_how_to_make_it_again(tmp_path: Path) -> None:
    """Library theorems, claims by formula, every kind of axis; a function of the user's own has to
    be brought along."""
    L, eta, F0, T, sigma_f = symbols("L eta F0 T sigma_f")
    bound = 2 * F0 / (eta * T) + L * eta * sigma_f**2
    mine = theorems.claim(bound, method=methods.SGD, step_range=[L * eta <= 1], name="Mine")
    study = Study(
        [mine, theorems.AuxMOM()],
        TARGET,
        NOISE,
        eta=[0.1, 0.5],
        a=1.0,
        delta=[1e-3, 0.1 + 0.2],
        K=2,
        T=[3, 5],
        mode="unsafe",
        helper={"gap": "uniform"},
        B=[2, np.inf],
        title="It's mine",
    )
    study.run(tmp_path / "x.study")
    with reading(tmp_path / "x.study") as store:
        again = study_in(store, (), Study)
    assert (
        identity(again) == identity(study)
        and again.title == study.title
        and again.several == study.several
    )
    own = theorems.claim(lambda c, s: 10.0, like=theorems.SGD(), check_units=False)
    Study([own], TARGET, NOISE, eta=0.1, K=1, T=3).run(tmp_path / "y.study")
    with (
        reading(tmp_path / "y.study") as store,
        pytest.raises(StudyError, match="does not hold the theorem Claim: "),
    ):
        study_in(store, (), Study)


def test_a_cell_is_run_again_with_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "x.study"
    small().run(path)
    with reading(path) as store:
        again = cell_again(store, small(), 7)
        with pytest.raises(InputError, match="cell = 45: must be a whole number of at most 44"):
            cell_again(store, small(), 45)
    assert again.identical and again.stored == small().run().where(cell=7)["measured"][0]
    assert again.verdict.table["measured"][0] == pytest.approx(again.stored, rel=1e-9)
    assert "the same bits" in str(again)


def test_parts_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three parts of the batches on three machines, in one file: what one run gives, bit for
    bit."""
    monkeypatch.setattr("auxtheory.study.plan.BATCH_SECONDS", 1e-4)
    whole = small().run(tmp_path / "whole.study")
    parts = [tmp_path / f"{i}.study" for i in (1, 2, 3)]
    for i, path in enumerate(parts, start=1):
        part = small().run(path, part=(i, 3))
        assert 0 < part.counts["missing"] < 45
    count, notes = merge(tmp_path / "out.study", parts)
    assert count > 3 and not notes
    merged = Results.open(tmp_path / "out.study")
    xr.testing.assert_equal(merged.dataset, whole.dataset)
    small(delta=0.1).run(tmp_path / "other.study")
    with pytest.raises(StudyError, match=r"other.study: it holds another study"):
        merge(tmp_path / "out.study", [tmp_path / "other.study"])


def test_another_study_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "x.study"
    small().run(path)
    with pytest.raises(
        StudyError, match=r"holds another study \(other axis seed, axis delta, noise: at"
    ):
        Study(
            small().theorems,
            TARGET,
            Gaussian(sigma_f=2.0),
            delta=[0.5],
            K=[2, 5],
            T=[10, 20, 40],
            seed=1,
        ).run(path)
    assert Results.open(path).counts == small().run().counts


def test_provenance_tells_every_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that goes on with another NumPy says so, once."""
    path = tmp_path / "x.study"
    first = small().run(path, part=(1, 2)).provenance
    there = {**first, "numpy": "99.0"}
    monkeypatch.setattr("auxtheory.study.description.machine", lambda: there)
    for _ in range(2):
        assert small().run(path).provenance["numpy"] == f"{first['numpy']}, then 99.0"
    assert small().run(path).provenance["created"] == first["created"]


def double(x: float) -> float:
    return 2 * x


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (1, 1.0),
        (True, 1),
        ("1", 1),
        ([1, 2], [2, 1]),
        (float("nan"), float("inf")),
        (1j, 2j),
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), -np.zeros(2)),
        (lambda x: x + 1, lambda x: x + 2),
        (TARGET, dataclasses.replace(TARGET, mu=0.21)),
        (Gaussian(sigma_f=1.0), RandomSign(sigma_f=1.0)),
        (theorems.AuxMOM(), theorems.AuxMVR()),
        ({"a": 1}, {"a": 2}),
        (frozenset({1}), frozenset({2})),
        (np.sin, np.cos),
        (double, lambda x: x),
        (lambda *, c=1.0: c, lambda *, c=2.0: c),
    ],
)
def test_different_things_have_different_digests(one: Any, other: Any) -> None:
    assert json.dumps(canonical(one)) != json.dumps(canonical(other))


def test_equal_things_have_equal_digests() -> None:
    """Also after cached properties have been asked for, and for functions of the same text."""

    def make() -> Any:
        return theorems.claim(lambda c, s: 3.0, like=theorems.SGD(), check_units=False)

    assert canonical(make()) == canonical(make())
    f = Logistic(features=np.eye(3), labels=np.array([0, 1, 0]), l2=0.1)
    before = canonical(f)
    _ = f.minimum
    assert canonical(f) == before and canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


def test_a_cell_does_not_depend_on_longer_runs() -> None:
    """What diverges by round 400 has not diverged at round 3; multiplicative noise leaves the mode
    of the steps."""
    axes: dict[str, Any] = {"eta": 10.0, "a": 1.0, "delta": 0.1, "K": 2, "mode": "unsafe"}
    for engine in ("exact", "numpy"):
        found = Study(
            [theorems.AuxMOM()], TARGET, NOISE, T=[3, 400], engine=engine, replicas=4, **axes
        ).run()
        assert (found["diverged"] > 0).tolist() == [False, True]
    assert set(small(s=[0.0, 0.05], T=10).run().where(theorem="AuxMOM")["mode"]) == {"tuned"}


@pytest.mark.parametrize("title", ["a\0b", "a\nb", "\x85", "\ud800", 3])
def test_a_title_is_a_line_of_text(title: Any) -> None:
    """What the formats of others cannot keep is told with the other complaints."""
    with pytest.raises(InputError) as caught:
        small(title=title, replicas=0)
    assert f"title = {title!r}: must be a text without control characters" in str(caught.value)
    assert "2 bad inputs" in str(caught.value)


def test_axes_of_any_kind() -> None:
    """Lists, tuples, ranges, arrays (of no dimension too), a pandas Series, an xarray DataArray."""
    pd = pytest.importorskip("pandas")
    for axis in (
        [0.1, 0.2],
        (0.1, 0.2),
        np.array([0.1, 0.2]),
        pd.Series([0.1, 0.2]),
        xr.DataArray([0.1, 0.2]),
    ):
        assert small(delta=axis, K=2, T=np.array(5)).axes["delta"] == (0.1, 0.2)
    assert small(T=np.array(5)).axes["T"] == (5,) and "T" not in small(T=np.array(5)).several
    assert len(small(delta=np.linspace(0, 1, 30_000), K=2, T=5).axes["delta"]) == 30_000


def test_grids_belong_on_axes() -> None:
    """Arrays inside the target, its pair or the noise would be paired off with the axes."""
    with pytest.raises(InputError) as caught:
        Study(
            [theorems.AuxMOM()],
            Quadratic(L=np.array([1.0, 2.0]), dim=2),
            Gaussian(sigma_f=[0.0, 1.0]),
            K=1,
            T=1,
        )
    for text in (
        "L = [1., 2.]: must be one number",
        "sigma_f = [0., 1.]: must be one number; several belong on",
    ):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="must be a single pair"):
        Study([theorems.AuxMOM()], TARGET.with_helper([0.1, 0.2]), K=1, T=1)


def test_one_is_one(tmp_path: Path) -> None:
    """1 and 1.0 are the same study, a list of one has the same cells; another helper is another
    study, by name."""
    small(delta=1, replicas=np.int64(16)).run(tmp_path / "x.study")
    small(delta=1.0, replicas=16).run(tmp_path / "x.study")
    assert small(delta=[1.0], replicas=16).run(tmp_path / "x.study").dataset.sizes["delta"] == 1
    with pytest.raises(
        StudyError, match=r"\(other helper: {} in the file, {'gap': 'uniform'} in this study\)"
    ):
        small(delta=[1.0], replicas=16, helper={"gap": "uniform"}).run(tmp_path / "x.study")


def test_results_are_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = small().run("x.study")
    monkeypatch.chdir("/")
    assert found.counts == small().run().counts


class Larger(theorems.AuxMOM):
    """1.1 times the bound, by super()."""

    def value(self, constants: Any, steps: Any) -> Any:
        return 1.1 * super().value(constants, steps)


def test_a_theorem_that_asks_its_parent_has_a_digest() -> None:
    study = Study([Larger()], TARGET, NOISE, delta=0.1, K=2, T=5)
    assert identity(study) == identity(Study([Larger()], TARGET, NOISE, delta=0.1, K=2, T=5))
    assert study.run()["bound"][0] == pytest.approx(
        1.1 * small(delta=0.1, K=2, T=5).run()["bound"][0]
    )


def test_a_merge_prefers_what_did_not_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And mixes no versions of the code."""
    with monkeypatch.context() as broken:
        broken.setattr("auxtheory.study.running.compute.validation.measure", lambda *a, **k: 1 / 0)
        assert small().run(tmp_path / "a.study").counts["failed"] == 39
    small().run(tmp_path / "b.study")
    merge(tmp_path / "out.study", [tmp_path / "a.study", tmp_path / "b.study"])
    assert Results.open(tmp_path / "out.study").counts == small().run().counts
    with monkeypatch.context() as older:
        older.setattr("auxtheory.study.running.execution.code_version", lambda: "0.0.1+old")
        older.setattr("auxtheory.study.description.code_version", lambda: "0.0.1+old")
        small().run(tmp_path / "old.study")
    with pytest.raises(StudyError, match=r"old.study: another version of the code ran it"):
        merge(tmp_path / "both.study", [tmp_path / "b.study", tmp_path / "old.study"])


def test_nothing_selected_is_an_empty_table(results: Results) -> None:
    none = results.sel(theorem=[])
    assert len(none) == 0 and len(none.to_pandas()) == 0 and str(none) and none.counts == {}


def test_nearest_values_beside_a_theorem(results: Results) -> None:
    """Names have no nearest one, so they are selected exactly."""
    assert set(results.sel(theorem="AuxMOM", delta=0.09, method="nearest")["delta"]) == {0.1}


def test_what_is_said_of_a_claim_is_its_own() -> None:
    """No statement of the base class or of the theorem that it comes from."""

    class Mine(theorems.AuxMOM):
        pass

    claim = theorems.claim(10.0, like=theorems.SGD(), name="Ten")
    found = Study([claim, Mine()], TARGET, NOISE, eta=0.1, a=0.5, K=1, T=3).run()
    assert [theorem["statement"] for theorem in found.theorems] == ["", ""]


def test_the_definition_is_python(results: Results) -> None:
    import auxtheory as at

    again = eval(results.definition, {"at": at, "np": np})
    assert identity(again) == identity(small()) and again.title == "Small"
    infinite = small(B=[1, np.inf])
    assert identity(eval(infinite.run().definition, {"at": at, "np": np})) == identity(infinite)


def test_cells_that_fail_alike_are_told_together() -> None:
    def bound(c: Any, s: Any) -> float:
        raise ZeroDivisionError("by zero")

    claim = theorems.claim(bound, like=theorems.SGD(), check_units=False, name="Mine")
    found = Study([claim], TARGET, sigma_f=np.linspace(0.1, 1, 12), eta=0.1, K=1, T=5).run()
    assert found.totals.failures == [
        "12 cells failed: bound(c, s) raised ZeroDivisionError: by zero"
    ]
    many = Study(
        [theorems.SGD()], Quadratic(L=1.0, mu=0.1, dim=3), mu=np.linspace(2, 3, 12), K=1, T=5
    ).run()
    assert (
        len(many.totals.failures) == 11 and many.totals.failures[-1] == "… and for 2 more reasons"
    )


def test_it_prints_short(results: Results) -> None:
    """A line of summary, then rows of both ends."""
    lines = str(results).splitlines()
    assert lines[0].startswith(
        "Small: 45 cells over theorem (3), delta (3), K (2), T (3): 39 pass, 6 outside; largest"
    )
    assert len(lines) == 2 + 24 + 1 and "more rows" in lines[14]
    assert "xarray" in results._repr_html_()
