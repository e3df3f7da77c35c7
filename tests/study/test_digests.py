"""What identifies a study, and how a study is written down."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_studies import NOISE, TARGET, small

from auxtheory import methods, theorems
from auxtheory.bounds.glossary import symbols
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Logistic
from auxtheory.study import Results, Study, StudyError
from auxtheory.study.identity import canonical, identity
from auxtheory.study.rerun import study_in
from auxtheory.study.storage.file import reading


def test_a_studys_file_says_how_to_make_it_again(tmp_path: Path) -> None:
    """Library theorems, claims by formula, every kind of axis; a function of the user's own has to
    be brought along."""
    L, eta, F0, T, sigma_f = symbols("L eta F0 T sigma_f")
    bound = 2 * F0 / (eta * T) + L * eta * sigma_f**2
    mine = theorems.claim(bound, method=methods.SGD, step_range=[L * eta <= 1], name="Mine")
    study = Study(
        [mine, theorems.AuxMOM()],
        TARGET,
        NOISE,
        eta=[0.1, 0.5],
        a=1.0,
        delta=[1e-3, 0.1 + 0.2],
        K=2,
        T=[3, 5],
        mode="unsafe",
        helper={"gap": "uniform"},
        B=[2, np.inf],
        title="It's mine",
    )
    study.run(tmp_path / "x.study")
    with reading(tmp_path / "x.study") as store:
        again = study_in(store, (), Study)
    assert (
        identity(again) == identity(study)
        and again.title == study.title
        and again.several == study.several
    )
    own = theorems.claim(lambda c, s: 10.0, like=theorems.SGD(), check_units=False)
    Study([own], TARGET, NOISE, eta=0.1, K=1, T=3).run(tmp_path / "y.study")
    with (
        reading(tmp_path / "y.study") as store,
        pytest.raises(StudyError, match="does not hold the theorem Claim: "),
    ):
        study_in(store, (), Study)


def double(x: float) -> float:
    return 2 * x


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (1, 1.0),
        (True, 1),
        ("1", 1),
        ([1, 2], [2, 1]),
        (float("nan"), float("inf")),
        (1j, 2j),
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), -np.zeros(2)),
        (lambda x: x + 1, lambda x: x + 2),
        (TARGET, dataclasses.replace(TARGET, mu=0.21)),
        (Gaussian(sigma_f=1.0), RandomSign(sigma_f=1.0)),
        (theorems.AuxMOM(), theorems.AuxMVR()),
        ({"a": 1}, {"a": 2}),
        (frozenset({1}), frozenset({2})),
        (np.sin, np.cos),
        (double, lambda x: x),
        (lambda *, c=1.0: c, lambda *, c=2.0: c),
    ],
)
def test_different_things_have_different_digests(one: Any, other: Any) -> None:
    assert json.dumps(canonical(one)) != json.dumps(canonical(other))


def test_equal_things_have_equal_digests() -> None:
    """Also after cached properties have been asked for, and for functions of the same text."""

    def make() -> Any:
        return theorems.claim(lambda c, s: 3.0, like=theorems.SGD(), check_units=False)

    assert canonical(make()) == canonical(make())
    f = Logistic(features=np.eye(3), labels=np.array([0, 1, 0]), l2=0.1)
    before = canonical(f)
    _ = f.minimum
    assert canonical(f) == before and canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


@pytest.mark.parametrize("title", ["a\0b", "a\nb", "\x85", "\ud800", 3])
def test_a_title_is_a_line_of_text(title: Any) -> None:
    """What the formats of others cannot keep is told with the other complaints."""
    with pytest.raises(InputError) as caught:
        small(title=title, replicas=0)
    assert f"title = {title!r}: must be a text without control characters" in str(caught.value)
    assert "2 bad inputs" in str(caught.value)


def test_one_is_one(tmp_path: Path) -> None:
    """1 and 1.0 are the same study, a list of one has the same cells; another helper is another
    study, by name."""
    small(delta=1, replicas=np.int64(16)).run(tmp_path / "x.study")
    small(delta=1.0, replicas=16).run(tmp_path / "x.study")
    assert small(delta=[1.0], replicas=16).run(tmp_path / "x.study").dataset.sizes["delta"] == 1
    with pytest.raises(
        StudyError, match=r"\(other helper: {} in the file, {'gap': 'uniform'} in this study\)"
    ):
        small(delta=[1.0], replicas=16, helper={"gap": "uniform"}).run(tmp_path / "x.study")


class Larger(theorems.AuxMOM):
    """1.1 times the bound, by super()."""

    def value(self, constants: Any, steps: Any) -> Any:
        return 1.1 * super().value(constants, steps)


def test_a_theorem_that_asks_its_parent_has_a_digest() -> None:
    study = Study([Larger()], TARGET, NOISE, delta=0.1, K=2, T=5)
    assert identity(study) == identity(Study([Larger()], TARGET, NOISE, delta=0.1, K=2, T=5))
    assert study.run()["bound"][0] == pytest.approx(
        1.1 * small(delta=0.1, K=2, T=5).run()["bound"][0]
    )


class Echo(RandomSign):
    """A law with NumPy as a default, as in the signatures of `at.Noise`."""

    def partner(self, first: Any, index: Any, dim: int, xp: Any = np) -> Any:
        return first


def test_a_law_with_a_module_as_default_has_a_digest() -> None:
    """Otherwise no study with a law or pair of the user's own runs, since NumPy is taken apart."""
    assert canonical(Echo(sigma_f=1.0)) == canonical(Echo(sigma_f=1.0)) != canonical(Echo())
    assert canonical(np) != canonical(json)
    found = Study([theorems.SGD()], TARGET, Echo(), sigma_f=[0.5, 1.0], K=1, T=2, replicas=2).run()
    assert set(found.counts) <= {"pass", "undecided"}


def test_a_docstring_is_no_part_of_a_function() -> None:
    """Otherwise a misprint mended in it makes a user's file another study; other constants count."""
    text = "def bound(c, s):\n    'DOC'\n    return c.L * c.F0 / s.T + NUMBER\n"

    def made(doc: str, number: str) -> Any:
        names: dict[str, Any] = {}
        exec(text.replace("DOC", doc).replace("NUMBER", number), names)
        return canonical(names["bound"])

    assert made("A bound.", "1.0") == made("A better bound.", "1.0") != made("A bound.", "2.0")


def test_what_is_said_of_a_claim_is_its_own() -> None:
    """No statement of the base class or of the theorem that it comes from."""

    class Mine(theorems.AuxMOM):
        pass

    claim = theorems.claim(10.0, like=theorems.SGD(), name="Ten")
    found = Study([claim, Mine()], TARGET, NOISE, eta=0.1, a=0.5, K=1, T=3).run()
    assert [theorem["statement"] for theorem in found.theorems] == ["", ""]


def test_the_definition_is_python(results: Results) -> None:
    import auxtheory as at

    again = eval(results.definition, {"at": at, "np": np})
    assert identity(again) == identity(small()) and again.title == "Small"
    infinite = small(B=[1, np.inf])
    assert identity(eval(infinite.run().definition, {"at": at, "np": np})) == identity(infinite)
