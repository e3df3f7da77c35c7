"""Theorems with symbols that the user added: constants, verdicts, searches, scripts, identities."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.added import ADDED
from auxtheory.errors import AssumptionError, InputError
from auxtheory.study.identity import canonical, identity
from auxtheory.testing import Counterexample, falsify
from auxtheory.validation.parsing import parse

L, F0, eta, T = at.symbols("L F0 eta T")
TARGET = at.Quadratic(L=1.0, dim=2)
PAIR = TARGET.with_helper()
GRID = at.Quadratic(L=1.0, dim=2).with_helper(delta=np.array([0.1, 0.2, 0.3]))


@pytest.fixture(autouse=True)
def only_for_this_test() -> Iterator[None]:
    before = dict(ADDED)
    yield
    ADDED.clear()
    ADDED.update(before)


def twice(pair: Any) -> Any:
    return 2 * pair.constants().L


def kap(value: Any = twice) -> Any:
    return at.symbol("kap", glyph="κ", unit="F/X^2", value=value)


def descent(**changes: Any) -> at.Theorem:
    """Gradient descent with κ in place of L."""
    symbol = kap()
    options: dict[str, Any] = {
        "method": at.methods.SGD,
        "assumptions": [L <= symbol, at.symbols("sigma_f") == 0],
        "step_range": [symbol * eta <= 1],
    }
    return at.claim(4 * symbol * F0 / T, **{**options, **changes})


def test_a_theorem_computes_its_symbols() -> None:
    """Otherwise its bound and its conditions have no values."""
    theorem = descent()
    c = theorem.constants(PAIR, at.Gaussian())
    assert c.kap == 2.0 and c.kinds["kap"] == "exact"
    steps = at.Steps(eta=0.5, K=1, T=8)
    assert float(theorem.value(c, steps)) == pytest.approx(4 * 2 / 8)
    assert theorem.unmet(c, steps) == []
    (unmet,) = theorem.unmet(c, steps.replace(eta=0.75))
    assert str(unmet) == "κη ≤ 1: the left side is 1.5, must be at most 1"
    (unmet,) = theorem.unmet(c.replace(kap=0.5))
    assert str(unmet) == "L ≤ κ: the left side is 1, must be at most 0.5"
    with pytest.raises(AssumptionError, match="L ≤ κ"):
        theorem.require(c.replace(kap=0.5))
    with pytest.raises(InputError, match="kap = None: must be given"):
        theorem.unmet(at.Constants(L=1.0, F0=1.0))


def test_a_verdict_names_the_symbol() -> None:
    """Otherwise validate does not see the symbol."""
    pair = at.Quadratic(L=1.0, dim=2).with_helper()
    verdict = at.validate(descent(), pair, T=[10, 20], eta=0.4, mode="theorem")
    assert verdict.status == "pass" and set(verdict.table["dominant"]) == {"4κF₀/T"}
    outside = at.validate(descent(), pair, T=10, eta=0.75, mode="unsafe")
    assert "κη ≤ 1: the left side is 1.5" in str(outside)


def test_grids_have_an_array() -> None:
    symbol = kap(lambda pair: pair.constants().L + pair.constants().delta)
    theorem = at.claim(4 * symbol * F0 / T, method=at.methods.Naive, step_range=[L * eta <= 1])
    c = theorem.constants(GRID, at.Gaussian())
    assert c.kap.tolist() == pytest.approx([1.1, 1.2, 1.3])
    assert theorem.value(c, at.Steps(eta=0.5, K=2, T=4)).shape == (3,)


def test_functions_use_the_symbols() -> None:
    """Otherwise c.kap is unknown to a bound, a rule or a case that is a function."""
    symbol = kap()

    def bound(c: Any, s: Any) -> Any:
        return 4 * c.kap * c.F0 / s.T

    def rule(c: Any, K: int, T: int, B: float) -> Any:
        return 1 / c.kap, None

    for theorem in (
        at.claim(bound, method=at.methods.SGD, step_range=[symbol * eta <= 1]),
        at.claim(partial(bound), method=at.methods.SGD, steps=rule),
        at.claim(4 * L * F0 / T, method=at.methods.SGD, steps=rule),
        at.claim(
            bound, method=at.methods.SGD, steps=at.claim(bound, like=at.theorems.SGD(), steps=rule)
        ),
    ):
        c = theorem.constants(PAIR, at.Gaussian())
        assert c.kap == 2.0
    assert theorem.tune(c, K=1, T=4).eta == 0.5
    assert at.validate(theorem, PAIR, T=[4, 8]).status == "pass"

    class Case(at.Theorem):
        method = at.methods.SGD
        corollaries = (at.Corollary(4 * L * F0 / T, "κ = 2L", symbol == 2 * L),)

        def step_sizes(self, c: Any, K: int, T: int, B: float) -> Any:
            return 0.5 / c.L, None

    c = Case().constants(PAIR, at.Gaussian())
    assert c.kap == 2.0 and np.isfinite(Case().value(c, Case().tune(c, 1, 5)))


def test_only_what_a_theorem_uses_is_computed() -> None:
    """Otherwise every theorem pays for the symbols of all others, and fails with them."""
    calls = []

    def counted(pair: Any) -> Any:
        calls.append(pair)
        return 1 / 0

    at.symbol("bad", value=counted)
    c = at.theorems.SGD().constants(PAIR, at.Gaussian())
    assert not calls and not c.more
    assert descent().constants(PAIR, at.Gaussian()).more.keys() == {"kap"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda pair: 1 / 0, "its function raised ZeroDivisionError: division by zero"),
        (lambda pair: pair.nothing, "its function raised AttributeError"),
        (lambda pair: -1.0, "must be a finite number in"),
        (lambda pair: "1", "must be a finite number in"),
        (lambda pair: None, "must be a finite number in"),
        (lambda pair: np.nan, "must be a finite number in"),
        (lambda pair: np.ones(2), r"must be a number or of shape \(\)"),
    ],
)
def test_what_is_no_value_names_the_symbol_and_the_pair(value: Any, message: str) -> None:
    """Otherwise a user's function fails far from where it is at fault."""
    symbol = at.symbol("kap", glyph="κ", unit="F/X^2", value=value)
    theorem = at.claim(4 * symbol * F0 / T, method=at.methods.SGD)
    with pytest.raises(InputError, match=rf"kap of at.Quadratic\(L=1.0.*[:=] .*{message}") as error:
        theorem.constants(PAIR, at.Gaussian())
    assert len(error.value.complaints) == 1


