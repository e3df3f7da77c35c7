"""Formulas as they are set, on the page and in LaTeX: whatever is read there has the value of the
expression."""

from __future__ import annotations

import html
import inspect
import json
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from page_cases import Standin, row, said
from page_structure import Page
from posynomial_strategies import expressions, points
from typeset_check import latex_value, value

import auxtheory as at
from auxtheory import methods, study
from auxtheory.analysis import page
from auxtheory.analysis.page import formulas, markup
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.glossary import GLOSSARY, GRADIENT, ONE, symbols
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.bounds.printing import plain
from auxtheory.bounds.tree import KINDS, as_json, from_json
from auxtheory.bounds.typeset import latex
from auxtheory.study.description import definition, statement
from auxtheory.study.identity import identity
from auxtheory.study.storage.file import writing
from auxtheory.theorems import ALL, SGD, AuxMVR, Corollary, Theorem, claim

L, F0, mu, delta, sigma_h, sigma_r, eta, a, K, T, B, lambda_K = symbols(
    "L F0 mu delta sigma_h sigma_r eta a K T B lambda_K"
)
SIGMA_MAX = Posynomial.symbol("sigma_max", "σ_max", GRADIENT)
RATE = Posynomial.symbol("rate", "rate", ONE)
X12 = Posynomial.symbol("x12", "x₁₂", ONE)
VALUES = {
    "L": 1.7,
    "mu": 0.31,
    "delta": 0.83,
    "beta": 0.43,
    "zeta": 0.61,
    "F0": 1.9,
    "sigma_f": 1.31,
    "sigma_h": 0.91,
    "sigma_r": 1.13,
    "eta": 0.19,
    "a": 0.37,
    "K": 7.0,
    "T": 11.0,
    "B": 5.0,
    "lambda_K": 3.3,
    "sigma_max": 2.3,
    "rate": 0.71,
    "x12": 1.51,
}
ROUNDED = 1e-3  # coefficients are printed to four digits
OWN = [
    1e-5 * L,
    1e-5 / K,
    2.5e7 * L * F0,
    -2.5e-6 * K - T,
    a - 1,
    K**0,
    0.5 - a,
    sqrt(2 - a),
    (1 - eta * mu) ** (K * T) * F0,
    RATE * X12,
    ((1 + K) ** Fraction(2, 3) + T) ** 2 / sqrt(1 + sqrt(T)),
    (K + T) ** Fraction(-3, 2),
    (2 * K) ** T,
    (1 - a) ** (a / K),
    (delta * F0 * sigma_r / T) ** Fraction(2, 3) / 32,
    lambda_K**2 * sqrt(lambda_K),
    SIGMA_MAX**2 * RATE * K / X12**3,
    2 * sqrt(F0 * (L * sigma_h**2 / K + 3 * delta * sigma_h * sigma_r / sqrt(K)) / T),
    (3 + 0 * K) ** K * 2,
    a * (1 - a) ** 2 / 3,
    (1 + (1 + (1 + K) ** Fraction(1, 3)) ** Fraction(1, 2)) ** Fraction(5, 4),
]


def sides(expression: Posynomial | Condition, values: Mapping[str, float] = VALUES) -> list[float]:
    if isinstance(expression, Condition):
        return [float(side.value(values)) for side in (expression.left, expression.right)]
    return [float(expression.value(values))]


def formulas_of(theorem: Theorem | type[Theorem]) -> list[Any]:
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    return [*bounds, *theorem.assumptions, *theorem.step_range]


def assert_set(expression: Any, values: Mapping[str, float] = VALUES) -> None:
    """MathML and LaTeX have the value of the expression, and so have they when they have been
    stored."""
    wanted = pytest.approx(sides(expression, values), rel=ROUNDED)
    stored = from_json(json.loads(json.dumps(as_json(expression.tree))))
    assert stored == expression.tree and plain(stored) == str(expression)
    assert value(str(markup.formula(stored)), values) == wanted
    assert latex_value(latex(stored), values) == wanted


@pytest.mark.parametrize("theorem", ALL, ids=lambda theorem: theorem.__name__)
def test_every_formula_of_the_library_is_set_as_it_is(theorem: type[Theorem]) -> None:
    for expression in formulas_of(theorem):
        assert_set(expression)


@pytest.mark.parametrize("expression", OWN, ids=str)
def test_odd_formulas_are_set_as_they_are(expression: Posynomial) -> None:
    """e-notation, negative coefficients, nested powers and roots, symbols of several letters."""
    assert_set(expression)
    assert_set(expression <= 3 * expression)
    for other in (2, -1):
        assert_set(other * expression * K)


