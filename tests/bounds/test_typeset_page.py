"""Formulas on the page of a study, and in its file."""

from __future__ import annotations

import html
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from page_cases import Standin, row, said
from page_structure import Page
from typeset_cases import OWN, ROUNDED, VALUES, formulas_of, sides
from typeset_check import value

import auxtheory as at
from auxtheory import methods, study
from auxtheory.analysis import page
from auxtheory.analysis.page import formulas
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.bounds.tree import KINDS, as_json, from_json
from auxtheory.study.description import definition, statement
from auxtheory.study.identity import identity
from auxtheory.study.storage.file import writing
from auxtheory.theorems import ALL, SGD, AuxMVR, Corollary, Theorem, claim

L, F0, delta, sigma_r, eta, a, K, T = symbols("L F0 delta sigma_r eta a K T")


class Mine(Theorem):
    """My own rate, G ≤ 3.1(δσ_rF₀/T)^(2/3) + g_max with a step_range of its own:

    Lη ≤ 1  ⇒  G ≤ 2F₀/(ηKT).
    """

    label = "mine_1"
    method = methods.AuxMVR
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta <= 1,
        delta**2 * eta**2 * (1 - a) / a <= 1e-5 * K,
    )
    bound = (
        3.1 * (delta * sigma_r * F0 / T) ** Fraction(2, 3)
        + 1e-5 * L * F0 / sqrt(K * (2 - a))
        + 9 * L * F0
    )
    corollaries = (Corollary(bound, "σ_r > 0 and step_range"), Corollary(10 * L * F0))

    def step_sizes(self, c: Any, K: int, T: int, B: float) -> tuple[Any, Any]:
        return 0.1 / c.L, 0.5


def facts(text: str) -> list[str]:
    """What stands in the lists of formulas of a page, in their order."""
    return re.findall(r'<dd class="formula">\n?(.*?)\n?</dd>', text, flags=re.DOTALL)


def assert_page_says(text: str, theorem: Theorem) -> None:
    """Every formula of the theorem is on its page, set, and none is there as its text."""
    conditions = [*theorem.assumptions, *theorem.step_range]
    bounds = formulas_of(theorem)
    listed = [part for fact in facts(text) for part in fact.split("<br>") if part.strip() != "none"]
    assert len(listed) == len(bounds)
    wanted = [*conditions, theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    for part, expression in zip(listed, wanted, strict=True):
        assert value(part, VALUES) == pytest.approx(sides(expression), rel=ROUNDED)
    cells = re.findall(r'<th scope="row" class="formula">\n?(.*?)\n?</th>', text, flags=re.DOTALL)
    known = [
        float(part)
        for bound in bounds
        if isinstance(bound, Posynomial)
        for part in bound.parts(VALUES)
    ]
    found = [value(cell, VALUES)[0] for cell in cells]
    assert found and all(
        any(one == pytest.approx(term, rel=ROUNDED) for term in known) for one in found
    )


def rows_of(theorem: Theorem) -> tuple[dict[str, Any], ...]:
    """A row for each term of the first corollary."""
    named = [str(term) for term in theorem.corollaries[0].bound.terms]
    return tuple({**row(i, theorem.name), "dominant": name} for i, name in enumerate(named))


@pytest.mark.parametrize("theorem", [kind() for kind in ALL], ids=lambda theorem: theorem.name)
@pytest.mark.parametrize("stored", [True, False])
def test_the_page_of_a_theorem(theorem: Theorem, stored: bool) -> None:
    """With the structure of its formulas in the file, and with none, as in files of earlier
    versions."""
    told = said(theorem) | (statement(theorem) if stored else {})
    assert ("formulas" in told) == stored
    one = study.Study([theorem], at.Quadratic(L=1.0, dim=1), K=1, T=1)
    text = page.build(
        Standin(rows_of(theorem), theorems=[told], definition=definition(one)), name="a.study"
    )
    assert_page_says(text, theorem)
    assert not Page(text).wrong
    assert text.count('<th scope="row" class="formula">') == len(theorem.corollaries[0].bound.terms)


def test_a_study_of_an_own_theorem_keeps_its_formulas(tmp_path: Path) -> None:
    """From the file alone: neither the class nor a claim's function is read again."""
    bound = 9 * L * F0 * (1 + 1e-5 * K) / (T ** Fraction(1, 3) * (2 - L * eta))
    own = claim(bound, like=SGD(), steps=lambda c, K, T, B: 0.1 / c.L, name="a_b")
    mine = study.Study([Mine(), own], at.Quadratic(L=1.0, dim=2), delta=0.1, K=2, T=[3, 4])
    mine.run(tmp_path / "my.study")
    text = page.build(study.Results.open(tmp_path / "my.study"), name="my.study")
    for card, theorem in zip(cards_of(text), mine.theorems, strict=True):
        assert_page_says(card, theorem)
    assert "At the prescribed steps, σ<sub>r</sub> &gt; 0 and step_range" in text
    assert (
        "3.1(δσ<sub>r</sub>F₀/T)<sup>2/3</sup> + g<sub>max</sub> with a step_range of its own"
        in text
    )
    assert "of a_b at" in text or "of Mine at" in text
    assert "a<sub>b" not in text and "mine<sub>" not in text


def test_a_file_of_an_earlier_version_opens_and_goes_on(tmp_path: Path) -> None:
    """The library's theorems are set from the definition, an own one is text until the study is run
    again."""
    path = tmp_path / "old.study"
    mine = study.Study([AuxMVR(), Mine()], at.Quadratic(L=1.0, dim=2), delta=0.1, K=2, T=[3, 4])
    kept = mine.run(path)["measured"].tolist()
    with writing(path, identity(mine)) as store:
        old = json.loads(store.meta["description"])
        for theorem in old["theorems"]:
            del theorem["formulas"]
        store.describe({**store.meta, "description": json.dumps(old)})
    before = cards_of(page.build(study.Results.open(path), name="old.study"))
    assert_page_says(before[0], AuxMVR())
    assert "<math" not in before[1] and html.escape(str(Mine.bound)) in before[1]
    again = mine.run(path)
    assert again["measured"].tolist() == kept and not again.notes
    for card, theorem in zip(
        cards_of(page.build(again, name="old.study")), mine.theorems, strict=True
    ):
        assert_page_says(card, theorem)


def cards_of(text: str) -> list[str]:
    return re.findall(r"<article.*?</article>", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        ["nonsense"],
        [["Number", 3]],
        [["Sum", [["a", 1]]]],
        [["Power", ["Letter", "L"], "1/0"]],
        None,
        [["Sum", []]],
        [["Product", ["Letter", "L"]]],
        [["Quotient", ["Letter", "L"]]],
        [["Letter", "<script>"]],
        [["Function", "<script>", [["Letter", "L"]]]],
        [["Function", "exp", []]],
        [["Function", ["exp"], [["Letter", "L"]]]],
    ],
)
def test_what_is_not_known_stays_text(bad: Any) -> None:
    """Of a theorem that cannot be read again, or of a file that somebody else wrote: as it is, and
    escaped."""
    told = said(Mine()) | {"formulas": bad}
    one = Standin(rows_of(Mine()), theorems=[told], definition="at.Study([at.theorems.Mine()])")
    text = page.build(one, name="a.study")
    assert not Page(text).wrong and "<math" not in text
    assert facts(text)[-2].strip() == html.escape(str(Mine.bound))
    without = {key: item for key, item in told.items() if key != "formulas"}
    assert "<math" not in page.build(
        Standin(one.rows, theorems=[without], definition=one.definition), name="a.study"
    )


