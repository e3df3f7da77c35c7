"""Results are read batch by batch when they are used: the same values as all at once, in bounded
memory."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from durable import altered
from small_studies import small

from auxtheory import theorems
from auxtheory.errors import StudyError
from auxtheory.problems import Quadratic
from auxtheory.study import Results, Study, plan
from auxtheory.study.results import cell_arrays
from auxtheory.study.results.dataset import dataset
from auxtheory.study.results.summary import summarise
from auxtheory.study.storage import reader
from auxtheory.study.storage.file import reading
from auxtheory.study.storage.records import (
    COUNTS,
    MEASURED,
    NUMBERS,
    SAID,
    TEXTS,
    Words,
    blank,
    decode,
    merged,
)
from auxtheory.validation.error_control import statuses


def at_once(path: Path) -> dict[str, Any]:
    """Every variable of a study's file as one array, read in the obvious way."""
    with reading(path) as store:
        description = json.loads(store.meta["description"])
        records = blank(sum(prod(theorem["shape"]) for theorem in description["theorems"]))
        words = Words()
        for cells, _, blob in store.batches():
            records[cells.start : cells.stop] = merged(*decode(blob), words)
    texts = np.array(list(words), dtype=object)
    columns: dict[str, Any] = {name: records[name] for name in (*NUMBERS, *COUNTS)}
    columns |= {name: texts[records[name]] for name in TEXTS}
    measured = records["state"] == MEASURED
    status = np.full(len(records), "", dtype=object)
    status[measured] = statuses(records["p"][measured], description["false_alarm"])
    for state, name in SAID.items():
        status[records["state"] == state] = name
    columns |= {"status": status, "cell": np.arange(len(records))}
    return stacked(columns, description)