@given(expression=expressions(), v=points)
def test_any_formula_is_set_as_it_is(expression: Any, v: dict[str, float]) -> None:
    """Else some product, power or root reads otherwise than it is evaluated."""
    p, f = expression
    exact = pytest.approx([f(v)], rel=0.01)
    assert value(str(markup.formula(p.tree)), v) == exact and latex_value(latex(p.tree), v) == exact


def test_a_wrong_formula_is_seen() -> None:
    """The check itself can fail: σ_rF₀ with F as an index, and ^(2/3) that is not raised."""
    right = str(markup.formula(((delta * sigma_r * F0 / T) ** Fraction(2, 3)).tree))
    assert value(right, VALUES) == pytest.approx([(0.83 * 1.13 * 1.9 / 11) ** (2 / 3)])
    assert value(right.replace("<mn>2</mn>", "<mn>1</mn>"), VALUES) != value(right, VALUES)
    with pytest.raises(KeyError):
        value("<math><msub><mi>σ</mi><mi>rF</mi></msub></math>", VALUES)
    with pytest.raises(SyntaxError):
        value("<math><mi>L</mi><mi>K</mi></math>", VALUES)


def test_the_markup_of_the_headline_rate() -> None:
    """δσ_rF₀/T raised to 2/3: only r and 0 are indices, and the exponent is one."""
    text = str(markup.formula(AuxMVR.corollaries[0].bound.tree))
    assert {
        index for _, index in re.findall(r"<msub(?:sup)?><mi>(.)</mi><m[in]>(.*?)</m", text)
    } == {"r", "h", "0"}
    assert (
        "<mrow><mn>2</mn><mo>/</mo><mn>3</mn></mrow></msup>" in text
        and "^" not in text
        and "_" not in text
    )


def test_small_coefficients_print_without_a_stray_dot() -> None:
    assert [str(expression) for expression in (1e-5 / K, 1e-5 * L, -1e-5 * L)] == [
        "1e-05/K",
        "1e-05·L",
        "-1e-05·L",
    ]


@pytest.mark.parametrize(
    ("bound", "inner"),
    [
        (BlackBox(lambda c, s: 1.0), "<mtext>bound(c, s)</mtext>"),
        (claim(0.25, like=SGD()).bound, "<mn>0.25</mn>"),
        (claim(float("inf"), like=SGD()).bound, "<mi>∞</mi>"),
        (
            claim(1e-7, like=SGD()).bound,
            "<msup><mn>10</mn><mrow><mo>−</mo><mn>7</mn></mrow></msup>",
        ),
    ],
)
def test_a_bound_that_is_a_function_or_a_number(bound: Any, inner: str) -> None:
    assert inner in markup.formula(bound.tree)


def test_names_of_functions_have_no_index() -> None:
    def g_max(c: Any, s: Any) -> float:
        return float(c.L * c.F0)

    assert "<mtext>g_max(c, s)</mtext>" in markup.formula(BlackBox(g_max).tree)
    assert latex(BlackBox(g_max).tree) == r"\mathrm{g\_max(c, s)}"


# -- text with letters of formulas in it
# -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("√K σ_rT)", "√K σ<sub>r</sub>T)"),
        ("8.47(δσ_rF₀/T)^{2/3}", "8.47(δσ<sub>r</sub>F₀/T)<sup>2/3</sup>"),
        (
            "(δσ_rF₀/T)^(2/3) + σ_hσ_r",
            "(δσ<sub>r</sub>F₀/T)<sup>2/3</sup> + σ<sub>h</sub>σ<sub>r</sub>",
        ),
        (
            "(1 − ημ)^{−(K−1)}, (1 − ημ)^(KT)F₀",
            "(1 − ημ)<sup>−(K−1)</sup>, (1 − ημ)<sup>(KT)</sup>F₀",
        ),
        ("σ_max²/(η_0λ_K)", "σ<sub>max</sub>²/(η<sub>0</sub>λ<sub>K</sub>)"),
        ("x_best, T_max, η_mine", "x<sub>best</sub>, T<sub>max</sub>, η<sub>mine</sub>"),
        ("½K²S_t + KS_t", "½K²S<sub>t</sub> + KS<sub>t</sub>"),
        ("x_{t_{k}}^{a^{b}}", "x<sub>t<sub>k</sub></sub><sup>a<sup>b</sup></sup>"),
        ("x^T_k, ‖x‖_2^2", "x<sup>T</sup><sub>k</sub>, ‖x‖<sub>2</sub><sup>2</sup>"),
        ("x^{*}, A^*", "x<sup>*</sup>, A<sup>*</sup>"),
        ("T^-1, 2^10.", "T<sup>-1</sup>, 2<sup>10</sup>."),
    ],
)
def test_indices_and_exponents_in_text(text: str, expected: str) -> None:
    assert str(markup.mathematics(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "step_range, sigma_f, check_units=False",
        "my_bound(c, s)",
        "n_samples",
        "a_b_c",
        "y_kT",
        "x_ij",
        "T_max_2",
        "F^1/2",
        "`x_k`",
        "https://a.org/x_1^2",
        "_x ^2",
        "a ^ b, 3 _ 4",
        "x_{t",
        "x^(2",
        "x_{}",
        r"\sigma_{h}",
        "self.x_k",
        "^",
        "_",
        "x^2T",
        "",
        "σ_",
        "x^",
    ],
)
def test_what_may_be_something_else_stays_as_it_is(text: str) -> None:
    assert str(markup.mathematics(text)) == html.escape(text)


