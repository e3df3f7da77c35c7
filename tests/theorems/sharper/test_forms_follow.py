"""The forms of the paper's theorems follow from the sharper ones: on their ranges these hold, with no
larger a bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from auxtheory import theorems
from auxtheory.bounds.constants import lambda_K
from auxtheory.bounds.posynomial import Condition
from auxtheory.theorems import Theorem
from auxtheory.theorems.sharper.auxmom import AuxMOMQuiet, AuxMOMSharp
from auxtheory.theorems.sharper.auxmvr import AuxMVRSharp, AuxMVRSimple
from auxtheory.theorems.sharper.exact_correction import ExactCorrectionNoiseWide
from auxtheory.theorems.sharper.mvr import MVRSharp
from auxtheory.theorems.sharper.naive import NaiveSharp

COUNT = 20_000
UP = 1 + 1e-9


def draw(single: bool, seed: int) -> dict[str, Any]:
    """Constants and steps over orders of magnitude, many at δηK/a or (δηK)²/a of order 1."""
    rng = np.random.default_rng(seed)
    K = np.ones(COUNT) if single else rng.integers(1, 41, COUNT).astype(float)
    a = np.where(rng.random(COUNT) < 0.2, 1.0, 10 ** rng.uniform(-6, 0, COUNT))
    rate = a ** rng.choice([1.0, 0.5], COUNT) * 10 ** rng.uniform(-2, 0.5, COUNT)
    eta = np.where(rng.random(COUNT) < 0.5, 0.5, 10 ** rng.uniform(-3, 0, COUNT))
    values = {
        "L": np.ones(COUNT),
        "eta": eta,
        "a": a,
        "K": K,
        "delta": np.where(rng.random(COUNT) < 0.1, 0.0, rate / (eta * K)),
        "lambda_K": np.array([lambda_K(int(k)) for k in K]),
        "T": rng.integers(1, 1000, COUNT).astype(float),
        "B": rng.choice([1.0, 10.0, np.inf], COUNT),
        "F0": 10 ** rng.uniform(-6, 2, COUNT),
        "beta": rng.random(COUNT) ** 3,
        "zeta": 10 ** rng.uniform(-4, 1, COUNT),
    }
    for name in ("sigma_r", "sigma_h"):
        values[name] = np.where(rng.random(COUNT) < 0.2, 0.0, 10 ** rng.uniform(-3, 3, COUNT))
    if single:
        values["sigma_h"] = np.zeros(COUNT)
    return values


def inside(conditions: tuple[Condition, ...], values: dict[str, Any], rtol: float = 0.0) -> Any:
    held = (np.broadcast_to(each.holds(values, rtol=rtol), (COUNT,)) for each in conditions)
    return np.logical_and.reduce(list(held))


def everywhere(values: dict[str, Any]) -> Any:
    return True


def quiet(values: dict[str, Any]) -> Any:
    return (values["sigma_h"] == 0) & (values["a"] <= 2 / 3) & (values["L"] * values["eta"] < 1)


def long_or_small(values: dict[str, Any]) -> Any:
    """Where S4 follows: see the page of S4-sharp."""
    a, T, B = values["a"], values["T"], values["B"]
    return (a <= 0.75) & ((a * (1 - a) <= 1 / B) | (a * T >= 3 * (1 - 2 * a)))


def long_enough(values: dict[str, Any]) -> Any:
    a, T, B = values["a"], values["T"], values["B"]
    return (a * (1 - a) <= 1 / B) | (a * T >= 1)


PAIRS: list[tuple[type[Theorem], type[Theorem], Callable[[dict[str, Any]], Any]]] = [
    (theorems.ExactCorrectionNoise, ExactCorrectionNoiseWide, everywhere),
    (theorems.Naive, NaiveSharp, everywhere),
    (theorems.AuxMOM, AuxMOMSharp, everywhere),
    (theorems.AuxMOM, AuxMOMQuiet, quiet),
    (theorems.SGDMomentum, AuxMOMSharp, everywhere),
    (theorems.AuxMVR, AuxMVRSharp, long_or_small),
    (theorems.MVR, MVRSharp, long_enough),
]


@pytest.mark.parametrize(("old", "new", "where"), PAIRS, ids=lambda v: getattr(v, "label", ""))
def test_it_follows(
    old: type[Theorem], new: type[Theorem], where: Callable[[dict[str, Any]], Any]
) -> None:
    values = draw(old.method.single_step, 1)
    held = inside((*old.assumptions, *old.step_range), values) & where(values)
    assert np.sum(held) > 300
    if old is not theorems.SGDMomentum:  # of which S3-sharp has the range as a remark alone
        strict = 1e-12 if new is ExactCorrectionNoiseWide else 0.0
        assert np.all(inside(new.step_range, values, strict)[held])
    taken = {name: value[held] for name, value in values.items()}
    now, before = new.bound.value(taken), old.bound.value(taken)
    assert np.all(now <= before * UP)
    assert np.min(now / before) < 0.75


def test_where_momentum_needs_no_drift_of_its_noise() -> None:
    """Otherwise S3-SGDm-sharp is no gain: its noise is of the order Lησ², not aσ²."""
    values = {"L": 1.0, "F0": 1.0, "sigma_r": 1.0, "sigma_h": 0.0, "delta": 1.0}
    values |= {"eta": 0.01, "a": 0.5, "K": 1.0, "T": 1e4, "B": 1.0, "lambda_K": 0.0}
    old = theorems.SGDMomentum.bound.value(values)
    new = theorems.sharper.SGDMomentumSharp.bound.value(values)
    assert old == pytest.approx(0.5202) and new == pytest.approx(0.0160, abs=1e-4)


def test_the_simple_form_of_s4_follows_from_the_sharp_one() -> None:
    values = draw(False, 2)
    held = inside(AuxMVRSimple.step_range, values)
    assert np.sum(held) > 1000 and np.all(inside(AuxMVRSharp.step_range, values)[held])
    taken = {name: value[held][:1000] for name, value in values.items()}
    now, simple = AuxMVRSharp.bound.value(taken), AuxMVRSimple.bound.value(taken)
    assert np.all(now <= simple * UP) and np.max(now / simple) > 0.99


def test_the_closed_form_of_s3_follows_from_the_sharp_one() -> None:
    values = draw(False, 3) | {"sigma_h": np.zeros(COUNT)}
    held = inside(AuxMOMQuiet.step_range, values)
    assert np.sum(held) > 1000
    taken = {name: value[held][:2000] for name, value in values.items()}
    now, closed = AuxMOMSharp.bound.value(taken), AuxMOMQuiet.bound.value(taken)
    assert np.all(now <= closed * UP) and np.max(now / closed) > 0.999
