"""Figures and the page of a user's theorems: the measure with its unit, and looks of methods."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from tables import joined, law

import auxtheory as at
from auxtheory.analysis import FIGURES, page
from auxtheory.analysis.style import STYLES, looks
from auxtheory.bounds.units import Unit
from auxtheory.errors import InputError
from auxtheory.measures.words import short, words
from auxtheory.table import Table
from auxtheory.theorems.definition import label_and_name, with_label

L, F0, mu, eta, T = at.symbols("L F0 mu eta T")


class Averaged(at.Method):
    """An average of the iterates is a state variable."""

    state = "x mean"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, mean: Any, *, eta: Any) -> Any:
        return x - eta * o.f(x), mean + (x - mean) / o.t


class Average(at.Theorem):
    """E‖mean − x*‖² ≤ 2F₀/(μ²ηT)."""

    method = Averaged
    measure = at.measures.distance(of="mean")
    bound = 2 * F0 / (mu**2 * eta * T)


class Norm(Average):
    """A measure whose unit no name holds."""

    measure = at.measures.square(of="mean", unit=Unit(x=Fraction(2)))


MEASURES = {
    "G": "mean squared gradient G, in F²/X²",
    "gap": "suboptimality E f(x^T) − f*, in F",
    "grad_last": "squared gradient E‖∇f(x^T)‖², in F²/X²",
    "gap_mean": "mean over all local steps of E f(x) − f*, in F",
    "distance_last(mean)": "squared distance E‖mean^T − x*‖², in X²",
    "grad_local_weighted": "weighted mean over all local steps of E‖∇f(x)‖², in F²/X²",
    "gap_rounds(mean)": "mean over the rounds of E f(mean) − f*, in F",
    "square_last(m)": "squared norm E‖m^T‖²",
    "energy": "energy",
    "gap_last(": "gap_last(",
}


@pytest.mark.parametrize("name", MEASURES)
def test_measures_in_words(name: str) -> None:
    assert words(name).label == MEASURES[name]


def test_the_names_are_those_of_measures() -> None:
    """No form is left out, and the unit is that of the measure."""
    for form in (at.measures.grad, at.measures.gap, at.measures.distance):
        for over in ("last", "rounds", "local"):
            weights = None if over == "last" else lambda t: t
            measure = form(of="y", over=over, weights=weights)  # type: ignore[arg-type]
            said = words(measure.name)
            assert said.unit == measure.unit and said.text != measure.name
            assert ("weighted" in said.text) is (over != "last") and "y" in said.text


def test_units_by_hand() -> None:
    half = Fraction(1, 2)
    assert short(Unit()) == "1" and short(Unit(x=Fraction(-2))) == "1/X²"
    assert short(Unit(half, Fraction(-1))) == "F^(1/2)/X"


def users(measure: str, theorem: str = "Mine", method: str = "MyMethod") -> Table:
    """A study over T of a user's theorem."""
    rows = law("T", [10, 100, 1000], lambda T: 1 / T, lambda T: 3 / T, theorem=theorem)
    return Table(tuple({**row, "method": method, "measure": measure} for row in rows))


def test_axes_name_the_measure() -> None:
    """The y of rates, and of measured values against bounds; several measures have no name."""
    table = users("distance_last(mean)")
    label = MEASURES["distance_last(mean)"]
    assert FIGURES["rate-vs-T"](table).axes[0].get_ylabel() == label
    both = FIGURES["measured-vs-predicted"]
    assert both(table).axes[0].get_ylabel() == f"measured {label}"
    assert both(joined(table, users("gap", "Other"))).get_supylabel() == "measured"


def test_noise_of_other_oracles_is_named_on_the_axis() -> None:
    """Where no method meets σ_r; curves over different noise say so themselves."""
    levels = [0.1, 1.0, 10.0]
    law_of = {"measured": lambda s: s, "bound": lambda s: 3 * s}
    of_f = law("sigma_f", levels, **law_of, known_sigma_r=0.0, theorem="Mine", method="My")
    of_r = law("sigma_f", levels, **law_of, known_sigma_r=1.0)
    rate = FIGURES["rate-vs-sigma-r"]
    assert rate(of_f).axes[0].get_xlabel() == "noise σ$_f$, in F/X"
    assert "over σ" not in "".join(text.get_text() for text in rate(of_f).legends[0].get_texts())
    both = joined(of_f, Table(tuple({**r, "known_sigma_r": r["sigma_f"]} for r in of_r)))
    assert rate(both).axes[0].get_xlabel().startswith("noise of a sample of ∇(f − h)")
    assert "(over σ$_f$)" in "".join(t.get_text() for t in rate(both).legends[0].get_texts())


