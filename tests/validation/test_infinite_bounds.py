"""Bounds that are ∞ in some unit."""

from __future__ import annotations

import math

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems


@pytest.mark.parametrize("engine", ["exact", "numpy"])
@pytest.mark.parametrize("eta", [0.5, 50.0])
def test_an_infinite_bound_is_undecided(engine: str, eta: float) -> None:
    """Otherwise a bound that says nothing passes, or a run that diverges violates it."""
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    endless = at.claim(lambda c, s: math.inf, method=at.methods.SGD, check_units=False)
    verdict = at.validate(endless, pair, T=[10, 3000], eta=eta, engine=engine)
    assert verdict.status == "undecided" and verdict.table["ratio"].tolist() == [0.0, 0.0]
    assert "the bound is infinite" in str(verdict) and "the bound is infinite" in verdict.to_json()
    assert str(verdict).count("the bound is infinite") == 1
    finite = at.validate(at.theorems.SGD(), pair, T=10)
    assert finite.status == "pass" and "infinite" not in str(finite)


def test_an_infinite_bound_in_a_study_is_undecided() -> None:
    """Otherwise the same case has another status in a grid."""
    endless = at.claim(
        lambda c, s: math.inf if c.L > 1 else 10.0, method=at.methods.SGD, check_units=False
    )
    study = at.Study([endless], at.Quadratic(L=1.0, dim=2), L=[0.5, 2.0], T=5, eta=[0.1])
    assert study.run()["status"].tolist() == ["pass", "undecided"]


def test_a_study_over_units_has_one_ratio() -> None:
    """Otherwise columns over a grid are evaluated otherwise than single cases."""
    u = np.array([1e-90, 1e-30, 1.0, 1e30, 1e90])
    pair = at.Quadratic(L=u, mu=0.5 * u, dim=2, F0=u).with_helper(0.1 * u, 0.3 * u)
    noise = at.Gaussian(sigma_f=u, sigma_h=0.5 * u)
    for kind in (theorems.AuxMOM, theorems.AuxMVR, theorems.ExactCorrectionNoise):
        verdict = at.validate(kind(), pair, noise, K=4, T=[50, 100])
        ratios = np.reshape(verdict.table["ratio"], (2, 5))
        np.testing.assert_allclose(ratios, ratios[:, 2:3] * np.ones(5), rtol=1e-9)
        assert set(verdict.table["status"]) == {"pass"}
