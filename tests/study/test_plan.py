"""Batches cover every cell once and fit into memory, and results do not depend on the cuts."""

from __future__ import annotations

import tracemalloc
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from durable import content, study
from hypothesis import given
from hypothesis import strategies as st

from auxtheory import theorems
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Cosine, Quadratic
from auxtheory.study import Results, Study, plan
from auxtheory.study.running.compute import measure
from auxtheory.study.storage.records import (
    NUMBERS,
)
from auxtheory.validation import validate

THEOREMS = (theorems.AuxMOM(), theorems.SGD(), theorems.ExactCorrection())
NOISE = Gaussian(sigma_f=1.0)
STEPS = {"eta": [0.1, 0.2, 0.3], "a": 0.5}


def one(**axes: Any) -> Study:
    return Study(
        [theorems.AuxMOM()],
        Quadratic(L=1.0, dim=axes.pop("dim", 1)),
        NOISE,
        **{"K": 2, "T": 3, **axes},
    )


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """Grids of all shapes, on exact and on sampled pairs."""
    length = st.integers(1, 4)
    axes: dict[str, Any] = {
        "delta": np.linspace(0, 1, draw(st.integers(1, 9))),
        "sigma_h": np.linspace(0, 1, draw(length)),
        "K": [1, 2, 30, 400][: draw(length)],
        "T": [3, 10**3, 10**5, 2 * 10**6][: draw(length)],
        "seed": range(draw(length)),
    }
    if draw(st.booleans()):
        axes |= {
            "eta": np.geomspace(1e-3, 1, draw(length)),
            "a": [0.1, 0.2][: draw(st.integers(1, 2))],
        }
    target = draw(
        st.sampled_from(
            [Quadratic(L=1.0, dim=3), Quadratic(L=1.0, dim=2, rotation=1), Cosine(L=1.0, dim=9)]
        )
    )
    return Study(list(THEOREMS[: draw(st.integers(1, 3))]), target, NOISE, **axes)


@given(studies(), st.sampled_from([1, 5, 2**15]), st.sampled_from([1e-4, 0.5, 1e9]))
def test_batches_cover_every_cell_once(own: Study, most: int, worth: float) -> None:
    """In order; none cuts a configuration or has more cells than may be, unless one configuration
    has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "MAX_CELLS", most)
        patch.setattr(plan, "BATCH_SECONDS", worth)
        found = list(plan.batches(own))
        assert found == list(plan.batches(own))
    assert found[0].start == 0 and found[-1].stop == own.grid.size
    assert all(before.stop == after.start for before, after in pairwise(found))
    rounds = len(own.axes["T"]) if "eta" in own.axes else 1
    for cells in found:
        pieces = list(own.grid.pieces(cells))
        assert 0 < len(cells) <= max(most, rounds)
        assert sum((last - first) * len(block.rounds) for block, first, last in pieces) == len(
            cells
        )


@pytest.mark.parametrize(
    ("axes", "size"),
    [
        ({"delta": np.linspace(0, 1, 1000), "sigma_h": np.linspace(0, 1, 1000)}, 10**6),
        ({"delta": np.linspace(0, 1, 2500), "sigma_h": np.linspace(0, 1, 4000)}, 10**7),
        ({"delta": np.linspace(0, 1, 1000), "seed": range(1000)}, 10**6),
        (
            {"eta": np.geomspace(1e-3, 1, 1000), "a": np.linspace(0.1, 1, 100), "T": range(1, 11)},
            10**6,
        ),
    ],
)
def test_large_grids_are_planned_without_being_built(axes: dict[str, Any], size: int) -> None:
    """10⁶ and 10⁷ cells; the memory is that of the axes and one batch's bounds."""
    own = one(**axes)
    assert own.grid.size == size
    tracemalloc.start()
    try:
        cells = batches = 0
        for batch in plan.batches(own):
            assert len(batch) <= plan.MAX_CELLS
            cells = cells + len(batch)
            batches = batches + 1
        list(own.grid.pieces(range(size - 10, size))), own.grid.cell(size - 1), plan.takes_long(own)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert cells == size and batches >= size / plan.MAX_CELLS and peak < 2**20


