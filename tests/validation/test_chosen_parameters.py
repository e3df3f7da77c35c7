"""Verdicts of theorems whose methods have step parameters: their columns, and schedules."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.table import TAKEN
from auxtheory.testing.search.falsify import Counterexample

F0, L, eta, beta = at.symbols("F0 L eta beta")
PAIR = at.Quadratic(L=1.0, mu=0.1, dim=3).with_helper(delta=0.0)
NOISE = at.Gaussian(sigma_f=0.1)
FREE = at.claim(5 * F0, method=at.methods.Nesterov, measure=at.measures.gap_last)
HALVES = at.per_round("0.5 / sqrt(t)")


def heading(verdict: at.Verdict) -> list[str]:
    """The names of the columns that are printed."""
    (line,) = (line for line in str(verdict).splitlines() if line.split()[-1:] == ["status"])
    return line.split()


def test_the_parameters_are_columns_and_printed() -> None:
    verdict = at.validate(FREE, PAIR, NOISE, K=1, T=[3, 9], eta=0.3, beta=[0.2, 0.6])
    assert verdict.table["beta"].tolist() == [0.2, 0.6, 0.2, 0.6]
    assert list(verdict.table.rows[0])[:5] == ["T", "configuration", "eta", "a", "beta"]
    assert "beta" in heading(verdict)


def test_defaults_and_the_probability_p_have_columns() -> None:
    class Lazy(at.Method):
        def step(o: Any, x: Any, *, eta: Any, p: Any = 0.25) -> Any:
            return o.where(o.coin(p), x - eta * o.f(x), x)

    claim = at.claim(5 * F0, method=Lazy, measure="gap")
    row = at.validate(claim, PAIR, NOISE, K=1, T=3, eta=0.3).table.rows[0]
    assert row["p_of_step"] == 0.25 and row["p"] != 0.25
    row = at.validate(claim, PAIR, NOISE, K=1, T=3, eta=0.3, p=0.5).table.rows[0]
    assert row["p_of_step"] == 0.5


def test_an_unknown_option_is_told_the_parameters_too() -> None:
    with pytest.raises(at.InputError, match=r"option = 'bta': must be one of T, .*, beta; did you"):
        at.validate(FREE, PAIR, NOISE, K=1, T=3, eta=0.1, bta=0.5)


def test_no_other_column_can_be_meant() -> None:
    rows = at.validate(FREE, PAIR, NOISE, K=1, T=3, eta=[0.1, 0.3], beta=0.2).table.columns
    assert {*rows} - {"T", "eta", "a", "beta"} <= TAKEN


def test_schedules_are_texts_next_to_numbers() -> None:
    verdict = at.validate(FREE, PAIR, NOISE, K=1, T=[4, 9], eta=HALVES, beta=constant(0.6))
    table = verdict.table
    assert np.all(np.isnan(table["eta"])) and np.all(np.isnan(table["beta"]))
    assert set(table["eta_schedule"]) == {"0.5 / sqrt(t)"}
    assert set(table["beta_schedule"]) == {"0.6 … 0.6"}
    assert "eta_schedule" in str(verdict) and "eta" not in heading(verdict)
    assert json.loads(verdict.to_json())["rows"][0]["eta_schedule"] == "0.5 / sqrt(t)"


def constant(number: float) -> at.PerRound:
    return at.per_round(lambda t: number + 0 * t)


def test_every_form_of_a_schedule_gives_the_same_at_every_number_of_rounds() -> None:
    """Values of the largest T, a text and a function; and a run for each T alone."""
    T = [2, 5, 9]
    values = 0.5 / np.sqrt(np.arange(1.0, 10.0))
    forms = [HALVES, at.per_round(values), at.per_round(lambda t: 0.5 / t**0.5)]
    measured = [
        at.validate(FREE, PAIR, NOISE, K=1, T=T, eta=form, beta=0.5).table["measured"]
        for form in forms
    ]
    alone = [
        at.validate(FREE, PAIR, NOISE, K=1, T=t, eta=at.per_round(values[:t]), beta=0.5) for t in T
    ]
    for one in (*measured[1:], [verdict.table["measured"][0] for verdict in alone]):
        np.testing.assert_allclose(one, measured[0], rtol=1e-13)
    with pytest.raises(at.InputError, match="8 values, and must have T = 9"):
        at.validate(FREE, PAIR, NOISE, K=1, T=T, eta=at.per_round(values[:8]), beta=0.5)


def test_a_range_is_checked_in_each_round_of_a_schedule() -> None:
    ranged = at.claim(5 * F0, method=at.methods.Nesterov, measure="gap", step_range=[L * eta <= 1])
    assert at.validate(ranged, PAIR, NOISE, K=1, T=4, eta=HALVES, beta=0.5).status == "pass"
    late = at.per_round([0.5, 0.5, 1.5, 0.5])
    broken = "Lη ≤ 1: the left side is 1.5, must be at most 1"
    with pytest.raises(at.AssumptionError, match=broken):
        at.validate(ranged, PAIR, NOISE, K=1, T=4, eta=late, beta=0.5)
    verdict = at.validate(ranged, PAIR, NOISE, K=1, T=4, eta=late, beta=0.5, mode="unsafe")
    assert verdict.status == "outside" and verdict.unmet == (broken,)


@pytest.mark.parametrize("form", [HALVES, [0.4, 0.3, 0.2, 0.1], lambda t: 0.4 / t])
def test_a_case_with_a_schedule_goes_through_its_script_and_its_json(form: Any) -> None:
    schedule = form if isinstance(form, at.PerRound) else at.per_round(form)
    steps = at.Steps(eta=schedule, beta=0.5, K=1, T=4)
    case = at.testing.Configuration(FREE, PAIR, NOISE, steps)
    again, stored = at.testing.Configuration.read(case.to_json())
    assert again.verdict().table["measured"] == stored["measured"]
    names: dict[str, Any] = {}
    printed: list[Any] = []
    exec(case.script, names | {"print": printed.append})
    assert printed[0].table["measured"] == stored["measured"]
    assert "beta=0.5" in case.script


def test_a_given_case_with_a_schedule_is_tested() -> None:
    false = at.claim(F0 / 100, method=at.methods.Nesterov, measure="gap")
    budget = at.strategies.Budget(K=1, T=4)
    with pytest.raises(Counterexample) as caught:
        at.testing.falsify(false, PAIR, NOISE, budget, eta=at.per_round("0.1 / t"), beta=0.5)
    assert "eta=at.per_round('0.1 / t'), beta=0.5" in str(caught.value)
    again, stored = at.testing.Configuration.read(caught.value.to_json())
    assert again.verdict().status == stored["status"] == "violated"


def test_tuned_parameters_of_a_file_are_checked() -> None:
    class Ruled(at.Theorem):
        method = at.methods.Nesterov
        measure = at.measures.gap_last
        bound = 5 * F0

        def step_sizes(self, c: Any, K: int, T: int, B: float) -> Any:
            return {"eta": 0.5 / c.L, "beta": 0.3}

    theorem = Ruled()
    steps = theorem.tune(theorem.constants(PAIR, NOISE), 1, 4)
    assert at.testing.Configuration(theorem, PAIR, NOISE, steps).checked()
    with pytest.raises(at.InputError, match=r"beta = 0.4: must be 0.3 in mode tuned"):
        at.testing.Configuration(theorem, PAIR, NOISE, steps.replace(beta=0.4)).checked()
