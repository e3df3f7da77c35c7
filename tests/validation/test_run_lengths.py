"""Lengths, steps and noise of a run, as theorems state them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.errors import AssumptionError, InputError
from auxtheory.testing import falsify
from auxtheory.testing.strategies import Budget

L, F0, sigma_f, eta, K, T = at.symbols("L F0 sigma_f eta K T")
ONE = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)


def test_a_range_that_depends_on_the_rounds_is_tested_at_each_of_them() -> None:
    """At T = 10 the cell is in range, at T = 100 it is not: neither hides the other."""
    claim = at.claim(
        0.1 * F0 / (eta * T), method=at.methods.SGD, step_range=[L**2 * eta**2 * T <= 1]
    )
    target = at.Quadratic(L=1.0, dim=1)
    options = {"K": 1, "eta": [0.3]}
    for lengths, expected in (
        ([10], ["violated"]),
        ([10, 100], ["violated", "outside"]),
        ([100], ["outside"]),
    ):
        for mode in (None, "unsafe"):
            results = at.Study([claim], target, T=lengths, mode=mode, **options).run()  # type: ignore[arg-type]
            assert results["status"].tolist() == expected
        verdict = at.validate(claim, ONE, T=lengths, eta=0.3, mode="unsafe")
        assert verdict.table["status"].tolist() == expected
    with pytest.raises(AssumptionError, match="L²η²T ≤ 1: the left side is 9"):
        at.validate(claim, ONE, T=[10, 100], eta=0.3)


def test_a_claim_at_prescribed_steps_says_nothing_of_others() -> None:
    assumed: dict[str, Any] = {"method": at.methods.SGD, "assumptions": [sigma_f <= 0]}
    claim = at.claim(2 * L * F0 / T, steps=lambda c, K, T, B: 1 / c.L, **assumed)
    assert at.validate(claim, ONE, T=10).status == "pass"
    assert at.validate(claim, ONE, T=10, eta=1.0).status == "pass"
    verdict = at.validate(claim, ONE, T=10, eta=1e-3)
    assert verdict.status == "outside" and "not those that it prescribes" in str(verdict)
    results = at.Study([claim], at.Quadratic(L=1.0, dim=1), K=1, T=10, eta=[1e-3, 1.0]).run()
    assert results["status"].tolist() == ["outside", "pass"]
    with pytest.raises(AssumptionError, match="not those that it prescribes"):
        falsify(claim, ONE, at.Gaussian(), Budget(K=1, T=10), eta=1e-3)


def test_only_the_run_decides_on_conditions_of_growing_noise() -> None:
    """σ_f ≥ … holds of the noise of the run, which additive noise of 0 does not tell beforehand."""
    claim = at.claim(
        100 * F0 / (eta * T) + 10 * L * eta * sigma_f**2,
        method=at.methods.SGD,
        assumptions=[1e-6 * L * F0 <= sigma_f**2],
    )
    for mode in (None, "unsafe"):
        assert at.validate(claim, ONE, at.Gaussian(s=1.0), T=5, eta=0.5, mode=mode).status == "pass"  # type: ignore[arg-type]
        results = at.Study(
            [claim], at.Quadratic(L=1.0, dim=1), T=5, K=1, s=[0.0, 1.0], eta=[0.5], mode=mode
        ).run()  # type: ignore[arg-type]
        assert results["status"].tolist() == ["outside", "pass"]
    with pytest.raises(AssumptionError, match="σ_f²"):
        at.validate(claim, ONE, T=5, eta=0.5)


def test_the_largest_spread_is_one_or_is_not_known() -> None:
    noise = at.Gaussian(sigma_f=1.0, s=1.2)
    steps = at.Steps(eta=1.0, K=1, T=4)
    exact = at.run(at.methods.SGD, ONE, noise, steps)
    assert exact.largest_spread[0, 0] > exact.spread[0, 0]
    few = at.run(at.methods.SGD, ONE, noise, steps, engine="numpy", replicas=4)
    assert np.isnan(few.largest_spread[0, 0])
    all_ = at.run(at.methods.SGD, ONE, noise, steps, engine="numpy", replicas=4, record=range(1, 5))
    assert np.all(np.diff(all_.largest_spread[:, 0]) >= 0) and np.all(
        all_.largest_spread >= all_.spread * (1 - 1e-12)
    )
    still = at.run(at.methods.SGD, ONE, at.Gaussian(sigma_f=1.0), steps, engine="numpy", replicas=4)
    assert still.largest_spread[0, 0] == still.spread[0, 0] == still.start[0]


def test_nothing_negative_is_shown_as_a_bound() -> None:
    verdict = at.validate(theorems.SGD(), ONE, T=3, eta=5.0, mode="unsafe")
    assert (
        verdict.status == "outside"
        and np.isnan(verdict.table["bound"][0])
        and np.isnan(verdict.ratio)
    )
    assert "multiplicative" not in str(
        at.validate(theorems.ExactCorrection(), ONE, at.Gaussian(s=1.0), T=3, K=1)
    )


def test_a_class_that_changes_what_is_proved_is_read_with_care() -> None:
    class Other(theorems.SGDMomentum):
        method = at.methods.MVR

    class Fewer(theorems.SGD):
        assumptions = (sigma_f**2 <= L * F0,)

    assert (Other.variance, Other.mean_square, Fewer.variance) == ("largest", True, "largest")


def test_cases_of_corollaries_are_conditions_or_functions() -> None:
    bound = 2 * L * F0 / T
    values = {"L": np.ones(2), "F0": 1.0, "T": 2, "K": np.array([1, 3])}
    assert at.Corollary(bound, "K = 1", K <= 1).value(values).tolist() == [1.0, np.inf]
    with pytest.raises(InputError, match="applies = 3: must be a condition"):
        at.Corollary(bound, "three", 3)  # type: ignore[arg-type]
    both = at.Corollary(bound, "both", lambda v: v["K"] <= 1 and v["T"] > 1)
    with pytest.raises(
        InputError, match=r"case 'both' of a corollary raised ValueError.*np.logical_and"
    ):
        both.value(values)


def test_a_step_within_a_rounding_of_1_is_taken_in_studies_too() -> None:
    claim = at.claim(1e9 * F0 * L, method=at.methods.AuxMOM)
    results = at.Study(
        [claim], at.Quadratic(L=1.0, dim=1), T=5, K=1, eta=[0.5], a=[1.0000000000000002]
    ).run()
    assert results.counts == {"pass": 1}
    assert at.Steps(eta=1.0, K=1, T=1, B=np.float32(np.inf)).B == np.inf
