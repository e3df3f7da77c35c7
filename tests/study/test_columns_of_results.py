"""Results are columns: the same table as one of row objects, in little memory."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_studies import TARGET, small

from auxtheory import theorems
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Results, Study, plan
from auxtheory.study.results import cells as cells_module
from auxtheory.study.results.compact import FEW, Column, Places
from auxtheory.table import Table


def failing(c: Any, s: Any) -> float:
    raise ZeroDivisionError("by zero")


CLAIM = theorems.claim(failing, like=theorems.SGD(), check_units=False, name="Mine")
KNOWN = [theorems.AuxMOM(), theorems.SGD()]
NOISE = Gaussian(sigma_f=1.0)
STUDIES: dict[str, Callable[[], Study]] = {
    "three theorems": small,
    "one cell": lambda: Study([theorems.SGD()], TARGET, T=4),
    "steps": lambda: Study(
        KNOWN, TARGET, NOISE, T=[3, 5], eta=[0.1, 9.0], a=[0.1, 0.5], K=[2, 9], mode="unsafe"
    ),
    "engines": lambda: Study(
        KNOWN, TARGET, NOISE, delta=[0.1, 0.4], K=2, T=3, engine=["exact", "numpy"], replicas=16
    ),
    "failures": lambda: Study(
        [CLAIM, theorems.SGD()], TARGET, sigma_f=[0.1, 0.5, 1.0], eta=0.1, K=1, T=5
    ),
}


def entries(results: Results) -> Iterator[dict[str, Any]]:
    """A dict for each cell, from the Dataset: the obvious way."""
    data = results.dataset.load()
    data = data if "theorem" in data.dims else data.expand_dims("theorem")
    ignores = {theorem["name"]: theorem["ignores"] for theorem in results.theorems}
    dims = [str(name) for name in data.dims if name != "theorem"]
    for i, name in enumerate(data["theorem"].values.tolist()):
        unused = {n for n in ignores[name]}
        shape = [1 if dim in unused else data.sizes[dim] for dim in dims]
        for index in np.ndindex(*shape):
            cell = data.isel({"theorem": i} | dict(zip(dims, index, strict=True)))
            row = {str(n): cell[n].item() for n in cell.variables}
            row |= {n: math.nan for n in unused if n != "K"} | {"K": row["local_steps"]}
            yield {"L": row["known_L"]} | row


def checked(results: Results, twin: Table) -> None:
    """That results have the columns of a table of rows, whatever way they are asked for."""
    assert len(results) == len(twin)
    for name in results.columns:
        values = twin[name]
        kind = {"U": "O"}.get(values.dtype.kind, values.dtype.kind)
        assert repr(results[name].tolist()) == repr(values.tolist()), name
        assert results[name].dtype.kind in (kind, "U")
        codes, distinct = results.coded(name)
        assert len(set(map(repr, distinct))) == len(distinct)
        assert repr([distinct[code] for code in codes.tolist()]) == repr(values.tolist()), name
        some = np.arange(len(twin))[:: -1 if len(twin) < 9 else -3]
        assert repr(results.take(some)[name].tolist()) == repr(values[some].tolist()), name
        constant = len(set(values.tolist())) == 1
        assert len(twin) == 1 or results.arrays.constant(name) is constant, name
        if values.dtype.kind in "fi":
            empty = bool(np.all(np.isnan(values) | (values == 0)))
            assert results.arrays.empty(name) is empty, name
        for value in distinct[:3]:
            mask = np.array([entry == value for entry in values.tolist()], dtype=bool)
            found = results.where(**{name: value})
            assert found["cell"].tolist() == twin["cell"][mask].tolist(), name
            if mask.any():
                assert found.coded(name)[1] == (value,)


@pytest.mark.parametrize("part", [(1, 1), (2, 3)])
@pytest.mark.parametrize("kind", STUDIES)
@pytest.mark.usefixtures("in_small_batches")
def test_columns_are_those_of_row_objects(
    kind: str, part: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read at once or one by one, before and after they are in memory, of all cells and of some."""
    path = tmp_path / "a.study"
    made = STUDIES[kind]().run(path, part=part)
    twin = Table(tuple(entries(Results.open(path))))
    printed = str(Results.open(path))
    for results in (made, Results.open(path), STUDIES[kind]().run(part=part)):
        assert str(results).splitlines()[2:] == printed.splitlines()[2:]
        checked(results, twin)
        assert str(results) == str(made), "after the columns are in memory"
    with monkeypatch.context() as patch:
        patch.setattr(cells_module, "MOST", 0)
        checked(Results.open(path), twin)
    name = made.theorems[-1]["name"]
    for select in (
        {"theorem": [name]},
        {"theorem": name},
        {"T": made["T"][:1].tolist()} if "T" in made.dataset.dims else {"theorem": [name]},
    ):
        part_of = Results.open(path).sel(select)
        checked(part_of, Table(tuple(entries(Results(part_of.dataset.copy())))))
        assert str(part_of) == str(Results(part_of.dataset.load()))