def test_a_text_of_two_formulas_stays_text() -> None:
    """Of a symbol named LK, and of L times K, nobody knows which one was meant."""
    LK = Posynomial.symbol("LK", "LK", L.unit)
    one = as_json(LK.tree)
    other = as_json((L * K).tree)
    told = [{"name": "A", "formulas": [one]}, {"name": "B", "formulas": [one, other]}]
    found = formulas.formulas_of(told, "")
    assert found["A"]["LK"] == LK.tree and "LK" not in found["B"]


def test_stored_formulas_are_no_other_study() -> None:
    """Otherwise a file of an earlier version could not be told from another study."""
    from auxtheory.study.description import description, differences

    one = study.Study([SGD()], at.Quadratic(L=1.0, dim=1), K=1, T=1)
    new = description(one)
    old = json.loads(json.dumps(new))
    for theorem in old["theorems"]:
        del theorem["formulas"]
    assert "theorems" not in differences(old, new)


def test_every_kind_is_stored() -> None:
    """Otherwise a formula of that kind is lost on its way into the file."""
    found = {
        name
        for expression in (*OWN, *formulas_of(AuxMVR), BlackBox(lambda c, s: 1.0))
        for name in re.findall(r'\["(\w+)"', json.dumps(as_json(expression.tree)))
    }
    assert found >= set(KINDS)
    deep: Any = ["Letter", "L"]
    for _ in range(200):
        deep = ["Group", deep]
    with pytest.raises(ValueError, match="not a formula"):
        from_json(deep)


def test_numbers_of_the_grid_keep_their_names() -> None:
    """An index is set where a value is named, whatever the theorem is called."""
    rows = [{**row(i, "T_x"), "sigma_f": float(s)} for i, s in enumerate(np.geomspace(0.1, 1, 3))]
    text = page.build(
        Standin(tuple(rows), theorems=[said(AuxMVR()) | {"name": "T_x"}]), name="a.study"
    )
    assert "of T_x at σ<sub>f</sub>" in text and "T<sub>x" not in text