def test_a_grid_of_many_engine_calls_is_planned_bit_by_bit() -> None:
    """10⁵ seeds, each a call of its own: the first batches are there without the others."""
    own = one(seed=range(10**5))
    first = list(islice(plan.batches(own), 3))
    assert first[0].start == 0 and first[0].stop == first[1].start and own.grid.size == 10**5


def test_the_memory_of_a_batch_does_not_grow_with_the_grid() -> None:
    """One batch of 10⁵ cells and one of 10⁷ take the same."""
    peaks = []
    for points in (300, 3000):
        own = one(delta=np.linspace(0, 1, points), sigma_h=np.linspace(0, 1, points))
        cells = next(iter(plan.batches(own)))
        measure(own, range(6))  # what is loaded once
        tracemalloc.start()
        measure(own, range(cells.stop - 4000, cells.stop))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 2**20


def test_an_expensive_study_has_small_batches_and_a_cheap_one_few() -> None:
    """By the estimated price, and by what fits at once."""
    assert len(list(plan.batches(one(delta=np.linspace(0, 1, 1000))))) == 1
    costly = list(plan.batches(one(delta=np.linspace(0, 1, 1000), T=[10**4], dim=256)))
    assert len(costly) > 10 and max(map(len, costly)) < 100
    sampled = Study(
        [theorems.AuxMOM()], Cosine(L=1.0, dim=64), NOISE, delta=np.linspace(0, 1, 500), K=2, T=3
    )
    assert max(map(len, plan.batches(sampled))) <= plan.MAX_COORDINATES // (64 * 256)


def test_results_do_not_depend_on_the_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to rounding for other cuts, bit for bit for the same study and for parts of it."""
    once, twice, parts, other = (
        tmp_path / f"{name}.study" for name in ("once", "twice", "parts", "other")
    )
    study(5).run(once)
    study(5).run(twice)
    monkeypatch.setattr(plan, "MAX_CELLS", 7)
    coarse = Results.open(once)
    fine = study(5).run(other)
    for part in ((2, 3), (1, 3), (3, 3)):
        study(5).run(parts, part=part)
    assert len(content(once)) == 1 < len(content(other))
    assert content(once) == content(twice) and content(other) == content(parts)
    for a, b in zip(coarse, fine, strict=True):
        assert a["status"] == b["status"] and a["dominant"] == b["dominant"]
        for name in ("measured", "bound", "eta"):
            assert a[name] == pytest.approx(b[name], rel=1e-12)


@pytest.mark.parametrize("axes", [{"dim": [2, 3]}, {"s": [0.0, 0.1], "B": [2, np.inf]}, STEPS])
def test_cells_do_not_depend_on_their_neighbours(
    axes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks that share a problem, and those that do not; also in halves, after one of them has
    failed."""
    two = [theorems.AuxMOM(), theorems.SGD()]
    own = Study(two, Quadratic(L=1.0, mu=0.5, dim=2), NOISE, K=[1, 2], T=[3, 5], **axes)
    step = len(own.axes["T"]) if "eta" in axes else 1
    together = measure(own, range(own.grid.size))[0]
    alone = np.concatenate(
        [measure(own, range(i, i + step))[0] for i in range(0, own.grid.size, step)]
    )
    run = validate.measure
    sizes = list[int]()

    def fragile(*args: Any, **options: Any) -> Any:
        sizes.append(np.size(args[3].eta) if "eta" in axes else 1)
        if sizes[-1] > 1:
            raise RuntimeError
        return run(*args, **options)

    monkeypatch.setattr(validate, "measure", fragile)
    halved = measure(own, range(own.grid.size))[0]
    assert ("eta" in axes) is (max(sizes) > 1)
    for name in NUMBERS:
        np.testing.assert_allclose(together[name], alone[name], rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(halved[name], alone[name], rtol=1e-12, err_msg=name)
    assert np.all(together["state"] == alone["state"]) and np.all(halved["state"] == alone["state"])
