"""The random numbers: Philox4x32-10 as published, and the laws made of its words."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from auxtheory import philox
from auxtheory.philox import bits, normals, philox4x32, uniforms

GOLDEN = json.loads((Path(__file__).parent / "golden" / "philox.json").read_text())
words = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**31, 2**32 - 1]))
LAWS = {"normals": normals, "uniforms": uniforms, "bits": bits}


def one(counter: list[int], key: list[int], xp: Any = np) -> list[int]:
    """The four words of one counter."""
    out = philox4x32(*(xp.asarray([c], dtype=xp.uint64) for c in counter), *key)
    return [int(w[0]) for w in out]


def by_hand(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 on Python's own integers, from figure 2 and table 2 of the paper."""
    (a, b, c, d), (k0, k1) = counter, key
    for _ in range(10):
        left, right = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (right >> 32) ^ b ^ k0, right % 2**32, (left >> 32) ^ d ^ k1, left % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [a, b, c, d]


PUBLISHED = [  # Random123, kat_vectors: "philox4x32 10"
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize("xp", [np, array_api_strict], ids=lambda xp: xp.__name__)
@pytest.mark.parametrize(("counter", "key", "output"), PUBLISHED, ids=["zeros", "ones", "digits of pi"])
def test_the_published_vectors(counter: str, key: str, output: str, xp: Any) -> None:
    """Else this is not Philox4x32-10, and no property proved or tested elsewhere carries over."""
    c, k, o = ([int(word, 16) for word in text.split()] for text in (counter, key, output))
    assert one(c, k, xp) == o == by_hand(c, k)


@given(counter=st.lists(words, min_size=4, max_size=4), key=st.lists(words, min_size=2, max_size=2))
def test_arrays_agree_with_python_integers(counter: list[int], key: list[int]) -> None:
    """Else a product or a sum wraps somewhere between the published vectors."""
    assert one(counter, key) == by_hand(counter, key)


def test_the_golden_words() -> None:
    """Else numbers published by earlier versions can no longer be reproduced: integers, exactly."""
    assert len(GOLDEN["words"]) >= 8
    for row in GOLDEN["words"]:
        assert one(row["counter"], row["key"]) == row["words"]


@pytest.mark.parametrize("law", LAWS)
def test_the_golden_samples(law: str) -> None:
    """Else samples changed: bits and uniforms exactly, normals up to the last digit of log, sin and cos."""
    for row in GOLDEN[law]:
        got = LAWS[law](*row["arguments"])
        digit = 1e-15 if law == "normals" else 0.0
        np.testing.assert_allclose(got, row["values"], rtol=digit, atol=digit)


def test_where_seed_replica_round_and_step_stand_in_the_counter() -> None:
    """Else two different indices share their noise: (block, replica, round, step) under (seed low, seed high)."""
    seed = (7 << 32) + 5
    ((rows, four),) = philox.batches(3, 5, 11, 13, seed, 2)
    assert (rows.start, rows.stop) == (0, 2)
    for i, replica in enumerate((3, 4)):
        for block in (0, 1):
            assert [int(w[i, block]) for w in four] == by_hand([block, replica, 11, 13], [5, 7])


def test_how_words_become_numbers() -> None:
    """Else the mapping from words to samples, which other engines copy, has moved."""
    blocks = [by_hand([block, 2, 3, 4], [6, 0]) for block in (0, 1)]

    def unit(high: int, low: int) -> float:
        return ((high << 21) + (low >> 11)) / 2**53

    u = [[unit(*w[:2]), unit(*w[2:])] for w in blocks]
    assert uniforms(2, 3, 3, 4, 6, 4)[0].tolist() == [*u[0], *u[1]]
    wanted = [
        math.sqrt(-2 * math.log(1 - first)) * turn(2 * math.pi * second)
        for first, second in u
        for turn in (math.cos, math.sin)
    ]
    np.testing.assert_allclose(normals(2, 3, 3, 4, 6, 4)[0], wanted, rtol=1e-15)
    stream = [(word >> place) & 1 for w in blocks for word in w for place in range(32)]
    assert bits(2, 3, 3, 4, 6, 256)[0].tolist() == stream


@pytest.mark.parametrize("law", LAWS)
@given(start=st.integers(0, 2**31), count=st.integers(1, 40), dim=st.integers(1, 300), data=st.data())
def test_samples_depend_on_their_index_alone(law: str, start: int, count: int, dim: int, data: Any) -> None:
    """Else results change with chunks of replicas, with memory limits, or with the number of coordinates: bitwise."""
    index = data.draw(st.tuples(words, words, st.integers(0, 2**64 - 1)))
    sample = LAWS[law]
    whole = sample(start, start + count, *index, dim)
    assert whole.shape == (count, dim) and whole.dtype == np.float64
    cut, narrow = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, dim))
    parts = [sample(a, b, *index, dim) for a, b in ((start, start + cut), (start + cut, start + count)) if b > a]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(sample(start, start + count, *index, narrow), whole[:, :narrow])


