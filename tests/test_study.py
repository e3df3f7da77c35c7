"""Studies equal their cells one by one, and figures say what their tables say."""

from __future__ import annotations

import numpy as np
import pytest

from auxtheory import theorems
from auxtheory.analysis import rate_vs_delta, toy, toy_table
from auxtheory.errors import InputError
from auxtheory.noise import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.result import Table
from auxtheory.study import Study
from auxtheory.validation import validate

TARGET, NOISE = Quadratic(L=1.0, mu=0.2, dim=4), Gaussian(sigma_f=1.0)


def test_cells_equal_single_runs() -> None:
    """A grid over four axes: every cell is what validate gives for it alone."""
    study = Study(
        [theorems.AuxMOM(), theorems.SGD()], TARGET, NOISE, L=[1.0, 2.0], delta=[0.0, 0.1], sigma_h=[0.0, 0.5],
        K=[2, 5], T=[5, 20],
    )  # fmt: skip
    table = study.run()
    assert len(table) == 8 * 2 * 2 + 8 * 2
    for row in list(table)[::5]:
        theorem = getattr(theorems, row["theorem"])()
        pair = Quadratic(L=row["L"], mu=0.2, dim=4).with_helper(row["delta"])
        alone = validate(theorem, pair, Gaussian(sigma_f=1.0, sigma_h=row["sigma_h"]), K=row["K"], T=row["T"])
        for name in ("measured", "bound", "eta"):
            assert alone.table[name][0] == pytest.approx(row[name], rel=1e-12)


def test_cells_outside_a_theorem_are_marked() -> None:
    """Naive needs β < 1: cells with δ ≥ μ have no numbers, the others do."""
    table = Study([theorems.Naive()], TARGET, delta=[0.1, 0.5], zeta=1.0, K=3, T=5).run()
    assert [row["status"] for row in table] == ["pass", "outside"]
    assert np.isnan(table["measured"][1]) and table["known_beta"][1] > 1


def test_progress_is_told() -> None:
    """In cells, from none to all."""
    seen: list[tuple[int, int]] = []
    study = Study([theorems.SGD(), theorems.AuxMOM()], TARGET, K=[1, 2], T=[3, 10**5])
    study.run(progress=lambda done, all_: seen.append((done, all_)))
    assert seen[0] == (0, 6) and seen[-1] == (6, 6) and len(seen) > 2 and seen == sorted(seen)


def test_bad_studies_list_everything() -> None:
    """Unknown axes with a suggestion, bad lengths, things that are no theorem."""
    with pytest.raises(InputError) as caught:
        Study([theorems.AuxMOM], TARGET, detla=[1.0], K=[0], T=1.5)  # type: ignore[list-item]
    for text in ("'detla'", "did you mean 'delta'", "K = 0", "T = 1.5", "theorems"):
        assert text in str(caught.value)


def test_bad_values_on_axes_are_found_before_anything_runs() -> None:
    """Every axis, and how to run."""
    with pytest.raises(InputError) as caught:
        Study([theorems.SGD()], TARGET, "x", delta=[-1, 0.1], zeta="a", sigma_h=[[1.0], [2.0, 3.0]], correlation=2.0,
              B=0, engine="z", replicas=1, seed=-1, K=1, T=1)  # type: ignore[arg-type] # fmt: skip
    for text in ("noise", "delta = -1", "zeta", "sigma_h", "correlation = 2", "B = 0", "'z'", "replicas = 1", "seed"):
        assert text in str(caught.value), text


def test_a_figure_refuses_what_it_cannot_draw() -> None:
    """A table without δ, or of several K, says so."""
    table = Study([theorems.AuxMOM()], TARGET, NOISE, delta=[0.01, 0.1], K=[2, 3], T=5).run()
    with pytest.raises(InputError, match=r"K = \[2, 3\]: must be one value"):
        rate_vs_delta(table)
    with pytest.raises(InputError, match="delta > 0"):
        rate_vs_delta(Study([theorems.AuxMOM()], TARGET, NOISE, K=2, T=5).run())


def test_the_figures_slopes_are_those_of_its_points() -> None:
    """Points on a known power law come back with that slope, and the bound with its own."""
    delta = np.geomspace(1e-3, 1, 7)
    rows = tuple(
        {"theorem": "AuxMOM", "L": 1.0, "delta": d, "K": 1, "T": 100, "measured": 0.1 * d**0.5, "bound": d**0.75,
         "se": 0.0, "dominant": "x", "share": 0.9, "status": "pass", "engine": "exact"}
        for d in delta
    )  # fmt: skip
    axes = rate_vs_delta(Table(rows)).axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["AuxMOM, fitted slope 0.50", "its bound, predicted slope 0.75"]
    points = axes.get_lines()[0]
    assert points.get_xdata() == pytest.approx(delta) and points.get_ydata() == pytest.approx(0.1 * delta**0.5)
    weak = Table(tuple({**row, "share": 0.5} for row in rows))
    assert "0.50 *" in rate_vs_delta(weak).axes[0].get_legend_handles_labels()[1][0]


def test_the_toy_figure() -> None:
    """Naive stops at ζ²/(2(1+δ)²), AuxMOM's curves for all ζ coincide, and all are drawn."""
    table = toy_table(T=100)
    for delta in (0.1, 1.0, 10.0):
        last = {row["zeta"]: row["gap"] for row in table.where(method="Naive", delta=delta, round=100)}
        assert last == pytest.approx({z: z**2 / (2 * (1 + delta) ** 2) for z in (0.1, 1.0, 10.0)}, rel=1e-6)
        curves = [table.where(method="AuxMOM", delta=delta, zeta=z)["gap"] for z in (0.1, 1.0, 10.0)]
        assert np.array_equal(curves[0], curves[1]) and np.array_equal(curves[0], curves[2])
    figure = toy(table)
    assert [len(axes.get_lines()) for axes in figure.axes] == [9, 9, 9]
