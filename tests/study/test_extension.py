"""A study grows: its old cells are kept, and all is what a fresh run of the larger study gives,
byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from durable import content
from growing_studies import THREE, counts, made

from auxtheory import theorems
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Cosine, Quadratic
from auxtheory.study import Results, Study, StudyError
from auxtheory.study.running import execution
from auxtheory.study.running.compute import measure
from auxtheory.study.storage.records import CELL

pytestmark = pytest.mark.usefixtures("in_small_batches")
STEPS = {"eta": [0.1, 0.2], "a": [0.5]}

SAMPLED = {"engine": "numpy", "replicas": 4, "T": 3, "K": 2}
COSINE = {"target": Cosine(L=1.0, dim=3), **SAMPLED}
GROWN: dict[str, tuple[Study, Study]] = {
    "T": (made(), made(T=[5, 9, 40])),
    "T before the others": (made(), made(T=[2, 5, 7, 9])),
    "the order of T": (made(), made(T=[9, 5])),
    "delta": (made(), made(delta=[1e-4, 1e-3, 5e-3, 1e-2, 0.1, 0.5])),
    "K": (made(), made(K=[1, 2, 5])),
    "a theorem": (made(), made([*THREE, theorems.Naive()])),
    "a theorem before the others": (made(), made([theorems.Naive(), *THREE])),
    "a seed": (made(**SAMPLED), made(**SAMPLED, seed=[0, 1])),
    "an engine": (made(**SAMPLED), made(**{**SAMPLED, "engine": ["exact", "numpy"]})),
    "delta of sampled cells": (made(**COSINE), made(**COSINE | {"delta": [1e-3, 2e-3, 1e-2, 0.1]})),
    "L, of which the target has the largest": (
        made(target=Quadratic(L=2.0, mu=0.1, dim=4), L=[1.0, 2.0]),
        made(target=Quadratic(L=4.0, mu=0.1, dim=4), L=[1.0, 2.0, 4.0]),
    ),
    "mu and F0, which the target leaves to their defaults": (
        made(target=Quadratic(L=1.0, dim=4)),
        made(target=Quadratic(L=1.0, dim=4), mu=[0.0, 0.1], F0=[0.5, 1.0]),
    ),
    "numbers that become lists": (made(K=2, T=5), made()),
    "new axes": (
        made(T=5),
        made(T=5, sigma_f=[1.0, 2.0], zeta=[0.0, 0.1], mu=[0.1, 0.2], dim=[3, 4], B=[3, np.inf]),
    ),
    "T beside given steps": (made(**STEPS), made(**STEPS, T=[2, 5, 7, 9, 40])),
    "steps and T": (made(**STEPS), made(eta=[0.05, 0.1, 0.2], a=[0.3, 0.5], T=[5, 9, 40])),
    "twice as many points": (
        made(delta=np.geomspace(1e-3, 1.0, 4), T=5),
        made(delta=np.geomspace(1e-3, 1.0, 7), T=5),
    ),
}


@pytest.mark.parametrize("name", GROWN)
def test_a_study_that_grows_is_what_a_fresh_run_gives(tmp_path: Path, name: str) -> None:
    """Byte for byte, with only the new cells run; they are as many as the larger study has more."""
    small, large = GROWN[name]
    grown = tmp_path / "grown.study"
    fresh = tmp_path / "fresh.study"
    small.run(grown)
    told = counts(large, grown)
    assert told[0] == small.grid.size and told[-1] == large.grid.size and told[0] <= told[-1]
    large.run(fresh)
    # Of which some differ from the old ones by rounding, and keep those.
    if name != "twice as many points":
        assert content(grown) == content(fresh)
    assert Results.open(grown).counts == Results.open(fresh).counts
    assert counts(large, grown) == [large.grid.size]


def test_only_what_is_new_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every configuration and T that an engine is asked for is new."""
    path = tmp_path / "a.study"
    run = execution.workers.run_one
    asked = list[int]()
    made().run(path)

    def counted(study: Study, task: Any) -> bytes:
        asked.append(sum(task[1]) if task[1] else len(task[0]))
        return run(study, task)

    monkeypatch.setattr(execution.workers, "run_one", counted)
    made(T=[5, 9, 40], delta=[1e-3, 1e-2, 0.1, 0.3]).run(path)
    assert (
        sum(asked) == made(T=[5, 9, 40], delta=[1e-3, 1e-2, 0.1, 0.3]).grid.size - made().grid.size
    )