@pytest.mark.usefixtures("in_small_batches")
def test_writing_into_a_column_leaves_the_results_as_they_are() -> None:
    """A column may be written to, those that the results keep may not."""
    results = small().run()
    before = results["ratio"].copy()
    table, tightest = results.summary, results.tightest(2)["ratio"].tolist()
    results["ratio"][:] = -1.0
    np.testing.assert_array_equal(results["ratio"], before)
    assert results.summary == table
    assert results.tightest(2)["ratio"].tolist() == tightest
    with pytest.raises(ValueError, match="read-only"):
        results.arrays["ratio"][0] = -1.0


def test_only_what_is_printed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.study"
    small(delta=np.linspace(0.01, 1, 40).tolist()).run(path)
    results = Results.open(path)
    assert "more rows" in str(results) and results.summary and results.counts
    stored = results.arrays.parts[0].stored
    assert stored is not None and not stored.cells.loaded
    before = str(results)
    assert len(results["ratio"]) == len(results) and stored.cells.loaded
    assert str(results) == before


@pytest.mark.parametrize("kind", STUDIES)
def test_the_tightest_cells_and_quantiles(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that sorting all rows gives, whatever the blocks."""
    monkeypatch.setattr("auxtheory.study.results.ranking.BLOCK", 7)
    results = STUDIES[kind]().run()
    inside = [
        (row["ratio"], row["theorem"], row["cell"])
        for row in entries(results)
        if row["status"] != "outside" and not math.isnan(row["ratio"])
    ]
    ordered = sorted(inside, key=lambda entry: -entry[0])
    for n in (1, 4, 1000):
        assert results.tightest(n)["cell"].tolist() == [entry[2] for entry in ordered[:n]]
    shares = [0.0, 0.25, 0.5, 1.0]
    for row in results.quantiles(shares):
        ratios = sorted(entry[0] for entry in inside if entry[1] == row["theorem"])
        assert row["cells"] == len(ratios)
        for share in shares:
            at_most = ratios[max(math.ceil(share * len(ratios)), 1) - 1] if ratios else math.nan
            assert row[f"{share:g}"] == at_most or not ratios
        assert not ratios or row["largest"] == ratios[-1]


def test_bad_numbers_of_tightest_cells_and_shares() -> None:
    results = small().run()
    with pytest.raises(InputError, match="n = 0: must be a whole number of at least 1"):
        results.tightest(0)
    with pytest.raises(InputError, match=r"shares = 2.0: .*\n.*shares = 'x': "):
        results.quantiles([0.5, 2.0, "x"])  # type: ignore[list-item]


# Columns in little memory.
@pytest.mark.parametrize("seed", range(40))
def test_a_compact_column_keeps_every_bit(seed: int) -> None:
    """Of columns that depend on some axes, have few or many values, or any, cut anywhere, with
    batches left out or in another order."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 7, size=rng.integers(1, 5)).tolist())
    size = math.prod(shape)
    kind = rng.choice(["<f8", "<i8", "<i4"])
    some = [n if rng.random() < 0.5 else 1 for n in shape]
    choices = [np.arange(size), [0, 1], np.arange(FEW * 3)][rng.integers(3)]
    values = rng.choice(choices, size=some).astype(kind)
    if kind == "<f8":
        values = np.where(values == 1, rng.choice([np.nan, -0.0, np.inf]), values)
    values = np.broadcast_to(values, shape).ravel()
    cuts = np.unique([0, size, *rng.integers(0, size + 1, size=rng.integers(0, 9))]).tolist()
    batches = list(pairwise(cuts))
    if rng.random() < 0.3:
        batches = [batch for batch in batches if rng.random() < 0.7]
    if rng.random() < 0.2:
        rng.shuffle(batches)
    column = Column(shape, kind)
    for low, high in batches:
        column.add(Places(shape, low, high - low), values[low:high])
    array = np.broadcast_to(column.array, shape).ravel()
    for low, high in batches:
        assert array[low:high].tobytes() == values[low:high].tobytes()


def test_a_column_takes_no_more_than_it_needs() -> None:
    """One value for all cells, one for each value of an axis, a byte for each cell of few values."""
    shape = (20, 30, 40)
    rng = np.random.default_rng(0)
    cases = {
        8: np.full(shape, 0.25),
        8 * 40: np.broadcast_to(rng.random(40), shape),
        8 * 20: np.broadcast_to(rng.random((20, 1, 1)), shape),
        8 * 20 * 40: np.broadcast_to(rng.random((20, 1, 40)), shape),
        24_000 + 8 * 3: rng.choice([0.0, 1.0, np.nan], size=shape),
        8 * 24_000: rng.random(shape),
    }
    for most, values in cases.items():
        for length in (1000, 1777, 24_000):
            column = Column(shape, "<f8")
            for low in range(0, 24_000, length):
                part = values.ravel()[low : low + length]
                column.add(Places(shape, low, len(part)), part)
            assert column.nbytes == most, length


def exact(points: int) -> Study:
    """200 exact cells of two theorems for each point."""
    return Study(
        [theorems.ExactCorrection(), theorems.SGD()],
        Quadratic(L=1.0, dim=1),
        delta=np.linspace(0.001, 1, points),
        eta=np.linspace(0.001, 0.1, 10),
        K=2,
        T=list(range(1, 11)),
        mode="unsafe",
    )


def peak(work: Callable[[], Any]) -> int:
    """The bytes that some work holds at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the cells: the bytes of each more for printing, selecting rows and all columns."""
    monkeypatch.setattr(plan, "MAX_CELLS", 2**10)
    monkeypatch.setattr("auxtheory.study.storage.reader.CACHE", 2**16)
    results = []
    for points in (10, 100):
        exact(points).run(tmp_path / f"{points}.study")
        results.append(Results.open(tmp_path / f"{points}.study"))
    fewer, more = results
    cells = len(more) - len(fewer)
    assert cells == 200 * 90
    works: dict[str, tuple[float, Callable[[Results], Any]]] = {
        "print": (0.5, str),
        "summary": (0.5, lambda results: results.summary),
        "all columns": (90, lambda results: results.arrays.equal("measured", 0.0)),
        "print again": (0.5, str),
        "where": (50, lambda results: results.where(theorem="SGD", T=5)["ratio"]),
        "a column": (17, lambda results: results["calls_r"]),
    }
    str(fewer)
    for name, (most, work) in works.items():
        small_peak, large_peak = (peak(lambda work=work, r=r: work(r)) for r in results)
        # Blocks of some thousand cells are looked at together.
        assert large_peak - small_peak <= 40_000 + most * cells, name
    stored = more.arrays.parts[0].stored
    assert stored is not None and stored.cells.nbytes < 60 * len(more)
