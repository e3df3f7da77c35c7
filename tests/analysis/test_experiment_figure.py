"""The figure of an experiment says what its bands are, how steps were tuned, and which curves
coincide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from figure_parts import legend
from scipy.stats import t as student

from auxtheory import experiments
from auxtheory.analysis.figures.experiment import experiment
from auxtheory.errors import InputError
from auxtheory.experiments import Result
from auxtheory.table import Table

METHODS = ("AuxMOM", "AuxMVR", "SGD")
VALUES = {"AuxMOM": 1.0, "AuxMVR": 1.001, "SGD": 2.0}


def made(**more: Any) -> Result:
    """A result with known means, the same of two methods over the rounds."""
    settings = experiments.settings("mislabelled").replace(methods=METHODS, replicas=16)
    rows = [
        {
            "case": case["label"],
            "method": name,
            "round": round_,
            "price": float(round_ * (1 + (name == "AuxMVR"))),
            "grad_sq": VALUES[name] / round_,
            "error": 0.1 / round_,
            "delta low": 0.0,
            "delta": 0.0,
            "bias": 0.1,
            **more,
        }
        for case in settings.cases
        for name in METHODS
        for round_ in range(1, 31)
    ]
    return Result(settings, Table(tuple(rows)), Table(()), "Title")


def complete(**more: Any) -> Result:
    """The same with loss and accuracy, of which AuxMVR has the best, 0.9."""
    result = made(**more)
    last = {"AuxMOM": 0.88, "AuxMVR": 0.9, "SGD": 0.8}
    rows = [
        {
            **row,
            "loss": row["grad_sq"],
            "loss se": 0.01,
            "held-out accuracy": last[row["method"]] - 0.3 / row["round"],
            "held-out accuracy se": 0.002,
        }
        for row in result.table
    ]
    settings = result.settings
    return Result(settings, Table(tuple(rows)), Table(()), "Title")


def test_accuracy_loss_and_gradient_have_a_row_of_panels_each() -> None:
    """Over rounds and price, each row with the same limits, and the aim at 99 % of the best."""
    figure = experiment(complete(), width=7.0)
    cases = len(experiments.settings("mislabelled").cases)
    rows = np.array(figure.axes).reshape(4, cases)
    labels = [" ".join(row[0].get_ylabel().split()) for row in rows]
    assert labels[:2] == ["held-out accuracy"] * 2
    assert labels[2:] == ["E f(x) in training, in F", "E‖∇f(x)‖², in F²/X²"]
    assert [row[1].get_xlabel() for row in rows] == ["rounds", "price", "price", "price"]
    assert all(len({axes.get_ylim() for axes in row}) == 1 for row in rows)
    aim, *curves = rows[0, 0].get_lines()
    assert set(aim.get_ydata()) == {0.99 * (0.9 - 0.01)} and len(curves) == len(METHODS)
    assert curves[2].get_ydata()[-1] == 0.8 - 0.01
    # Accuracy is stretched near 1: equal steps of log(1 − accuracy) are equally long.
    scale = rows[0, 0].transData.transform([(0, 0.5), (0, 0.75), (0, 0.875)])[:, 1]
    assert scale[2] - scale[1] == pytest.approx(scale[1] - scale[0])
    assert "99 % of the best held-out accuracy" in legend(figure)
    title = " ".join(figure.get_suptitle().split())
    assert "or beyond) by f at the end on 32 other replicas" in title


def test_the_panel_says_what_is_known_of_the_helper() -> None:
    """δ at all x, and what is certified around a few runs is not said of all of them."""
    figure = experiment(
        complete(**{"delta low": 0.2, "delta": 2.0, "delta region": 0.8, "delta met": 0.15})
    )
    text = " ".join(figure.axes[0].get_title().split())
    assert (
        "0.2 ≤ δ ≤ 2, met 0.15 in runs, ≤ 0.8 around 4 runs of each method, ‖∇r(x*)‖ = 0.1" in text
    )


def test_an_accuracy_of_1_is_drawn() -> None:
    """Otherwise the axis, which shows log(1 − accuracy), is infinite."""
    rows = [{**row, "held-out accuracy": 1.0} for row in complete().table]
    settings = experiments.settings("mislabelled")
    figure = experiment(Result(settings, Table(tuple(rows)), Table(()), "Title"))
    figure.canvas.draw()
    low, high = figure.axes[0].get_ylim()
    assert low < high <= 1


def test_bands_and_tuning_are_named() -> None:
    """In the legend and the title; of coinciding curves, which."""
    figure = experiment(made())
    assert legend(figure) == [
        *METHODS,
        "95 % interval of 16 replicas",
        "price: gradients of f − h + 0.1 × those of h",
    ]
    title = " ".join(figure.get_suptitle().split())
    tuned = "η and a: best of 6 × 4 (0.02 ≤ ηL ≤ 1, 0.03 ≤ a ≤ 1 or beyond) on 32 other replicas"
    assert title == f"Title {tuned} AuxMOM and AuxMVR coincide over the rounds"
    assert figure.axes[0].get_ylabel() == "E‖∇f(x)‖², in F²/X²"


def test_the_band_is_an_interval_by_students_t() -> None:
    """Around the mean, of so many replicas."""
    band = experiment(made()).axes[0].collections[2].get_paths()[0].vertices
    at_1 = band[band[:, 0] == 1][:, 1]
    half = float(student.ppf(0.975, 15)) * 0.1
    assert (min(at_1), max(at_1)) == pytest.approx((2 - half, 2 + half))


def test_methods_differ_by_marker_and_line() -> None:
    """And markers of curves that coincide are at different places."""
    lines = experiment(made()).axes[0].get_lines()
    assert len({line.get_marker() for line in lines}) == 3
    assert len({str(line.get_linestyle()) for line in lines}) == 3
    assert len({line.get_markevery() for line in lines}) == 3


def test_the_options_of_all_figures() -> None:
    """With methods in place of theorems."""
    figure = experiment(made(), width=3.4, order=["SGD"], labels={"AuxMOM": "momentum"})
    assert figure.get_figwidth() == 3.4 and legend(figure)[:2] == ["SGD", "momentum"]
    assert len(figure.axes) == 2 * len(experiments.settings("mislabelled").cases)
    with pytest.raises(InputError, match="order = 'Adam'"):
        experiment(made(), order=["Adam"])
    with pytest.raises(InputError, match="result = 3"):
        experiment(3)  # type: ignore[arg-type]


def test_values_far_from_the_means_do_not_flatten() -> None:
    figure = experiment(made(error=np.float64(1e9)))
    low, high = figure.axes[0].get_ylim()
    assert 1e-3 < low and high < 10
