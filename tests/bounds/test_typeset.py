"""Typeset formulas, on the page and in LaTeX: what is read there has the value of the expression."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from matplotlib.mathtext import MathTextParser
from posynomial_strategies import expressions, points
from typeset_cases import OWN, ROUNDED, VALUES, formulas_of, sides
from typeset_check import latex_value, value

from auxtheory.analysis.page import markup
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.evaluation import plan
from auxtheory.bounds.functions import exp, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.bounds.printing import plain
from auxtheory.bounds.tree import as_json, from_json
from auxtheory.bounds.typeset import latex, mathml
from auxtheory.theorems import ALL, SGD, AuxMVR, Theorem, claim

L, F0, delta, sigma_r, K, T = symbols("L F0 delta sigma_r K T")


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
    triple = 3 * expression
    for relation in (expression <= triple, expression == triple, expression != triple):
        assert_set(relation)
    for other in (2, -1):
        assert_set(other * expression * K)


@given(expression=expressions(), v=points)
def test_any_formula_is_set_as_it_is(expression: Any, v: dict[str, float]) -> None:
    """Otherwise some product, power or root reads otherwise than it is evaluated."""
    p, f = expression
    exact = pytest.approx([f(v)], rel=0.01)
    assert value(str(markup.formula(p.tree)), v) == exact and latex_value(latex(p.tree), v) == exact


@given(expression=expressions(), v=points)
def test_any_formula_with_such_coefficients_has_its_value(
    expression: Any, v: dict[str, float]
) -> None:
    p, f = expression
    numbers = v | {"pi": math.pi, "e": math.e}
    text = latex(p.layout(exact=True))
    assert latex_value(text, numbers) == pytest.approx([f(v)], rel=1e-4)


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


@pytest.mark.parametrize("expression", [each for each in OWN if plan(each).calls], ids=str)
def test_latex_of_functions_is_drawn(expression: Posynomial) -> None:
    """Otherwise a command or a bracket is one that LaTeX does not know."""
    text = latex(expression.tree)
    assert text.count("{") == text.count("}") and "\\min{" not in text
    width, height, *_ = MathTextParser("path").parse(f"${text}$")
    assert width > 0 and height > 0
    with pytest.raises(ValueError, match="Expected"):
        MathTextParser("path").parse(f"${text.replace('right', 'wrong')}$")


def test_the_markup_of_functions_and_equalities() -> None:
    """Braces around the arguments of min, a visible dot at a function, and the sign ≠."""
    bound = 2 * F0 * minimum(K, T)
    braces = "<mrow><mo>{</mo><mi>K</mi><mo>,</mo><mi>T</mi><mo>}</mo></mrow>"
    text = mathml(bound.tree)
    assert f"<mo>·</mo><mrow><mi>min</mi><mo>&#x2061;</mo>{braces}</mrow>" in text
    assert latex(bound.tree) == r"2 F_{0} \min\left\{K, T\right\}"
    assert latex((K != exp(T)).tree) == r"K \ne \exp\left(T\right)"
    assert latex((K == T).tree) == "K = T" and "<mo>≠</mo>" in mathml((K != T).tree)


def test_names_of_functions_have_no_index() -> None:
    def g_max(c: Any, s: Any) -> float:
        return float(c.L * c.F0)

    assert "<mtext>g_max(c, s)</mtext>" in markup.formula(BlackBox(g_max).tree)
    assert latex(BlackBox(g_max).tree) == r"\mathrm{g\_max(c, s)}"
