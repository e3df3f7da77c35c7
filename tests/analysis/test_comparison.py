"""The figure of all theorems over one axis: what is largest, where cells are violated, and what lies
between lower and upper bounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from figure_parts import X, legend, root
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tables import ROW, joined, law

from auxtheory import lower_bounds, theorems
from auxtheory.analysis import comparison, numbers
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.glossary import symbols
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.table import Table

TARGET = Quadratic(L=1.0, mu=0.5, dim=4)
NOISE = Gaussian(sigma_f=1.0)


def two_axes(theorem: str = "AuxMOM", factor: float = 1.0) -> Table:
    """Values over δ and T that fall with T."""
    tables = [
        law("delta", X, lambda d, T=T: factor * root(d) / T, lambda d: 0.2, T=T, theorem=theorem)
        for T in (100, 1, 10)
    ]
    return joined(*tables)


def drawn(axes: Axes, marker: str = "o") -> Any:
    """The (x, y) of the markers, of all lines with this marker but rings."""
    lines = [
        line
        for line in axes.get_lines()
        if line.get_marker() == marker and line.get_markerfacecolor() != "none"
    ]
    return [np.array(line.get_xydata()) for line in lines]


def rings(figure: Figure) -> Any:
    return [
        np.array(line.get_xydata())
        for line in figure.axes[0].get_lines()
        if line.get_color() == "black" and line.get_markersize() > 8
    ]


def test_the_largest_over_the_other_axes_is_drawn() -> None:
    """Of bounds and of measured values, for each theorem; the title names the other axes."""
    figure = comparison(joined(two_axes(), two_axes("AuxMVR", 0.5)), "delta")
    (points,) = drawn(figure.axes[0])
    assert points[:, 0] == pytest.approx(X) and points[:, 1] == pytest.approx([root(x) for x in X])
    bounds = [line for line in figure.axes[0].get_lines() if line.get_linestyle() != "None"]
    assert len(bounds) == 2 and all(set(line.get_ydata()) == {0.2} for line in bounds)
    assert figure.axes[0].get_title().startswith("42 cells, largest over T\n")
    assert legend(figure) == ["AuxMOM", "AuxMVR", "largest bound", "largest measured value"]
    over_T = comparison(two_axes(), "T")
    (points,) = drawn(over_T.axes[0])
    assert points[:, 0].tolist() == [1, 10, 100]
    assert points[:, 1] == pytest.approx([0.1, 0.01, 0.001])


def test_the_axis_is_the_first_of_several_values() -> None:
    assert comparison(two_axes()).axes[0].get_xlabel() == "Hessian similarity δ, in F/X²"
    one = comparison(law("delta", X, root, root), "delta")
    assert legend(one)[1:] == ["bound", "measured value"]


def test_violated_cells_have_rings_wherever_they_lie() -> None:
    """Above the bound, and below the largest bound; one far above is at the edge, and flattens
    nothing."""
    small = {**ROW, "delta": 0.1, "measured": 0.02, "bound": 0.01, "status": "violated", "T": 3}
    far = {**small, "delta": 1.0, "measured": 1e30}
    figure = comparison(Table((*two_axes().rows, small, far)), "delta")
    (found,) = rings(figure)
    low, high = figure.axes[0].get_ylim()
    assert found[0].tolist() == pytest.approx([0.1, 0.02])
    assert found[1][0] == 1.0 and 0.2 < found[1][1] < high < 100 * 0.2
    assert low > 1e-6 and "2 violated" in figure.axes[0].get_title()
    assert legend(figure)[-1] == "violated (at the upper edge: beyond it)"
    diverged = {**small, "measured": math.inf}
    title = comparison(Table((*two_axes().rows, diverged)), "delta").axes[0].get_title()
    assert "1 more violated by diverging, not drawn" in title.replace("\n", " ")


def study(*kinds: Any, **axes: Any) -> Table:
    return Study([kind() for kind in kinds], TARGET, axes.pop("noise", NOISE), **axes).run()


def bands(axes: Axes) -> list[Any]:
    return [np.array(band.get_paths()[0].vertices) for band in axes.collections]


def test_the_band_lies_between_the_lower_bound_and_the_bound() -> None:
    """Of SGD at each T, the bound for every η, which the library's value gives."""
    table = study(theorems.SGD, theorems.AuxMVR, delta=0.1, K=4, T=[10, 100, 1000])
    figure = comparison(table, "T")
    (band,) = bands(figure.axes[0])
    c = Constants(L=1.0, F0=1.0, sigma_f=1.0)
    for T in (10, 100, 1000):
        ends = band[band[:, 0] == T][:, 1]
        upper = theorems.SGD().value(c, theorems.SGD().tune(c, 1, T))
        assert min(ends) == pytest.approx(float(lower_bounds.SGD.value(c, T=T)))
        assert max(ends) == pytest.approx(float(upper))
    assert "down to a lower bound for all steps" in legend(figure)
    rows = numbers("comparison", table, against="T")[""]
    assert np.isnan(rows.where(theorem="AuxMVR")["lower"]).all()
    assert rows.where(theorem="SGD")["lower"] == pytest.approx(
        [float(lower_bounds.SGD.value(c, T=T)) for T in (10, 100, 1000)]
    )


