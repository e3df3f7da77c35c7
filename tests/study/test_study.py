"""Studies equal their cells one by one."""

from __future__ import annotations

import numpy as np
import pytest

from auxtheory import theorems
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.validation.validate import validate

TARGET = Quadratic(L=1.0, mu=0.2, dim=4)
NOISE = Gaussian(sigma_f=1.0)


def test_cells_equal_single_runs() -> None:
    """A grid over four axes: every cell is what validate gives for it alone."""
    study = Study(
        [theorems.AuxMOM(), theorems.SGD()],
        TARGET,
        NOISE,
        L=[1.0, 2.0],
        delta=[0.0, 0.1],
        sigma_h=[0.0, 0.5],
        K=[2, 5],
        T=[5, 20],
    )
    table = study.run()
    assert len(table) == 8 * 2 * 2 + 8 * 2
    for row in list(table)[::5]:
        theorem = getattr(theorems, row["theorem"])()
        pair = Quadratic(L=row["L"], mu=0.2, dim=4).with_helper(row["delta"])
        alone = validate(
            theorem, pair, Gaussian(sigma_f=1.0, sigma_h=row["sigma_h"]), K=row["K"], T=row["T"]
        )
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


def test_a_helper_is_checked_beside_all_else() -> None:
    """A gap against every δ, whatever else is wrong; a bad δ is told once."""
    with pytest.raises(InputError) as caught:
        Study(
            [theorems.SGD()],
            TARGET,
            helper={"gap": [0.1] * 4, "bias": [0.0] * 4},
            delta=[0.1, 0.2],
            a=1,
            K=0,
            T=1,
        )
    for text in (
        "K = 0",
        "a = [1]",
        "gap = [0.1, 0.1, 0.1, 0.1]: must have a",
        "delta = 0.2",
        "bias = ",
    ):
        assert text in str(caught.value), text
    for deltas in ([-0.1, 0.1], ["x", 0.1], []):
        with pytest.raises(InputError) as caught:
            Study(
                [theorems.SGD()], TARGET, helper={"gap": [0.1] * 4}, delta=deltas, zeta=-1, K=1, T=1
            )
        assert [text.partition(" ")[0] for text in caught.value.complaints] == ["delta", "zeta"]


def test_bad_values_on_axes_are_found_before_anything_runs() -> None:
    """Every axis, and how to run."""
    with pytest.raises(InputError) as caught:
        Study(
            [theorems.SGD()],
            TARGET,
            "x",
            delta=[-1, 0.1],
            zeta="a",
            sigma_h=[[1.0], [2.0, 3.0]],
            correlation=2.0,
            B=0,
            engine="z",
            replicas=1,
            seed=-1,
            K=1,
            T=1,
        )  # type: ignore[arg-type]
    for text in (
        "noise",
        "delta = -1",
        "zeta",
        "sigma_h",
        "correlation = 2",
        "B = 0",
        "'z'",
        "replicas = 1",
        "seed",
    ):
        assert text in str(caught.value), text