@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("law", LAWS)
def test_samples_do_not_depend_on_the_batch(law: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the size of a cache decides over random numbers."""
    whole = LAWS[law](5, 28, 1, 2, 3, 33)
    monkeypatch.setattr(philox, "BLOCKS_AT_ONCE", limit)
    np.testing.assert_array_equal(LAWS[law](5, 28, 1, 2, 3, 33), whole)


def apart(values: np.ndarray, mean: float, deviation: float) -> float:
    """How many standard errors the mean of independent values is from what it should be."""
    return abs(float(np.mean(values)) - mean) * math.sqrt(values.size) / deviation


def test_normals_are_normal() -> None:
    """Else variances, fourth moments or tails of the noise are off: 400,000 samples of a named seed."""
    x = normals(0, 2000, 1, 2, 2024, 200)
    for power, mean, square in ((1, 0, 1), (2, 1, 3), (3, 0, 15), (4, 3, 105)):
        assert apart(x**power, mean, math.sqrt(square - mean**2)) < 4
    assert stats.kstest(x.ravel(), "norm").pvalue > 0.01
    assert 4 < np.max(np.abs(x)) < 8.58
    for other in (normals(0, 2000, 1, 3, 2024, 200), np.roll(x, 1, axis=0), np.roll(x, 1, axis=1), x[:, ::-1]):
        assert apart(x * other, 0, 1) < 4
        assert apart(x**2 * other**2, 1, math.sqrt(8)) < 4


def test_uniforms_are_uniform() -> None:
    """Else correlated random signs do not have the correlation asked for."""
    u = uniforms(0, 1000, 1, 2, 2024, 100)
    assert np.all((u >= 0) & (u < 1)) and stats.kstest(u.ravel(), "uniform").pvalue > 0.01
    assert apart((u - 0.5) * (np.roll(u, 1, axis=1) - 0.5), 0, 1 / 12) < 4
    assert np.all(u * 2**53 == np.floor(u * 2**53)) and np.any(u * 2**52 != np.floor(u * 2**52))


def test_bits_are_fair() -> None:
    """Else random signs have a mean, or their coordinates lean on one another."""
    b = bits(0, 2000, 1, 2, 2024, 256)
    assert set(np.unique(b)) == {0.0, 1.0}
    assert apart(b, 0.5, 0.5) < 4
    assert np.max(np.abs(b.mean(axis=0) - 0.5)) * 2 * math.sqrt(2000) < 4.5, "a coordinate is loaded"
    s = 1 - 2 * b
    for other in (np.roll(s, 1, axis=1), np.roll(s, 32, axis=1), np.roll(s, 128, axis=1), np.roll(s, 1, axis=0)):
        assert apart(s * other, 0, 1) < 4


def test_the_largest_normal_is_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one word in 2⁵³ is an infinity: at the largest uniform the radius is √(2·53·ln 2)."""
    top = np.full((1, 1), philox.MASK, dtype=np.uint64)
    monkeypatch.setattr(philox, "philox4x32", lambda *_: (top, top, 0 * top, 0 * top))
    assert normals(0, 1, 0, 0, 0, 1)[0, 0] == pytest.approx(math.sqrt(2 * 53 * math.log(2)), rel=1e-15)
    monkeypatch.setattr(philox, "philox4x32", lambda *_: (0 * top, 0 * top, top, top))
    assert normals(0, 1, 0, 0, 0, 2).tolist() == [[0.0, 0.0]]
