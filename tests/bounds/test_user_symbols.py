"""Symbols that users add: their names, units and values."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import cloudpickle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import auxtheory as at
from auxtheory.bounds.added import ADDED
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.source import spelt
from auxtheory.bounds.typeset import latex
from auxtheory.bounds.units import Unit, unit_of
from auxtheory.errors import InputError, UnitError

L, F0, eta, K, T = at.symbols("L F0 eta K T")
powers = st.fractions(-4, 4, max_denominator=6)


@pytest.fixture(autouse=True)
def only_for_this_test() -> Iterator[None]:
    before = dict(ADDED)
    yield
    ADDED.clear()
    ADDED.update(before)


def twice(pair: Any) -> Any:
    return 2 * pair.constants().L


def kap() -> Any:
    return at.symbol("kap", glyph="κ", unit="F/X^2", value=twice)


@given(f=powers, x=powers)
def test_a_printed_unit_is_read(f: Fraction, x: Fraction) -> None:
    """Otherwise the unit of an error message or of a script means another one."""
    unit = Unit(f, x)
    assert unit_of(str(unit)) == unit
    assert unit_of(f"F^({f})/X^({-x})") == unit
    assert unit_of(f"X**{x} * F**{f}") == unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("F/X^2", (1, -2)),
        ("F/X²", (1, -2)),
        ("F·X⁻²", (1, -2)),
        (" F ^ 2 / X ^ 2 ", (2, -2)),
        ("1", (0, 0)),
        ("1/F", (-1, 0)),
        ("F/X/X", (1, -2)),
        ("F^(1/2)/X", (Fraction(1, 2), -1)),
        ("F^-1*X^2", (-1, 2)),
        (Unit(x=Fraction(1)), (0, 1)),
    ],
)
def test_units_are_read(text: Any, unit: tuple[Any, Any]) -> None:
    assert unit_of(text) == Unit(Fraction(unit[0]), Fraction(unit[1]))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("", None),
        ("F X", "' X'"),
        ("F/Y", "'Y'"),
        ("F^(1/2", "'F^(1/2'"),
        ("F^1/2)", "'F^1/2)'"),
        ("F^0.5", "'.5'"),
        ("F^1/0", "'0'"),
        ("F/", "''"),
        ("F//X", "'/X'"),
        ("m/s", "'m/s'"),
        (2, None),
        (None, None),
    ],
)
def test_what_is_no_unit_is_shown(text: Any, rest: str | None) -> None:
    """Otherwise a slip in a unit counts as a unit, or one must search for it."""
    with pytest.raises(InputError, match=r"unit = .*: must be a product of powers") as error:
        unit_of(text)
    assert rest is None or str(error.value).endswith(f"; {rest} is none")


def test_a_new_symbol_is_an_expression() -> None:
    """Otherwise a bound with a symbol of one's own has no unit, value, slope or text."""
    symbol = kap()
    for other in (F0, K, at.sqrt(symbol)):
        with pytest.raises(UnitError):
            symbol + other
    bound = 2 * symbol * F0 / T + at.maximum(symbol, L) * F0 * at.log(1 + symbol / L) / T
    assert (
        str(symbol) == "κ"
        and spelt(2 * symbol) == "2 * kap"
        and r"\kappa F_{0}" in latex(bound.tree)
    )
    assert bound.names == {"kap", "F0", "T", "L"}
    v = {"kap": 3.0, "F0": 2.0, "T": 10, "L": 1.5}
    assert float(bound.value(v)) == pytest.approx(1.2 + 0.6 * np.log(3))
    c, b = 3.0, 0.7  # other units of f and x
    scaled = {"kap": 3 * c / b**2, "F0": 2 * c, "T": 10, "L": 1.5 * c / b**2}
    assert float(bound.value(scaled)) == pytest.approx(float(bound.value(v)) * c**2 / b**2)
    assert bound.unit == Unit(Fraction(2), Fraction(-2))
    with pytest.raises(InputError, match="kap = None: must be given, it is the κ of the formula"):
        bound.value({"L": 1.0, "F0": 1.0, "T": 2})
    assert str(at.symbols("kap")) == "κ" and [str(s) for s in at.symbols("L kap")] == ["L", "κ"]
    with pytest.raises(InputError, match="symbol = 'κ': must be the name of a symbol, here 'kap'"):
        at.symbols("κ")


