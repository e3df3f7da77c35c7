"""What a class must say to be a theorem."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from definitions import BOUND, PAIR, RULE, largest, made

import auxtheory as at
from auxtheory import methods, theorems

L, F0, T = at.symbols("L, F0, T")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"bound": None},
            "Mine.bound = None: must be an expression of at.symbols(...) or a function",
        ),
        ({"bound": None, **RULE}, "or give corollaries"),
        ({"bound": 3}, "Mine's bound = 3: must be an expression"),
        ({"bound": [BOUND]}, "Mine's bound = [<Posynomial 2F₀/(ηKT)>]: must be"),
        ({"bound": L * 0}, "must have a term"),
        ({"corollaries": 3, **RULE}, "Mine.corollaries[0] = 3: must be at.Corollary(...), or"),
        ({"corollaries": ("4 L",), **RULE}, "Mine.corollaries[0] = '4 L': must be"),
        (
            {"corollaries": (4 * L * F0 / T,)},
            "must be left out where there is no step_sizes(self, c, K, T, B)",
        ),
        (
            {"bound": None, "corollaries": 4 * L * F0 / T},
            "must be left out where there is no step_sizes",
        ),
        ({"method": None}, "Mine.method = None: must be a method, such as at.methods.AuxMOM"),
        ({"method": "SGD"}, "Mine.method = 'SGD': must be a method"),
        (
            {"method": methods.fine_tuning(3)},
            "Mine.method = 'FineTuning': must be one method, such as",
        ),
        ({"assumptions": 3}, "Mine.assumptions = 3: must be conditions between symbols"),
        ({"step_range": "L * eta <= 1"}, "Mine.step_range = 'L * eta <= 1': must be conditions"),
        ({"step_range": (True,)}, "Mine.step_range = (True,): must be conditions"),
        ({"step_sizes": 0.5}, "Mine.step_sizes = 0.5: must be a method (self, c, K, T, B)"),
        ({"label": 3}, "Mine.label = 3: must be a text"),
        ({"label": " "}, "Mine.label = ' ': must be a text"),
        (
            {"variance": "maen"},
            "Mine.variance = 'maen': must be one of largest, mean; did you mean 'mean'?",
        ),
        ({"measure": ["G"]}, "Mine.measure = ['G']: must be one of G, gap"),
        ({"mean_square": "yes"}, "Mine.mean_square = 'yes': must be True, False or None"),
        (
            {"regimes": "tunde"},
            "Mine.regimes = 'tunde': must be one or both of 'tuned' and 'theorem'",
        ),
        ({"regimes": ("tuned",)}, "must be 'theorem' alone where there is no step_sizes"),
    ],
)
def test_a_class_that_is_no_theorem_says_so_when_it_is_made(
    given: dict[str, Any], text: str
) -> None:
    with pytest.raises(at.InputError) as caught:
        made(**given)
    assert text in str(caught.value)


def test_all_that_is_wrong_with_a_class_is_listed_at_once() -> None:
    wrong = {
        "method": "SGD",
        "assumptions": 3,
        "label": 3,
        "variance": "x",
        "measure": "x",
        "bound": 3,
    }
    with pytest.raises(at.InputError) as caught:
        made(**wrong)
    assert len(caught.value.complaints) == len(wrong)


def test_a_formula_is_a_corollary() -> None:
    """Alone or in a list, beside at.Corollary, and as a function; that gave AttributeErrors."""
    formula = 2 * L * F0 / T

    def function(c: Any, s: Any) -> Any:
        return 2 * c.L * c.F0 / s.T

    for given in (
        formula,
        (formula,),
        [formula],
        at.Corollary(formula),
        [at.Corollary(formula)],
        function,
    ):
        kind = made(bound=None, corollaries=given, **RULE)
        assert kind.regimes == ("tuned",) and len(kind.corollaries) == 1
        verdict = at.validate(kind(), PAIR, T=[5, 10])
        assert verdict and verdict.table["bound"].tolist() == pytest.approx([0.4, 0.2])
    both = made(
        corollaries=(formula, at.Corollary(3 * L * F0 / T, case="T ≤ 2", applies=T <= 2)), **RULE
    )
    assert both.regimes == ("tuned", "theorem") and [each.case for each in both.corollaries] == [
        "",
        "T ≤ 2",
    ]
    with pytest.raises(at.UnitError, match=r"Mine: L/T has unit"):
        made(bound=None, corollaries=(L / T,), **RULE)


def test_what_a_class_filled_in_is_not_what_it_says() -> None:
    """A class below it with another bound, or with a rule, is not held to what follows from the old
    one."""
    first = made()
    second = type("Second", (first,), {"bound": 3 * BOUND})
    third = type("Third", (first,), {"step_sizes": largest})
    assert (second.label, third.label) == ("Second", "Third")
    assert second.corollaries[0].bound is second.bound and second.regimes == ("theorem",)
    assert third.regimes == ("tuned", "theorem") and at.validate(third(), PAIR, T=5)
    own = type("Own", (theorems.AuxMOM,), {"bound": 3 * BOUND})
    assert (
        own.corollaries == theorems.AuxMOM.corollaries
        and own.label == "S3"
        and own.regimes == ("tuned", "theorem")
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (lambda self, c, K, T, B: None, "steps of Mine raised TypeError: it returned None"),
        (lambda self, c, K, T, B: "fast", "steps of Mine raised ValueError"),
        (
            lambda self, c, K, T, B: "0.5",
            "steps of Mine raised ValueError: it returned '0.5', which is no number",
        ),
        (
            lambda self, c, K, T, B: True,
            "steps of Mine raised ValueError: it returned True, which is no number",
        ),
        (lambda self, c, K, T, B: {"beta": 0.5}, "it returned no 'eta'"),
        (
            lambda self, c, K, T, B: 1 / L,
            "it returned the expression 1/L, and not its value, such as 1 / c.L",
        ),
        (lambda self, c, K, T, B: (1, 2, 3), "steps of Mine raised ValueError: too many values"),
        (lambda self, c: 1.0, "steps of Mine raised TypeError"),
        (lambda self, c, K, T, B: 1 / 0, "steps of Mine raised ZeroDivisionError"),
        (lambda self, c, K, T, B: float("nan"), "eta = nan: must be a finite number"),
    ],
)
def test_a_rule_that_returns_no_steps_is_named(rule: Callable[..., Any], text: str) -> None:
    with pytest.raises(at.InputError) as caught:
        at.validate(made(step_sizes=rule)(), PAIR, T=5)
    assert text in str(caught.value)


def test_a_claim_s_steps_are_read_like_those_of_a_class() -> None:
    """They were not: a rule that returned None was said to have the step size NaN, and '0.5' passed
    for a half."""
    for wrong, text in (
        (None, "it returned None"),
        ("0.5", "'0.5', which is no number"),
        (1 / L, "expression 1/L"),
    ):
        mine = at.claim(L * F0 / T, method=methods.SGD, steps=lambda c, K, T, B, wrong=wrong: wrong)
        with pytest.raises(at.InputError, match=f"steps of Claim raised .*{text}"):
            at.validate(mine, PAIR, T=5)


@pytest.mark.parametrize("wrong", [None, 0.1, 1 / L, property(lambda self: None)])
def test_step_sizes_that_are_no_rule_are_refused_with_the_class(wrong: Any) -> None:
    with pytest.raises(
        at.InputError, match=r"Mine\.step_sizes = .*: must be a method \(self, c, K, T, B\)"
    ):
        type("Mine", (at.theorems.SGD,), {"step_sizes": wrong})


class Shared:
    """What several theorems have in common, as a class that is none."""

    bound = 4 * L * F0 / T
    method = methods.SGD
    step_range = (L * at.symbols("eta") <= 1,)


class Ruled:
    def step_sizes(self, c: Any, K: int, T: int, B: float) -> Any:
        return 1 / c.L


class Mixed(Shared, at.Theorem):
    pass


class Below(Mixed):
    pass


class AlsoRuled(Ruled, Mixed):
    pass


def test_a_theorem_may_take_all_it_says_from_a_class_that_is_none() -> None:
    """An empty body was taken for a class that is being unpickled: abstract, with neither label nor
    corollaries."""
    for kind in (Below, Mixed, type("After", (at.Theorem, Shared), {})):
        theorem = kind()
        assert at.validate(theorem, PAIR, T=5, eta=0.5)
        assert (theorem.label, theorem.regimes) == (kind.__name__, ("theorem",))
    for kind in (Mixed, Below):
        assert type(pickle.loads(pickle.dumps(kind()))) is kind
    assert AlsoRuled().regimes == ("tuned", "theorem") and at.validate(AlsoRuled(), PAIR, T=5)
    wide = type("Wide", (Shared, at.theorems.SGD), {})()
    assert wide.variance == "largest" and wide.bound is Shared.bound
    with pytest.raises(at.UnitError, match="4L has unit"):
        type("Wrong", (type("Mix", (), {"bound": 4 * L, "method": methods.SGD}), at.Theorem), {})()


def test_a_rule_may_return_a_number_or_a_pair() -> None:
    for rule in (lambda self, c, K, T, B: 0.5, lambda self, c, K, T, B: [0.5, None], largest):
        assert np.isfinite(made(step_sizes=rule)().tune(at.Constants(L=1.0, F0=1.0), 1, 5).eta)


def test_symbols_as_sympy_takes_them() -> None:
    """By blanks, by commas, in a list; one alone is itself, and unpacks as before."""
    for names in ("L mu", "L, mu", "L,mu", " L ,\tmu\n", ["L", "mu"], ("L", "mu")):
        assert [str(symbol) for symbol in at.symbols(names)] == ["L", "μ"]
    for found in (at.symbols("L", "mu"), at.symbols(name for name in ("L", "mu"))):
        assert [str(symbol) for symbol in found] == ["L", "μ"]
    with pytest.raises(at.InputError, match=r"positive = True: must be left out.*\n  real = True"):
        at.symbols("L mu", positive=True, real=True)
    one = at.symbols("L")
    (same,) = at.symbols("L")
    first = at.symbols("L,")[0]
    assert (
        isinstance(one, at.Posynomial)
        and str(one * F0 / T) == str(same * F0 / T) == str(first * F0 / T) == "LF₀/T"
    )
    assert (
        str(np.float64(2) * one) == str(one * np.float64(2)) == "2L"
        and str(np.float64(2) / one) == "2/L"
    )
    assert [str(symbol) for symbol in at.symbols(["L"])] == ["L"] and len(one) == 1
    assert at.validate(at.claim(4 * one * F0 / T, method=methods.SGD), PAIR, T=5, eta=0.5)


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        ("", ["names = '': must be names from L, mu"]),
        (" , ", ["names = ' , '"]),
        ([], ["names = []"]),
        (3, ["names = 3"]),
        (None, ["names = None"]),
        (["L", 3], ["symbol = '3': must be one of L, mu"]),
        ("L, L", ["symbol = 'L': must not be there twice"]),
        ("Lx, delt", ["symbol = 'Lx'", "symbol = 'delt': must be one of", "did you mean 'delta'?"]),
        ("η σ_h", ["symbol = 'η': must be the name of a symbol, here 'eta'", "here 'sigma_h'"]),
    ],
)
def test_names_that_are_no_symbols_are_all_listed(names: Any, texts: list[str]) -> None:
    with pytest.raises(at.InputError) as caught:
        at.symbols(names)
    assert all(text in str(caught.value) for text in texts)
