"""Lower bounds: their instances reach them, no upper bound of the class lies below, and statements
that are a little stronger are false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from auxtheory import lower_bounds, theorems
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.schedules import per_round
from auxtheory.engines import run
from auxtheory.errors import InputError, UnitError
from auxtheory.lower_bounds import ExactCorrection, LowerBound

L, F0, delta, sigma_f, eta, K, T = symbols("L F0 delta sigma_f eta K T")
ROUNDING = 1 - 1e-9
EACH = pytest.mark.parametrize("lower", lower_bounds.ALL, ids=lambda lower: lower.name)
SGD = lower_bounds.SGD


def constants(rng: np.random.Generator, size: int | None = None) -> Constants:
    """Constants over many orders of magnitude, δ and σ of 0 among them."""

    def drawn(low: float, high: float) -> Any:
        return np.exp(rng.uniform(np.log(low), np.log(high), size))

    L, F0 = drawn(1e-3, 1e3), drawn(1e-3, 1e3)
    zero = rng.random(size) < 0.9
    noise = np.sqrt(L * F0) * drawn(1e-4, 1e4) * zero
    return Constants(L=L, F0=F0, delta=L * drawn(1e-4, 10) * zero, sigma_f=noise, sigma_h=noise)


def lengths(rng: np.random.Generator, lower: LowerBound) -> tuple[int, int]:
    """K and T."""
    one_step = lower.method.single_step
    return 1 if one_step else int(rng.geometric(0.1)), int(np.exp(rng.uniform(0, 7)))


def measured(lower: LowerBound, c: Constants, steps: Steps) -> float:
    """G of the instance, by the exact engine."""
    pair, noise = lower.instance(c, steps)
    stated = pair.constants()
    assert stated.L == pytest.approx(c.L) or (lower is ExactCorrection and stated.L < c.L)
    assert stated.F0 == pytest.approx(c.F0) and stated.delta <= c.delta * (1 + 1e-12)
    trace = run(lower.method, pair, noise, steps, engine="exact")
    return float(trace.G[-1].item())


def cases(lower: LowerBound, count: int, seed: int = 0) -> Iterator[tuple[Constants, Steps]]:
    """Constants and steps, up to twice the largest stable η."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        c = constants(rng)
        K, T = lengths(rng, lower)
        reach = np.exp(rng.uniform(np.log(1e-5), np.log(4)))
        # A few rounds only where values double in each.
        T = T if reach < 1.9 else min(T, 20)
        steps = reach / (c.L if rng.random() < 0.5 or not c.delta else max(c.L, c.delta * K))
        yield c, Steps(eta=float(steps), K=K, T=T)


@EACH
def test_the_instance_measures_at_least_the_lower_bound(lower: LowerBound) -> None:
    """For η over five orders of magnitude, divergent steps among them."""
    for c, steps in cases(lower, 400):
        value = float(lower.value(c, steps))
        for_all = float(lower.value(c, K=steps.K, T=steps.T))
        assert measured(lower, c, steps) >= value * ROUNDING >= for_all * ROUNDING**2


def test_both_instances_of_exact_correction_are_used() -> None:
    """Where rounds do not converge, the helper has no curvature."""
    c = Constants(L=1.0, F0=1.0, delta=0.5)
    kinds = [
        "H=[0.0]" in repr(ExactCorrection.instance(c, Steps(eta=step, K=10, T=100))[0])
        for step in (0.1, 0.39, 0.41, 1.0)
    ]
    assert kinds == [False, False, True, True]


UPPER = [
    (SGD, theorems.SGD()),
    (ExactCorrection, theorems.ExactCorrection()),
    (ExactCorrection, theorems.ExactCorrectionNoise()),
]


@pytest.mark.parametrize(("lower", "theorem"), UPPER, ids=lambda value: value.name)
def test_no_upper_bound_of_the_class_lies_below(
    lower: LowerBound, theorem: theorems.Theorem
) -> None:
    """On 10,000 constants at the prescribed steps, and at others in the range."""
    rng = np.random.default_rng(1)
    checked = 0
    for _ in range(20):
        c = constants(rng, 500)
        if theorem.assumptions:
            c = c.replace(sigma_h=np.zeros(500))
        K, T = lengths(rng, lower)
        tuned = theorem.tune(c, K, T)
        for_all = lower.value(c, K=K, T=T)
        assert np.all(for_all * ROUNDING <= theorem.value(c, tuned))
        assert np.all(lower.value(c, tuned) * ROUNDING <= theorem.value(c, tuned))
        smaller = Steps(eta=tuned.eta * rng.uniform(1e-3, 1, 500), K=tuned.K, T=T, mode="theorem")
        assert np.all(lower.value(c, smaller) * ROUNDING <= theorem.value(c, smaller))
        checked += len(c.L)
    assert checked == 10_000


