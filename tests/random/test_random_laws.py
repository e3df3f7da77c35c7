"""The random numbers have the laws that they are named for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from auxtheory.random import philox
from auxtheory.random.philox import normals, normals_single, philox4x32, signs, uniforms

LAWS = {"normals": normals, "normals_single": normals_single, "uniforms": uniforms, "signs": signs}
UNIFORM_BITS = {"normals": 53, "normals_single": 24}  # of the uniforms behind a normal
each_normal = pytest.mark.parametrize("law", UNIFORM_BITS)


def apart(values: np.ndarray, mean: float, deviation: float) -> float:
    """How many standard errors the mean of independent values is from what it should be."""
    return abs(float(np.mean(values)) - mean) * math.sqrt(values.size) / deviation


@each_normal
def test_normals_are_normal(law: str) -> None:
    """Otherwise variances, fourth moments or the whole law of the noise are off: 400,000 samples of a
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
    """Otherwise the two that share a radius, or the four that share a block, lean on each other: signs,
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
    """Otherwise quantiles and divergence rates are off: four binomial standard errors at 3, 4 and 5, ten
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
    """Otherwise rare large samples come too often or too rarely: half a million pairs given the first
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
    """Otherwise correlated random signs do not have the correlation asked for."""
    u = uniforms(0, 1000, 1, 2, 2024, 100)
    assert np.all((u >= 0) & (u < 1)) and stats.kstest(u.ravel(), "uniform").pvalue > 0.01
    assert apart((u - 0.5) * (np.roll(u, 1, axis=1) - 0.5), 0, 1 / 12) < 4
    assert np.all(u * 2**53 == np.floor(u * 2**53)) and np.any(u * 2**52 != np.floor(u * 2**52))


def test_signs_are_fair() -> None:
    """Otherwise random signs have a mean, or their coordinates lean on one another."""
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
    """Otherwise of the 128 bits of a block one is wasted and another used twice: 32 to a word, lowest
    first."""
    for place in range(128):
        fix_words(
            monkeypatch, *(1 << (place % 32) if word == place // 32 else 0 for word in range(4))
        )
        assert np.flatnonzero(signs(0, 1, 0, 0, 0, 128)[0] == -1).tolist() == [place]


@each_normal
def test_the_largest_normal_is_finite(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise one word in 2⁵³ is an infinity: at the largest uniform of b bits the radius is √(2b ln
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
