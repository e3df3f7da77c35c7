"""With one helper the bounds are those of one helper, and they do not increase with what they allow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems import Theorem, helpers, sharper

COUNT = 300
UP = 1 + 1e-9


def drawn(seed: int, *, quiet: bool = False, single: bool = False) -> dict[str, Any]:
    """Constants and steps of one helper."""
    rng = np.random.default_rng(seed)
    K = np.ones(COUNT) if single else rng.integers(1, 20, COUNT).astype(float)
    a = np.where(rng.random(COUNT) < 0.2, 1.0, 10 ** rng.uniform(-3, 0, COUNT))
    eta = 10 ** rng.uniform(-3, 0, COUNT)
    delta = np.where(
        rng.random(COUNT) < 0.1, 0.0, 10 ** rng.uniform(-2, 0, COUNT) * np.sqrt(a) / eta / K
    )
    sigma_h = np.where(rng.random(COUNT) < 0.2, 0.0, 10 ** rng.uniform(-2, 2, COUNT))
    values = {
        "L": np.ones(COUNT),
        "F0": 10 ** rng.uniform(-2, 2, COUNT),
        "mu": np.zeros(COUNT),
        "beta": rng.random(COUNT),
        "zeta": 10 ** rng.uniform(-2, 1, COUNT),
        "sigma_f": np.ones(COUNT),
        "sigma_h": np.zeros(COUNT) if quiet else sigma_h,
        "sigma_r": 10 ** rng.uniform(-2, 2, COUNT),
        "eta": eta,
        "a": a,
        "K": K,
        "T": rng.integers(1, 300, COUNT).astype(float),
        "B": rng.choice([1.0, 7.0, np.inf], COUNT),
        "lambda_K": np.array([lambda_K(int(k)) for k in K]),
        "delta": delta,
        **dict.fromkeys(("delta_m", "delta_bar", "delta_A", "delta_AS"), delta),
        "N": np.ones(COUNT),
        "S": np.ones(COUNT),
        "rho": rng.random(COUNT),
    }
    return values | {"beta_m": values["beta"], "zeta_b": values["zeta"]}


def inside(kind: type[Theorem], values: dict[str, Any], rtol: float = 0.0) -> Any:
    """Where the conditions hold."""
    held = (np.broadcast_to(each.holds(values, rtol), (COUNT,)) for each in kind.step_range)
    return np.logical_and.reduce(list(held))


@pytest.mark.parametrize(
    ("many", "one"),
    [
        (helpers.ClientExactCorrection, at.theorems.ExactCorrection),
        (helpers.ClientExactCorrectionNoise, at.theorems.ExactCorrectionNoise),
        (helpers.ClientExactCorrectionNoiseWide, sharper.ExactCorrectionNoiseWide),
        (helpers.ClientExactCorrectionNoiseSharp, sharper.ExactCorrectionNoiseSharp),
        (helpers.ClientExactCorrectionPL, at.theorems.ExactCorrectionPL),
        (helpers.ClientNaive, at.theorems.Naive),
        (helpers.ClientAuxMVRSharp, sharper.AuxMVRSharp),
    ],
    ids=lambda kind: kind.label,
)
def test_one_helper_has_the_bound_and_the_range_of_one(many: Any, one: Any) -> None:
    values = drawn(1)
    held = inside(one, values)
    if many is helpers.ClientAuxMVRSharp:
        # Its range is stated before √ of both sides, so that edges may round differently.
        assert np.mean(held == inside(many, values)) > 0.99
        held &= inside(many, values)
    else:
        assert np.array_equal(held, inside(many, values))
    assert np.sum(held) > 30
    taken = {name: value[held] for name, value in values.items()}
    assert many.bound.value(taken) == pytest.approx(one.bound.value(taken), rel=1e-12)


def test_momentum_with_one_helper_and_one_step_is_that_of_one() -> None:
    """At K = 1 the two potentials are the same; for more steps that of one helper is taken where it
    is smaller."""
    values = drawn(2, single=True)
    held = inside(sharper.AuxMOMSharp, values) & inside(helpers.ClientAuxMOMSharp, values)
    assert np.sum(held) > 30
    taken = {name: value[held] for name, value in values.items()}
    from auxtheory.theorems.helpers.auxmom_sharp import potential

    for i in range(np.sum(held)):
        c, s = records({name: float(value[i]) for name, value in taken.items()})
        c.N = 1.5  # the potential of several helpers
        several = potential(c, s)
        c.N = 1.0
        one = sharper.auxmom.drift_and_noise(c, s)
        assert several == pytest.approx(one, rel=1e-6)


def test_momentum_with_one_helper_is_never_worse_than_that_of_one() -> None:
    values = drawn(3)
    held = inside(sharper.AuxMOMSharp, values) & inside(helpers.ClientAuxMOMSharp, values)
    taken = {name: value[held] for name, value in values.items()}
    now = helpers.ClientAuxMOMSharp.bound.value(taken)
    assert np.all(now <= sharper.AuxMOMSharp.bound.value(taken) * UP)


def records(values: dict[str, float]) -> tuple[Any, Any]:
    from types import SimpleNamespace

    return SimpleNamespace(**values), SimpleNamespace(**values)


PAIRS = [
    (helpers.ClientAuxMOMSharp, helpers.ClientAuxMOMQuiet),
    (helpers.ClientAuxMOMSharp, helpers.ClientAuxMOMTuned),
    (helpers.ClientAuxMOMSharp, helpers.ClientAuxMOM),
    (helpers.StaleAuxMOMSharp, helpers.StaleAuxMOM),
    (helpers.ClientAuxMVRSharp, helpers.ClientAuxMVRQuiet),
    (helpers.ClientExactCorrectionNoiseWide, helpers.ClientExactCorrectionNoise),
]


@pytest.mark.parametrize(("sharp", "plain"), PAIRS, ids=lambda kind: kind.label)
def test_the_plain_forms_follow_from_the_sharp_ones(sharp: Any, plain: Any) -> None:
    """On the range of the plain form, for several helpers."""
    values = drawn(4, quiet=bool(plain.assumptions))
    rng = np.random.default_rng(5)
    values["N"] = rng.integers(2, 12, COUNT).astype(float)
    values["S"] = np.minimum(values["N"], rng.integers(1, 12, COUNT).astype(float))
    values["rho"] = values["rho"] * 1e-2
    values["delta_A"] = values["delta_AS"] = values["delta"] * rng.random(COUNT)
    values["delta_bar"] = np.maximum(values["delta_A"], values["delta"] * rng.random(COUNT))
    # The form for σ_r² of the largest noise has a first term of its own in short runs.
    long = values["a"] * values["T"] >= 3 if plain is helpers.ClientAuxMVRQuiet else True
    held = inside(plain, values) & long
    assert np.sum(held) > 20 and np.all(inside(sharp, values, 1e-9)[held])
    taken = {name: value[held] for name, value in values.items()}
    now, before = sharp.bound.value(taken), plain.bound.value(taken)
    assert np.all(now <= before * UP), np.max(now / before)
    assert math.isfinite(float(np.min(now)))


def test_all_fresh_buffers_are_the_case_p_of_1() -> None:
    values = drawn(6)
    values["N"] = values["S"] = np.full(COUNT, 3.0)
    values["rho"] = np.zeros(COUNT)
    held = inside(helpers.StaleAuxMOMSharp, values) & inside(helpers.ClientAuxMOMSharp, values)
    taken = {name: value[held] for name, value in values.items()}
    stale, fresh = (k.bound.value(taken) for k in PAIRS_OF_SHARES)
    assert np.sum(held) > 30 and stale == pytest.approx(fresh, rel=1e-9)


PAIRS_OF_SHARES = helpers.StaleAuxMOMSharp, helpers.ClientAuxMOMSharp


def test_memory_free_estimates_are_exact_correction() -> None:
    """a = 1, no noise: T3 and T4 are T1."""
    values = drawn(7, quiet=True) | {"a": np.ones(COUNT), "sigma_r": np.zeros(COUNT)}
    for kind in (helpers.ClientAuxMOMSharp, helpers.ClientAuxMVRSharp, helpers.StaleAuxMOMSharp):
        held = inside(kind, values) & inside(helpers.ClientExactCorrection, values)
        taken = {name: value[held] for name, value in values.items()}
        expected = helpers.ClientExactCorrection.bound.value(taken)
        assert kind.bound.value(taken) == pytest.approx(expected, rel=1e-12)


def test_full_participation_has_no_variance_of_sampling() -> None:
    values = drawn(8, quiet=True)
    values |= {"N": np.full(COUNT, 4.0), "S": np.full(COUNT, 4.0), "rho": np.zeros(COUNT)}
    values |= dict.fromkeys(("zeta_x", "zeta_max", "zeta_0"), np.ones(COUNT)) | {
        "B": np.full(COUNT, np.inf)
    }
    start = helpers.ClientExactCorrection.bound.value(values)
    for kind in (helpers.SharedMVR, helpers.SharedMVRQuiet, helpers.SharedMomentumQuiet):
        assert kind.bound.value(values) == pytest.approx(start, rel=1e-12)
    held = inside(helpers.SharedMVRSharp, values)
    taken = {name: value[held] for name, value in values.items()}
    assert helpers.SharedMVRSharp.bound.value(taken) == pytest.approx(start[held], rel=1e-12)
