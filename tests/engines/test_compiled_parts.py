"""The compiled form of the exact recursion has the same bits however it is cut and on however many
threads it runs."""

from __future__ import annotations

import re
import threading

import pytest
from engine_input import engine_input
from moment_cases import MEASURES, RANGES, assert_identical, assert_same, case

from auxtheory.engines import exact
from auxtheory.engines.exact import diagonal, engine
from auxtheory.kernels.cpu import moments
from auxtheory.kernels.cpu.threads import spread_over_threads

# -- against itself
# -----------------------------------------------------------------------------------

CUT = [
    ("AuxMOM", 40, 3, set()),
    ("AuxMVR", 9, 129, {"s"}),
    ("Naive", 5, 300, {"s"}),
    ("SGDMomentum", 150, 1, {"s"}),
    ("FineTuning-MVR", 11, 64, set()),
]


@pytest.mark.parametrize(("name", "count", "dim", "off"), CUT)
def test_parts_and_threads_change_no_bit(
    name: str, count: int, dim: int, off: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a result depends on the machine it was computed on, or a lane on its neighbours."""
    drawn = case(name, count, dim, set(RANGES), off, seed=4, T=20)
    whole = exact.run(*engine_input(*drawn, record=[1, 7, 20], compiled=True, threads=1))
    for numbers in (1, 2 * dim, 777, 10**6):
        monkeypatch.setattr(engine, "NUMBERS_AT_ONCE", numbers)
        for threads in (None, 1, 2, 3):
            assert_identical(
                exact.run(*engine_input(*drawn, record=[1, 7, 20], compiled=True, threads=threads)),
                whole,
            )


@pytest.mark.parametrize("dim", [20, 200, 300])
@pytest.mark.parametrize("name", ["LocalSGD", "AuxMVR", "FineTuning"])
def test_what_is_kept_of_a_followed_run_changes_no_bit(
    name: str, dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the largest spread depends on how many points fit the memory."""
    drawn = case(name, 6, dim, {"s", "eta"}, set(), seed=4, K=4, T=30)
    whole = exact.run(*engine_input(*drawn, record=[1, 7, 30], compiled=True))
    for points in (1, 2, 3, 4, 9, 119):
        monkeypatch.setattr(diagonal, "FOLLOWED_AT_ONCE", points)
        assert_identical(
            exact.run(*engine_input(*drawn, record=[1, 7, 30], compiled=True, threads=1)), whole
        )
    assert_same(
        exact.run(*engine_input(*drawn, record=[1, 7, 30], compiled=False)), whole, rtol=1e-12
    )


def test_local_points_are_followed_by_compiled_code_however_many_there_are() -> None:
    """Otherwise a long run whose coordinates do not fit a tile walks through its points in Python."""
    drawn = case("LocalSGD", 1, 129, set(), {"delta"}, seed=4, K=5_000_000, T=1)
    assert exact.run(*engine_input(*drawn)).provenance["form"] == "compiled"


def test_long_parts_on_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise two threads work in one and the same tile, which only parts that take a while would
    show."""
    drawn = case("AuxMVR", 40, 64, {"delta", "a"}, {"s"}, seed=4, T=20_000)
    monkeypatch.setattr(engine, "NUMBERS_AT_ONCE", 64)
    assert_identical(
        *(exact.run(*engine_input(*drawn, compiled=True, threads=threads)) for threads in (1, 3))
    )


def test_more_records_change_no_bit() -> None:
    """Otherwise reading a state off disturbs it."""
    drawn = case("AuxMVR", 4, 50, {"delta"}, set(), seed=5, T=9)
    every, last = (
        exact.run(*engine_input(*drawn, record=r, compiled=True)) for r in (range(1, 10), [9])
    )
    for name in MEASURES:
        assert getattr(every, name)[-1].tobytes() == getattr(last, name)[-1].tobytes()


# -- threads and speed
# --------------------------------------------------------------------------------


def test_results_come_in_the_order_of_the_parts() -> None:
    """Otherwise configurations are swapped when one thread overtakes another."""
    last = threading.Event()

    def task(part: int) -> int:
        if part == 0:
            assert last.wait(10)
        if part == 4:
            last.set()
        return part * part

    assert spread_over_threads(task, range(5), 2) == [0, 1, 4, 9, 16]
    assert spread_over_threads(task, range(1, 3)) == [1, 4]
    assert spread_over_threads(task, [], 3) == []


def test_two_parts_run_at_a_time() -> None:
    """Otherwise the threads wait for each other."""
    barrier = threading.Barrier(2)
    assert len(spread_over_threads(lambda part: barrier.wait(10), range(2), 2)) == 2
    assert all(
        loop.targetoptions["nogil"]
        for loop in (moments.run_phase, moments.run_tile, moments.full_round)
    )


def test_a_failure_on_a_thread_is_raised() -> None:
    """Otherwise a part that failed is left out, or hangs the others."""
    with pytest.raises(ZeroDivisionError):
        spread_over_threads(lambda part: 1 / part, [1, 0, 1], 2)


@pytest.mark.parametrize("name", ["plain_round", "remembering_round", "full_round", "collapse"])
def test_a_round_runs_several_lanes_at_a_time(name: str) -> None:
    """Otherwise the compiled form is four times slower than it can be, and no result shows it."""
    exact.run(*engine_input(*case("AuxMOM", 1, 2, set(), {"s"}, seed=6), compiled=True))
    loop = moments.compiled(getattr(moments, name).py_func, keep=False)
    loop(moments.room()[0], 0, *([1] if name == "collapse" else []))
    (code,) = loop.inspect_llvm().values()
    products = [int(width) for width in re.findall(r"fmul <(\d+) x double>", code)]
    scalar = len(re.findall(r"fmul double", code))
    assert products and len(products) >= scalar
