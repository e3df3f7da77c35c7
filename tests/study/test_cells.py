"""Every cell of a study is what `validate` gives for it alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import xarray as xr
from small_studies import NOISE, TARGET, small

from auxtheory import theorems
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Cosine, Logistic, Quadratic
from auxtheory.study import Study
from auxtheory.validation.validate import validate


def alone(study: Study, row: Any) -> Any:
    """One row by `validate`."""
    theorem = next(t for t in study.theorems if t.name == row["theorem"])
    target = dataclasses.replace(TARGET, mu=row.get("mu", 0.2))
    pair = target.with_helper(row["delta"], row.get("zeta", 0.0), **study.helper)
    noise = dataclasses.replace(NOISE, s=row.get("s", 0.0))
    given = {"eta": row["eta"], "mode": study.mode} if "eta" in study.axes else {}
    given |= {"a": row["a"]} if given and theorem.method.uses_a else {}
    return validate(theorem, pair, noise, K=row["K"], T=row["T"], B=row.get("B", np.inf), **given)


@pytest.mark.parametrize(
    "changes",
    [
        {"mu": [0.1, 0.2], "zeta": 0.5, "delta": [0.01, 0.15]},
        {"B": [4, np.inf], "K": 3, "T": [7, 9]},
        {"s": [0.0, 0.05], "T": 20},
        {"helper": {"gap": "uniform", "rotation": 1}, "delta": [0.01, 0.1], "T": 12},
        {"eta": [0.01, 0.1, 0.4], "a": [0.2, 1.0], "delta": 0.1},
        {"eta": [0.01, 0.1, 5.0], "a": [0.2, 1.0], "delta": 0.1, "mode": "unsafe", "T": [20, 10]},
    ],
)
def test_cells_equal_validate(changes: dict[str, Any]) -> None:
    """Whatever the axes, each row that was run is what `validate` says of that case alone."""
    study = small(**changes)
    rows = [row for row in study.run() if not np.isnan(row["measured"])]
    assert len(rows) > 5
    for row in rows[:: max(1, len(rows) // 12)]:
        verdict = alone(study, row)
        (single,) = verdict.table
        for name in ("eta", "measured", "bound", "ratio", "share", "calls_r", "calls_h"):
            assert row[name] == pytest.approx(single[name], rel=1e-9), name
        assert row["dominant"] == single["dominant"] and row["engine"] == verdict.engine
        if row["status"] != "outside":
            assert row["status"] == verdict.status and row["mode"] == (study.mode or verdict.mode)


def test_steps_outside_the_range_promise_nothing() -> None:
    """Mode theorem leaves those cells out; mode unsafe measures them, and says so by their
    status."""
    axes: dict[str, Any] = {"eta": [0.1, 0.9, 5.0], "a": 1.0, "delta": 0.1, "K": 2, "T": 20}
    within = Study([theorems.AuxMOM()], TARGET, NOISE, **axes).run()
    beyond = Study([theorems.AuxMOM()], TARGET, NOISE, **axes, mode="unsafe").run()
    assert within["status"].tolist() == ["pass", "pass", "outside"] == beyond["status"].tolist()
    assert np.isnan(within["measured"][2]) and beyond["measured"][2] > 1e3
    assert within["measured"][:2] == pytest.approx(beyond["measured"][:2], rel=1e-12)


def test_single_runs_by_seed_and_engine() -> None:
    """Seeds and engines are axes: each cell is a run of its own, the exact one the mean of all
    seeds."""
    axes: dict[str, Any] = {
        "delta": 0.1,
        "K": 2,
        "T": 30,
        "seed": range(6),
        "engine": ["exact", "numpy"],
    }
    found = Study([theorems.AuxMOM()], TARGET, NOISE, replicas=8, **axes).run()
    assert dict(found.dataset.sizes) == {"theorem": 1, "seed": 6, "engine": 2}
    exact, sampled = (found.where(engine=name)["measured"] for name in ("exact", "numpy"))
    assert len(set(exact)) == 1 and len(set(sampled)) == 6
    assert np.mean(sampled) == pytest.approx(exact[0], abs=4 * np.std(sampled) / np.sqrt(6))
    assert set(found["replicas"]) == {0, 8}


@pytest.mark.parametrize(
    ("target", "noise", "axes"),
    [
        (
            Cosine(L=1.0, dim=3),
            RandomSign(),
            {"delta": [0.05, 0.1], "sigma_f": [0.1, 1.0], "F0": [0.5, 0.9]},
        ),
        (Cosine(L=1.0, dim=3).with_helper(0.1), NOISE, {"sigma_h": [0.0, 0.1]}),
        (
            Logistic(features=np.eye(4)[:, :3], labels=np.array([0, 1, 0, 1]), l2=0.1),
            NOISE,
            {"delta": [0.0, 0.01]},
        ),
        (Quadratic(L=2.0, mu=0.5, dim=3).with_helper(0.1), None, {}),
    ],
)
def test_every_kind_of_target(target: Any, noise: Any, axes: dict[str, Any]) -> None:
    axes = {"K": 2, "T": [10, 20], "engine": "exact" if noise is None else "numpy", **axes}
    study = Study([theorems.AuxMOM(), theorems.SGD()], target, noise, replicas=16, **axes)
    found = study.run()
    assert set(found["status"]) <= {"pass", "undecided"} and not found.errors
    assert len(found) == 2 * int(
        np.prod([len(values) for values in axes.values() if isinstance(values, list)])
    )


def test_minibatches_of_a_pair() -> None:
    f = Logistic(
        features=np.random.default_rng(0).standard_normal((12, 3)), labels=np.arange(12) % 2, l2=0.1
    )
    pair = f.with_helper(0.01)
    found = Study(
        [theorems.AuxMOM()],
        pair,
        Minibatch(pair=pair, batch=2),
        K=2,
        T=10,
        replicas=16,
        seed=[0, 1],
        engine="numpy",
    ).run()
    assert not found.errors and set(found["engine"]) == {"numpy"}


def test_a_target_has_the_axes_that_it_can_have() -> None:
    with pytest.raises(InputError, match="axis = 'mu'"):
        Study([theorems.AuxMOM()], Cosine(L=1.0, dim=3), mu=[0.1], K=1, T=1)
    with pytest.raises(InputError, match="axis = 'delta'"):
        Study([theorems.AuxMOM()], TARGET.with_helper(0.1), delta=[0.1], K=1, T=1)


def test_what_is_wrong_with_steps_helpers_and_names_is_told_together() -> None:
    with pytest.raises(InputError) as caught:
        Study(
            [theorems.AuxMOM(), theorems.AuxMOM()],
            TARGET,
            NOISE,
            eta=[0.1, 0.1],
            K=1,
            T=1,
            mode="tuned",
            helper={"gap": "sings"},
            false_alarm=2.0,
        )  # type: ignore[arg-type]
    for text in (
        "'AuxMOM': must not occur twice",
        "eta = [0.1, 0.1]: must not hold",
        "mode tuned",
        "a = None",
        "false_alarm = 2",
    ):
        assert text in str(caught.value), text
    with pytest.raises(InputError, match="'sings'"):
        small(helper={"gap": "sings"})
    with pytest.raises(InputError, match="with_helper"):
        small(helper={"gpa": "signs"})
    with pytest.raises(InputError, match="eta = None: must be an axis in mode unsafe"):
        small(mode="unsafe")
    with pytest.raises(InputError, match="must be left out, since no method has momentum"):
        Study([theorems.SGD()], TARGET, eta=0.1, a=0.5, K=1, T=1)


def test_a_failing_cell_says_why_and_keeps_to_itself() -> None:
    """μ > L in one cell, a bound that raises in another: their neighbours have their numbers."""
    study = Study(
        [theorems.SGD()], Quadratic(L=1.0, mu=0.1, dim=3), NOISE, mu=[0.1, 0.9, 2.0], K=1, T=[5, 6]
    )
    found = study.run()
    assert found["status"].tolist() == ["pass"] * 4 + ["failed"] * 2 or found.counts == {
        "pass": 4,
        "failed": 2,
    }
    assert set(found.where(status="failed")["mu"]) == {2.0}
    assert list(found.errors) == ["mu = [2.]: must be at most L = 1.0"]

    def bound(c: Any, s: Any) -> float:
        if c.sigma_f > 1:
            raise ZeroDivisionError("by zero")
        return float("nan") if c.sigma_f == 0.5 else 10.0

    claim = theorems.claim(bound, like=theorems.SGD(), check_units=False, name="Mine")
    mine = Study([claim], TARGET, sigma_f=[0.1, 0.5, 1.0, 2.0], eta=0.1, K=1, T=5).run()
    assert mine["status"].tolist() == ["pass", "failed", "pass", "failed"]
    assert "raised ZeroDivisionError: by zero" in mine["error"][3] and "nan" in mine["error"][1]


def test_an_engine_that_refuses_says_so_once() -> None:
    found = Study(
        [theorems.AuxMOM()], Cosine(L=1.0, dim=2), delta=[0.1, 0.2], K=1, T=5, engine="exact"
    ).run()
    assert found.errors == {"exact needs a quadratic pair, and CosinePair is not one": 2}
    assert found.counts == {"failed": 2}


def test_a_cell_does_not_depend_on_longer_runs() -> None:
    """What diverges by round 400 has not diverged at round 3; multiplicative noise leaves the mode
    of the steps."""
    axes: dict[str, Any] = {"eta": 10.0, "a": 1.0, "delta": 0.1, "K": 2, "mode": "unsafe"}
    for engine in ("exact", "numpy"):
        found = Study(
            [theorems.AuxMOM()], TARGET, NOISE, T=[3, 400], engine=engine, replicas=4, **axes
        ).run()
        assert (found["diverged"] > 0).tolist() == [False, True]
    assert set(small(s=[0.0, 0.05], T=10).run().where(theorem="AuxMOM")["mode"]) == {"tuned"}


def test_axes_of_any_kind() -> None:
    """Lists, tuples, ranges, arrays (of no dimension too), a pandas Series, an xarray DataArray."""
    pd = pytest.importorskip("pandas")
    for axis in (
        [0.1, 0.2],
        (0.1, 0.2),
        np.array([0.1, 0.2]),
        pd.Series([0.1, 0.2]),
        xr.DataArray([0.1, 0.2]),
    ):
        assert small(delta=axis, K=2, T=np.array(5)).axes["delta"] == (0.1, 0.2)
    assert small(T=np.array(5)).axes["T"] == (5,) and "T" not in small(T=np.array(5)).several
    assert len(small(delta=np.linspace(0, 1, 30_000), K=2, T=5).axes["delta"]) == 30_000


def test_grids_belong_on_axes() -> None:
    """Arrays inside the target, its pair or the noise would be paired off with the axes."""
    with pytest.raises(InputError) as caught:
        Study(
            [theorems.AuxMOM()],
            Quadratic(L=np.array([1.0, 2.0]), dim=2),
            Gaussian(sigma_f=[0.0, 1.0]),
            K=1,
            T=1,
        )
    for text in (
        "L = [1., 2.]: must be one number",
        "sigma_f = [0., 1.]: must be one number; several belong on",
    ):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="must be a single pair"):
        Study([theorems.AuxMOM()], TARGET.with_helper([0.1, 0.2]), K=1, T=1)