def test_every_failing_symbol_is_listed() -> None:
    one = at.symbol("one", unit="F/X^2", value=lambda pair: -1)
    two = at.symbol("two", unit="F", value=lambda pair: 1 / 0)
    theorem = at.claim(one * two / T, method=at.methods.SGD)
    with pytest.raises(InputError) as error:
        theorem.constants(PAIR, at.Gaussian())
    assert len(error.value.complaints) == 2


def test_a_wrong_bound_with_a_symbol_is_refuted_and_its_script_runs(tmp_path: Path) -> None:
    """Otherwise a search does not see the symbols, or a script lacks their definition."""
    wrong = at.claim(
        0.05 * kap() * F0 / T,
        method=at.methods.SGD,
        assumptions=[at.symbols("sigma_f") == 0],
        step_range=[L * eta <= 1],
        name="Wrong",
    )
    with pytest.raises(Counterexample) as found:
        falsify(wrong, examples=300)
    script = str(found.value).split("\n\n")[1]
    assert "value=twice" in script and "def twice" in script
    path = tmp_path / "case.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert "violated" in done.stdout, done.stdout + done.stderr


def test_a_printed_claim_is_read_again() -> None:
    theorem = descent()
    again = parse(repr(theorem))
    assert repr(again) == repr(theorem) and "kap" in repr(theorem)
    c = parse("at.Constants(L=1.0, F0=1.0, kap=2.0)")
    assert c.kap == 2.0
    ADDED.clear()
    with pytest.raises(InputError, match="kap: is not a name"):
        parse(repr(theorem))


def test_the_identity_of_a_study_holds_the_definition() -> None:
    """Otherwise two studies with another κ share their stored cells."""

    def study(value: Any, function: bool) -> str:
        ADDED.pop("kap", None)
        symbol = kap(value)

        def bound(c: Any, s: Any) -> Any:
            return 4 * c.kap * c.F0 / s.T

        theorem = at.claim(
            bound if function else 4 * symbol * F0 / T,
            method=at.methods.SGD,
            step_range=[L * eta <= 1],
        )
        return identity(
            at.Study([theorem], TARGET, at.Gaussian(), K=1, T=5, eta=0.5, mode="theorem")
        )

    for function in (False, True):
        digests = [study(lambda pair: 2.0, function), study(lambda pair: 3.0, function)]
        assert digests[0] != digests[1]
        assert digests[0] == study(lambda pair: 2.0, function)


def test_constants_without_added_symbols_are_what_they_were() -> None:
    """Otherwise a study that holds constants becomes another one."""
    kap()
    without, other = (
        json.dumps(canonical(at.Constants(L=1.0, F0=1.0, more=more))) for more in ({}, {"kap": 2.0})
    )
    assert '"more"' not in without and '"more"' in other


def test_worker_processes_know_the_symbols() -> None:
    """Otherwise a study with two workers fails, since they start without them."""
    study = at.Study(
        [descent()], TARGET, at.Gaussian(), K=1, T=[5, 10], eta=0.5, mode="theorem", title="kap"
    )
    alone, together = (study.run(processes=processes) for processes in (1, 2))
    assert [row["bound"] for row in together.rows] == [row["bound"] for row in alone.rows]
    assert {row["status"] for row in alone.rows} == {"pass"}