def test_the_band_at_chosen_steps_is_that_of_the_steps() -> None:
    etas = [0.01, 0.1, 1.0]
    table = study(theorems.SGD, theorems.AuxMVR, eta=etas, a=1.0, K=1, T=100, delta=0.01)
    figure = comparison(table, "eta")
    (band,) = bands(figure.axes[0])
    c = Constants(L=1.0, F0=1.0, sigma_f=1.0)
    for eta in etas:
        lower = lower_bounds.SGD.value(c, Steps(eta=eta, K=1, T=100))
        assert min(band[band[:, 0] == eta][:, 1]) == pytest.approx(float(lower))
    assert "down to a lower bound at these steps" in legend(figure)


def test_a_users_theorem_has_no_band() -> None:
    """Its class may be smaller, even if it has the name of one of the library."""
    L, F0, sigma_f, T = symbols("L F0 sigma_f T")
    mine = theorems.claim(
        3 * L * F0 / T + 3 * sigma_f**2, like=theorems.SGD(), steps=theorems.SGD(), name="SGD"
    )
    table = Study([mine], TARGET, NOISE, T=[10, 100]).run()
    figure = comparison(table, "T")
    assert not bands(figure.axes[0]) and len(drawn(figure.axes[0], "s")) == 1
    both = study(theorems.ExactCorrection, theorems.ExactCorrectionNoise, delta=0.3, K=4, T=[9, 99])
    (band,) = bands(comparison(both, "T").axes[0])
    assert max(band[:, 1]) == pytest.approx(both.where(theorem="ExactCorrection")["bound"].max())


def test_every_axis_has_a_scale_that_shows_all_values() -> None:
    """0 and ∞ and texts have places; single steps and methods without the parameter are level."""
    table = study(
        theorems.SGD, theorems.AuxMOM, delta=[0.0, 1e-3, 0.1], K=[1, 4], T=10, B=[1, 100, np.inf]
    )
    even = comparison(table, "delta").axes[0]
    assert even.get_xlabel().endswith("(not to scale)") and even.get_xscale() == "linear"
    assert [tick.get_text() for tick in even.get_xticklabels()] == ["0", "0.001", "0.1"]
    batches = [tick.get_text() for tick in comparison(table, "B").axes[0].get_xticklabels()]
    assert batches == ["1", "100", "∞"]
    over_K = comparison(table, "K")
    (level,) = drawn(over_K.axes[0], "s")
    assert level[:, 0].tolist() == [1, 4] and level[0, 1] == level[1, 1]
    near = law("correlation", [-0.5, 0.0, 0.5], lambda r: 0.1, lambda r: 0.2)
    assert comparison(near).axes[0].get_xscale() == "linear"
    schedules = {"eta": math.nan, "mode": "theorem"}
    table = joined(
        law(
            "eta_schedule", ["0.5 / sqrt(t)", "0.5 / t"], lambda t: 0.1, lambda t: 1.0, **schedules
        ),
        law("eta", [0.1], root, root, mode="theorem"),
    )
    ticks = [tick.get_text() for tick in comparison(table, "eta").axes[0].get_xticklabels()]
    assert ticks == ["0.1", "0.5 / sqrt(t)", "0.5 / t"]


def test_step_parameters_are_axes_too() -> None:
    """Of a method of the library and of a user's."""
    table = joined(
        law("momentum", [0.0, 0.5, 0.9], lambda m: 0.1 + m / 10, lambda m: 1.0, theorem="Mine")
    )
    figure = comparison(table)
    (points,) = drawn(figure.axes[0])
    assert figure.axes[0].get_xlabel() == "momentum" and points[:, 0].tolist() == [0.0, 0.5, 0.9]


def test_a_panel_for_each_theorem() -> None:
    """With the same axes, and the other bounds in grey."""
    table = joined(*(two_axes(name) for name in ("AuxMOM", "AuxMVR", "Mine")))
    figure = comparison(table, "delta", panels=True)
    assert [axes.get_title() for axes in figure.axes] == ["AuxMOM", "AuxMVR", "Mine"]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    for axes in figure.axes:
        lines = [line for line in axes.get_lines() if line.get_linestyle() != "None"]
        assert len(lines) == 4 and sum(line.get_color() == "#cfcfcf" for line in lines) == 3
    assert legend(figure) == ["largest bound", "largest measured value"]


def test_the_options_of_all_figures() -> None:
    """Size, order and labels; the axes of someone else."""
    table = joined(two_axes(), two_axes("AuxMVR"))
    labels = {"AuxMVR": "variance reduced"}
    figure = comparison(table, "delta", width=3.4, order=["AuxMVR"], labels=labels)
    assert figure.get_figwidth() == 3.4 and legend(figure)[:2] == ["variance reduced", "AuxMOM"]
    given = Figure()
    axes = given.subplots()
    assert comparison(table, "delta", ax=axes) is given and len(drawn(axes)) == 1


def test_what_cannot_be_compared_is_listed() -> None:
    with pytest.raises(InputError, match="against = 'gamma': must be one of L, mu"):
        comparison(two_axes(), "gamma")
    with pytest.raises(InputError, match="two values or more; those that have are delta, T"):
        comparison(two_axes(), "K")
    with pytest.raises(InputError, match=r"measure = \['G', 'gap'\]: must be one"):
        comparison(joined(two_axes(), law("delta", X, root, root, measure="gap")), "delta")
    with pytest.raises(InputError, match="at two values of an axis or more"):
        comparison(law("delta", [0.1], root, root))
    with pytest.raises(InputError, match="panels = 3"):
        comparison(two_axes(), "delta", panels=3)  # type: ignore[arg-type]
    tuned = study(theorems.SGD, T=[10, 100])
    with pytest.raises(InputError, match="against = 'eta': must have cells"):
        comparison(tuned, "eta")
