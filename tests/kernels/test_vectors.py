"""Lines run on vectors of coordinates: bit for bit what NumPy computes of each number."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from auxtheory.elementary import exp_slope, sin
from auxtheory.kernels.cpu.vectors import (
    LANES,
    has_vector_form,
    rounded,
    signed,
    vectors,
    where,
)
from auxtheory.kernels.jit import compiled
from auxtheory.random.draws import correlated_normal, correlated_sign

ROW = 64
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 1e308, -2.5, 0.1, 3.0])
FUNCTIONS = {
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: 2.0 * a - b,
    "product": lambda a, b: a * b,
    "product and sum": lambda a, b: a * b + a,
    "quotient": lambda a, b: a / b,
    "negative": lambda a, b: -a,
    "root": lambda a, b: np.sqrt(a),
    "absolute": lambda a, b: abs(a),
    "sign": lambda a, b: np.sign(a),
    "minimum": lambda a, b: np.minimum(a, b),
    "maximum": lambda a, b: np.maximum(a, 0.5),
    "less": lambda a, b: 1.0 * (a < b),
    "less or equal": lambda a, b: 3.0 * (a <= b),
    "greater": lambda a, b: where_of(a > b, a, b),
    "greater or equal": lambda a, b: where_of(a >= 0.0, 1.0, b),
    "equal": lambda a, b: where_of(a == b, 2.0, a),
    "unequal": lambda a, b: where_of(a != b, 2.0, a),
    "square": lambda a, b: a**2,
    "number": lambda a, b: 4.0 + 0.0 * a,
    "sine": lambda a, b: sin(a),
    "exponential": lambda a, b: exp_slope(a, 16.0),
    "correlated normals": lambda a, b: correlated_normal(a, b, 0.3, 0.9),
    "correlated signs": lambda a, b: correlated_sign(a, b, 0.3, 0.9),
    "single": lambda a, b: rounded_of(a),
}


def where_of(condition: Any, yes: Any, no: Any) -> Any:
    """`where` of vectors, or NumPy's."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, yes, no)
    return where(condition, yes, no)


def rounded_of(x: Any) -> Any:
    """`rounded` of vectors, or NumPy's."""
    if isinstance(x, np.ndarray):
        return x.astype(np.float32).astype(np.float64)
    return rounded(x)


def on_vectors(function: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A function of two numbers, computed by a compiled loop on vectors."""

    @vectors
    def lines(v: Any, s: Any, i: Any) -> None:
        v[2 * ROW + i] = function(v[0 * ROW + i], v[1 * ROW + i])

    def loop(v: Any, s: Any) -> None:
        for i in range(0, ROW, LANES):
            lines(v, s, i)

    v = np.concatenate([a, b, np.zeros(ROW)])
    compiled(loop, keep=False)(v, np.zeros(1))
    return v[2 * ROW :]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_numbers_has_numpys_bits(name: str) -> None:
    """Fails for an operation with another instruction, or a product fused with a sum."""
    function = FUNCTIONS[name]
    pairs = np.random.default_rng(3).normal(size=(2, ROW))
    pairs[:, : SPECIAL.size] = SPECIAL, SPECIAL[::-1]
    pairs[:, SPECIAL.size : 2 * SPECIAL.size] = SPECIAL, SPECIAL
    with np.errstate(all="ignore"):
        expected = np.asarray(function(*pairs), dtype=float)
        found = on_vectors(function, *pairs)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    here = ~np.isnan(expected)
    np.testing.assert_array_equal(found[here], expected[here])
    if name not in ("minimum", "maximum"):  # of 0 and −0 NumPy takes either
        np.testing.assert_array_equal(np.signbit(found[here]), np.signbit(expected[here]))


def test_packed_bits_are_read_as_signs() -> None:
    """Those of the current coordinates, in the row where they stand."""
    bits = np.random.default_rng(4).integers(0, 2, 2 * ROW)
    s = np.zeros(2 * ROW)
    for row in range(2):
        part = np.packbits(bits[row * ROW : (row + 1) * ROW], bitorder="little")
        s[row * ROW : row * ROW + 1] = part.view(np.float64)

    @vectors
    def lines(v: Any, s: Any, i: Any) -> None:
        v[0 * ROW + i] = signed(s, 0 * ROW + i)
        v[1 * ROW + i] = signed(s, 1 * ROW + i)

    def loop(v: Any, s: Any) -> None:
        for i in range(0, ROW, LANES):
            lines(v, s, i)

    v = np.zeros(2 * ROW)
    compiled(loop, keep=False)(v, s)
    np.testing.assert_array_equal(v, 1.0 - 2.0 * bits)


def branching(z: Any, a: Any, b: Any, c: Any) -> Any:
    return z if z > 0.0 else a * z


def trying(z: Any, a: Any, b: Any, c: Any) -> Any:
    try:
        return math.sin(z)
    except TypeError:
        return z


BEYOND = {
    "a branch": branching,
    "a comparison as a number": lambda z, a, b, c: max(z, a),
    "a library's function": lambda z, a, b, c: math.sin(z),
    "an operation without an instruction": lambda z, a, b, c: np.exp(z),
    "a root as a power": lambda z, a, b, c: z**0.5,
    "a high power": lambda z, a, b, c: z**9,
    "a random number": lambda z, a, b, c: z + random.random(),
    "a question about types": lambda z, a, b, c: z if isinstance(z, float) else a,
    "an operation along an axis": lambda z, a, b, c: np.add.reduce(z),
    "an operation where a condition holds": lambda z, a, b, c: np.multiply(z, a, where=False),
    "another way after an error": trying,
    "another type": lambda z, a, b, c: "z",
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_has_no_vector_form_is_recognised(name: str) -> None:
    """Its loop then takes one coordinate after another."""
    assert not has_vector_form(BEYOND[name], 4)


def test_gradients_of_the_library_have_a_vector_form() -> None:
    """Otherwise their loops are slower than they could be, without a word."""
    import auxtheory as at

    for pair in (
        at.Quadratic(L=1.0, dim=4).with_helper(delta=0.1, zeta=0.1),
        at.Cosine(L=1.0, dim=4).with_helper(delta=0.1, zeta=0.1),
        at.Exponential(L=1.0, dim=4).with_helper(delta=0.1, zeta=0.1),
    ):
        separable = pair.separable
        assert separable is not None
        for function in (separable.f, separable.h, separable.r, separable.value):
            assert has_vector_form(function, 4), function
