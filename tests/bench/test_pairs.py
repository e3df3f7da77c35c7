"""The order of timings, ratios of neighbours in it, and what follows from them, on rows without a
clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import comb
from typing import Any

import numpy as np
import pytest
from bench_cases import TINY
from hypothesis import given
from hypothesis import strategies as st

from auxtheory.bench.groups import groups, second_core
from auxtheory.bench.measure import Checked, Group, Timing, Variant, check
from auxtheory.bench.pairs import Partners, exponent, interval, partners, together, turns
from auxtheory.bench.rows import results
from auxtheory.bench.text import section
from auxtheory.table import Table


def variant(name: str, **more: Any) -> Variant:
    return Variant(name=name, run=lambda: None, expected=lambda: np.ones(1), work=1e6, **more)


GROUP = Group(
    "title",
    "size",
    (
        variant("base"),
        variant("one", limit="alone", draws=2.0),
        variant("two"),
        variant("three", against="two"),
        variant("alone", draws=1.0),
    ),
    ("base",),
)


def timed(rounds: Any) -> list[list[tuple[int, Timing]]]:
    """Rounds of (row, seconds), with as much processor time."""
    return [[(i, Timing(seconds, seconds)) for i, seconds in each] for each in rounds]


def test_every_row_is_next_to_what_it_is_compared_with() -> None:
    """In every group of the benchmark, every round: the row of its ratio and of its limit are its
    neighbours, and limits are within two places of the row of their ratio."""
    for name, make in groups(TINY, 2).items():
        group = make()
        rows = partners(group, range(len(group.variants)))
        limits = {each.limit for each in rows.values()}
        for number in range(4):
            order = turns(rows, number, name)
            assert set(order) == set(rows)
            assert all(a != b for a, b in pairwise(order))
            for i, each in rows.items():
                for other, most in ((each.base, 1 if i not in limits else 3), (each.limit, 1)):
                    if other not in (None, i):
                        near = min(
                            abs(p - q)
                            for p, a in enumerate(order)
                            for q, b in enumerate(order)
                            if (a, b) == (i, other)
                        )
                        assert near <= most, (name, group.variants[i].name)


def test_the_order_is_shuffled_by_a_seed_and_turned_in_every_second_round() -> None:
    rows = {i: Partners(0, None) for i in range(9)}
    orders = [turns(rows, number) for number in range(6)]
    assert orders == [turns(rows, number) for number in range(6)]
    assert len(set(map(tuple, orders))) == 6
    # An even number of units: the base is at both ends, whichever way round.
    assert all(order[0] == order[-1] == 0 for order in orders)
    # Otherwise a row would always be timed after its base.
    two = {0: Partners(0, None), 1: Partners(0, None)}
    assert [turns(two, number) for number in range(4)] == [[0, 1], [1, 0]] * 2
    assert turns(rows, 0, "other") != orders[0]


def test_a_slow_phase_makes_an_interval_wide_and_leaves_the_ratio() -> None:
    """All of a round four times as slow changes nothing; within a round it changes that round."""
    rounds = [[(0, 4.0), (1, 2.0), (4, 1.0)] for _ in range(9)]
    rounds[3] = [(i, 4 * s) for i, s in rounds[3]]
    checked = {i: Checked("ok") for i in (0, 1, 4)}
    row = list(results(GROUP, checked, timed(rounds)))[1]
    assert (row["ratio"], row["ratio low"], row["ratio high"]) == (2.0, 2.0, 2.0)
    assert row["of drawing"] == 1.0
    for k in (1, 5):
        rounds[k] = [(0, 4.0), (1, 8.0), (4, 1.0)]
    row = list(results(GROUP, checked, timed(rounds)))[1]
    assert (row["ratio"], row["ratio low"], row["ratio high"]) == (2.0, 0.5, 2.0)
    assert row["of drawing low"] == 0.25 and row["confidence"] >= 0.95


def test_pairs_are_the_nearest_timings() -> None:
    rounds = timed(
        [[(0, 1.0), (2, 9.0), (0, 2.0), (1, 4.0), (0, 3.0)], [(2, 1.0)], [(1, 5.0), (0, 6.0)]]
    )
    walls = [(a.wall, b.wall) for a, b in together(rounds, 1, 0)]
    assert walls == [(4.0, 2.0), (5.0, 6.0)]


def test_a_row_that_did_not_run_all_the_time_is_named() -> None:
    """From processor time, which also gives a ratio that waiting does not change."""
    rounds = [[(0, Timing(1.0, 1.0)), (2, Timing(2.0, 0.5))] for _ in range(6)]
    checked = {0: Checked("ok"), 2: Checked("ok")}
    base, two = results(GROUP, checked, rounds)
    assert (base["off core"], two["off core"]) == (0.0, 0.75)
    assert (two["ratio"], two["ratio by clock"]) == (2.0, 0.5)
    assert (two["M steps/s"], two["seconds"], two["CPU seconds"]) == (2.0, 2.0, 0.5)
    text = section(Table((base, two)))
    assert "busy (off their core for at least 5% of their time): two" in text and "75%" in text
    waiting = replace(GROUP.variants[2], device=True)
    group = replace(GROUP, variants=(GROUP.variants[0], GROUP.variants[1], waiting))
    row = list(results(group, checked, rounds))[1]
    assert "off core" not in row and row["ratio"] == 0.5


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=30))
def test_an_interval_covers_what_the_sign_test_says(values: list[float]) -> None:
    """Against its definition: the share of all 2ⁿ patterns of signs with at most k − 1 on a side."""
    each = interval(values)
    n = len(values)
    assert each.low <= each.median <= each.high
    ordered = sorted(values)
    covers = {}
    for k in range(1, n // 2 + 1):
        covers[k] = 1 - 2 * sum(comb(n, j) for j in range(k)) / 2**n
    wide = [k for k, share in covers.items() if share >= 0.95]
    k = max(wide, default=1)
    assert (each.low, each.high) == (ordered[k - 1], ordered[n - k])
    assert each.confidence == pytest.approx(covers.get(k, 0.0))


def test_an_interval_of_nine_leaves_out_the_extremes() -> None:
    assert interval([5, 1, 2, 3, 4, 6, 7, 8, 100])[:3] == (5, 2, 8)
    assert interval(range(1, 8))[:3] == (4, 1, 7)


def test_exponents_of_growth() -> None:
    """Of all rows with the same first row; printed with that between the last two values."""
    assert exponent([1, 10, 100], [2, 20, 200]) == pytest.approx((1, 1))
    assert exponent([1, 4, 16], [1, 1, 4])[1] == pytest.approx(1)
    rows = tuple(
        variant(f"engine, R = {at}", against="engine, R = 2", at=float(at)) for at in (2, 4, 8)
    )
    group = Group("title", "size", rows, axis="R")
    rounds = timed([[(0, 1.0), (1, 4.0), (2, 16.0)]])
    made = list(results(group, {i: Checked("ok") for i in range(3)}, rounds))
    assert [row["exponent"] for row in made] == pytest.approx([2, 2, 2])
    text = section(Table(tuple(made)))
    assert "engine takes time as R^2.00, between the last two values R^2.00" in text


def test_speed_ups_are_compared_with_what_the_cores_give() -> None:
    rows = (
        variant("loop, 1", against="loop, 1"),
        variant("loop, 2", against="loop, 1", threads=2),
        variant("row, 1", against="row, 1"),
        variant("row, 2", against="row, 1", threads=2, ceiling="loop, 2"),
    )
    rounds = timed([[(0, 1.0), (1, 0.625), (2, 3.0), (3, 2.5)]])
    checked = {i: Checked("ok") for i in range(4)}
    *_, last = results(Group("title", "size", rows), checked, rounds)
    assert (last["ratio"], last["limit"], last["of limit"]) == (1.2, 1.6, pytest.approx(0.75))


def test_the_gain_at_equal_error_counts_variance() -> None:
    """Half the standard error in the same time is four times as good."""
    rows = (variant("plain", against="plain"), variant("mode", against="plain"))
    rounds = timed([[(0, 2.0), (1, 2.0)]])
    checked = {0: Checked("ok", se=2e-3), 1: Checked("ok", se=1e-3)}
    plain, mode = results(Group("title", "size", rows, accuracy=True), checked, rounds)
    assert (plain["s to 0.1 %"], mode["s to 0.1 %"]) == pytest.approx((8.0, 2.0))
    assert (plain["ratio"], mode["ratio"], mode["ratio low"]) == pytest.approx((1, 4, 4))


@pytest.mark.parametrize("threads", [1, 3])
def test_the_loop_in_registers_does_the_same_work_on_each_thread(threads: int) -> None:
    row = second_core.row(threads)
    assert check(row, 0.0).status == "ok"
    assert row.work == threads * second_core.row(1).work
