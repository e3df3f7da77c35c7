"""The σ² of multiplicative noise is that along the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from variants import variant

import auxtheory as at
from auxtheory import theorems
from auxtheory.errors import AssumptionError, InputError, RefusedError
from auxtheory.testing import falsify
from auxtheory.testing.strategies import Budget

L, F0, mu, sigma_f, eta, a, K, T, B = at.symbols("L F0 mu sigma_f eta a K T B")
ONE = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)
TWO = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.0)
DESCENT = at.claim(
    2 * F0 / (eta * T), method=at.methods.SGD, assumptions=[sigma_f <= 0], step_range=[L * eta <= 1]
)
LAST = at.claim(
    (1 - eta * mu) ** T * F0 + eta * L * sigma_f**2 / (2 * mu),
    method=at.methods.SGD,
    measure="gap",
    step_range=[L * eta <= 1, K <= 1],
    assumptions=[0 < mu],
)


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_a_last_iterate_takes_the_largest_variance_along_the_run(engine: str) -> None:
    """E‖noise‖² is 3 and 4 at the two steps: the bound is 2, attained, where the mean 3.5 would
    make it 1.75."""
    options: dict[str, Any] = {"T": 2, "eta": 1.0, "engine": engine, "replicas": 20_000}
    verdict = at.validate(LAST, ONE, at.Gaussian(sigma_f=1.0, s=1.0), **options)
    tolerance = 1e-12 if engine == "exact" else 0.1
    assert verdict.table["measured"][0] == pytest.approx(2.0, rel=tolerance)
    assert (
        verdict.table["bound"][0] == pytest.approx(2.0, rel=tolerance)
        and verdict.status != "violated"
    )
    assert "the largest E‖noise‖² along the run" in str(verdict)


def test_a_claim_of_ones_own_takes_the_largest_and_the_library_the_mean() -> None:
    """G = 3.5 over two steps of SGD at ηL = 1 where S0's bound is 2F₀/T + mean σ²; a claim like it
    has more room."""
    noise = at.Gaussian(sigma_f=1.0, s=1.0)
    options = {"T": 2, "eta": 1.0}
    mean = at.validate(theorems.SGD(), ONE, noise, **options).table["bound"][0]
    largest = at.validate(
        at.claim(theorems.SGD.bound, like=theorems.SGD()), ONE, noise, **options
    ).table["bound"][0]
    said = at.claim(theorems.SGD.bound, like=theorems.SGD(), variance="mean")
    assert (mean, largest) == (pytest.approx(1 + 3.5), pytest.approx(1 + 4.0))
    assert at.validate(said, ONE, noise, **options).table["bound"][0] == mean

    class Own(theorems.SGD):
        corollaries = (at.Corollary(theorems.SGD.corollaries[0].bound),)

    assert (Own.variance, theorems.SGD.variance, said.variance) == ("largest", "mean", "mean")
    assert "variance='mean'" in repr(said) and "variance" not in repr(
        at.claim(1.0, method=at.methods.SGD)
    )
    with pytest.raises(InputError, match="variance = 'mean': must be 'largest' for a last iterate"):
        at.claim(LAST.bound, method=at.methods.SGD, measure="gap", variance="mean")


def test_sigma_f_is_that_of_the_samples() -> None:
    """S3-SGDm word for word in σ_f: without the multiplicative part a claim would be violated by
    2."""
    claim = at.claim(
        2 * F0 / (eta * T) + sigma_f**2 * (a + 1 / (a * B * T)), like=theorems.SGDMomentum()
    )
    noise = at.Gaussian(s=1.0)
    verdict = at.validate(claim, ONE, noise, T=[1, 2, 3], eta=1.0, a=1.0)
    assert verdict.status == "pass"
    plain = at.validate(
        at.claim(theorems.SGDMomentum.bound, like=theorems.SGDMomentum()),
        ONE,
        noise,
        T=[1, 2, 3],
        eta=1.0,
        a=1.0,
    )
    assert verdict.table["bound"].tolist() == plain.table["bound"].tolist()
    # G_f = ∇f + s ε ∘ (x − x*) with a helper, too.
    for method in (at.methods.AuxMOM, at.methods.AuxMVR):
        own = at.claim(sigma_f**2, method=method)
        bound = at.validate(own, TWO, noise, K=1, T=1, eta=1.0, a=1.0).table["bound"][0]
        assert bound == pytest.approx(float(np.sum((TWO.x0 - TWO.x_star) ** 2)))


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_assumptions_are_on_the_noise_of_the_run(engine: str) -> None:
    """Gradient descent assumes σ_f = 0, which multiplicative noise breaks: the claim says nothing,
    and is not false."""
    verdict = at.validate(DESCENT, ONE, at.Gaussian(s=1.0), T=[1, 2], eta=1.0, engine=engine)
    assert verdict.status == "outside" and not verdict and np.isnan(verdict.ratio)
    assert "outside the theorem: σ_f ≤ 0: the left side is 1.41" in str(verdict)
    assert at.validate(DESCENT, ONE, T=[1, 2], eta=1.0, engine=engine).status == "pass"
    with pytest.raises(AssumptionError, match="σ_f ≤ 0"):
        falsify(DESCENT, ONE, at.Gaussian(s=1.0), Budget(K=1, T=2), eta=1.0, engine=engine)
    results = at.Study(
        [DESCENT], at.Quadratic(L=1.0, dim=1), s=[0.0, 1.0], T=2, K=1, eta=1.0, engine=engine
    ).run()
    assert results.counts == {"pass": 1, "outside": 1} and bool(results)


def test_prescribed_steps_promise_nothing_at_other_noise() -> None:
    """The steps are those for σ_f = 0; for the σ_f of the run the rule would choose less."""
    corollary = theorems.SGD.corollaries[0].bound
    claim = at.claim(corollary, method=at.methods.SGD, steps=theorems.SGD())
    verdict = at.validate(claim, ONE, at.Gaussian(s=1.0), T=100)
    assert verdict.table["ratio"][0] > 1 and verdict.status == "outside"
    assert "not those that it prescribes" in str(verdict)
    assert at.validate(claim, ONE, at.Gaussian(sigma_f=1.0), T=100).status == "pass"


def test_delta_is_the_gap_of_the_hessians_unless_samples_are_compared() -> None:
    """S3 covers R = 0, s = 1, K = 4, η = 0.2, a = 0.1: the left side is Lη = 0.2."""
    noise = at.Gaussian(s=1.0)
    options = {"K": 4, "T": 5, "eta": 0.2, "a": 0.1}
    assert at.validate(theorems.AuxMOM(), TWO, noise, **options).status == "pass"
    deltas = {
        kind.label: kind().constants(TWO, noise).delta
        for kind in theorems.ALL
        if not kind.method.single_step
    }
    assert deltas == {"S1": 0.0, "S1-noise": 0.0, "S1-PL": 0.0, "S2": 0.0, "S3": 0.0, "S4": 1.0}
    assert theorems.MVR().constants(TWO, noise).delta == pytest.approx(np.sqrt(2))
    for method, squared in (
        (at.methods.AuxMOM, False),
        (at.methods.AuxMVR, True),
        (at.methods.Naive, False),
    ):
        assert at.claim(1.0, method=method).mean_square is squared
        assert at.claim(1.0, method=method, mean_square=not squared).mean_square is not squared


def test_noise_of_local_steps_is_not_followed_between_them_by_sampling() -> None:
    """With h := f, K > 1 and growing noise the σ² of a run is that at all local steps, which only
    `exact` follows."""
    many = variant(at.methods.SGD, "Many", single_step=False)
    claim = at.claim(
        2 * F0 / (eta * K * T) + L * eta * sigma_f**2, method=many, step_range=[L * eta <= 1]
    )
    options: dict[str, Any] = {"K": 3, "T": 2, "eta": 1.0}
    with pytest.raises(RefusedError, match="give K = 1 and T = 6"):
        at.validate(claim, ONE, at.Gaussian(sigma_f=1.0, s=0.9), engine="numpy", **options)
    one = at.validate(claim, ONE, at.Gaussian(sigma_f=1.0, s=0.9), K=1, T=6, eta=1.0)
    assert at.validate(claim, ONE, at.Gaussian(sigma_f=1.0, s=0.9), **options).table["bound"][
        0
    ] == pytest.approx(one.table["bound"][0], rel=1e-12)