def test_stability_needs_momentum() -> None:
    """One error that names the methods, and not the axes that they have."""
    table = Table(tuple({**row, "a": float("nan")} for row in users("G")))
    with pytest.raises(InputError) as caught:
        FIGURES["stability"](table)
    assert str(caught.value).splitlines()[1:] == [
        "  method = 'MyMethod': must have a momentum parameter a, since the figure is over η and a"
    ]


def test_a_name_is_its_label() -> None:
    """Said once wherever a theorem has no other label."""
    mine, known = Average(), at.theorems.SGD()
    assert (with_label(mine), label_and_name(mine)) == ("Average", "Average")
    assert (with_label(known), label_and_name(known)) == ("SGD (S0)", "S0 SGD")
    pair = at.Quadratic(L=1.0, mu=0.1, dim=2).with_helper()
    verdict = at.validate(mine, pair, at.Gaussian(), K=1, T=10, eta=0.1)
    assert str(verdict).startswith("Average on at.Quadratic")


def test_methods_of_users_look_different() -> None:
    """From each other and from the library's, in colour or marker, in every figure."""
    names = ["AuxMOM", *(f"Mine{i}" for i in range(6))]
    found = looks([{"theorem": f"about {name}", "method": name} for name in names])
    assert len({look.colour for name, look in found.items() if "Mine" in name}) == 6
    assert {look.fill for look in found.values()} == {"full"}
    pairs = {(look.colour, look.marker) for look in found.values()}
    assert len(pairs) == len(names)
    assert not pairs - {STYLES["AuxMOM"]} & set(STYLES.values())
    table = joined(users("G", "One", "First"), users("G", "Two", "Second"))
    for figure in ("tightness", "measured-vs-predicted"):
        marks = [
            line.get_marker()
            for axes in FIGURES[figure](table).axes
            for line in axes.get_lines()
            if line.get_marker() not in ("", "None", None)
        ]
        assert len(set(marks)) == 2, figure


def test_the_page_of_a_theorem_without_steps() -> None:
    """It names the measure, has one formula, and does not say the name twice."""
    target = at.Quadratic(L=1.0, mu=0.1, dim=2)
    study = at.Study([Average(), Norm()], target, at.Gaussian(), K=1, T=[10, 100], eta=0.1)
    results = study.run()
    text = page.build(results, name="my.study")
    assert "method Averaged · bounds squared distance E‖mean<sup>T</sup> − x*‖², in X²" in text
    assert "bounds squared norm E‖mean<sup>T</sup>‖², in X²" in text
    assert text.count("In the range of steps") == 2 and "At the prescribed steps" not in text
    assert '<p class="quiet">Average' not in text
    assert results.dataset["measured"].attrs["units"] == "X^2"


class Bounded(at.Theorem):
    method = at.methods.HeavyBall
    measure = at.measures.gap_last
    bound = 2 * F0


def test_several_values_of_a_step_parameter_are_not_mixed() -> None:
    """A parameter is an axis: it must be selected, can be drawn over, and is in the title."""
    target = at.Quadratic(L=1.0, dim=2)
    results = at.Study([Bounded()], target, eta=[0.5], beta=[0.1, 0.3], K=1, T=[5, 20]).run()
    with pytest.raises(InputError, match=r"beta = \[0\.1, 0\.3\]: must be one value"):
        at.analysis.rate(results, "T")
    figure = at.analysis.rate(results.where(beta=0.3), "T")
    assert "β = 0.3" in "".join(text.get_text() for text in figure.texts + figure.axes[0].texts) + (
        figure.get_suptitle() + figure.axes[0].get_title(loc="left") + figure.axes[0].get_title()
    )
    over = at.analysis.rate(results.where(T=20), "beta")
    assert over.axes[0].get_xlabel()
    assert "β = 0.3" in page.build(results, name="momentum").replace("\N{NO-BREAK SPACE}", " ")
