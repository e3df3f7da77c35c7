"""Windows of long curves: those of the slow search, at a cost that grows with the curve."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slope_tables import only
from slow_slopes import slow_straight, slow_window
from tables import ROW

from auxtheory.analysis.slopes import NoWindow, Slope, fit, slopes, window
from auxtheory.analysis.straight import BLOCKS, best
from auxtheory.column_table import ColumnTable
from auxtheory.table import Table


def random_table(seed: int, values: int) -> Table:
    """A curve over T: several seeds, ties, gaps, and a bound whose one dominant term changes."""
    rng = np.random.default_rng(seed)
    x = np.sort(np.exp(rng.uniform(-4, 4, values)))
    x[rng.random(values) < 0.1] = 0.5
    switch = np.cumsum(rng.random(values) < 4 / values) % 3
    exponent = np.array([0.5, -1.0, 0.0])[switch] + rng.choice([0.0, 0.3])
    bound = np.exp(np.cumsum(exponent * np.diff(np.log(x), prepend=np.log(x[0]))))
    bound = bound * np.exp(rng.choice([0.0, 0.02, 0.1]) * rng.normal(size=values))
    gaps = rng.random(values) < rng.choice([0.0, 0.05])
    names = np.array(["one", "two", "three"])[switch]
    rows = [
        ROW
        | {
            "T": float(x[i]),
            "seed": each,
            "bound": float(bound[i]),
            "measured": float(bound[i] * rng.uniform(0.1, 0.5)),
            "dominant": str(names[i]),
            "share": 0.5 if gaps[i] else 0.9,
        }
        for i in range(values)
        for each in range(2)
        if each == 0 or rng.random() < 0.7
    ]
    return Table(tuple(rows))


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(3, 60))
def test_the_window_is_that_of_the_slow_search(seed: int, values: int) -> None:
    """Random curves with ties, seeds, gaps and a dominant term that changes several times."""
    curve = only(random_table(seed, values), "T")
    found, slow = window(curve, "T"), slow_window(curve)
    if isinstance(found, NoWindow):
        assert slow is None
    else:
        inside = curve.x[found]
        assert (inside[0], inside[-1]) == slow


@pytest.mark.parametrize("seed", range(3))
def test_as_many_values_as_blocks_are_searched_one_by_one(seed: int) -> None:
    """A noisy bend: the ends are those of the slow search, for values next to each other too."""
    rng = np.random.default_rng(seed)
    x = np.sort(np.exp(rng.uniform(-3, 3, BLOCKS // 2)))
    x[1::2] = x[::2] * (1 + 1e-9)
    bound = (1 + x * x) * np.exp(0.03 * rng.normal(size=len(x)))
    found = best(x, bound)
    log = np.log(bound)
    ends = [tuple(np.searchsorted(x, e)) for e in slow_straight(x.tolist(), bound.tolist())]
    way = max(round(abs(log[j] - log[i]), 6) for i, j in ends)
    assert found.worth[0] == way
    assert (found.first, found.last) in ends


def test_a_long_bend_has_the_window_of_a_short_one_up_to_a_block() -> None:
    """√(1 + x²) at 20,000 values and at 200: the same window, with all values inside."""
    ends = {}
    for values in (BLOCKS, 100 * BLOCKS):
        x = np.geomspace(1e-3, 1e3, values)
        bound = np.sqrt(1 + x * x)
        found = best(x, bound)
        part = slice(found.first, found.last + 1)
        u, v = np.log(x[part]), np.log(bound[part])
        assert np.ptp(v - np.polyfit(u - u[0], v, 1)[0] * u) <= 0.2 * (1 + 1e-3)
        ends[values] = x[found.first], x[found.last]
    step = 1e6 ** (1 / BLOCKS)
    (first, last), (fine_first, fine_last) = ends.values()
    assert last == pytest.approx(fine_last)
    assert fine_first == pytest.approx(first, rel=2 * (step - 1))


def test_one_value_far_from_a_long_line_ends_the_window() -> None:
    """It lies within a block, which the search must not look over."""
    x = np.geomspace(1e-3, 1e3, 50 * BLOCKS)
    bound = x**0.5
    bound[len(x) // 2 + 7] *= 1.5
    found = best(x, bound)
    assert not found.first <= len(x) // 2 + 7 <= found.last
    assert found.last - found.first >= len(x) // 2 - 50


def long_table(values: int, seeds: int = 1) -> ColumnTable:
    """½ and ¾ as exponents of measured value and bound over T, with as many values."""
    T = np.repeat(np.geomspace(1, 1e6, values), seeds)
    size = len(T)
    columns = {name: np.broadcast_to(np.array(value), (size,)) for name, value in ROW.items()}
    bound = 4 * T**0.75 + 1
    changed = {"T": T, "seed": np.tile(np.arange(seeds), values), "bound": bound}
    changed |= {"measured": T**0.5, "share": 1 - 1 / bound}
    return ColumnTable(columns | changed)


def test_slopes_of_ten_thousand_values_are_those_of_least_squares() -> None:
    """The sums of a long curve lose no digits: the slopes are those of numpy.polyfit."""
    table = long_table(10_000)
    slope = fit(only(table, "T"), "T")
    assert isinstance(slope, Slope)
    inside = (table["T"] >= slope.start) & (table["T"] <= slope.end)
    assert slope.points == np.sum(inside) > 9_000
    x = np.log(table["T"][inside])
    for value, name in ((slope.slope, "measured"), (slope.bound, "bound")):
        assert value == pytest.approx(np.polyfit(x, np.log(table[name][inside]), 1)[0], abs=1e-9)


def test_memory_of_slopes_grows_with_the_cells() -> None:
    """Ten times as many cells take at most eleven times the memory, and no object each."""
    peaks = []
    for values in (2_000, 20_000):
        table = long_table(values, seeds=2)
        slopes(table, "T")
        tracemalloc.start()
        slopes(table, "T")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 11 * peaks[0]
    assert peaks[1] < 800 * 40_000
