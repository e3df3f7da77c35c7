"""Schedules as expressions of t, and as files hold them."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.expression_of_t import MAX_LENGTH
from auxtheory.bounds.stored_schedules import restored, shown, stored

T = 7
t = np.arange(1.0, T + 1)
TEXTS: dict[str, Any] = {
    "0.5 / sqrt(t)": 0.5 / t**0.5,
    "1": np.ones(T),
    "-t + +2": 2 - t,
    "2 * exp(-t) - log(t)": 2 * np.exp(-t) - np.log(t),
    "minimum(0.5, 1 / t)": np.minimum(0.5, 1 / t),
    "maximum(cos(3.14 * t), 0)": np.maximum(np.cos(3.14 * t), 0),
    "  2 ** (1 - t) ": 2.0 ** (1 - t),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_the_values_of_the_function(text: str) -> None:
    np.testing.assert_allclose(at.per_round(text).over("eta", T), TEXTS[text], rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.5 / srt(t)", r"srt is not known: .*sqrt, exp.*did you mean 'sqrt'\?"),
        ("T / t", r"T is not known"),
        ("sqrt(t, t)", r"sqrt takes 1 arguments"),
        ("sqrt(x=t)", r"sqrt is not known|must be"),
        ("", r"must be an expression of t"),
        ("t +", r"must be an expression of t"),
        ("True", r"True is not a number"),
        ("'a'", r"'a' is not known"),
        ("t.__class__", r"t.__class__ is not known"),
        ("[1, 2][0]", r"is not known"),
        ("(lambda: 1)()", r"is not known"),
        ("1 if t else 2", r"is not known"),
        ("__import__('os')", r"__import__ is not known"),
        ("1+" * MAX_LENGTH + "1", r"must have at most 1000 characters"),
        ("(" * 400 + "1" + ")" * 400, r"must be an expression of t"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(at.InputError, match=message):
        at.per_round(text)


def test_huge_powers_end_in_infinity_and_are_refused_by_the_steps() -> None:
    assert np.isinf(at.per_round("9 ** 9 ** 9").over("eta", 2)).all()
    with pytest.raises(at.InputError, match=r"eta = .*must be a finite number"):
        at.Steps(eta=at.per_round("9 ** 9 ** 9"), K=1, T=2)


def test_a_schedule_that_is_a_text_is_a_value() -> None:
    one = at.per_round("0.5 / t")
    assert one == at.per_round("0.5 / t") and hash(one) == hash(at.per_round(" 0.5 / t"))
    assert one != at.per_round("1 / t") and one != at.per_round([0.5]) != 0.5
    assert pickle.loads(pickle.dumps(one)) == one
    assert eval(repr(one), {"at": at}) == one
    assert str(at.Steps(eta=one, K=1, T=4)) == "η = 0.5 / t, K = 1, T = 4, B = ∞ (unsafe)"


def test_the_first_rounds_of_steps() -> None:
    steps = at.Steps(eta=at.per_round([1, 2, 3]), beta=at.per_round("1 / t"), K=2, T=3)
    first = steps.first(2)
    assert first.eta.values.tolist() == [1, 2] and first.T == 2 and first.K == 2
    assert first.parameters["beta"] == at.per_round("1 / t")
    with pytest.raises(at.InputError, match="must have T = 5"):
        steps.first(5)


def test_what_files_hold() -> None:
    def halves(t: Any) -> Any:
        return 0.5 / t

    function = at.per_round(halves)
    listed = at.per_round([0.5, 0.25])
    for value in (0.5, listed, at.per_round("0.5 / t")):
        assert restored(json.loads(json.dumps(stored(value)))) == value
    assert restored(stored(function, T=2)) == listed
    assert restored(stored(function), (1, function)) is function
    assert restored(stored(function)) is None
    texts = [shown(stored(v)) for v in (function, listed, at.per_round("0.5 / t"), 3)]
    assert texts == ["at.per_round(halves)", "0.5 … 0.25", "0.5 / t", 3]
