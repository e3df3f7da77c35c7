"""Files of results: every format, merging parts, provenance."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from durable import ENVIRONMENT, ROOT
from small_studies import TARGET, small

from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.study import Results, Study, StudyError
from auxtheory.study.rerun import cell_again
from auxtheory.study.storage.file import reading
from auxtheory.study.storage.merge import merge


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
@pytest.mark.parametrize("cells", [1, 7, 20])
def test_files_are_written_slab_by_slab(
    tmp_path: Path, ending: str, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written in pieces is what is written at once; also a part of the results, and none."""
    pd = pytest.importorskip("pandas")
    results = small(engine=["exact", "numpy"], T=[4, 6], replicas=16).run()
    for part in (results, results.sel(theorem="SGD"), results.isel(T=0), results.sel(delta=[])):
        monkeypatch.setattr("auxtheory.study.results.streams.CELLS", 2**17)
        monkeypatch.setattr("auxtheory.study.results.streams.ROWS", 2**16)
        monkeypatch.setattr("auxtheory.csv_blocks.ROWS", 2**13)
        part.save(tmp_path / f"whole.{ending}")
        monkeypatch.setattr("auxtheory.study.results.streams.CELLS", cells)
        monkeypatch.setattr("auxtheory.study.results.streams.ROWS", cells)
        monkeypatch.setattr("auxtheory.csv_blocks.ROWS", cells)
        part.save(tmp_path / f"parts.{ending}")
        whole, parts = (tmp_path / f"{name}.{ending}" for name in ("whole", "parts"))
        if ending in ("nc", "zarr"):
            data = part.dataset.load()
            xr.testing.assert_identical(Results.open(parts).dataset.load(), data)
            xr.testing.assert_identical(Results.open(whole).dataset.load(), data)
        elif ending == "parquet":
            pd.testing.assert_frame_equal(pd.read_parquet(parts), pd.read_parquet(whole))
        else:
            assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("ending", ["csv", "parquet", "nc", "zarr"])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, ending: str) -> None:
    """One line for every format, and what stood there stays; in a process of its own, since HDF5
    could take it down."""
    pytest.importorskip("resource")
    path = tmp_path / f"small.{ending}"
    small().run().save(path)
    before = {entry: entry.is_file() and entry.read_bytes() for entry in tmp_path.rglob("*")}
    code = (
        "import resource, sys; sys.path[:0] = ['tests', 'tests/study']\n"
        "from pathlib import Path\n"
        "from auxtheory.study import StudyError\n"
        "from small_studies import small\n"
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


def test_a_merge_prefers_what_did_not_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And mixes no versions of the code."""
    with monkeypatch.context() as broken:
        broken.setattr("auxtheory.study.running.compute.validate.measure", lambda *a, **k: 1 / 0)
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
