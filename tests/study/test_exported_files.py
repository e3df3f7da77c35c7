"""Exported results are read when they are used, and a part that is lost or damaged is one error."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from small_studies import small

from auxtheory.study import Results, StudyError
from auxtheory.study.storage.sealed import LIST

AGAIN = "export it again from its .study file"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small study in every format that can be opened."""
    folder = tmp_path_factory.mktemp("exported")
    paths = {ending: folder / f"a.{ending}" for ending in ("study", "nc", "zarr")}
    results = small().run(paths["study"])
    for ending in ("nc", "zarr"):
        results.save(paths[ending])
    return paths


@pytest.mark.parametrize("ending", ["study", "nc", "zarr"])
def test_arrays_are_read_when_they_are_used(files: dict[str, Path], ending: str) -> None:
    """Whole or in part, with and without Dask, the same values as stored."""
    whole = Results.open(files["study"]).dataset.load()
    lazy = Results.open(files[ending])
    assert type(lazy.dataset["ratio"].variable._data).__name__ == "LazilyIndexedArray"
    assert lazy.dataset["status"].dtype == object
    key = {"delta": [2, 0], "T": slice(1, None)}
    xr.testing.assert_identical(lazy.dataset.isel(key).load(), whole.isel(key))
    assert lazy.counts == Results.open(files["study"]).counts
    pytest.importorskip("dask")
    chunked = Results.open(files[ending], chunks={"delta": 2}).dataset
    assert chunked["ratio"].chunks is not None and chunked.chunks["delta"] == (2, 1)
    xr.testing.assert_identical(chunked.compute(), whole)


def lose(path: Path) -> None:
    path.unlink()


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "message"),
    [(lose, "is missing"), (shorten, "is damaged"), (flip, r"is damaged \(checksum mismatch\)")],
)
@pytest.mark.parametrize("name", ["measured", "status", "T"])
def test_a_chunk_of_zarr_that_is_lost_or_damaged(
    files: dict[str, Path], tmp_path: Path, name: str, damage: Any, message: str
) -> None:
    """One error with its name and what to do, where Zarr would read NaN; nothing is changed."""
    path = tmp_path / "a.zarr"
    shutil.copytree(files["zarr"], path)
    chunk = next(p for p in sorted((path / name).iterdir()) if not p.name.startswith("."))
    damage(chunk)
    before = sorted(path.rglob("*"))
    with pytest.raises(StudyError, match=f"{name}/{chunk.name} {message}.*{AGAIN}"):
        Results.open(path)
    assert sorted(path.rglob("*")) == before
    small().run().save(path)
    assert Results.open(path).counts == Results.open(files["study"]).counts, (
        "saved again over the damaged one"
    )


@pytest.mark.parametrize("listed", [True, False])
def test_a_folder_of_zarr_that_changes_after_it_was_opened(
    files: dict[str, Path], tmp_path: Path, listed: bool
) -> None:
    """A lost, damaged or replaced chunk is one error, not NaN and not another study's numbers; a
    copy of the same file is fine."""
    path = tmp_path / "a.zarr"
    for damage in (lose, shorten, flip):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(files["zarr"], path)
        if not listed:
            (path / LIST).unlink()
        results = Results.open(path)
        folder = path / "measured"
        chunk = next(p for p in sorted(folder.rglob("*")) if p.is_file() and p.name[0] not in ".z")
        again = chunk.read_bytes()
        damage(chunk)
        with pytest.raises(StudyError, match=r"cannot read .*measured/.*open it again"):
            results.dataset["measured"].load()
        whole = Results.open(files["study"]).dataset
        np.testing.assert_array_equal(results.dataset["ratio"], whole["ratio"])
        chunk.write_bytes(again)
        np.testing.assert_array_equal(results.dataset["measured"], whole["measured"])
    results = Results.open(path)
    shutil.rmtree(path)
    small(delta=[0.11, 0.21, 0.31]).run().save(path)
    for name in ("measured", "ratio", "status"):
        with pytest.raises(StudyError, match="open it again"):
            results.dataset[name].load()


def test_several_files_of_zarr_and_the_list_of_them(files: dict[str, Path], tmp_path: Path) -> None:
    """They are counted; without the list, as in older files, the folder opens."""
    path = tmp_path / "a.zarr"
    shutil.copytree(files["zarr"], path)
    shutil.rmtree(path / "ratio")
    with pytest.raises(StudyError, match=r"ratio/.* is missing, and \d+ more files are lost"):
        Results.open(path)
    (path / LIST).write_text("{")
    with pytest.raises(StudyError, match="is damaged"):
        Results.open(path)
    shutil.rmtree(path)
    shutil.copytree(files["zarr"], path)
    (path / LIST).unlink()
    assert Results.open(path).counts == Results.open(files["study"]).counts


def test_a_damaged_netcdf_file_is_one_error(files: dict[str, Path], tmp_path: Path) -> None:
    """Cut anywhere, as the head says how long it is."""
    data = files["nc"].read_bytes()
    path = tmp_path / "a.nc"
    for size in np.linspace(0, len(data) - 1, 7).astype(int).tolist():
        path.write_bytes(data[:size])
        with pytest.raises(StudyError, match=r"cannot read .*a\.nc: "):
            Results.open(path).dataset.load()
