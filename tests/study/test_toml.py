"""Study files: what a good one means."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toml_files import GOOD, OWN, told

from auxtheory import theorems
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Cosine, Quadratic
from auxtheory.study import Study
from auxtheory.study.toml import read
from auxtheory.validation.validate import validate

EXAMPLES = Path(__file__).resolve().parents[2] / "auxtheory" / "study" / "toml" / "examples"


def test_a_small_file_has_defaults(write: Any) -> None:
    found = read(write(GOOD, "small.toml"))
    assert (found.title, found.engine, found.mode) == ("small", "auto", None)
    assert (found.replicas, found.false_alarm) == (256, 1e-4)
    assert [type(theorem) for theorem in found.theorems] == [theorems.AuxMOM]
    assert (
        isinstance(found.target, Quadratic) and repr(found.target) == "at.Quadratic(L=1.0, dim=4)"
    )
    assert isinstance(found.noise, Gaussian) and repr(found.noise) == "at.Gaussian()"
    assert dict(found.helper) == {} and dict(found.axes) == {"K": 1, "T": 2} and found.text == GOOD


def test_a_full_file_means_what_it_says(write: Any) -> None:
    found = read(
        write("""
title = "All of it"
theorems = ["s3", "SGD"]
engine = ["exact", "numpy"]
mode = "unsafe"
replicas = 64
false_alarm = 0.01
target = { family = "Quadratic", spectrum = "two-cluster", x_star = [1, 2.5, 3, 4], rotation = 3 }
[helper]
gap = "uniform"
rotation = 2
[noise]
law = "RandomSign"
s = 0.5
[axes]
delta = { from = 1e-3, to = 1, points = 4 }
zeta = { from = 0, to = 1, points = 3, scale = "linear" }
T = { from = 100, to = 1e4, points = 5 }
K = [1e1, 20]
B = [16, inf]
dim = 4
seed = { from = 0, to = 3, points = 4, scale = "linear" }
eta = [1, 0.5]
a = 1
mu = [0.5, 0]
L = [1, 2]
correlation = [-1, 0]
""")
    )
    assert (
        found.title == "All of it" and found.engine == ("exact", "numpy") and found.mode == "unsafe"
    )
    assert (found.replicas, found.false_alarm, dict(found.helper)) == (
        64,
        0.01,
        {"gap": "uniform", "rotation": 2},
    )
    assert [theorem.label for theorem in found.theorems] == ["S3", "S0"]
    target = (
        "at.Quadratic(L=2.0, mu=0.0, dim=4, spectrum='two-cluster', x_star=[1.0, 2.5, 3.0, "
        "4.0], rotation=3)"
    )
    assert repr(found.target).replace("[1, ", "[1.0, ") == target
    assert isinstance(found.noise, RandomSign) and found.noise.s == 0.5
    assert (
        found.axes["delta"] == pytest.approx([1e-3, 1e-2, 1e-1, 1.0], rel=1e-14)
        and found.axes["delta"][-1] == 1
    )
    assert found.axes["zeta"] == [0.0, 0.5, 1.0] and found.axes["B"] == [16, np.inf]
    assert found.axes["T"] == [100, 316, 1000, 3162, 10_000] and found.axes["K"] == [10, 20]
    assert found.axes["seed"] == [0, 1, 2, 3] and found.axes["dim"] == 4 and found.axes["a"] == 1.0
    for name in ("T", "K", "seed"):
        assert {type(value) for value in found.axes[name]} == {int}
    assert {type(value) for value in found.axes["eta"]} == {float}


def test_noise_with_a_shape(write: Any) -> None:
    head = (
        'theorems = ["S3"]\ntarget = { L = 1, dim = 2 }\n[axes]\nK = 1\nT = 1\nsigma_f = [0, 1]\n'
    )
    found = read(write(head + "[noise]\nshape = [[2, 1], [1, 2]]\nshape_h = [1, 3]\n"))
    assert found.noise.shape.tolist() == [[2, 1], [1, 2]]
    assert found.noise.shape_h.tolist() == [1, 3]
    assert found.noise.additive("f", 2).shape == (2, 2)


def test_a_cosine_and_the_values_of_target_axes_that_suit_each_other(write: Any) -> None:
    """The largest L and dim and the smallest F0: what any cell allows is allowed."""
    head = 'theorems = ["S4"]\n[target]\nfamily = "Cosine"\nlow = 0.5\n[axes]\nK = 1\nT = 1\n'
    found = read(write(head + "L = [0.1, 1]\ndim = [1, 2]\nF0 = [5, 1]\n"))
    assert isinstance(found.target, Cosine) and (
        found.target.L,
        found.target.dim,
        found.target.F0,
    ) == (1, 2, 1)
    complaints = told(write(head + "L = [0.1, 0.2]\ndim = 1\nF0 = -1\n"))
    assert len(complaints) == 2 and complaints[0].startswith(
        "line 4: target.low = 0.5: must be at most L"
    )
    assert complaints[1].startswith("line 10: axes.F0 = -1.0: ")


@pytest.mark.parametrize("name", ["flagship", "floor", "stability"])
def test_the_examples_are_good(name: str) -> None:
    found = read(EXAMPLES / f"{name}.toml")
    cells = len(found.theorems) * int(np.prod([np.size(value) for value in found.axes.values()]))
    assert (
        cells == {"flagship": 3 * 25 * 9 * 5 * 5, "floor": 2 * 13 * 3, "stability": 31 * 31}[name]
    )
    if "eta" not in found.axes:
        with found.located():
            Study(
                list(found.theorems), found.target, found.noise, engine=found.engine, **found.axes
            )


def test_the_floor_is_one_and_the_stable_region_has_an_end() -> None:
    """Otherwise the examples show nothing: Naive is within its theorem and stops, AuxMOM goes on; some
    steps diverge."""
    found = read(EXAMPLES / "floor.toml")
    axes = {**found.axes, "zeta": 1.0, "T": [1_000, 10_000]}
    table = Study(list(found.theorems), found.target, found.noise, **axes).run()
    fall = {n: float(np.divide(*table.where(theorem=n)["measured"])) for n in ("Naive", "AuxMOM")}
    assert set(table["status"]) == {"pass"} and fall["Naive"] < 1.1 and fall["AuxMOM"] > 2
    found = read(EXAMPLES / "stability.toml")
    pair = found.target.with_helper(found.axes["delta"])
    eta, a = (np.ravel(v) for v in np.meshgrid(found.axes["eta"][::5], found.axes["a"][::5]))
    verdict = validate(
        found.theorems[0], pair, found.noise, K=10, T=100, eta=eta, a=a, mode="unsafe"
    )
    measured = verdict.table["measured"]
    assert 0.2 < np.mean(measured < 100) < 0.9


@pytest.mark.usefixtures("modules")
def test_a_user_s_own_theorems_are_found_beside_the_file(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(OWN, "own_claims.py")
    names = '["own_claims.py:Mine", "own_claims.py:Other", "auxtheory.theorems:SGD"]'
    path = write(GOOD.replace('["AuxMOM"]', names))
    monkeypatch.chdir("/")
    for _ in range(2):
        assert [theorem.name for theorem in read(path).theorems] == ["Mine", "Other", "SGD"]
    assert sys.modules["own_claims"].__file__ == str(path.with_name("own_claims.py").resolve())
