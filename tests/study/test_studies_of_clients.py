"""Studies of pairs with clients and with several helpers, from Python and from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from complaints import complaints

import auxtheory as at
from auxtheory.analysis import rate
from auxtheory.study.toml import read
from auxtheory.validation.parsing import parse

TARGET = at.Quadratic(L=1.0, mu=0.1, dim=4)


def study(target: Any = TARGET, **changes: Any) -> at.Study:
    axes: dict[str, Any] = {"delta": [0.1, 0.2], "K": 2, "T": 5}
    return at.Study([at.theorems.ExactCorrection()], target, **{**axes, **changes})


def pairs_of(of: at.Study) -> list[Any]:
    """The pair of each cell."""
    grid = of.grid
    return [of.problem(grid.cell(i)[1], {})[0] for i in range(grid.size)]


@pytest.mark.parametrize(
    ("key", "make"), [("clients", "with_clients"), ("helpers", "with_helpers")]
)
def test_cells_have_the_pairs_of_their_axes(key: str, make: str) -> None:
    several = study(helper={key: {"groups": [2, 3], "rotation": 1}}, zeta=[0.0, 0.5])
    block = several.grid.block(0, 0)
    labels = block.labels(np.arange(block.configurations))
    pair, _ = several.problem(block.fixed, labels)
    assert len(pair.A) == 4 and not pair.single
    for i, one in enumerate(pairs_of(several)):
        plain = getattr(TARGET, make)(
            delta=labels["delta"][i], zeta=labels["zeta"][i], groups=[2, 3], rotation=1
        )
        assert one.helpers.R.tobytes() == plain.helpers.R.tobytes()
        np.testing.assert_allclose(pair.helpers.deltas[i], plain.helpers.deltas[0])
        np.testing.assert_allclose(
            pair.helpers.zeta(pair.x_star[None, None] + np.zeros((4, 1, 1)))[i, 0],
            labels["zeta"][i],
            atol=1e-15,
        )
        assert parse(repr(one)).helpers.b.tobytes() == one.helpers.b.tobytes()


def test_the_number_of_clients_and_delta_A_are_axes() -> None:
    several = study(
        helper={"clients": {}}, N=[3, 4], delta=0.2, delta_A=[0.16, 0.163], L=[1.0, 2.0]
    )
    found = {
        (pair.helpers.N, round(float(pair.helpers.delta_A[0]), 12)) for pair in pairs_of(several)
    }
    assert several.grid.size == 8
    assert found == {(3, 0.16), (3, 0.163), (4, 0.16), (4, 0.163)}


@pytest.mark.parametrize("delta", [0.2, [0.2, 0.1, 0.1]])
def test_numbers_of_clients_hold_where_they_are_no_axes(delta: Any) -> None:
    """They were 0 where delta and zeta were no axes."""
    clients = {"N": 3, "delta": delta, "zeta": 0.3}
    axes = {"K": 2, "T": 5, "eta": [0.1, 0.2]}
    several = at.Study([at.theorems.ExactCorrection()], TARGET, helper={"clients": clients}, **axes)
    block = several.grid.block(0, 0)
    pair, _ = several.problem(block.fixed, block.labels(np.arange(2)))
    plain = TARGET.with_clients(**clients)
    assert pair.helpers.R.shape[0] == 2
    for i in range(2):
        assert pair.helpers.R[i].tobytes() == plain.helpers.R[0].tobytes()
        assert pair.helpers.b[i].tobytes() == plain.helpers.b[0].tobytes()


@pytest.mark.parametrize("axis", [{"N": [2, 5]}, {"delta_A": [0.16, 0.163]}])
def test_cells_of_another_N_have_other_clients(axis: dict[str, Any]) -> None:
    """All had those of the first N or delta_A."""
    clients = {"delta": 0.2, "zeta": 0.3, **({} if "N" in axis else {"N": 4})}
    fedavg = [at.claim(float("inf"), method=at.methods.FedAvg)]
    found = at.Study(fedavg, TARGET, helper={"clients": clients}, K=2, T=5, eta=0.01, **axis).run()
    for value, measured in zip(*axis.values(), found["measured"], strict=True):
        pair = TARGET.with_clients(**clients, **dict.fromkeys(axis, value))
        one = at.validate(fedavg[0], pair, K=2, T=5, eta=0.01)
        np.testing.assert_allclose(measured, one.table["measured"][0], rtol=1e-12)
    assert found["measured"][0] != found["measured"][1]


def test_alpha_and_clients_of_data_are_axes() -> None:
    random = np.random.default_rng(0)
    f = at.Logistic(
        features=random.standard_normal((60, 3)), labels=np.arange(60) % 3, l2=0.1, x0=np.ones(9)
    )
    several = at.Study(
        [at.theorems.ExactCorrection()],
        f,
        helper={"clients": {"seed": 1}},
        N=[2, 3],
        alpha=[0.5, 100.0],
        sigma_h=[0.0, 0.1],
        K=2,
        T=3,
    )
    spread = {(p.helpers.N, len(p.x0)): float(p.helpers.delta_m[0]) for p in pairs_of(several)}
    assert set(spread) == {(2, 1), (3, 1)} and several.grid.size == 8
    block = several.grid.block(0, 0)
    pair, _ = several.problem(block.fixed, block.labels(np.arange(2)))
    assert pair.x0.shape == (2, 9) and pair.helpers.delta_m.shape == (2,)


def test_a_study_runs_and_opens_again(tmp_path: Path) -> None:
    several = study(helper={"clients": {"N": 3}}, engine="numpy", replicas=4)
    results = several.run(tmp_path / "a.study")
    assert sum(results.counts.values()) == 2
    again = at.Study.open(tmp_path / "a.study")
    assert (
        again.helper == several.helper and again.run(tmp_path / "a.study").counts == results.counts
    )
    other = study(helper={"clients": {"N": 4}}, engine="numpy", replicas=4)
    with pytest.raises(at.StudyError):
        other.run(tmp_path / "a.study")
    assert several.cell(tmp_path / "a.study", 1).identical


SAMPLED: dict[str, Any] = {
    "theorems": [at.theorems.FedAvgSampled()],
    "target": at.Quadratic(L=1.0, mu=0.3, dim=4),
    "K": 2,
}
SIX = {"clients": {"N": 6, "delta": 0.1}}


@pytest.mark.parametrize("given", [{"eta": [0.01, 0.02]}, {"eta": 0.01}, {}])
@pytest.mark.parametrize("S", [2, [1, 2, 6]])
def test_every_cell_of_S_is_that_of_validate(given: dict[str, Any], S: Any) -> None:
    """With steps that are given, and with those of the theorem."""
    results = at.Study(**SAMPLED, helper=SIX, T=[5, 8], S=S, **given).run()
    table = results.to_pandas()
    assert len(table) == 2 * np.size(S) * np.size(given.get("eta", 0))
    assert sorted(set(table["S"])) == np.ravel(S).tolist()
    assert results.counts == {"pass": len(table)}
    pair = SAMPLED["target"].with_clients(N=6, delta=0.1)
    for cell in table.to_dict("records"):
        steps = {"eta": cell["eta"]} if given else {}
        one = at.validate(SAMPLED["theorems"][0], pair, K=2, T=cell["T"], S=cell["S"], **steps)
        assert one.table["eta"][0] == cell["eta"] and one.mode == cell["mode"]
        np.testing.assert_allclose(cell["measured"], one.table["measured"][0], rtol=1e-12)
        np.testing.assert_allclose(cell["bound"], one.table["bound"][0], rtol=1e-12)


def test_S_and_N_are_axes_together(tmp_path: Path) -> None:
    axes: dict[str, Any] = {"helper": {"clients": {"delta": 0.1, "zeta": 0.2}}, "N": [3, 6]}
    first = at.Study(**SAMPLED, **axes, T=5, S=[1, 5])
    results = first.run(tmp_path / "a.study")
    table = results.to_pandas()
    failed = table[table["status"] == "failed"]
    assert failed[["N", "S"]].to_numpy().tolist() == [[3, 5]] and results.counts["pass"] == 3
    assert list(results.errors) == ["S = 5.0: must be a whole number from 1 to N = 3"]
    of_six = table[table["N"] == 6].set_index("S")["measured"]
    assert of_six[1.0] > 1.001 * of_six[5.0], "fewer clients at work have more noise"
    assert " S " in str(results) and "S" in results.csv_text().splitlines()[0].split(",")
    assert first.cell(tmp_path / "a.study", 2).identical
    assert at.Study.open(tmp_path / "a.study").run(tmp_path / "a.study").counts == results.counts
    more = at.Study(**SAMPLED, **axes, T=5, S=[1, 2, 5]).run(tmp_path / "a.study")
    later = more.to_pandas().set_index(["N", "S"])["measured"]
    assert later[6, 1.0] == of_six[1.0] and later.notna().sum() == 5


def test_S_makes_no_difference_to_a_method_without_clients() -> None:
    theorems = [*SAMPLED["theorems"], at.theorems.ExactCorrection()]
    results = at.Study(**SAMPLED | {"theorems": theorems}, helper=SIX, T=5, S=[1, 2]).run()
    rows = results.to_pandas()
    assert rows["theorem"].tolist() == ["FedAvgSampled"] * 2 + ["ExactCorrection"]
    assert rows["S"].tolist()[:2] == [1, 2] and np.isnan(rows["S"].tolist()[2])


def test_a_rate_over_S_is_drawn() -> None:
    results = at.Study(**SAMPLED, helper=SIX, T=5, S=[1, 2, 4, 6]).run()
    line = rate(results, "S").axes[0].get_lines()[0]
    assert list(line.get_xdata()) == [1, 2, 4, 6]


@pytest.mark.parametrize("given", [{}, {"eta": 0.01}])
@pytest.mark.parametrize("S", [0, 1.5, [1, -1], at.per_round([1, 2]), "x"])
def test_a_bad_S_is_one_error(given: dict[str, Any], S: Any) -> None:
    (found,) = complaints(lambda: at.Study(**SAMPLED, helper=SIX, T=2, S=S, **given))
    assert "must be a whole number of at least 1, or inf" in found


FILE = """
theorems = ["S1"]
[target]
L = 1.0
mu = 0.1
dim = 4
{section}
[axes]
K = 2
T = [5, 10]
{axes}
"""


def written(tmp_path: Path, section: str, axes: str = "delta = [0.1, 0.2]") -> Path:
    path = tmp_path / "s.toml"
    path.write_text(FILE.format(section=section, axes=axes))
    return path


def test_a_file_has_clients_or_helpers(tmp_path: Path) -> None:
    file = read(written(tmp_path, "[clients]\ngroups = [2, 3]\nrotation = 1\nzeta = [0.3, 0.2]"))
    assert file.helper == {"clients": {"groups": [2, 3], "rotation": 1, "zeta": [0.3, 0.2]}}
    file = read(written(tmp_path, "[helpers]\nseed = 3", "N = [2, 3]\ndelta = 0.1\ndelta_A = 0.1"))
    assert file.helper == {"helpers": {"seed": 3}} and file.axes["N"] == [2, 3]


@pytest.mark.parametrize(
    ("section", "axes", "expected"),
    [
        ("[clients]\nN = 0", "delta = 0.1", ["line 8: clients.N = 0: must be a whole number"]),
        ("[clients]\nM = 2", "delta = 0.1", ["clients.M: is not known", "N = None"]),
        ("[clients]\nN = 2\n[helper]\ngap = 'signs'", "delta = 0.1", ["left out next to [helper]"]),
        ("[clients]\nN = 2\ndelta = 0.1", "delta = 0.1", ["must be left out of clients"]),
        ("", "N = 3", ["axes.N: needs a section [clients] or [helpers]"]),
    ],
)
def test_mistakes_in_a_file_are_one_error(
    tmp_path: Path, section: str, axes: str, expected: list[str]
) -> None:
    found = complaints(lambda: read(written(tmp_path, section, axes)))
    assert len(found) == len(expected), found
    for text, part in zip(found, expected, strict=True):
        assert part in text


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"helper": {"clients": {"N": 0}}}, "N = 0"),
        ({"helper": {"clients": {"gap": 1}}}, "must be arguments of with_clients"),
        ({"helper": {"clients": {"N": 2}, "gap": "signs"}}, "must be left out next to clients"),
        ({"helper": {"clients": 3}}, "must be a dict of arguments"),
        ({"N": [2, 3]}, "axis = 'N'"),
        ({"helper": {"clients": {"N": 2}}, "target": at.Cosine(L=1.0, dim=2)}, "has clients"),
    ],
)
def test_bad_clients_are_one_error(changes: dict[str, Any], part: str) -> None:
    found = complaints(lambda: study(**changes))
    assert any(part in text for text in found), found


@pytest.mark.parametrize("eta", ["", "eta = 0.01"])
def test_a_file_has_an_axis_S(tmp_path: Path, eta: str) -> None:
    text = FILE.format(section="[clients]\nN = 4\ndelta = 0.1", axes=f"S = [1, 2, inf]\n{eta}")
    path = tmp_path / "s.toml"
    path.write_text(text.replace("S1", "FedAvgSampled"))
    file = read(path)
    assert file.axes["S"] == [1.0, 2.0, np.inf]
    made = at.Study(list(file.theorems), file.target, helper=dict(file.helper), **file.axes)
    assert made.run().counts == {"pass": 6}