def test_the_same_symbol_again() -> None:
    """A cell of a notebook that is run twice makes it twice, with a new function of the same
    code."""
    first = at.symbol("q", unit="1", value=lambda pair: pair.dim)
    again = at.symbol("q", unit="1", value=lambda pair: pair.dim)
    assert (first - again).terms == ()
    assert str(at.symbol("L", glyph="L", unit="F/X^2")) == "L" and "L" not in ADDED
    at.symbol("twice", value=lambda pair, i=1: i)
    with pytest.raises(
        InputError, match="'twice': must be new, it is the name of a symbol with another"
    ):
        at.symbol("twice", value=lambda pair, i=2: i)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: at.symbol("kap", glyph="k", unit="F/X^2", value=twice), "glyph = 'κ'"),
        (
            lambda: at.symbol("kap", glyph="κ", unit="F", value=twice),
            r"symbol with unit = 'F·X\^-2'",
        ),
        (lambda: at.symbol("kap", glyph="κ", unit="F/X^2"), "with another value"),
        (lambda: at.symbol("kap", glyph="κ", unit="F/X^2", value=lambda pair: 1), "another value"),
        (lambda: at.symbol("L", unit="F"), "must be new, it is the name of a symbol with unit"),
        (lambda: at.symbol("sigma_f", unit="F/X"), "symbol with glyph = 'σ_f'"),
        (lambda: at.symbol("L", unit="F/X^2", value=twice), "with another value"),
        (lambda: at.symbol("kai", glyph="κ"), "glyph = 'κ': must be new, it is that of kap"),
        (lambda: at.symbol("m", glyph="η"), "glyph = 'η': must be new, it is that of eta"),
        (lambda: at.symbol("my symbol"), "name = 'my symbol': must be a name in Python"),
        (lambda: at.symbol("lambda"), "name = 'lambda': must be a name in Python"),
        (lambda: at.symbol(3), "name = 3: must be a name in Python"),  # type: ignore[arg-type]
        (lambda: at.symbol("_p"), "that has no other meaning"),
        (lambda: at.symbol("values"), "'values': must be .*no other meaning"),
        (lambda: at.symbol("momentum"), "'momentum': must be .*no other meaning"),
        (lambda: at.symbol("self"), "'self': must be .*no other meaning"),
        (lambda: at.symbol("kinds"), "'kinds': must be .*no other meaning"),
        (lambda: at.symbol("np"), "'np': must be .*no other meaning"),
        (lambda: at.symbol("p", glyph="a b"), "glyph = 'a b': must be one letter or word"),
        (lambda: at.symbol("p", glyph=""), "glyph = '': must be one letter or word"),
        (lambda: at.symbol("p", unit="G"), "unit = 'G': must be a product"),
        (lambda: at.symbol("p", value=2.0), r"value = 2.0: must be a function of \(pair\)"),  # type: ignore[arg-type]
        (lambda: at.symbol("p", value=lambda: 1), "value = .*must be a function of"),  # type: ignore[misc, arg-type]
    ],
)
def test_a_symbol_means_one_thing(make: Callable[[], object], message: str) -> None:
    """Otherwise two symbols share a name or a glyph, and a formula can be read in two ways."""
    kap()
    known = dict(ADDED)
    with pytest.raises(InputError, match=message):
        make()
    assert known == ADDED


def test_every_mistake_is_listed() -> None:
    with pytest.raises(InputError) as error:
        at.symbol("1", glyph="", unit="G", value=3)  # type: ignore[arg-type]
    assert len(error.value.complaints) == 4


def test_constants_with_added_symbols() -> None:
    """Otherwise the value of an added symbol is lost between a pair and a bound."""
    symbol = kap()
    c = at.Constants(L=1.0, F0=2.0, kap=3.0)
    assert (c.kap, dict(c.more), c.values()["kap"]) == (3.0, {"kap": 3.0}, 3.0)
    assert c.names() == at.Constants(L=1.0, F0=1.0).names() and "more" not in c.names()
    assert repr(c) == "at.Constants(L=1.0, F0=2.0, kap=3.0)" and "κ = 3.0  (exact)" in str(c)
    assert eval(repr(c), {"at": at}).kap == 3.0
    assert float((symbol * F0).value(c.values())) == 6.0
    changed = c.replace(kap=np.array([1.0, 2.0]), kinds={**c.kinds, "kap": "estimate"})
    assert changed.kap.tolist() == [1.0, 2.0] and not changed.kap.flags.writeable
    assert changed.kinds["kap"] == "estimate" and changed.replace(L=9.0).kap is not None
    assert c.replace(more={}).values().keys() == set(c.names())
    assert at.Constants(L=1.0, F0=1.0, more={"kap": np.inf}).kap == np.inf
    at.symbol("q", value=lambda pair: 1.0)
    at.symbol("checks")
    assert at.Constants(L=1.0, F0=1.0, checks=0.5).values()["checks"] == 0.5
    both = c.replace(q=5.0)
    assert dict(both.more) == {"kap": 3.0, "q": 5.0} and list(both.values())[-2:] == ["kap", "q"]
    with pytest.raises(AttributeError, match="has no 'kapp'"):
        _ = c.kapp
    with pytest.raises(AttributeError):
        _ = at.Constants(L=1.0, F0=1.0).kap
    with pytest.raises(TypeError):
        c.more["kap"] = 1.0  # type: ignore[index]
    assert not hasattr(at.Constants.__new__(at.Constants), "kap")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kap": -1.0}, "kap = -1.0: must be a finite number"),
        ({"kap": "1"}, "kap = '1': must be a finite number"),
        ({"kap": np.nan}, "kap = nan: must be"),
        ({"kap": np.ones(2), "L": np.ones(3)}, "shapes of L, kap"),
        ({"more": {"kapp": 1.0}}, "constant in more = 'kapp': must be one of .*did you mean 'kap'"),
        ({"more": 3}, "more = 3: must be a mapping"),
        ({"more": {3: 1.0}}, "a constant in more = 3: must be one of"),
        ({"kinds": {"q": "exact"}}, "a constant in kinds = 'q'"),
    ],
)
def test_constants_refuse_what_is_no_value(changes: Any, message: str) -> None:
    kap()
    with pytest.raises(InputError, match=message):
        at.Constants(**{"L": 1.0, "F0": 1.0, **changes})


