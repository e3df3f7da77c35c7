"""The random numbers: Philox4x32-10 as published, and numbers made of its words."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxtheory.elementary import minus_log
from auxtheory.random import philox
from auxtheory.random.philox import normals, normals_single, philox4x32, signs, uniforms

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "philox.json").read_text())
words = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**31, 2**32 - 1]))
LAWS = {"normals": normals, "normals_single": normals_single, "uniforms": uniforms, "signs": signs}
TYPES = {"normals_single": np.float32}


def one(counter: list[int], key: list[int]) -> list[int]:
    """The four words of one counter."""
    out = philox4x32(*as_words(*counter), *(np.uint64(k) for k in key))
    return [int(w[0]) for w in out]


def as_words(*values: int) -> list[np.ndarray]:
    """Each word as the array of one that the library takes."""
    return [np.array([value], dtype=np.uint64) for value in values]


def by_hand(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 on Python's own integers, from figure 2 and table 2 of the paper."""
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        left = a * 0xD2511F53
        right = c * 0xCD9E8D57
        a = (right >> 32) ^ b ^ k0
        b = right % 2**32
        c = (left >> 32) ^ d ^ k1
        d = left % 2**32
        k0 = (k0 + 0x9E3779B9) % 2**32
        k1 = (k1 + 0xBB67AE85) % 2**32
    return [a, b, c, d]


PUBLISHED = [  # Random123, kat_vectors: "philox4x32 10"
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
]


@pytest.mark.parametrize(
    ("counter", "key", "output"), PUBLISHED, ids=["zeros", "ones", "digits of pi"]
)
def test_the_published_vectors(counter: str, key: str, output: str) -> None:
    """Otherwise this is not Philox4x32-10, and no property proved or tested elsewhere carries over."""
    c, k, o = ([int(word, 16) for word in text.split()] for text in (counter, key, output))
    assert one(c, k) == o == by_hand(c, k)


@given(counter=st.lists(words, min_size=4, max_size=4), key=st.lists(words, min_size=2, max_size=2))
def test_arrays_agree_with_python_integers(counter: list[int], key: list[int]) -> None:
    """Otherwise a product or a sum wraps somewhere between the published vectors."""
    assert one(counter, key) == by_hand(counter, key)


def test_counters_are_left_alone() -> None:
    """Otherwise the products formed in place change the caller's counter, and the next draw of the same
    index."""
    counter = as_words(1, 2, 3, 4)
    key = as_words(5, 6)
    first = philox4x32(*counter, *key)
    assert [int(v[0]) for v in counter + key] == [1, 2, 3, 4, 5, 6]
    assert [int(w[0]) for w in first] == by_hand([1, 2, 3, 4], [5, 6])


def test_the_golden_words() -> None:
    """Otherwise numbers published by earlier versions can no longer be reproduced: integers, exactly."""
    assert len(GOLDEN["words"]) >= 8
    for row in GOLDEN["words"]:
        assert one(row["counter"], row["key"]) == row["words"]


@pytest.mark.parametrize("law", LAWS)
def test_the_golden_samples(law: str) -> None:
    """Otherwise samples changed, or differ from one machine to the next: all of them exactly, being made
    of + − × ÷ √."""
    assert len(GOLDEN[law]) >= 3
    for row in GOLDEN[law]:
        assert LAWS[law](*row["arguments"]).tolist() == row["values"]


def test_where_seed_replica_round_and_step_stand_in_the_counter() -> None:
    """Otherwise two different indices share their noise: (block, replica, round, step) under (seed low,
    seed high)."""
    seed = (7 << 32) + 5
    ((rows, four),) = philox.batches(philox.Draw(3, 5, 11, 13, seed), 2)
    assert (rows.start, rows.stop) == (0, 2)
    for i, replica in enumerate((3, 4)):
        for block in (0, 1):
            assert [int(w[i, block]) for w in four] == by_hand([block, replica, 11, 13], [5, 7])


def unit(high: int, low: int) -> float:
    """The 53-bit uniform of two words; the division is exact."""
    return ((high << 21) + (low >> 11)) / 2**53


def box_muller(radial: float, angular: float, low: int) -> tuple[float, list[float]]:
    """The radius √(−2 ln(1 − u₁)), and with it the cosine and the sine of a quarter turn times u₂,
    in this order; the bits 0 and 1 of the angle's low word make them negative."""
    radius = math.sqrt(-2 * math.log(1 - radial))
    cosine = math.sin(math.pi / 2 * (1 - angular))
    sine = math.sin(math.pi / 2 * angular)
    return radius, [radius * cosine * (1 - 2 * (low & 1)), radius * sine * (1 - 2 * (low >> 1 & 1))]