def best(lower: LowerBound, c: Constants, K: int, T: int) -> float:
    """The smallest G over η, of the instance that does not depend on it."""
    pair, noise = lower.instance(c, Steps(eta=1e-4, K=K, T=T))
    steps = Steps(eta=np.geomspace(1e-4, 1.9, 200) / float(c.L), K=K, T=T)
    return float(run(lower.method, pair, noise, steps, engine="exact").G[-1].min())


def test_no_step_size_of_sgd_gets_below_and_one_comes_near() -> None:
    """The instance at its best η is within 1 % of √2·√(LF₀σ²/T) at T = 10⁴."""
    c = Constants(L=1.0, F0=1.0, sigma_f=1.0)
    least = best(SGD, c, 1, 10_000)
    assert 1 <= least / float(SGD.value(c, T=10_000)) < 1.02
    assert least == pytest.approx(np.sqrt(2e-4), rel=0.01)


WRONG: dict[str, tuple[LowerBound, Callable[[Any, Steps], Any], Constants, Steps | None]] = {
    "SGD: 2 for √2": (
        SGD,
        lambda c, s: 2 * np.sqrt(c.L * c.F0 * c.sigma_f**2 / s.T) - 0.75 * c.sigma_f**2 / s.T,
        Constants(L=1.0, F0=1.0, sigma_f=1.0),
        None,
    ),
    "SGD: no ¾σ²/T": (
        SGD,
        lambda c, s: np.sqrt(2 * c.L * c.F0 * c.sigma_f**2 / s.T),
        Constants(L=1.0, F0=1.0, sigma_f=20.0),
        Steps(eta=0.01, K=1, T=10),
    ),
    "SGD: F0/(ηT) for every η": (
        SGD,
        lambda c, s: c.F0 / (s.eta * s.T),
        Constants(L=1.0, F0=1.0),
        Steps(eta=0.1, K=1, T=1),
    ),
    "SGD: 2.1 LF0/T without noise": (
        SGD,
        lambda c, s: 2.1 * c.L * c.F0 / s.T,
        Constants(L=1.0, F0=1.0),
        Steps(eta=1.0, K=1, T=10),
    ),
    "exact correction: F0/(ηKT) for every η": (
        ExactCorrection,
        lambda c, s: c.F0 / (s.eta * s.K * s.T),
        Constants(L=1.0, F0=1.0, delta=0.5),
        Steps(eta=0.1, K=1, T=1),
    ),
    "exact correction: 4δ for δ": (
        ExactCorrection,
        lambda c, s: c.F0 / (2 * s.T / (4 * c.delta) + 1 / (2 * c.L)),
        Constants(L=1.0, F0=1.0, delta=0.1),
        Steps(eta=0.0999, K=200, T=100),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_stronger_statements_are_refuted(name: str) -> None:
    """By the instance itself, at its best η where none is given; the library's holds there."""
    lower, wrong, c, steps = WRONG[name]
    at = steps or Steps(eta=1.0, K=1, T=10_000)
    value = measured(lower, c, at) if steps else best(lower, c, at.K, at.T)
    assert value < wrong(c, at) * 0.999
    assert value >= float(lower.value(c, K=at.K, T=at.T)) * ROUNDING


def test_a_wrong_unit_or_a_step_size_is_refused() -> None:
    """When the value is made, as for a theorem."""
    parts: dict[str, Any] = {
        "name": "Mine",
        "method": SGD.method,
        "statement": "",
        "proof": "",
        "source": "",
        "hard": SGD.hard,
        "at_steps": SGD.at_steps,
    }
    with pytest.raises(UnitError, match=r"Mine: 2LF₀²/T has unit .* but G has F\^2·X\^-2"):
        LowerBound(**parts, bound=2 * L * F0**2 / T)
    with pytest.raises(InputError, match=r"bound = 'F₀/\(ηT\)': must hold for every step size"):
        LowerBound(**parts, bound=F0 / (eta * T))


def test_arguments_are_checked() -> None:
    """What is wrong is named; a changing η is not covered by the proof."""
    c = Constants(L=1.0, F0=1.0)
    with pytest.raises(InputError, match="T = None"):
        SGD.value(c)
    with pytest.raises(InputError, match="constants = 3"):
        SGD.value(3, T=10)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"F0 = .*must be one number"):
        SGD.instance(Constants(L=1.0, F0=np.ones(2)), Steps(eta=0.1, K=1, T=3))
    changing = Steps(eta=per_round("0.1 / sqrt(t)"), K=1, T=3)
    for call in (SGD.value, SGD.instance):
        with pytest.raises(InputError, match="must be the same in every round"):
            call(c, changing)


def test_lower_bounds_are_found_by_method_and_measure() -> None:
    assert lower_bounds.for_method("ExactCorrection") == (ExactCorrection,)
    assert lower_bounds.for_method("ExactCorrection", "gap") == ()
    assert lower_bounds.for_method("AuxMOM") == ()
