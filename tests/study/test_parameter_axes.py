"""Step parameters and schedules as axes of studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import parameter_theorems as mine
import pytest
from growing_studies import counts

import auxtheory as at
from auxtheory.study.extension import Design
from auxtheory.study.identity import identity
from auxtheory.study.results.dataset import _unit
from auxtheory.study.storage.merge import merge

TARGET = at.Quadratic(L=1.0, mu=0.1, dim=3)
NOISE = at.Gaussian(sigma_f=0.1)
HALVES = at.per_round("0.5 / sqrt(t)")


def made(theorems: Any = (mine.Rate, mine.Far), **changes: Any) -> at.Study:
    axes = {"eta": [0.1, 0.5], "beta": [0.1, 0.6, 0.9], "K": 1, "T": [4, 9], **changes}
    axes = {name: value for name, value in axes.items() if value is not None}
    return at.Study([kind() for kind in theorems], TARGET, NOISE, **axes)


def test_each_cell_is_what_validate_measures_there() -> None:
    """The slow twin: every cell by itself."""
    study = made(mode="unsafe")
    results = study.run()
    assert results.counts == {"pass": 12, "outside": 4}
    for row in results:
        kind = getattr(mine, row["theorem"])
        more = {} if kind is mine.Far else {"beta": row["beta"]}
        verdict = at.validate(
            kind(),
            TARGET.with_helper(delta=0.0),
            NOISE,
            T=row["T"],
            K=1,
            eta=row["eta"],
            mode="unsafe",
            **more,
        )
        expected = verdict.table.rows[0]
        for name in ("measured", "bound", "ratio"):
            assert row[name] == pytest.approx(expected[name], rel=1e-12), name
        assert row["status"] == expected["status"]


def test_they_are_columns_coordinates_and_printed() -> None:
    results = made().run()
    rate, far = (results.where(theorem=name) for name in ("Rate", "Far"))
    assert sorted(set(rate["beta"])) == [0.1, 0.6, 0.9] and len(rate) == 12
    assert len(far) == 4 and np.all(np.isnan(far["beta"]))
    beyond = rate.where(beta=0.9)  # outside the range of Rate, and so not run
    assert set(beyond["status"]) == {"outside"} and np.all(np.isnan(beyond["measured"]))
    assert results.dataset["beta"].attrs["units"] == "1"
    assert "step parameter" in results.dataset["beta"].attrs["long_name"]
    assert results.sel(beta=0.6).dataset["status"].shape == (2, 2, 2)
    assert results.step_parameters == ("beta",)
    # What is the same in many rows stands above them.
    common, head, first, *_ = results.text().splitlines()
    assert common == "in all rows: K = 1" and first == "theorem = Rate"
    assert head.split()[:4] == ["measure", "T", "eta", "beta"]
    assert "beta=[0.1, 0.6, 0.9]" in results.definition


def test_each_row_names_its_measure_and_the_units_are_those_of_the_measures() -> None:
    results = made().run()
    assert {(r["theorem"], r["measure"]) for r in results} == {
        ("Rate", "gap"),
        ("Far", "distance_last"),
    }
    data = results.dataset
    assert data["measure_unit"].values.tolist() == ["F", "X^2"]
    assert data["measured"].attrs["units"] == "that of the measure"
    for kind, unit in ((mine.Rate, "F"), (mine.Far, "X^2"), (at.theorems.SGD, "F^2·X^-2")):
        beta = 0.1 if kind is mine.Rate else None
        alone = made([kind], beta=beta).run().dataset
        assert alone["bound"].attrs["units"] == alone["measure_unit"].item() == unit


def test_files_of_former_versions_have_the_units_of_their_two_measures() -> None:
    """Their descriptions name the measure alone."""
    assert [_unit({"measure": name}) for name in ("gap", "G")] == ["F", "F^2·X^-2"]


def test_a_default_is_a_column_and_p_keeps_its_own() -> None:
    results = made([mine.Asleep, mine.Far], beta=None).run()
    assert results["p_of_step"][:4].tolist() == [0.25] * 4
    assert np.all(np.isnan(results["p_of_step"][4:]))
    several = made([mine.Asleep, mine.Far], beta=None, p=[0.25, 0.5]).run()
    assert len(several) == 8 + 4
    asleep = several.where(theorem="Asleep")
    assert sorted(set(asleep["p_of_step"])) == [0.25, 0.5] and "p" in several.columns
    same = several.sel(p_of_step=0.25).where(theorem="Asleep")["measured"]
    assert same.tolist() == results.where(theorem="Asleep")["measured"].tolist()


def test_a_study_at_the_default_grows_by_an_axis(tmp_path: Path) -> None:
    path = tmp_path / "a.study"
    assert counts(made([mine.Asleep], beta=None), path)[-1] == 4
    assert counts(made([mine.Asleep], beta=None, p=[0.25, 0.5]), path)[0] == 4
    with pytest.raises(at.StudyError, match=r"p = 0.25"):
        made([mine.Asleep], beta=None, p=0.5).run(path)


def test_the_identity_has_the_parameters_in_it() -> None:
    one = made(beta=[0.1, 0.6])
    assert identity(one) == identity(
        at.Study(one.theorems, TARGET, NOISE, beta=[0.1, 0.6], T=[4, 9], K=1, eta=[0.1, 0.5])
    )
    others = [made(beta=[0.1, 0.7]), made(beta=[0.6, 0.1]), made(beta=0.1)]
    free = [made([mine.Free], eta=eta) for eta in (0.5, HALVES, at.per_round("0.5 / t"))]
    names = [identity(study) for study in (one, *others, *free)]
    assert len(set(names)) == len(names)
    assert identity(free[1]) == identity(made([mine.Free], eta=at.per_round("0.5 / sqrt(t)")))


def test_cells_are_numbered_alike_whatever_the_order_of_the_keywords() -> None:
    class Two(at.Method):
        def step(o: Any, x: Any, *, eta: Any, b: Any, c: Any) -> Any:
            return x - eta * b * c * o.f(x)

    claim = at.claim(float("inf"), method=Two)
    axes = {"b": [0.1, 0.2], "c": [0.3, 0.4, 0.5]}
    one, other = (
        at.Study([claim], TARGET, eta=0.1, K=1, T=2, **{name: axes[name] for name in order})
        for order in ("bc", "cb")
    )
    assert identity(one) == identity(other)
    assert [one.grid.cell(i) for i in range(6)] == [other.grid.cell(i) for i in range(6)]


def test_it_is_resumed_extended_merged_opened_and_rerun(tmp_path: Path) -> None:
    path = tmp_path / "a.study"
    assert counts(made(beta=[0.1, 0.9]), path)[0] == 0
    before = at.Results.open(path)
    assert counts(made(beta=[0.1, 0.9]), path) == [12]
    assert counts(made(), path)[:1] == [12]  # a value more: 12 cells are there, 4 are new
    after = at.Results.open(path).sel(beta=[0.1, 0.9])
    np.testing.assert_array_equal(before["measured"], after["measured"])
    with pytest.raises(at.StudyError, match=r"cells that are not in this study \(beta = 0.9\)"):
        made(beta=[0.1, 0.6]).run(path)
    again = at.Study.open(path)
    assert isinstance(again, Design) and identity(again) == identity(made())
    assert counts(again, path) == [16]
    for number in (7, 15):
        cell = again.cell(path, number)
        assert cell.identical and cell.verdict.table["measured"][0] == cell.stored
    parts = [tmp_path / f"{i}.study" for i in (1, 2)]
    for i, part in enumerate(parts, 1):
        made(T=[4, 9, 3000]).run(part, part=(i, 2))
    merge(tmp_path / "all.study", parts)
    whole = at.Results.open(tmp_path / "all.study")
    alone = made(T=[4, 9, 3000]).run()
    np.testing.assert_array_equal(whole["measured"], alone["measured"])


def test_other_processes_run_them(tmp_path: Path) -> None:
    study = made([mine.Free], eta=HALVES, beta=at.per_round(lambda t: 1 - 1 / t))
    far = study.run(tmp_path / "a.study", processes=2)
    assert far["measured"].tolist() == study.run()["measured"].tolist()


def test_a_schedule_is_one_value(tmp_path: Path) -> None:
    path = tmp_path / "a.study"
    study = made([mine.Free], eta=HALVES)
    results = study.run(path)
    assert np.all(np.isnan(results["eta"])) and set(results["eta_schedule"]) == {"0.5 / sqrt(t)"}
    assert "eta_schedule" in results.text().splitlines()[0]
    values = 0.5 / np.sqrt(np.arange(1.0, 10.0))
    listed = made([mine.Free], eta=at.per_round(values)).run(tmp_path / "b.study")
    np.testing.assert_allclose(listed["measured"], results["measured"], rtol=1e-12)
    assert set(listed["eta_schedule"]) == {"0.5 … 0.166667"}
    for file in (path, tmp_path / "b.study"):
        again = at.Study.open(file)
        assert counts(again, file) == [6]
        cell = again.cell(file, 2)
        assert cell.identical and cell.verdict.table["measured"][0] == cell.stored
    assert counts(made([mine.Free], eta=HALVES, T=[4, 9, 11]), path)[0] == 6
    with pytest.raises(at.StudyError, match=r"T = 11, eta = at.per_round\('0.5 / sqrt\(t\)'\)"):
        made([mine.Free], eta=at.per_round("0.4 / sqrt(t)")).run(path)


def test_a_schedule_that_is_a_function_resumes_in_its_script(tmp_path: Path) -> None:
    path = tmp_path / "a.study"

    def study(T: Any) -> at.Study:
        return made([mine.Free], eta=0.1, beta=at.per_round(lambda t: 1 - 1 / t), T=T)

    study(4).run(path)
    assert counts(study(4), path) == [1] and counts(study([4, 9]), path)[0] == 1
    with pytest.raises(at.StudyError, match="the schedule of beta, which is a function"):
        at.Study.open(path)


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"beta": None}, ["beta = None: must be an axis as well as eta, for Rate"]),
        ({"gamma": 1.0}, ["axis = 'gamma': must be one of L, mu,"]),
        ({"beta": [0.1, "x"]}, ["beta = [0.1, 'x']: must be a finite number in"]),
        ({"beta": [0.1, 0.1]}, ["beta = [0.1, 0.1]: must not hold a value twice"]),
        ({"beta": [0.1, HALVES]}, ["must be numbers, or one schedule as the only value"]),
        ({"beta": [HALVES]}, ["must be the schedule itself, not a list of it"]),
        ({"eta": HALVES}, ["eta = at.per_round('0.5 / sqrt(t)'): must be one number over all"]),
        ({"beta": at.per_round([1, 2])}, ["beta: the schedule has 2 values, and must have T = 9"]),
        ({"L": HALVES}, ["L = [at.per_round('0.5 / sqrt(t)')]: must be a finite number"]),
        ({"eta": at.per_round("-t"), "theorems": [mine.Free]}, ["must be a finite number in [1e-"]),
        (
            {"eta": None, "theorems": [mine.Asleep], "beta": None, "p": 0.5},
            ["prescribes no steps", "p = [0.5]: must be left out when the theorems choose eta"],
        ),
    ],
)
def test_what_does_not_go_together_is_reported(changes: Any, messages: list[str]) -> None:
    with pytest.raises(at.InputError) as caught:
        made(changes.pop("theorems", (mine.Rate, mine.Far)), **changes)
    for message in messages:
        assert message in str(caught.value)
