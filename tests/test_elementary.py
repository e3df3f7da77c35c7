"""The logarithm, sine and cosine behind the random numbers, held against wider floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxtheory.elementary import (
    exp_tail,
    minus_log,
    minus_log_single,
    sin,
    sin_cos,
    sin_cos_single,
    within,
)

Wide = np.longdouble
wider = pytest.mark.skipif(
    np.finfo(Wide).nmant < 60, reason="np.longdouble is no wider than float64 on this machine"
)

# Measured: 1.5 for the logarithm, 2.0 for the sine and 2.5 for the cosine of an eighth of a turn.
ULPS = 3.0
ULPS_OF_SIN = 3.0  # measured: 2.2
DENSE = 200_001
fractions = st.integers(1, 2**53).map(lambda k: k / 2**53)  # what 1 − u can be
turns = st.integers(-(2**53), 2**53).map(lambda k: k / 2**53)


def bits(x: float) -> int:
    """The bits of a float64."""
    return int(np.float64(x).view(np.uint64))


def around(x: float, count: int, low: float, high: float) -> np.ndarray:
    """The 2 count + 1 floats nearest to x, those of them in [low, high]."""
    near = (np.arange(-count, count + 1) + bits(x)).astype(np.uint64).view(np.float64)
    return near[(near >= low) & (near <= high)]


def quarter_turns(t: np.ndarray) -> Any:
    """πt/4 in wide floats."""
    return np.arctan(Wide(1)) * t.astype(Wide)


def ulps(got: np.ndarray, wanted: Any) -> float:
    """The largest error, in units of the last place of what is wanted (rounded to the type of what
    was got)."""
    assert np.all(np.isfinite(got)) and got.shape == wanted.shape
    place = np.spacing(np.abs(wanted).astype(got.dtype)).astype(wanted.dtype)
    return float(np.max(np.abs(got.astype(wanted.dtype) - wanted) / place))


BOUNDARIES = np.concatenate(
    [around(math.sqrt(0.5) * 2.0**-k, 300, 2.0**-53, 1.0) for k in range(54)]
)
UNITS = {
    "evenly": np.arange(1, DENSE) / (DENSE - 1),
    "by logarithm": np.exp2(-np.linspace(0, 53, DENSE)),
    "from 1 down": 1 - np.arange(DENSE) * 2.0**-53,
    "from 0 up": np.arange(1, DENSE) * 2.0**-53,
    "around √½ · 2ᵏ": BOUNDARIES,
    "around 2ᵏ": np.concatenate([around(2.0**-k, 300, 2.0**-53, 1.0) for k in range(54)]),
}
EIGHTHS = {
    "evenly": np.linspace(-1, 1, DENSE),
    "near −1": -1 + np.arange(DENSE) * 2.0**-52,
    "near 1": 1 - np.arange(DENSE) * 2.0**-53,
    "small": np.ldexp(np.linspace(0.5, 1, DENSE), -(np.arange(DENSE) % 1000)),
    "least": np.array([0.0, 2.0**-53, -(2.0**-53), 2.0**-52]),
}


@wider
@pytest.mark.parametrize("x", UNITS.values(), ids=UNITS)
def test_the_logarithm(x: np.ndarray) -> None:
    """Otherwise exponential variables, and so radii of normals, are off in more than their last two
    places."""
    assert ulps(minus_log(x), -np.log(x.astype(Wide))) < ULPS


@wider
@pytest.mark.parametrize("t", EIGHTHS.values(), ids=EIGHTHS)
def test_sine_and_cosine_of_an_eighth_of_a_turn(t: np.ndarray) -> None:
    """Otherwise the angles of normals are off in more than their last two places."""
    s, c = sin_cos(t)
    assert ulps(s, np.sin(quarter_turns(t))) < ULPS
    assert ulps(c, np.cos(quarter_turns(t))) < ULPS


@wider
@given(x=st.lists(fractions, min_size=1), t=st.lists(turns, min_size=1))
def test_anywhere_in_the_range_of_the_uniforms(x: list[float], t: list[float]) -> None:
    """Otherwise a value that the grids miss, but that a uniform can take, is off."""
    xs = np.array(x)
    ts = np.array(t)
    assert ulps(minus_log(xs), -np.log(xs.astype(Wide))) < ULPS
    s, c = sin_cos(ts)
    assert ulps(s, np.sin(quarter_turns(ts))) < ULPS
    assert ulps(c, np.cos(quarter_turns(ts))) < ULPS


def every_24_bits() -> Iterator[np.ndarray]:
    """The integers below 2²⁴ as float64, in pieces."""
    for first in range(0, 2**24, 2**19):
        yield np.arange(first, first + 2**19, dtype=np.float64)


SINGLE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "log": (lambda k: (k + 1) * 2.0**-24, minus_log_single, lambda x: -np.log(x)),
    "sin": (
        lambda k: k * 2.0**-23 - 1,
        lambda t: sin_cos_single(t)[0],
        lambda t: np.sin(math.pi / 4 * t),
    ),
    "cos": (
        lambda k: k * 2.0**-23 - 1,
        lambda t: sin_cos_single(t)[1],
        lambda t: np.cos(math.pi / 4 * t),
    ),
}


@pytest.mark.parametrize("name", SINGLE)
def test_single_precision_everywhere(name: str) -> None:
    """Otherwise some of the 2²⁴ values that a 24-bit uniform can take gives a wrong number: every one,
    against float64."""
    place, function, reference = SINGLE[name]
    for k in every_24_bits():
        x = place(k)
        got = function(x.astype(np.float32))
        assert got.dtype == np.float32
        assert ulps(got, reference(x)) < ULPS


def ulps_of_sine(x: np.ndarray) -> float:
    """The largest error of sin x; an absolute one of 10⁻²⁸ counts as none beside the zeros ±π, ±2π,
    …, where next to nothing of x is left."""
    got = sin(x)
    wanted = np.sin(x.astype(Wide))
    nothing = (np.abs(got.astype(Wide) - wanted) < 1e-28) & (np.abs(x) > 3)
    return ulps(np.where(nothing, 1.0, got), np.where(nothing, Wide(1), wanted))


@wider
@pytest.mark.parametrize("reach", [1e-300, 0.1, math.pi / 2, 10.0, 1e3, 1e6])
def test_the_sine(reach: float) -> None:
    """Otherwise gradients of cosine pairs are wrong, most likely by a bad reduction of x to half a
    turn."""
    assert ulps_of_sine(np.linspace(-reach, reach, DENSE)) < ULPS_OF_SIN


@wider
def test_the_sine_at_its_extremes_and_zeros() -> None:
    """Otherwise the parity of half turns flips at odd multiples of π/2, or digits of π are missing near
    a zero."""
    middle = np.arange(1, 636_619) * (math.pi / 2)
    for x in (middle, np.nextafter(middle, 0.0), np.nextafter(middle, 1e9)):
        assert ulps_of_sine(x[x <= 1e6]) < ULPS_OF_SIN


@wider
@given(x=st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_the_sine_of_any_number(x: list[float]) -> None:
    """Otherwise some number up to 10⁶ that the grids miss, the least among them, has a wrong sine."""
    assert ulps_of_sine(np.array(x)) < ULPS_OF_SIN


def test_exact_values() -> None:
    """Otherwise a uniform of zero has a radius, or the middle of the range is off by what rounding
    cannot explain."""
    for kind, log, pair in (
        (np.float64, minus_log, sin_cos),
        (np.float32, minus_log_single, sin_cos_single),
    ):
        (one,) = log(np.ones(1, dtype=kind))
        assert one == 0 and not np.signbit(one), "its root must not be −0"
        s, c = pair(np.zeros(1, dtype=kind))
        assert (s.dtype, c.dtype) == (kind, kind) and (s[0], c[0]) == (0, 1)
        for t in (-1, 1):
            s, c = pair(np.full(1, t, dtype=kind))
            assert t * s[0] == pytest.approx(math.sqrt(0.5), abs=float(np.finfo(kind).eps))
            assert c[0] == pytest.approx(math.sqrt(0.5), abs=float(np.finfo(kind).eps))
    assert sin(np.zeros(1))[0] == 0
    least = np.array([2.0**-53, 2.0**-24])
    np.testing.assert_allclose(minus_log(least), np.array([53, 24]) * math.log(2), rtol=1e-15)
    assert minus_log_single(np.float32(least[1:]))[0] == np.float32(24 * math.log(2))


@pytest.mark.parametrize("x", UNITS.values(), ids=UNITS)
def test_the_logarithm_is_monotone(x: np.ndarray) -> None:
    """Otherwise a larger uniform gives a smaller radius by more than one rounding; near x = 1, by
    anything at all."""
    v = minus_log(np.unique(x))
    rise = np.diff(v)
    assert np.all(v >= 0) and np.all(rise <= np.spacing(v[1:]))
    assert np.all(rise[v[1:] < 0.25] < 0)


def test_the_logarithm_in_single_precision_is_monotone() -> None:
    """Otherwise a larger 24-bit uniform gives a smaller radius."""
    above = np.float32(np.inf)
    for k in every_24_bits():
        v = minus_log_single((k + 1).astype(np.float32) * np.float32(2.0**-24))
        assert np.all(np.diff(v, prepend=above) < 0)
        above = v[-1]
    assert above == 0


@given(x=st.lists(st.floats(-1e6, 1e6), min_size=1), t=st.lists(turns, min_size=1))
def test_parity(x: list[float], t: list[float]) -> None:
    """Otherwise the two halves of a symmetric law differ: sine is odd and cosine even, bitwise."""
    np.testing.assert_array_equal(sin(-np.array(x)), -sin(np.array(x)))
    for kind, pair in ((np.float64, sin_cos), (np.float32, sin_cos_single)):
        (s, c), (s_minus, c_minus) = (
            pair(sign * np.array(t, dtype=kind)) for sign in (kind(1), kind(-1))
        )
        np.testing.assert_array_equal(s_minus, -s)
        np.testing.assert_array_equal(c_minus, c)


def test_what_is_not_a_number_stays_so() -> None:
    """Otherwise a run that diverged goes on from a finite gradient, and is not recognised as
    diverged."""
    with np.errstate(invalid="ignore"):
        assert np.all(np.isnan(sin(np.array([np.nan, np.inf, -np.inf]))))
    for kind, pair in ((np.float64, sin_cos), (np.float32, sin_cos_single)):
        assert all(np.all(np.isnan(v)) for v in pair(np.full(1, np.nan, dtype=kind)))


@given(
    x=st.lists(fractions, min_size=1),
    t=st.lists(turns, min_size=1),
    y=st.lists(st.floats(-1e6, 1e6), min_size=1),
)
def test_arguments_are_left_alone(x: list[float], t: list[float], y: list[float]) -> None:
    """Otherwise the sums in place, or a view of bits, write into the caller's array."""
    for function, given_values in ((minus_log, x), (sin_cos, t), (sin, y)):
        before = np.array(given_values)
        after = before.copy()
        function(after)
        np.testing.assert_array_equal(after, before)


def test_the_tail_of_the_exponential() -> None:
    """Otherwise exponential pairs have other gradients and gaps than their constants describe."""
    u = np.concatenate([[0.0], np.geomspace(1e-9, 16.0, 999)])
    with localcontext() as context:
        context.prec = 60
        large = map(Decimal, u[1:].tolist())
        exact = [Decimal("0.5"), *((x.exp() - 1 - x) / x**2 for x in large)]
    np.testing.assert_allclose(exp_tail(u), np.array(exact, dtype=float), rtol=4e-15)


def test_clipping_without_a_branch() -> None:
    """Otherwise exponential pairs are continued from another point than their reach, or a run that
    diverged is not recognised."""
    x = np.array([-5e5, -2.0, -1.0, 0.25, 0.0, 1.0, 3.0])
    np.testing.assert_allclose(within(x, 1.0), np.clip(x, -1.0, 1.0), atol=1e-10)
    with np.errstate(all="ignore"):
        assert np.all(np.isnan(within(np.array([1e6, -np.inf, np.nan]), 1.0)))
