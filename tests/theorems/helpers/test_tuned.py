"""At prescribed steps the bound in the range is at most the printed one, which has the exponents that
its page states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from auxtheory.bounds.constants import lambda_K
from auxtheory.theorems import Theorem, helpers
from auxtheory.theorems.base import TINY

COUNT = 4_000
TUNED = [kind for kind in helpers.ALL if "tuned" in kind.regimes]


def drawn(kind: type[Theorem], seed: int) -> dict[str, Any]:
    """Constants over orders of magnitude."""
    rng = np.random.default_rng(seed)
    K = rng.integers(1, 60, COUNT)
    N = rng.integers(1, 30, COUNT).astype(float)
    delta_m = np.where(rng.random(COUNT) < 0.1, 0.0, 10 ** rng.uniform(-4, 1, COUNT))
    delta_bar = delta_m * rng.uniform(0.1, 1, COUNT)
    delta_A = delta_bar * rng.uniform(0.1, 1, COUNT)
    values: dict[str, Any] = {
        "L": np.ones(COUNT),
        "F0": 10 ** rng.uniform(-3, 3, COUNT),
        "mu": 10 ** rng.uniform(-4, 0, COUNT),
        "delta_m": delta_m,
        "delta_bar": delta_bar,
        "delta_A": delta_A,
        "delta_AS": delta_A * np.where(rng.random(COUNT) < 0.3, 30.0, 1.0),
        "rho": np.where(rng.random(COUNT) < 0.5, 0.0, rng.random(COUNT)),
        "N": N,
        "S": np.minimum(N, rng.integers(1, 30, COUNT)),
        "sigma_h": np.where(rng.random(COUNT) < 0.2, 0.0, 10 ** rng.uniform(-3, 3, COUNT)),
        "sigma_r": np.where(rng.random(COUNT) < 0.1, 0.0, 10 ** rng.uniform(-3, 3, COUNT)),
        "beta_m": 0.9 * rng.random(COUNT),
        "zeta_b": rng.random(COUNT),
        "K": K.astype(float),
        "T": np.round(10 ** rng.uniform(0, 6, COUNT)),
        "B": rng.choice([1.0, 5.0, 100.0, np.inf], COUNT),
        "lambda_K": np.array([lambda_K(int(k)) for k in K]),
        **dict.fromkeys(("zeta_run", "zeta_x", "zeta_0"), 10 ** rng.uniform(-3, 3, COUNT)),
    }
    if any("rho" in each.names and "eta" not in each.names for each in kind.step_range):
        values["rho"] = np.zeros(COUNT)
    if kind.label.startswith("T5"):
        values["B"] = np.full(COUNT, np.inf)
    for name in {name for each in kind.assumptions for name in each.names} & {"sigma_h"}:
        values[name] = np.zeros(COUNT)
    if kind is helpers.ClientAuxMVRSharp:
        values["sigma_h"] = np.zeros(COUNT)
        values["T"] = np.maximum(values["T"], 64)
    return values


def at_prescribed_steps(kind: type[Theorem], values: dict[str, Any]) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        for name, expression in kind.prescribed[""].items():
            values[name] = expression.value(values)
    if "a" in values:
        values["a"] = np.maximum(values["a"], TINY)
    return values


def printed(kind: type[Theorem], values: dict[str, Any]) -> Any:
    return np.min([each.value(values) for each in kind.corollaries], axis=0)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in TUNED if kind is not helpers.ClientExactCorrectionPL],
    ids=lambda kind: kind.label,
)
def test_the_bound_at_prescribed_steps_is_at_most_the_printed_one(kind: Any) -> None:
    values = at_prescribed_steps(kind, drawn(kind, 1))
    for each in kind.step_range:
        assert np.all(each.holds(values, rtol=1e-9)), each
    ratio = kind.bound.value(values) / printed(kind, values)
    assert np.max(ratio) <= 1 + 1e-9
    assert np.max(ratio) > 0.8


FORMS = [
    (helpers.ClientAuxMOMQuiet, {"T": -1 / 2, "delta_A": 1 / 2, "F0": 1 / 2, "sigma_r": 1, "K": 0}),
    (helpers.ClientAuxMOMTuned, {"T": -1 / 2, "delta_bar": 1 / 2, "sigma_r": 1, "K": 0}),
    (helpers.StaleAuxMOM, {"T": -1 / 2, "delta_A": 1 / 2, "N": 1 / 2, "S": -1 / 2, "K": 0}),
    (helpers.SharedMomentumQuiet, {"T": -1 / 2, "L": 1 / 2, "zeta_run": 1, "K": 0}),
    (helpers.ClientAuxMVR, {"T": -2 / 3, "delta_AS": 2 / 3, "F0": 2 / 3, "sigma_r": 2 / 3}),
    (helpers.ClientAuxMVRQuiet, {"T": -2 / 3, "delta_AS": 2 / 3, "F0": 2 / 3, "sigma_r": 2 / 3}),
    (helpers.ClientAuxMVRSharp, {"T": -2 / 3, "delta_AS": 2 / 3, "sigma_r": 2 / 3, "K": 0}),
    (helpers.SharedMVRQuiet, {"T": -2 / 3, "delta_A": 2 / 3, "zeta_run": 2 / 3, "K": 0}),
]


@pytest.mark.parametrize(("kind", "slopes"), FORMS, ids=lambda value: getattr(value, "label", ""))
def test_the_printed_bound_has_the_exponents_of_its_leading_term(
    kind: Any, slopes: dict[str, float]
) -> None:
    """Where the noise of the refresh leads, by the bound's slopes at its prescribed steps."""
    base = {name: np.asarray([value[0]]) for name, value in drawn(kind, 2).items()} | {
        name: np.asarray([value])
        for name, value in {
            "F0": 1.0,
            "L": 1.0,
            "rho": 0.0,
            "N": 20.0,
            "S": 2.0,
            "K": 8.0,
            "T": 1e12,
            "B": np.inf,
            "sigma_h": 0.0,
            "sigma_r": 1.0,
            "zeta_run": 1.0,
            "zeta_x": 1.0,
            "zeta_0": 1.0,
            **dict.fromkeys(("delta_m", "delta_bar", "delta_A", "delta_AS"), 0.01),
        }.items()
    }
    for name, slope in slopes.items():
        logs = []
        for factor in (1.0, 2.0):
            changed = {name: base[name] * factor}
            if name == "zeta_run":
                changed["zeta_x"] = changed[name]
            values = at_prescribed_steps(kind, base | changed)
            if name == "delta_A":
                values["delta_bar"] = values["delta_m"] = base["delta_m"] * 2
            logs.append(np.log(kind.bound.value(values))[0])
        found = (logs[1] - logs[0]) / np.log(2.0)
        expected = slope
        assert found == pytest.approx(expected, abs=0.03 if name in ("N", "S") else 0.01), name
