"""Error messages: one line for each bad value, all at once, on lines short enough to read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from auxtheory import errors
from auxtheory.errors import (
    AssumptionError,
    AuxtheoryError,
    Checks,
    InputError,
    RefusedError,
    UnitError,
    shown,
)


def test_every_error_can_be_caught_as_one_and_as_the_builtin_it_is() -> None:
    """Otherwise `except ValueError`, or one `except at.AuxtheoryError` around a sweep, misses some."""
    own = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, Exception)]
    assert len(own) >= 5 and all(issubclass(kind, AuxtheoryError) for kind in own)
    assert issubclass(InputError, ValueError) and issubclass(UnitError, TypeError)
    assert issubclass(AssumptionError, InputError) and not issubclass(RefusedError, ValueError)


def test_no_complaint_no_error() -> None:
    """Otherwise sound input is refused."""
    checks = Checks()
    checks.number("x", 0.0)
    checks.number("x", np.array([0, 3]))
    checks.number("x", math.inf, infinite=True)
    checks.number("x", [-1.0, 1.0], low=-1.0, high=1.0)
    checks.number("x", np.float32(2), above=True)
    checks.whole("n", 1)
    assert checks.whole("n", np.uint8(3)) == 3
    assert [
        type(checks.whole("n", value)) for value in (2.0, np.float64(3), 1e3, 9.999999999999998)
    ] == [int] * 4
    checks.whole("n", math.inf, infinite=True)
    checks.whole("n", np.float64(math.inf), infinite=True)
    checks.whole("n", 2**53)
    checks.member("m", "b", ["a", "b"])
    checks.done()
    assert checks.complaints == []


@pytest.mark.parametrize(
    ("value", "limits", "line"),
    [
        (-1, {}, "x = -1.0: must be a finite number in [0, 1e+100]"),
        (math.nan, {}, "x = nan: must be a finite number in [0, 1e+100]"),
        (math.nan, {"infinite": True}, "x = nan: must be a finite number in [0, 1e+100] or inf"),
        (1e200, {}, "x = 1e+200: must be a finite number in [0, 1e+100]"),
        (-math.inf, {"infinite": True}, "x = -inf: must be a finite number in [0, 1e+100] or inf"),
        (math.inf, {}, "x = inf: must be a finite number in [0, 1e+100]"),
        (0, {"above": True}, "x = 0.0: must be a finite number in (0, 1e+100]"),
        (1.5, {"high": 1.0}, "x = 1.5: must be a finite number in [0, 1]"),
        (-2, {"low": -1.0}, "x = -2.0: must be a finite number in [-1, 1e+100]"),
        ("1", {}, "x = '1': must be a finite number in [0, 1e+100]"),
        (b"1", {}, "x = b'1': must be a finite number in [0, 1e+100]"),
        (None, {}, "x = None: must be a finite number in [0, 1e+100]"),
        (True, {}, "x = True: must be a finite number in [0, 1e+100]"),
        (1j, {}, "x = 1j: must be a finite number in [0, 1e+100]"),
        ({}, {}, "x = {}: must be a finite number in [0, 1e+100]"),
        (["a"], {}, "x = ['a']: must be a finite number in [0, 1e+100]"),
        ([True], {}, "x = [True]: must be a finite number in [0, 1e+100]"),
        ([[1], [1, 2]], {}, "x = [[1], [1, 2]]: must be a finite number in [0, 1e+100]"),
        ([], {}, "x = []: must not be empty"),
        ([1.0, -3.0, 2.0], {}, "x = -3.0: must be a finite number in [0, 1e+100]"),
        ([1.0, -3.0, math.nan], {}, "x = [-3., nan]: must be a finite number in [0, 1e+100]"),
    ],
)
def test_numbers_out_of_range(value: Any, limits: dict[str, Any], line: str) -> None:
    """Otherwise a bad number passes, or the message names another value or range than the offending
    one."""
    checks = Checks()
    checks.number("x", value, **limits)
    assert checks.complaints == [line]


@pytest.mark.parametrize("value", [0, -1, 2.5, math.nan, math.inf, -math.inf, "2", None, True, [1]])
def test_not_a_whole_number(value: Any) -> None:
    """Otherwise a count of 2.5, or of True, is taken."""
    checks = Checks()
    checks.whole("n", value)
    assert checks.complaints == [f"n = {value!r}: must be a whole number of at least 1"]


def test_limits_of_whole_numbers_are_said() -> None:
    """Otherwise a user does not learn that 0, or inf, would do."""
    checks = Checks()
    checks.whole("n", -1, low=0)
    checks.whole("B", -math.inf, infinite=True)
    checks.whole("n", 8, high=7)
    assert checks.complaints == [
        "n = -1: must be a whole number of at least 0",
        "B = -inf: must be a whole number of at least 1 or inf",
        "n = 8: must be a whole number of at most 7",
    ]


def test_a_value_of_another_type_is_described() -> None:
    """Otherwise a noise given for a pair fails somewhere inside an engine."""
    checks = Checks()
    checks.instance("pair", 3, str, "a text")
    checks.instance("pair", "x", (int, str), "a text")
    assert checks.complaints == ["pair = 3: must be a text"]


def test_a_near_miss_is_suggested() -> None:
    """Otherwise a typing slip costs a look into the documentation; capitals do not hide the right
    name."""
    checks = Checks()
    checks.member("law", "unifrom", ("uniform", "geometric"))
    checks.member("law", "GEOMETRIC", ("uniform", "geometric"))
    checks.member("law", 7, ("uniform", "geometric"))
    first, second, third = checks.complaints
    assert first == "law = 'unifrom': must be one of uniform, geometric; did you mean 'uniform'?"
    assert second.endswith("did you mean 'geometric'?") and "did you mean" not in third


def test_all_complaints_come_in_one_error() -> None:
    """Otherwise a user mends one value a run."""
    checks = Checks()
    checks.number("x", -1)
    with pytest.raises(InputError) as one:
        checks.done()
    assert str(one.value) == "1 bad input:\n  x = -1.0: must be a finite number in [0, 1e+100]"
    checks.complain("y", np.float64(2), "must be odd")
    with pytest.raises(InputError) as two:
        checks.done()
    assert (
        str(two.value)
        == "2 bad inputs:\n  x = -1.0: must be a finite number in [0, 1e+100]\n  y = 2.0: must be "
        "odd"
    )
    assert two.value.complaints == tuple(checks.complaints)


def test_complaints_of_parts_are_gathered() -> None:
    """Otherwise a bad part hides what is wrong with the whole, or a sound one is lost."""
    checks = Checks()

    def make(x: float) -> float:
        inner = Checks()
        inner.number("x", x)
        inner.whole("n", int(x))
        inner.done()
        return x

    assert checks.attempt(make, 2.0) == 2.0 and checks.complaints == []
    assert checks.attempt(make, x=-2.0) is None
    assert [line.split(" ")[0] for line in checks.complaints] == ["x", "n"]
    with pytest.raises(ZeroDivisionError):
        checks.attempt(lambda: 1 / 0)


def test_long_values_are_cut_short() -> None:
    """Otherwise an array of a million numbers scrolls the message away."""
    million = shown(np.arange(10**6))
    assert "..." in million and million.endswith("999999]") and len(million) <= 80
    assert shown(np.float64(0.1)) == "0.1" and shown(np.array([1.0, 2.5])) == "[1. , 2.5]"
    assert len(shown("x" * 500)) == 80 and shown("x" * 500).endswith("...")
    assert "\n" not in shown(np.ones((4, 4)))


class Stubborn:
    """Raises what it likes wherever it is asked, as a tensor with a graph does."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("call detach first")

    def __repr__(self) -> str:
        raise RuntimeError("no text")


