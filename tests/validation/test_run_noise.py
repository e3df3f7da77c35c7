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


class Stepped(at.Method):
    """SGD on f as a text of its own: the samples are those of local steps."""

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * o.f(x)


class Summed(at.Method):
    """A local step that samples f − h and h."""

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * (o.r(x) + o.h(x))


class Ahead(at.Method):
    """A gradient at a point that is no iterate."""

    state = "x v"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any) -> Any:
        v = 0.9 * v - eta * o.f(x + 0.9 * v)
        return x + v, v


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_samples_of_local_steps_of_f_are_of_the_run_too(engine: str) -> None:
    """Otherwise sampling takes the additive σ_f alone, and a true bound is reported as violated."""
    bound = 2 * F0 / (eta * T) + L * eta * sigma_f**2
    options: dict[str, Any] = {"K": 1, "T": 10, "eta": 0.5, "engine": engine, "mode": "unsafe"}
    noise = at.Gaussian(sigma_f=1.0, s=1.0)
    one, same = (
        at.validate(at.claim(bound, method=method), ONE, noise, **options).table["bound"][0]
        for method in (Stepped, at.methods.SGD)
    )
    assert one == same == pytest.approx(2 / 5 + 0.5 * (1 + 2))
    if engine == "numpy":
        with pytest.raises(RefusedError, match="followed by sampling at K = 1 only"):
            at.validate(at.claim(bound, method=Stepped), ONE, noise, **options | {"K": 2})


def test_a_step_that_samples_the_difference_meets_its_noise() -> None:
    """Otherwise σ_r is 0 for it, and the bound of SGD with the noise of both is reported as
    violated by 4."""
    sigma_h, sigma_r = at.symbols("sigma_h sigma_r")
    claim = at.claim(
        2 * F0 / (eta * T) + L * eta * (sigma_r**2 + sigma_h**2),
        method=Summed,
        step_range=[L * eta <= 1],
    )
    noise = at.Gaussian(sigma_f=1.0, sigma_h=0.5)
    assert claim.constants(TWO, noise).sigma_r == pytest.approx(np.sqrt(1.25))
    assert at.validate(claim, TWO, noise, K=1, T=1000, eta=1.0).status == "pass"


def test_growing_noise_at_a_point_that_is_no_iterate_has_no_sigma() -> None:
    """Otherwise the σ of the iterates stands for that of points farther away: the claim below was
    reported as violated, though E‖noise‖² is 8.84 where the second sample is taken, and not 2."""
    claim = at.claim(
        2 * at.exp(-mu * eta * T / 2) * F0 + eta * sigma_f**2,
        method=Ahead,
        measure=at.measures.gap_last,
    )
    verdict = at.validate(claim, ONE, at.Gaussian(s=1.0), K=1, T=2, eta=1.0, mode="unsafe")
    assert verdict.status == "undecided" and "no σ bounds the noise of the run" in str(verdict)
    assert at.validate(claim, ONE, at.Gaussian(sigma_f=1.0), K=1, T=2, eta=1.0).status == "pass"
    assert "line" in str(Ahead.samples_elsewhere)
    for method in (at.methods.SVRG, at.methods.SARAH, at.methods.AuxMVR, at.methods.HeavyBall):
        assert method.samples_elsewhere is None
