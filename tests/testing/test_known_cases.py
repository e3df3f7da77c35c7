"""Known hard cases start a search, and the result says where the tightest case comes from."""

from __future__ import annotations

import json
from typing import Any

import pytest

import auxtheory as at
from auxtheory import methods, theorems
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.search.described import described
from auxtheory.testing.search.known import known_cases

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = at.symbols(
    "L F0 delta sigma_h sigma_r eta a K T B"
)

# Where the noise of the refresh costs most: f has rank one, and r turns what the noise moves.
C = 0.9
COS = (1 - (1 - C) ** 0.5) / C**0.5
SIN = (1 - COS**2) ** 0.5
A_HARD, ETA = 1e-3, 0.03
DELTA = (C * (1 - ETA)) ** 0.5 * A_HARD / ETA
HARD = at.Quadratic.from_matrices(
    [[1.0, 0.0], [0.0, 0.0]],
    [[1.0 + DELTA * COS, -DELTA * SIN], [-DELTA * SIN, -DELTA * COS]],
    x0=[1.0, 0.0],
)
NOISE = at.Gaussian(sigma_f=100.0, shape=[[SIN**2, SIN * COS], [SIN * COS, COS**2]])


class Quiet(at.Theorem):
    """S3 without noise of h, with 0.8 of what its proof has: true at δηK ≤ 0.7a only."""

    label = "Quiet"
    method = methods.AuxMOM
    variance = "mean"
    assumptions = (sigma_h <= 0,)
    step_range = (L * eta + (delta * eta * K / a) ** 2 <= 1, L * eta <= 0.5, a <= 0.5)
    bound = 2 * F0 / (eta * K * T) + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)

    def tightest(self) -> Any:
        return theorems.Case(HARD, NOISE, K=1, T=5_000, eta=ETA, a=A_HARD)


def test_a_known_case_is_described_in_the_parameters_of_the_search() -> None:
    (known,) = known_cases(Adversary(Quiet()))
    assert known.origin == "the tightest known case of Quiet" and known.best is not None
    assert 0.5 < known.ratio < known.best.ratio < 1
    cell = known.best.cell
    assert cell.dense and (cell.dim, cell.K, cell.T) == (2, 1, 5_000)


@pytest.mark.parametrize(
    ("pair", "noise"),
    [
        (at.toy(delta=0.1, zeta=0.5), at.Gaussian(sigma_f=1.0, s=0.2)),
        (at.Quadratic(L=2.0, mu=0.1, dim=2).with_helper(0.3, 0.1), at.Gaussian(sigma_f=0.3)),
        (HARD, NOISE),
        (at.Quadratic(L=1.0, mu=0.1, dim=2, rotation=3).with_helper(0.3), at.Gaussian()),
    ],
)
def test_the_parameters_of_a_case_make_the_same_case(pair: Any, noise: Any) -> None:
    steps = at.Steps(eta=0.1, a=0.5, K=2, T=5)
    theorem = theorems.AuxMOM()
    found = described(Configuration(theorem, pair, noise, steps))
    assert found is not None
    again = Adversary(theorem).configuration(*found)
    first, other = (
        at.run(methods.AuxMOM, *case, steps).G[-1, 0]
        for case in ((pair, noise), (again.pair, again.noise))
    )
    assert other == pytest.approx(first, rel=1e-9)


def test_cases_that_parameters_cannot_describe_are_used_as_they_are() -> None:
    steps = at.Steps(eta=0.1, a=0.5, K=2, T=5)
    wide = at.Quadratic(L=1.0, dim=5).with_helper(0.1)
    full = at.Gaussian(sigma_f=1.0, shape=[1.0, 2.0])
    flat = at.Quadratic(L=1.0, dim=2).with_helper(0.1)
    for pair, noise in ((wide, at.Gaussian()), (flat, full)):
        assert described(Configuration(theorems.AuxMOM(), pair, noise, steps)) is None


coordinates = at.symbol("coordinates", value=lambda pair: float(pair.dim))


class FiveCoordinates(at.Theorem):
    """True of up to five coordinates, and tight on five."""

    label = "Five"
    method = methods.SGD
    measure = "gap"
    assumptions = (at.symbols("sigma_f") <= 0,)
    step_range = (L * eta <= 1, T <= 1)
    bound = 5 * F0 / coordinates

    def tightest(self) -> Any:
        return theorems.Case(at.Quadratic(L=1.0, dim=5).with_helper(), T=1, eta=0.01)


def test_the_result_says_where_the_tightest_case_comes_from() -> None:
    found = falsify(FiveCoordinates(), examples=100)
    assert found.origin == "the tightest known case of FiveCoordinates"
    assert found.configuration is not None and found.configuration.pair.dim == 5
    assert 0.9 < found.ratio < 1 and found.ratio == found.configuration.verdict().ratio
    text = " ".join(str(found).split())
    assert f"and {found.origin}" in text and f"which is {found.origin} or near it" in text
    stored = json.loads(found.to_json())
    assert stored["origin"] == found.origin and stored["searched"]["known"] == [
        f"{found.origin} ({found.ratio:.4g})"
    ]


def test_a_wrong_form_of_a_theorem_fails_on_what_is_hard_for_it() -> None:
    wrong = at.claim(3 * F0 / coordinates, like=FiveCoordinates())
    with pytest.raises(Counterexample) as caught:
        falsify(wrong, examples=100)
    assert caught.value.configuration.pair.dim == 5
    assert caught.value.verdict.ratio == pytest.approx(5 / 3, rel=0.05)


@pytest.mark.slow
def test_what_is_near_a_known_case_is_shown_in_few_digits() -> None:
    rules = [
        *Quiet.step_range,
        F0 / (eta * K * T) <= 1e-3 * sigma_r**2 * a,
        0.85 * (1 - L * eta) * a**2 <= (delta * eta * K) ** 2,
    ]
    tight = at.claim(Quiet.bound, like=Quiet(), variance="mean", step_range=rules)
    found = falsify(tight, examples=300)
    assert 0.55 < found.ratio < 1 and found.origin == "the tightest known case of Claim"
    assert found.configuration is not None and "from_matrices" in found.snippet


def test_no_known_case_is_used_where_a_part_is_given_or_fixed() -> None:
    assert not list(known_cases(Adversary(Quiet(), fixed={"delta": 0.1})))
    assert not list(known_cases(Adversary(Quiet(), noise=at.Gaussian(sigma_f=1.0))))


def test_the_problems_of_lower_bounds_are_known_cases() -> None:
    (known,) = known_cases(Adversary(theorems.SGD()))
    assert known.origin == "the problem of at.lower_bounds.SGD" and 0.3 < known.ratio <= 1
