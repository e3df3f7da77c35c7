"""Bad bounds, formulas and arguments of the falsifier."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from wrong_bounds import S1, S3

import auxtheory as at
from auxtheory import methods
from auxtheory.testing import Configuration, falsify
from auxtheory.testing.strategies import Budget

L, F0, K = at.symbols("L F0 K")

BAD: dict[str, tuple[Any, str]] = {
    "not a number": (lambda c, s: float("nan"), "must be one number from 0 to inf"),
    "negative": (lambda c, s: -1.0, "must be one number from 0 to inf"),
    "an array": (lambda c, s: np.ones(3), "must be one number from 0 to inf"),
    "complex": (lambda c, s: 1j, "must be one number from 0 to inf"),
    "nothing": (lambda c, s: None, "must be one number from 0 to inf"),
    "an exception": (lambda c, s: c.no_such_constant, "raised AttributeError"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_bound_is_told_with_the_case(what: str) -> None:
    bound, message = BAD[what]
    claim = at.claim(bound, like=S1(), check_units=False)
    with pytest.raises(at.InputError, match=message) as caught:
        falsify(claim)
    assert "eta = " in str(caught.value) and "F0 = " in str(caught.value)
    with pytest.raises(at.InputError, match=message):
        at.claim(bound, like=S1())  # the unit check meets it already
    with pytest.raises(at.InputError, match=message):
        at.validate(claim, at.toy(delta=0.1, zeta=1.0), K=2, T=3, eta=0.1)


def test_the_script_and_the_file_of_an_endless_bound_can_be_read() -> None:
    found = falsify(at.claim(np.inf, like=S1()), examples=500)
    shown = subprocess.run(
        [sys.executable, "-c", found.snippet], capture_output=True, text=True, check=True
    )
    assert "undecided" in shown.stdout and "inf" in shown.stdout
    assert Configuration.read(found.to_json())[0].script == found.snippet


def test_one_case_tells_what_it_cannot_use() -> None:
    case = S3(), at.toy(delta=0.1, zeta=1.0), at.Gaussian(), Budget(1, 2)
    for options, told in (
        ({"a": 0.5}, "a = 0.5"),
        ({"mode": "unsafe"}, "eta = None"),
        ({"etta": 1.0}, "did you mean"),
    ):
        with pytest.raises(at.InputError, match=told):
            falsify(*case, **options)
    with pytest.raises(at.InputError, match="since a pair is given"):
        falsify(S3(), case[1], fixed={"delta": 1.0})
    for bad in ((2.5, 1), (1, 0), (1, 1, float("nan"))):
        with pytest.raises(at.InputError):
            Budget(*bad)


def test_a_negative_formula_is_told() -> None:
    with pytest.raises(at.InputError, match="must be from 0 to inf"):
        falsify(at.claim(L * F0 * (1 - 2 * K), like=S1()))


def test_bad_arguments_are_told_at_once() -> None:
    with pytest.raises(at.InputError) as caught:
        falsify(S1(), examples=0, seed=-1, false_alarm=2, fixed={"sigma": 1.0, "delta": -1.0})
    for part in ("examples", "seed", "false_alarm", "fixed['delta'] = -1.0", "did you mean"):
        assert part in str(caught.value)
    # An unknown name is one complaint, not a second one about its value.
    assert "fixed['sigma']" not in str(caught.value)
    with pytest.raises(at.InputError, match=r"theorem.*\n.*pair"):
        falsify("S1", "pair")  # type: ignore[call-overload]
    with pytest.raises(at.InputError) as caught:
        at.claim("rate", measure="loss", steps=3, step_range=["L < 1"])  # type: ignore[arg-type]
    for part in ("method", "measure", "steps", "step_range", "bound"):
        assert part in str(caught.value)
    with pytest.raises(at.InputError, match="like = 'S1': must be a theorem"):
        at.claim(1.0, like="S1", method=methods.SGD)  # type: ignore[arg-type]
    with pytest.raises(at.InputError, match="prescribes no steps"):
        at.validate(at.claim(S1.bound, like=S1()), at.toy(delta=0.1, zeta=1.0), K=2, T=3)


def test_the_units_of_a_function_are_checked() -> None:
    right = at.claim(lambda c, s: 2 * c.F0 / (s.eta * s.K * s.T), like=S1())
    assert right.bound.unit == S1.bound.unit
    with pytest.raises(at.UnitError, match=r"has unit F, but G has F\^2"):
        at.claim(lambda c, s: 2 * c.F0 / (s.K * s.T), like=S1())
    with pytest.raises(at.UnitError, match="changes by no fixed factor"):
        at.claim(lambda c, s: c.F0 + c.L, like=S1())
    with pytest.raises(at.UnitError, match="0 or ∞ wherever"):
        at.claim(lambda c, s: 0.0, like=S1())