def test_an_unknown_keyword_is_an_error() -> None:
    with pytest.raises(TypeError, match="kap"):
        at.Constants(L=1.0, F0=1.0, kap=2.0)  # type: ignore[call-arg]


def test_a_parameter_of_the_steps_has_no_function() -> None:
    """A momentum β_v: its value is that in the mapping of values."""
    beta = at.symbol("beta_v", glyph="β_v")
    bound = (1 - beta) * L * F0 / T
    values = {"L": 1.0, "F0": 1.0, "T": 4, "beta_v": np.array([0.0, 0.5])}
    assert bound.value(values).tolist() == [0.25, 0.125]
    assert bound.slope("beta_v", {**values, "beta_v": 0.5}) == pytest.approx(-1.0)
    with pytest.raises(InputError, match="beta_v = None: must be given, it is the β_v of"):
        bound.value({"L": 1.0, "F0": 1.0, "T": 4})

    def function(c: Any, s: Any) -> Any:
        return (1 - s.beta_v) * c.L * c.F0 / s.T

    box = BlackBox(function, (beta < 1, beta >= 0.5))
    assert box.unit == bound.unit
    steps = at.Steps(eta=1.0, K=1, T=4).values() | {"beta_v": 0.5}
    assert float(box.value(at.Constants(L=1.0, F0=1.0).values() | steps)) == 0.125


def test_the_unit_of_a_function_of_added_symbols() -> None:
    """Otherwise a bound that is a function cannot use them, or its unit is not checked."""
    kap()
    at.symbol("w", unit="X", value=lambda pair: 1.0)

    def helper(c: Any) -> Any:
        return c.kap * c.w**2

    assert BlackBox(lambda c, s: helper(c) * c.L / s.T).unit == Unit(Fraction(2), Fraction(-2))
    assert BlackBox(lambda c, s: c.kap, (at.symbols("kap") == 2 * L,)).unit == L.unit
    assert BlackBox(lambda c, s: c.kap, (at.symbols("kap") <= L,)).unit == L.unit


def test_symbols_travel_with_a_bound() -> None:
    """Otherwise a worker process does not know the symbols of a study."""
    bound = kap() * F0 * at.log(1 + kap() / L) / T
    parcel = cloudpickle.dumps(bound)
    ADDED.clear()
    assert spelt(cloudpickle.loads(parcel)) == spelt(bound) and set(ADDED) == {"kap"}
    (received,) = ADDED.values()
    assert received.compute is not None
    assert received.compute(at.Quadratic(L=3.0, dim=1).with_helper()) == 6.0
    same = cloudpickle.loads(parcel)
    assert set(ADDED) == {"kap"} and spelt(same) == spelt(bound)
    assert str(copy.deepcopy(bound)) == str(bound)
    # Another symbol of that name stays what it is.
    ADDED.clear()
    other = at.symbol("kap", unit="1")
    received_bound = cloudpickle.loads(parcel)
    assert (2 * received_bound).unit == bound.unit and at.symbols("kap").unit == other.unit


def test_arrays_of_a_single_pair_are_its_number() -> None:
    """The start of a pair has shape (1, d), so a natural function of it gives shape (1,)."""
    at.symbol(
        "R_single",
        glyph="R",
        unit="X",
        value=lambda pair: np.linalg.norm(pair.x0 - pair.x_star, axis=-1),
    )
    (R,) = at.symbols("R_single")
    theorem = at.claim(R**2, method=at.methods.SGD, measure=at.measures.distance_last)
    pair = at.Quadratic(L=1.0, dim=1, F0=2.0).with_helper(delta=0.0)
    assert theorem.constants(pair, at.Gaussian()).R_single == pytest.approx(2.0)