def test_what_stands_for_an_array_may_raise_anything() -> None:
    """A tensor of PyTorch's that requires a gradient was a RuntimeError out of NumPy."""
    import auxtheory as at

    calls: tuple[Any, ...] = (
        lambda x: at.Quadratic(L=x, dim=2),
        lambda x: at.Quadratic(L=1.0, dim=2, x_star=x),
        lambda x: at.Gaussian(sigma_f=x),
        lambda x: at.Steps(eta=x, K=1, T=1),
        lambda x: at.claim(x),
        lambda x: at.Quadratic(L=1.0, dim=2).with_helper(delta=x),
        lambda x: at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1, bias=x),
        lambda x: at.validate(
            at.theorems.SGD(), at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1), T=x
        ),
        lambda x: at.along(at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1), x),
    )
    masked = np.ma.masked_array([1.0, 2.0], [True, False])
    for call in calls:
        for wrong in (Stubborn(), masked, np.array([1j, 2])):
            with pytest.raises(InputError, match="must"):
                call(wrong)
    with pytest.raises(InputError, match="eta = <Stubborn>: must"):
        at.Steps(eta=Stubborn(), K=1, T=1)
    for single in (np.array(0.5), np.array("a"), np.array(None)):
        with pytest.raises(InputError, match="must be a name or a list of d eigenvalues"):
            at.Quadratic(L=1.0, dim=2, spectrum=single)


def test_a_function_of_other_arguments_is_said_before_the_work() -> None:
    for wrong in (lambda done: None, lambda: None, int, type, lambda *, done, total: None):
        checks = Checks()
        checks.function("progress", wrong, "(done, total)")
        assert len(checks.complaints) == 1, wrong
    checks = Checks()
    for fine in (print, max, lambda *a: None, lambda a, b, c=3: None):
        checks.function("progress", fine, "(done, total)")
    checks.done()