def stacked(columns: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """Every column with the theorems as first dimension."""
    order = description["order"]
    axes = description["axes"]
    full = [len(axes[name]) for name in order]
    several = [len(axes[name]) for name in axes if name in description["several"]]
    first = 0
    parts = dict[str, list[Any]]({name: [] for name in (*columns, "local_steps")})
    for theorem in description["theorems"]:
        last = first + prod(theorem["shape"])
        cells = {
            name: column[first:last].reshape(theorem["shape"]) for name, column in columns.items()
        }
        K = [1] if "K" in theorem["ignores"] else axes["K"]
        cells["local_steps"] = np.reshape(K, [-1 if name == "K" else 1 for name in order])
        for name, column in cells.items():
            whole = np.broadcast_to(column, full)
            parts[name].append(np.transpose(whole, [order.index(name) for name in axes]))
        first = last
    return {name: np.stack(part).reshape([len(part), *several]) for name, part in parts.items()}


def steps_of_several_kinds() -> Study:
    """Step sizes, T before the other axes, and a theorem that ignores K."""
    known = [theorems.AuxMOM(), theorems.SGD()]
    target = Quadratic(L=1.0, mu=0.1, dim=4)
    return Study(
        known, target, T=[3, 5], eta=[0.1, 0.2, 9.0], a=[0.1, 0.5], K=[2, 5, 9], delta=[0.1, 0.4]
    )


STUDIES = {
    "all": small,
    "one theorem": lambda: Study(
        [theorems.AuxMVR()], Quadratic(L=1.0, dim=4), K=2, T=[3, 4], delta=[0.1, 0.2, 0.4]
    ),
    "one cell": lambda: Study([theorems.SGD()], Quadratic(L=1.0, dim=4), T=4),
    "steps": steps_of_several_kinds,
    "sampled": lambda: small(engine="numpy", K=2, T=[4, 6], seed=[0, 1]),
}


def selections(sizes: list[int]) -> list[tuple[Any, ...]]:
    """Everything, then slices, indices and lists of indices."""
    rng = np.random.default_rng(0)

    def one(size: int) -> Any:
        step = int(rng.choice([1, 2, -1]))
        kinds = [slice(None, None, step), int(rng.integers(size)), rng.integers(size, size=3)]
        return kinds[rng.integers(3)]

    return [
        (slice(None),) * len(sizes),
        *(tuple(map(one, sizes)) for _ in range(6)),
    ]


def check_same(found: Any, values: Any, key: tuple[Any, ...]) -> None:
    """That a selection has the bits of NumPy's."""
    for axis in reversed(range(len(key))):
        values = np.asarray(values[(slice(None),) * axis + (key[axis],)], dtype=values.dtype)
    assert found.dtype == values.dtype and found.shape == values.shape
    if found.dtype == object:
        assert found.tolist() == values.tolist()
    else:
        assert found.tobytes() == values.tobytes()


@pytest.mark.parametrize("kind", STUDIES)
@pytest.mark.parametrize("part", [(1, 1), (2, 3)])
@pytest.mark.usefixtures("in_small_batches")
def test_lazy_variables_are_those_read_at_once(
    tmp_path: Path, kind: str, part: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, whole and selected, also where cells are missing, from the file and from
    memory."""
    path = tmp_path / "a.study"
    STUDIES[kind]().run(path, part=part)
    expected = at_once(path)
    for data in (Results.open(path).dataset, STUDIES[kind]().run(part=part).dataset):
        for name in data.data_vars:
            values = expected[str(name)]
            variable = data[name]
            assert type(variable.variable._data).__name__ == "LazilyIndexedArray"
            for share in (0.0, 2.0):  # by reading everything, and by batches
                monkeypatch.setattr(cell_arrays, "SHARE", share)
                for key in selections([*values.shape]):
                    indexers = dict(zip(data.dims, key, strict=True))
                    check_same(variable.isel(indexers).values, values, key)
            codes = cell_arrays.coded(variable.isel(theorem=0).variable)
            assert (codes is None) is (values.dtype != object)
            if codes is not None:
                texts = [codes[1][code] for code in codes[0].ravel().tolist()]
                assert texts == np.ravel(values[0]).tolist()


@pytest.mark.usefixtures("in_small_batches")
def test_lazy_variables_can_be_sent_and_cut_into_chunks(tmp_path: Path) -> None:
    """To other processes, and as arrays of Dask."""
    pytest.importorskip("dask")
    path = tmp_path / "a.study"
    small().run(path)
    lazy = Results.open(path).dataset
    sent = pickle.loads(pickle.dumps(lazy))
    with reading(path) as store:
        chunked = dataset(store, chunks={"delta": 1})
    assert chunked.chunks["delta"] == (1, 1, 1)
    whole = lazy.load()
    assert sent.identical(whole) and chunked.compute(scheduler="threads").identical(whole)


@pytest.mark.usefixtures("in_small_batches")
def test_a_file_that_changes_after_it_was_opened(tmp_path: Path, monkeypatch: Any) -> None:
    """What is not as it was is one error; what is stored later does not count."""
    monkeypatch.setattr(reader, "CACHE", 0)
    path = tmp_path / "a.study"
    small().run(path, part=(1, 2))
    first = Results.open(path).dataset
    missing = int(np.sum(first["status"].values == "missing"))
    small().run(path)
    assert int(np.sum(first["status"].values == "missing")) == missing
    assert int(np.sum(np.isnan(first["measured"].values))) >= missing
    altered(path, "UPDATE batches SET records = records || x'00' WHERE start = 0")
    with pytest.raises(
        StudyError, match=r"cells 0–\d+ were changed or damaged since it was opened"
    ):
        first["measured"].load()
    assert Results.open(path).counts["missing"] > 0, "the damaged batch counts as not run"
    small(delta=0.5).run(tmp_path / "b.study")
    (tmp_path / "b.study").replace(path)
    with pytest.raises(StudyError, match="it now holds another study"):
        first["measured"].load()
    path.unlink()
    with pytest.raises(StudyError, match=r"cannot read .*a\.study"):
        first["measured"].load()


# Memory.
def exact_cells(points: int) -> Study:
    """200 exact cells for each point, in one call."""
    return Study(
        [theorems.ExactCorrection()],
        Quadratic(L=1.0, dim=1),
        delta=np.linspace(0.001, 1, points),
        eta=np.linspace(0.001, 0.1, 20),
        K=2,
        T=list(range(1, 11)),
        mode="unsafe",
    )


def peak(function: Any) -> int:
    """The largest number of bytes that Python has allocated while a function runs."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_reading_and_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the cells: the bytes a cell of the summary, of opening, of a column, of a stored
    run and of one in memory."""
    monkeypatch.setattr(plan, "MAX_CELLS", 2**10)
    monkeypatch.setattr(reader, "CACHE", 2**16)
    bytes_a_cell = dict[str, float]()
    paths = {points: tmp_path / f"{points}.study" for points in (20, 120)}
    exact_cells(10).run()

    def opened(path: Path) -> None:
        with reading(path) as store:
            dataset(store)

    def summarised(path: Path) -> None:
        with reading(path) as store:
            summarise(store)

    def column(path: Path) -> None:
        Results.open(path).dataset["measured"].load()

    for name, work in {
        "stored run": lambda path: exact_cells(int(path.stem)).run(path),
        "run in memory": lambda path: exact_cells(int(path.stem)).run(),
        "summary": summarised,
        "opened": opened,
        "column": column,
    }.items():
        small_peak, large_peak = (peak(lambda work=work, p=p: work(p)) for p in paths.values())
        bytes_a_cell[name] = (large_peak - small_peak) / (200 * 100)
    limits = {"stored run": 5, "run in memory": 100, "summary": 16, "opened": 16, "column": 24}
    assert not [name for name in limits if bytes_a_cell[name] > limits[name]], bytes_a_cell
