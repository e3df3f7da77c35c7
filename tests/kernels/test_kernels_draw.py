"""Random numbers in compiled loops: bit for bit those of `philox`, and its words those of the
published generator."""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxtheory import elementary
from auxtheory.kernels.cpu.draw import FILL, LANES, PER_BLOCK, aim, room
from auxtheory.kernels.jit import compiled
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.random import philox
from auxtheory.random.counter import F_SAMPLE, H_SAMPLE, Index
from auxtheory.random.philox import philox4x32

KINDS = ("normals", "normals_single", "signs", "uniforms")
each_kind = pytest.mark.parametrize("kind", KINDS)
words = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**31, 2**32 - 1]))


@cache
def compiled_fill(kind: str) -> Any:
    return compiled(FILL[kind])


def draw(
    kind: str, start: int, rows: int, first: int, width: int, round_: int, step: int, seed: int
) -> np.ndarray:
    """One tile by compiled code: replicas [start, start + rows), coordinates [first, first +
    width)."""
    lanes = room(kind, [philox.key(0), philox.key(seed)])
    aim(lanes, PER_BLOCK[kind], first, width, np.uint64(start), rows)
    out = np.full(rows * width, np.nan)
    compiled_fill(kind)(out, lanes, 1, round_, step)
    return out.reshape(rows, width)


def signs_of_bits(out: np.ndarray, rows: int, width: int) -> np.ndarray:
    """The signs that packed bits stand for."""
    bits = np.unpackbits(out.view(np.uint8), bitorder="little")[: rows * width]
    return (1.0 - 2.0 * bits).reshape(rows, width)