KNOWN = {
    "sub": {
        "σ_f",
        "σ_h",
        "σ_r",
        "λ_K",
        "λ_1",
        "g_f",
        "g_h",
        "g_r",
        "x_prev",
        "w_t,s",
        "w_t,1",
        "M_t",
        "z_s",
        "y_k−1",
        "y_k",
        "b_k",
        "Q_k",
        "Q_1",
        "N_k",
        "Σ_s",
        "Σ_k",
        "Σ_j<k",
        "v_k",
        "v_j",
        "n_t",
        "n_j",
        "R_t",
        "R_t+1",
        "S_t",
        "c_f−h",
        "c_h",
        "η_f",
    },
    "sup": {
        ")^t−s",
        ")^t−1",
        "x^s−1",
        "x^t−1",
        "x^t−2",
        ")^1/3",
        ")^2/3",
        "ξ^t",
        "e^t",
        "e^t−1",
        "e^1",
        "v^t−1",
        "x^T",
        ")^KT",
        ")^K−k",
        ")^−(K−1)",
    },
}
PLAIN = {"exact_refresh", "single_step", "calls_r", "local_is_r", "diff_prev", "local_step"}

# What follows is for tools, and is set nowhere.
SECTIONS = re.compile(r"\n+(?:Args|Attributes|Returns|Raises|Example):\n")


def docstrings() -> list[str]:
    kinds = [*ALL, *{type(method) for method in methods.ALL}]
    members = [
        member for kind in kinds for member in vars(kind).values() if inspect.isfunction(member)
    ]
    texts = [
        SECTIONS.split(inspect.cleandoc(item.__doc__))[0]
        for item in (*kinds, *members, *kinds[-1].__mro__[:2])
        if item.__doc__
    ]
    return [*texts, *(quantity.meaning for quantity in GLOSSARY.values())]


def test_every_docstring_of_the_library_is_set_right() -> None:
    """Only known letters have an index or an exponent, only names keep a `_`, and the text is
    otherwise as it was."""
    found: dict[str, set[str]] = {"sub": set(), "sup": set()}
    left = set[str]()
    for text in docstrings():
        marked = str(markup.mathematics(text))
        for before, tag, inner in re.findall(r"(.)<(su[bp])>(.*?)</su[bp]>", marked):
            found[tag].add(f"{before}{'_' if tag == 'sub' else '^'}{html.unescape(inner)}")
        bare = html.unescape(re.sub(r"<(su[bp])>(.*?)</\1>", r"\2", marked))
        assert re.sub(r"[_^{}]", "", bare) == re.sub(r"[_^{}]", "", text)
        left |= set(re.findall(r"\w*[_^]\w*", html.unescape(re.sub("<.*?>", " ", marked))))
    assert (
        found["sub"] == KNOWN["sub"] & found["sub"] and found["sup"] == KNOWN["sup"] & found["sup"]
    )
    assert {"σ_r", "x_prev", "w_t,s", "S_t"} <= found["sub"] and {
        ")^2/3",
        ")^K−k",
        "x^t−1",
    } <= found["sup"]
    assert left <= PLAIN


# -- on the page
# -------------------------------------------------------------------------------------------


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
    assert "At its own steps, σ<sub>r</sub> &gt; 0 and step_range" in text
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
    """Else a file of an earlier version could not be told from another study."""
    from auxtheory.study.description import description, differences

    one = study.Study([SGD()], at.Quadratic(L=1.0, dim=1), K=1, T=1)
    new = description(one)
    old = json.loads(json.dumps(new))
    for theorem in old["theorems"]:
        del theorem["formulas"]
    assert "theorems" not in differences(old, new)


def test_every_kind_is_stored() -> None:
    """Else a formula of that kind is lost on its way into the file."""
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
