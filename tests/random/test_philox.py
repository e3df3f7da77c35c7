"""The random numbers: Philox4x32-10 as published, and the laws made of its words."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from auxtheory.elementary import minus_log
from auxtheory.random import philox
from auxtheory.random.philox import normals, normals_single, philox4x32, signs, uniforms

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "philox.json").read_text())
words = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**31, 2**32 - 1]))
LAWS = {"normals": normals, "normals_single": normals_single, "uniforms": uniforms, "signs": signs}
TYPES = {"normals_single": np.float32}
UNIFORM_BITS = {"normals": 53, "normals_single": 24}  # of the uniforms behind a normal
each_normal = pytest.mark.parametrize("law", UNIFORM_BITS)


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
    """Else this is not Philox4x32-10, and no property proved or tested elsewhere carries over."""
    c, k, o = ([int(word, 16) for word in text.split()] for text in (counter, key, output))
    assert one(c, k) == o == by_hand(c, k)


@given(counter=st.lists(words, min_size=4, max_size=4), key=st.lists(words, min_size=2, max_size=2))
def test_arrays_agree_with_python_integers(counter: list[int], key: list[int]) -> None:
    """Else a product or a sum wraps somewhere between the published vectors."""
    assert one(counter, key) == by_hand(counter, key)


def test_counters_are_left_alone() -> None:
    """Else the products formed in place change the caller's counter, and the next draw of the same
    index."""
    counter = as_words(1, 2, 3, 4)
    key = as_words(5, 6)
    first = philox4x32(*counter, *key)
    assert [int(v[0]) for v in counter + key] == [1, 2, 3, 4, 5, 6]
    assert [int(w[0]) for w in first] == by_hand([1, 2, 3, 4], [5, 6])


def test_the_golden_words() -> None:
    """Else numbers published by earlier versions can no longer be reproduced: integers, exactly."""
    assert len(GOLDEN["words"]) >= 8
    for row in GOLDEN["words"]:
        assert one(row["counter"], row["key"]) == row["words"]


@pytest.mark.parametrize("law", LAWS)
def test_the_golden_samples(law: str) -> None:
    """Else samples changed, or differ from one machine to the next: all of them exactly, being made
    of + − × ÷ √."""
    assert len(GOLDEN[law]) >= 3
    for row in GOLDEN[law]:
        assert LAWS[law](*row["arguments"]).tolist() == row["values"]


def test_where_seed_replica_round_and_step_stand_in_the_counter() -> None:
    """Else two different indices share their noise: (block, replica, round, step) under (seed low,
    seed high)."""
    seed = (7 << 32) + 5
    ((rows, four),) = philox.batches(3, 5, 11, 13, seed, 2)
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
    """Else the mapping from words to samples, which other engines copy, has moved."""
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
    """Else an edge of the range, a sign or a bit of an angle is mistaken: from Python's integers
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
    """Else results change with chunks of replicas, with memory limits, or with the number of
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
    """Else the size of a cache decides over random numbers."""
    whole = LAWS[law](5, 28, 1, 2, 3, 33)
    monkeypatch.setattr(philox, "BLOCKS_AT_ONCE", limit)
    np.testing.assert_array_equal(LAWS[law](5, 28, 1, 2, 3, 33), whole)


def apart(values: np.ndarray, mean: float, deviation: float) -> float:
    """How many standard errors the mean of independent values is from what it should be."""
    return abs(float(np.mean(values)) - mean) * math.sqrt(values.size) / deviation


@each_normal
def test_normals_are_normal(law: str) -> None:
    """Else variances, fourth moments or the whole law of the noise are off: 400,000 samples of a
    named seed."""
    x, later = (LAWS[law](0, 2000, 1, step, 2024, 200).astype(float) for step in (2, 3))
    for power, mean, square in ((1, 0, 1), (2, 1, 3), (3, 0, 15), (4, 3, 105)):
        assert apart(x**power, mean, math.sqrt(square - mean**2)) < 4
    assert stats.kstest(x.ravel(), "norm").pvalue > 0.01
    assert 4 < np.max(np.abs(x)) < math.sqrt(2 * UNIFORM_BITS[law] * math.log(2)) + 1e-6
    for other in (
        later,
        np.roll(x, 1, axis=0),
        np.roll(x, 1, axis=1),
        np.roll(x, 2, axis=1),
        x[:, ::-1],
    ):
        assert apart(x * other, 0, 1) < 4
        assert apart(x**2 * other**2, 1, math.sqrt(8)) < 4


@each_normal
def test_the_normals_of_a_block_are_independent(law: str) -> None:
    """Else the two that share a radius, or the four that share a block, lean on each other: signs,
    sizes, squares."""
    x = LAWS[law](0, 2000, 5, 8, 2024, 400).astype(float)
    size = math.sqrt(2 / math.pi)
    per_block = {"normals": 2, "normals_single": 4}[law]
    places = [x[:, i::per_block] for i in range(per_block)]
    for i, second in enumerate(places):
        for first in places[:i]:
            assert apart(first * second, 0, 1) < 4
            assert (
                apart(first**2 * second, 0, math.sqrt(3)) < 4
                and apart(first * second**2, 0, math.sqrt(3)) < 4
            )
            assert apart(first**2 * second**2, 1, math.sqrt(8)) < 4
            assert apart(np.abs(first * second), size**2, math.sqrt(1 - size**4)) < 4
            # A sum of independent normals is normal with variance 2; one of uncorrelated ones need
            # not be.
            assert stats.kstest(((first + second) / math.sqrt(2)).ravel(), "norm").pvalue > 0.01


def beyond(level: float) -> float:
    """P(|n| > level) under the normal law."""
    return math.erfc(level / math.sqrt(2))


@each_normal
def test_the_tails_are_those_of_the_normal_law(law: str) -> None:
    """Else quantiles and divergence rates are off: four binomial standard errors at 3, 4 and 5, ten
    million samples."""
    counts = dict.fromkeys((3, 4, 5), 0)
    size = 0
    for round_ in range(1, 6):
        x = LAWS[law](0, 2000, round_, 0, 2024, 1000)
        far = np.abs(x[(x > 3) | (x < -3)])
        size += x.size
        for level in counts:
            counts[level] += int(np.sum(far > level))
    for level, count in counts.items():
        p = beyond(level)
        assert abs(count - size * p) < 4 * math.sqrt(size * p * (1 - p)), (
            f"{count} of {size} beyond {level}"
        )


@pytest.mark.parametrize(
    ("law", "level", "top"),
    [
        ("normals", 5, 18),
        ("normals", 6, 25),
        ("normals", 7, 32),
        ("normals_single", 4, 11),
        ("normals_single", 5, 18),
    ],
)
def test_the_far_tails(law: str, level: int, top: int) -> None:
    """Else rare large samples come too often or too rarely: half a million pairs given the first
    bits of u₁, all ones, without which none lies beyond the level. Of 24 bits, one in fifty is
    missing beyond 5, and this is known."""
    size = 500_000
    assert 2**-top > math.exp(-(level**2) / 2), "more bits are given than needed"
    zero = np.zeros(size, dtype=np.uint64)
    key = philox.key(2024)
    w = list(philox4x32(np.arange(size, dtype=np.uint64), zero, zero, zero, *key))
    w[0] |= np.uint64((2**top - 1) << (32 - top))
    if law == "normals":
        p = beyond(level) * 2**top
        pair = philox.two_normals(*w)
    else:  # P(radius · sin > level) at each of the largest uniforms
        radii = [math.sqrt(-2 * math.log(k / 2**24)) for k in range(1, 2 ** (24 - top) + 1)]
        p = (
            sum(math.acos(level / radius) for radius in radii if radius > level)
            * 2
            / math.pi
            / len(radii)
        )
        assert 0.98 < p / (beyond(level) * 2**top) < 1
        pair = philox.two_normals_single(w[0], w[1])
    for x in pair:
        assert apart(np.abs(x) > level, p, math.sqrt(p * (1 - p))) < 4
        assert apart(np.sign(x), 0, 1) < 4


def test_uniforms_are_uniform() -> None:
    """Else correlated random signs do not have the correlation asked for."""
    u = uniforms(0, 1000, 1, 2, 2024, 100)
    assert np.all((u >= 0) & (u < 1)) and stats.kstest(u.ravel(), "uniform").pvalue > 0.01
    assert apart((u - 0.5) * (np.roll(u, 1, axis=1) - 0.5), 0, 1 / 12) < 4
    assert np.all(u * 2**53 == np.floor(u * 2**53)) and np.any(u * 2**52 != np.floor(u * 2**52))


def test_signs_are_fair() -> None:
    """Else random signs have a mean, or their coordinates lean on one another."""
    s = signs(0, 2000, 1, 2, 2024, 256)
    assert set(np.unique(s)) == {-1.0, 1.0}
    assert apart(s, 0, 1) < 4
    assert np.max(np.abs(s.mean(axis=0))) * math.sqrt(2000) < 4.5, "a coordinate is loaded"
    for other in (
        np.roll(s, 1, axis=1),
        np.roll(s, 32, axis=1),
        np.roll(s, 128, axis=1),
        np.roll(s, 1, axis=0),
    ):
        assert apart(s * other, 0, 1) < 4


def fix_words(monkeypatch: pytest.MonkeyPatch, *w: int) -> None:
    """Make every block consist of these four words."""
    four = tuple(np.full((1, 1), word, dtype=np.uint64) for word in w)
    monkeypatch.setattr(philox, "philox4x32", lambda *_: four)


def test_each_sign_has_a_bit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else of the 128 bits of a block one is wasted and another used twice: 32 to a word, lowest
    first."""
    for place in range(128):
        fix_words(
            monkeypatch, *(1 << (place % 32) if word == place // 32 else 0 for word in range(4))
        )
        assert np.flatnonzero(signs(0, 1, 0, 0, 0, 128)[0] == -1).tolist() == [place]


@each_normal
def test_the_largest_normal_is_finite(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one word in 2⁵³ is an infinity: at the largest uniform of b bits the radius is √(2b ln
    2), 8.57 or 5.77."""
    largest = math.sqrt(2 * UNIFORM_BITS[law] * math.log(2))
    top = 2**32 - 1
    digit = {"normals": 1e-15, "normals_single": 2e-7}[law] * largest
    radial, count = ((0, 1), 2) if law == "normals" else ((0, 2), 4)
    for u, turn, pair in (
        (top, 0, (largest, 0)),
        (top, top, (0, -largest)),
        (0, top, (0, 0)),
        (0, 0, (0, 0)),
    ):
        fix_words(monkeypatch, *(u if i in radial else turn for i in range(4)))
        x = LAWS[law](0, 1, 0, 0, 0, count)[0]
        np.testing.assert_allclose(x, pair * (count // 2), rtol=0, atol=digit)
        assert u or not np.any(x), "a uniform of zero has radius zero exactly"