def normals_by_hand(law: str, w: list[int]) -> list[tuple[float, list[float]]]:
    """The pairs of normals that four words make, each after its radius."""
    if law == "normals":
        return [box_muller(unit(w[0], w[1]), unit(w[2], w[3]), w[3])]
    return [
        box_muller((high >> 8) / 2**24, (low >> 8) / 2**24, low) for high, low in (w[:2], w[2:])
    ]


def assert_normals(law: str, got: np.ndarray, w: list[int]) -> None:
    """The numbers of one block are those made by hand, to a few roundings of cos ∓ sin times the
    radius."""
    digit = {"normals": 1e-15, "normals_single": 4e-7}[law]
    wanted = normals_by_hand(law, w)
    assert got.size == 2 * len(wanted)
    for i, (radius, pair) in enumerate(wanted):
        np.testing.assert_allclose(got[2 * i : 2 * i + 2], pair, rtol=0, atol=digit * radius)


def test_how_words_become_numbers() -> None:
    """Otherwise the mapping from words to samples, which other engines copy, has moved."""
    blocks = [by_hand([block, 2, 3, 4], [6, 0]) for block in (0, 1)]
    assert uniforms(2, 3, 3, 4, 6, 4)[0].tolist() == [
        unit(*pair) for w in blocks for pair in (w[:2], w[2:])
    ]
    stream = [1 - 2 * ((word >> place) & 1) for w in blocks for word in w for place in range(32)]
    assert signs(2, 3, 3, 4, 6, 256)[0].tolist() == stream
    for i, w in enumerate(blocks):
        assert_normals("normals", normals(2, 3, 3, 4, 6, 4)[0, 2 * i : 2 * i + 2], w)
        assert_normals("normals_single", normals_single(2, 3, 3, 4, 6, 8)[0, 4 * i : 4 * i + 4], w)


@given(w=st.lists(words, min_size=4, max_size=4))
def test_any_words_become_the_right_numbers(w: list[int]) -> None:
    """Otherwise an edge of the range, a sign or a bit of an angle is mistaken: from Python's integers
    and math."""
    high, low, turn_high, turn_low = as_words(*w)
    assert philox.uniform(high, low).tolist() == [unit(*w[:2])]
    wanted = -math.log(1 - unit(*w[:2]))
    assert minus_log(philox.complement(high, low))[0] == pytest.approx(wanted, rel=1e-15, abs=0)
    pair = philox.two_normals(high, low, turn_high, turn_low)
    assert_normals("normals", np.concatenate(pair), w)
    pairs = philox.two_normals_single(high, low) + philox.two_normals_single(turn_high, turn_low)
    assert {v.dtype for v in pairs} == {np.dtype(np.float32)}
    assert_normals("normals_single", np.concatenate(pairs), w)
    for word in w:
        for place in range(32):
            assert philox.sign(*as_words(word, place)).tolist() == [1 - 2 * (word >> place & 1)]


@pytest.mark.parametrize("law", LAWS)
@given(
    start=st.integers(0, 2**31), count=st.integers(1, 40), dim=st.integers(1, 300), data=st.data()
)
def test_samples_depend_on_their_index_alone(
    law: str, start: int, count: int, dim: int, data: Any
) -> None:
    """Otherwise results change with chunks of replicas, with memory limits, or with the number of
    coordinates: bitwise."""
    index = data.draw(st.tuples(words, words, st.integers(0, 2**64 - 1)))
    sample = LAWS[law]
    whole = sample(start, start + count, *index, dim)
    assert whole.shape == (count, dim) and whole.dtype == TYPES.get(law, np.float64)
    cut = data.draw(st.integers(0, count - 1))
    narrow = data.draw(st.integers(1, dim))
    parts = [
        sample(a, b, *index, dim)
        for a, b in ((start, start + cut), (start + cut, start + count))
        if b > a
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(sample(start, start + count, *index, narrow), whole[:, :narrow])


@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("law", LAWS)
def test_samples_do_not_depend_on_the_batch(
    law: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the size of a cache decides over random numbers."""
    whole = LAWS[law](5, 28, 1, 2, 3, 33)
    monkeypatch.setattr(philox, "BLOCKS_AT_ONCE", limit)
    np.testing.assert_array_equal(LAWS[law](5, 28, 1, 2, 3, 33), whole)


@pytest.mark.parametrize("draw", [normals, normals_single, signs, uniforms])
def test_rows_with_seeds_are_those_of_their_seeds(draw: Any) -> None:
    """Otherwise the noise of a client depends on which clients stand next to it."""
    seeds = np.array([3, 2**64 - 1, 7, 3, 5, 2**40], dtype=np.uint64)
    rows = draw(4, 6, 2, 9, seeds, 5)
    for row, seed in enumerate(seeds):
        replica = 4 + row % 2
        alone = draw(replica, replica + 1, 2, 9, int(seed), 5)
        np.testing.assert_array_equal(rows[row], alone[0])