@given(
    width=st.integers(1, 300),
    rows=st.integers(1, 9),
    places=st.lists(st.tuples(st.integers(1, 2), st.integers(0, 40)), min_size=1, max_size=4),
)
def test_bits_are_the_signs_packed(width: int, rows: int, places: list[tuple[int, int]]) -> None:
    """For rows that end within a word, a block or at the end of one."""
    rows = min(rows, LANES // -(-width // 128), 512 // width)
    lanes = room("signs", [philox.key(7), philox.key(8)])
    aim(lanes, 128, 0, width, np.uint64(50), rows)
    for number, (round_, step) in itertools.product(range(2), places):
        out = np.zeros(rows * width)
        compiled_fill("bits")(out, lanes, number, round_, step)
        expected = by_philox("signs", 50, rows, 0, width, round_, step, 7 + number)
        assert_same(signs_of_bits(out, rows, width), expected)


def by_philox(kind: str, start: int, rows: int, first: int, width: int, *index: int) -> np.ndarray:
    """The same by the library's functions of arrays."""
    row = getattr(philox, kind)(start, start + rows, *index, first + width)
    return row[:, first:].astype(np.float64)


def assert_same(x: np.ndarray, y: np.ndarray) -> None:
    """Bitwise, so that −0 is not 0."""
    assert x.dtype == y.dtype
    width = {4: np.uint32, 8: np.uint64}[x.dtype.itemsize]
    np.testing.assert_array_equal(
        np.ascontiguousarray(x).view(width), np.ascontiguousarray(y).view(width)
    )


@each_kind
@given(
    width=st.integers(1, 300),
    rows=st.integers(1, 9),
    places=st.lists(st.tuples(st.integers(1, 2), st.integers(0, 40)), min_size=2, max_size=12),
)
def test_a_tile_draws_in_any_order(
    kind: str, width: int, rows: int, places: list[tuple[int, int]]
) -> None:
    """Otherwise what is drawn ahead for later steps is taken for another round, step or oracle, or for
    another tile's."""
    rows = min(rows, LANES // -(-width // PER_BLOCK[kind]))
    lanes = room(kind, [philox.key(7), philox.key(8)])
    for start in (0, 50):
        aim(lanes, PER_BLOCK[kind], 0, width, np.uint64(start), rows)
        for number, (round_, step) in itertools.product(range(2), places):
            out = np.full(rows * width, np.nan)
            compiled_fill(kind)(out, lanes, number, round_, step)
            tile = (kind, start, rows, 0, width, round_, step, 7 + number)
            assert_same(out.reshape(rows, width), by_philox(*tile))


@each_kind
@given(
    seed=st.integers(0, 2**64 - 1),
    start=st.one_of(st.integers(0, 2**32 - 1 - LANES), st.integers(0, 3)),
    round_=words,
    step=words,
    data=st.data(),
)
def test_a_tile_is_a_part_of_the_rows(
    kind: str, seed: int, start: int, round_: int, step: int, data: Any
) -> None:
    """Otherwise the compiled engine runs with other noise than the reference: any tile of up to LANES
    blocks, bitwise."""
    block = PER_BLOCK[kind]
    width = data.draw(st.one_of(st.integers(1, 40), st.integers(1, min(600, LANES * block))))
    first = block * data.draw(st.integers(0, 20))
    rows = data.draw(st.integers(1, LANES // -(-width // block)))
    tile = (kind, start, rows, first, width, round_, step, seed)
    assert_same(draw(*tile), by_philox(*tile))


@each_kind
def test_full_tiles(kind: str) -> None:
    """Otherwise one of many lanes goes wrong, or one rounding of many: 100 tiles of all lanes and whole
    blocks."""
    block = PER_BLOCK[kind]
    for step in range(100):
        tile = (kind, 7, LANES // 4, 0, 4 * block, step + 1, 8 * step, 2024 + (step << 40))
        assert_same(draw(*tile), by_philox(*tile))


def test_every_kind_is_covered() -> None:
    """Otherwise a kind of numbers that compiled engines draw is compared with nothing."""
    assert set(FILL) - {"bits"} == set(PER_BLOCK) == set(KINDS)


def some_words(counter: Any, key: Any, out: Any) -> None:
    w0, w1, w2, w3 = philox4x32(counter[0], counter[1], counter[2], counter[3], key[0], key[1])
    out[0], out[1], out[2], out[3] = w0, w1, w2, w3


@pytest.mark.parametrize(
    ("counter", "key", "output"),
    [  # Random123, kat_vectors: "philox4x32 10"
        (
            "00000000 00000000 00000000 00000000",
            "00000000 00000000",
            "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        ),
        (
            "ffffffff ffffffff ffffffff ffffffff",
            "ffffffff ffffffff",
            "408f276d 41c83b0e a20bc7c6 6d5451fd",
        ),
        (
            "243f6a88 85a308d3 13198a2e 03707344",
            "a4093822 299f31d0",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_the_published_vectors_in_compiled_code(counter: str, key: str, output: str) -> None:
    """Otherwise a compiler's integers wrap or widen elsewhere than NumPy's, and this is not
    Philox4x32-10."""
    c, k, wanted = (
        np.array([int(w, 16) for w in text.split()], dtype=np.uint64)
        for text in (counter, key, output)
    )
    out = np.zeros(4, dtype=np.uint64)
    compiled(some_words, keep=False)(c, k, out)
    np.testing.assert_array_equal(out, wanted)


def elementwise(function: Any) -> Any:
    """A compiled loop of one function of `elementary`, of one value or two."""

    def loop(x: Any, out: Any) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    def loop_of_pairs(x: Any, out: Any) -> None:
        for i in range(x.size):
            out[i], out[x.size + i] = function(x[i])

    return compiled(loop_of_pairs if function.__name__.startswith("sin_cos") else loop, keep=False)


FUNCTIONS = {
    "minus_log": (2.0**-53, 1.0, np.float64),
    "minus_log_single": (2.0**-24, 1.0, np.float32),
    "sin_cos": (-1.0, 1.0, np.float64),
    "sin_cos_single": (-1.0, 1.0, np.float32),
    "sin": (-1e6, 1e6, np.float64),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_elementary_functions_in_compiled_code(name: str) -> None:
    """Otherwise a compiler fuses or reorders a sum, and a compiled run differs from the reference in its
    last places."""
    low, high, kind = FUNCTIONS[name]
    function = getattr(elementary, name)
    few = np.array([low, high, 1.0, 0.5, math.sqrt(0.5), 2.0**-24, 0.75])
    x = np.concatenate(
        [
            few,
            np.linspace(low, high, 30_001),
            low + (high - low) * np.exp2(-np.linspace(0, 40, 30_001)),
        ]
    )
    x = x.astype(kind)
    wanted = np.concatenate([np.ravel(v) for v in np.atleast_2d(function(x))])
    out = np.empty(wanted.size, dtype=kind)
    elementwise(function)(x, out)
    assert_same(out, wanted)


@pytest.mark.parametrize("law", [Gaussian, RandomSign])
def test_correlated_samples_in_compiled_code(law: Any) -> None:
    """Otherwise n_h, and with it σ_r, is another in compiled code: the law's own function of both
    samples, bitwise."""
    index = Index(seed=2024, start=0, stop=100, round=3, step=1)
    correlate = law().draws.correlate

    def loop(x: Any, y: Any, rho: Any, rest: Any, out: Any) -> None:
        for i in range(x.size):
            out[i] = correlate(x[i], y[i], rho, rest)

    run = compiled(loop, keep=False)
    for rho in (-1.0, -0.3, 0.0, 0.8, 1.0):
        noise = law(correlation=rho)
        first = noise.standard(index, F_SAMPLE, 64)
        draw_second = getattr(philox, noise.draws.second)
        second = draw_second(
            index.start, index.stop, index.round, index.step * 8 + H_SAMPLE, index.seed, 64
        )
        out = np.empty(first.size)
        run(first.ravel(), second.ravel(), rho, math.sqrt(1 - rho * rho), out)
        np.testing.assert_array_equal(out.reshape(first.shape), noise.partner(first, index, 64))