@pytest.mark.parametrize(
    "axes",
    [
        {"zeta": [0.0, 0.4]},
        {"zeta": [0.0, 0.4], "s": 0.1},
        {"sigma_f": [0.0, 1.0], "mu": [0.01, 1.0]},
        {"engine": "numpy", "replicas": 3},
        {"engine": "cpu", "replicas": 3},
        {"helper": {"rotation": 1}},
        STEPS,
    ],
)
def test_a_cell_has_the_same_bits_whatever_runs_beside_it(axes: dict[str, Any]) -> None:
    """Alone, among all, and under its own T alone: a configuration takes the form that is its
    own."""
    given = {**axes, "target": Quadratic(L=1.0, mu=0.1, dim=20), "delta": [0.0, 0.01, 0.3]}
    kinds = [theorems.AuxMOM(), theorems.AuxMVR(), theorems.Naive()]
    study = made(kinds, **given)
    together = measure(study, range(study.grid.size))[0]
    for i in range(0, study.grid.size, 7):
        wanted = np.arange(study.grid.size) == i
        assert (
            measure(study, range(study.grid.size), wanted)[0][i]["measured"].tobytes()
            == together[i]["measured"].tobytes()
        ), study.grid.cell(i)


@pytest.mark.parametrize("s", [0.0, 0.1])
def test_both_forms_of_the_exact_engine_have_the_same_bits(s: float) -> None:
    """Whether a study is worth compiling depends on all of its cells, and so may not change any."""
    records = []
    for compiled in (False, True):
        study = made(
            target=Quadratic(L=1.0, mu=0.1, dim=150),
            noise=Gaussian(sigma_f=1.0, s=s),
            zeta=[0.0, 0.4],
        )
        vars(study)["compiled"] = compiled
        records.append(measure(study, range(study.grid.size))[0])
    for name in CELL.names or ():
        if name not in ("mode", "engine", "dominant", "error"):
            np.testing.assert_array_equal(records[0][name], records[1][name], err_msg=name)


@pytest.mark.parametrize(
    ("study", "told"),
    [
        (
            made(T=[5, 40]),
            "holds cells that are not in this study (T = 9): add them, or store this one in",
        ),
        (
            made(THREE[:2], T=5),
            "holds another study (other axis T, theorem SGD): store this one in another file",
        ),
        (
            made(K=[2, 5, 7], delta=[0.5]),
            "are not in this study (delta = 0.001, delta = 0.01, delta = 0.1)",
        ),
        (
            made(replicas=512),
            "(other replicas: 256 in the file, 512 in this study): store this one in another file (`--out",
        ),
        (
            made(noise=RandomSign(sigma_f=1.0)),
            "noise: at.Gaussian(sigma_f=1.0) in the file, at.RandomSign(sigma_f=1.0) in this study",
        ),
        (made(noise=Gaussian(sigma_f=1.0, sigma_h=0.5), T=[5, 9, 40]), ""),
        (
            made(noise=Gaussian(sigma_f=2.0), T=[5, 9, 40]),
            "other axis T, noise: at.Gaussian(sigma_f=1.0) in the file",
        ),
        (
            made(target=Quadratic(L=1.0, mu=0.1, dim=5)),
            "other target: at.Quadratic(L=1.0, mu=0.1, dim=4) in the file",
        ),
        (made(helper={"gap": "uniform"}), "other helper: {} in the file"),
        (made(eta=[0.1], a=[0.5]), "axis eta"),
        (made(F0=[2.0, 3.0]), "holds cells that are not in this study (F0 = 1.0)"),
    ],
)
def test_what_is_not_a_larger_study_is_told(tmp_path: Path, study: Study, told: str) -> None:
    """What differs, and what to do; the file stays as it is. A level that an axis replaces makes no
    difference."""
    path = tmp_path / "a.study"
    made().run(path)
    before = content(path)
    if not told:
        assert counts(study, path)[0] == made().grid.size
        return
    with pytest.raises(StudyError) as caught:
        study.run(path)
    assert told in str(caught.value) and content(path) == before


def test_statuses_are_those_of_the_whole(tmp_path: Path) -> None:
    """False alarms are over all cells, old and new; another rate of them runs nothing."""
    path = tmp_path / "a.study"
    options = {"engine": "numpy", "replicas": 3, "sigma_h": 0.1, "T": [60]}
    small, large = (made([theorems.AuxMOM()], **options, K=3, seed=range(n)) for n in (2, 12))
    before = small.run(path)["status"].tolist()
    grown = large.run(path)
    assert grown["status"].tolist() == large.run()["status"].tolist()
    first = grown["status"][np.isin(grown["seed"], [0, 1])].tolist()
    assert first.count("undecided") > before.count("undecided")
    again = made([theorems.AuxMOM()], **options, K=3, seed=range(12), false_alarm=0.4)
    assert counts(again, path) == [again.grid.size]


def test_a_grown_study_says_which_engines_were_passed_over(tmp_path: Path) -> None:
    """As a fresh run of it does, bit for bit: the reasons belong to no cell, and are kept all the
    same."""

    def sampled(*rounds: int) -> Study:
        noise = Gaussian(sigma_f=1.0)
        return Study([theorems.SGD()], Cosine(L=1.0, dim=2), noise, T=list(rounds), replicas=4)

    sampled(3).run(tmp_path / "a.study")
    grown = sampled(3, 5).run(tmp_path / "a.study")
    fresh = sampled(3, 5).run(tmp_path / "b.study")
    assert grown.totals.passed_over == fresh.totals.passed_over != ()
    assert content(tmp_path / "a.study") == content(tmp_path / "b.study")
